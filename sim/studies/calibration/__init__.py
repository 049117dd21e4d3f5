"""Which parameter sets the published figures do not rule out."""

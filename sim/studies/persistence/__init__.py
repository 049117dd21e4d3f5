"""What stays when the offer stops."""

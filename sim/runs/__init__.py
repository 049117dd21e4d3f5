"""Runs: made for a design, kept in a folder, and opened as labelled arrays."""

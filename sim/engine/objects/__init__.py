"""The compiled loop as an object file: made, kept by content, shipped, and called."""

"""Rules of a user's own files: read, and checked line by line."""

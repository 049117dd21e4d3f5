"""Rules of a user's own files: read, checked, put in their places, and where they go wrong."""

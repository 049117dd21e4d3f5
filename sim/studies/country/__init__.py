"""One state's story."""

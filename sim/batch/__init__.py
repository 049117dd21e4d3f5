"""Running many histories into a results folder."""

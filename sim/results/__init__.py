"""Results: from the runs of a design to a folder, and from a folder to labelled data."""

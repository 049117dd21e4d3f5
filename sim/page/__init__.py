"""The page: results to look at, and the model itself, in one HTML file without a network."""

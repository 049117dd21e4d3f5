"""From chunks of runs to a whole folder: parts, and the tables made of them."""

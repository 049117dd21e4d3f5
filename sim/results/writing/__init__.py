"""From chunks of runs to a whole folder: parts, tables, one writer at a time."""

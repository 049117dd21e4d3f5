"""What results say: a country's story, comparisons, validation."""

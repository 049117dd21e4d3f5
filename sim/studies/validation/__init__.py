"""The model, and null models, beside what was published."""

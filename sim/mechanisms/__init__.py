"""The model: eleven mechanisms, one file each, in the order in which they act in a quarter."""

"""Figures of results: drawn with matplotlib, without a screen and without pyplot."""

"""Measures of plain arrays: bands, likelihoods of counts; dimensions."""

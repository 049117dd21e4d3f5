"""Measures of plain arrays: bands, scores of forecasts, likelihoods of counts; dimensions."""

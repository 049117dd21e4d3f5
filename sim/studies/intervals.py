"""Intervals of shares that were counted."""

from __future__ import annotations


def wilson(count: int, runs: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's interval of a share (Wilson 1927, by SciPy).

    Args:
        count: How often it happened.
        runs: Of how many times.
        confidence: Of the interval, such as 0.9.

    Returns:
        From 0 to 1 where there are no runs.
    """
    from scipy.stats import binomtest

    if not runs:
        return 0.0, 1.0
    low, high = binomtest(count, runs).proportion_ci(confidence, method="wilson")
    return float(low), float(high)

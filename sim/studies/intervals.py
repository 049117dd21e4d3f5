"""Intervals of shares that were counted, and of medians."""

from __future__ import annotations

import numpy as np

from sim.arrays import Floats


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


def of_median(values: Floats, confidence: float) -> tuple[float, float] | None:
    """Return the interval of a median, by order statistics: it asks nothing of the distribution.

    Args:
        values: In any order; they may be infinite.
        confidence: At least this is that of the interval, such as 0.9.

    Returns:
        None where there are too few values for one.
    """
    from scipy.stats import binom

    # The median lies below the k-th value as often as fewer than k of them lie below it.
    place = int(binom.ppf((1.0 - confidence) / 2.0, len(values), 0.5))
    if place < 1:
        return None
    ordered = np.sort(values)
    return float(ordered[place - 1]), float(ordered[-place])

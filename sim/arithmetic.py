"""Guarded arithmetic that rules share: the same bits in Python and compiled code."""

from __future__ import annotations

import math

STEEPEST = 40.0
"""Beyond ±40 a logistic is 0 or 1 to double precision; the exponential is not asked."""

LOGISTIC_DEVIATION = 1.8137993642342178
"""Standard deviation of the standard logistic distribution, pi / sqrt(3)."""


def logistic(utility: float) -> float:
    """The chance, 0 to 1, that goes with a utility in logit units."""
    if utility > STEEPEST:
        return 1.0
    if utility < -STEEPEST:
        return 0.0
    return 1.0 / (1.0 + math.exp(-utility))


def power(base: float, exponent: float) -> float:
    """``base`` to ``exponent`` for a base above zero; 0 for a base that is not."""
    if base <= 0.0:
        return 0.0
    return bounded_exp(exponent * math.log(base))


def bounded_exp(exponent: float) -> float:
    """The exponential, its argument held within ±40."""
    return math.exp(within(exponent, -STEEPEST, STEEPEST))


def happens(rate: float) -> float:
    """Chance that what happens so often in a span of time, in the mean, happens in it at all."""
    return 1.0 - bounded_exp(-rate)


def within(value: float, low: float, high: float) -> float:
    """``value``, held between ``low`` and ``high``."""
    if value < low:
        return low
    if value > high:
        return high
    return value


def spread(chance: float, deviation: float) -> float:
    """A lasting difference with mean 0 and a standard deviation, from a uniform draw.

    The distribution is logistic: close to normal, with an inverse that needs one logarithm.
    """
    return deviation / LOGISTIC_DEVIATION * math.log(chance / (1.0 - chance))

"""Counts of the record of fates: their likelihood under the model, and their distance.

Counts are divided by a design effect, since events of one country resemble each other.
"""

from __future__ import annotations

import numpy as np
import scipy  # its parts are imported when they are used: a single run uses none

from sim.world.arrays import Floats
from sim.world.documented import PublishedFigure

# Events that Jeffreys' prior adds.
JEFFREYS = 0.5
SHARE_UNIT = "share"
# Keeps a distance finite where no run comes near the record.
LEAST_TAIL = 1e-9


def is_share(target: PublishedFigure) -> bool:
    # Systems at risk have at most one event each.
    return target.unit == SHARE_UNIT


def effective_counts(target: PublishedFigure) -> tuple[float, float]:
    """Return events and exposure of a count, each divided by the design effect."""
    count, exposure = float(target.count or 0.0), float(target.exposure or 0.0)
    return count / target.design_effect, exposure / target.design_effect


def chance_below(target: PublishedFigure, rates: Floats) -> Floats:
    """Return the chance, by the record, that the real rate or share is below each of these."""
    count, exposure = effective_counts(target)
    if is_share(target):
        none = exposure - count + JEFFREYS
        # The record implies a beta distribution of a share, and a gamma distribution of a rate.
        return np.asarray(scipy.special.betainc(count + JEFFREYS, none, np.clip(rates, 0.0, 1.0)))
    return np.asarray(scipy.special.gammainc(count + JEFFREYS, exposure * rates))


def count_distance(target: PublishedFigure, rates: Floats) -> float:
    """Return the distance of runs from a count, in standard deviations of a normal distribution.

    `rates` has the rate, or share, in each run.
    """
    below = float(np.mean(chance_below(target, rates)))
    below = below if target.count else max(below, 0.5)
    return float(scipy.special.ndtri(np.clip(below, LEAST_TAIL, 1.0 - LEAST_TAIL)))


def log_likelihood(target: PublishedFigure, counts: Floats) -> Floats:
    """Return the logarithm of a count's likelihood under each set's rate: (sets,).

    Beta-binomial for shares, negative binomial for rates. `counts` are events and exposure per
    set: (sets, 2).
    """
    from scipy.special import betaln, gammaln

    count, exposure = effective_counts(target)
    events, at_risk = counts[:, 0], counts[:, 1]
    if is_share(target):
        # A set has few runs, so its share or rate is integrated over.
        a, b = events + JEFFREYS, at_risk - events + JEFFREYS
        ways = gammaln(exposure + 1) - gammaln(count + 1) - gammaln(exposure - count + 1)
        return np.asarray(ways + betaln(count + a, exposure - count + b) - betaln(a, b))
    a = events + JEFFREYS
    logs = gammaln(count + a) - gammaln(a) - gammaln(count + 1)
    return np.asarray(
        logs
        - a * np.log1p(exposure / np.maximum(at_risk, LEAST_TAIL))
        - count * np.log1p(at_risk / exposure)
    )

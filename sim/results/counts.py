"""Counts of the record of fates: their likelihood under the model, and their distance.

A count of events ``k`` in an exposure ``n`` (system-years, or systems at risk) is compared with the
rate, or share, of runs. Both are divided by a design effect, since events of one country resemble
each other. The record then implies a gamma distribution of a rate, a beta distribution of a share
(Jeffreys' prior, which adds half an event).
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, betaln, gammainc, gammaln, ndtri

from sim.arrays import Floats
from sim.world.documented import PublishedFigure

JEFFREYS = 0.5
"""Events that Jeffreys' prior adds."""
SHARE_UNIT = "share"
LEAST_TAIL = 1e-9
"""Keeps a distance finite where no run comes near the record."""


def is_share(target: PublishedFigure) -> bool:
    """Whether a count is of systems at risk, with at most one event each."""
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
        return np.asarray(betainc(count + JEFFREYS, none, np.clip(rates, 0.0, 1.0)))
    return np.asarray(gammainc(count + JEFFREYS, exposure * rates))


def count_distance(target: PublishedFigure, rates: Floats) -> float:
    """Return the distance of runs from a count, in standard deviations of a normal distribution.

    It is the normal quantile of the chance that the record's rate is below that of a run. `rates`
    has the rate, or share, in each run.
    """
    below = float(np.mean(chance_below(target, rates)))
    if not target.count:
        below = max(below, 0.5)
    return float(ndtri(np.clip(below, LEAST_TAIL, 1.0 - LEAST_TAIL)))


def log_likelihood(target: PublishedFigure, counts: Floats) -> Floats:
    """Return the logarithm of a count's likelihood under each set's rate: (sets,).

    The runs of a set are pooled, and their finite number is integrated over (negative binomial for
    rates, beta-binomial for shares). `counts` are events and exposure per set: (sets, 2).
    """
    count, exposure = effective_counts(target)
    events, at_risk = counts[:, 0], counts[:, 1]
    if is_share(target):
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

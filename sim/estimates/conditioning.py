"""Runs of prior sets, conditioned on published figures.

The bridge between particle and Kalman filters of Frei & Künsch (2013, Biometrika 100).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import softmax

from sim.errors import InputError
from sim.estimates.targets import log_density
from sim.world.arrays import Floats, Whole

# With fewer, the ends of a 90% interval rest on a few sets each.
ENOUGH_SETS = 100.0
LEAST_POWER = 1e-6
DRAWS = 20261129


@dataclass(frozen=True)
class Conditioned:
    """Runs, conditioned on figures.

    Attributes:
        values: Later numbers of each run, moved by the linear step: (runs, later).
        weights: They add up to 1: (runs,).
        power: Power of the likelihood behind the weights; 1: no linear step.
        effective: Effective sets under the whole likelihood.
    """

    values: Floats
    weights: Floats
    power: float
    effective: float


def effective_sets(weights: Floats, sets: Whole) -> float:
    """Return the effective number of parameter sets (Kish 1965)."""
    sums = np.bincount(sets, weights)
    return float(sums.sum() ** 2 / (sums**2).sum())


def condition(
    earlier: Floats, observed: Floats, noise: Floats, later: Floats, sets: Whole
) -> Conditioned:
    """Return the later numbers of runs, given earlier figures.

    `earlier` has each run's number for each figure, (runs, figures); a run with a NaN has no
    weight. `noise` are the figures' standard errors. `later` are numbers to predict, (runs, later);
    NaN stays NaN.
    """
    logs = log_density(earlier, observed, noise)
    good = np.isfinite(logs)
    if not good.any():
        raise InputError("no run defines all earlier figures: more --runs are needed")
    logs = np.where(good, logs, logs[good].min())

    def weighed(power: float) -> Floats:
        weights = np.where(good, softmax(power * logs), 0.0)
        return np.asarray(weights / weights.sum())

    # Weights are a power of the likelihood, the largest up to 1 that leaves enough sets.
    effective, power = effective_sets(weighed(1.0), sets), 1.0
    enough = min(ENOUGH_SETS, 0.9 * effective_sets(weighed(LEAST_POWER), sets))
    if effective < enough:
        power = float(brentq(lambda p: effective_sets(weighed(p), sets) - enough, LEAST_POWER, 1.0))
    weights = weighed(power)
    if power == 1.0:
        return Conditioned(later, weights, power, effective)
    # The rest of the likelihood moves later numbers by their linear regression on earlier ones, as
    # in the ensemble Kalman filter.
    scaled = np.where(good[:, np.newaxis], (earlier - observed) / noise, 0.0)
    known = np.where(np.isfinite(later), later, np.nanmean(later, axis=0))
    apart = scaled - weights @ scaled
    both = (weights[:, np.newaxis] * apart).T
    left = np.eye(len(observed)) / (1.0 - power)
    gain = np.linalg.solve(both @ apart + left, both @ (known - weights @ known))
    errors = np.random.default_rng(DRAWS).normal(size=scaled.shape) / np.sqrt(1.0 - power)
    return Conditioned(later - (scaled + errors) @ gain, weights, power, effective)

"""Approximate Bayesian computation: weights of parameter sets, and the few that stand for them.

A set's weight is the mean, over its runs, of a Gaussian kernel around the published figures
whose width is what is known of the figures and the model's discrepancy. With that kernel the
approximation is exact for a model that errs by just so much (Wilkinson 2013), and the mean of few
runs is an unbiased estimate of the likelihood.
"""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from sim.arrays import Floats, Whole


def log_kernel(values: Floats, observed: Floats, noise: Floats) -> Floats:
    """Return the logarithm of each set's weight, up to a constant: (sets,).

    Args:
        values: Each target in each run: (sets, replicates, targets). A run that does not
            define a target has weight zero; one that defines none is a run that failed, and is left
            out.
        observed: The figures: (targets,).
        noise: Their standard deviations, discrepancy included: (targets,).
    """
    distance = (((values - observed) / noise) ** 2).sum(axis=2)
    log_each = np.where(np.isfinite(distance), -0.5 * distance, -np.inf)
    ran = np.isfinite(values).any(axis=2).sum(axis=1)
    return np.asarray(logsumexp(log_each, axis=1) - np.log(np.maximum(ran, 1)))


def effective_size(weights: Floats) -> float:
    """Return how many equally weighted sets would be as informative (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def resampled(weights: Floats, count: int, seed: int) -> Whole:
    """Return how often each set is taken when so many are drawn by weight.

    Systematic resampling: one uniform number places an even comb over the weights, so that a set is
    taken its expected number of times, rounded down or up.
    """
    offset = np.random.default_rng(seed).random()
    teeth = (np.arange(count) + offset) / count
    edges = np.cumsum(weights) / weights.sum()
    places = np.searchsorted(edges, teeth, side="right")
    # Rounding may leave the last edge below 1: what lies beyond goes to the last set with weight.
    last = int(np.flatnonzero(weights)[-1])
    return np.bincount(np.minimum(places, last), minlength=len(weights))


def weighted_quantiles(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Return weighted quantiles of each column: (shares, columns).

    Args:
        values: (sets, columns).
        weights: (sets,).
        shares: Between 0 and 1.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    total = weights.sum()
    # The middle of each set's own mass, so that equal weights give a usual quantile (Hazen's).
    middle = (np.cumsum(weights[order], axis=0) - 0.5 * weights[order]) / total
    columns = [np.interp(shares, middle[:, at], ordered[:, at]) for at in range(values.shape[1])]
    return np.stack(columns, axis=1)

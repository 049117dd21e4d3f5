"""Raking: weights under which parameters that no figure informs have their prior means.

It is the entropy balancing of Hainmueller 2012 (least Kullback-Leibler distance).
"""

from __future__ import annotations

import math

import numpy as np

from sim.measures.bands import ENDS
from sim.world.arrays import Flags, Floats

PRIOR_WIDTH = 0.9
"""Width of the middle 90% of a uniform prior."""
WIDTH_ERROR = math.sqrt(0.1 * 0.9) / PRIOR_WIDTH
"""Standard error of the width ratio of a uniform sample, times the root of its size."""
PRIOR_MEAN, PRIOR_SD = 0.5, math.sqrt(1.0 / 12.0)
"""Of a uniform prior, as a share of its range."""
UNSEEN = 0.9
"""A parameter is unseen if its 90% interval is wider than this share of the prior's …"""
CHANCE = 3.0
"""… or narrower by at most this number of standard errors, and its mean is as near to the prior's.
"""
# Full balance of many parameters would leave most weight on few sets.
LEAST_SIZE = 0.8
"""Least share of the effective size."""
FIRM = 1e-6
"""Penalty that asks for full balance; the first of `PENALTIES` that leaves enough sets is used."""
PENALTIES = (FIRM, *(0.01 * 2.0**power for power in range(12)))


def effective_size(weights: Floats) -> float:
    """Return how many equally weighted sets would be as informative (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def weighted_quantiles(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Return weighted quantiles of each column: (shares, columns).

    `values` are (sets, columns), `weights` (sets,), `shares` from 0 to 1.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    total = weights.sum()
    # The middle of each set's own mass, so that equal weights give a usual quantile (Hazen's).
    middle = (np.cumsum(weights[order], axis=0) - 0.5 * weights[order]) / total
    columns = [np.interp(shares, middle[:, at], ordered[:, at]) for at in range(values.shape[1])]
    return np.stack(columns, axis=1)


def width_ratios(cube: Floats, weights: Floats) -> Floats:
    """Return the width of each parameter's 90% interval over the prior's: (parameters,)."""
    low, high = weighted_quantiles(cube, weights, np.array(ENDS))
    return np.asarray((high - low) / PRIOR_WIDTH)


def unseen(cube: Floats, weights: Floats) -> Flags:
    """Return which parameters the weighted sets spread as the prior does: (parameters,)."""
    chance = CHANCE / math.sqrt(effective_size(weights))
    apart = np.abs(np.average(cube, axis=0, weights=weights) - PRIOR_MEAN)
    wide = width_ratios(cube, weights) > min(UNSEEN, 1.0 - chance * WIDTH_ERROR)
    return np.asarray(wide & (apart < chance * PRIOR_SD))


# Few weighted sets leave unseen parameters out of balance by chance, and with them every result
# that depends on them. They come only near their prior means if full balance leaves too few sets
# (ridge calibration, Chambers 1996).
def raked(weights: Floats, free: Floats, fixed: Floats) -> Floats:
    """Return weights under which unseen parameters have their prior means, or come near them.

    They are above 0 and add up to 1. `free` are unseen parameters as shares of their ranges, (sets,
    parameters). The weighted means of `fixed`, (sets, numbers), stay the same.
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    start = weights / weights.sum()
    apart = fixed - start @ fixed
    spread = np.sqrt(start @ apart**2)
    columns = np.hstack([(free - PRIOR_MEAN) / PRIOR_SD, (apart / np.where(spread, spread, 1.0))])
    # Weights are exponential tilts of the old ones: minimising the dual gives the least
    # Kullback-Leibler distance.
    logs = np.log(start)

    def tilted(tilt: Floats) -> tuple[Floats, float]:
        given = logs + columns @ tilt
        total = float(logsumexp(given))
        return np.exp(given - total), total

    def dual(tilt: Floats) -> tuple[float, Floats]:
        own, total = tilted(tilt)
        return total + float(penalty @ tilt**2) / 2.0, own @ columns + penalty * tilt

    def bend(tilt: Floats) -> Floats:
        own, _ = tilted(tilt)
        mean = own @ columns
        scaled = columns * own[:, np.newaxis]
        return np.asarray(columns.T @ scaled - np.outer(mean, mean) + np.diag(penalty))

    for ridge in PENALTIES:
        penalty = np.repeat([ridge, FIRM], [free.shape[1], fixed.shape[1]])
        found = minimize(
            dual, np.zeros(len(penalty)), jac=True, hess=bend, method="trust-exact",
            options={"maxiter": 200},
        )  # fmt: skip
        new, _ = tilted(found.x)
        if effective_size(new) >= LEAST_SIZE * effective_size(start):
            return new
    # No penalty leaves enough sets: the weights stay as they were.
    return start

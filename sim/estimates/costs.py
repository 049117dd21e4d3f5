"""What a policy costs, who pays, and how much that is for each system fewer or more."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

from sim.estimates.effects import CONFIDENCE, FALSE_SHARE, mean_of, pairs
from sim.measures.variables import YEAR
from sim.runs.dataset import Results
from sim.world.arrays import Floats, Whole

PAYERS = {"donors_paid": "Western donors", "hosts_paid": "host countries"}
# Costs are divided by the change of this outcome.
COUNTED = "working"


class Ratio(NamedTuple):
    """A ratio of two means and its 95% interval; NaN where the lower mean may be zero."""

    value: float
    low: float
    high: float


def ratio_of(above: Floats, below: Floats, sets: Whole) -> Ratio:
    """Return the ratio of two means with its interval (Fieller 1954), clustered by parameter set.

    `above`, `below` and `sets` are (runs,).
    """
    from scipy.special import stdtrit  # `scipy.stats` takes 40 MB

    of, by = mean_of(above, sets), mean_of(below, sets)
    if not by.p_value <= FALSE_SHARE:
        return Ratio(math.nan, math.nan, math.nan)
    a, b, reach = float(of.mean), float(by.mean), stdtrit(by.sets - 1.0, (1.0 + CONFIDENCE) / 2.0)
    error, square = float(of.error), float(by.error) ** 2
    # On one scale, so that the covariance is not lost in the larger of two variances.
    scale = math.sqrt(square) / error if error > 0.0 else 0.0
    together = float(mean_of(scale * above + below, sets).error) ** 2
    shared = (together / 2.0 - square) / scale if scale > 0.0 else 0.0
    # Ends are where a - r·b is as large as its error allows: a quadratic in r.
    first, second = b * b - reach**2 * square, a * b - reach**2 * shared
    root = math.sqrt(max(second**2 - first * (a * a - reach**2 * error**2), 0.0))
    return Ratio(a / b, (second - root) / first, (second + root) / first)


def cost_table(results: Results, year: int, reference: int = 0) -> pd.DataFrame:
    """Return what each payer pays more than at the reference point, so far, run by run.

    Returns:
        A row per point and payer: `point`, `alternative`, `payer`, `year`; `mean` of the change
        with its 95% interval `low` and `high`, in million US$; `systems`, the mean change of
        working Chinese systems; `per_system`, million US$ for each system fewer (negative: more),
        with `per_low` and `per_high`. Empty without the outcomes of payers.
    """
    if not {COUNTED, *PAYERS} <= {*results.outcomes}:
        return pd.DataFrame()
    paired = {
        name: pairs(results.values(name, years=year).isel({YEAR: 0}), reference)
        for name in (COUNTED, *PAYERS)
    }
    rows = []
    for (point, first, last, sets), *each_paid in zip(*paired.values(), strict=True):
        fewer, label = first - last, results.labels[point]
        for payer, (_, before, after, _) in zip(PAYERS.values(), each_paid, strict=True):
            mean = mean_of(after - before, sets)
            ends = (float(mean.mean), float(mean.low), float(mean.high))
            each = ratio_of(after - before, fewer, sets)
            rows.append((point, label, payer, year, *ends, -float(fewer.mean()), *each))
    columns = ("point", "alternative", "payer", "year", "mean", "low", "high", "systems",
               "per_system", "per_low", "per_high")  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))

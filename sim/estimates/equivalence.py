"""Effects smaller than a limit, so that "no effect" is a finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.estimates.effects import mean_of, pairs, share_of
from sim.measures.variables import YEAR
from sim.model.register import choose
from sim.runs.dataset import Results
from sim.world.arrays import Floats, Whole

# Of each of the two one-sided tests.
SIGNIFICANCE = 0.05


def equivalence(changes: Floats, limit: float, sets: Whole) -> float:
    """Return the p-value of the hypothesis that a mean change is as large as a limit, or larger.

    Two one-sided t-tests (Schuirmann 1987).
    """
    from scipy.special import stdtr  # `scipy.stats` takes 40 MB

    mean = mean_of(changes, sets)
    room = limit - abs(float(mean.mean))
    if mean.error == 0.0:
        return 0.0 if room > 0.0 else 1.0
    size = np.nan_to_num(room / mean.error, nan=-np.inf)
    return float(stdtr(max(mean.sets - 1.0, 1.0), -size))


def check_limit(limit: float | None) -> None:
    if limit is not None and not 0.0 < limit < np.inf:
        raise InputError(f"--smaller-than {limit:g}: allowed: numbers above 0")


def smaller_effects(
    results: Results, outcomes: Sequence[str], limit: float, year: int, reference: int = 0
) -> pd.DataFrame:
    """Return the share of runs that change by less than a limit, and a test of the mean.

    The limit is in the unit of each outcome.

    Returns:
        A row per point and outcome: `point`, `alternative`, `outcome`, `unit`, `year`, `limit`;
        `share` of runs with its 95% interval `low` and `high`; `p_value`; `smaller`: whether that
        is 0.05 or less.
    """
    check_limit(limit)
    rows = []
    for name, outcome in choose(results.outcomes, outcomes).items():
        values = results.values(name, years=year).isel({YEAR: 0})
        for point, before, after, _, sets in pairs(values, reference):
            changes = after - before
            _, share, low, high = share_of(np.abs(changes) < limit, sets)
            p_value = equivalence(changes, limit, sets)
            key = (point, results.labels[point], name, outcome.unit, year, limit)
            rows.append((*key, share, low, high, p_value, p_value <= SIGNIFICANCE))
    columns = ("point", "alternative", "outcome", "unit", "year", "limit", "share", "low", "high",
               "p_value", "smaller")  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))

"""Parameters on which a paired effect depends, beyond chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.estimates.effects import FALSE_SHARE, mean_of
from sim.world.arrays import Floats, Whole

# With fewer sets, correlations of 0.6 are chance.
FEWEST_SETS = 40
DEALT = 1000
THIRDS = 3
ENDS = ("low", "high")


def dependence(changes: Floats, parameters: pd.DataFrame, sets: Whole) -> pd.DataFrame:
    """Return how a paired effect depends on each parameter, the strongest first.

    `changes` has the effect in each run. Parameters that never differ are left out.

    Returns:
        A row per parameter: `parameter`, `rank_correlation` (Spearman's), `chance` (its line),
        `beyond_chance`; of the lowest and the highest third of values its end, `low_value` and
        `high_value`, and mean effects with 95% intervals, `low_mean` to `high_high`. No rows of
        fewer sets than `FEWEST_SETS`.
    """
    varied = parameters.loc[:, parameters.nunique() > 1]
    # Runs of a set resemble each other, so the sample consists of sets.
    of_sets = varied.groupby(sets).first()
    effects = pd.Series(changes).groupby(sets).mean()
    if len(of_sets) < FEWEST_SETS or effects.nunique() < 2:
        return pd.DataFrame()
    ranks = of_sets.corrwith(effects, method="spearman").fillna(0.0)
    scaled = _scaled(of_sets.rank().to_numpy())
    dealt = np.random.default_rng(1).permuted(
        np.tile(_scaled(effects.rank().to_numpy()), (DEALT, 1)), axis=1
    )
    # The largest of all correlations, so that one comparison in twenty names a parameter by chance.
    line = float(np.quantile(np.abs(dealt @ scaled).max(axis=1), 1.0 - FALSE_SHARE))
    rows = []
    # By ranks: a quantile's last bit may leave out the run on the boundary.
    place = (len(varied) - 1) // THIRDS
    ends = np.sort(varied, axis=0)[[place, len(varied) - 1 - place]].T
    for values, (low, high) in zip(varied.to_numpy().T, ends, strict=True):
        means = [mean_of(changes[of], sets[of]) for of in (values <= low, values >= high)]
        cells = [(float(mean.mean), float(mean.low), float(mean.high)) for mean in means]
        rows.append((low, high, *cells[0], *cells[1]))
    thirds = [f"{end}_{of}" for end in ENDS for of in ("mean", "low", "high")]
    table = pd.DataFrame(rows, columns=[*(f"{end}_value" for end in ENDS), *thirds])
    table.insert(0, "parameter", varied.columns)
    table.insert(1, "rank_correlation", ranks.to_numpy())
    table.insert(2, "chance", line)
    table.insert(3, "beyond_chance", ranks.abs().to_numpy() > line)
    return table.sort_values(
        "rank_correlation", key=lambda of: -of.abs(), kind="stable", ignore_index=True
    )


def _scaled(ranks: Floats) -> Floats:
    # Products of two such columns are their correlation.
    apart = ranks - ranks.mean(axis=0)
    return np.asarray(apart / np.sqrt((apart**2).sum(axis=0)))

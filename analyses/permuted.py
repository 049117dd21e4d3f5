"""Which columns do the figures ask for? Each is shuffled among countries, four times.

`uv run python analyses/permuted.py` runs the baseline under the plausible sets, then again with one
column of `seeds/` after the other permuted among countries, all years of a country together. Draws
and sets are the same: what differs is owed to the column. The table says how much worse published
figures then fit. A column without which none fits worse is idle: its weight is assumed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tables

from sim.estimates.targets import (
    CHECK,
    COUNTERPARTS,
    DISCREPANCY_SHARE,
    FITTED,
    HOLD_OUT,
    counterpart_values,
)
from sim.experiment import Keep, design_of
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.sources import run_experiment
from sim.world.arrays import Floats
from sim.world.seeds import Seeds, shipped_seeds

HEADS = ("column", "fitted figures", "held-out figures and weak checks", "figures that fit worse")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "relations with Beijing": ("relations",),
    "rivalry with China": ("rivalry",),
    "Western alliance": ("defence_pact", "five_eyes", "eea"),
    "procurement agreement": ("gpa",),
    "ban on Chinese vendors": ("ban",),
    "own vendors": ("home_vendor",),
    "closed economy": ("closed",),
    "votes in the UN": ("un_distance",),
    "Western sanctions": ("sanctions", "arms_embargo", "trade_embargo"),
    "Chinese finance": ("chinese_finance", "state_finance"),
    "large cities": ("large_cities",),
    "conflict": ("conflict", "battle_deaths"),
}
"""Columns that are permuted together, by their meaning."""
DEALS = 4
SURE, WORSE = 2.0, 0.5
"""Standard errors, and growth of a squared distance, beyond which a figure is named."""


def error(values: Floats) -> float:
    """Return the standard error of a mean over orders."""
    return float(values.std(ddof=1)) / len(values) ** 0.5


def spelled(values: Any) -> str:
    """Return a mean with its standard error."""
    return f"{values.mean():+.1f} ± {error(values):.1f}".replace("-", "−")


def permuted(seeds: Seeds, columns: Sequence[str], order: Any) -> Seeds:
    """Return seeds in which each country has another's columns.

    Args:
        seeds: The tables.
        columns: Of `history` or of the countries.
        order: Whose row each country takes.
    """
    history = {n: rows[order] if n in columns else rows for n, rows in seeds.history.items()}
    own = [name for name in columns if name not in history]
    countries = tuple(
        replace(
            country,
            figures={**country.figures, **{n: seeds.countries[other].figures[n] for n in own}},
        )
        for country, other in zip(seeds.countries, order.tolist(), strict=True)
    )
    return replace(seeds, history=history, countries=countries)


def distances(seeds: Seeds, runs: int) -> dict[str, Floats]:
    """Return each run's squared distance from figures other than counts."""
    targets = [
        t for t in seeds.targets if t.use in (FITTED, HOLD_OUT, CHECK) and t.id in COUNTERPARTS
    ]
    targets = [target for target in targets if target.count is None]
    last = max(year for target in targets for year in COUNTERPARTS[target.id].years)
    shipped = load_scenario("baseline", overrides={"horizon.end": last})
    scenario = replace(shipped, seeds=seeds)
    design = design_of(
        {"baseline": scenario}, runs=runs, seed=1, plausible=shipped_plausible(),
        keep=Keep(groups=("regime-rated", "region")),
    )  # fmt: skip
    results = run_experiment(design, {})
    squares = {}
    for target in targets:
        values = counterpart_values(results, target.id)
        assert values is not None
        away = values - target.value
        if target.bound != "value":
            away = np.minimum(away, 0.0) if target.bound == "lower" else np.maximum(away, 0.0)
        noise = np.hypot(target.sigma or 0.0, DISCREPANCY_SHARE * abs(target.value))
        squares[target.id] = (away / noise) ** 2
    return squares


def main() -> None:
    """Rewrite the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=256)
    asked = parser.parse_args()
    seeds = shipped_seeds()
    use_of = {target.id: target.use for target in seeds.targets}
    base, rows = distances(seeds, asked.runs), []
    for number, (name, columns) in enumerate(COLUMNS.items()):
        random = np.random.default_rng([1, number])
        orders = [random.permutation(len(seeds.countries)) for _ in range(DEALS)]
        dealt = [distances(permuted(seeds, columns, order), asked.runs) for order in orders]
        grown = {
            target: np.array([np.nanmean(of[target] - values) for of in dealt])
            for target, values in base.items()
        }
        fitted, others = (
            spelled(sum(of for t, of in grown.items() if (use_of[t] == FITTED) is own))
            for own in (True, False)
        )
        worse = {
            t: of.mean() for t, of in grown.items() if of.mean() > max(SURE * error(of), WORSE)
        }
        words = (f"`{t}` {worse[t]:+.1f}" for t in sorted(worse, key=lambda t: -worse[t]))
        rows.append([name, fitted, others, ", ".join(words) or "none"])
    tables.rewrite({"permuted": tables.table(HEADS, rows)}, "validation.md")


if __name__ == "__main__":
    main()

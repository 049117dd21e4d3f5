"""Which columns do the figures ask for? Each is dealt out anew among countries, once.

`uv run python analyses/permuted.py` runs the baseline under the plausible sets, then again with one
column of `seeds/` after the other permuted among countries, all years of a country together.
Draws and sets are the same: what differs is owed to the column. Printed is, as in validation.md,
how much worse the hold-outs then fit. A column that no hold-out misses is idle: its weight is
assumed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.estimates.effects import mean_of
from sim.estimates.targets import CHECK, COUNTERPARTS, HOLD_OUT, counterpart_values
from sim.estimates.targets import DISCREPANCY_SHARE as DISCREPANCY
from sim.experiment import Keep, design_of
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.sources import run_experiment
from sim.world.seeds import Seeds, shipped_seeds

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "relations with Beijing": ("relations",),
    "rivalry with China": ("rivalry",),
    "Western alliance": ("defence_pact", "five_eyes", "eea"),
    "procurement agreement": ("gpa",),
    "ban on Chinese vendors": ("ban",),
    "own vendors": ("home_vendor",),
    "closed economy": ("closed",),
    "Chinese finance": ("chinese_finance", "state_finance"),
    "votes near China's": ("un_distance",),
    "large cities": ("large_cities",),
    "Western embargoes": ("sanctions", "arms_embargo", "trade_embargo"),
    "conflict": ("conflict", "battle_deaths"),
}
"""Columns that are permuted together, by their meaning."""
SURE = 2.0
"""Standard errors beyond which a difference is told from chance."""
WORSE = 0.1
"""Growth of a squared standardised distance below which a difference is no matter."""


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


def distances(seeds: Seeds, runs: int) -> tuple[dict[str, Any], Any]:
    """Return each run's squared distance from figures that did not calibrate, and its set."""
    targets = [t for t in seeds.targets if t.use in (HOLD_OUT, CHECK) and t.id in COUNTERPARTS]
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
        noise = np.hypot(target.sigma or 0.0, DISCREPANCY * abs(target.value))
        squares[target.id] = (away / noise) ** 2
    return squares, results.set_of_run


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="COLUMN", help=", ".join(COLUMNS))
    parser.add_argument("--runs", type=int, default=400)
    asked = parser.parse_args()
    seeds = shipped_seeds()
    use_of = {target.id: target.use for target in seeds.targets}
    base, sets = distances(seeds, asked.runs)
    print("| column | held-out figures that fit worse | that fit better | checks that fit worse |")
    print("|---|---|---|---|")
    for number, (name, columns) in enumerate(COLUMNS.items()):
        if asked.names and name not in asked.names:
            continue
        order = np.random.default_rng([1, number]).permutation(len(seeds.countries))
        dealt, _ = distances(permuted(seeds, columns, order), asked.runs)
        cells: dict[str, list[str]] = {"+hold-out": [], "-hold-out": [], "+check": [], "-check": []}
        for target, values in dealt.items():
            known = np.isfinite(values - base[target])
            grown = mean_of((values - base[target])[known], sets[known])
            if abs(grown.mean) > max(SURE * grown.error, WORSE):
                sign = "+" if grown.mean > 0.0 else "-"
                cells[sign + use_of[target]].append(f"`{target}` {grown.mean:+.1f}")
        kept = [", ".join(cells[key]) or "none" for key in ("+hold-out", "-hold-out", "+check")]
        print(f"| {name} | {' | '.join(kept)} |", flush=True)


if __name__ == "__main__":
    main()

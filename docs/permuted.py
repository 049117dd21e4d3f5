"""Which columns do the figures ask for? Each is dealt out anew among states, once.

`uv run python docs/permuted.py` runs the baseline under the plausible sets, then again with one
column of `seeds/` after the other permuted among states, whole histories at a time. Draws and sets
are the same: what differs is owed to the column. Printed is, as in validation.md, how much worse
the hold-outs then fit. A column that no hold-out misses is idle: its weight is assumed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.engine import Ensemble, chunks_of, prepare, run_chunks
from sim.engine.parameter_sets import SetsOf, plausible_sets
from sim.results.effects import mean_of
from sim.results.implausibility import discrepancy_of
from sim.results.parameter_sets import sets_of_runs
from sim.results.targets import COUNTERPARTS, counterparts_of_chunk
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.reasons import GROUPS
from sim.world.columns import CHECK, HOLD_OUT
from sim.world.seeds import Seeds, shipped_seeds

type Floats = NDArray[np.float64]

SHARED = (
    "rivalry with China", "Western alliance", "ban on Chinese vendors", "own vendors",
    "closed economy",
)  # fmt: skip
"""Groups of reasons that are columns of the seeds as they stand."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "relations with Beijing": ("relations",),
    **{name: GROUPS[name] for name in SHARED},
    "Chinese finance": ("chinese_finance",),
    "Chinese-built networks": GROUPS["Chinese-built networks"],
    "votes near China's": ("un_distance",),
    "large cities": ("large_cities",),
    "Western embargoes": GROUPS["Western sanctions"],
    "conflict": ("conflict",),
}
"""Columns that are permuted together, by what they say."""
USES = (HOLD_OUT, CHECK)
SURE = 2.0
"""Standard errors beyond which a difference is told from chance."""
WORSE = 0.1
"""Growth of a squared standardised distance below which a difference is no matter."""


def permuted(seeds: Seeds, columns: Sequence[str], order: NDArray[np.int64]) -> Seeds:
    """Return seeds in which each state has another's columns.

    Args:
        seeds: The tables.
        columns: Of `history` or of the countries.
        order: Whose row each state takes.
    """
    history = {
        name: series[order] if name in columns else series for name, series in seeds.history.items()
    }
    own = [name for name in columns if name not in history]
    countries = tuple(
        replace(
            country,
            figures={
                **country.figures,
                **{name: seeds.countries[other].figures[name] for name in own},
            },
        )
        for country, other in zip(seeds.countries, order.tolist(), strict=True)
    )
    return replace(seeds, history=history, countries=countries)


def figures_of_runs(
    ensemble: Ensemble, runs: int, threads: int, sets_of: SetsOf | None, names: Sequence[str]
) -> dict[str, Floats]:
    """Return the figure of each run that stands beside each of the named targets."""
    chunks = run_chunks(ensemble, chunks_of(runs), threads, sets_of)
    parts = [
        counterparts_of_chunk(chunk, ensemble.layout, names)
        for chunk in sorted(chunks, key=lambda each: each.first)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def distances(seeds: Seeds, runs: int, seed: int, threads: int) -> dict[str, Floats]:
    """Return each run's squared standardised distance from each figure that did not calibrate."""
    targets = [
        target for target in seeds.targets if target.use in USES and target.id in COUNTERPARTS
    ]
    last = max(year for target in targets for year in COUNTERPARTS[target.id].years)
    scenario = load_scenario("baseline", overrides={"horizon.end": last})
    plausible = shipped_plausible()
    ensemble = prepare(scenario, seed, seeds=seeds)
    sets_of = plausible_sets(scenario, plausible) if plausible else None
    figures = figures_of_runs(ensemble, runs, threads, sets_of, [one.id for one in targets])
    squares = {}
    for target in targets:
        away = figures[target.id] - target.value
        if target.bound != "value":
            away = np.minimum(away, 0.0) if target.bound == "lower" else np.maximum(away, 0.0)
        noise = np.hypot(target.sigma or 0.0, discrepancy_of(target.value))
        squares[target.id] = (away / noise) ** 2
    return squares


def worse(before: Floats, after: Floats) -> tuple[float, float]:
    """Return by how much the mean grows over paired runs, and the error by parameter set."""
    known = np.flatnonzero(np.isfinite(after - before))
    sets = shipped_plausible()
    own = sets_of_runs(sets.weights, known) if sets else known
    grown = mean_of((after - before)[known], own)
    return float(grown.mean), float(grown.error)


def lines(runs: int, seed: int, threads: int) -> list[str]:
    """Return the table's lines."""
    seeds = shipped_seeds()
    use_of = {target.id: target.use for target in seeds.targets}
    base = distances(seeds, runs, seed, threads)
    rows = ["| column | hold-outs that fit worse | that fit better | checks that fit worse |"]
    rows.append("|---|---|---|---|")
    for number, (name, columns) in enumerate(COLUMNS.items()):
        order = np.random.default_rng([seed, number]).permutation(len(seeds.countries))
        dealt = distances(permuted(seeds, columns, order), runs, seed, threads)
        cells: dict[str, list[str]] = {"+hold-out": [], "-hold-out": [], "+check": [], "-check": []}
        for target, values in dealt.items():
            grown, error = worse(base[target], values)
            if abs(grown) > max(SURE * error, WORSE):
                sign = "+" if grown > 0.0 else "-"
                cells[sign + use_of[target]].append(f"`{target}` {grown:+.1f}")
        kept = [", ".join(cells[key]) or "none" for key in ("+hold-out", "-hold-out", "+check")]
        rows.append(f"| {name} | {' | '.join(kept)} |")
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    sys.stdout.write("\n".join(lines(asked.runs, asked.seed, asked.threads)) + "\n")


if __name__ == "__main__":
    main()

"""Make the tables of calibration.md: prior and posterior next to each other, raked and not.

`uv run python analyses/posterior.py results/calibration` reads a finished calibration, and
simulates what is left where the offer is withdrawn under each of the weights. Without a folder it
makes the table of parameters alone, of `seeds/plausible.csv`, whose weights before raking are not
known.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.calibration.plan import load_calibration
from sim.calibration.raking import (
    PRIOR_MEAN,
    PRIOR_SD,
    effective_size,
    unseen,
    weighted_quantiles,
    width_ratios,
)
from sim.calibration.waves import run_waves
from sim.experiment import Factor, lay_over, plausible_factors
from sim.measures.bands import ENDS
from sim.runs.workers import Workers
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.studies.hindcast import prior_sets
from sim.studies.report import text
from sim.world.arrays import Floats

PAGE = Path(__file__).parents[1].joinpath("docs", "calibration.md")
MARKS = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- end of table -->)", re.S)
RUNS = 512
DRAWN, RAKED = "weighed by the figures", "and raked"

type Weights = Mapping[str, Floats]
"""Weights of the sets, by words for them."""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows))


def shares_of(factors: Sequence[Factor], sets: PlausibleSets) -> Floats:
    """Return sets as shares of the prior's ranges: (sets, parameters)."""
    values = np.array(sets.rows, np.float64)
    low, high = np.array([(factor.low, factor.high) for factor in factors]).T
    logs = np.array([factor.scale == "log" for factor in factors])
    shares = (values - low) / (high - low)
    ends = np.log(high[logs] / low[logs])
    shares[:, logs] = np.log(values[:, logs] / low[logs]) / ends
    return shares


def moved(factors: Sequence[Factor], cube: Floats, weights: Weights) -> str:
    """Return the parameters that the figures move, the most moved first.

    Moved is a parameter that raking would not set back to its prior, by the first of the weights.

    Args:
        factors: The parameters.
        cube: The sets as shares of their ranges: (sets, parameters).
        weights: Of the sets, by words for them.
    """
    first = next(iter(weights.values()))
    widths = width_ratios(cube, first)
    shifts = (np.average(cube, axis=0, weights=first) - PRIOR_MEAN) / PRIOR_SD
    places = np.flatnonzero(~unseen(cube, first))
    places = places[np.argsort(-np.maximum(np.abs(shifts), 1.0 - widths)[places], kind="stable")]
    shares = np.array([ENDS[0], 0.5, ENDS[1]])
    spans = [spelled(factors, np.full((len(factors), 3), shares).T)]
    spans += [spelled(factors, weighted_quantiles(cube, own, shares)) for own in weights.values()]
    rows = [
        (f"`{factors[at].name}`", factors[at].unit, *(each[at] for each in spans),
         f"{round(shifts[at], 1) + 0.0:+.1f}".replace("-", "−"), f"{100 * widths[at]:.0f}%")
        for at in places
    ]  # fmt: skip
    return table(
        ("parameter", "unit", "prior", *weights, "mean, prior's deviations", "width"), rows
    )


def spelled(factors: Sequence[Factor], shares: Floats) -> list[str]:
    """Return medians with their 90% intervals, of shares of the ranges: (3, parameters)."""
    ends: Any = np.array(lay_over(factors, shares).points, np.float64).T
    return [f"{text(middle)} ({text(low)} to {text(high)})" for low, middle, high in ends]


def headline(keys: Sequence[str], columns: Mapping[str, PlausibleSets], runs: int) -> str:
    """Return what is left where the offer is withdrawn, under the prior and each of the weights."""
    import findings

    columns = {"prior": prior_sets(load_scenario("baseline"), runs, keys), **columns}
    cells = {words: findings.prior_column(words, sets, runs) for words, sets in columns.items()}
    rows = [(name, *(own[name] for own in cells.values())) for name in cells["prior"]]
    return table(("where the offer is withdrawn", *cells), rows)


def main(arguments: Sequence[str]) -> None:
    """Rewrite the tables of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="of a finished calibration")
    parser.add_argument("--file", default="calibration", help="the calibration's name or file")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args(arguments)
    made = {}
    if given.folder:
        found = run_waves(load_calibration(given.file), given.folder, Workers(2))
        factors, cube = found.plan.factors, found.cube
        weights = {DRAWN: found.drawn, RAKED: found.weights}
        names, rows = tuple(factor.name for factor in factors), lay_over(factors, cube).points
        sets: Any = {of: PlausibleSets(names, rows, tuple(own)) for of, own in weights.items()}
        with tempfile.TemporaryDirectory() as temporary:
            import findings

            findings.TRIAL["folder"] = Path(temporary)
            made["headline"] = headline(names, sets, given.runs)
    else:
        shipped = shipped_plausible()
        factors = plausible_factors(load_scenario("baseline"), shipped.keys)
        cube, weights = shares_of(factors, shipped), {"retained": np.array(shipped.weights)}
    sizes = [f"{effective_size(own):.0f} {words}" for words, own in weights.items()]
    made["moved"] = moved(factors, cube, weights)
    made["moved"] += f"\n\n{len(cube)} sets, worth of equal weight: {', '.join(sizes)}."
    page = PAGE.read_text(encoding="utf-8")
    for mark in MARKS.finditer(page):
        if mark["name"] in made:
            page = page.replace(mark[0], f"{mark[1]}\n{made[mark['name']]}\n\n{mark[3]}")
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print("\n\n".join(made.values()))


if __name__ == "__main__":
    main(sys.argv[1:])

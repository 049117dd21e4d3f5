"""Where a sweep's first factor matters: the change between its ends, state by state."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.figures.findings import ERRORS, capital, in_sentence
from sim.figures.map import figure_of_maps
from sim.figures.register import SWEEP, figure
from sim.figures.scale import OPPOSED, opposed_scale
from sim.figures.sweeps.factors import Group, shown_factors, varied
from sim.figures.sweeps.reading import described, question_of
from sim.results.sweep import SweepResults
from sim.units import PERCENT

WORKING = "p_working_"
"""How columns of `countries.csv` begin that hold a probability of a working system."""
NOTABLE = 10.0
"""Percentage points from which on a state is counted."""


def _obstacle(sweep: SweepResults) -> str:
    """Why there is no map; empty if there is one."""
    if not sweep.has_countries:
        return "nothing was kept by state (countries = true under [keep])"
    if sweep.replicates < 2:
        return "with one replicate a point there are no probabilities by state"
    if not varied(sweep):
        return "it needs a factor that varies"
    names = [name for name in sweep.countries().columns if name.startswith(WORKING)]
    return "" if names else "the runs end before any of its years"


@figure(SWEEP, "map", "Where it matters", obstacle=_obstacle)
def figure_map(sweep: SweepResults) -> Figure:
    """What the first factor changes between its ends in each state's probability of a system.

    Args:
        sweep: A sweep that kept what happened to each state.
    """
    frame = sweep.countries()
    column = [name for name in frame.columns if name.startswith(WORKING)][-1]
    table = frame.pivot(index="point", columns="iso3", values=column)
    shares = np.full((sweep.points, len(table.columns)), np.nan)
    shares[table.index.to_numpy()] = PERCENT * table.to_numpy(dtype=np.float64)
    factor = shown_factors(sweep)[0]
    low, high = factor.ends()
    changes = np.nanmean(shares[high.points], axis=0) - np.nanmean(shares[low.points], axis=0)
    values = dict(zip(map(str, table.columns), map(float, changes), strict=True))
    count = int((np.abs(changes) >= np.maximum(NOTABLE, _doubt(shares, low, high, sweep))).sum())
    name = in_sentence(factor.title)
    year = column.removeprefix(WORKING)
    finding = f"{name} matters in {count} states, by {NOTABLE:.0f} points or more in {year}"
    return figure_of_maps(
        described(sweep),
        capital(finding) if count else f"Where {name} matters",
        {f"From {low.text} to {high.text}": values},
        f"Change in the probability of a working system at the end of {year}, percentage points",
        opposed_scale(changes),
        colours=OPPOSED,
        question=question_of(sweep) or f"Where does {name} change what works?",
        note="Means over all points at either end. Counted: changes of more than two standard"
        " errors (as of runs that share no luck).",
    )


def _doubt(shares: Floats, low: Group, high: Group, sweep: SweepResults) -> Floats:
    """Two standard errors of each state's change, as if runs shared no luck; in points."""
    variance = np.zeros(shares.shape[1])
    for end in (low, high):
        share = np.nanmean(shares[end.points], axis=0) / PERCENT
        variance += share * (1.0 - share) / (int(end.points.sum()) * sweep.replicates)
    doubt: Floats = ERRORS * PERCENT * np.sqrt(variance)
    return doubt

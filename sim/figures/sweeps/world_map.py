"""Where a sweep's first factor matters: the change between its ends, state by state."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.figures.findings import capital, in_sentence
from sim.figures.map import figure_of_maps
from sim.figures.register import SWEEP, figure
from sim.figures.scale import OPPOSED, opposed_scale
from sim.figures.sweeps.factors import shown_factors, varied
from sim.figures.sweeps.reading import described, question_of
from sim.results.effects import BEYOND_CHANCE, FALSE_SHARE, adjusted, sign_test
from sim.results.parameter_sets import sets_in
from sim.results.sweep import SweepResults
from sim.text import counted
from sim.units import PERCENT

WORKING = "p_working_"
"""How columns of `countries.csv` begin that hold a probability of a working system."""


def _obstacle(sweep: SweepResults) -> str:
    """Why there is no map; empty if there is one."""
    if not sweep.has_countries:
        return "nothing was kept by state (countries = true under [keep])"
    if sweep.replicates < 2:
        return "with one replicate a point there are no probabilities by state"
    if not varied(sweep):
        return "it needs a factor that varies"
    return "" if _years(sweep) else "the runs end before any of its years"


def _years(sweep: SweepResults) -> list[int]:
    """The years whose probabilities of a working system `countries.csv` has, ascending."""
    columns = sweep.countries().columns
    return [int(name.removeprefix(WORKING)) for name in columns if name.startswith(WORKING)]


@figure(SWEEP, "map", "Where it matters", obstacle=_obstacle)
def figure_map(sweep: SweepResults) -> Figure:
    """What the first factor changes between its ends in each state's probability of a system.

    Args:
        sweep: A sweep that kept what happened to each state.
    """
    factor = shown_factors(sweep)[0]
    low, high = factor.ends()
    year = _years(sweep)[-1]
    states = sweep.countries()["iso3"].drop_duplicates().tolist()
    works = sweep.states_working(year)
    by_point = np.full((sweep.points, sweep.replicates, len(states)), np.nan)
    by_point[sweep.point_of_run, sweep.replicate_of_run] = works
    before, after = (np.nanmean(by_point[end.points], axis=0) for end in (low, high))
    each = after - before
    good = np.isfinite(each).all(axis=1)
    sets = sets_in(sweep.manifest, np.flatnonzero(good))
    clear = adjusted(sign_test(each[good], sets)) <= FALSE_SHARE
    changes = np.where(clear, PERCENT * each[good].mean(axis=0), 0.0)
    name, count = in_sentence(factor.title), int(clear.sum())
    finding = f"{capital(name)} decides about a system in {counted(count, 'state')} in {year}"
    return figure_of_maps(
        described(sweep),
        finding if count else f"Change by {name}, state by state",
        {f"From {low.text} to {high.text}": dict(zip(states, changes.tolist(), strict=True))},
        f"Change in the probability of a working system at the end of {year}, percentage points",
        opposed_scale(changes),
        colours=OPPOSED,
        question=question_of(sweep) or f"Where does {name} change what works?",
        note="Means over all points at either end. "
        + BEYOND_CHANCE.replace("Named", "Coloured and counted"),
    )

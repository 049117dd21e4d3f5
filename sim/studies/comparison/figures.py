"""Scenarios compared run by run: curves of the paired difference, and the states that change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.engine.chunk import CountryLabel
from sim.figures.axes import level_line, panel_title, quantity_axis
from sim.figures.caption import bands, sentences
from sim.figures.curves import (
    MOST_WIDE_BANDS,
    POINTS,
    at_year_ends,
    change_in_words,
    draw_curve,
    scale_of_changes,
    seen,
)
from sim.figures.findings import MOST_NAMED, listed, year_of
from sim.figures.map import figure_of_maps
from sim.figures.marks import marks_in_caption
from sim.figures.register import figure
from sim.figures.rows import dodge, dot, dot_and_bar, interval, new_rows, show_zero, zero_line
from sim.figures.scale import OPPOSED, opposed_scale
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import looks_of
from sim.figures.text import UNBROKEN
from sim.results.effects import BEYOND_CHANCE
from sim.studies.comparison.method import Comparison
from sim.text import counted
from sim.units import FIRST_YEAR, PERCENT, QUARTERS

COMPARISON = "comparison"
MOST_STATES = 20
"""States that the figure of states shows."""
STATE_ROW = 0.155
"""Inches of a state's row; more where several alternatives stand in it."""
MORE_ROW = 0.05
"""Inches more for each further alternative."""
BAR = 1.6
"""Points of the bar of an interval."""

PAIRED = "Difference in each run from the same run of the reference"
LEFT_OUT = " Runs that failed in one of two scenarios are left out."
STATES_NOTE = (
    f"Dots: mean over paired runs; bars: its 95{UNBROKEN}% interval, by parameter set. "
    + BEYOND_CHANCE.replace("Named", "Drawn")
)
MOST_MAPS = 3
"""Maps that stand below each other; the caption names the alternatives that have none."""


@figure(COMPARISON, "differences", "Difference from the reference")
def figure_differences(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> Figure:
    """Paired differences over time, a panel per outcome.

    Args:
        comparisons: Alternatives against one reference.
        manifest: What identifies the runs, for the caption; its scenario's events are marked.
    """
    first = comparisons[0]
    names = list(first.world)
    columns = 2 if len(names) > 1 else 1
    grid = Grid(
        panels=len(names),
        columns=columns,
        panel_height=1.45 if columns > 1 else 2.3,
        title_rows=1,
        column_gap=0.74,
    )
    dates = (np.array(first.content.quarters) + 1.0) / QUARTERS + FIRST_YEAR
    start, end = float(dates[0]) - 1.0 / QUARTERS, float(dates[-1])
    looks, lines = looks_of([one.alternative for one in comparisons]), len(comparisons)
    note = bands({**manifest, "runs": first.runs}, PAIRED, wide=lines <= MOST_WIDE_BANDS)
    drawn, panels = new_sheet(
        manifest,
        _finding(comparisons, year_of(end)) or f"Difference from {first.reference}",
        grid,
        Frame(start, end, marks_in_caption(manifest, start, end)),
        looks,
        note + _left_out(comparisons, manifest),
        question=f"What does the scenario change, beside {first.reference}, run by run?",
    )
    for axes, name in zip(panels, names, strict=True):
        outcome = first.content.outcomes[name]
        factor, unit = scale_of_changes(outcome)
        level_line(axes)
        curves = []
        for comparison, look in zip(comparisons, looks, strict=True):
            found = comparison.world[name]
            curve = factor * pd.DataFrame({"mean": found.mean, **found.quantiles}, index=dates)
            draw_curve(axes, at_year_ends(curve), look, lines=lines)
            curves.append(curve)
        values = [part for curve in curves for part in seen(curve, lines)]
        level = factor * float(np.abs(first.world[name].reference).max())
        quantity_axis(axes, unit, [*values, 0.0], size=level)
        panel_title(axes, outcome.label)
    return drawn


def _finding(comparisons: Sequence[Comparison], year: int) -> str:
    """By how much each alternative clearly changes the first outcome at the end."""
    first = comparisons[0]
    name = next(iter(first.world))
    outcome = first.content.outcomes[name]
    changes = [
        f"{change_in_words(outcome, float(one.world[name].mean[-1]))} in {one.alternative}"
        for one in comparisons
        if one.world[name].clear[-1]
    ]
    if not changes or len(changes) > MOST_NAMED:
        return ""
    return f"{outcome.label} at the end of {year}: {listed(changes)} than in {first.reference}"


def _left_out(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> str:
    """A sentence that says so where runs without a twin are left out."""
    asked = manifest.get("runs", 0)
    return LEFT_OUT if any(comparison.runs < asked for comparison in comparisons) else ""


def _has_states(comparisons: Sequence[Comparison]) -> str:
    changed = any(comparison.changed for comparison in comparisons)
    return "" if changed else "no state changes beyond chance, or none was kept"


@figure(COMPARISON, "states", "States that change", obstacle=_has_states)
def figure_states(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> Figure:
    """The states whose probability of a working system changes beyond chance, with intervals.

    Args:
        comparisons: Alternatives against one reference; those hold states.
        manifest: What identifies the runs, for the caption.
    """
    first = comparisons[0]
    looks = looks_of([one.alternative for one in comparisons])
    by_code = [{change.state: change.headline for change in c.states} for c in comparisons]
    states = most_changed(comparisons)
    drawn, axes = new_rows(
        manifest,
        f"States that change from {first.reference}",
        [state.name for state in states],
        f"Change in the probability of a working system at the end of {_year(first)}, {POINTS}",
        [dot_and_bar(look, BAR) for look in looks],
        STATES_NOTE + _left_out(comparisons, manifest),
        question="Whose systems does the scenario decide about?",
        row=STATE_ROW + MORE_ROW * (len(comparisons) - 1),
    )
    zero_line(axes)
    step = 0.64 / len(looks)
    for place, (look, changes) in enumerate(zip(looks, by_code, strict=True)):
        for row, state in enumerate(states):
            at = row + dodge(place, len(looks), step)
            found = changes[state]
            if not found.clear:
                continue
            interval(axes, at, PERCENT * found.low, PERCENT * found.high, look.colour, BAR)
            dot(axes, at, PERCENT * found.difference, look)
    show_zero(axes)
    return drawn


@figure(COMPARISON, "map", "Where the scenario changes what works", obstacle=_has_states)
def figure_map(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> Figure:
    """The change in each state's probability of a working system, where it is beyond chance.

    Args:
        comparisons: Alternatives against one reference; those hold states.
        manifest: What identifies the runs, for the caption.
    """
    changing = [one for one in comparisons if one.changed]
    shown = changing[:MOST_MAPS]
    maps = {
        one.alternative: {
            c.state.iso3: PERCENT * c.headline.difference if c.clear else 0.0 for c in one.states
        }
        for one in shown
    }
    lose = sum(change.headline.difference < 0.0 for change in shown[0].changed)
    sides = ((lose, "less"), (len(shown[0].changed) - lose, "more"))
    changes = [f"{word} likely in {counted(count, 'state')}" for count, word in sides if count]
    same = [one.alternative for one in comparisons if one not in changing]
    return figure_of_maps(
        manifest,
        f"{shown[0].alternative}: a working system is {listed(changes)}",
        maps,
        f"Change in the probability of a working system at the end of {_year(shown[0])}, {POINTS}",
        opposed_scale(value for values in maps.values() for value in values.values()),
        colours=OPPOSED,
        question=f"Where does the scenario change what works, beside {shown[0].reference}?",
        note=sentences(
            BEYOND_CHANCE.replace("Named", "Coloured and counted"),
            f"No state changes beyond chance in {listed(same)}." if same else "",
            f"Not drawn: {listed([one.alternative for one in changing[MOST_MAPS:]])}."
            if changing[MOST_MAPS:]
            else "",
        ),
    )


def _year(comparison: Comparison) -> str:
    """The year in the name of the event by which states are compared."""
    return list(comparison.states[0].events)[-1].rpartition("_")[2]


def most_changed(comparisons: Sequence[Comparison]) -> list[CountryLabel]:
    """The states that change beyond chance, by size, each alternative's in turn."""
    turns = zip_longest(*([change.state for change in one.changed] for one in comparisons))
    states = dict.fromkeys(state for row in turns for state in row if state is not None)
    return list(states)[:MOST_STATES]

"""Scenarios compared run by run: curves of the paired difference, and the states that change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.engine.chunk import CountryLabel
from sim.figures.axes import panel_title, quantity_axis
from sim.figures.curves import PERCENT, QUARTERS_A_YEAR, Curve, draw_curve
from sim.figures.marks import marks_in_caption
from sim.figures.panels import MOST_WIDE_BANDS, is_share, unit_text
from sim.figures.sheet import AXIS_HEIGHT, EDGE, ONE_RUN, ONE_SET, RIGHT, Frame, Grid, new_sheet
from sim.figures.style import (
    BLUE,
    DASH_DOT,
    DASHED,
    DOTTED,
    FIGURE_WIDTH,
    GREEN,
    INK,
    LONG_DASHED,
    MARKER_SIZE,
    ORANGE,
    PURPLE,
    QUIET_INK,
    SKY_BLUE,
    SMALL_TEXT,
    SOLID,
    THIN_LINE,
    VERMILLION,
    Look,
    in_house_style,
)
from sim.figures.text import UNBROKEN, text_width
from sim.parameters import Outcome
from sim.studies.comparison.method import Comparison
from sim.studies.comparison.states import Likelihoods

MOST_STATES = 20
"""States that the figure of states shows."""
SIGNS = (
    (VERMILLION, SOLID),
    (BLUE, DASHED),
    (GREEN, DASH_DOT),
    (PURPLE, DOTTED),
    (ORANGE, LONG_DASHED),
    (SKY_BLUE, SOLID),
)
"""Colour and dash of each alternative."""
STATE_ROW = 0.155
"""Inches of a state's row; more where several alternatives stand in it."""
MORE_ROW = 0.05
"""Inches more for each further alternative."""
LEAST_ABOVE = 0.05
"""Share of a panel's range that it shows beyond the line of zero."""
WIDE_ERRORS = 2.0
"""Standard errors that the thin bar reaches: about 95 % of estimates."""
NARROW_WIDTH, WIDE_WIDTH = 2.4, 0.9
"""Points of the bars of one and of two standard errors."""

SHARED = (
    f"Difference in each run from the same run of the reference; bands: 50{UNBROKEN}% and"
    f" 90{UNBROKEN}% of runs (chance alone)."
)
NARROW = f" and 90{UNBROKEN}%"
CHANCE = " (chance alone)"
BOTH = " (chance and plausible parameter sets)"
"""Parts of it that are left out where there are no wide bands, or changed where parameters differ
between runs as well."""
LEFT_OUT = " Runs that failed in one of two scenarios are left out."
STATES_NOTE = (
    "Dots: mean over paired runs; bars: one and two standard errors. The states that change most"
    " are chosen by the same runs, so the largest changes are somewhat overstated."
)


@dataclass(frozen=True)
class Origin:
    """What a figure says of its origin; see :class:`sim.figures.curves.ResultsLike`."""

    manifest: Mapping[str, Any]
    outcomes: Mapping[str, Outcome]

    def series(self) -> pd.DataFrame:
        """Nothing: a comparison brings its own curves."""
        return pd.DataFrame()

    def countries(self) -> pd.DataFrame:
        """Nothing: a comparison brings its own states."""
        return pd.DataFrame()


def looks_of(comparisons: Sequence[Comparison]) -> list[Look]:
    """How each alternative is drawn."""
    return [
        Look(comparison.alternative, *SIGNS[place % len(SIGNS)])
        for place, comparison in enumerate(comparisons)
    ]


@in_house_style
def figure_differences(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> Figure:
    """Paired differences over time, a panel per outcome.

    Args:
        comparisons: Alternatives against one reference.
        manifest: What identifies the runs, for the caption; its scenario's events are marked.
    """
    first = comparisons[0]
    names = list(first.world)
    columns = 2 if len(names) > 1 else 1
    # Above the gap that an odd number leaves, a panel needs years of its own.
    dated = len(names) > columns and len(names) % columns > 0
    grid = Grid(
        rows=-(-len(names) // columns),
        columns=columns,
        panel_height=1.45 if columns > 1 else 2.3,
        title_rows=1,
        row_gap=0.16 + (AXIS_HEIGHT if dated else 0.0),
        column_gap=0.74,
        dated=dated,
    )
    dates = (np.array(first.content.quarters) + 1.0) / QUARTERS_A_YEAR + 2000.0
    start, end = float(dates[0]) - 1.0 / QUARTERS_A_YEAR, float(dates[-1])
    frame = Frame(start, end, marks_in_caption(manifest, start, end))
    looks = looks_of(comparisons)
    wide = len(comparisons) <= MOST_WIDE_BANDS
    figure, panels = new_sheet(
        Origin(manifest, first.content.outcomes),
        f"Difference from {first.reference}",
        grid,
        frame,
        looks,
        note=(ONE_RUN if first.runs == 1 else _bands_note(manifest, wide))
        + _left_out(comparisons, manifest),
    )
    for axes, name in zip(panels, names, strict=False):
        outcome = first.content.outcomes[name]
        curves = [_curve(comparison, name, dates) for comparison in comparisons]
        axes.axhline(0.0, color=QUIET_INK, linewidth=THIN_LINE, zorder=1.8)
        for curve, look in zip(curves, looks, strict=True):
            draw_curve(axes, curve.at_year_ends(), look, wide_band=wide)
        _difference_axis(axes, outcome, curves, "q95" if wide else "q75")
        panel_title(axes, outcome.label)
    for axes in panels[len(names) :]:
        axes.remove()
    return figure


def _bands_note(manifest: Mapping[str, Any], wide: bool) -> str:
    """What the bands hold."""
    note = SHARED if wide else SHARED.replace(NARROW, "")
    one_set = str(manifest.get("parameters", ONE_SET)).startswith(ONE_SET)
    return note if one_set else note.replace(CHANCE, BOTH)


def _left_out(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> str:
    """A sentence that says so where runs without a twin are left out."""
    asked = manifest.get("runs", 0)
    return LEFT_OUT if any(comparison.runs < asked for comparison in comparisons) else ""


def _curve(comparison: Comparison, name: str, dates: np.ndarray[Any, Any]) -> Curve:
    """The world's difference in the unit that figures show."""
    found = comparison.world[name]
    curve = Curve(dates, {"mean": found.mean, **found.quantiles})
    return curve.scaled(PERCENT) if is_share(comparison.content.outcomes[name]) else curve


def _difference_axis(axes: Axes, outcome: Outcome, curves: Sequence[Curve], upper: str) -> None:
    """A vertical axis that always shows the line of zero, with a little room beyond it."""
    unit = unit_text(outcome)
    if is_share(outcome):
        unit = "percentage points"
    lower = {"q95": "q05", "q75": "q25"}[upper]
    top = max(0.0, *(float(curve.values[key].max()) for curve in curves for key in (upper, "mean")))
    low = min(0.0, *(float(curve.values[key].min()) for curve in curves for key in (lower, "mean")))
    if top == low:
        quantity_axis(axes, unit, 1.0, lowest=-1.0, given=True)
        return
    room = LEAST_ABOVE * (top - low)
    quantity_axis(axes, unit, top + room, lowest=low - room, given=True)


@in_house_style
def figure_states(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> Figure:
    """The states whose probability of a working system changes most, with standard errors.

    Args:
        comparisons: Alternatives against one reference; those hold states.
        manifest: What identifies the runs, for the caption.
    """
    first = comparisons[0]
    looks = looks_of(comparisons)
    by_code = [{change.state.iso3: change for change in c.states} for c in comparisons]
    states = most_changed(comparisons)
    event = list(first.states[0].events)[-1]
    year = event.rpartition("_")[2]
    grid = Grid(
        panel_height=max(1, len(states)) * (STATE_ROW + MORE_ROW * (len(comparisons) - 1)),
        title_rows=0,
    )
    shown = Origin(manifest, first.content.outcomes)
    frame = Frame(0.0, 1.0)
    figure, (axes,) = new_sheet(
        shown,
        f"States that change most from {first.reference}",
        grid,
        frame,
        [_dot(look) for look in looks],
        note=STATES_NOTE + _left_out(comparisons, manifest),
        timeless={0},
    )
    _make_room_for_names(figure, axes, states)
    axes.axvline(0.0, color=QUIET_INK, linewidth=THIN_LINE, zorder=1.8)
    step = 0.64 / len(looks)
    for place, (look, changes) in enumerate(zip(looks, by_code, strict=True)):
        for row, state in enumerate(states):
            height = row + (place - (len(looks) - 1) / 2.0) * step
            _draw_range(axes, height, changes[state.iso3].headline, look)
    axes.set_ylim(len(states) - 0.4, -0.6)
    axes.set_yticks(range(len(states)), [state.name for state in states])
    axes.tick_params(axis="y", length=0.0, labelcolor=INK)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -0.04 * high), max(high, -0.04 * low))
    axes.set_xlabel(
        f"Change in the probability of a working system at the end of {year}, percentage points",
        x=1.0,
        ha="right",
    )
    return figure


def most_changed(comparisons: Sequence[Comparison]) -> list[CountryLabel]:
    """The states that change most, each alternative's in turn; none that no alternative changes.

    In order of what the first alternative changes, from its largest change to the opposite; so an
    alternative that changes much does not push out what another changes.
    """
    ranked = [
        [change.state for change in comparison.states if change.headline.difference]
        for comparison in comparisons
    ]
    turns = (state for row in zip_longest(*ranked) for state in row if state is not None)
    states = list(dict.fromkeys(turns))[:MOST_STATES]
    first = {change.state: change.headline.difference for change in comparisons[0].states}
    largest: dict[CountryLabel, float] = {}
    for change in (change for comparison in comparisons for change in comparison.states):
        size = abs(change.headline.difference)
        largest[change.state] = max(size, largest.get(change.state, 0.0))
    gains = max((first[state] for state in states), key=abs, default=0.0) > 0.0
    return sorted(states, key=lambda s: (-first[s] if gains else first[s], -largest[s], s.iso3))


def _draw_range(axes: Axes, height: float, found: Likelihoods, look: Look) -> None:
    """A dot with bars of one and two standard errors."""
    centre, error = PERCENT * found.difference, PERCENT * np.nan_to_num(found.error)
    for reach, width in ((WIDE_ERRORS, WIDE_WIDTH), (1.0, NARROW_WIDTH)):
        axes.plot(
            [centre - reach * error, centre + reach * error],
            [height, height],
            color=look.colour,
            linewidth=width,
            solid_capstyle="butt",
            alpha=0.8,
        )
    axes.plot([centre], [height], color=look.colour, marker="o", markersize=MARKER_SIZE)


def _dot(look: Look) -> Line2D:
    """A legend entry that looks like a state's range."""
    return Line2D(
        [], [], color=look.colour, marker="o", markersize=MARKER_SIZE,
        linewidth=NARROW_WIDTH, label=look.label,
    )  # fmt: skip


def _make_room_for_names(figure: Figure, axes: Axes, states: Sequence[CountryLabel]) -> None:
    """Move the panel's left end so that the longest name fits beside it."""
    names = max((text_width(state.name, SMALL_TEXT) for state in states), default=0.0)
    left = EDGE + names + 0.1
    box = axes.get_position()
    axes.set_position(
        (
            left / FIGURE_WIDTH,
            box.y0,
            (FIGURE_WIDTH - left - RIGHT) / FIGURE_WIDTH,
            box.height,
        )
    )


def figures_of(
    comparisons: Sequence[Comparison], manifest: Mapping[str, Any]
) -> Iterator[tuple[str, str, Figure]]:
    """Every figure of a comparison: file name, title, figure."""
    reference = comparisons[0].reference
    yield "differences", f"Difference from {reference}", figure_differences(comparisons, manifest)
    if all(comparison.states for comparison in comparisons) and most_changed(comparisons):
        title = f"States that change most from {reference}"
        yield "states", title, figure_states(comparisons, manifest)

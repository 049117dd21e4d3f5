"""What stays when the offer stops: curves of the share left, and single states with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.figures.axes import panel_title, share_axis, time_ticks
from sim.figures.curves import PERCENT
from sim.figures.sheet import BANDS, Described, Frame, Grid, new_sheet
from sim.figures.style import (
    BLACK,
    BLUE,
    DASHED,
    GREEN,
    INK,
    MARKER_SIZE,
    QUIET_INK,
    SMALL_TEXT,
    SOLID,
    TEXT,
    THIN_LINE,
    VERMILLION,
    Look,
    in_house_style,
)
from sim.figures.sweeps.axes import LABEL_LINE, draw_line
from sim.figures.text import UNBROKEN, fit, text_width, wrap
from sim.register import WORLD
from sim.studies.persistence.method import Measure, Persisted
from sim.studies.persistence.states import (
    REACHED_AFTER,
    Odds,
    StateLeft,
    StateReached,
    least_left,
    likely_reached,
    most_left,
)

SHARE_LEFT = "% of systems"
COHORT = "Of states whose Chinese system worked at the end of {since}: share whose system works."
BASE = "Working systems over those at the end of {since}."
MEAN_SYSTEMS = " n: mean number of systems at first."
SIGNS = ((VERMILLION, SOLID), (BLUE, DASHED))
"""Of the offer withdrawn and standing."""
WORLD_GRID = Grid(panel_height=2.4)
REGIME_GRID = Grid(rows=2, columns=2, panel_height=1.3, title_rows=1, column_gap=0.34)
REGION_GRID = Grid(rows=4, columns=3, panel_height=0.92, title_rows=2, row_gap=0.1, column_gap=0.34)
GRIDS = {"regime": REGIME_GRID, "region": REGION_GRID}
SHOWN_STATES = 15
"""States of either end that a figure shows."""
STATE_ROW = 0.15
"""Inches of a state's row."""
BAR = 1.1
"""Points of the bar of an interval."""
DODGE = 0.22
"""How far two dots in a row stand apart, in rows."""


@dataclass(frozen=True)
class Origin:
    """What a figure says of its origin; see :class:`sim.figures.sheet.Described`."""

    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """What stays in one scenario.

    Attributes:
        label: The scenario.
        groups: The world first.
    """

    label: str
    groups: Sequence[Persisted]

    def group(self, kind: str, name: str) -> Persisted | None:
        """Return a group; None where there is none."""
        return next((g for g in self.groups if (g.kind, g.group) == (kind, name)), None)


@in_house_style
def figure_world(shown: Sequence[Shown], since: int, measure: Measure, origin: Origin) -> Figure:
    """The share of the world's systems that is left, year after year."""
    return _figure(shown, since, measure, origin, "What stays", WORLD_GRID, [(WORLD, WORLD)])


@in_house_style
def figure_groups(
    shown: Sequence[Shown], since: int, measure: Measure, origin: Origin, kind: str
) -> Figure:
    """The share left by regime or by region, the world beside it where there is room."""
    names = [(g.kind, g.group) for g in shown[0].groups if g.kind == kind]
    if kind == "region":
        names.insert(0, (WORLD, WORLD))
    grid = GRIDS[kind]
    return _figure(shown, since, measure, origin, f"What stays, by {kind}", grid, names)


def _figure(
    shown: Sequence[Shown],
    since: int,
    measure: Measure,
    origin: Origin,
    title: str,
    grid: Grid,
    names: Sequence[tuple[str, str]],
) -> Figure:
    looks = [Look(one.label, *SIGNS[place]) for place, one in enumerate(shown)]
    figure, panels = new_sheet(
        origin,
        title,
        grid,
        Frame(0.0, 1.0),
        looks if len(shown) > 1 else (),
        note=f"{note_of(measure, since)} {BANDS}" + (MEAN_SYSTEMS if len(names) > 1 else ""),
        timeless=range(grid.rows * grid.columns),
    )
    for place, (axes, name) in enumerate(zip(panels, names, strict=False)):
        found = [one.group(*name) for one in shown]
        for group, look in zip(found, looks, strict=True):
            if group and group.runs:
                draw_share(axes, group, look, len(shown))
        last = len(shown[0].groups[0].curves["mean"]) - 1
        label = "Years" if grid.columns > 2 else f"Years after the end of {since}"
        finish_panel(axes, last, grid, place, len(names), label)
        if len(names) > 1:
            first = found[0]
            size = f" (n{UNBROKEN}={UNBROKEN}{first.before:.0f})" if first else ""
            text = "World" if name[0] == WORLD else name[1][0].upper() + name[1][1:]
            panel_title(axes, "\n".join(wrap(text + size, TEXT, grid.panel_width)[:2]))
    for axes in panels[len(names) :]:
        axes.remove()
    return figure


def note_of(measure: Measure, since: int) -> str:
    """What the caption says of the measure."""
    return (COHORT if measure == "cohort" else BASE).format(since=since)


def draw_share(axes: Axes, group: Persisted, look: Look, lines: int) -> None:
    """Draw a group's share left, in percent by years."""
    values = {name: PERCENT * curve for name, curve in group.curves.items()}
    years = np.arange(len(values["mean"]), dtype=np.float64)
    draw_line(axes, years, values, look, lines, bands=group.runs > 1)


def finish_panel(axes: Axes, last: int, grid: Grid, place: int, panels: int, label: str) -> None:
    """Set both axes of a panel, and mark a half.

    Args:
        axes: The panel.
        last: Years that it shows.
        grid: Arrangement of the panels.
        place: The panel's place among them.
        panels: How many there are.
        label: Of the lower axis.
    """
    axes.axhline(PERCENT / 2.0, color=QUIET_INK, linewidth=THIN_LINE, zorder=1.8)
    lowest = place + grid.columns >= panels
    ticks = time_ticks(0.0, float(last), grid.panel_width)
    axes.set_xlim(0.0, max(last, 1))
    axes.set_xticks(ticks, [str(tick) if lowest else "" for tick in ticks])
    if lowest:
        axes.set_xlabel(label)
    share_axis(axes, labelled=place % grid.columns == 0, label=SHARE_LEFT)


@in_house_style
def figure_states(states: Sequence[StateLeft], since: int, later: int, origin: Origin) -> Figure:
    """The states whose systems stay most surely and least surely, with intervals of 90 %.

    Args:
        states: All states; those with too few runs are passed over.
        since: The year at whose end the systems work.
        later: After how many years they are looked for.
        origin: For the caption.
    """
    most = most_left(states)[:SHOWN_STATES]
    least = [state for state in least_left(states) if state not in most][:SHOWN_STATES]
    shown = [*most, *reversed(least)]
    standing = bool(shown) and shown[0].standing is not None
    looks = [Look("offer withdrawn", *SIGNS[0]), Look("offer standing", *SIGNS[1])]
    rows = [(s.state.name, [s.left, s.standing] if s.standing else [s.left]) for s in shown]
    return _dots(
        "Most and least locked in",
        rows,
        looks if standing else looks[:1],
        f"Probability that a system working at the end of {since} works"
        f" {later}{UNBROKEN}years later, %",
        "Dots: share of the runs in which the state had a working system; bars: 90"
        f"{UNBROKEN}% intervals (Wilson), of the number of runs alone. Sorted by the ends of the"
        " intervals.",
        origin,
        gap=len(most) if least else None,
    )


@in_house_style
def figure_next(states: Sequence[StateReached], origin: Origin) -> Figure:
    """The states most surely reached next, with intervals of 90 %."""
    shown = likely_reached(states)[: 2 * SHOWN_STATES]
    years = list(shown[0].by) if shown else []
    looks = [
        Look(f"by the end of {year}", colour)
        for year, colour in zip(years, (BLACK, GREEN), strict=False)
    ]
    rows = [(s.state.name, list(s.by.values())) for s in shown]
    return _dots(
        "Reached next",
        rows,
        looks,
        "Probability of a first contract with a Chinese vendor, %",
        f"Of the runs in which the state has not adopted by the end of {REACHED_AFTER}; bars: 90"
        f"{UNBROKEN}% intervals (Wilson), of the number of runs alone.",
        origin,
    )


def _dots(
    title: str,
    rows: Sequence[tuple[str, Sequence[Odds]]],
    looks: Sequence[Look],
    label: str,
    note: str,
    origin: Described,
    gap: int | None = None,
) -> Figure:
    """A row of dots with bars for each state; a gap parts the rows before and after a place."""
    places = [row + (0.8 if gap is not None and row >= gap else 0.0) for row in range(len(rows))]
    names = max((text_width(name, SMALL_TEXT) for name, _ in rows), default=0.0)
    height = max(1.0, (places[-1] + 1.0 if places else 1.0) * STATE_ROW)
    grid = Grid(panel_height=height, left=names + 0.18)
    lines = fit(label, TEXT, grid.panel_width, 2)
    grid = replace(grid, foot=grid.foot + (len(lines) - 1) * LABEL_LINE)
    figure, (axes,) = new_sheet(
        origin,
        title,
        grid,
        Frame(0.0, 1.0),
        [_handle(look) for look in looks],
        note=note,
        timeless={0},
    )
    for place, (_, odds) in zip(places, rows, strict=True):
        for at, (one, look) in enumerate(zip(odds, looks, strict=True)):
            shift = (at - (len(looks) - 1) / 2.0) * DODGE * 2.0
            _draw_odds(axes, place + shift, one, look)
    axes.set_ylim((places[-1] if places else 0.0) + 0.7, -0.7)
    axes.set_yticks(places, [name for name, _ in rows])
    axes.tick_params(axis="y", length=0.0, labelcolor=INK)
    axes.set_xlim(-2.0, PERCENT + 2.0)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("\n".join(lines), linespacing=1.1)
    return figure


def _draw_odds(axes: Axes, height: float, odds: Odds, look: Look) -> None:
    axes.plot(
        [PERCENT * odds.low, PERCENT * odds.high],
        [height, height],
        color=look.colour,
        linewidth=BAR,
        solid_capstyle="butt",
    )
    if odds.runs:
        axes.plot(
            [PERCENT * odds.share], [height], color=look.colour, marker="o", markersize=MARKER_SIZE
        )


def _handle(look: Look) -> Line2D:
    """A legend entry that looks like a state's dot and bar."""
    return Line2D(
        [], [], color=look.colour, marker="o", markersize=MARKER_SIZE,
        linewidth=BAR, label=look.label,
    )  # fmt: skip


def figures_of(
    shown: Sequence[Shown],
    states: Sequence[StateLeft],
    reached: Sequence[StateReached],
    reached_in: str,
    *,
    since: int,
    later: int,
    kinds: Sequence[str],
    manifest: Mapping[str, Any],
) -> Iterator[tuple[str, str, Figure]]:
    """Every figure of a run: file name, title, figure."""
    origin = Origin(manifest)
    yield "persistence", "What stays", figure_world(shown, since, "cohort", origin)
    for kind in kinds:
        figure = figure_groups(shown, since, "cohort", origin, kind)
        yield f"persistence_by_{kind}", f"What stays, by {kind}", figure
    if most_left(states):
        figure = figure_states(states, since, later, origin)
        yield "states", "Most and least locked in", figure
    if likely_reached(reached):
        beside = Origin({**manifest, "scenario": reached_in})
        yield "next", "Reached next", figure_next(reached, beside)

"""Figures of rows: a name at the left of each, and beside it dots, bars and intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.figures.axes import round_numbers
from sim.figures.sheet import EDGE, RIGHT, Grid, new_sheet
from sim.figures.style import INK, MARKER_SIZE, QUIET_INK, SMALL_TEXT, TEXT, THIN_LINE, Look
from sim.figures.text import POINTS_AN_INCH, fit, text_width

NAME_GAP = 0.1
"""Inches between a name and the panel."""
LABEL_LINE = 0.145
"""Inches of a further line of the axis' label."""
TICK = 5.0
"""Points by which an upright that stands for a bar without width is higher than the bar."""
ENDS = 0.6
"""Rows of free room above the first and below the last."""


def new_rows(
    manifest: Mapping[str, Any],
    title: str,
    names: Sequence[str],
    label: str,
    legend: Iterable[Look | Line2D | Patch] = (),
    note: str = "",
    *,
    question: str = "",
    row: float = 0.2,
    places: Sequence[float] | None = None,
    margins: tuple[float, float] = (0.0, RIGHT),
) -> tuple[Figure, Axes]:
    """Lay out a sheet with a row for each name, the first at the top, and an axis below.

    Args:
        manifest: See :func:`sim.figures.sheet.new_sheet`.
        title: Its heading.
        names: What stands at the left of each row.
        label: Of the axis below.
        legend: Entries of the legend.
        note: How to read it.
        question: Stands below the heading.
        row: Inches of a row.
        places: Where rows stand; None: at 0, 1, 2 and so on.
        margins: Inches to leave free between names and panel, and at its right.
    """
    at = list(range(len(names))) if places is None else list(places)
    widest = max((text_width(t, SMALL_TEXT) for n in names for t in n.split("\n")), default=0.0)
    last = at[-1] if at else 0.0
    height = (last + 2.0 * ENDS) * row
    grid = Grid(panel_height=height, left=EDGE + widest + NAME_GAP + margins[0], right=margins[1])
    lines = fit(label, TEXT, grid.panel_width, 2)
    grid = replace(grid, foot=grid.foot + (len(lines) - 1) * LABEL_LINE)
    figure, (axes,) = new_sheet(manifest, title, grid, None, legend, note, question=question)
    axes.set_ylim(last + ENDS, -ENDS)
    axes.set_yticks(at, names)
    pad = 3.5 + margins[0] * POINTS_AN_INCH
    axes.tick_params(axis="y", length=0.0, labelcolor=INK, pad=pad)
    axes.grid(axis="y", visible=False)
    most = max(2, int(grid.panel_width * 2))
    round_numbers(axes.xaxis, most)
    axes.set_xlabel("\n".join(lines), linespacing=1.1)
    return figure, axes


def interval(axes: Axes, at: float, low: float, high: float, colour: str, width: float) -> None:
    """Draw a bar from `low` to `high` in a row, so many points thick; an upright if they agree."""
    marker = "|" if low == high else ""
    axes.plot([low, high], [at, at], color=colour, linewidth=width, solid_capstyle="butt",
              marker=marker, markersize=TICK + width, zorder=3.0, label="_interval")  # fmt: skip


def dot(axes: Axes, at: float, value: float, look: Look) -> None:
    """Draw a dot in a row."""
    axes.plot([value], [at], look.marker, color=look.colour, markersize=MARKER_SIZE, zorder=4.0,
              label=look.label)  # fmt: skip


def dot_and_bar(look: Look, width: float) -> Line2D:
    """A legend's entry that looks like a dot with a bar."""
    return Line2D([], [], color=look.colour, marker=look.marker, markersize=MARKER_SIZE,
                  linewidth=width, label=look.label)  # fmt: skip


def bar_entry(colour: str, width: float, label: str) -> Line2D:
    """A legend's entry that looks like a bar."""
    return Line2D([], [], color=colour, linewidth=width, solid_capstyle="butt", label=label)


def zero_line(axes: Axes, at: float = 0.0, *, above: bool = False) -> None:
    """Draw an upright line, below what is drawn in the rows or above its bars."""
    axes.axvline(at, color=QUIET_INK, linewidth=THIN_LINE, zorder=3.0 if above else 1.8)


def show_zero(axes: Axes) -> None:
    """Widen the axis below so that it holds zero, with a little room beside it."""
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -0.04 * high), max(high, -0.04 * low))


def dodge(place: int, count: int, step: float) -> float:
    """How far one of several things that share a row stands from its middle."""
    return (place - (count - 1) / 2.0) * step

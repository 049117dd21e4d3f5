"""Conditions found: how boxes trade coverage for density, and what each asks of its factors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.figures.axes import share_axis, share_axis_below
from sim.figures.register import figure
from sim.figures.sheet import AXIS_HEIGHT, EDGE, Grid, new_sheet
from sim.figures.style import (
    BLUE,
    DASHED,
    GREEN,
    INK,
    MARKER_SIZE,
    ORANGE,
    PALE_INK,
    PURPLE,
    QUIET_INK,
    SMALL_TEXT,
    THIN_LINE,
    VERMILLION,
)
from sim.figures.text import fit, text_width, with_unit
from sim.results.sweep import FactorInfo
from sim.studies.discovery.method import Discovery, Limit
from sim.units import PERCENT

DISCOVERY = "discovery"
SIGNS = ((BLUE, "o"), (VERMILLION, "s"), (GREEN, "^"), (PURPLE, "D"), (ORANGE, "v"))
"""Colour and marker of the boxes, in order; a later box starts again."""
ROW, HEADING = 0.42, 0.3
"""Inches of a factor's row, and of a box's heading."""
NAME_WIDTH = 1.9
"""Inches that the name of a factor may take."""
NAME_ROWS = 2
GAP = 0.12
MARGIN = 0.3
"""Inches at the right of the bars, for half of a number."""
BAR_WIDTH = 5.0
"""Points."""
LIFT = 0.09
"""Inches between a bar and its numbers."""

TRADE_NOTE = (
    "Each mark: a box on the way of peeling and pasting, from all points that no earlier box holds;"
    " ringed: chosen; large: the same without restrictions that are not significant. Coverage:"
    " share of all points with the condition that lie in the box. Density: share of the box's"
    " points that have it."
)
BOX_NOTE = (
    "Bars: what the box asks of a factor; grey: the factor's whole range. p: quasi-p-value; again:"
    " share of searches in half of the points that restrict the factor too."
)


@figure(DISCOVERY, "tradeoff", "Coverage and density of boxes")
def figure_tradeoff(found: Discovery, manifest: Mapping[str, Any], topic: str) -> Figure:
    """Coverage and density of the boxes on the way to each that was found.

    Args:
        found: The boxes; at least one.
        manifest: What identifies the study.
        topic: Its heading.
    """
    signs = list(zip(found.boxes, cycle(SIGNS), strict=False))
    legend = [
        Line2D([], [], color=colour, marker=marker, markersize=MARKER_SIZE,
               linewidth=THIN_LINE, label=f"box {number}")
        for number, (_, (colour, marker)) in enumerate(signs, start=1)
    ]  # fmt: skip
    legend.append(
        Line2D([], [], color=QUIET_INK, linestyle=DASHED, linewidth=THIN_LINE, label="all points")
    )
    drawn, (axes,) = new_sheet(
        manifest,
        topic,
        Grid(panel_height=2.5),
        None,
        legend,
        TRADE_NOTE,
        question=f"Where {found.condition}: how much do boxes hold, and how surely?",
    )
    axes.axhline(PERCENT * found.overall, color=QUIET_INK, linestyle=DASHED, linewidth=THIN_LINE)
    for box, (colour, marker) in signs:
        coverage = PERCENT * np.array([step.coverage for step in box.steps])
        density = PERCENT * np.array([step.density for step in box.steps])
        axes.plot(coverage, density, color=colour, marker=marker,
                  markersize=MARKER_SIZE - 1.0, linewidth=THIN_LINE)  # fmt: skip
        axes.plot(coverage[box.chosen], density[box.chosen], color=INK, marker="o",
                  markersize=2.4 * MARKER_SIZE, markerfacecolor="none", linestyle="")  # fmt: skip
        axes.plot(PERCENT * box.coverage, PERCENT * box.density, color=colour,
                  marker=marker, markersize=1.6 * MARKER_SIZE, linestyle="")  # fmt: skip
    share_axis(axes, label="Density, % of the box's points")
    share_axis_below(axes, "Coverage, % of points with the condition")
    return drawn


@figure(DISCOVERY, "boxes", "Conditions of an outcome")
def figure_boxes(found: Discovery, manifest: Mapping[str, Any], topic: str) -> Figure:
    """What each box asks of its factors, a bar in the factor's whole range.

    Args:
        found: The boxes; at least one.
        manifest: What identifies the study.
        topic: Its heading.
    """
    factors = [limit.factor for box in found.boxes for limit in box.limits]
    names = [with_unit(factor.title, factor.unit) for factor in factors]
    lines = [fit(name, SMALL_TEXT, NAME_WIDTH, NAME_ROWS) for name in names]
    width = max(text_width(line, SMALL_TEXT) for rows in lines for line in rows)
    height = HEADING * len(found.boxes) + ROW * len(names)
    drawn, (axes,) = new_sheet(
        manifest,
        topic,
        Grid(
            panel_height=height,
            left=EDGE + width + GAP + MARGIN / 2.0 + 0.03,
            right=MARGIN,
            foot=AXIS_HEIGHT / 3.0,
        ),
        note=BOX_NOTE,
        question=f"Where {found.condition}",
    )
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(height, 0.0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.axis("off")
    at = 0.0
    shown = iter(lines)
    left = -(width + GAP + MARGIN / 2.0)
    panel = axes.get_position().width * drawn.get_figwidth()
    for number, (box, (colour, _)) in enumerate(
        zip(found.boxes, cycle(SIGNS), strict=False), start=1
    ):
        shares = [f"{PERCENT * share:.0f} %" for share in (box.density, box.overall, box.coverage)]
        axes.text(
            left / panel,
            at + HEADING / 2.0,
            f"Box {number}: {shares[0]} of its {box.points} points (of all: {shares[1]});"
            f" covers {shares[2]}",
            color=colour,
            fontweight="bold",
            va="center",
            fontsize=SMALL_TEXT,
        )
        at += HEADING
        for limit in box.limits:
            middle = at + ROW / 2.0
            axes.text(-(GAP + MARGIN / 2.0) / panel, middle, "\n".join(next(shown)), ha="right",
                      va="center", fontsize=SMALL_TEXT, linespacing=1.1)  # fmt: skip
            _bar(axes, limit, middle, colour, found)
            at += ROW
    return drawn


def _bar(axes: Axes, limit: Limit, height: float, colour: str, found: Discovery) -> None:
    """The whole range in grey, the part inside the box in colour, with numbers at the ends."""
    axes.plot([0.0, 1.0], [height, height], color=PALE_INK, linewidth=THIN_LINE)

    def write(x: float, text: str, ink: str = QUIET_INK, side: str = "center") -> None:
        """Numbers of the box stand above the bar, in its colour; all else below."""
        lift, upright = (LIFT, "top") if ink == QUIET_INK else (-LIFT, "bottom")
        axes.text(x, height + lift, text, color=ink, ha=side, va=upright, fontsize=SMALL_TEXT)

    p = "< 0.001" if limit.p < 0.001 else f"{limit.p:.2g}"
    write(0.5, f"p {p}, again {PERCENT * limit.again:.0f} %")
    if limit.labels is not None:
        write(0.5, limit.words, colour)
        return
    low, high = _range(limit.factor, found)
    log = limit.factor.scale == "log"
    ends = [
        0.0 if limit.low is None else _place(limit.low, low, high, log),
        1.0 if limit.high is None else _place(limit.high, low, high, log),
    ]
    axes.plot(ends, [height, height], color=colour, linewidth=BAR_WIDTH, solid_capstyle="butt")
    # Of a range bounded both ways the numbers turn away from each other.
    both = len(limit.sides) > 1
    for value, place, side in zip((limit.low, limit.high), ends, ("right", "left"), strict=True):
        if value is not None:
            write(place, f"{value:.3g}", colour, side if both else "center")
    write(0.0, f"{low:.3g}")
    write(1.0, f"{high:.3g}")


def _range(factor: FactorInfo, found: Discovery) -> tuple[float, float]:
    if factor.low is not None and factor.high is not None:
        return factor.low, factor.high
    column = found.columns[factor.name]
    return float(column.min()), float(column.max())


def _place(value: float, low: float, high: float, log: bool) -> float:
    if log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return (value - low) / (high - low) if high > low else 0.5

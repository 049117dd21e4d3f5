"""Which parameters matter: elementary effects, and Sobol' indices, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.engine.chunk import Floats
from sim.experiment.experiment import Factor
from sim.figures.sheet import EDGE, Frame, Grid, new_sheet
from sim.figures.style import (
    BLUE,
    FIGURE_WIDTH,
    INK,
    MARKER_SIZE,
    ORANGE,
    QUIET_INK,
    SKY_BLUE,
    SMALL_TEXT,
    THIN_LINE,
    VERMILLION,
    in_house_style,
)
from sim.figures.text import CUT, UNBROKEN, text_width
from sim.parameters import Outcome
from sim.register import WORLD
from sim.studies.sensitivity.design import Measured
from sim.studies.sensitivity.method import Indices, Screening

MOST_PARAMETERS = 20
"""Parameters that a figure shows; the tables hold all."""
NAME_WIDTH = 2.3
"""Inches that a parameter's name and unit may take."""
ROW = 0.2
"""Inches of a parameter's row."""
GAP = 0.08
"""Inches between a name and the panel."""
BAR = 0.62
"""Height of a bar, of the row's."""
APART = 0.17
"""How far S1 and ST stand from the middle of their row, of the row's height."""
ERROR_WIDTH = 0.9
"""Points of an interval's line."""
PLAIN_UNITS = ("", "1")
"""Units that say nothing beside a name."""

SCREENING_NOTE = (
    f"Bars: mean size of the effect of a parameter on its own, over its plausible range; lines:"
    f" 95{UNBROKEN}% intervals. Diamonds: standard deviation of the effect, large where it depends"
    " on other parameters."
)
INDICES_NOTE = (
    f"S1: share of the outcome's variance that a parameter explains alone; ST: with all its"
    f" interactions. Lines: 95{UNBROKEN}% intervals."
)


@dataclass(frozen=True)
class Origin:
    """What a figure says of its origin; `manifest` may hold the sentence as `origin`."""

    manifest: Mapping[str, Any]


def name_of(factor: Factor, width: float = NAME_WIDTH) -> str:
    """Return a parameter's dotted key with its unit; the unit is cut if there is no room."""
    if factor.unit in PLAIN_UNITS:
        return factor.name
    text = f"{factor.name}, {factor.unit}"
    if text_width(text, SMALL_TEXT) <= width:
        return text
    while len(text) > len(factor.name) and text_width(text + CUT, SMALL_TEXT) > width:
        text = text[:-1]
    text = text.rstrip(" ,")
    return factor.name if text == factor.name else text + CUT


def text_of(measured: Measured, outcome: Outcome) -> str:
    """Return what is measured as a title says it: outcome, group if not the world, date."""
    group = "" if measured.kind == WORLD else f", {measured.group},"
    label = outcome.label[:1].lower() + outcome.label[1:]
    return f"{label}{group} at the end of {measured.year}"


@in_house_style
def figure_screening(
    found: Screening, measured: str, unit: str, manifest: Mapping[str, Any]
) -> Figure:
    """Bars of mu* with intervals, and sigma, of the parameters that matter most.

    Args:
        found: The elementary effects.
        measured: What they are effects on, for the title.
        unit: Unit of that.
        manifest: What identifies the study.
    """
    order = found.order[:MOST_PARAMETERS]
    legend = [
        Patch(facecolor=SKY_BLUE, label="mean size (mu*)"),
        Line2D([], [], color=VERMILLION, marker="D", linestyle="", markersize=MARKER_SIZE,
               label="standard deviation (sigma)"),
    ]  # fmt: skip
    figure, axes = _sheet(
        f"Effects of parameters on {measured}",
        [found.factors[at] for at in order],
        len(found.factors),
        legend,
        SCREENING_NOTE,
        manifest,
    )
    rows = np.arange(len(order))
    axes.barh(rows, found.mu_star[order], height=BAR, color=SKY_BLUE, zorder=2.0)
    _intervals(axes, rows, found.mu_star[order], found.mu_star_conf[order], INK)
    axes.plot(found.sigma[order], rows, color=VERMILLION, marker="D", markersize=MARKER_SIZE - 0.5,
              linestyle="", zorder=3.0)  # fmt: skip
    reach = np.maximum(found.mu_star + found.mu_star_conf, found.sigma)[order]
    top = float(reach.max(initial=0.0))
    axes.set_xlim(0.0, top * 1.04 if top > 0.0 else 1.0)
    axes.set_xlabel(f"Effect over the plausible range, {unit}", x=1.0, ha="right")
    return figure


@in_house_style
def figure_indices(found: Indices, measured: str, manifest: Mapping[str, Any]) -> Figure:
    """S1 and ST with intervals.

    Args:
        found: The indices.
        measured: Whose variance they divide, for the title.
        manifest: What identifies the study.
    """
    order = found.order[:MOST_PARAMETERS]
    kinds = (
        ("alone (S1)", BLUE, "o", -APART, found.first, found.first_conf),
        ("with interactions (ST)", ORANGE, "s", APART, found.total, found.total_conf),
    )
    legend = [
        Line2D([], [], color=colour, marker=marker, markersize=MARKER_SIZE,
               linewidth=ERROR_WIDTH, label=label)
        for label, colour, marker, *_ in kinds
    ]  # fmt: skip
    figure, axes = _sheet(
        f"Shares of the variance of {measured}",
        [found.factors[at] for at in order],
        len(found.factors),
        legend,
        INDICES_NOTE,
        manifest,
    )
    low, high = 0.0, 0.0
    for _, colour, marker, shift, values, half in kinds:
        rows = np.arange(len(order)) + shift
        _intervals(axes, rows, values[order], half[order], colour)
        axes.plot(values[order], rows, color=colour, marker=marker, markersize=MARKER_SIZE,
                  linestyle="", zorder=3.0)  # fmt: skip
        low = min(low, float((values - half)[order].min(initial=0.0)))
        high = max(high, float((values + half)[order].max(initial=0.0)))
    room = 0.03 * (high - low) if high > low else 1.0
    axes.set_xlim(low - room, high + room)
    axes.axvline(0.0, color=QUIET_INK, linewidth=THIN_LINE, zorder=1.8)
    axes.set_xlabel("Share of variance", x=1.0, ha="right")
    return figure


def _sheet(
    title: str,
    shown: Sequence[Factor],
    count: int,
    legend: Sequence[Any],
    note: str,
    manifest: Mapping[str, Any],
) -> tuple[Figure, Axes]:
    """A sheet with a row a parameter, named at the left."""
    names = [name_of(factor) for factor in shown]
    width = max((text_width(name, SMALL_TEXT) for name in names), default=0.0)
    if count > len(shown):
        note += f" The first {len(shown)} of {count} parameters."
    figure, (axes,) = new_sheet(
        Origin(manifest),
        title,
        Grid(panel_height=ROW * len(shown) + 0.1, left=EDGE + width + GAP),
        Frame(0.0, 1.0),
        legend,
        note=note,
        timeless={0},
    )
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks(range(len(shown)), names)
    axes.tick_params(axis="y", length=0.0, labelcolor=INK)
    axes.grid(axis="y", visible=False)
    inches = FIGURE_WIDTH - EDGE - width - GAP
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(inches * 2)), steps=[1, 2, 5, 10]))
    return figure, axes


def _intervals(axes: Axes, rows: Any, centres: Floats, halves: Floats, colour: str) -> None:
    axes.hlines(rows, centres - halves, centres + halves, color=colour, linewidth=ERROR_WIDTH,
                zorder=2.5)  # fmt: skip

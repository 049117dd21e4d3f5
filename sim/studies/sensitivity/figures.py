"""Which parameters matter: elementary effects, and Sobol' indices, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.experiment.experiment import Factor
from sim.figures.findings import in_sentence
from sim.figures.register import figure
from sim.figures.rows import interval, new_rows, zero_line
from sim.figures.style import BLUE, INK, MARKER_SIZE, ORANGE, SKY_BLUE, SMALL_TEXT, VERMILLION
from sim.figures.text import UNBROKEN, fit, with_unit
from sim.parameters import Outcome
from sim.register import WORLD
from sim.studies.sensitivity.method import Indices, Screening
from sim.studies.sensitivity.plan import Measured

SENSITIVITY = "sensitivity"
MOST_PARAMETERS = 20
"""Parameters that a figure shows; the tables hold all."""
NAME_WIDTH = 2.3
"""Inches that a parameter's name and unit may take."""
ROW = 0.2
"""Inches of a parameter's row."""
BAR = 0.62
"""Height of a bar, of the row's."""
APART = 0.17
"""How far S1 and ST stand from the middle of their row, of the row's height."""
ERROR_WIDTH = 0.9
"""Points of an interval's line."""

SCREENING_NOTE = (
    f"Bars: mean size of the effect of a parameter on its own, over its plausible range; lines:"
    f" 95{UNBROKEN}% intervals. Diamonds: standard deviation of the effect, large where it depends"
    " on other parameters."
)
INDICES_NOTE = (
    f"S1: share of the outcome's variance that a parameter explains alone; ST: with all its"
    f" interactions. Lines: 95{UNBROKEN}% intervals."
)


def name_of(factor: Factor, width: float = NAME_WIDTH) -> str:
    """A parameter's title with its unit, on one line or two; a unit without room is left out."""
    full = with_unit(factor.title, factor.unit)
    lines = fit(full, SMALL_TEXT, width, 1)
    return (lines if lines == [full] else fit(factor.title, SMALL_TEXT, width, 1))[0]


def text_of(measured: Measured, outcome: Outcome) -> str:
    """Return what is measured as a title says it: outcome, group if not the world, date."""
    group = "" if measured.kind == WORLD else f", {measured.group},"
    return f"{in_sentence(outcome.label)}{group} at the end of {measured.year}"


@figure(SENSITIVITY, "morris", "Effects of parameters")
def figure_screening(
    screening: Screening, measured: str, unit: str, manifest: Mapping[str, Any]
) -> Figure:
    """Bars of mu* with intervals, and sigma, of the parameters that matter most.

    Args:
        screening: The elementary effects.
        measured: What they are effects on, for the title.
        unit: Unit of that.
        manifest: What identifies the study.
    """
    order = screening.order[:MOST_PARAMETERS]
    sizes, halves = screening.mu_star, screening.mu_star_conf
    drawn, axes = _sheet(
        f"Effects of parameters on {measured}",
        [screening.factors[at] for at in order],
        len(screening.factors),
        f"Effect over the plausible range, {unit}",
        [
            Patch(facecolor=SKY_BLUE, label="mean size (mu*)"),
            Line2D([], [], color=VERMILLION, marker="D", linestyle="", markersize=MARKER_SIZE,
                   label="standard deviation (sigma)"),
        ],
        SCREENING_NOTE,
        manifest,
    )  # fmt: skip
    rows = np.arange(len(order))
    axes.barh(rows, sizes[order], height=BAR, color=SKY_BLUE, zorder=2.0)
    for row, at in enumerate(order):
        interval(axes, row, sizes[at] - halves[at], sizes[at] + halves[at], INK, ERROR_WIDTH)
    axes.plot(screening.sigma[order], rows, color=VERMILLION, marker="D",
              markersize=MARKER_SIZE - 0.5, linestyle="", zorder=3.0)  # fmt: skip
    top = float(np.maximum(sizes + halves, screening.sigma)[order].max(initial=0.0))
    axes.set_xlim(0.0, top * 1.04 if top > 0.0 else 1.0)
    return drawn


@figure(SENSITIVITY, "sobol", "Shares of the variance")
def figure_indices(indices: Indices, measured: str, manifest: Mapping[str, Any]) -> Figure:
    """S1 and ST with intervals.

    Args:
        indices: The indices.
        measured: Whose variance they divide, for the title.
        manifest: What identifies the study.
    """
    order = indices.order[:MOST_PARAMETERS]
    kinds = (
        ("alone (S1)", BLUE, "o", -APART, indices.first, indices.first_conf),
        ("with interactions (ST)", ORANGE, "s", APART, indices.total, indices.total_conf),
    )
    legend = [
        Line2D([], [], color=colour, marker=marker, markersize=MARKER_SIZE,
               linewidth=ERROR_WIDTH, label=label)
        for label, colour, marker, *_ in kinds
    ]  # fmt: skip
    drawn, axes = _sheet(
        f"Shares of the variance of {measured}",
        [indices.factors[at] for at in order],
        len(indices.factors),
        "Share of variance",
        legend,
        INDICES_NOTE,
        manifest,
    )
    low, high = 0.0, 0.0
    for _, colour, marker, shift, values, half in kinds:
        for row, at in enumerate(order):
            ends = (values[at] - half[at], values[at] + half[at])
            interval(axes, row + shift, *ends, colour, ERROR_WIDTH)
        axes.plot(values[order], np.arange(len(order)) + shift, color=colour, marker=marker,
                  markersize=MARKER_SIZE, linestyle="", zorder=3.0)  # fmt: skip
        low = min(low, float((values - half)[order].min(initial=0.0)))
        high = max(high, float((values + half)[order].max(initial=0.0)))
    room = 0.03 * (high - low) if high > low else 1.0
    axes.set_xlim(low - room, high + room)
    zero_line(axes)
    return drawn


def _sheet(
    title: str,
    shown: Sequence[Factor],
    count: int,
    label: str,
    legend: Sequence[Any],
    note: str,
    manifest: Mapping[str, Any],
) -> tuple[Figure, Axes]:
    """A sheet with a row a parameter, named at the left."""
    if count > len(shown):
        note += f" The first {len(shown)} of {count} parameters."
    names = [name_of(factor) for factor in shown]
    question = "Which of the parameters that the evidence leaves open matter?"
    return new_rows(manifest, title, names, label, legend, note, question=question, row=ROW)

"""The figure of a list scored: calibration above, and below how well rankings tell states apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from sim.figures.axes import panel_title
from sim.figures.register import figure
from sim.figures.rows import dot, interval
from sim.figures.sheet import EDGE, RIGHT, Grid, new_sheet
from sim.figures.style import (
    BLACK,
    BLUE,
    DOTTED,
    FIGURE_WIDTH,
    INK,
    MARKER_SIZE,
    QUIET_INK,
    SMALL_TEXT,
    THIN_LINE,
)
from sim.figures.text import UNBROKEN, text_width
from sim.studies.validation.against import Score

TITLE = "Recorded as {kind} by the end of {year}, against {list}"
PANEL = 1.75
"""Inches of a panel's height."""
COIN = 0.5
"""Area under the curve of a ranking by the toss of a coin."""
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
NOTE = (
    f"Bars: 95{UNBROKEN}% intervals (Wilson above; DeLong or Newcombe below), which take states as"
    " independent and so are too narrow. Numbers: states in the bin. Dotted: perfect calibration;"
    " a coin."
)


@figure("validation", "against", "The model against a list of states")
def figure_against(score: Score, manifest: Mapping[str, Any], title: str) -> Figure:
    """The calibration curve, and how well the model and naive rankings tell states apart.

    Args:
        score: The model against a list.
        manifest: What identifies the runs, for the caption.
        title: What is scored; the question below the heading.
    """
    drawn, (upper, lower) = new_sheet(
        manifest,
        _found(score),
        Grid(rows=2, panel_height=PANEL, row_gap=0.55, title_rows=1),
        note=NOTE,
        question=title,
    )
    _draw_calibration(upper, score)
    _draw_areas(lower, score)
    return drawn


def _found(score: Score) -> str:
    """Whether the model tells states apart, and better than the best of the naive rankings."""
    if not score.auc.low > COIN:
        return f"The model does not tell these states apart (AUC {score.auc.value:.2f})"
    told = f"The model tells these states apart (AUC {score.auc.value:.2f})"
    best = max(score.naive, key=lambda name: score.naive[name].value, default=None)
    if best is None:
        return told
    naive = score.naive[best]
    better = score.auc.low > naive.high
    word = "better than" if better else "not clearly better than"
    return f"{told}, {word} a ranking by {best} ({naive.value:.2f})"


def _draw_calibration(axes: Axes, score: Score) -> None:
    panel_title(axes, f"Calibration: {len(score.states)} states, {score.ones} of them 1")
    axes.plot([0.0, 1.0], [0.0, 1.0], color=QUIET_INK, linestyle=DOTTED, linewidth=1.0)
    for one in score.bins:
        axes.errorbar(
            [one.mean],
            [one.share],
            yerr=[[max(0.0, one.share - one.share_low)], [max(0.0, one.share_high - one.share)]],
            color=BLUE,
            marker="o",
            markersize=MARKER_SIZE,
            elinewidth=2 * THIN_LINE,
            linestyle="none",
        )
        axes.annotate(
            str(one.states),
            (one.mean, one.share),
            xytext=(5.0, 0.0),
            textcoords="offset points",
            fontsize=SMALL_TEXT,
            va="center",
            color=INK,
        )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(TICKS))
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.05, 1.05)
    axes.set_xlabel("Probability in the model", x=1.0, ha="right")
    axes.set_ylabel("Share of 1 on the list")


def _draw_areas(axes: Axes, score: Score) -> None:
    panel_title(axes, "Area under the curve (AUC) of each ranking")
    rows = {"the model": score.auc, **score.naive}
    left = EDGE + max(text_width(name, SMALL_TEXT) for name in rows) + 0.1
    box = axes.get_position()
    width = (FIGURE_WIDTH - left - RIGHT) / FIGURE_WIDTH
    axes.set_position((left / FIGURE_WIDTH, box.y0, width, box.height))
    axes.axvline(COIN, color=QUIET_INK, linestyle=DOTTED, linewidth=1.0)
    for place, (name, area) in enumerate(rows.items()):
        colour = BLUE if place == 0 else BLACK
        interval(axes, place, area.low, area.high, colour, 2 * THIN_LINE)
        dot(axes, place, area.value, colour, label=name)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.tick_params(axis="y", length=0.0, labelcolor=INK)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_locator(FixedLocator(TICKS))
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("AUC", x=1.0, ha="right")

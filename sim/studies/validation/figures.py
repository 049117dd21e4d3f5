"""Figures of validation: how far models are from each target; a list of states scored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MultipleLocator

from sim.figures.axes import panel_title
from sim.figures.register import figure
from sim.figures.rows import dodge, dot, interval, new_rows, zero_line
from sim.figures.sheet import EDGE, RIGHT, Grid, new_sheet
from sim.figures.style import (
    BLACK,
    BLUE,
    DOTTED,
    FIGURE_WIDTH,
    GREEN,
    INK,
    MARKER_SIZE,
    ORANGE,
    PURPLE,
    QUIET_INK,
    SKY_BLUE,
    SMALL_TEXT,
    THIN_LINE,
    VERMILLION,
    Look,
)
from sim.figures.targets import TargetRows
from sim.figures.text import UNBROKEN, text_width
from sim.results.implausibility import INSIDE, RULED_OUT, VERDICTS, hold_outs_met
from sim.studies.validation.against import Score
from sim.studies.validation.method import ModelFit
from sim.world.countries import target_label

LEAST_LIMIT, MOST_LIMIT = 4.0, 8.0
"""Standard deviations that the panel shows at least and at most; marks beyond stand at its edge."""
ROOM = 0.3
"""Standard deviations between the farthest mark and the panel's edge."""
ROW = 0.32
"""Inches of a target's row."""
SPREAD = 0.74
"""Share of a row over which the marks of several models are spread."""
NEAR_SHADE, FAR_SHADE = "#dcdcdc", "#efefef"
"""Greys of what lies within two and within three standard deviations."""
MODEL_SIGN = ("o", BLACK)
ENSEMBLE_SIGN = ("P", BLACK)
NULL_SIGNS = (("s", VERMILLION), ("D", ORANGE), ("^", BLUE), ("v", PURPLE), ("X", SKY_BLUE))
ABLATION_SIGNS = (("o", GREEN), ("s", BLUE), ("^", VERMILLION), ("D", PURPLE))
"""Marker and colour of each model, by role."""
SMALL_MARK = 3.4
"""Points; of all but the model itself."""
OPEN = "ablation"
"""Role whose marks are open."""

NOTE = (
    f"{VERDICTS} Shaded: within 2 and 3 of these deviations. A bound that is met stands at 0, one"
    " that is missed beside it; marks at an edge lie beyond it; where a mark is absent, there is no"
    " figure. Open marks: the model with a part taken out. Only the model was tuned to these"
    " figures."
)
NOTE_ENSEMBLE = (
    " With the plausible sets the spread of a single history holds the sets' differences as well,"
    " so that the same miss counts less; all other models have one set."
)


def title_of(fits: Sequence[ModelFit]) -> str:
    """Heading of the figure: how many hold-outs the first model meets."""
    name = fits[0].name
    met = hold_outs_met((fit.target.use, fit.verdict) for fit in fits[0].fits)
    return f"{name}: {met}" if met else f"Published figures, {name}"


@figure("validation", "validation", "Published figures and the model")
def figure_validation(fits: Sequence[ModelFit], manifest: Mapping[str, Any]) -> Figure:
    """Draw standardised deviations: a row a target, a mark a model.

    Args:
        fits: The model first, then what stands beside it; of the same targets.
        manifest: What identifies the model's runs, for the caption.
    """
    rows = TargetRows.of((fit.target.id, fit.target.use) for fit in fits[0].fits)
    names = [target_label(name) for name in rows.heights]
    looks = _looks(fits)
    drawn, axes = new_rows(
        manifest,
        title_of(fits),
        names,
        "Model less observed, standard deviations",
        [_marks(look, fit) for look, fit in zip(looks, fits, strict=True)],
        NOTE + (NOTE_ENSEMBLE if any(fit.role == "ensemble" for fit in fits) else ""),
        question="Does the model meet what was published, and better than models without it?",
        row=ROW,
        places=list(rows.heights.values()),
    )
    axes.axvspan(-RULED_OUT, RULED_OUT, color=FAR_SHADE, linewidth=0.0, zorder=0.2)
    axes.axvspan(-INSIDE, INSIDE, color=NEAR_SHADE, linewidth=0.0, zorder=0.3)
    zero_line(axes)
    step = SPREAD / max(1, len(fits) - 1)
    limit = _limit(fits)
    for place, (look, model) in enumerate(zip(looks, fits, strict=True)):
        shift = dodge(place, len(fits), step)
        known = [fit for fit in model.fits if fit.has_figure]
        deviations = np.clip([fit.deviation for fit in known], -limit, limit)
        heights = [rows.heights[fit.target.id] + shift for fit in known]
        axes.add_line(_marks(look, model, deviations.tolist(), heights))
    rows.draw(axes, names)
    axes.set_xlim(-limit, limit)
    axes.xaxis.set_major_locator(MultipleLocator(1.0))
    return drawn


def _looks(fits: Sequence[ModelFit]) -> list[tuple[str, str]]:
    """Marker and colour of each model."""
    looks = {
        "model": cycle([MODEL_SIGN]),
        "ensemble": cycle([ENSEMBLE_SIGN]),
        "null": cycle(NULL_SIGNS),
        OPEN: cycle(ABLATION_SIGNS),
    }
    return [next(looks[fit.role]) for fit in fits]


def _limit(fits: Sequence[ModelFit]) -> float:
    """Standard deviations that the panel shows, a whole number."""
    sizes = [fit.implausibility for model in fits for fit in model.fits if fit.has_figure]
    farthest = min(max(sizes, default=0.0) + ROOM, MOST_LIMIT)
    return max(LEAST_LIMIT, float(math.ceil(farthest)))


def _marks(
    look: tuple[str, str], model: ModelFit, x: Sequence[float] = (), y: Sequence[float] = ()
) -> Line2D:
    """A model's marks; without places, its entry in the legend."""
    marker, colour = look
    own = model.role in ("model", "ensemble")
    return Line2D(
        x,
        y,
        linestyle="none",
        marker=marker,
        color=colour,
        markersize=MARKER_SIZE if own else SMALL_MARK,
        markerfacecolor="white" if model.role == OPEN else colour,
        markeredgewidth=2 * THIN_LINE if model.role == OPEN else THIN_LINE,
        label=model.name,
        clip_on=False,
        zorder=4.0 if own else 3.0,
    )


TITLE = "Recorded as {kind} by the end of {year}, against {list}"
PANEL = 1.75
"""Inches of a panel's height."""
COIN = 0.5
"""Area under the curve of a ranking by the toss of a coin."""
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
LIST_NOTE = (
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
        f"Area under the curve: {score.auc.value:.2f}"
        f" ({score.auc.low:.2f} to {score.auc.high:.2f}; a coin: {COIN:g})",
        Grid(2, panel_height=PANEL, row_gap=0.55, title_rows=1),
        note=LIST_NOTE,
        question=title,
    )
    _draw_calibration(upper, score)
    _draw_areas(lower, score)
    return drawn


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
        dot(axes, place, area.value, Look(name, colour))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.tick_params(axis="y", length=0.0, labelcolor=INK)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_locator(FixedLocator(TICKS))
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("AUC", x=1.0, ha="right")

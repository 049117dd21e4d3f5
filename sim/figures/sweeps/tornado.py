"""Tornado of a sweep: how far each factor moves an outcome, the widest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.figures.caption import sentences
from sim.figures.findings import ERRORS, MOST_NAMED, in_sentence, listed
from sim.figures.register import SWEEP, figure
from sim.figures.rows import new_rows
from sim.figures.style import (
    BLUE,
    FIGURE_WIDTH,
    INK,
    ORANGE,
    PALE_INK,
    QUIET_INK,
    SMALL_TEXT,
    THIN_LINE,
)
from sim.figures.sweeps.factors import shown_factors, varied
from sim.figures.sweeps.numbers import End, Swing, good_runs, swings
from sim.figures.sweeps.reading import (
    Shown,
    described,
    failures_text,
    is_random,
    question_of,
    show,
)
from sim.figures.text import POINTS_AN_INCH, fit, text_width
from sim.results.sweep import SweepResults

MOST_FACTORS = 20
"""Factors that the figure shows."""
ROW = 0.3
"""Inches of a factor's row."""
THICKNESS = 0.5
"""Part of a row that its bars fill."""
LEAST_FACTORS = 3
"""Factors of a grid from which on it is drawn without being asked for."""
MOST_NAMES = 1.75
"""Inches for the factors' titles at the left."""
MOST_END = 0.35
"""Part of the panel's width for the text at a bar's end."""
TEXT_DISTANCE = 0.05
"""Inches from a bar's end to its text."""
LEGEND_BAR = 5.0
"""Points."""
LOW, HIGH, LABEL = BLUE, ORANGE, PALE_INK


def _obstacle(sweep: SweepResults) -> str:
    return "" if len(varied(sweep)) > 1 else "it needs two factors that vary"


def _asked(sweep: SweepResults) -> bool:
    return len(varied(sweep)) < (2 if is_random(sweep) else LEAST_FACTORS)


@figure(SWEEP, "tornado", "How far each factor moves it", obstacle=_obstacle, asked=_asked)
def figure_tornado(sweep: SweepResults, outcome: str, year: int) -> Figure:
    """How far each factor moves an outcome between its lowest and highest values.

    Args:
        sweep: A sweep of two factors or more.
        outcome: Name of the outcome.
        year: A year whose end was kept.
    """
    shown = show(sweep, outcome, [year])
    random = is_random(sweep)
    every = swings(shown.values, shown_factors(sweep), drawn=random)
    found = every[:MOST_FACTORS]
    runs = good_runs(shown.values, np.ones(sweep.points, dtype=bool))
    baseline = float(runs.mean()) if runs.size else 0.0
    names = [fit(swing.factor.axis_text, SMALL_TEXT, MOST_NAMES, 2) for swing in found]
    errors = any(not np.isnan(end.error) for swing in found for end in (swing.low, swing.high))
    drawn, axes = new_rows(
        described(sweep),
        _found(found, shown, year) or f"{shown.outcome.label} at the end of {year} by factor",
        ["\n".join(name) for name in names],
        shown.unit,
        _legend(found),
        sentences(
            _reading(found),
            _whiskers(sweep.replicates, random=random)
            if errors
            else "One replicate, so no standard errors.",
            f"Upright line: mean of all runs. The {len(found)} widest of {len(every)} factors."
            if len(every) > len(found)
            else "Upright line: mean of all runs.",
            failures_text(shown),
        ),
        question=question_of(sweep),
        row=ROW,
    )
    axes.axvline(baseline, color=QUIET_INK, linewidth=THIN_LINE, zorder=3.0)
    width = axes.get_position().width * FIGURE_WIDTH
    _set_scale(axes, found, baseline, width)
    for row, swing in enumerate(found):
        _draw_swing(axes, row, swing, baseline, MOST_END * width)
    axes.spines["left"].set_visible(False)
    return drawn


def _whiskers(replicates: int, *, random: bool) -> str:
    """What the standard errors hold."""
    if not random:
        return "Whiskers: 2 standard errors, over replicates."
    if replicates > 1:
        return "Whiskers: 2 standard errors, over points and replicates."
    return "Whiskers: 2 standard errors over points alone, without chance."


def _found(found: Sequence[Swing], shown: Shown, year: int) -> str:
    """The factors that clearly move the outcome more than all others do."""
    clear = [swing for swing in found if swing.clear]
    if not clear or len(found) < 2:
        return ""
    # Those that could be the first one, as far as its and their own errors tell.
    first = clear[0]
    together = [s for s in clear if s.span + s.reach >= first.span - first.reach]
    if len(together) > MOST_NAMED:
        return ""
    names = [first.factor.title, *(in_sentence(s.factor.title) for s in together[1:])]
    verb = "moves" if len(together) == 1 else "move"
    return f"{listed(names)} {verb} {in_sentence(shown.outcome.label)} at the end of {year} most"


def _draw_swing(axes: Axes, row: int, swing: Swing, baseline: float, room: float) -> None:
    """Draw a factor's two bars; where both point the same way, one above the other."""
    ends = (swing.low, swing.high)
    colours = (LABEL, LABEL) if swing.factor.labelled else (LOW, HIGH)
    apart = (ends[0].mean - baseline) * (ends[1].mean - baseline) > 0.0
    for end, colour, up in zip(ends, colours, (-1.0, 1.0), strict=True):
        height = THICKNESS / 2.0 if apart else THICKNESS
        middle = row + up * 0.23 if apart else float(row)
        axes.barh(
            middle, end.mean - baseline, left=baseline, height=height * 0.84 if apart else height,
            color=colour, linewidth=0.0, zorder=2.0,
        )  # fmt: skip
        reach = ERRORS * float(np.nan_to_num(end.error))
        if reach > 0.0:
            axes.plot(
                [end.mean - reach, end.mean + reach], [middle, middle],
                color=INK, linewidth=0.8, solid_capstyle="butt", zorder=4.0, label="_whisker",
            )  # fmt: skip
        rightward = end.mean > baseline or (end.mean == baseline and up > 0.0)
        sign = 1.0 if rightward else -1.0
        axes.annotate(
            _end_text(end, room),
            (end.mean + sign * reach, middle),
            xytext=(sign * TEXT_DISTANCE * POINTS_AN_INCH, 0.0),
            textcoords="offset points",
            ha="left" if rightward else "right",
            va="center",
            fontsize=SMALL_TEXT,
            color=INK,
            zorder=5.0,
        )


def _end_text(end: End, room: float) -> str:
    return fit(end.text, SMALL_TEXT, room, 1)[0]


def _set_scale(axes: Axes, found: Sequence[Swing], baseline: float, width: float) -> None:
    """Set the horizontal axis so that bars, whiskers and texts fit.

    Every text takes a part of the axis that does not depend on its scale, so the scale follows
    from the text that needs most.
    """
    offsets, rooms = [0.0, 0.0], [TEXT_DISTANCE, TEXT_DISTANCE]
    reaches: list[tuple[float, float]] = []
    for swing in found:
        for end, up in ((swing.low, -1.0), (swing.high, 1.0)):
            reach = ERRORS * float(np.nan_to_num(end.error))
            right = end.mean > baseline or (end.mean == baseline and up > 0.0)
            value = end.mean - baseline + (reach if right else -reach)
            reaches.append(
                (
                    value,
                    text_width(_end_text(end, MOST_END * width), SMALL_TEXT) + 2 * TEXT_DISTANCE,
                )
            )
    for value, room in reaches:
        side = int(value > 0.0)
        offsets[side] = max(offsets[side], abs(value))
        rooms[side] = max(rooms[side], room)
    total = offsets[0] + offsets[1]
    if total <= 0.0:
        total = 0.1 * abs(baseline) or 1.0
        offsets = [total / 2.0, total / 2.0]
    scale = total / (width - rooms[0] - rooms[1])
    axes.set_xlim(
        baseline - offsets[0] - rooms[0] * scale, baseline + offsets[1] + rooms[1] * scale
    )
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))


def _legend(found: Sequence[Swing]) -> list[Line2D]:
    labels = any(swing.factor.labelled for swing in found)
    numbers = any(not swing.factor.labelled for swing in found)
    entries = []
    if numbers:
        entries += [("lowest values", LOW), ("highest values", HIGH)]
    if labels:
        entries.append(("two labels furthest apart", LABEL))
    return [
        Line2D([], [], color=colour, linewidth=LEGEND_BAR, solid_capstyle="butt", label=text)
        for text, colour in entries
    ]


def _reading(found: Sequence[Swing]) -> str:
    """Which points the means are over."""
    if not found:
        return "No factor has runs at both ends of its values."
    ranges = any(swing.low.text.startswith("≤") for swing in found)
    listed = any(
        not swing.factor.labelled and not swing.low.text.startswith("≤") for swing in found
    )
    over = [
        "lowest and highest quarter of each factor's range" if ranges else "",
        "lowest and highest listed value" if listed else "",
        "two labels furthest apart" if any(s.factor.labelled for s in found) else "",
    ]
    return f"Means over the {' or the '.join(part for part in over if part)}, all others varying."

"""Tornado of a sweep: how far each factor moves an outcome, the widest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.figures.axes import round_numbers
from sim.figures.caption import sentences
from sim.figures.register import SWEEP, figure
from sim.figures.rows import bar_entry, new_rows, zero_line
from sim.figures.style import BLUE, FIGURE_WIDTH, INK, ORANGE, PALE_INK, SMALL_TEXT
from sim.figures.sweeps.factors import shown_factors, varied
from sim.figures.sweeps.numbers import Swing, good_runs, swings
from sim.figures.sweeps.reading import (
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
ERRORS = 2.0
"""Standard errors on either side of a bar's end."""
TINY = 1e-12
"""Length of a bar that has none: its text has a side."""
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
    every = swings(shown, shown_factors(sweep), drawn=random)
    widest = every[:MOST_FACTORS]
    runs = good_runs(shown.values, np.ones(sweep.points, dtype=bool))
    baseline = float(runs.mean()) if runs.size else 0.0
    names = [fit(swing.factor.axis_text, SMALL_TEXT, MOST_NAMES, 2) for swing in widest]
    errors = any(not np.isnan(end.error) for swing in widest for end in (swing.low, swing.high))
    drawn, axes = new_rows(
        described(sweep),
        f"{shown.outcome.label} at the end of {year} by factor",
        ["\n".join(name) for name in names],
        shown.unit,
        _legend(widest),
        sentences(
            _reading(widest),
            _whiskers(sweep.replicates, random=random)
            if errors
            else "One replicate, so no standard errors.",
            f"Upright line: mean of all runs. The {len(widest)} widest of {len(every)} factors."
            if len(every) > len(widest)
            else "Upright line: mean of all runs.",
            failures_text(shown),
        ),
        question=question_of(sweep),
        row=ROW,
    )
    zero_line(axes, baseline, above=True)
    width = axes.get_position().width * FIGURE_WIDTH
    ends = _draw_bars(axes, widest, baseline, width)
    axes.set_xlim(*_limits(ends, baseline, width))
    round_numbers(axes.xaxis, 6)
    axes.spines["left"].set_visible(False)
    return drawn


def _whiskers(replicates: int, *, random: bool) -> str:
    """What the standard errors are of."""
    of = "Whiskers: 2 standard errors of the distance from the line,"
    if not random:
        return f"{of} replicate by replicate, by parameter set."
    if replicates > 1:
        return f"{of} over points and replicates, by parameter set."
    return f"{of} over points alone, without chance."


def _draw_bars(
    axes: Axes, widest: Sequence[Swing], baseline: float, width: float
) -> list[tuple[float, float, float]]:
    """Draw each factor's two bars; return what :func:`_limits` takes of them."""
    ends = []
    for row, swing in enumerate(widest):
        sides = swing.low.mean - baseline, swing.high.mean - baseline
        # Where both bars point the same way, one stands above the other.
        together = sides[0] * sides[1] > 0.0
        shift, height = (0.23, 0.42 * THICKNESS) if together else (0.0, THICKNESS)
        colours = (LABEL, LABEL) if swing.factor.labelled else (LOW, HIGH)
        for end, side, colour, up in zip(
            (swing.low, swing.high), sides, colours, (-1.0, 1.0), strict=True
        ):
            # An end at the mean itself has its text on its own side.
            length = side or up * TINY
            reach = ERRORS * float(np.nan_to_num(end.error))
            text = fit(end.text, SMALL_TEXT, MOST_END * width, 1)[0]
            bar = axes.barh(
                row + up * shift, length, height, baseline, color=colour, linewidth=0.0, zorder=2.0,
                xerr=reach or None, error_kw={"ecolor": INK, "elinewidth": 0.8, "zorder": 4.0},
            )  # fmt: skip
            axes.bar_label(
                bar, [text], padding=TEXT_DISTANCE * POINTS_AN_INCH, fontsize=SMALL_TEXT,
                color=INK, zorder=5.0,
            )  # fmt: skip
            ends.append((length, reach, text_width(text, SMALL_TEXT)))
    return ends


def _limits(
    ends: Sequence[tuple[float, float, float]], baseline: float, width: float
) -> tuple[float, float]:
    """Ends of the horizontal axis between which bars, whiskers and texts fit.

    Every text takes a part of the axis that does not depend on its scale, so the scale follows
    from the texts that need most.

    Args:
        ends: Of each bar its length, the reach of its whisker, and inches of its text.
        baseline: The value at which bars begin.
        width: Inches of the panel.
    """
    lengths, rooms = [], []
    for side in (-1.0, 1.0):
        own = [end for end in ends if end[0] * side > 0.0]
        lengths.append(max((abs(length) + reach for length, reach, _ in own), default=0.0))
        widest = max((text for _, _, text in own), default=-TEXT_DISTANCE)
        rooms.append(widest + 2.0 * TEXT_DISTANCE)
    if max(lengths) <= TINY:
        lengths = [0.05 * abs(baseline) or 0.5] * 2
    scale = sum(lengths) / (width - sum(rooms))
    left, right = (length + room * scale for length, room in zip(lengths, rooms, strict=True))
    return baseline - left, baseline + right


def _legend(widest: Sequence[Swing]) -> list[Line2D]:
    labelled = {swing.factor.labelled for swing in widest}
    entries = [("lowest values", LOW), ("highest values", HIGH)] if False in labelled else []
    if True in labelled:
        entries.append(("two labels furthest apart", LABEL))
    return [bar_entry(colour, LEGEND_BAR, text) for text, colour in entries]


def _reading(widest: Sequence[Swing]) -> str:
    """Which points the means are over."""
    if not widest:
        return "No factor has runs at both ends of its values."
    ranges = any(swing.low.text.startswith("≤") for swing in widest)
    values = any(not s.factor.labelled and not s.low.text.startswith("≤") for s in widest)
    over = [
        "lowest and highest quarter of each factor's range" if ranges else "",
        "lowest and highest listed value" if values else "",
        "two labels furthest apart" if any(s.factor.labelled for s in widest) else "",
    ]
    return f"Means over the {' or the '.join(part for part in over if part)}, all others varying."

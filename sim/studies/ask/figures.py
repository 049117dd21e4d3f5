"""The what-ifs that move a number most: a row each, the largest change first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sim.figures.axes import PERCENT
from sim.figures.curves import is_share, unit_text
from sim.figures.findings import MOST_NAMED, in_sentence, listed, number
from sim.figures.register import figure
from sim.figures.rows import bar_entry, dot, dot_and_bar, interval, new_rows, zero_line
from sim.figures.style import BLUE, ORANGE, PALE_INK, Look
from sim.figures.text import UNBROKEN
from sim.studies.ask.method import Effect
from sim.studies.ask.question import Asked

ASK = "ask"
MOST_ROWS = 20
"""What-ifs that the figure shows; the table holds all."""
BAR, RUNS_BAR = 2.4, 0.9
"""Points of the interval of a mean, and of that of runs."""
EVENT = Look("begins at a date: could happen", BLUE)
SWITCH = Look("differs from the start: what a mechanism does", ORANGE)
NOTE = (
    f"Dots: mean difference from the baseline, run by run; thick bars: its 95{UNBROKEN}% interval"
    f" (bootstrap over runs)."
)
POINTS = "percentage points"


@figure(ASK, "effects", "What-ifs that move it most")
def figure_effects(effects: Sequence[Effect], asked: Asked, manifest: Mapping[str, Any]) -> Figure:
    """What each what-if changes in the world, with intervals, the largest change first.

    Args:
        effects: Of the world, by rank.
        asked: What is moved.
        manifest: What identifies the runs.
    """
    shown = effects[:MOST_ROWS]
    factor, unit = scale_of(asked)
    looks = [SWITCH if one.what_if.begins is None else EVENT for one in shown]
    entries = [dot_and_bar(look, BAR) for look in (EVENT, SWITCH) if look in looks]
    rest = f" The table holds all {len(effects)}." if len(effects) > len(shown) else ""
    drawn, axes = new_rows(
        manifest,
        _found(effects, asked) or f"What-ifs that move {text_of(asked)} most",
        [one.what_if.title for one in shown],
        f"Change of {text_of(asked)}, {unit}",
        [*entries, bar_entry(PALE_INK, RUNS_BAR, f"90{UNBROKEN}% of runs")],
        NOTE + rest,
        question=f"What moves {text_of(asked)} from {number(factor * effects[0].reference)}?",
        row=0.18,
    )
    zero_line(axes)
    for row, (one, look) in enumerate(zip(shown, looks, strict=True)):
        interval(axes, row, factor * one.q05, factor * one.q95, PALE_INK, RUNS_BAR)
        if np.isfinite(one.low):
            interval(axes, row, factor * one.low, factor * one.high, look.colour, BAR)
        dot(axes, row, factor * one.mean, look.colour)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -0.04 * high), max(high, -0.04 * low))
    return drawn


def scale_of(asked: Asked) -> tuple[float, str]:
    """By what figures multiply changes, and their unit."""
    return (PERCENT, POINTS) if is_share(asked.outcome) else (1.0, unit_text(asked.outcome))


def text_of(asked: Asked) -> str:
    """What is moved, as a sentence says it."""
    return f"{in_sentence(asked.outcome.label)} at the end of {asked.year}"


def _found(effects: Sequence[Effect], asked: Asked) -> str:
    """Those that no other what-if may move more than, and how far; empty if these are many."""
    factor, unit = scale_of(asked)
    first = [one for one in effects if one.first == 1 and one.clear]
    if not 0 < len(first) <= MOST_NAMED or len(first) == len(effects):
        return ""
    told = []
    for one in first:
        size = number(abs(factor * one.mean)) + (f" {POINTS}" if unit == POINTS else "")
        more, less = ("more", "fewer") if asked.outcome.form == "total" else ("higher", "lower")
        told.append(f"{one.what_if.title} ({size} {more if one.mean > 0.0 else less})")
    return f"What moves {text_of(asked)} most: {listed(told)}"

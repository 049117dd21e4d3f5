"""The what-ifs that move a number most: rows for the world, a table of colours for groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.figures.curves import change_in_words, scale_of_changes
from sim.figures.findings import MOST_NAMED, in_sentence, listed, number
from sim.figures.register import figure
from sim.figures.rows import (
    NAME_GAP,
    bar_entry,
    dot,
    dot_and_bar,
    interval,
    new_rows,
    show_zero,
    zero_line,
)
from sim.figures.scale import OPPOSED, colour_cells, draw_bar, ink_on
from sim.figures.sheet import EDGE, Grid, new_sheet
from sim.figures.style import BLUE, FIGURE_WIDTH, INK, ORANGE, PALE_INK, SMALL_TEXT, Look
from sim.figures.text import UNBROKEN, decimals_for, number_text, text_width
from sim.studies.ask.method import Effect
from sim.studies.ask.question import Quantity

ASK = "ask"
MOST_ROWS = 20
"""What-ifs that the figure shows; the table holds all."""
BAR, RUNS_BAR = 2.4, 0.9
"""Points of the interval of a mean, and of that of runs."""
EVENT = Look("begins at a date: could happen", BLUE)
SWITCH = Look("set from the start: a mechanism off, a rule otherwise", ORANGE, marker="D")
NOTE = (
    f"Dots: mean difference from the baseline, run by run; thick bars: its 95{UNBROKEN}% interval"
    f" (bootstrap over runs)."
)


@figure(ASK, "effects", "What-ifs that move it most")
def figure_effects(
    effects: Sequence[Effect], quantity: Quantity, manifest: Mapping[str, Any]
) -> Figure:
    """What each what-if changes in the world, with intervals, the largest change first.

    Args:
        effects: Of the world, by rank.
        quantity: What is moved.
        manifest: What identifies the runs.
    """
    shown = effects[:MOST_ROWS]
    factor, unit = scale_of_changes(quantity.outcome)
    looks = [SWITCH if one.what_if.begins is None else EVENT for one in shown]
    entries = [dot_and_bar(look, BAR) for look in (EVENT, SWITCH) if look in looks]
    rest = f" The table holds all {len(effects)}." if len(effects) > len(shown) else ""
    drawn, axes = new_rows(
        manifest,
        _finding(effects, quantity) or f"What-ifs that move {text_of(quantity)} most",
        [one.what_if.title for one in shown],
        f"Change of {text_of(quantity)}, {unit}",
        [*entries, bar_entry(PALE_INK, RUNS_BAR, f"90{UNBROKEN}% of runs")],
        NOTE + rest,
        question=f"What moves {text_of(quantity)} from {number(factor * effects[0].reference)}?",
        row=0.18,
    )
    zero_line(axes)
    for row, (one, look) in enumerate(zip(shown, looks, strict=True)):
        interval(axes, row, factor * one.q05, factor * one.q95, PALE_INK, RUNS_BAR)
        if np.isfinite(one.low):
            interval(axes, row, factor * one.low, factor * one.high, look.colour, BAR)
        dot(axes, row, factor * one.mean, look)
    show_zero(axes)
    return drawn


def text_of(quantity: Quantity) -> str:
    """What is moved, as a sentence says it."""
    return f"{in_sentence(quantity.outcome.label)} at the end of {quantity.year}"


def _finding(effects: Sequence[Effect], quantity: Quantity) -> str:
    """Those that no other what-if may move more than, and how far; empty if these are many."""
    first = [one for one in effects if one.first == 1 and one.clear]
    if not 0 < len(first) <= MOST_NAMED or len(first) == len(effects):
        return ""
    changes = [
        f"{one.what_if.title} ({change_in_words(quantity.outcome, one.mean)})" for one in first
    ]
    return f"What moves {text_of(quantity)} most: {listed(changes)}"


MOST_GROUP_ROWS = 15
"""What-ifs that the figure shows."""
GROUP_ROW = 0.2
"""Inches of a row."""
BAR_GAP, BAR_HEIGHT, BAR_FOOT = 0.12, 0.1, 0.42
"""Inches between names of groups and the scale of colours, of the scale, and below it."""
GROUPS_NOTE = (
    "Numbers: mean differences from the baseline, run by run; without a number: no clear"
    " change (the 95 % interval holds 0), or too small to be seen. Groups differ in size."
)


@figure(ASK, "effects-by-group", "What-ifs that move each group")
def figure_groups(
    effects: Sequence[Effect],
    grouped: Mapping[str, Sequence[Effect]],
    quantity: Quantity,
    manifest: Mapping[str, Any],
) -> Figure:
    """What each what-if changes in each group of states, where that is clear.

    Args:
        effects: Of the world, by rank, which is the order of rows.
        grouped: Of each group, by its name.
        quantity: What is moved.
        manifest: What identifies the runs.
    """
    factor, unit = scale_of_changes(quantity.outcome)
    shown = [one.what_if for one in effects[:MOST_GROUP_ROWS]]
    found = {(one.what_if.name, group): one for group, ones in grouped.items() for one in ones}
    cells = np.array(
        [
            [factor * one.mean if (one := found[what.name, group]).clear else np.nan
             for group in grouped]
            for what in shown
        ]
    )  # fmt: skip
    reach = float(np.nanmax(np.abs(cells))) if np.isfinite(cells).any() else 1.0
    scale = Normalize(-reach, reach)
    widest = max(text_width(what.title, SMALL_TEXT) for what in shown)
    names = max(text_width(group, SMALL_TEXT) for group in grouped) + 2.0 * NAME_GAP
    grid = Grid(
        panel_height=GROUP_ROW * len(shown), left=EDGE + widest + NAME_GAP, right=EDGE,
        foot=names + BAR_GAP + BAR_HEIGHT + BAR_FOOT,
    )  # fmt: skip
    drawn, (axes,) = new_sheet(
        manifest,
        _finding_of_groups(grouped, quantity)
        or f"What-ifs that move {text_of(quantity)}, by {quantity.by}",
        grid,
        note=GROUPS_NOTE,
        question=f"Which what-if changes {text_of(quantity)}, and where?",
    )
    colour_cells(axes, np.nan_to_num(cells), scale, OPPOSED)
    decimals = decimals_for(2.0 * reach)
    for (row, column), value in np.ndenumerate(cells):
        axes.text(column, row, _text(float(value), decimals), ha="center", va="center",
                  fontsize=SMALL_TEXT, color=ink_on(value, scale, OPPOSED))  # fmt: skip
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), [what.title for what in shown])
    axes.set_xticks(range(len(grouped)), list(grouped), rotation=90)
    axes.tick_params(length=0.0, labelcolor=INK)
    height = drawn.get_figheight()
    low = axes.get_position().y0 - (names + BAR_GAP + BAR_HEIGHT) / height
    left = grid.left / FIGURE_WIDTH
    box = (left, low, grid.panel_width / FIGURE_WIDTH, BAR_HEIGHT / height)
    draw_bar(drawn, box, scale, f"Change, {unit}", OPPOSED, upright=False)
    return drawn


def _text(value: float, decimals: int) -> str:
    """A cell's number; one more digit for what would round to nothing, and none for less."""
    for digits in (decimals, decimals + 1):
        if round(abs(value), digits) > 0.0:
            return number_text(value, digits)
    return ""


def _finding_of_groups(grouped: Mapping[str, Sequence[Effect]], quantity: Quantity) -> str:
    """The what-if that moves most groups most, if it does so in more than half of them."""
    leads = [ones[0].what_if.title for ones in grouped.values() if ones and ones[0].clear]
    if not leads:
        return ""
    top = max(dict.fromkeys(leads), key=leads.count)
    if 2 * leads.count(top) <= len(grouped):
        return ""
    where = f"in {leads.count(top)} of {len(grouped)} groups"
    return f"{top} moves {text_of(quantity)} most {where}"

"""The what-ifs that move a number most: rows for the world, a table of colours for groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.figures.curves import change_in_words, scale_of_changes
from sim.figures.findings import in_sentence, number
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
from sim.figures.style import BLUE, FIGURE_WIDTH, INK, ORANGE, PALE_INK, SMALL_TEXT, TEXT, Look
from sim.figures.text import UNBROKEN, decimals_for, fit, fits, number_text, text_width
from sim.studies.ask.method import Effect, baseline_of
from sim.studies.ask.question import Quantity

ASK = "ask"
MOST_ROWS = 20
"""What-ifs that the figure shows; the table holds all."""
BAR, RUNS_BAR = 2.4, 0.9
"""Points of the interval of a mean, and of that of runs."""
EVENT = Look("begins at a date: could happen", BLUE)
SWITCH = Look("set from the start: a mechanism off, a rule otherwise", ORANGE, marker="D")
NOTE = (
    f"Dots: mean difference from the baseline, run by run; thick bars: its 95{UNBROKEN}% interval,"
    " by parameter set. Free leaving is compared with the withdrawn offer."
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
        question=f"What moves {text_of(quantity)}{_from(factor * baseline_of(effects))}?",
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


def _from(baseline: float) -> str:
    return "" if np.isnan(baseline) else f" from {number(baseline)}"


def text_of(quantity: Quantity) -> str:
    """What is moved, as a sentence says it."""
    return f"{in_sentence(quantity.outcome.label)} at the end of {quantity.year}"


def _finding(effects: Sequence[Effect], quantity: Quantity) -> str:
    """The what-if that moves most, and how far; empty where another may move more."""
    first, *others = effects
    if not first.clear or not others or _reach(first)[0] <= max(_reach(one)[1] for one in others):
        return ""
    moved = change_in_words(quantity.outcome, first.mean)
    return f"What moves {text_of(quantity)} most: {first.what_if.title} ({moved})"


def _reach(one: Effect) -> tuple[float, float]:
    """The least and the largest size of a mean change, by its interval."""
    low, high = sorted((abs(one.low), abs(one.high)))
    return (0.0 if one.low <= 0.0 <= one.high else low), high


MOST_GROUP_ROWS = 15
"""What-ifs that the figure shows."""
GROUP_ROW, GROUP_ROWS = 0.2, 0.31
"""Inches of a row whose name takes one line, and of one where some take two."""
LEAST_NAMES = 1.0
"""Inches that names of rows have at least, in two lines."""
CELL_PAD = 0.04
"""Inches beside the number of a cell."""
BAR_GAP, BAR_HEIGHT, BAR_FOOT = 0.12, 0.1, 0.42
"""Inches above the scale of colours, of the scale, and below it."""
LEAST_BAR, BAR_INSET = 1.0, 0.15
"""Inches of a scale of colours that finds room beside the names of groups, and at its ends."""
FAR = 10.0
"""From here on numbers are whole."""
GROUPS_NOTE = (
    "Numbers: mean differences from the baseline, run by run; without a number: no change beyond"
    " chance, corrected for the number of cells (Benjamini-Hochberg, 5 % false discoveries), or too"
    " small to be seen; from 10 on they are whole. Groups differ in size."
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
    texts = _texts(cells, max(1, decimals_for(2.0 * reach)))
    # Cells have room for their numbers, and names of rows what is left.
    number_width = max(text_width(text, SMALL_TEXT) for row in texts for text in row) + CELL_PAD
    room = FIGURE_WIDTH - 2.0 * EDGE - NAME_GAP - len(grouped) * number_width
    titles = [fit(what.title, SMALL_TEXT, max(room, LEAST_NAMES), 2) for what in shown]
    widest = max(text_width(line, SMALL_TEXT) for lines in titles for line in lines)
    heads = _in_two_lines(list(grouped))
    names = max(text_width(line, SMALL_TEXT) for lines in heads for line in lines) + 2.0 * NAME_GAP
    label = f"Change, {unit}"
    beside = widest - 2.0 * BAR_INSET >= max(LEAST_BAR, text_width(label, TEXT))
    bar = BAR_GAP + BAR_HEIGHT + BAR_FOOT
    height_of_row = GROUP_ROWS if any(len(lines) > 1 for lines in titles) else GROUP_ROW
    grid = Grid(
        panel_height=height_of_row * len(shown), left=EDGE + widest + NAME_GAP, right=EDGE,
        foot=max(names, bar) if beside else names + bar,
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
    for (row_of, column), value in np.ndenumerate(cells):
        axes.text(column, row_of, texts[row_of][column], ha="center", va="center",
                  fontsize=SMALL_TEXT, color=ink_on(value, scale, OPPOSED))  # fmt: skip
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), ["\n".join(lines) for lines in titles], linespacing=1.1)
    axes.set_xticks(
        range(len(grouped)), ["\n".join(lines) for lines in heads], rotation=90, linespacing=1.1,
        multialignment="right",
    )  # fmt: skip
    axes.tick_params(length=0.0, labelcolor=INK)
    height = drawn.get_figheight()
    # It stands below the names of rows, or below those of groups where that is too narrow.
    left, width = (
        (EDGE + BAR_INSET, widest - 2.0 * BAR_INSET) if beside else (grid.left, grid.panel_width)
    )
    down = BAR_GAP + BAR_HEIGHT + (0.0 if beside else names)
    low = axes.get_position().y0 - down / height
    box = (left / FIGURE_WIDTH, low, width / FIGURE_WIDTH, BAR_HEIGHT / height)
    draw_bar(drawn, box, scale, label, OPPOSED, upright=False)
    return drawn


def _in_two_lines(names: Sequence[str]) -> list[list[str]]:
    """Names in at most two lines each, all as short as the longest of them allows."""
    widest = max(text_width(name, SMALL_TEXT) for name in names)
    widths = np.linspace(widest / 2.0, widest, 12)
    width = next((w for w in widths if all(fits(n, SMALL_TEXT, w, 2) for n in names)), widest)
    return [fit(name, SMALL_TEXT, float(width), 2) for name in names]


def _texts(cells: Floats, decimals: int) -> list[list[str]]:
    """Numbers of cells, to a tenth or finer; none for what rounds to nothing."""

    def text(value: float) -> str:
        digits = 0 if abs(value) >= FAR else decimals
        return number_text(value, digits) if round(abs(value), digits) > 0.0 else ""

    return [[text(float(value)) if np.isfinite(value) else "" for value in row] for row in cells]


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

"""What moves each group of states: what-ifs by groups, as a table of colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.figures.register import figure
from sim.figures.rows import NAME_GAP
from sim.figures.scale import OPPOSED, draw_bar, is_dark
from sim.figures.sheet import EDGE, Grid, new_sheet
from sim.figures.style import FIGURE_WIDTH, INK, SMALL_TEXT
from sim.figures.text import decimals_for, number_text, text_width
from sim.studies.ask.figures import ASK, scale_of, text_of
from sim.studies.ask.method import Effect
from sim.studies.ask.question import Asked

MOST_ROWS = 15
"""What-ifs that the figure shows."""
ROW = 0.2
"""Inches of a row."""
BAR_GAP, BAR_HEIGHT, BAR_FOOT = 0.12, 0.1, 0.42
"""Inches between names of groups and the scale of colours, of the scale, and below it."""
NOTE = (
    "Numbers: mean differences from the baseline, run by run; without a number: no clear"
    " change (the 95 % interval holds 0), or too small to be seen. Groups differ in size."
)


@figure(ASK, "effects-by-group", "What-ifs that move each group")
def figure_groups(
    effects: Sequence[Effect],
    grouped: Mapping[str, Sequence[Effect]],
    asked: Asked,
    manifest: Mapping[str, Any],
) -> Figure:
    """What each what-if changes in each group of states, where that is clear.

    Args:
        effects: Of the world, by rank, which is the order of rows.
        grouped: Of each group, by its name.
        asked: What is moved.
        manifest: What identifies the runs.
    """
    factor, unit = scale_of(asked)
    shown = [one.what_if for one in effects[:MOST_ROWS]]
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
        panel_height=ROW * len(shown), left=EDGE + widest + NAME_GAP, right=EDGE,
        foot=names + BAR_GAP + BAR_HEIGHT + BAR_FOOT,
    )  # fmt: skip
    drawn, (axes,) = new_sheet(
        manifest,
        _found(grouped, asked) or f"What-ifs that move {text_of(asked)}, by {asked.by}",
        grid,
        note=NOTE,
        question=f"Which what-if changes {text_of(asked)}, and where?",
    )
    axes.grid(visible=False)
    axes.pcolormesh(
        np.arange(len(grouped) + 1) - 0.5, np.arange(len(shown) + 1) - 0.5,
        np.nan_to_num(cells), cmap=OPPOSED, norm=scale, edgecolors="white", linewidth=1.0,
    )  # fmt: skip
    decimals = decimals_for(2.0 * reach)
    for (row, column), value in np.ndenumerate(cells):
        text = _text(float(value), decimals)
        dark = is_dark(OPPOSED(float(scale(np.nan_to_num(value)))))
        axes.text(column, row, text, ha="center", va="center",
                  fontsize=SMALL_TEXT, color="white" if dark else INK)  # fmt: skip
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), [what.title for what in shown])
    axes.set_xticks(range(len(grouped)), list(grouped), rotation=90)
    axes.tick_params(length=0.0, labelcolor=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
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


def _found(grouped: Mapping[str, Sequence[Effect]], asked: Asked) -> str:
    """The what-if that moves most groups most, if it does so in more than half of them."""
    leads = [ones[0].what_if.title for ones in grouped.values() if ones and ones[0].clear]
    if not leads:
        return ""
    top = max(dict.fromkeys(leads), key=leads.count)
    if 2 * leads.count(top) <= len(grouped):
        return ""
    where = f"in {leads.count(top)} of {len(grouped)} groups"
    return f"{top} moves {text_of(asked)} most {where}"

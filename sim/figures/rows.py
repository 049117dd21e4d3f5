"""Figures of rows: a name, dots and intervals, and numbers each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from sim.figures import style
from sim.figures.canvas import canvas, keep_numbers, sheet
from sim.figures.draw import write
from sim.figures.style import ONE, ONE_AND_HALF, Look, width_of, wrapped
from sim.world.arrays import Floats

# Millimetres of a row, and of each further line of its name; free rows above a heading;
# millimetres of a unit below the numbers.
ROW, SECOND_LINE, HEAD, UNIT = 3.6, 3.6, 0.6, 3.4
ASIDE = 0.28
# More rows are lower: their height as a share of the usual.
MANY, SMALLER = 30, 0.76
MULTIPLES = {0.25: "¼", 0.5: "½", 0.75: "¾", 1.0: "equal", 1.5: "1½", 2.0: "2 ×", 4.0: "4 ×"}
# Points of an interval of runs, of a mean, and of a bar behind others.
THIN, THICK, BAR = 0.8, 2.0, 5.0
LINES = {THIN: "thin line", THICK: "thick line", BAR: "bar"}
EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Dots:
    """A dot and an interval per row.

    Attributes:
        look: Label, colour and marker; without a marker, no dots.
        values: Places of the dots; NaN: none.
        line: Points of the interval's line: `THIN` for runs, `THICK` for a mean, or `BAR`.
    """

    look: Look
    values: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    line: float = THIN


def dots_of(
    look: Look, frame: pd.DataFrame, low: str = "q05", high: str = "q95", *, middle: str = "mean",
    factor: float = 1.0, line: float = THIN,
) -> Dots:  # fmt: skip
    values, least, most = (factor * frame[name].to_numpy() for name in (middle, low, high))
    return Dots(look, values, least, most, line)


def rows(
    title: str, names: Sequence[str], dots: Sequence[Dots], deck: str = "", source: str = "", *,
    width: float = ONE_AND_HALF, heads: Mapping[int, str] = EMPTY, colours: Sequence[str] = (),
    columns: Mapping[str, Sequence[str]] = EMPTY, zero: bool = False, ratio: bool = False,
    bounds: tuple[float, float] | None = None, unit: str = "",
) -> Figure:  # fmt: skip
    """Draw a row per name, the first at the top, with dots and intervals.

    The last dots are on top. `heads` are headings above the row of a number; `columns` are texts
    per row on the right, by heading, with their `colours`. `zero` marks 0; `ratio` makes the axis
    logarithmic. An arrow marks values beyond `bounds`. `unit` is written at the last
    number.
    """
    whole = sheet().width or width
    size, row = (style.TEXT, ROW) if len(names) <= MANY else (style.SMALL, SMALLER * ROW)
    texts = [wrapped(name, 0.46 * whole, size) for name in names]
    lines = np.array([len(text) for text in texts])
    heights = 1.0 + SECOND_LINE / row * (lines - 1)
    heads_above = np.array([(1.0 + HEAD * (at > 0)) * (at in heads) for at in range(len(names))])
    places = np.cumsum(heights + heads_above) - heights / 2.0 - 0.5
    keyed = [shown for shown in dots if shown.look.label]
    above = 2.2 if len({shown.look for shown in keyed}) > 1 else 0.9
    end = places[-1] + heights[-1] / 2.0 + 0.1
    figure, (axes,) = canvas(
        title, deck, source, width=width, panel_height=row * (end + above) - 4.0 + UNIT * bool(unit)
    )
    with matplotlib.rc_context(style.SETTINGS):
        axes.grid(visible=True, axis="x")
        axes.set_yticks([])
        axes.set_ylim(end, -above)
        if ratio:
            axes.set_xscale("log")
            # Not through the names above.
            axes.vlines(1.0, -0.6, end, color=style.INK, lw=style.LINE_WIDTH, zorder=1.5)
        beside = [shown.look for shown in keyed if shown.low is not None]
        for order, shown in enumerate(dots):
            at = beside.index(shown.look) if shown.look in beside else (len(beside) - 1) / 2.0
            shift = ASIDE * (at - (len(beside) - 1) / 2.0)
            _draw_dots(axes, shown, places + shift, 2.0 + 0.1 * order, bounds)
            numbers = {"value": shown.values, "low": shown.low, "high": shown.high}
            drawn = pd.DataFrame(
                {k: np.asarray(v, float) for k, v in numbers.items() if v is not None}
            )
            signs: dict[str, Any] = {"interval": LINES[shown.line]} if shown.low is not None else {}
            signs |= {"colour": shown.look.colour, "hollow": shown.look.hollow}
            table = pd.DataFrame({"row": names}).assign(**drawn, **signs)
            if heads:
                table.insert(0, "head", pd.Series(heads).reindex(table.index).ffill())
            keep_numbers(axes, shown.look.label, table[drawn.notna().any(axis=1)])
        if ratio:
            shown_at = [at for at in MULTIPLES if whole > ONE or at in (0.25, 1.0, 4.0)]
            axes.set_xticks(shown_at, [MULTIPLES[at] for at in shown_at])
            axes.minorticks_off()
        else:
            axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            axes.xaxis.set_major_formatter("{x:,.6g}")
        if zero:
            axes.axvline(0.0, color=style.INK, lw=style.THIN_LINE, zorder=1.5)
        axes.set_xlim(*(bounds or axes.get_xlim()))
        axes.set_xlabel(unit, loc="right")
        names_width = max(width_of(line, size) for text in texts for line in text)
        rightmost = axes.get_yaxis_transform()
        for lines_of, place in zip(texts, places, strict=True):
            write(axes, lines_of, (0.0, place), -1.5, rightmost, size=size, ha="right")
        for at, words in heads.items():
            place, left = places[at] - heights[at] / 2.0 - 0.55, -names_width - 1.5
            # Above the grid, and below names of several lines.
            write(axes, [words], (0.0, place), left, rightmost, size=size, weight="bold",
                  zorder=1.9, bbox={"fc": "white", "ec": "none", "pad": 0.6})  # fmt: skip
        start, right = 2.5, 0.0
        for heading, cells in columns.items():
            column = max(width_of(text, style.SMALL) for text in (heading, *cells)) + 2.0
            colour = [style.QUIET_INK, *(colours or [style.QUIET_INK] * len(names))]
            for text, place, of in zip((heading, *cells), (-0.9, *places), colour, strict=True):
                edge = (1.0, float(place))
                write(axes, [text], edge, start + right, rightmost, size=style.SMALL, color=of)
            right += column
        _name_dots(axes, keyed)
    return figure


def _draw_dots(
    axes: Axes, shown: Dots, places: Floats, order: float, bounds: tuple[float, float] | None
) -> None:
    look, values = shown.look, np.asarray(shown.values, dtype=np.float64)
    if shown.low is not None and shown.high is not None:
        axes.hlines(
            places, shown.low, shown.high, color=look.colour, linewidth=shown.line, zorder=order
        )
    inside = np.clip(values, *(bounds or (-np.inf, np.inf)))
    for way, marker in ((0, look.marker), (-1, "<"), (1, ">")):
        if (chosen := np.sign(values - inside) == way).any():
            axes.plot(
                inside[chosen], places[chosen], ls="", **(_marker(look) | {"marker": marker}),
                zorder=order + 1.0, clip_on=False,
            )  # fmt: skip


def _name_dots(axes: Axes, dots: Sequence[Dots]) -> None:
    signs = {
        shown.look: Line2D([], [], ls="", **_marker(shown.look), label=shown.look.label)
        for shown in dots
        if np.isfinite(np.asarray(shown.values, dtype=np.float64)).any()
    }
    if len(signs) > 1:
        axes.legend(
            handles=[*signs.values()], loc="upper right", ncols=len(signs), frameon=False,
            fontsize=style.SMALL, handletextpad=0.0, columnspacing=1.0, borderaxespad=0.0,
            borderpad=0.0, labelcolor=[look.colour for look in signs],
        ).set_in_layout(False)  # fmt: skip


def _marker(look: Look) -> dict[str, Any]:
    fill, edge = ("white", 0.9) if look.hollow else (look.colour, 0.0)
    return {"marker": look.marker, "color": look.colour, "mfc": fill, "mew": edge}

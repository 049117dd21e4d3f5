"""Figures of a design's factors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sim.estimates.designs import Levels
from sim.figures import draw, style
from sim.figures.canvas import canvas, keep_numbers, sheet
from sim.figures.style import MM, SMALL, width_of, wrapped
from sim.measures.bands import quantiles
from sim.runs.dataset import Results
from sim.world.arrays import Flags, Floats

# Of more levels, so many are drawn.
MOST_DRAWN = 5
# Levels on either side of small multiples.
MOST_PANELS = 3
# Of more factors, those with the largest shares of the variance are drawn.
MOST_FACTORS = 6
# Millimetres of width of a panel of curves with their names.
LEAST_CURVES = 55.0
# Millimetres of a row of a heat table.
CELL = 9.0
# Share of a heat table's width that its columns have at least.
FOR_COLUMNS = 0.75
# Lightness below which numbers in a cell are white.
DARK = 0.45
BAND = "Band of the first level: middle 90% of runs."


class Shown(NamedTuple):
    results: Results
    outcome: str
    year: int
    title: str

    @property
    def label(self) -> str:
        outcome = self.results.outcomes[self.outcome]
        return f"{outcome.label}, {draw.unit_of(outcome)}"

    @property
    def values(self) -> Floats:
        """Of all dates, in the unit of figures: (points, runs, dates)."""
        values = self.results.values(self.outcome, years=self.results.years)
        return np.asarray(draw.factor_of(self.results.outcomes[self.outcome]) * values)

    @property
    def at_end(self) -> Floats:
        """At the end of the year: (points, runs)."""
        return self.values[..., self.results.years.index(self.year)]


def evenly(levels: Levels, most: int) -> list[int]:
    """Return at most so many levels of a factor, its ends among them."""
    count = len(levels.names)
    return sorted({*np.linspace(0, count - 1, min(most, count)).round().astype(int).tolist()})


def _lines(of: Shown, values: Floats, factor: Levels, points: Flags) -> list[draw.Line]:
    codes = evenly(factor, MOST_DRAWN)
    lines = []
    for look, code in zip(draw.looks(factor.names[code] for code in codes), codes, strict=True):
        chosen = values[points & (factor.codes == code)].reshape(-1, values.shape[-1])
        cells = quantiles(chosen, axis=0)
        curve = {name: cells[name] for name in ("mean", "q05", "q95")}
        lines.append(draw.Line(look, pd.DataFrame(curve, of.results.years)))
    return lines


def curves(of: Shown, factors: Sequence[Levels]) -> Figure:
    """Draw an outcome over time by level of the first factors, means over the others."""
    panels, values = [], of.values
    for factor in factors[:MOST_FACTORS]:
        lines = _lines(of, values, factor, np.ones(len(values), bool))
        panels.append(draw.Panel(factor.title if len(factors) > 1 else "", "", lines))
    by = f" by {factors[0].title}" if len(factors) == 1 else " by level of each factor"
    notes = {
        f"Of more levels, {MOST_DRAWN} are drawn.": any(
            len(factor.names) > MOST_DRAWN for factor in factors
        ),
        f"Of {len(factors)} factors, {MOST_FACTORS}.": len(factors) > MOST_FACTORS,
    }
    return draw.over_time(
        of.results,
        of.title,
        panels,
        f"{of.label}, at the end of the year{by}. {BAND}",
        columns=min(2 if len(panels) == 4 else 3, int((sheet().width or style.TWO) / LEAST_CURVES)),
        note=" ".join(note for note, needed in notes.items() if needed),
        width=style.TWO if len(factors) > 1 else style.ONE_AND_HALF,
        unit=of.label,
    )


def multiples(of: Shown, lines: Levels, columns: Levels, rows: Levels) -> Figure:
    """Draw an outcome over time for three factors: a panel for two levels, a line per third."""
    fit = min(MOST_PANELS, int((sheet().width or style.TWO) / draw.LEAST_PANEL))
    across, down = evenly(columns, fit), evenly(rows, MOST_PANELS)
    most = ((columns, fit), (rows, MOST_PANELS), (lines, MOST_DRAWN))
    left_out = [factor.title for factor, count in most if len(factor.names) > count]
    panels, values = [], of.values
    for row, column in product(down, across):
        here = (rows.codes == row) & (columns.codes == column)
        title = f"{columns.names[column]}; {rows.names[row]}"
        panels.append(draw.Panel(title, "", _lines(of, values, lines, here)))
    return draw.over_time(
        of.results,
        of.title,
        panels,
        f"{of.label}, at the end of the year. Above each panel: {columns.title}; {rows.title}."
        f" Lines: {lines.title}. {BAND}",
        columns=len(across),
        note=f"Not all levels are drawn of: {', '.join(left_out)}." * bool(left_out),
        width=style.TWO,
        unit=of.label,
    )


def heat(
    results: Results, title: str, label: str, dated: str, means: Floats, pair: Sequence[Levels]
) -> Figure:
    """Draw the mean of runs at each two levels as a table; `means` has a number of each point."""
    down, across = pair
    cells = pd.Series(means).groupby([down.codes, across.codes]).mean().unstack().to_numpy()
    digits = max(0, int(1.0 - np.floor(np.log10(max(np.ptp(cells), 0.1)))))
    figure, (axes,) = canvas(
        title,
        f"{label}, {dated}: mean of runs and of all other factors; darker: higher.",
        draw.source(results),
        width=style.ONE_AND_HALF,
        panel_height=CELL * len(down.names) + 4.0,
    )
    with matplotlib.rc_context(style.SETTINGS):
        table = pd.DataFrame(cells, down.names, across.names).rename_axis(down.title)
        keep_numbers(axes, label, table.reset_index())
        image = axes.imshow(cells, style.COLOUR_SCALE, aspect="auto")
        for (row, column), value in np.ndenumerate(cells):
            lightness = np.dot(to_rgb(image.cmap(image.norm(value))), (0.3, 0.6, 0.1))
            axes.text(
                column, row, f"{value:,.{digits}f}".replace("-", "−"), ha="center", va="center",
                color="white" if lightness < DARK else style.INK,
            )  # fmt: skip
        axes.set_title(label if sheet().plain else "")
        axes.grid(visible=False)
        (below, unit_below), (beside, unit_beside) = map(unit_apart, (across.names, down.names))
        column = FOR_COLUMNS * figure.get_figwidth() / MM / len(below)
        turned = 90.0 * (max(width_of(name, SMALL) for name in below) > column)
        axes.set_xticks(range(len(below)), below, rotation=turned)
        axes.set_yticks(range(len(beside)), beside)
        axes.set_xlabel(across.title + unit_below, loc="left")
        lines = wrapped(down.title + unit_beside, CELL * len(down.names), SMALL)
        axes.set_ylabel("\n".join(lines), loc="top", multialignment="right")
    return figure


def unit_apart(names: Sequence[str]) -> tuple[Sequence[str], str]:
    """Return levels without their unit, and `, unit`; names that have no unit stay as they are."""
    parts = [re.fullmatch(r"([+−]?[\d.,]+) ?(\D*)", name) for name in names]
    # One year is `1 year`.
    units = {part[2] for part in parts if part and part[0] != "1 year"}
    if not all(parts) or len(units) > 1:
        return names, ""
    return [part[1] for part in parts if part], ", ".join(["", *filter(None, units)])

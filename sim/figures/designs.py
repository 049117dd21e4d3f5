"""Figures of a design's factors."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
from sim.runs.titles import title_of
from sim.world.arrays import Floats

# Of more levels, so many are drawn.
MOST_DRAWN = 5
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


def curves(results: Results, name: str, title: str, factors: Sequence[Levels]) -> Figure:
    """Draw an outcome over time by level of the first factors, means over the others."""
    outcome, panels = results.outcomes[name], []
    label = f"{outcome.label}, {draw.unit_of(outcome)}"
    titled = {words: title_of(results, point) for point, words in enumerate(results.labels)}
    values = draw.scale_of(outcome) * results.values(name, years=results.years).to_numpy()
    for factor in factors[:MOST_FACTORS]:
        count = len(factor.names)
        # Of many levels, the ends are among those drawn.
        codes = sorted({*np.linspace(0, count - 1, min(MOST_DRAWN, count)).round().astype(int)})
        names = [factor.names[code] for code in codes]
        looks = draw.looks(titled.get(name, name) for name in names)
        levels = (values[factor.codes == code].reshape(-1, values.shape[-1]) for code in codes)
        frames = [pd.DataFrame(quantiles(level, axis=0), results.years) for level in levels]
        numbers = [frame[["mean", "q05", "q95"]] for frame in frames]
        panels.append(draw.Panel(factor.title, "", [*map(draw.Line, looks, numbers)]))
    some = f"Of {len(factors)} factors, {MOST_FACTORS}." * (len(factors) > MOST_FACTORS)
    return draw.over_time(
        results,
        title,
        panels,
        f"{label}, at the end of the year, at up to {MOST_DRAWN} levels. Band: middle 90% of runs.",
        columns=min(2 if len(panels) == 4 else 3, int((sheet().width or style.TWO) / LEAST_CURVES)),
        note=some,
        width=style.TWO if len(factors) > 1 else style.ONE_AND_HALF,
        unit=label,
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

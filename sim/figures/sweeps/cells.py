"""The cells of a sweep's heat map: their numbers, their texts, and the scale of their colours."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from sim.arrays import Flags, Floats
from sim.figures.sheet import Grid
from sim.figures.style import SMALL_TEXT
from sim.figures.sweeps.axes import TEXT_GAP
from sim.figures.sweeps.factors import Group, ShownFactor, combined, everything
from sim.figures.sweeps.numbers import spreads
from sim.figures.sweeps.reading import Shown
from sim.figures.text import UNBROKEN, decimals_for, number_text, range_text, text_width

MOST_PANELS = 6
"""Combinations of further factors up to which each has its panel."""
MOST_WRITTEN = 12
"""Values a side up to which cells carry numbers."""
TWO_LINES, ONE_LINE = 0.29, 0.15
"""Inches that a cell needs for two lines of text, and for one."""
LEAST_SCALE = 0.5
"""The scale of colours spans at least this part of what 90 % of the runs of a cell span."""

type Texts = NDArray[np.str_]
"""What stands in each cell of a panel, in the shape of the cells."""


@dataclass(frozen=True)
class Cells:
    """What is drawn in a panel, in the shape (values of the upright factor, of the other).

    Attributes:
        mean: Over the good runs of each cell; NaN if there are none.
        low: What 5 % of its runs stay below.
        high: What 95 % of its runs stay below.
        runs: Good runs of the cell that has most.
    """

    mean: Floats
    low: Floats
    high: Floats
    runs: int


def planes_of(others: Sequence[ShownFactor], points: int) -> list[Group]:
    """A panel for each combination of the other factors' values, or one for all together."""
    if not others or math.prod(len(factor.levels) for factor in others) > MOST_PANELS:
        return [everything(points)]
    planes = []
    for groups in itertools.product(*(factor.groups() for factor in others)):
        pairs = zip(others, groups, strict=True)
        title = "; ".join(f"{factor.title}: {group.text}" for factor, group in pairs)
        planes.append(combined(groups, title))
    return planes


def cells_of(shown: Shown, across: ShownFactor, upright: ShownFactor, points: Flags) -> Cells:
    """Means and 90 % ranges over the good runs of each combination, among some points.

    Args:
        shown: The outcome at the end of one year.
        across: What varies along the axis below.
        upright: What varies along the axis at the left.
        points: Which points count, shape (points,).
    """
    shape = (len(upright.levels), len(across.levels))
    masks = [
        points & (upright.places == row) & (across.places == column)
        for row in range(shape[0])
        for column in range(shape[1])
    ]
    rows = spreads(shown.values, masks)
    mean, low, high = (rows[name].to_numpy().reshape(shape) for name in ("mean", "q05", "q95"))
    return Cells(mean, low, high, rows["runs"].max())


def cell_texts(cells: Sequence[Cells], grid: Grid, scale: Normalize) -> list[Texts]:
    """What stands in each cell of each panel, row by row: mean and range, mean, or nothing."""
    rows, columns = cells[0].mean.shape
    width, height = grid.panel_width / columns, grid.panel_height / rows
    decimals = decimals_for(float(scale.vmax or 0.0) - float(scale.vmin or 0.0))

    def text(mean: float, low: float, high: float) -> str:
        return "" if np.isnan(mean) else number_text(mean, decimals)

    def text_and_range(mean: float, low: float, high: float) -> str:
        first = text(mean, low, high)
        return f"{first}\n{range_text(low, high, decimals)}" if first else ""

    ways = [(text, ONE_LINE)] if max(rows, columns) <= MOST_WRITTEN else []
    if ways and max(one.runs for one in cells) > 1:
        ways.insert(0, (text_and_range, TWO_LINES))
    for write, needed in ways:
        texts = [np.vectorize(write, otypes=[str])(one.mean, one.low, one.high) for one in cells]
        lines = {line for one in texts for text in one.flat for line in text.split("\n")}
        widest = max(text_width(line, SMALL_TEXT, "bold") for line in lines)
        if height >= needed and widest <= width - TEXT_GAP / 2:
            return texts
    return [np.full((rows, columns), "") for _ in cells]


def scale_of(cells: Sequence[Cells]) -> Normalize:
    """The scale of colours: from the lowest to the highest mean.

    It is wide enough that differences far below the spread of runs do not look like much.
    """
    means = np.concatenate([one.mean.ravel() for one in cells])
    means = means[~np.isnan(means)]
    low, high = (float(means.min()), float(means.max())) if means.size else (0.0, 1.0)
    ranges = np.concatenate([(one.high - one.low).ravel() for one in cells])
    ranges = ranges[~np.isnan(ranges)]
    least = LEAST_SCALE * float(np.median(ranges)) if ranges.size else 0.0
    if high - low <= 1e-9 * max(abs(high), 1.0):
        least = max(least, 0.1 * abs(high) or 1.0)
    if high - low < least:
        middle = (low + high) / 2.0
        low, high = middle - least / 2.0, middle + least / 2.0
    return Normalize(low, high)


def notes_on(
    cells: Sequence[Cells], texts: Sequence[Texts], averaged: Sequence[ShownFactor]
) -> Iterator[str]:
    """Yield what the caption says of the cells.

    Args:
        cells: Of each panel.
        texts: What stands in them.
        averaged: Further factors, all of whose values each cell holds.
    """
    several = max(one.runs for one in cells) > 1
    yield "Means over the runs of each cell." if several else "One run in each cell."
    if any("\n" in text for one in texts for text in one.flat):
        yield f"Second line: 5{UNBROKEN}% to 95{UNBROKEN}% of runs."
    if averaged:
        yield f"Each cell holds all values of: {', '.join(factor.title for factor in averaged)}."
    if any(np.isnan(one.mean).any() for one in cells):
        yield "Pale cells: no runs."

"""The cells of a sweep's heat map: their numbers, their texts, and the scale of their colours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import Normalize

from sim.engine.chunk import Floats
from sim.figures.sheet import Grid
from sim.figures.style import SMALL_TEXT
from sim.figures.sweeps.axes import TEXT_GAP
from sim.figures.sweeps.factors import Mask, ShownFactor
from sim.figures.sweeps.numbers import most_runs, spreads
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

type Texts = list[list[str]]
"""What stands in each cell of a panel, row by row."""


@dataclass(frozen=True)
class Plane:
    """The points of a panel.

    Attributes:
        title: What they share; empty: they are all there are.
        points: Which they are.
    """

    title: str
    points: Mask


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


def planes_of(others: Sequence[ShownFactor], points: int) -> list[Plane]:
    """A panel for each combination of the other factors' values, or one for all together."""
    ways = [range(len(factor.levels)) for factor in others]
    if not others or np.prod([len(way) for way in ways]) > MOST_PANELS:
        return [Plane("", np.ones(points, dtype=bool))]
    planes = []
    for places in itertools.product(*ways):
        pairs = list(zip(others, places, strict=True))
        mask = np.all([factor.places == place for factor, place in pairs], axis=0)
        title = "; ".join(f"{factor.title}: {factor.texts[place]}" for factor, place in pairs)
        planes.append(Plane(title, mask))
    return planes


def cells_of(shown: Shown, across: ShownFactor, upright: ShownFactor, points: Mask) -> Cells:
    """Means and 90 % ranges over the good runs of each combination, among some points.

    Args:
        shown: The outcome at the end of one year.
        across: The factor below.
        upright: The factor at the left.
        points: Which points, shape (points,).
    """
    shape = (len(upright.levels), len(across.levels))
    masks = [
        points & (upright.places == row) & (across.places == column)
        for row in range(shape[0])
        for column in range(shape[1])
    ]
    found = spreads(shown.values, masks)
    return Cells(
        found["mean"].reshape(shape),
        found["q05"].reshape(shape),
        found["q95"].reshape(shape),
        most_runs(shown.values, masks),
    )


def cell_texts(cells: Sequence[Cells], grid: Grid, scale: Normalize) -> list[Texts]:
    """What stands in each cell of each panel, row by row: mean and range, mean, or nothing."""
    rows, columns = cells[0].mean.shape
    width, height = grid.panel_width / columns, grid.panel_height / rows
    nothing = [[[""] * columns for _ in range(rows)] for _ in cells]
    if max(rows, columns) > MOST_WRITTEN:
        return nothing
    decimals = decimals_for(float(scale.vmax or 0.0) - float(scale.vmin or 0.0))
    ways = [_written(cells, decimals, ranges=False)]
    if max(one.runs for one in cells) > 1 and height >= TWO_LINES:
        ways.insert(0, _written(cells, decimals, ranges=True))
    for texts in ways:
        lines = [line for one in texts for row in one for text in row for line in text.split("\n")]
        fits = max(text_width(line, SMALL_TEXT, "bold") for line in lines) <= width - TEXT_GAP / 2
        if fits and height >= ONE_LINE:
            return texts
    return nothing


def _written(cells: Sequence[Cells], decimals: int, *, ranges: bool) -> list[Texts]:
    def text(one: Cells, row: int, column: int) -> str:
        mean = one.mean[row, column]
        if np.isnan(mean):
            return ""
        told = number_text(float(mean), decimals)
        if not ranges:
            return told
        low, high = float(one.low[row, column]), float(one.high[row, column])
        return f"{told}\n{range_text(low, high, decimals)}"

    rows, columns = cells[0].mean.shape
    return [[[text(one, r, c) for c in range(columns)] for r in range(rows)] for one in cells]


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
    if any("\n" in text for one in texts for row in one for text in row):
        yield f"Second line: 5{UNBROKEN}% to 95{UNBROKEN}% of runs."
    if averaged:
        yield f"Each cell holds all values of: {', '.join(factor.title for factor in averaged)}."
    if any(np.isnan(one.mean).any() for one in cells):
        yield "Pale cells: no runs."

"""Heat map of a sweep: an outcome for each combination of two factors' values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.figures.axes import panel_title, write_label
from sim.figures.register import SWEEP, figure
from sim.figures.scale import bar_numbers, colour_cells, draw_bar, ink_on
from sim.figures.sheet import EDGE, Grid
from sim.figures.style import FIGURE_WIDTH, SMALL_TEXT, TEXT, VERMILLION
from sim.figures.sweeps.axes import (
    LABEL_GAP,
    LABEL_LINE,
    TEXT_GAP,
    TICK_DISTANCE,
    TICK_LINE,
    below_axis,
    label_lines,
    label_ticks,
)
from sim.figures.sweeps.cells import (
    MOST_WRITTEN,
    Cells,
    Texts,
    cell_texts,
    cells_of,
    notes_on,
    planes_of,
    scale_of,
)
from sim.figures.sweeps.factors import Group, ShownFactor, shown_factors, sides, varied
from sim.figures.sweeps.reading import Shown, is_random, sheet_of_sweep, show
from sim.figures.text import POINTS_AN_INCH, fit, text_width
from sim.results.sweep import SweepResults

MOST_SIDE = 60
"""Values a side up to which a heat map is drawn at all."""
CELL_HEIGHT, MANY_CELL_HEIGHT, LOW_CELL_HEIGHT = 0.42, 0.34, 0.24
"""Inches of a row of up to 6, up to 12 and more rows, in a figure with one panel."""
LEAST_HEIGHT, MOST_HEIGHT = 1.3, 4.0
"""Inches of a panel."""
BAR_WIDTH, BAR_DISTANCE = 0.11, 0.12
"""Inches."""
MOST_NAMES = 1.3
"""Inches for the texts at the left of the panels."""
BLANK = "#f3f3f3"
GAP = 0.8
"""Points between cells."""
MOST_CROSSED = 3
"""Factors of a grid up to which a heat map is drawn without being asked for."""


def _obstacle(sweep: SweepResults) -> str:
    """Why a sweep has no heat map; empty if it has."""
    factors = varied(sweep)
    if is_random(sweep):
        return "its points were drawn, so factors' values are not combined with each other"
    if len(factors) < 2:
        return "it needs two factors that vary"
    side = max(len(factor.levels) for factor in sides(factors))
    if side > MOST_SIDE:
        return f"a factor has {side} values, more than the {MOST_SIDE} that a heat map shows"
    return ""


def _asked(sweep: SweepResults) -> bool:
    return len(varied(sweep)) > MOST_CROSSED


@figure(SWEEP, "heat-map", "Two factors", obstacle=_obstacle, asked=_asked)
def figure_heat_map(
    sweep: SweepResults, outcome: str, year: int, threshold: float | None = None
) -> Figure:
    """An outcome at the end of a year for each combination of two factors' values.

    Further factors get a panel for each combination of their values, if these are few; else the
    means are over their values.

    Args:
        sweep: A sweep in which two factors or more were combined.
        outcome: Name of the outcome.
        year: A year whose end was kept.
        threshold: Where a line is drawn between what lies below and above; None: nowhere.
    """
    shown = show(sweep, outcome, [year])
    factors = shown_factors(sweep)
    across, upright = sides(factors)
    others = [factor for factor in factors if factor is not across and factor is not upright]
    planes = planes_of(others, sweep.points)
    cells = [cells_of(shown, across, upright, plane.points) for plane in planes]
    scale = scale_of(cells)
    grid = _grid(planes, across, upright, shown, scale)
    texts = cell_texts(cells, grid, scale)
    drawn, panels = sheet_of_sweep(
        sweep,
        shown,
        f"{shown.outcome.label} at the end of {year}",
        grid,
        *notes_on(cells, texts, others if len(planes) == 1 else []),
        f"Line: {threshold:g} {shown.unit}." if threshold is not None else "",
    )
    for place, (axes, plane) in enumerate(zip(panels, planes, strict=True)):
        _draw_cells(axes, cells[place], texts[place], scale)
        if threshold is not None:
            _draw_line(axes, cells[place].mean, threshold)
        _across_axis(axes, across, grid.panel_width, labelled=grid.is_lowest(place))
        _upright_axis(axes, upright, grid, labelled=place % grid.columns == 0)
        if plane.text:
            lines = fit(plane.text, TEXT, grid.panel_width, grid.title_rows)
            panel_title(axes, "\n".join(lines))
    upper, lower = panels[0].get_position(), panels[-1].get_position()
    right = max(axes.get_position().x1 for axes in panels) + BAR_DISTANCE / FIGURE_WIDTH
    box = (right, lower.y0, BAR_WIDTH / FIGURE_WIDTH, upper.y1 - lower.y0)
    label = label_lines(shown.axis_text, box[3] * drawn.get_figheight())
    draw_bar(drawn, box, scale, "\n".join(label))
    return drawn


def _draw_line(axes: Axes, means: Floats, threshold: float) -> None:
    """Draw where the means cross a threshold, between the middles of cells."""
    rows, columns = means.shape
    axes.contour(
        np.arange(columns), np.arange(rows), np.ma.masked_invalid(means), levels=[threshold],
        colors=VERMILLION, linewidths=2.0,
    )  # fmt: skip


def _grid(
    planes: Sequence[Group],
    across: ShownFactor,
    upright: ShownFactor,
    shown: Shown,
    scale: Normalize,
) -> Grid:
    columns = 1 if len(planes) == 1 else 2
    count = len(upright.levels)
    cell = CELL_HEIGHT if count <= 6 else MANY_CELL_HEIGHT if count <= 12 else LOW_CELL_HEIGHT
    height = min(max(count * cell, LEAST_HEIGHT), MOST_HEIGHT if columns == 1 else 2.2)
    grid = Grid(len(planes), columns, height, row_gap=0.12)
    names = max(text_width(text, SMALL_TEXT) for text in _names(upright))
    lines = len(label_lines(upright.axis_text, height))
    left = EDGE + lines * LABEL_LINE + LABEL_GAP + names + TICK_DISTANCE
    bar_label = len(label_lines(shown.axis_text, grid.rows * height))
    right = BAR_DISTANCE + BAR_WIDTH + TICK_DISTANCE + bar_numbers(scale)
    right += LABEL_GAP + bar_label * LABEL_LINE + EDGE
    grid = replace(grid, left=left, right=right)
    titles = [len(fit(p.text, TEXT, grid.panel_width, 2)) for p in planes if p.text]
    step = grid.panel_width / len(across.levels)
    foot = below_axis(across, grid.panel_width, step) + 0.03
    return replace(grid, title_rows=max(titles, default=0), foot=foot)


def _draw_cells(axes: Axes, cells: Cells, texts: Texts, scale: Normalize) -> None:
    rows, columns = cells.mean.shape
    axes.set_facecolor(BLANK)
    colour_cells(axes, cells.mean, scale, gap=GAP if max(rows, columns) <= MOST_WRITTEN else 0.0)
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(-0.5, rows - 0.5)
    for (row, column), written in np.ndenumerate(texts):
        if not written:
            continue
        mean, _, interval = written.partition("\n")
        for text, weight, lift in ((mean, "bold", 1.0), (interval, "normal", -1.0)):
            axes.annotate(
                text,
                (column, row),
                xytext=(0.0, lift * 0.07 * POINTS_AN_INCH if interval else 0.0),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=SMALL_TEXT,
                fontweight=weight,
                color=ink_on(float(cells.mean[row, column]), scale),
            )


def _names(factor: ShownFactor) -> list[str]:
    """Texts at an upright factor's values, each on as many lines as it needs."""
    return [line for text in factor.texts for line in fit(text, SMALL_TEXT, MOST_NAMES, 2)]


def _every(texts: Sequence[str], room: float) -> int:
    """Of how many values one is written, so that numbers have room."""
    widths = max(text_width(text, SMALL_TEXT) for text in texts)
    return int(np.ceil((widths + TEXT_GAP) / room))


def _across_axis(axes: Axes, factor: ShownFactor, width: float, *, labelled: bool) -> None:
    step = width / len(factor.levels)
    axes.tick_params(length=0.0)
    if not labelled:
        axes.set_xticks([])
        return
    label_ticks(factor, step).write(axes, 1 if factor.labelled else _every(factor.texts, step))
    axes.set_xlabel("\n".join(label_lines(factor.axis_text, width)), linespacing=1.1)


def _upright_axis(axes: Axes, factor: ShownFactor, grid: Grid, *, labelled: bool) -> None:
    if factor.labelled:
        # Labels are read from above, numbers grow upwards.
        axes.invert_yaxis()
    if not labelled:
        axes.set_yticks([])
        return
    texts = ["\n".join(fit(text, SMALL_TEXT, MOST_NAMES, 2)) for text in factor.texts]
    every = int(np.ceil(1.25 * TICK_LINE / (grid.panel_height / len(texts))))
    axes.set_yticks(range(0, len(texts), every), texts[::every])
    names = max(text_width(text, SMALL_TEXT) for text in _names(factor))
    label = "\n".join(label_lines(factor.axis_text, grid.panel_height))
    write_label(axes, label, TICK_DISTANCE + names + LABEL_GAP)

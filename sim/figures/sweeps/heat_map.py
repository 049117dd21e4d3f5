"""Heat map of a sweep: an outcome for each combination of two factors' values."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.engine.chunk import Floats
from sim.figures.axes import panel_title
from sim.figures.sheet import EDGE, Frame, Grid, new_sheet
from sim.figures.style import FIGURE_WIDTH, INK, SMALL_TEXT, TEXT, in_house_style
from sim.figures.sweeps.axes import (
    LABEL_GAP,
    LABEL_LINE,
    TEXT_GAP,
    TICK_DISTANCE,
    TICK_LINE,
    label_lines,
    label_ticks,
    place_label_left,
)
from sim.figures.sweeps.cells import (
    MOST_WRITTEN,
    Cells,
    Plane,
    cell_texts,
    cells_of,
    note_on,
    planes_of,
    scale_of,
)
from sim.figures.sweeps.factors import (
    ShownFactor,
    number_texts,
    shown_factors,
)
from sim.figures.sweeps.reading import (
    Shown,
    SweepLike,
    origin_of,
    show,
)
from sim.figures.text import POINTS_AN_INCH, fit, text_width

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
DARK_BELOW = 0.21
"""Relative luminance below which white text has more contrast than dark text."""
SEQUENCE = (
    "#f2f7fc", "#cbdeee", "#a6c5e1", "#81add4", "#5994c7", "#257dba", "#00659c", "#004e77",
    "#003856",
)  # fmt: skip
"""Even steps in lightness, around the blue of the house."""
COLOURS = LinearSegmentedColormap.from_list("entrench", SEQUENCE)


@in_house_style
def figure_heat_map(sweep: SweepLike, outcome: str, year: int) -> Figure:
    """The mean of an outcome at the end of a year for each combination of two factors' values.

    Further factors get a panel for each combination of their values, if these are few; else the
    means are over their values.

    Args:
        sweep: A sweep in which two factors or more were combined.
        outcome: Name of the outcome.
        year: A year whose end was kept.
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
    figure, panels = new_sheet(
        origin_of(sweep),
        f"{shown.outcome.label} at the end of {year}",
        grid,
        Frame(0.0, 1.0),
        note=note_on(cells, texts, others if len(planes) == 1 else [], shown),
        timeless=range(grid.rows * grid.columns),
    )
    last = len(planes) - 1
    for place, (axes, plane) in enumerate(zip(panels, planes, strict=False)):
        _draw_cells(axes, cells[place], texts[place], scale)
        _across_axis(axes, across, grid.panel_width, labelled=place + grid.columns > last)
        _upright_axis(axes, figure, upright, grid, labelled=place % grid.columns == 0)
        if plane.title:
            lines = fit(plane.title, TEXT, grid.panel_width, grid.title_rows)
            panel_title(axes, "\n".join(lines))
    for axes in panels[len(planes) :]:
        axes.remove()
    _draw_bar(figure, panels[0], panels[last], scale, shown)
    return figure


def sides(factors: Sequence[ShownFactor]) -> tuple[ShownFactor, ShownFactor]:
    """The factors below and at the left: the first two, labels at the left where they fit."""
    first, second = factors[0], factors[1]
    return (second, first) if first.labelled and not second.labelled else (first, second)


def _grid(
    planes: Sequence[Plane],
    across: ShownFactor,
    upright: ShownFactor,
    shown: Shown,
    scale: Normalize,
) -> Grid:
    columns = 1 if len(planes) == 1 else 2
    rows = -(-len(planes) // columns)
    count = len(upright.levels)
    cell = CELL_HEIGHT if count <= 6 else MANY_CELL_HEIGHT if count <= 12 else LOW_CELL_HEIGHT
    height = min(max(count * cell, LEAST_HEIGHT), MOST_HEIGHT if columns == 1 else 2.2)
    names = max(text_width(text, SMALL_TEXT) for text in _names(upright))
    lines = len(label_lines(upright.axis_text, height))
    left = EDGE + lines * LABEL_LINE + LABEL_GAP + names + TICK_DISTANCE
    bar_label = len(label_lines(shown.unit, rows * height))
    right = BAR_DISTANCE + BAR_WIDTH + TICK_DISTANCE + _bar_numbers(scale)
    right += LABEL_GAP + bar_label * LABEL_LINE + EDGE
    grid = Grid(rows, columns, height, left=left, right=right, column_gap=0.16)
    titles = [len(fit(p.title, TEXT, grid.panel_width, 2)) for p in planes if p.title]
    return Grid(
        rows,
        columns,
        height,
        row_gap=0.12,
        column_gap=grid.column_gap,
        title_rows=max(titles, default=0),
        foot=_below(across, grid.panel_width) + 0.03,
        left=left,
        right=right,
    )


def _draw_cells(axes: Axes, cells: Cells, texts: Sequence[Sequence[str]], scale: Normalize) -> None:
    rows, columns = cells.mean.shape
    axes.set_facecolor(BLANK)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(rows + 1) - 0.5,
        np.ma.masked_invalid(cells.mean),
        cmap=COLOURS,
        norm=scale,
        edgecolors="white",
        linewidth=GAP if max(rows, columns) <= MOST_WRITTEN else 0.0,
    )
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(-0.5, rows - 0.5)
    for row, column in itertools.product(range(rows), range(columns)):
        if not texts[row][column]:
            continue
        dark = _luminance(COLOURS(float(scale(cells.mean[row, column])))) < DARK_BELOW
        mean, _, interval = texts[row][column].partition("\n")
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
                color="white" if dark else INK,
            )


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance of a colour (WCAG 2.2), from 0 for black to 1 for white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _names(factor: ShownFactor) -> list[str]:
    """Texts at an upright factor's values, each on as many lines as it needs."""
    return [line for text in factor.texts for line in fit(text, SMALL_TEXT, MOST_NAMES, 2)]


def _below(factor: ShownFactor, width: float) -> float:
    step = width / len(factor.levels)
    ticks = label_ticks(factor, step).height if factor.labelled else TICK_LINE
    label = len(label_lines(factor.axis_text, width))
    return TICK_DISTANCE + ticks + LABEL_GAP + label * LABEL_LINE


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
    if factor.labelled:
        label_ticks(factor, step).write(axes)
    else:
        every = _every(factor.texts, step)
        axes.set_xticks(range(0, len(factor.levels), every), factor.texts[::every])
    axes.set_xlabel("\n".join(label_lines(factor.axis_text, width)), linespacing=1.1)


def _upright_axis(
    axes: Axes, figure: Figure, factor: ShownFactor, grid: Grid, *, labelled: bool
) -> None:
    if not labelled:
        axes.set_yticks([])
        if factor.labelled:
            axes.invert_yaxis()
        return
    texts = ["\n".join(fit(text, SMALL_TEXT, MOST_NAMES, 2)) for text in factor.texts]
    every = int(np.ceil(1.25 * TICK_LINE / (grid.panel_height / len(texts))))
    axes.set_yticks(range(0, len(texts), every), texts[::every])
    axes.set_ylabel("\n".join(label_lines(factor.axis_text, grid.panel_height)), linespacing=1.1)
    names = max(text_width(text, SMALL_TEXT) for text in _names(factor))
    place_label_left(axes, figure, TICK_DISTANCE + names + LABEL_GAP)
    if factor.labelled:
        # Labels are read from above, numbers grow upwards.
        axes.invert_yaxis()


def _bar_ticks(scale: Normalize) -> Floats:
    low, high = float(scale.vmin or 0.0), float(scale.vmax or 0.0)
    ticks = np.asarray(MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high))
    inside: Floats = ticks[(ticks >= low) & (ticks <= high)]
    return inside


def _bar_numbers(scale: Normalize) -> float:
    """Inches that the numbers of the scale of colours need."""
    return max(text_width(text, SMALL_TEXT) for text in number_texts(_bar_ticks(scale)))


def _draw_bar(figure: Figure, first: Axes, last: Axes, scale: Normalize, shown: Shown) -> None:
    """Draw the scale of colours beside the panels."""
    upper, lower = first.get_position(), last.get_position()
    right = max(axes.get_position().x1 for axes in figure.axes)
    bar = figure.add_axes(
        (
            right + BAR_DISTANCE / FIGURE_WIDTH,
            lower.y0,
            BAR_WIDTH / FIGURE_WIDTH,
            upper.y1 - lower.y0,
        )
    )
    low, high = float(scale.vmin or 0.0), float(scale.vmax or 0.0)
    steps = np.linspace(low, high, 65)
    middles = (steps[1:] + steps[:-1]) / 2.0
    bar.pcolormesh(
        [0.0, 1.0], steps, middles[:, np.newaxis], cmap=COLOURS, norm=scale, edgecolors="face",
        linewidth=0.2,
    )  # fmt: skip
    bar.grid(visible=False)
    bar.set_xticks([])
    bar.set_ylim(low, high)
    bar.yaxis.tick_right()
    bar.yaxis.set_label_position("right")
    ticks = _bar_ticks(scale)
    bar.set_yticks(ticks, number_texts(ticks))
    height = (upper.y1 - lower.y0) * figure.get_figheight()
    bar.set_ylabel("\n".join(label_lines(shown.unit, height)), linespacing=1.1)
    for spine in bar.spines.values():
        spine.set_visible(False)

"""A scale of colours for quantities: even steps in lightness, with its bar beside."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from sim.arrays import Floats
from sim.figures.style import INK, SMALL_TEXT
from sim.figures.text import number_texts, text_width

SEQUENCE = (
    "#f2f7fc", "#cbdeee", "#a6c5e1", "#81add4", "#5994c7", "#257dba", "#00659c", "#004e77",
    "#003856",
)  # fmt: skip
"""Even steps in lightness, around the blue of the house."""
COLOURS = LinearSegmentedColormap.from_list("entrench", SEQUENCE)
OPPOSED = LinearSegmentedColormap.from_list(
    "entrench-opposed",
    ["#7a3300", "#b8500a", "#e08b4c", "#f3c7a3", "#f4f4f4", *SEQUENCE[2:8:2], SEQUENCE[8]],
)
"""For differences: browns below zero, pale at zero, blues above."""
CHANGE_STEP = 10.0
"""Percentage points of which a scale of changes spans a multiple on either side."""
DARK_BELOW = 0.21
"""Relative luminance below which white text has more contrast than dark text."""


def colour_cells(
    axes: Axes, values: Floats, scale: Normalize, colours: Colormap = COLOURS, gap: float = 1.0
) -> None:
    """Draw a table of cells in the colours of their values, in the middle of whole numbers.

    Args:
        axes: The panel.
        values: Of the cells, (rows, columns); NaN leaves a cell empty.
        scale: Of the colours.
        colours: Of the cells.
        gap: Points between cells.
    """
    rows, columns = values.shape
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.pcolormesh(
        np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5, np.ma.masked_invalid(values),
        cmap=colours, norm=scale, edgecolors="white", linewidth=gap,
    )  # fmt: skip


def ink_on(value: float, scale: Normalize, colours: Colormap = COLOURS) -> str:
    """White or dark, whichever text stands out better from a value's colour (WCAG 2.2)."""
    colour = colours(float(scale(value)))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    dark = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < DARK_BELOW
    return "white" if dark else INK


def opposed_scale(changes: Iterable[float]) -> Normalize:
    """A scale of percentage points that reaches as far below zero as above it."""
    steps = np.ceil(np.nanmax(np.abs(list(changes))) / CHANGE_STEP)
    reach = CHANGE_STEP * max(1.0, float(steps))
    return Normalize(-reach, reach)


def bar_numbers(scale: Normalize) -> float:
    """Inches that the numbers of an upright bar need."""
    return max(text_width(text, SMALL_TEXT) for text in number_texts(_ticks(scale)))


def draw_bar(
    figure: Figure,
    box: tuple[float, float, float, float],
    scale: Normalize,
    label: str,
    colours: LinearSegmentedColormap = COLOURS,
    *,
    upright: bool = True,
) -> Axes:
    """Draw the scale of colours with its numbers and label, at the right of it or below.

    Args:
        figure: The sheet on which it stands.
        box: Left, low, width and height, as shares of the figure.
        scale: From values to colours.
        label: Quantity and unit.
        colours: What the scale leads to.
        upright: Whether values grow upwards rather than to the right.
    """
    ticks = _ticks(scale)
    bar = figure.colorbar(
        ScalarMappable(scale, colours),
        figure.add_axes(box),
        orientation="vertical" if upright else "horizontal",
        ticks=FixedLocator(list(ticks)),
        format=FixedFormatter(number_texts(ticks)),
    )
    bar.outline.set_visible(False)
    bar.set_label(label, linespacing=1.1)
    return bar.ax


def _ticks(scale: Normalize) -> Floats:
    return round_ticks(float(scale.vmin or 0.0), float(scale.vmax or 0.0), 5)


def round_ticks(low: float, high: float, most: int, slack: float = 0.0) -> Floats:
    """At most so many round numbers between two, or missing them by the slack."""
    ticks = np.asarray(MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high))
    inside: Floats = ticks[(ticks >= low - slack) & (ticks <= high + slack)]
    return inside

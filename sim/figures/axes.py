"""The axes of a panel: time below, a quantity with its unit at the left."""

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from sim.figures.curves import PERCENT
from sim.figures.text import POINTS_AN_INCH

TIME_LABEL = "Year"
SHARE_LABEL = "% of states"
SHARE_TICKS = (0, 25, 50, 75, 100)
SHARE_HEADROOM = 3.0
"""Percent above and below the scale, so that a curve at 0 or 100 % is seen whole."""
LABEL_DISTANCE = 0.41
"""Inches from a panel to the foot of its vertical axis' label; numbers of four digits fit."""
TITLE_PAD = 4.0
"""Points between a panel and its title."""
HEADROOM = 1.06
"""How far above the highest value a panel reaches."""

TICK_STEPS = (1, 2, 5, 10, 20, 50, 100)
"""Years between ticks, of which the shortest is taken that leaves room for the labels."""
TICK_ROOM = 0.45
"""Inches that a year needs below an axis."""


def time_ticks(start: float, end: float, width: float) -> list[int]:
    """Whole years to write below an axis from `start` to `end` that is `width` inches long."""
    years_an_inch = (end - start) / width
    least = TICK_ROOM * years_an_inch
    step = next((step for step in TICK_STEPS if step >= least), TICK_STEPS[-1])
    return list(range(math.ceil(start / step) * step, math.floor(end) + 1, step))


def time_axis(axes: Axes, start: float, end: float, *, width: float, labelled: bool) -> None:
    """Set the time axis; a horizon shorter than a year still shows that year whole.

    Args:
        axes: The panel.
        start: Where the run begins, as a decimal year.
        end: Where it ends.
        width: Its length in inches.
        labelled: False for a panel above another one with the same axis.
    """
    if end - start < 1.0:
        start, end = math.floor(start), math.floor(start) + 1.0
    ticks = time_ticks(start, end, width)
    axes.set_xlim(start, end)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([str(y) if labelled else "" for y in ticks]))
    if labelled:
        axes.set_xlabel(TIME_LABEL)


def share_axis(axes: Axes, *, labelled: bool = True, label: str = SHARE_LABEL) -> None:
    """Set the vertical axis from 0 to 100 %."""
    axes.set_ylim(-SHARE_HEADROOM, PERCENT + SHARE_HEADROOM)
    axes.yaxis.set_major_locator(FixedLocator(SHARE_TICKS))
    texts = [str(tick) if labelled else "" for tick in SHARE_TICKS]
    axes.yaxis.set_major_formatter(FixedFormatter(texts))
    if labelled:
        _write_label(axes, label)


def quantity_axis(
    axes: Axes,
    label: str,
    highest: float,
    *,
    lowest: float = 0.0,
    ticks: int = 5,
    given: bool = False,
) -> None:
    """Set the vertical axis of a quantity from 0 (or `lowest`) to a little above `highest`.

    Args:
        axes: The panel.
        label: Quantity and unit.
        highest: Highest value drawn.
        lowest: Lowest value drawn, for quantities that may be negative.
        ticks: At most so many steps.
        given: Whether `lowest` and `highest` are the ends of the quantity's scale.
    """
    if given:
        low, high = lowest, highest
    else:
        low = min(0.0, lowest * HEADROOM)
        high = highest * HEADROOM if highest > 0.0 else 1.0
        low -= (high - low) * (HEADROOM - 1.0) / 2.0
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    _write_label(axes, label)


def _write_label(axes: Axes, label: str) -> None:
    """Write the vertical axis' label, at the same distance from every panel."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width = axes.get_position().width * figure.get_figwidth()
    axes.set_ylabel(label)
    axes.yaxis.set_label_coords(-LABEL_DISTANCE / width, 0.5)


def panel_title(axes: Axes, title: str, lift: float = 0.0) -> None:
    """Write a panel's title above its left end.

    Args:
        axes: The panel.
        title: One line, or several.
        lift: Inches to leave free below it.
    """
    axes.set_title(title, pad=TITLE_PAD + lift * POINTS_AN_INCH, linespacing=1.1)

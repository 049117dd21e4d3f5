"""The axes of a panel: time below, a quantity with its unit at the left."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator, NullFormatter, ScalarFormatter

from sim.arrays import Floats
from sim.figures.style import QUIET_INK, SMALL_TEXT, THIN_LINE
from sim.figures.text import GROUPED_FROM, POINTS_AN_INCH, number_text, text_width
from sim.units import PERCENT

TIME_LABEL = "1 January of the year"
"""What the dates on a time axis are: the end of 2019 stands where 2020 begins."""
SHARE_LABEL = "% of states"
SHARE_TICKS = (0, 25, 50, 75, 100)
SHARE_HEADROOM = 3.0
"""Percent above and below the scale, so that a curve at 0 or 100 % is seen whole."""
WHOLE_SCALE_FROM = 50.0
"""Percentages that reach beyond this get the whole scale from 0 to 100 %."""
LABEL_DISTANCE = 0.41
"""Inches from a panel to the foot of its vertical axis' label, where numbers of four digits fit."""
TITLE_PAD = 4.0
"""Points between a panel and its title."""
HEADROOM = 1.06
"""How far above the highest value a panel reaches."""
FAR_FROM_ZERO = 0.5
"""If all that is drawn lies above this share of its highest value, its axis need not show 0."""
LEAST_SPAN = 0.1
"""An axis spans at least this share of the values it stands for: less would magnify nothing."""

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
    axes.set_xticks(ticks, [str(year) if labelled else "" for year in ticks])
    if labelled:
        axes.set_xlabel(TIME_LABEL)


def share_axis(axes: Axes, *, labelled: bool = True, label: str = SHARE_LABEL) -> None:
    """Set the vertical axis from 0 to 100 %."""
    axes.set_ylim(-SHARE_HEADROOM, PERCENT + SHARE_HEADROOM)
    axes.set_yticks(SHARE_TICKS, None if labelled else [""] * len(SHARE_TICKS))
    if labelled:
        write_label(axes, label)


def share_axis_below(axes: Axes, label: str) -> None:
    """Set the horizontal axis from 0 to 100 %."""
    axes.set_xlim(-SHARE_HEADROOM, PERCENT + SHARE_HEADROOM)
    axes.set_xticks(SHARE_TICKS)
    axes.set_xlabel(label)


def _seen_range(drawn: Iterable[Floats | float]) -> tuple[float, float]:
    """Lowest and highest of all that is drawn; both 0 where that is nothing."""
    values = np.concatenate([np.zeros(0), *(np.ravel(part) for part in drawn)])
    values = values[~np.isnan(values)]
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def is_far_from_zero(drawn: Iterable[Floats | float]) -> bool:
    """Whether all that is drawn lies so far above 0 that its axis does not show 0."""
    return _is_far(*_seen_range(drawn))


def _is_far(low: float, high: float) -> bool:
    return low > FAR_FROM_ZERO * high


def cut_axes(cut: Mapping[str, bool]) -> str:
    """What a caption says of vertical axes that do not show 0.

    Args:
        cut: Whether it is so of each panel, by its title.
    """
    if not any(cut.values()):
        return ""
    if all(cut.values()):
        return f"The vertical {'axes do' if len(cut) > 1 else 'axis does'} not begin at 0."
    names = ", ".join(name for name, is_cut in cut.items() if is_cut)
    return f"Vertical axes that do not begin at 0: {names}."


def quantity_axis(
    axes: Axes, label: str, drawn: Iterable[Floats | float], *, ticks: int = 5, size: float = 0.0
) -> None:
    """Set the vertical axis: neither half its room wasted, nor next to nothing magnified.

    It begins at 0 unless all that is drawn lies far above; percentages that go far have the whole
    scale.

    Args:
        axes: The panel.
        label: Quantity and unit.
        drawn: All that is drawn; NaN where nothing is.
        ticks: At most so many steps.
        size: What differences are small against, such as the width of a scale or the level from
            which they depart; 0: the values themselves.
    """
    low, high = _seen_range(drawn)
    far = _is_far(low, high)
    if label.startswith("%") and not far and WHOLE_SCALE_FROM < high <= PERCENT:
        share_axis(axes, label=label)
        return
    if not far:
        low, high = min(0.0, low), max(0.0, high)
    least = LEAST_SPAN * (size or max(abs(low), abs(high))) or 1.0
    lack = max(0.0, least - (high - low))
    if far or low < 0.0 < high or (low == high == 0.0 and size):
        low, high = low - lack / 2.0, high + lack / 2.0
    elif low < 0.0:
        low -= lack
    else:
        high += lack
    room = (HEADROOM - 1.0) * (high - low)
    axes.set_ylim(low - (room if far or low < 0.0 else room / 2.0), high + room)
    round_numbers(axes.yaxis, ticks)
    highest = number_text(max(map(abs, axes.get_ylim())), 0)
    wider = text_width(highest, SMALL_TEXT) - text_width("0000", SMALL_TEXT)
    write_label(axes, label, LABEL_DISTANCE + max(0.0, wider))


class _Grouped(ScalarFormatter):
    """Numbers as matplotlib writes them; if some have commas in text, all of the axis have them."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        if self.axis is None or max(map(abs, self.axis.get_view_interval())) < GROUPED_FROM:
            return str(super().__call__(x, pos))
        return f"{x:,.0f}".replace("-", "−")


def round_numbers(axis: Axis, most: int) -> None:
    """Write round numbers along an axis, at most so many steps apart."""
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
    formatter = _Grouped(useOffset=False)
    formatter.set_scientific(False)
    axis.set_major_formatter(formatter)


def level_line(axes: Axes, at: float = 0.0) -> None:
    """Draw a level line below all curves, such as that of no difference."""
    axes.axhline(at, color=QUIET_INK, linewidth=THIN_LINE, zorder=1.8)


def write_label(axes: Axes, label: str, distance: float = LABEL_DISTANCE) -> None:
    """Write the vertical axis' label so many inches to the left of the panel."""
    axes.set_ylabel(label, linespacing=1.1)
    axes.yaxis.set_label_coords(-distance / panel_size(axes)[0], 0.5)


def drop_numbers(axes: Axes) -> None:
    """Leave the vertical axis without label and numbers: those of the panel at the left hold."""
    axes.set_ylabel("")
    axes.yaxis.set_major_formatter(NullFormatter())


def panel_size(axes: Axes) -> tuple[float, float]:
    """Width and height of a panel in inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    box = axes.get_position()
    return box.width * figure.get_figwidth(), box.height * figure.get_figheight()


def panel_title(axes: Axes, title: str, lift: float = 0.0) -> None:
    """Write a panel's title above its left end.

    Args:
        axes: The panel.
        title: One line, or several.
        lift: Inches to leave free below it.
    """
    axes.set_title(title, pad=TITLE_PAD + lift * POINTS_AN_INCH, linespacing=1.1)

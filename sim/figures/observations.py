"""Observations on a figure: their signs, error bars and bounds."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.figures.axes import panel_size
from sim.figures.style import BLACK, LINE_WIDTH, MARKER_SIZE, QUIET_INK, SMALL_TEXT, THIN_LINE
from sim.figures.text import UNBROKEN, text_width
from sim.world.columns import CALIBRATE, CHECK, HOLD_OUT
from sim.world.countries import Target

SIGMAS = 2.0
"""Half the length of an error bar, in standard deviations."""
ARROW_SHARE = 0.12
"""Length of a bound's arrow, as a share of the axis."""
VALUE = "value"
"""What a target's `bound` says when it is none."""
HOW_TO_READ = (
    "Observations stand at the end of the year written beside them; arrows: a lower or upper bound."
)
NAME_GAP = 0.04
"""Inches between an observation and its year."""
NAME_HEIGHT = 0.11
"""Inches of a year's text."""
GROUND = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5}
"""What a year is written on, so that it is read on a curve too."""


SIGNS: Mapping[str, Mapping[str, Any]] = {
    CALIBRATE: {"label": f"observed ±{UNBROKEN}2{UNBROKEN}σ, used to calibrate", "marker": "o",
                  "markerfacecolor": BLACK},
    HOLD_OUT: {"label": "observed, held out", "marker": "D", "markerfacecolor": "white"},
    CHECK: {"label": "observed, rough check", "marker": "s", "markerfacecolor": "white"},
}  # fmt: skip
"""How an observation is marked, by its use."""
MARK: Mapping[str, Any] = {"color": BLACK, "markersize": MARKER_SIZE, "linestyle": "none"}
"""How all are marked."""


def legend_entries() -> list[Line2D]:
    """Entries of a legend for all uses."""
    return [Line2D([], [], **MARK, **sign) for sign in SIGNS.values()]


def draw_observation(axes: Axes, at: float, target: Target, factor: float = 1.0) -> None:
    """Draw an observation with its error bar, or with an arrow if it is a bound.

    Args:
        axes: The panel; its vertical axis is set.
        at: Where on the horizontal axis.
        target: The published figure.
        factor: From its unit to that of the panel.
    """
    axes.errorbar(
        [at],
        [target.value * factor],
        yerr=_reach(axes, target, factor) or None,
        lolims=target.bound == "lower",
        uplims=target.bound == "upper",
        elinewidth=2 * THIN_LINE,
        capsize=MARKER_SIZE / 2.0,
        zorder=4,
        **{**MARK, **SIGNS[target.use], "label": target.id},
    )


def _reach(axes: Axes, target: Target, factor: float = 1.0) -> float:
    """Length of an observation's arrow, or half that of its error bar."""
    low, high = axes.get_ylim()
    bound = target.bound != VALUE
    return ARROW_SHARE * (high - low) if bound else SIGMAS * (target.sigma or 0.0) * factor


def draw_dated_observations(axes: Axes, observed: Sequence[Target]) -> None:
    """Draw observations at the end of their periods; a bound on every year along its period."""
    named = []
    for target in observed:
        first, last = period_of(target)
        at = last
        if first is not None and target.bound != VALUE:
            axes.plot([first, last], [target.value] * 2, color=BLACK, lw=LINE_WIDTH)
            at = (first + last) / 2.0
        draw_observation(axes, at, target)
        years = f"{last - 1.0:.0f}" if first is None else f"{first:.0f}–{last - 1.0:.0f}"
        named.append((at, target, years))
    _write_years(axes, named)


def _write_years(axes: Axes, named: Sequence[tuple[float, Target, str]]) -> None:
    """Write each observation's year at one of its corners, clear of signs, bars and other years."""
    (left, right), (low, high), (wide, tall) = axes.get_xlim(), axes.get_ylim(), panel_size(axes)
    places = [
        ((at - left) / (right - left) * wide, (one.value - low) / (high - low) * tall)
        for at, one, _ in named
    ]
    # What is covered already: the signs of all observations, with their bars.
    taken = []
    for (x, y), (_, one, _) in zip(places, named, strict=True):
        reach = _reach(axes, one) / (high - low) * tall
        down, up = (0.0 if one.bound == side else reach for side in ("lower", "upper"))
        taken.append((x - NAME_GAP, y - NAME_GAP - down, x + NAME_GAP, y + NAME_GAP + up))
    for own, ((x, y), (_, _, years)) in enumerate(zip(places, named, strict=True)):
        width = text_width(years, SMALL_TEXT)
        corners = [
            (x + across * NAME_GAP - (width if across < 0 else 0.0),
             y + up * NAME_GAP - (NAME_HEIGHT if up < 0 else 0.0))
            for across, up in ((-1, 1), (1, -1), (-1, -1), (1, 1))
        ]  # fmt: skip
        boxes = [(cx, cy, cx + width, cy + NAME_HEIGHT) for cx, cy in corners]
        others = taken[:own] + taken[own + 1 :]
        inside = [b for b in boxes if b[0] >= 0.0 and b[2] <= wide and b[1] >= 0.0]
        free = [b for b in inside if not any(_overlap(b, other) for other in others)]
        chosen = (free or inside or boxes)[0]
        taken.append(chosen)
        axes.text(chosen[0] / wide, chosen[1] / tall, years, transform=axes.transAxes,
                  fontsize=SMALL_TEXT, color=QUIET_INK, va="bottom", ha="left",
                  zorder=3.5, bbox=GROUND)  # fmt: skip


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two boxes (left, low, right, high) share any point."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def period_of(target: Target) -> tuple[float | None, float]:
    """Begin (None if it counts up to a date) and end of an observation's period."""
    years = [int(year) for year in re.findall(r"\d{4}", target.period)]
    every_year = len(years) > 1 and "a year" in target.quantity
    return (float(min(years)) if every_year else None), max(years) + 1.0


def upper_end(target: Target, factor: float = 1.0) -> float:
    """Highest point of an observation's drawing, about."""
    reach = 1.0 + (2.0 * ARROW_SHARE if target.bound == "lower" else 0.0)
    return factor * (target.value * reach + SIGMAS * (target.sigma or 0.0))

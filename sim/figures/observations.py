"""Observations on a figure: their signs, error bars and bounds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.figures.style import BLACK, LINE_WIDTH, MARKER_SIZE, THIN_LINE
from sim.figures.text import UNBROKEN
from sim.world.countries import Target

SIGMAS = 2.0
"""Half the length of an error bar, in standard deviations."""
ARROW_SHARE = 0.12
"""Length of a bound's arrow, as a share of the axis."""
VALUE = "value"
"""What a target's `bound` says when it is none."""
HOW_TO_READ = "Observations stand at the end of their period; arrows: a lower or upper bound."


@dataclass(frozen=True)
class Sign:
    """How an observation is marked, by its use."""

    label: str
    marker: str
    filled: bool

    def legend_entry(self) -> Line2D:
        """Its entry in a legend."""
        return Line2D(
            [],
            [],
            linestyle="none",
            color=BLACK,
            marker=self.marker,
            markersize=MARKER_SIZE,
            markerfacecolor=BLACK if self.filled else "white",
            label=self.label,
        )


SIGNS = {
    "calibrate": Sign(f"observed ±{UNBROKEN}2{UNBROKEN}σ, used to calibrate", "o", filled=True),
    "hold-out": Sign("observed, held out", "D", filled=False),
    "check": Sign("observed, rough check", "s", filled=False),
}


def draw_observation(axes: Axes, at: float, target: Target, factor: float = 1.0) -> None:
    """Draw an observation with its error bar, or with an arrow if it is a bound.

    Args:
        axes: The panel; its vertical axis is set.
        at: Where on the horizontal axis.
        target: The observation.
        factor: From its unit to that of the panel.
    """
    sign = SIGNS[target.use]
    low, high = axes.get_ylim()
    bound = target.bound != VALUE
    spread = SIGMAS * (target.sigma or 0.0) * factor
    axes.errorbar(
        [at],
        [target.value * factor],
        yerr=ARROW_SHARE * (high - low) if bound else spread or None,
        lolims=target.bound == "lower",
        uplims=target.bound == "upper",
        color=BLACK,
        marker=sign.marker,
        markersize=MARKER_SIZE,
        markerfacecolor=BLACK if sign.filled else "white",
        elinewidth=2 * THIN_LINE,
        capsize=MARKER_SIZE / 2.0,
        linestyle="none",
        zorder=4,
        label=target.id,
    )


def draw_dated_observations(axes: Axes, observed: Sequence[Target]) -> None:
    """Draw observations at the end of their periods; a bound on every year along its period."""
    for target in observed:
        first, last = period_of(target)
        at = last
        if first is not None and target.bound != VALUE:
            axes.plot([first, last], [target.value] * 2, color=BLACK, lw=LINE_WIDTH)
            at = (first + last) / 2.0
        draw_observation(axes, at, target)


def period_of(target: Target) -> tuple[float | None, float]:
    """Begin (None if it counts up to a date) and end of an observation's period."""
    years = [int(year) for year in re.findall(r"\d{4}", target.period)]
    every_year = len(years) > 1 and "a year" in target.quantity
    return (float(min(years)) if every_year else None), max(years) + 1.0


def upper_end(target: Target, factor: float = 1.0) -> float:
    """Highest point of an observation's drawing, about."""
    reach = 1.0 + (2.0 * ARROW_SHARE if target.bound == "lower" else 0.0)
    return factor * (target.value * reach + SIGMAS * (target.sigma or 0.0))

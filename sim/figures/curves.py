"""Curves: what a figure needs of a results folder, found quickly and drawn the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.errors import InputError
from sim.figures.findings import Spread, number, year_of
from sim.figures.style import (
    LINE_WIDTH,
    MARKER_SIZE,
    NARROW_BAND_OPACITY,
    WIDE_BAND_OPACITY,
    Look,
    look_of,
)
from sim.parameters import Outcome
from sim.results.read import Results
from sim.units import PERCENT, QUARTERS

type Curve = pd.DataFrame
"""Mean and quantiles over the runs, by column name, at the ends of quarters as decimal years (the
end of 2019 is 2020.0), or at the values of a factor."""
type Group = tuple[str, str]
"""Kind and name of a group of states."""

WORLD: Group = ("world", "world")
"""The group of all states."""
FEWEST_TO_THIN = 80
"""Quarters from which on a small panel shows the ends of years alone: nobody can see the rest."""
STATISTICS = ("mean", "q05", "q25", "q50", "q75", "q95")
MOST_WIDE_BANDS = 3
"""Curves in a panel up to which each has its band of 90 %; more would hide each other."""
FEW_STATES = 6
"""States below which a group has dots: bands would show how few they are, and little else."""
DOT_SIZE = 0.7 * MARKER_SIZE
"""Points of those dots."""
RANGE_LINE, RANGE_OPACITY = 0.7, 0.6
"""Points and opacity of the thin lines through them, which hold 90 % of the runs."""
POINTS = "percentage points"
"""Unit of a share's changes."""
SHARE = "share"
"""How the unit of a share begins; figures show shares as percentages."""


def is_share(outcome: Outcome) -> bool:
    """Whether an outcome is a share, shown as a percentage."""
    return outcome.unit == SHARE or outcome.unit.startswith(f"{SHARE} ")


def unit_text(outcome: Outcome) -> str:
    """An outcome's unit as figures write it: shares become percentages."""
    return f"%{outcome.unit.removeprefix(SHARE)}" if is_share(outcome) else outcome.unit


def at_year_ends(curve: Curve) -> Curve:
    """The ends of years alone, for small panels; a short curve stays whole."""
    if len(curve) < FEWEST_TO_THIN:
        return curve
    kept = np.isclose(curve.index, np.round(curve.index))
    kept[[0, -1]] = True
    return curve[kept]


def seen(curve: Curve, lines: int = 1, *, bands: bool = True) -> list[Floats]:
    """All that can be seen of a curve in a panel of so many; see :func:`draw_curve`."""
    ends = ("q05", "q95") if lines <= MOST_WIDE_BANDS else ("q25", "q75")
    return [curve[name].to_numpy() for name in ("mean", *(ends if bands else ()))]


def scale_of_changes(outcome: Outcome) -> tuple[float, str]:
    """By what figures multiply changes of an outcome, and the unit in which they show them."""
    return (PERCENT, POINTS) if is_share(outcome) else (1.0, outcome.unit)


def change_in_words(outcome: Outcome, change: float) -> str:
    """A change of an outcome as a title says it: "12 fewer", "3 percentage points higher"."""
    size = number(abs(scale_of_changes(outcome)[0] * change))
    more, less = ("more", "fewer") if outcome.form == "total" else ("higher", "lower")
    unit = f" {POINTS}" if is_share(outcome) else ""
    return f"{size}{unit} {more if change > 0.0 else less}"


@dataclass(frozen=True)
class Line:
    """A curve in the unit that figures show, and how to draw it."""

    curve: Curve
    look: Look

    def at(self, date: float) -> Spread | None:
        """Mean and quantiles at a date, or None where the curve does not reach."""
        rows: list[Any] = self.curve[self.curve.index == date].to_dict("records")
        return rows[0] if rows else None


class Held:
    """A run's results whose tables are read once, however many figures are drawn of them."""

    @classmethod
    def of(cls, results: Results | Held) -> Held:
        """Hold results; those that are held already stay as they are."""
        return results if isinstance(results, Held) else cls(results)

    def __init__(self, results: Results) -> None:
        """Hold `results`; nothing is read before it is needed."""
        self.results = results
        self.manifest: Mapping[str, Any] = results.manifest
        self.outcomes: Mapping[str, Outcome] = results.outcomes

    @cached_property
    def _series(self) -> pd.DataFrame:
        """The rows of the series by their dates, which ascend."""
        series = self.results.series()
        dates = series["year"].astype(float) + series["quarter"] / QUARTERS
        return series.set_index(dates).sort_index(kind="stable")

    @cached_property
    def _groups(self) -> Any:
        """Those rows by outcome, kind of groups and group."""
        return self._series.groupby(["outcome", "group_kind", "group"], sort=False, observed=True)

    @property
    def start(self) -> float:
        """Where the runs begin, as a decimal year."""
        return float(self._series.index.min()) - 1.0 / QUARTERS if len(self._series) else 0.0

    @property
    def end(self) -> float:
        """Where they end."""
        return float(self._series.index.max()) if len(self._series) else 1.0

    def groups(self, kind: str) -> list[str]:
        """Names of the groups of a kind, in the order of the file."""
        return list(dict.fromkeys(key[2] for key in self._groups.indices if key[1] == kind))

    @cached_property
    def countries(self) -> pd.DataFrame | None:
        """A row per state; None if nothing was kept by state."""
        try:
            return self.results.countries()
        except InputError:
            return None

    @cached_property
    def sizes(self) -> Mapping[Group, int]:
        """Number of states of each group, by kind and name; empty if that was not kept."""
        countries = self.countries
        if countries is None or not len(countries):
            return {}
        sizes = {WORLD: len(countries)}
        for kind, column in (("regime", "regime_2024"), ("region", "region")):
            for name, count in countries[column].value_counts().items():
                sizes[kind, str(name)] = int(count)
        return sizes

    def size(self, group: Group) -> int | None:
        """Number of states of a group; None where none are counted, as of vendors."""
        counted = any(kind == group[0] for kind, _ in self.sizes)
        return self.sizes.get(group, 0) if counted else None

    def line(self, name: str, group: Group = WORLD, look: Look | None = None) -> Line | None:
        """An outcome's curve in the unit that figures show, or None where results lack it."""
        key, outcome = (name, *group), self.outcomes.get(name)
        if outcome is None or key not in self._groups.indices:
            return None
        curve = self._groups.get_group(key)[list(STATISTICS)].astype(float)
        return Line(PERCENT * curve if is_share(outcome) else curve, look or look_of(outcome))

    def lines(self, names: tuple[str, ...], group: Group = WORLD) -> list[Line]:
        """The curves of those of the outcomes that the results hold."""
        lines = (self.line(name, group) for name in names)
        return [line for line in lines if line is not None]

    @property
    def last_year(self) -> int:
        """The year at whose end the runs end."""
        return year_of(self.end)


def draw_curve(
    axes: Axes,
    curve: Curve,
    look: Look,
    *,
    lines: int = 1,
    bands: bool = True,
    linewidth: float = LINE_WIDTH,
) -> None:
    """Draw the mean over the runs as a line above bands that hold 90 % and 50 % of the runs.

    Args:
        axes: Where to draw.
        curve: Mean and quantiles over the runs, by date.
        look: Colour and dash.
        lines: How many curves the panel has; the more, the fainter their bands, and of many only
            the narrow ones are drawn.
        bands: Whether there are any.
        linewidth: Of the line, in points.
    """
    shown = [("q25", "q75", NARROW_BAND_OPACITY)]
    if lines <= MOST_WIDE_BANDS:
        shown.insert(0, ("q05", "q95", WIDE_BAND_OPACITY))
    for low, high, opacity in shown if bands else ():
        axes.fill_between(
            curve.index,
            curve[low],
            curve[high],
            color=look.colour,
            alpha=opacity * min(1.0, 2.0 / lines),
            linewidth=0.0,
            label=f"_{low}-{high}",
        )
    # A horizon of one quarter is a point, and a line through one point shows nothing.
    axes.plot(
        curve.index,
        curve["mean"],
        color=look.colour,
        linestyle=look.dash,
        linewidth=linewidth,
        marker="o" if len(curve) == 1 else "",
        markersize=MARKER_SIZE,
        label=look.label,
    )


def draw_dots(
    axes: Axes, curve: Curve, look: Look, size: float, *, ranges: bool = False, **rest: Any
) -> None:
    """Draw the means of a curve as dots of so many points, without a line.

    Args:
        axes: Where to draw.
        curve: Mean and quantiles over the runs.
        look: Colour and marker.
        size: Of the dots.
        ranges: Whether a thin line through each holds 90 % of the runs.
        **rest: Of the dots, as matplotlib takes it.
    """
    kept = {"label": look.label, **rest}
    if ranges:
        axes.vlines(curve.index, curve["q05"], curve["q95"], color=look.colour, lw=RANGE_LINE,
                    alpha=RANGE_OPACITY, clip_on=False, label="_q05-q95")  # fmt: skip
    axes.plot(curve.index, curve["mean"], look.marker, color=look.colour, markersize=size, **kept)

"""Curves: what a figure needs of a results folder, found quickly and drawn the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.engine.chunk import Floats
from sim.errors import InputError
from sim.figures.findings import year_of
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
FEW = f"Dots: mean of runs, in groups of fewer than {FEW_STATES} states."
DOT_YEARS = 5
"""Years between dots."""
SHARE = "share"
"""How the unit of a share begins; figures show shares as percentages."""


def is_share(outcome: Outcome) -> bool:
    """Whether an outcome is a share, shown as a percentage."""
    return outcome.unit == SHARE or outcome.unit.startswith(f"{SHARE} ")


def unit_text(outcome: Outcome) -> str:
    """An outcome's unit as figures write it: shares become percentages."""
    return f"%{outcome.unit.removeprefix(SHARE)}" if is_share(outcome) else outcome.unit


@dataclass(frozen=True)
class Curve:
    """One outcome of one group over time, or over the values of a factor.

    Attributes:
        dates: End of each quarter as a decimal year (the end of 2019 is 2020.0), or the values.
        values: Mean and quantiles over the runs, by their column names.
    """

    dates: Floats
    values: Mapping[str, Floats]

    def scaled(self, factor: float) -> Curve:
        """The same curve in another unit."""
        return Curve(self.dates, {name: factor * v for name, v in self.values.items()})

    def where(self, kept: NDArray[np.bool_]) -> Curve:
        """A part of the curve."""
        return Curve(self.dates[kept], {name: v[kept] for name, v in self.values.items()})

    def between(self, start: float, end: float) -> Curve:
        """The part of the curve between two dates."""
        return self.where((self.dates >= start) & (self.dates <= end))

    def at_year_ends(self) -> Curve:
        """The curve at the ends of years alone, for small panels; a short curve stays whole."""
        if len(self.dates) < FEWEST_TO_THIN:
            return self
        kept = np.isclose(self.dates, np.round(self.dates))
        kept[[0, -1]] = True
        return self.where(kept)

    def at(self, date: float) -> dict[str, float] | None:
        """Mean and quantiles at a date, or None where the curve does not reach."""
        found = np.flatnonzero(np.isclose(self.dates, date))
        if found.size == 0:
            return None
        return {name: float(v[found[0]]) for name, v in self.values.items()}

    def seen(self, lines: int = 1) -> list[Floats]:
        """All that can be seen of it in a panel of so many curves; see :func:`draw_curve`."""
        ends = ("q05", "q95") if lines <= MOST_WIDE_BANDS else ("q25", "q75")
        return [self.values[name] for name in ("mean", *ends)]


class Curves:
    """All curves of a results folder, looked up by outcome and group."""

    def __init__(self, series: pd.DataFrame) -> None:
        """Sort the rows of `series` by outcome and group, once."""
        ordered = series.sort_values(["year", "quarter"], kind="stable")
        keys = ["outcome", "group_kind", "group"]
        indices: Any = ordered.groupby(keys, sort=False, observed=True).indices
        self._rows: dict[tuple[str, str, str], NDArray[np.intp]] = indices
        year = ordered["year"].to_numpy(dtype=np.float64)
        self._dates = year + ordered["quarter"].to_numpy(dtype=np.float64) / QUARTERS
        self._values = {name: ordered[name].to_numpy(dtype=np.float64) for name in STATISTICS}
        self.start = float(self._dates.min()) - 1.0 / QUARTERS if len(ordered) else 0.0
        self.end = float(self._dates.max()) if len(ordered) else 1.0

    def get(self, outcome: str, group: Group = WORLD) -> Curve | None:
        """The curve of an outcome in a group (kind and name), or None where there is none."""
        rows = self._rows.get((outcome, *group))
        if rows is None:
            return None
        return Curve(
            self._dates[rows], {name: values[rows] for name, values in self._values.items()}
        )

    def groups(self, kind: str) -> list[str]:
        """Names of the groups of a kind, in the order of the file."""
        return list(dict.fromkeys(key[2] for key in self._rows if key[1] == kind))


@dataclass(frozen=True)
class Line:
    """A curve in the unit that figures show, and how to draw it."""

    curve: Curve
    look: Look


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
    def curves(self) -> Curves:
        """The curves of the series."""
        return Curves(self.results.series())

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

    def line(self, name: str, group: Group = WORLD, look: Look | None = None) -> Line | None:
        """An outcome's curve in the unit that figures show, or None where results lack it."""
        curve, outcome = self.curves.get(name, group), self.outcomes.get(name)
        if curve is None or outcome is None:
            return None
        return Line(curve.scaled(PERCENT) if is_share(outcome) else curve, look or look_of(outcome))

    def lines(self, names: tuple[str, ...], group: Group = WORLD) -> list[Line]:
        """The curves of those of the outcomes that the results hold."""
        found = (self.line(name, group) for name in names)
        return [line for line in found if line is not None]

    def at_end(self, name: str) -> int:
        """An outcome's mean in the world at the end, rounded; 0 where results lack it."""
        spread = line.curve.at(self.curves.end) if (line := self.line(name)) else None
        return round(spread["mean"]) if spread else 0

    @property
    def last_year(self) -> int:
        """The year at whose end the runs end."""
        return year_of(self.curves.end)


def since_above(*lines: Line) -> int | None:
    """The year since which the first of two curves is above the other, if it is so to the end.

    None: it never is, or always, or there are not two.
    """
    if len(lines) < 2:
        return None
    higher, lower = (line.curve.values["mean"] for line in lines)
    behind = np.flatnonzero(higher <= lower)
    if not behind.size or behind[-1] + 1 == len(higher):
        return None
    return year_of(float(np.ceil(lines[0].curve.dates[behind[-1] + 1])))


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
        curve: What to draw.
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
            curve.dates,
            curve.values[low],
            curve.values[high],
            color=look.colour,
            alpha=opacity * min(1.0, 2.0 / lines),
            linewidth=0.0,
            label=f"_{low}-{high}",
        )
    # A horizon of one quarter is a point, and a line through one point shows nothing.
    axes.plot(
        curve.dates,
        curve.values["mean"],
        color=look.colour,
        linestyle=look.dash,
        linewidth=linewidth,
        marker="o" if len(curve.dates) == 1 else "",
        markersize=MARKER_SIZE,
        label=look.label,
    )


def draw_dots(axes: Axes, line: Line) -> None:
    """Means at the ends of every few years; of short runs, at each date."""
    dates = line.curve.dates
    kept = (dates % DOT_YEARS == 0.0) | (dates == dates[-1])
    axes.plot(
        dates[kept],
        line.curve.values["mean"][kept],
        color=line.look.colour,
        linestyle="none",
        marker="o",
        markersize=0.7 * MARKER_SIZE,
        clip_on=False,
        label=line.look.label,
    )

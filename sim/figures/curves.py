"""Curves: what a figure needs of a results folder, found quickly and drawn the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.figures.style import MARKER_SIZE, NARROW_BAND_OPACITY, WIDE_BAND_OPACITY, Look
from sim.parameters import Outcome

WORLD = ("world", "world")
"""Kind and name of the group of all states."""
QUARTERS_A_YEAR = 4
PERCENT = 100.0
FEWEST_TO_THIN = 80
"""Quarters from which on a small panel shows the ends of years alone: nobody can see the rest."""
STATISTICS = ("mean", "q05", "q25", "q50", "q75", "q95")

Floats = NDArray[np.float64]


class ResultsLike(Protocol):
    """What figures read of a results folder (or of a batch still in memory)."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was asked: scenario, seed, runs, version."""

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Every outcome by name."""

    def series(self) -> pd.DataFrame:
        """A row per quarter, outcome and group, with mean and quantiles over the runs."""

    def countries(self) -> pd.DataFrame:
        """A row per country."""


@dataclass(frozen=True)
class Curve:
    """One outcome of one group over time.

    Attributes:
        dates: End of each quarter as a decimal year (the end of 2019 is 2020.0).
        values: Mean and quantiles over the runs, by their column names.
    """

    dates: Floats
    values: Mapping[str, Floats]

    def scaled(self, factor: float) -> "Curve":
        """The same curve in another unit."""
        return Curve(self.dates, {name: factor * v for name, v in self.values.items()})

    def at_year_ends(self) -> "Curve":
        """The curve at the ends of years alone, for small panels; a short curve stays whole."""
        if len(self.dates) < FEWEST_TO_THIN:
            return self
        kept = np.isclose(self.dates, np.round(self.dates))
        kept[[0, -1]] = True
        return Curve(self.dates[kept], {name: v[kept] for name, v in self.values.items()})

    def at(self, date: float) -> dict[str, float] | None:
        """Mean and quantiles at a date, or None where the curve does not reach."""
        found = np.flatnonzero(np.isclose(self.dates, date))
        if found.size == 0:
            return None
        return {name: float(v[found[0]]) for name, v in self.values.items()}


class Curves:
    """All curves of a results folder, looked up by outcome and group."""

    @classmethod
    def of(cls, results: ResultsLike) -> "Curves":
        """The curves of results; those that :class:`Held` holds are sorted once for all figures."""
        return results.curves if isinstance(results, Held) else cls(results.series())

    def __init__(self, series: pd.DataFrame) -> None:
        """Sort the rows of `series` by outcome and group, once."""
        ordered = series.sort_values(["year", "quarter"], kind="stable")
        keys = ["outcome", "group_kind", "group"]
        indices: Any = ordered.groupby(keys, sort=False, observed=True).indices
        self._rows: dict[tuple[str, str, str], NDArray[np.intp]] = indices
        year = ordered["year"].to_numpy(dtype=np.float64)
        self._dates = year + ordered["quarter"].to_numpy(dtype=np.float64) / QUARTERS_A_YEAR
        self._values = {name: ordered[name].to_numpy(dtype=np.float64) for name in STATISTICS}
        self.start = float(self._dates.min()) - 1.0 / QUARTERS_A_YEAR if len(ordered) else 0.0
        self.end = float(self._dates.max()) if len(ordered) else 1.0

    def get(self, outcome: str, group: tuple[str, str] = WORLD) -> Curve | None:
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


class Held:
    """Results whose tables are read once, however many figures are drawn of them."""

    def __init__(self, results: ResultsLike) -> None:
        """Hold `results`; nothing is read before it is needed."""
        self.results = results

    @property
    def manifest(self) -> Mapping[str, Any]:
        """See :class:`ResultsLike`."""
        return self.results.manifest

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """See :class:`ResultsLike`."""
        return self.results.outcomes

    @cached_property
    def curves(self) -> Curves:
        """The curves of the series."""
        return Curves(self.results.series())

    def series(self) -> pd.DataFrame:
        """See :class:`ResultsLike`."""
        return self.results.series()

    def countries(self) -> pd.DataFrame:
        """See :class:`ResultsLike`."""
        return self.results.countries()


def draw_curve(axes: Axes, curve: Curve, look: Look, *, wide_band: bool = True) -> None:
    """Draw the mean over the runs as a line above bands that hold 90 % and 50 % of the runs.

    Args:
        axes: Where to draw.
        curve: What to draw.
        look: Colour and dash.
        wide_band: False leaves the band of 90 % out.
    """
    values = curve.values
    bands = [("q25", "q75", NARROW_BAND_OPACITY)]
    if wide_band:
        bands.insert(0, ("q05", "q95", WIDE_BAND_OPACITY))
    for low, high, opacity in bands:
        axes.fill_between(
            curve.dates,
            values[low],
            values[high],
            color=look.colour,
            alpha=opacity,
            linewidth=0.0,
            label=f"_{low}-{high}",
        )
    # A horizon of one quarter is a point, and a line through one point shows nothing.
    marker = "o" if len(curve.dates) == 1 else ""
    axes.plot(
        curve.dates,
        values["mean"],
        color=look.colour,
        linestyle=look.dash,
        marker=marker,
        markersize=MARKER_SIZE,
        label=look.label,
    )

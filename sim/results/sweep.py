"""A finished folder of a sweep, opened for reading: its design, and outcomes by point."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.arrays import Floats, Whole
from sim.engine.chunk import end_of
from sim.errors import InputError
from sim.parameters import Cell
from sim.register import WORLD
from sim.results.folder import DESIGN, MANIFEST, Report
from sim.results.points import POINT
from sim.results.read import EXPERIMENT, Results, open_results


@dataclass(frozen=True)
class FactorInfo:
    """A factor of a sweep's design.

    Attributes:
        name: Its column in `design.csv`.
        title: What figures call it.
        unit: Unit of its values in figures.
        kind: Whether its cells are numbers or labels.
        values: Listed values; empty if a range was given.
        low: Least of the range; None if values were listed.
        high: Largest of the range; None if values were listed.
        scale: Of the range: `linear` or `log`.
    """

    name: str
    title: str
    unit: str
    kind: Literal["number", "label"]
    values: tuple[Cell, ...] = ()
    low: float | None = None
    high: float | None = None
    scale: str = "linear"


def open_either(folder: Path | str, temporary: Any = None, report: Report | None = None) -> Results:
    """Open a finished folder of a run or of a sweep; see :func:`sim.results.read.open_results`.

    Args:
        folder: The folder.
        temporary: Its keeper, if it goes with what is returned.
        report: What has just been run of it.

    Raises:
        InputError: It is missing, no results folder, damaged, or not finished.
    """
    opened = open_results(folder)
    kind = SweepResults if opened.is_sweep else Results
    results = kind(opened.folder, opened.manifest, temporary, report)
    if isinstance(results, SweepResults):
        _ = results.design
    return results


class SweepResults(Results):
    """What a sweep's finished folder holds, all runs in one row; its numbers by point, too."""

    @cached_property
    def factors(self) -> tuple[FactorInfo, ...]:
        """The factors of the design."""
        try:
            return tuple(_factor(row) for row in self.manifest[EXPERIMENT]["factors"])
        except (KeyError, TypeError) as error:
            path = self.folder / MANIFEST
            raise InputError(f"{path} is damaged: factors are not told ({error})") from error

    @cached_property
    def design(self) -> dict[str, NDArray[Any]]:
        """Where each factor stood at each point: floats, or texts for labels."""
        path = self.folder / DESIGN
        wanted = [POINT, *(factor.name for factor in self.factors)]
        try:
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            if header != wanted or len(rows) != self.points:
                raise ValueError(f"it is not the design of {MANIFEST}")
            columns = dict(zip(header, zip(*rows, strict=True), strict=True))
            return {
                factor.name: np.array(
                    columns[factor.name], dtype=np.float64 if factor.kind == "number" else np.str_
                )
                for factor in self.factors
            }
        except (ValueError, csv.Error) as error:  # also no text, or no line
            raise InputError(f"{path} is damaged: {error}") from error

    @property
    def size(self) -> str:
        """How large it is, in words."""
        return f"{self.points:,} points × {self.replicates:,} replicates"

    @property
    def point_of_run(self) -> Whole:
        """The point of each run that did not fail."""
        return self.run_numbers // self.replicates

    @property
    def replicate_of_run(self) -> Whole:
        """The replicate of each run that did not fail: the same draws at every point."""
        return self.run_numbers % self.replicates

    def values_by_point(
        self, column: str, year: int, group_kind: str = WORLD, group: str = WORLD
    ) -> Floats:
        """Return an outcome of a group at the end of a year.

        Returns:
            Shape (points, replicates); NaN for a run that failed.

        Raises:
            InputError: For an outcome, group or year that was not kept.
        """
        return self.by_point(self.values(column, group_kind, group, [end_of(year)])[:, 0])

    def by_point(self, values: ArrayLike) -> Floats:
        """Return a number of each run that did not fail by point: (points, replicates), else NaN.

        Args:
            values: In the order of the runs.
        """
        by_run = np.full(self.points * self.replicates, np.nan)
        by_run[self.run_numbers] = values
        return by_run.reshape(self.points, self.replicates)


def replicate_means(values: Floats) -> Floats:
    """Return the mean of each point's good runs, NaN where there are none: (points,).

    Args:
        values: (points, replicates); NaN for a run that failed.
    """
    good = np.isfinite(values)
    counts, sums = good.sum(axis=1), np.where(good, values, 0.0).sum(axis=1)
    means: Floats = np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return means


def _factor(row: Mapping[str, Any]) -> FactorInfo:
    return FactorInfo(
        row["name"],
        row.get("title") or row["name"],
        row.get("unit") or "",
        row["kind"],
        tuple(row.get("values") or ()),
        row.get("low"),
        row.get("high"),
        row.get("scale") or "linear",
    )

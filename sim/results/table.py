"""What happened, in a few rows: the data of the table that a command prints at its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.engine.chunk import end_of
from sim.register import VENDOR, WORLD
from sim.results.read import Results
from sim.results.targets import HIGH, LOW, TargetRow, compare_targets
from sim.world.countries import Target

YEARS = (2010, 2019, 2025, 2030, 2040)
"""Ends of years that the table shows, as far as they were kept."""
SHOWN = (
    "trained",
    "adopters",
    "platforms",
    "working",
    "contracts_chinese",
    "contracts_alive",
    "lock_in_chinese",
    "lock_in",
    "sales_chinese_yearly",
    "revenue_sales_yearly",
    "maintenance_chinese_yearly",
    "revenue_maintenance_yearly",
)
"""Outcomes that the table shows, as far as they were kept: Chinese ones before all vendors'."""
DIGITS = 3
"""Significant digits of the numbers as text; whole numbers keep all theirs."""


@dataclass(frozen=True)
class Cell:
    """An outcome at the end of a year: mean over runs and 90 % band."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return e.g. ``137 (128 to 146)``."""
        return f"{in_digits(self.mean)} ({in_digits(self.low)} to {in_digits(self.high)})"


@dataclass(frozen=True)
class HappenedRow:
    """An outcome of the world: one cell for each year of the table."""

    outcome: str
    label: str
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Happened:
    """What happened in a batch of runs, and the targets beside it."""

    years: tuple[int, ...]
    rows: tuple[HappenedRow, ...]
    targets: tuple[TargetRow, ...]


def what_happened(results: Results, targets: Iterable[Target] | None = None) -> Happened:
    """Return the table of a finished folder.

    Args:
        results: A finished folder of one scenario.
        targets: The observed targets; None: those of the shipped seeds.
    """
    years = tuple(year for year in YEARS if end_of(year) in results.quarters)
    rows = [_row(results, name, years) for name in SHOWN if name in results.outcomes]
    return Happened(years, tuple(rows), tuple(compare_targets(results, targets)))


def in_digits(value: float) -> str:
    """Return a number in a few significant digits, without an exponent."""
    rounded = float(f"{value:.{DIGITS}g}")
    if abs(rounded) >= 10**DIGITS:
        return f"{value:,.0f}"
    text = f"{rounded:.{DIGITS}g}"
    return f"{value:.{DIGITS}f}" if "e" in text else text


def _cells(values: Floats) -> tuple[Cell, ...]:
    low, high = np.quantile(values, (LOW, HIGH), axis=0)
    means = values.mean(axis=0)
    return tuple(Cell(*(float(v) for v in cell)) for cell in zip(means, low, high, strict=True))


def _row(results: Results, name: str, years: tuple[int, ...]) -> HappenedRow:
    outcome = results.outcomes[name]
    quarters = [end_of(year) for year in years]
    cells = _cells(results.values(name, WORLD, WORLD, quarters)) if years else ()
    # A vendor's outcome is named alike for each vendor; the world's is that of all together.
    label = f"{outcome.label}, all vendors" if outcome.of == VENDOR else outcome.label
    return HappenedRow(name, label, outcome.unit, cells)

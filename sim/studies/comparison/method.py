"""Scenarios run by run: what differs between histories that share their luck.

Two scenarios with one seed draw the same numbers for the same state, quarter and purpose, so the
difference within a replicate is the scenario's doing, and varies less than the difference between
unrelated runs would. How much less, ``Difference.factor`` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Singles, Whole
from sim.engine.chunk import quarter_of_year, year_of
from sim.errors import InputError
from sim.register import WORLD
from sim.results.writing.summary import QUANTILES
from sim.studies.comparison.sides import Content, Side
from sim.studies.comparison.states import StateChange, state_changes

OUTCOMES = ("working", "adopters", "trained", "contracts_alive")
"""Outcomes that are compared if none is named."""
YEARS = (2025, 2030, 2035, 2040)
"""Ends of years that the table shows, as far as the runs reach."""

NOISE = float(np.finfo(np.float32).eps)
"""Results keep single precision: a spread below this share of the values is none."""

BLOCK_VALUES = 2**18
"""Values of a side that are compared at once: what that takes of memory is bounded."""

type Row = dict[str, str | int | float | None]
"""A row of a table, by column; None where there is no such number."""
type Numbers = Singles | Floats


@dataclass(frozen=True)
class Difference:
    """The paired difference of one quantity: alternative less reference, over runs.

    All arrays have the shape of the quantity without its runs.

    Attributes:
        runs: Number of paired runs.
        reference: Mean of the reference.
        alternative: Mean of the alternative.
        mean: Mean difference.
        quantiles: Of the difference over runs, by column name; q05 to q95 hold 90 % of runs.
        error: Standard error of the mean difference; NaN for a single run.
        factor: How many times the runs would be needed if they did not share their luck:
            (variance of reference + variance of alternative) / variance of the difference.
            Infinite where the difference is the same in every run although the runs differ; NaN
            where nothing varies, or there is a single run.
    """

    runs: int
    reference: Floats
    alternative: Floats
    mean: Floats
    quantiles: Mapping[str, Floats]
    error: Floats
    factor: Floats

    @property
    def unpaired_runs(self) -> Floats:
        """Runs of each scenario that give the same standard error without shared luck."""
        return self.runs * self.factor

    def cell(self, place: int | tuple[int, ...]) -> Row:
        """One cell as columns of `differences.csv`."""
        columns = {
            "reference_mean": self.reference,
            "alternative_mean": self.alternative,
            "mean": self.mean,
            **self.quantiles,
            "standard_error": self.error,
            "variance_factor": self.factor,
            "unpaired_runs": self.unpaired_runs,
        }
        return {name: float(values[place]) for name, values in columns.items()}


def paired_difference(
    of_reference: Numbers, of_alternative: Numbers, rows: tuple[Whole, Whole] | None = None
) -> Difference:
    """Compare two arrays whose first axis is the runs, and whose other axes are alike.

    Args:
        of_reference: One side.
        of_alternative: The other side.
        rows: Which rows of each are pairs; None: all, in the same order.
    """
    rows = rows or (np.arange(len(of_reference)), np.arange(len(of_alternative)))
    runs, shape = len(rows[0]), of_reference.shape[1:]
    if of_alternative.shape[1:] != shape or len(rows[1]) != runs:
        raise ValueError(f"shapes differ: {of_reference.shape} and {of_alternative.shape}")
    flat = [values.reshape(len(values), -1) for values in (of_reference, of_alternative)]
    width, step = flat[0].shape[1], max(1, BLOCK_VALUES // runs)
    pieces = []
    for first in range(0, width, step):
        cells = slice(first, first + step)
        # A cell's runs stand together: faster to sort.
        one, other = (
            values[part, cells].T.astype(np.float64, order="C")
            for values, part in zip(flat, rows, strict=True)
        )
        pieces.append(_statistics(one, other))
    measures = {
        name: np.concatenate([p[name] for p in pieces]).reshape(shape) for name in pieces[0]
    }
    return Difference(runs, quantiles={name: measures.pop(name) for name in QUANTILES}, **measures)


def _statistics(reference: Floats, alternative: Floats) -> dict[str, Floats]:
    """The statistics of arrays of (cells, runs), each of (cells,)."""
    runs = reference.shape[1]
    each = alternative - reference
    error, factor = (np.full(len(each), np.nan) for _ in range(2))
    if runs > 1:
        paired = each.var(axis=1, ddof=1)
        apart = reference.var(axis=1, ddof=1) + alternative.var(axis=1, ddof=1)
        scale = np.maximum(np.abs(reference).max(axis=1), np.abs(alternative).max(axis=1))
        least = (NOISE * scale) ** 2
        paired, apart = (np.where(one <= least, 0.0, one) for one in (paired, apart))
        error = np.sqrt(paired / runs)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = apart / paired  # 0 / 0 is NaN: nothing varies
    mean = each.mean(axis=1)
    quantiles = np.quantile(each, list(QUANTILES.values()), axis=1, overwrite_input=True)
    return {
        "reference": reference.mean(axis=1),
        "alternative": alternative.mean(axis=1),
        "mean": mean,
        **dict(zip(QUANTILES, quantiles, strict=True)),
        "error": error,
        "factor": factor,
    }


@dataclass(frozen=True)
class Comparison:
    """An alternative against the reference.

    Attributes:
        reference: What it is compared with.
        alternative: What is compared.
        content: What was kept of both.
        runs: Number of paired runs: those that are good in both.
        world: Of each outcome of the world: arrays of (quarters,).
        grouped: Of each outcome that has groups: arrays of (ends of years, groups).
        states: What changes for each state, the most changed first.
    """

    reference: str
    alternative: str
    content: Content
    runs: int
    world: Mapping[str, Difference]
    grouped: Mapping[str, Difference]
    states: Sequence[StateChange]

    def rows(self) -> Iterator[Row]:
        """A row per outcome, group and date, as in `differences.csv`."""
        content = self.content
        ends = [content.quarters[place] for place in content.group_places]
        for name in self.world:
            groups: list[tuple[str, str, Sequence[int], Difference, tuple[int, ...]]]
            groups = [(WORLD, WORLD, content.quarters, self.world[name], ())]
            groups += [
                (kind, group, ends, self.grouped[name], (place,))
                for place, (kind, group) in enumerate(content.groups_of(name))
            ]
            for kind, group, quarters, found, place in groups:
                for at, quarter in enumerate(quarters):
                    yield {
                        "alternative": self.alternative,
                        "reference": self.reference,
                        "year": year_of(quarter),
                        "quarter": quarter_of_year(quarter),
                        "outcome": name,
                        "group_kind": kind,
                        "group": group,
                        "runs": self.runs,
                        **found.cell((at, *place)),
                    }

    def state_rows(self) -> Iterator[Row]:
        """A row per state, the most changed first, as in `countries.csv`."""
        for change in self.states:
            yield {"alternative": self.alternative, "reference": self.reference, **change.row()}


def compare_sides(reference: Side, others: Iterable[Side]) -> Iterator[Comparison]:
    """Compare a side with each of others, pairing runs by number.

    A side is let go before the next is asked for, so that no more than two are in memory.

    Raises:
        InputError: No run is good in both.
        ValueError: The sides hold different outcomes, quarters, groups or states.
    """
    others = iter(others)
    while (other := next(others, None)) is not None:
        comparison = compare_two(reference, other)
        del other
        yield comparison


def compare_two(reference: Side, alternative: Side) -> Comparison:
    """Compare two sides; see :func:`compare_sides`."""
    if alternative.content != reference.content:
        raise ValueError(f"{alternative.label} and {reference.label} keep different things")
    both, one, other = np.intersect1d(
        reference.runs, alternative.runs, assume_unique=True, return_indices=True
    )
    if not len(both):
        raise InputError(f"no run is good in both {reference.label} and {alternative.label}")

    def paired(own: Mapping[str, Singles], others: Mapping[str, Singles]) -> dict[str, Difference]:
        return {
            name: paired_difference(values, others[name], (one, other))
            for name, values in own.items()
        }

    return Comparison(
        reference=reference.label,
        alternative=alternative.label,
        content=reference.content,
        runs=len(both),
        world=paired(reference.world, alternative.world),
        grouped=paired(reference.grouped, alternative.grouped),
        states=state_changes(reference, alternative, (one, other)),
    )

"""Part files: the derived columns of one chunk of runs, until the folder is finished.

A part holds raw little-endian arrays one after the other, each column whole, so that a single
column of all runs is read without the rest. Its size and the fingerprint at its head follow from
layout and outcomes alone; a file where they differ counts as missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Outcome
from sim.results.chunk import (
    DATE_PREFIX,
    NEVER,
    QUARTERS_PER_YEAR,
    WORKING_YEARS,
    Chunk,
    Layout,
)
from sim.results.files import whole_file
from sim.results.outcomes import SOURCES, check_layout, derive, width_of

SUFFIX = ".part"
VALUE_TYPE = np.dtype("<f4")
"""Outcomes are kept with 24 bits: whole numbers are exact to 16 million, others to 7 digits."""
COUNT_TYPE = np.dtype("<i2")
"""Counts and dates (as quarters since the year 0) of a country in a run."""
BITS_TYPE = np.dtype("<i8")

PIECE_VALUES = 2**17
"""Sums that all outcomes are derived from before the next: they fit the processor's cache."""

type Values = NDArray[Any]


@dataclass(frozen=True)
class Column:
    """A column of a part.

    Attributes:
        name: Its name in the tables.
        type: Type of its values.
        shape: Shape of one run's values.
    """

    name: str
    type: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def bytes_per_run(self) -> int:
        """Size of one run's values."""
        return self.type.itemsize * int(np.prod(self.shape))


@dataclass(frozen=True)
class Parts:
    """The parts of a batch: which there are, and their columns.

    Attributes:
        folder: Where they lie.
        layout: Of the chunks.
        outcomes: By name, as :func:`sim.results.outcomes.register` orders them.
        runs: Number of runs of the batch, numbered from 0.
        chunk_runs: Number of runs of each chunk but the last.
    """

    folder: Path
    layout: Layout
    outcomes: Mapping[str, Outcome]
    runs: int
    chunk_runs: int

    def __post_init__(self) -> None:
        """Check the outcomes against the layout."""
        check_layout(self.outcomes, self.layout)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """All columns in the order in which a part holds them."""
        quarters = len(self.layout.quarters)
        values = [
            Column(outcome.name, VALUE_TYPE, (quarters, width_of(outcome, self.layout)))
            for source in SOURCES
            for outcome in self.outcomes.values()
            if outcome.of == source
        ]
        countries = (len(self.layout.countries),)
        kept = [
            Column(kept_key(name), BITS_TYPE if name == WORKING_YEARS else COUNT_TYPE, countries)
            for name in self.layout.kept
        ]
        return {column.name: column for column in (*values, *kept)}

    @cached_property
    def chunks(self) -> tuple[range, ...]:
        """The runs of each chunk, in order."""
        firsts = range(0, self.runs, self.chunk_runs)
        return tuple(range(at, min(at + self.chunk_runs, self.runs)) for at in firsts)

    def path(self, runs: range) -> Path:
        """Return where the part of a chunk lies."""
        return self.folder / f"{runs.start:09d}-{runs.stop:09d}{SUFFIX}"

    def missing(self) -> list[range]:
        """Return the chunks whose part is not there, or is not one of this batch."""
        return [runs for runs in self.chunks if not self._is_whole(runs)]

    def _is_whole(self, runs: range) -> bool:
        try:
            with self.path(runs).open("rb") as file:
                return file.read(len(self._head)) == self._head and file.seek(0, 2) == self._size(
                    len(runs)
                )
        except OSError:
            return False

    @cached_property
    def _head(self) -> bytes:
        identity = repr((self.layout, [*self.outcomes.values()]))
        return hashlib.sha256(identity.encode()).digest()

    @cached_property
    def _offsets(self) -> dict[str, int]:
        """Bytes before each column, for a chunk of one run and without the head."""
        sizes = [column.bytes_per_run for column in self.columns.values()]
        return dict(zip(self.columns, accumulate(sizes, initial=0), strict=False))

    def _size(self, runs: int) -> int:
        return len(self._head) + runs * sum(c.bytes_per_run for c in self.columns.values())

    def write(self, chunk: Chunk) -> None:
        """Write the part of a chunk.

        Raises:
            ArithmeticError: If an outcome is not finite.
            OSError: If it cannot be written.
        """
        runs = range(chunk.first, chunk.first + chunk.runs)
        if runs not in self.chunks:
            raise ValueError(f"runs {runs.start} to {runs.stop - 1} are no chunk of this batch")
        chunk.check(self.layout)
        values = [self._derived(chunk), *self._kept(chunk)]
        with whole_file(self.path(runs)) as file:
            file.write(self._head)
            for block in values:
                for array in block:
                    file.write(array.data)

    def _derived(self, chunk: Chunk) -> list[Values]:
        names = [name for name in self.columns if name in self.outcomes]
        result = [
            np.empty((chunk.runs, *self.columns[name].shape), dtype=VALUE_TYPE) for name in names
        ]
        step = max(1, PIECE_VALUES * chunk.runs // max(1, chunk.tallies.size))
        with np.errstate(over="ignore", invalid="ignore"):
            for piece in chunk.pieces(step):
                at = piece.first - chunk.first
                for name, array in zip(names, result, strict=True):
                    array[at : at + piece.runs] = derive(self.outcomes[name], piece, self.layout)
        for name, array in zip(names, result, strict=True):
            if not np.isfinite(array).all():
                at = int(np.argwhere(~np.isfinite(array))[0][0])
                raise ArithmeticError(f"run {chunk.first + at}: {name} is not finite")
        return result

    def _kept(self, chunk: Chunk) -> Iterator[list[Values]]:
        for at, name in enumerate(self.layout.kept):
            values = chunk.countries[:, :, at]
            if name.startswith(DATE_PREFIX):
                values = np.where(values == NEVER, NEVER, values * QUARTERS_PER_YEAR)
            kind = self.columns[kept_key(name)].type
            with np.errstate(invalid="ignore"):
                whole = np.ascontiguousarray(values).astype(kind)
            if not np.array_equal(whole, values):
                raise ArithmeticError(f"{name} of a country is no whole number of {kind}")
            yield [whole]

    def load(self, name: str, runs: range, cells: slice = slice(None)) -> Values:
        """Return a column of some runs.

        Args:
            name: The column.
            runs: Which runs.
            cells: Which of a run's values, counted along its flattened shape.

        Returns:
            Shape (runs, cells), contiguous.
        """
        column = self.columns[name]
        width = int(np.prod(column.shape))
        result = np.empty((len(runs), len(range(width)[cells])), dtype=column.type)
        for chunk in self.chunks[runs.start // self.chunk_runs :]:
            if chunk.start >= runs.stop:
                break
            first, stop = max(chunk.start, runs.start), min(chunk.stop, runs.stop)
            with self.path(chunk).open("rb") as file:
                before = self._offsets[name] * len(chunk)
                before += (first - chunk.start) * column.bytes_per_run
                file.seek(len(self._head) + before)
                found = np.fromfile(file, column.type, (stop - first) * width)
            rows = slice(first - runs.start, stop - runs.start)
            result[rows] = found.reshape(stop - first, width)[:, cells]
        return result


def kept_key(name: str) -> str:
    """Return the name of a kept field among a part's columns, apart from an outcome's name."""
    return f"country_runs.{name}"

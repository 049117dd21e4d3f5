"""Part files: the derived columns of one chunk of runs, until the folder is finished.

A part holds, one after the other:

    fingerprint   of layout and outcomes (32 bytes)
    tail length   in bytes (8)
    checksum      of all that follows (8)
    columns       raw little-endian arrays, each whole, so that one is read without the rest
    tail          JSON: the runs that failed, with what went wrong; empty if none did

A file whose fingerprint or size is another counts as missing. The rows of a failed run are zeros
and reach no table.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.chunk import (
    DATE_PREFIX,
    NEVER,
    QUARTERS_PER_YEAR,
    Chunk,
    Layout,
    quarter_of_year,
    working_years,
    year_of,
)
from sim.engine.outcomes import check_layout, derive, width_of
from sim.parameters import Outcome
from sim.register import SOURCES
from sim.results.balance import suspected_groups, unbalanced
from sim.results.files import whole_file

SUFFIX = ".part"
VALUE_TYPE = np.dtype("<f4")
"""Outcomes are kept with 24 bits: whole numbers are exact to 16 million, others to 7 digits."""
COUNT_TYPE = np.dtype("<i2")
"""Counts and dates (as quarters since the year 0) of a country in a run."""
FLAG_TYPE = np.dtype("i1")
"""Whether a system worked."""

PIECE_VALUES = 2**17
"""Sums that all outcomes are derived from before the next: they fit the processor's cache."""

WHOLE_FROM = 6
"""A part is read whole if so many of its columns are wanted."""
FORM = "parts 2"
"""Changed whenever the form of a part changes, so that older parts count as missing."""
NUMBERS = struct.Struct("<QQ")
"""Tail length and checksum."""
WORD = 8

type Values = NDArray[Any]
type Content = bytes | bytearray
"""An encoded part."""
type OnError = Literal["record", "stop"]
"""What becomes of a run that fails: it is recorded, or it ends all."""


class Failure(NamedTuple):
    """A run that failed.

    Attributes:
        run: Its number.
        message: What went wrong.
    """

    run: int
    message: str


class RunError(ArithmeticError):
    """A run failed, and that ends all.

    Attributes:
        run: Its number.
        message: What went wrong.
    """

    def __init__(self, run: int, message: str) -> None:
        """Say which run failed, and why."""
        super().__init__(run, message)
        self.run = run
        self.message = message

    def __str__(self) -> str:
        """Return both in a line."""
        return f"run {self.run}: {self.message}"


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
        layout: Of what is kept.
        outcomes: By name, as :func:`sim.engine.outcomes.register` orders them.
        runs: Number of runs of the batch, numbered from 0.
        chunk_runs: Number of runs of each chunk but the last.
        made: Layout of the chunks, if they hold quarters that are not kept: what happened in a
            year follows from the totals at its end and a year before. None: the same.
    """

    folder: Path
    layout: Layout
    outcomes: Mapping[str, Outcome]
    runs: int
    chunk_runs: int
    made: Layout | None = None

    def __post_init__(self) -> None:
        """Check the outcomes against the layout."""
        check_layout(self.outcomes, self.of_chunks)

    @property
    def of_chunks(self) -> Layout:
        """Layout of the chunks."""
        return self.made or self.layout

    @cached_property
    def _kept_quarters(self) -> NDArray[np.int64] | slice:
        """Places of the kept quarters among those of the chunks."""
        if self.made is None:
            return slice(None)
        return np.array([self.made.quarters.index(quarter) for quarter in self.layout.quarters])

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
            Column(
                kept_key(name),
                FLAG_TYPE if working_years([name]) else COUNT_TYPE,
                countries,
            )
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
        return [runs for runs in self.chunks if self._tail(runs) is None]

    def failures(self) -> list[Failure]:
        """Return the runs that failed, of all parts that are there, in order."""
        return [
            Failure(int(run), str(message))
            for runs in self.chunks
            if (tail := self._tail(runs))
            for run, message in json.loads(tail)
        ]

    def holds(self, content: Content, runs: range) -> bool:
        """Return whether bytes are the undamaged part of a chunk."""
        first = len(self._fingerprint)
        if content[:first] != self._fingerprint or len(content) < self._before:
            return False
        length: int
        checksum: int
        length, checksum = NUMBERS.unpack_from(content, first)
        return len(content) == self._size(len(runs)) + length and checksum == _checksum(
            memoryview(content)[self._before :]
        )

    def _tail(self, runs: range) -> bytes | None:
        """Return the tail of a chunk's part; None if the part is missing or not whole."""
        first, size = len(self._fingerprint), self._size(len(runs))
        try:
            with self.path(runs).open("rb", buffering=0) as file:
                head = file.read(self._before)
                if len(head) < self._before or head[:first] != self._fingerprint:
                    return None
                length: int = NUMBERS.unpack_from(head, first)[0]
                if file.seek(0, 2) != size + length:
                    return None
                file.seek(size)
                return file.read(length)
        except OSError:
            return None

    @cached_property
    def _fingerprint(self) -> bytes:
        identity = repr((FORM, self.layout, [*self.outcomes.values()]))
        return hashlib.sha256(identity.encode()).digest()

    @cached_property
    def _before(self) -> int:
        """Bytes before the first column."""
        return len(self._fingerprint) + NUMBERS.size

    @cached_property
    def _offsets(self) -> dict[str, int]:
        """Bytes before each column, for a chunk of one run and without the head."""
        sizes = [column.bytes_per_run for column in self.columns.values()]
        return dict(zip(self.columns, accumulate(sizes, initial=0), strict=False))

    def _size(self, runs: int) -> int:
        """Size of a part without its tail."""
        return self._before + runs * sum(c.bytes_per_run for c in self.columns.values())

    def _arrays(self, content: Content, runs: int) -> dict[str, Values]:
        """Return the columns of a part as views: (runs, *shape)."""
        found = {}
        for name, column in self.columns.items():
            count = runs * int(np.prod(column.shape))
            at = self._before + runs * self._offsets[name]
            array = np.frombuffer(content, column.type, count, at)
            found[name] = array.reshape(runs, *column.shape)
        return found

    def encode(self, chunk: Chunk, on_error: OnError = "record") -> Content:
        """Return the part of a chunk; needs no folder, so any process may.

        Args:
            chunk: Of this batch.
            on_error: What becomes of runs that fail: those with an outcome that is not finite, or
                whose books do not balance (see :mod:`sim.results.balance`).

        Raises:
            RunError: With `stop`: the first run that failed, and why.
        """
        runs = range(chunk.first, chunk.first + chunk.runs)
        if runs not in self.chunks:
            raise ValueError(f"runs {runs.start} to {runs.stop - 1} are no chunk of this batch")
        chunk.check(self.of_chunks)
        content = bytearray(self._size(chunk.runs))
        arrays = self._arrays(content, chunk.runs)
        failed = self._derive(chunk, arrays)
        for run, message in self._keep(chunk, arrays).items():
            failed.setdefault(run, message)
        tail = b""
        if failed:
            listed = sorted(failed.items())
            if on_error == "stop":
                raise RunError(*listed[0])
            rows = [run - chunk.first for run in failed]
            for name in arrays:
                arrays[name][rows] = 0
            tail = json.dumps(listed, ensure_ascii=False).encode()
        del arrays
        content += tail
        checksum = _checksum(memoryview(content)[self._before :])
        content[: self._before] = self._fingerprint + NUMBERS.pack(len(tail), checksum)
        return content

    def write_bytes(self, runs: range, content: Content) -> None:
        """Write the part of a chunk as :meth:`encode` returned it.

        Raises:
            ValueError: If it is none of this batch, or damaged.
            OSError: If it cannot be written.
        """
        if runs not in self.chunks or not self.holds(content, runs):
            raise ValueError(f"no part of runs {runs.start} to {runs.stop - 1} of this batch")
        with whole_file(self.path(runs)) as file:
            file.write(content)

    def write(self, chunk: Chunk, on_error: OnError = "record") -> None:
        """Encode and write the part of a chunk; see :meth:`encode`, :meth:`write_bytes`."""
        runs = range(chunk.first, chunk.first + chunk.runs)
        content = self.encode(chunk, on_error)
        with whole_file(self.path(runs)) as file:
            file.write(content)

    def _derive(self, chunk: Chunk, arrays: Mapping[str, Values]) -> dict[int, str]:
        """Fill in the outcomes; return the runs that failed."""
        names = [name for name in self.columns if name in self.outcomes]
        failed: dict[int, str] = {}
        suspected = np.zeros(chunk.runs, dtype=bool)
        step = max(1, PIECE_VALUES * chunk.runs // max(1, chunk.tallies.size))
        with np.errstate(over="ignore", invalid="ignore"):
            for piece in chunk.pieces(step):
                at = piece.first - chunk.first
                for name in names:
                    outcome = self.outcomes[name]
                    found = derive(outcome, piece, self.of_chunks)
                    arrays[name][at : at + piece.runs] = found[:, self._kept_quarters]
                suspected[at : at + piece.runs] = suspected_groups(piece, self.of_chunks)
        for name in names:
            finite = np.isfinite(arrays[name])
            if not finite.all():
                for bad in np.flatnonzero(~finite.all(axis=(1, 2))):
                    quarter = self.layout.quarters[int(np.argwhere(~finite[bad])[0][0])]
                    when = f"{year_of(quarter)} Q{quarter_of_year(quarter)}"
                    failed.setdefault(chunk.first + int(bad), f"{name} is not finite ({when})")
        # Books that do not balance count after numbers that are none, which tell more.
        return unbalanced(chunk, self.of_chunks, suspected) | failed

    def _keep(self, chunk: Chunk, arrays: Mapping[str, Values]) -> dict[int, str]:
        """Fill in what is kept of countries; return the runs that failed."""
        failed: dict[int, str] = {}
        for at, name in enumerate(self.layout.kept):
            values = chunk.countries[:, :, at]
            if name.startswith(DATE_PREFIX):
                values = np.where(values == NEVER, NEVER, values * QUARTERS_PER_YEAR)
            whole = arrays[kept_key(name)]
            with np.errstate(invalid="ignore"):
                whole[:] = values.astype(whole.dtype)
            for wrong in np.flatnonzero((whole != values).any(axis=1)):
                message = f"{name} of a country is no whole number of {whole.dtype}"
                failed.setdefault(chunk.first + int(wrong), message)
        return failed

    def read(self, wanted: Sequence[tuple[str, slice]], runs: range) -> list[Values]:
        """Return columns of some runs, opening each part once.

        Args:
            wanted: Columns, each with which of a run's values, counted along its flattened shape.
            runs: Which runs.

        Returns:
            For each, an array of shape (runs, values), contiguous.
        """
        columns = [self.columns[name] for name, _ in wanted]
        widths = [int(np.prod(column.shape)) for column in columns]
        results = [
            np.empty((len(runs), len(range(width)[cells])), dtype=column.type)
            for column, width, (_, cells) in zip(columns, widths, wanted, strict=True)
        ]
        for chunk in self.chunks[runs.start // self.chunk_runs :]:
            if chunk.start >= runs.stop:
                break
            first, stop = max(chunk.start, runs.start), min(chunk.stop, runs.stop)
            rows = slice(first - runs.start, stop - runs.start)
            part = slice(first - chunk.start, stop - chunk.start)
            with self.path(chunk).open("rb", buffering=0) as file:
                if len(wanted) >= WHOLE_FROM:
                    arrays = self._arrays(file.read(), len(chunk))
                    for (name, cells), result in zip(wanted, results, strict=True):
                        result[rows] = arrays[name][part].reshape(stop - first, -1)[:, cells]
                    continue
                for (name, cells), column, width, result in zip(
                    wanted, columns, widths, results, strict=True
                ):
                    at = self._offsets[name] * len(chunk) + part.start * column.bytes_per_run
                    file.seek(self._before + at)
                    found = np.frombuffer(
                        file.read((stop - first) * column.bytes_per_run), column.type
                    )
                    result[rows] = found.reshape(stop - first, width)[:, cells]
        return results


def _checksum(content: memoryview) -> int:
    """Return the sum of all eight-byte words, the last with what is left over."""
    words = len(content) // WORD
    total = int(np.frombuffer(content, "<u8", words).sum(dtype=np.uint64))
    return (total + int.from_bytes(content[words * WORD :], "little")) % 2**64


def kept_key(name: str) -> str:
    """Return the name of a kept field among a part's columns, apart from an outcome's name."""
    return f"country_runs.{name}"

"""Part files: the derived columns of one chunk of runs, until the folder is finished.

A part holds, one after the other:

    digest        of all that follows (16 bytes)
    fingerprint   of question, runs, layout and outcomes (32)
    tail length   in bytes (8)
    columns       raw little-endian arrays, each whole, so that one is read without the rest
    tail          JSON: the runs that failed, with what went wrong; empty if none did

A file that is not just this counts as missing. The rows of a failed run are zeros and reach no
table. (Arrow's files bear no digest, and a column of many of them takes six times as long to read.)
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_128_digest

from sim.engine.chunk import Layout, working_years
from sim.engine.outcomes import check_layout, width_of
from sim.parameters import Outcome
from sim.register import SOURCES
from sim.results.files import is_regular, whole_file

SUFFIX = ".part"
VALUE_TYPE = np.dtype("<f4")
"""Outcomes are kept with 24 bits: whole numbers are exact to 16 million, others to 7 digits."""
COUNT_TYPE = np.dtype("<i2")
"""Counts and dates (as quarters since the year 0) of a country in a run."""
FLAG_TYPE = np.dtype("i1")
"""Whether a system worked."""

WHOLE_FROM = 6
"""A part is read whole if so many of its columns are wanted."""
FORM = "parts 3"
"""Changed whenever the form of a part changes, so that older parts count as missing."""
HEAD = struct.Struct("<16s32sQ")
"""Digest, fingerprint and tail length."""
DIGEST_BYTES = 16

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
        question: Digest of the manifest: no part of other results is taken for one of these.
    """

    folder: Path
    layout: Layout
    outcomes: Mapping[str, Outcome]
    runs: int
    chunk_runs: int
    made: Layout | None = None
    question: str = ""

    def __post_init__(self) -> None:
        """Check the outcomes against the layout."""
        check_layout(self.outcomes, self.of_chunks)

    @property
    def of_chunks(self) -> Layout:
        """Layout of the chunks."""
        return self.made or self.layout

    @cached_property
    def kept_quarters(self) -> NDArray[np.int64] | slice:
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
        """Return the chunks whose part is not there, damaged, or not one of this batch."""
        return [runs for runs in self.chunks if not self.has(runs)]

    def has(self, runs: range) -> bool:
        """Return whether the undamaged part of a chunk is there."""
        path = self.path(runs)
        try:
            if not is_regular(path):
                return False
            with path.open("rb", buffering=0) as file:
                head = file.read(HEAD.size)
                # The size first: a file of another is not read to its end.
                size = file.seek(0, os.SEEK_END)
                if not self._begins(head, size, runs):
                    return False
                file.seek(0)
                return is_whole(file.read())
        except OSError:
            return False

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
        return self._begins(content, len(content), runs) and is_whole(content)

    def _begins(self, content: Content, size: int, runs: range) -> bool:
        """Return whether the head of a part, or more of it, is a chunk's, and of this size."""
        if len(content) < HEAD.size:
            return False
        _, fingerprint, length = HEAD.unpack_from(content)
        return bool(fingerprint == self.fingerprint(runs) and size == self.size(len(runs)) + length)

    def _tail(self, runs: range) -> bytes | None:
        """Return the tail of a chunk's part, known to be whole; None if the part is missing."""
        size = self.size(len(runs))
        try:
            with self.path(runs).open("rb", buffering=0) as file:
                file.seek(size)
                return file.read()
        except OSError:
            return None

    def fingerprint(self, runs: range) -> bytes:
        """Return what tells a chunk's part from those of other chunks and other results."""
        return hashlib.sha256(self._identity + repr(runs).encode()).digest()

    @cached_property
    def _identity(self) -> bytes:
        # Not how outcomes are drawn: another colour changes no number.
        outcomes = [outcome.described() for outcome in self.outcomes.values()]
        form = (FORM, self.question, self.layout, outcomes)
        return hashlib.sha256(repr(form).encode()).digest()

    @cached_property
    def _offsets(self) -> dict[str, int]:
        """Bytes before each column, for a chunk of one run and without the head."""
        sizes = [column.bytes_per_run for column in self.columns.values()]
        return dict(zip(self.columns, accumulate(sizes, initial=0), strict=False))

    def size(self, runs: int) -> int:
        """Return the size of a part without its tail."""
        return HEAD.size + runs * sum(c.bytes_per_run for c in self.columns.values())

    def arrays(self, content: Content, runs: int) -> dict[str, Values]:
        """Return the columns of a part as views: (runs, *shape)."""
        found = {}
        for name, column in self.columns.items():
            count = runs * int(np.prod(column.shape))
            at = HEAD.size + runs * self._offsets[name]
            array = np.frombuffer(content, column.type, count, at)
            found[name] = array.reshape(runs, *column.shape)
        return found

    def write_bytes(self, runs: range, content: Content) -> None:
        """Write the part of a chunk as :func:`sim.results.encode.encode` returned it.

        Raises:
            ValueError: If it is none of this batch, or damaged.
            OSError: If it cannot be written.
        """
        if runs not in self.chunks or not self.holds(content, runs):
            raise ValueError(f"no part of runs {runs.start} to {runs.stop - 1} of this batch")
        with whole_file(self.path(runs)) as file:
            file.write(content)

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
                    arrays = self.arrays(file.read(), len(chunk))
                    for (name, cells), result in zip(wanted, results, strict=True):
                        result[rows] = arrays[name][part].reshape(stop - first, -1)[:, cells]
                    continue
                for (name, cells), column, width, result in zip(
                    wanted, columns, widths, results, strict=True
                ):
                    at = self._offsets[name] * len(chunk) + part.start * column.bytes_per_run
                    file.seek(HEAD.size + at)
                    found = np.frombuffer(
                        file.read((stop - first) * column.bytes_per_run), column.type
                    )
                    result[rows] = found.reshape(stop - first, width)[:, cells]
        return results


def is_whole(content: Content) -> bool:
    """Return whether bytes are a part, of whatever batch, as it was written."""
    return len(content) >= HEAD.size and content[:DIGEST_BYTES] == digest_of_part(content)


def digest_of_part(content: Content) -> bytes:
    """Return the digest of a part, which stands before what it is of."""
    return xxh3_128_digest(memoryview(content)[DIGEST_BYTES:])


def kept_key(name: str) -> str:
    """Return the name of a kept field among a part's columns, apart from an outcome's name."""
    return f"country_runs.{name}"

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
import math
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_128_digest

from sim.arrays import Whole
from sim.engine.chunk import Layout, working_years
from sim.engine.outcomes import check_layout, width_of
from sim.parameters import Outcome
from sim.results.failures import Failure
from sim.results.files import is_regular, whole_file

SUFFIX = ".part"
VALUE_TYPE = np.dtype("<f4")
"""Outcomes are kept with 24 bits: whole numbers are exact to 16 million, others to 7 digits."""
COUNT_TYPE = np.dtype("<i2")
"""Counts and dates (as quarters since the year 0) of a country in a run."""
FLAG_TYPE = np.dtype("i1")
"""Whether a system worked."""

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


class RunError(ArithmeticError):
    """A run failed, and that ends all.

    Attributes:
        run: Its number in the batch.
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
class Parts:
    """The parts of a batch: which there are, and their columns.

    Attributes:
        folder: Where the files of parts lie.
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
    def kept_quarters(self) -> Whole | slice:
        """Places of the kept quarters among those of the chunks."""
        if self.made is None:
            return slice(None)
        return np.array([self.made.quarters.index(quarter) for quarter in self.layout.quarters])

    @cached_property
    def columns(self) -> dict[str, np.dtype[Any]]:
        """The type of one run's values in each column, with their shape, in order of columns."""
        layout = self.layout
        quarters, countries = len(layout.quarters), len(layout.countries)
        types = {
            name: np.dtype((VALUE_TYPE, (quarters, width_of(outcome, layout))))
            for name, outcome in self.outcomes.items()
        }
        for name in layout.kept:
            number = FLAG_TYPE if working_years([name]) else COUNT_TYPE
            types[kept_key(name)] = np.dtype((number, (countries,)))
        return types

    def columns_of(self, runs: int) -> np.dtype[np.void]:
        """Return all columns of so many runs as one type, as they lie in a part."""
        return np.dtype([(name, one_run, (runs,)) for name, one_run in self.columns.items()])

    @cached_property
    def chunks(self) -> tuple[range, ...]:
        """The runs of each chunk, in order."""
        firsts = range(0, self.runs, self.chunk_runs)
        return tuple(range(at, min(at + self.chunk_runs, self.runs)) for at in firsts)

    def path(self, runs: range) -> Path:
        """Return where the part of a chunk lies."""
        return self.folder / f"{runs.start:09d}-{runs.stop:09d}{SUFFIX}"

    def has(self, runs: range) -> bool:
        """Return whether the undamaged part of a chunk is there."""
        path = self.path(runs)
        try:
            if not is_regular(path):
                return False
            with path.open("rb") as file:
                head = file.read(HEAD.size)
                # The head and the size first: a file of another is not read to its end.
                return self._begins(head, runs, path.stat().st_size) and self.holds(
                    head + file.read(), runs
                )
        except OSError:
            return False

    def holds(self, content: Content, runs: range) -> bool:
        """Return whether bytes are the undamaged part of a chunk."""
        return self._begins(content, runs, len(content)) and is_whole(content)

    def _begins(self, content: Content, runs: range, size: int) -> bool:
        """Return whether so large a file, beginning so, is the part of a chunk."""
        if len(content) < HEAD.size:
            return False
        _, fingerprint, tail = HEAD.unpack_from(content)
        return bool(fingerprint == self.fingerprint(runs) and size == self.size(len(runs)) + tail)

    def failures(self) -> list[Failure]:
        """Return the runs that failed, of all parts that are there, in order."""
        failed: list[Failure] = []
        for runs in self.chunks:
            with suppress(OSError), self.path(runs).open("rb") as file:
                file.seek(self.size(len(runs)))
                if tail := file.read():
                    failed += [Failure(run, message) for run, message in json.loads(tail)]
        return failed

    def fingerprint(self, runs: range) -> bytes:
        """Return what tells a chunk's part from those of other chunks and other results."""
        return hashlib.sha256(self._identity + repr(runs).encode()).digest()

    @cached_property
    def _identity(self) -> bytes:
        # Not how outcomes are drawn: another colour changes no number.
        outcomes = [outcome.described() for outcome in self.outcomes.values()]
        form = (FORM, self.question, self.layout, outcomes)
        return hashlib.sha256(repr(form).encode()).digest()

    def size(self, runs: int) -> int:
        """Return the size of a part without its tail."""
        return HEAD.size + self.columns_of(runs).itemsize

    def arrays(self, content: Content, runs: int) -> dict[str, Values]:
        """Return the columns of a part as views: (runs, *shape)."""
        part = np.frombuffer(content, self.columns_of(runs), count=1, offset=HEAD.size)
        return {name: part[name][0] for name in self.columns}

    def write_bytes(self, runs: range, content: Content) -> None:
        """Write the part of a chunk as :func:`sim.results.writing.encode.encode` returned it.

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
            runs: Their numbers in the batch.

        Returns:
            For each, an array of shape (runs, values), contiguous.

        Raises:
            ValueError: A part ends before its columns do.
        """
        results = []
        for name, cells in wanted:
            one_run = self.columns[name]
            width = len(range(math.prod(one_run.shape))[cells])
            results.append(np.empty((len(runs), width), one_run.base))
        for chunk in self.chunks[runs.start // self.chunk_runs :]:
            if chunk.start >= runs.stop:
                break
            first, stop = max(chunk.start, runs.start), min(chunk.stop, runs.stop)
            rows = slice(first - runs.start, stop - runs.start)
            columns = self.columns_of(len(chunk)).fields
            assert columns
            # Not mapped into memory: a file that is cut short meanwhile would end the process.
            with self.path(chunk).open("rb", buffering=0) as file:
                for (name, cells), result in zip(wanted, results, strict=True):
                    one_run = self.columns[name]
                    width = math.prod(one_run.shape)
                    before = (first - chunk.start) * one_run.itemsize
                    file.seek(HEAD.size + columns[name][1] + before)
                    values = np.fromfile(file, one_run.base, (stop - first) * width)
                    result[rows] = values.reshape(stop - first, width)[:, cells]
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

"""A results folder from its first chunk of runs to the mark that it is whole.

    manifest.json         what was asked; compared when the folder is opened again
    runtime.json          when, where and how fast: never part of the data
    parts/*.part          one file per chunk, until the end, each with its digest
    runs.parquet          a row per run, quarter and group
    country_runs.parquet  a row per run and country
    series.csv            mean and quantiles over runs
    countries.csv         probabilities of each country
    design.csv            of a sweep: where each factor stood at each point
    failures.csv          runs that failed, if any did: they are in no table
    status.json           written last: the folder is whole; size and digest of every data file

A process may be killed at any moment: what has its final name is whole, and
:meth:`Store.missing_chunks` says what to run again. What has been damaged since is noticed when the
folder is opened, and made again. One process writes at a time: see :mod:`sim.results.lock`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from sim.engine.chunk import Chunk, Layout
from sim.errors import InputError
from sim.parameters import Outcome
from sim.results.claim import refuse_other
from sim.results.failures import Failure, read_failures, write_failures
from sim.results.files import (
    Digest,
    digest_of,
    hash_of,
    json_bytes,
    read_json,
    write_json,
)
from sim.results.folder import (
    COUNTRIES,
    COUNTRY_RUNS,
    DESIGN,
    FAILURES,
    MANIFEST,
    PARTS,
    RUNS,
    RUNTIME,
    SERIES,
    STATUS,
    TABLES,
    faults,
    is_complete,
    read_status,
    refuse_foreign,
    remove_parts,
    remove_status,
    write_status,
)
from sim.results.parameter_sets import SET_WEIGHTS
from sim.results.points import Points, write_design
from sim.results.writing.encode import encode
from sim.results.writing.parts import Content, OnError, Parts

LIBRARIES = ("entrench", "numpy", "pyarrow", "numba", "mesa")


@dataclass(frozen=True)
class Store:
    """A results folder being filled; see :meth:`open`.

    Attributes:
        folder: The results folder.
        parts: The parts that it is to hold.
        points: What the runs of a sweep are of; None: all are replicates of one scenario.
    """

    folder: Path
    parts: Parts
    points: Points | None = None
    _there: set[range] = field(default_factory=set, compare=False, repr=False)
    """Chunks whose part has been found whole, or written, here: not read again to be sure."""

    @classmethod
    def open(
        cls,
        folder: Path,
        manifest: Mapping[str, Any],
        layout: Layout,
        outcomes: Mapping[str, Outcome],
        *,
        runs: int,
        chunk_runs: int,
        points: Points | None = None,
        made: Layout | None = None,
    ) -> Self:
        """Create a results folder, or open one that answers the same question.

        If it is finished but damaged, it is no longer taken as finished; a line says what is made
        again.

        Args:
            folder: Where; made with its parents if need be.
            manifest: What is asked, of JSON values, without anything about time or machine.
            layout: Of what is kept.
            outcomes: Columns of the results (see :func:`sim.engine.outcomes.register`).
            runs: Number of runs.
            chunk_runs: Number of runs in a chunk; only the last may have fewer.
            points: What the runs of a sweep are of; None: all are replicates of one scenario.
            made: Layout of the chunks, if they hold more quarters; see `Parts.made`.

        Raises:
            InputError: If the folder holds something else, or results for another manifest.
            OSError: If it cannot be written.
        """
        if runs < 1 or chunk_runs < 1:
            raise ValueError("there must be runs, and runs in a chunk")
        if points and points.runs != runs:
            raise ValueError(f"{points.runs} runs of points, not {runs}")
        asked = json.loads(json.dumps(manifest))
        question = hash_of(asked)
        parts = Parts(folder / PARTS, layout, dict(outcomes), runs, chunk_runs, made, question)
        store = cls(folder, parts, points)
        refuse_foreign(folder)
        folder.mkdir(parents=True, exist_ok=True)
        damaged = store._take_up(asked)
        if damaged:
            remove_status(folder)
            logging.getLogger(__name__).warning(
                "%s: made again what was damaged or gone: %s", folder, ", ".join(damaged)
            )
        if not store.complete:
            parts.folder.mkdir(exist_ok=True)
        return store

    def _take_up(self, asked: Mapping[str, Any]) -> list[str]:
        """Make sure that the manifest is the one asked for; return what else is damaged, or gone.

        Raises:
            InputError: If the folder holds, or may hold, results of another question.
        """
        path = self.folder / MANIFEST
        try:
            status = read_status(self.folder)
        except InputError:
            status, damaged = None, [STATUS]
        else:
            damaged = [*faults(self.folder, status)] if status else []
        if not path.exists() and not damaged and status is None:
            write_json(path, asked)
            return []
        try:
            manifest = read_json(path)
            if not manifest:  # as `clear` leaves it
                write_json(path, asked)
            refuse_other(self.folder, manifest or asked, asked)
            return damaged
        except InputError:
            # A damaged manifest is written again if all else shows that the question is the same.
            written = hashlib.sha256(json_bytes(asked)).hexdigest()
            same = status and status.files[MANIFEST].sha256 == written
            if not same and not any(map(self.parts.has, self.parts.chunks)):
                raise
        write_json(path, asked)
        return list(dict.fromkeys([MANIFEST, *damaged]))

    @property
    def complete(self) -> bool:
        """Whether the folder is whole."""
        return is_complete(self.folder)

    def missing_chunks(self) -> list[range]:
        """Return the runs of each chunk that is still to be written; damaged parts count so."""
        if self.complete:
            return []
        unknown = [runs for runs in self.parts.chunks if runs not in self._there]
        self._there.update(runs for runs in unknown if self.parts.has(runs))
        missing = [runs for runs in unknown if runs not in self._there]
        damaged = [path.name for runs in missing if (path := self.parts.path(runs)).exists()]
        if damaged:
            logging.getLogger(__name__).warning(
                "%s: %d damaged parts are made again, the first %s",
                self.parts.folder,
                len(damaged),
                damaged[0],
            )
        return missing

    def write_chunk(self, chunk: Chunk, on_error: OnError = "record") -> None:
        """Write a chunk's part; any thread or process may, in any order.

        Args:
            chunk: What the engine made of some runs.
            on_error: What becomes of runs that fail; see :func:`sim.results.writing.encode.encode`.

        Raises:
            RunError: With `stop`: the first run that failed, and why.
            OSError: If the part cannot be written; finished parts stay.
        """
        runs = range(chunk.first, chunk.first + chunk.runs)
        self.write_part(runs, encode(self.parts, chunk, on_error))

    def write_part(self, runs: range, content: Content) -> None:
        """Write the part of a chunk that `encode` returned, here or elsewhere."""
        self.parts.write_bytes(runs, content)
        self._there.add(runs)

    def failures(self) -> list[Failure]:
        """Return the runs that failed, as far as they are done, in order."""
        return read_failures(self.folder) if self.complete else self.parts.failures()

    def write_runtime(self, facts: Mapping[str, Any]) -> None:
        """Write `runtime.json`: the given facts (timing, threads), platform and versions."""
        content = {
            **facts,
            "platform": platform.platform(),
            "python": platform.python_version(),
            "libraries": dict(_versions()),
        }
        write_json(self.folder / RUNTIME, content)

    def finish(self) -> list[Failure]:
        """Write the tables from the parts, mark the folder as whole and remove the parts.

        Returns:
            The runs that failed. If all did, there is nothing but the table of failures.

        Raises:
            ValueError: If chunks are missing.
            OSError: If a table cannot be written; the parts stay.
        """
        if not self.complete:
            missing = self.missing_chunks()
            if missing:
                raise ValueError(f"{len(missing)} chunks are missing, the first from {missing[0]}")
            failures = self.parts.failures()
            files = self._write_tables(failures)
            for name in TABLES:
                if name not in files:
                    (self.folder / name).unlink(missing_ok=True)
            files[MANIFEST] = digest_of(self.folder / MANIFEST)
            write_status(self.folder, self.parts.runs, len(failures), files)
        remove_parts(self.parts.folder)
        return read_failures(self.folder)

    def _write_tables(self, failures: list[Failure]) -> dict[str, Digest]:
        """Write all tables; return size and digest of each."""
        from sim.results.writing.countries import write_countries
        from sim.results.writing.parquet import write_country_runs, write_runs
        from sim.results.writing.source import Source
        from sim.results.writing.summary import write_series

        tables: dict[str, Callable[[Path], None]] = {}
        if self.points:
            tables[DESIGN] = partial(write_design, self.points)
        if failures:
            tables[FAILURES] = partial(write_failures, failures, self.points)
        if len(failures) < self.parts.runs:
            source = Source(self.parts, tuple(failures), self.points)
            several = source.replicates > 1 or not self.points
            countries = bool(self.parts.layout.kept)
            tables[RUNS] = partial(write_runs, source)
            if several:
                tables[SERIES] = partial(write_series, source)
            if several and countries:
                weights = read_json(self.folder / MANIFEST).get(SET_WEIGHTS)
                tables[COUNTRIES] = partial(write_countries, source, set_weights=weights)
            if countries:
                tables[COUNTRY_RUNS] = partial(write_country_runs, source)

        def write(name: str) -> Digest:
            tables[name](self.folder / name)
            return digest_of(self.folder / name)

        # Two threads: compressing and sorting both leave Python's lock to each other.
        with ThreadPoolExecutor(max_workers=2) as pool:
            return dict(zip(tables, pool.map(write, tables), strict=True))


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue

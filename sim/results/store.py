"""A results folder from its first chunk of runs to the mark that it is whole.

    manifest.json         what was asked; compared when the folder is opened again
    runtime.json          when, where and how fast: never part of the data
    parts/*.part          one file per chunk, until the end
    runs.parquet          a row per run, quarter and group
    country_runs.parquet  a row per run and country
    series.csv            mean and quantiles over runs
    countries.csv         probabilities of each country
    design.csv            of a sweep: where each factor stood at each point
    failures.csv          runs that failed, if any did: they are in no table
    status.json           written last: the folder is whole

A process may be killed at any moment: what has its final name is whole, and :meth:`Store.missing`
says what to run again.
"""

from __future__ import annotations

import csv
import io
import json
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from sim.engine.chunk import Chunk, Layout
from sim.errors import InputError
from sim.parameters import Outcome
from sim.results.files import TEMPORARY, sync_folder, whole_file, write_json
from sim.results.parts import Content, Failure, OnError, Parts
from sim.results.points import POINT, REPLICATE, Points, write_design

MANIFEST = "manifest.json"
RUNTIME = "runtime.json"
STATUS = "status.json"
PARTS = "parts"
RUNS = "runs.parquet"
COUNTRY_RUNS = "country_runs.parquet"
SERIES = "series.csv"
COUNTRIES = "countries.csv"
DESIGN = "design.csv"
FAILURES = "failures.csv"

SHARD = re.compile(r"shard-(\d+)-of-(\d+)")
"""Name of a folder inside a results folder that holds parts of the same results."""

LISTED_DIFFERENCES = 20
"""Differences between two manifests that a message lists; the first ones tell enough."""
LIBRARIES = ("entrench", "numpy", "pyarrow", "numba", "mesa")


@dataclass(frozen=True)
class Store:
    """A results folder being filled; see :meth:`open`.

    Attributes:
        folder: The folder.
        parts: Its parts.
        points: What the runs of a sweep are of; None: all are replicates of one scenario.
    """

    folder: Path
    parts: Parts
    points: Points | None = None

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
        parts = Parts(folder / PARTS, layout, dict(outcomes), runs, chunk_runs, made)
        asked = json.loads(json.dumps(manifest))
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file, not a folder for results")
        found = _entries(folder)
        if MANIFEST in found:
            compare_manifests(folder, asked)
        elif found:
            raise InputError(
                f"{folder} is not empty and holds no {MANIFEST}, so it is no results folder: "
                "choose another or an empty one"
            )
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / MANIFEST, asked)
        store = cls(folder, parts, points)
        if not store.complete:
            parts.folder.mkdir(exist_ok=True)
        return store

    @property
    def complete(self) -> bool:
        """Whether the folder is whole."""
        return is_complete(self.folder)

    def missing_chunks(self) -> list[range]:
        """Return the runs of each chunk that is still to be written."""
        return [] if self.complete else self.parts.missing()

    def write_chunk(self, chunk: Chunk, on_error: OnError = "record") -> None:
        """Write a chunk's part; any thread or process may, in any order.

        Args:
            chunk: The chunk.
            on_error: What becomes of runs that fail; see :meth:`Parts.encode`.

        Raises:
            RunError: With `stop`: the first run that failed, and why.
            OSError: If the part cannot be written; finished parts stay.
        """
        self.parts.write(chunk, on_error)

    def write_part(self, runs: range, content: Content) -> None:
        """Write the part of a chunk that :meth:`Parts.encode` returned, here or elsewhere."""
        self.parts.write_bytes(runs, content)

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
            missing = self.parts.missing()
            if missing:
                raise ValueError(f"{len(missing)} chunks are missing, the first from {missing[0]}")
            failures = self.parts.failures()
            self._write_tables(failures)
            sync_folder(self.folder)
            status = {"complete": True, "runs": self.parts.runs, "failed": len(failures)}
            write_json(self.folder / STATUS, status)
            sync_folder(self.folder)
        shutil.rmtree(self.parts.folder, ignore_errors=True)
        return read_failures(self.folder)

    def _write_tables(self, failures: list[Failure]) -> None:
        from sim.results.countries import write_countries
        from sim.results.parquet import write_country_runs, write_runs
        from sim.results.source import Source
        from sim.results.summary import write_series

        if self.points:
            write_design(self.points, self.folder / DESIGN)
        if failures:
            _write_failures(failures, self.points, self.folder / FAILURES)
        if len(failures) == self.parts.runs:
            return
        source = Source(self.parts, tuple(failures), self.points)
        tables = [(write_runs, RUNS)]
        if source.replicates > 1 or not self.points:
            tables.append((write_series, SERIES))
        if self.parts.layout.kept:
            if source.replicates > 1 or not self.points:
                tables.append((write_countries, COUNTRIES))
            tables.append((write_country_runs, COUNTRY_RUNS))
        # Two threads: compressing and sorting both leave Python's lock to each other.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for job in [pool.submit(write, source, self.folder / name) for write, name in tables]:
                job.result()


def _write_failures(failures: list[Failure], points: Points | None, path: Path) -> None:
    """Write `failures.csv`: a row per failed run; a sweep's says where each factor stood."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    place = (POINT, REPLICATE) if points else ()
    writer.writerow(["run", *place, "message", *(points.names if points else ())])
    for run, message in failures:
        point, replicate = points.of(run) if points else (0, 0)
        if points:
            writer.writerow([run, point, replicate, message, *points.texts(point)])
        else:
            writer.writerow([run, message])
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def read_failures(folder: Path) -> list[Failure]:
    """Return the runs that failed, from a finished folder.

    Raises:
        InputError: If the list of them is damaged.
    """
    path = folder / FAILURES
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [Failure(int(row["run"]), row["message"]) for row in csv.DictReader(file)]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise InputError(f"{path} is damaged: {error}") from error


def shard_folder(folder: Path, shard: int, shards: int) -> Path:
    """Return where a shard of a results folder keeps its parts; the first shard is 1."""
    return folder / f"shard-{shard}-of-{shards}"


def shard_folders(folder: Path) -> list[Path]:
    """Return the shards that a results folder holds, in order."""
    if not folder.is_dir():
        return []
    found = ((SHARD.fullmatch(entry.name), entry) for entry in folder.iterdir() if entry.is_dir())
    return [entry for *_, entry in sorted((int(m[2]), int(m[1]), e) for m, e in found if m)]


def is_complete(folder: Path) -> bool:
    """Return whether a folder bears the mark of whole results."""
    try:
        return json.loads((folder / STATUS).read_bytes()).get("complete") is True
    except (OSError, ValueError, AttributeError):
        return False


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object of a results folder.

    Raises:
        InputError: If the file holds none.
    """
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError(f"{path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} is damaged: it holds no JSON object")
    return content


def _entries(folder: Path) -> set[str]:
    """Return the names in a folder, but for shards and a manifest that was being written."""
    if not folder.exists():
        return set()
    names = {entry.name for entry in folder.iterdir()} - {MANIFEST + TEMPORARY}
    return {name for name in names if not SHARD.fullmatch(name)}


def compare_manifests(folder: Path, asked: Mapping[str, Any]) -> None:
    """Raise InputError if a results folder holds the results of another question."""
    _compare(folder, read_json(folder / MANIFEST), asked)


def _compare(folder: Path, found: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    there, here = dict(_flat(found)), dict(_flat(asked))
    absent = "nothing"
    differences = [
        f"{key}: {there.get(key, absent)} in the folder, {here.get(key, absent)} asked for"
        for key in dict.fromkeys([*here, *there])
        if there.get(key, absent) != here.get(key, absent)
    ]
    if differences:
        more = len(differences) - LISTED_DIFFERENCES
        shown = differences[:LISTED_DIFFERENCES] + ([f"and {more} more"] if more > 0 else [])
        raise InputError(shown, f"{folder} holds the results of another question; what differs:")


def _flat(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Return every value of nested objects and lists as JSON, with its path."""
    if isinstance(content, dict) and content:
        for key, value in content.items():
            yield from _flat(value, f"{path}.{key}" if path else key)
    elif isinstance(content, list) and content:
        for at, value in enumerate(content):
            yield from _flat(value, f"{path}[{at}]")
    else:
        yield path, json.dumps(content, ensure_ascii=False)


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue

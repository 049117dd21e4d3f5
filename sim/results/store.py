"""A results folder from its first chunk of runs to the mark that it is whole.

    manifest.json         what was asked; compared when the folder is opened again
    runtime.json          when, where and how fast: never part of the data
    parts/*.part          one file per chunk, until the end
    runs.parquet          a row per run, quarter and group
    country_runs.parquet  a row per run and country
    series.csv            mean and quantiles over runs
    countries.csv         probabilities of each country
    status.json           written last: the folder is whole

A process may be killed at any moment: what has its final name is whole, and :meth:`Store.missing`
says what to run again.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from sim.errors import InputError
from sim.parameters import Outcome
from sim.results.chunk import Chunk, Layout
from sim.results.files import TEMPORARY, sync_folder, write_json
from sim.results.parts import Parts

MANIFEST = "manifest.json"
RUNTIME = "runtime.json"
STATUS = "status.json"
PARTS = "parts"
RUNS = "runs.parquet"
COUNTRY_RUNS = "country_runs.parquet"
SERIES = "series.csv"
COUNTRIES = "countries.csv"

LISTED_DIFFERENCES = 20
"""Differences between two manifests that a message lists; the first ones tell enough."""
LIBRARIES = ("entrench", "numpy", "pyarrow", "numba", "mesa")


@dataclass(frozen=True)
class Store:
    """A results folder being filled; see :meth:`open`.

    Attributes:
        folder: The folder.
        parts: Its parts.
    """

    folder: Path
    parts: Parts

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
    ) -> Self:
        """Create a results folder, or open one that answers the same question.

        Args:
            folder: Where; made with its parents if need be.
            manifest: What is asked, of JSON values, without anything about time or machine.
            layout: Of the chunks to come.
            outcomes: Columns of the results (see :func:`sim.results.outcomes.register`).
            runs: Number of runs.
            chunk_runs: Number of runs in a chunk; only the last may have fewer.

        Raises:
            InputError: If the folder holds something else, or results for another manifest.
            OSError: If it cannot be written.
        """
        if runs < 1 or chunk_runs < 1:
            raise ValueError("there must be runs, and runs in a chunk")
        parts = Parts(folder / PARTS, layout, dict(outcomes), runs, chunk_runs)
        asked = json.loads(json.dumps(manifest))
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file, not a folder for results")
        found = _entries(folder)
        if MANIFEST in found:
            _compare(folder, read_json(folder / MANIFEST), asked)
        elif found:
            raise InputError(
                f"{folder} is not empty and holds no {MANIFEST}, so it is no results folder: "
                "choose another or an empty one"
            )
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / MANIFEST, asked)
        store = cls(folder, parts)
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

    def write_chunk(self, chunk: Chunk) -> None:
        """Write a chunk's part; any thread or process may, in any order.

        Raises:
            ArithmeticError: If an outcome is not finite.
            OSError: If the part cannot be written; finished parts stay.
        """
        self.parts.write(chunk)

    def write_runtime(self, facts: Mapping[str, Any]) -> None:
        """Write `runtime.json`: the given facts (timing, threads), platform and versions."""
        content = {
            **facts,
            "platform": platform.platform(),
            "python": platform.python_version(),
            "libraries": dict(_versions()),
        }
        write_json(self.folder / RUNTIME, content)

    def finish(self) -> None:
        """Write the tables from the parts, mark the folder as whole and remove the parts.

        Raises:
            ValueError: If chunks are missing.
            OSError: If a table cannot be written; the parts stay.
        """
        if not self.complete:
            missing = self.parts.missing()
            if missing:
                raise ValueError(f"{len(missing)} chunks are missing, the first from {missing[0]}")
            self._write_tables()
            sync_folder(self.folder)
            write_json(self.folder / STATUS, {"complete": True, "runs": self.parts.runs})
            sync_folder(self.folder)
        shutil.rmtree(self.parts.folder, ignore_errors=True)

    def _write_tables(self) -> None:
        from sim.results.parquet import write_country_runs, write_runs
        from sim.results.summary import write_countries, write_series

        # Two threads: compressing and sorting both leave Python's lock to each other.
        with ThreadPoolExecutor(max_workers=2) as pool:
            jobs = [
                pool.submit(write_runs, self.parts, self.folder / RUNS),
                pool.submit(write_series, self.parts, self.folder / SERIES),
            ]
            if self.parts.layout.kept:
                jobs += [
                    pool.submit(write_countries, self.parts, self.folder / COUNTRIES),
                    pool.submit(write_country_runs, self.parts, self.folder / COUNTRY_RUNS),
                ]
            for job in jobs:
                job.result()


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
    """Return the names in a folder, but for a manifest that was being written."""
    if not folder.exists():
        return set()
    return {entry.name for entry in folder.iterdir()} - {MANIFEST + TEMPORARY}


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

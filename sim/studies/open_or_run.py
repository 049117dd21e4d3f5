"""A folder is opened, a scenario is run into its folder: both are results.

No study runs histories a way of its own.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.batch.ensemble import EngineName, run_to_folder
from sim.batch.forecast import BY_RUN
from sim.errors import InputError, Note
from sim.results.folder import clear
from sim.results.read import Results
from sim.studies.numbers_as_text import first_of
from sim.studies.opened import open_folder
from sim.studies.resolve import Resolved
from sim.studies.run_options import RunOptions, count_threads
from sim.studies.watching import further, ignore, watching

LISTED = 10
"""Files that a message lists."""
SAMPLE_RUNS, SAMPLE_SCENARIOS = 160, 4
"""Runs in all, and scenarios among many, by which it is measured how long all would take."""


def folder_or_temporary(out: Path | str | None, name: str) -> tuple[Path, Any]:
    """Return a folder and, if none is named, the keeper of the temporary one that it then is."""
    if out is not None:
        return Path(out), None
    temporary = tempfile.TemporaryDirectory(prefix="entrench-")
    return Path(temporary.name) / name, temporary


def open_all(
    resolved: Sequence[Resolved],
    options: RunOptions,
    folders: Sequence[Path | None] = (),
    *,
    fresh: bool = False,
    engine: EngineName = "compiled",
    outcomes: Collection[str] = (),
) -> list[Results]:
    """Open the folders, and run what is missing of the scenarios.

    Args:
        resolved: What is to be opened or run.
        options: See :class:`RunOptions`; threads and watch count here.
        folders: Of each that is run; none, or None: a temporary one, which goes with the results.
        fresh: Whether to replace results of another question there.
        engine: The compiled engine or the Mesa model.
        outcomes: What temporary folders keep, where that is all that is looked at.
    """
    workers = count_threads(options.get("threads"))
    total = sum(one.runs_to_do for one in resolved)
    opened, done = [], 0
    with watching(options.get("watch"), total) as tell:
        for one, folder in zip(resolved, folders or [None] * len(resolved), strict=True):
            if one.results:
                opened.append(one.results)
                continue
            assert one.request is not None
            if fresh and folder:
                clear_results(folder)
            folder, temporary = folder_or_temporary(folder, one.name)
            with suggest_fresh():
                report = run_to_folder(
                    one.request, folder, engine=engine, threads=workers,
                    progress=further(tell, done), outcomes=outcomes if temporary else (),
                )  # fmt: skip
            opened.append(open_folder(folder, temporary, report))
            done += one.runs_to_do
    return opened


@dataclass(frozen=True)
class RunsForecast:
    """What runs will take: measured on a sample of them.

    Attributes:
        seconds: How long they take.
        bytes: Size of the finished folders, without figures.
        sample: How many runs were measured.
    """

    seconds: float
    bytes: float
    sample: int


def forecast_of(resolved: Sequence[Resolved], threads: int | None = None) -> RunsForecast:
    """Run a sample of each scenario, or of some of many, and reckon all runs."""
    seconds, size, sample = 0.0, 0.0, 0
    asked = [one for one in resolved if one.request]
    sampled = asked[:: -(-len(asked) // SAMPLE_SCENARIOS) or 1]
    for one in sampled:
        assert one.request is not None
        few = replace(one.request, runs=min(SAMPLE_RUNS // len(sampled), one.runs_to_do))
        started = time.perf_counter()
        quiet: RunOptions = {"threads": threads, "watch": lambda _: nullcontext(ignore)}
        (results,) = open_all([replace(one, request=few)], quiet)
        # Loading what the first runs need counts once, so a long study takes rather less.
        times = one.runs_to_do / few.runs
        seconds += (time.perf_counter() - started) * times
        for file in results.folder.iterdir():
            size += file.stat().st_size * (times if file.name in BY_RUN else 1.0)
        sample += few.runs
    part = sum(one.runs_to_do for one in sampled) / (sum(one.runs_to_do for one in asked) or 1)
    return RunsForecast(seconds / (part or 1.0), size / (part or 1.0), sample)


def clear_results(folder: Path) -> None:
    """Empty an earlier results folder of what Entrench wrote, and nothing that is not one.

    What is left there is told by a :class:`sim.errors.Note`.

    Raises:
        InputError: The folder is no results folder.
        OSError: Another process writes there.
    """
    if left := clear(folder):
        shown = first_of([str(path.relative_to(folder)) for path in left], LISTED)
        warnings.warn(f"{folder}: left alone, as not Entrench's: {shown}", Note, stacklevel=2)


@contextmanager
def suggest_fresh(kind: type[InputError] = InputError) -> Iterator[None]:
    """Say what can be done where a folder holds results of another question.

    Args:
        kind: The error that tells of such a folder.
    """
    try:
        yield
    except kind as error:
        if not error.headline:
            raise  # the folder holds no results, and the message says what it is
        hint = "name another folder with --out, or replace these results with --fresh"
        raise type(error)([*error.messages, hint], error.headline) from None

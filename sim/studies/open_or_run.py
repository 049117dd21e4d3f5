"""A folder is opened, a scenario is run into its folder: both are results.

No study runs histories a way of its own.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.batch.ensemble import EngineName, run_to_folder
from sim.errors import InputError, Note
from sim.results.folder import clear
from sim.results.read import Results
from sim.studies.numbers_as_text import first_of
from sim.studies.opened import open_folder
from sim.studies.resolve import Resolved
from sim.studies.run_options import RunOptions, count_threads
from sim.studies.watching import further, watching

LISTED = 10
"""Files that a message lists."""


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

"""A folder is opened, a scenario is run into its folder: both are results.

No study runs histories a way of its own.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.batch.ensemble import EngineName, run_to_folder
from sim.errors import InputError, Note
from sim.results.claim import settle
from sim.results.files import read_json
from sim.results.folder import MANIFEST, clear, refuse_foreign
from sim.results.read import Results
from sim.studies.numbers_as_text import first_of
from sim.studies.opened import open_folder
from sim.studies.resolve import Resolved
from sim.studies.run_options import RunOptions, count_threads
from sim.studies.study import own_files
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
            if folder:
                claim_results(folder, one.manifest, [one.text], fresh=fresh)
            folder, temporary = folder_or_temporary(folder, one.name)
            report = run_to_folder(
                one.request, folder, engine=engine, threads=workers,
                progress=further(tell, done), outcomes=outcomes if temporary else (),
            )  # fmt: skip
            opened.append(open_folder(folder, temporary, report))
            done += one.runs_to_do
    return opened


def claim_results(
    folder: Path, asked: Mapping[str, Any], sources: Iterable[object], *, fresh: bool
) -> None:
    """See that results of a run or a sweep may go into a folder; see :mod:`sim.results.claim`.

    Args:
        folder: The folder.
        asked: The manifest of what is to be run.
        sources: What was named, which may be the user's own file.
        fresh: Whether to replace results of another question there.

    Raises:
        InputError: The folder holds something else.
        OSError: Another process writes there.
    """
    refuse_foreign(folder)
    record, before = folder / MANIFEST, dict[str, Any]()
    with suppress(InputError):  # of a damaged one it is said later, if it cannot be mended
        before = read_json(record)
    if before:
        files = own_files(sources)
        settle(record, before, asked, lambda: clear_results(folder), fresh=fresh, files=files)
    elif fresh:
        clear_results(folder)


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

"""Whose a folder is: one rule for all verbs that leave files.

What is not ours is refused. What says something else than what is asked now is refused, too, unless
`--fresh` is given, or all that differs is a scenario or experiment whose file, one of the user's
own, was edited since. The same question may be answered again.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.errors import InputError, Note
from sim.results.files import Digest, is_regular, read_sealed, write_sealed
from sim.results.folder import MANIFEST, refuse_foreign

ASKED, FILES = "asked", "files"
"""Keys of a study's record: what it answers, and size and digest of each table."""
LISTED_DIFFERENCES = 20
"""Differences that a message lists; the first ones tell enough."""
FRESH = "name another folder with --out, or replace these results with --fresh"
EDITABLE = ("scenario", "experiment")
"""How the keys of what a scenario's or an experiment's own file says begin."""


def differences(before: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """Return what differs between two questions, a line a value."""
    there, here = dict(_flat(before)), dict(_flat(json.loads(json.dumps(asked))))
    absent = "nothing"
    return [
        f"{key}: {there.get(key, absent)} in the folder, {here.get(key, absent)} asked for"
        for key in dict.fromkeys([*here, *there])
        if there.get(key, absent) != here.get(key, absent)
    ]


def refuse_other(folder: Path, before: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise InputError if a folder answers another question; what differs is listed."""
    if lines := differences(before, asked):
        more = len(lines) - LISTED_DIFFERENCES
        shown = lines[:LISTED_DIFFERENCES] + ([f"and {more} more"] if more > 0 else [])
        raise InputError(shown, f"{folder} holds the results of another question; what differs:")


def settle(
    record: Path,
    before: Mapping[str, Any],
    asked: Mapping[str, Any],
    clear: Callable[[], object],
    *,
    fresh: bool,
    files: Iterable[Path] = (),
) -> bool:
    """Decide what becomes of earlier results: they stay, are removed, or are in the way.

    Args:
        record: The file that says what they answer.
        before: What that is.
        asked: What is asked now.
        clear: Removes them.
        fresh: Whether the user wants them replaced.
        files: The user's own files among what is asked.

    Returns:
        Whether they were removed.

    Raises:
        InputError: They answer another question, and are not to be replaced.
    """
    lines = differences(before, asked)
    edited = [file for file in files if file.stat().st_mtime > record.stat().st_mtime]
    if lines and not fresh and edited and all(line.startswith(EDITABLE) for line in lines):
        text = f"{record.parent}: replaced, as {edited[0]} was edited since"
        warnings.warn(text, Note, stacklevel=2)
    elif lines and not fresh:
        try:
            refuse_other(record.parent, before, asked)
        except InputError as error:
            raise InputError([*error.messages, FRESH], error.headline) from None
    if lines or fresh:
        clear()
    return bool(lines) or fresh


def claim(
    folder: Path,
    record: str,
    asked: Mapping[str, Any],
    clear: Callable[[Path], object],
    *,
    fresh: bool,
    files: Iterable[Path] = (),
    tables: Collection[str] = (),
    records: Iterable[str] = (),
) -> bool:
    """Take a folder for a study, and write down what it will answer.

    Args:
        folder: The folder, which may be there or not.
        record: Name of the study's record in it.
        asked: What the study answers.
        clear: Removes an earlier such study from the folder.
        fresh: Whether another answer there is to be replaced.
        files: The user's own files among what is asked.
        tables: Names of the study's tables.
        records: Names of records of all studies: several may share a folder.

    Returns:
        Whether an earlier such study was removed.

    Raises:
        InputError: The folder holds something else.
    """
    if (folder / MANIFEST).exists():
        raise InputError(f"--out {folder} holds the results of a run; choose another folder")
    refuse_foreign(folder, record, *records)
    path, removed = folder / record, False
    if os.path.lexists(path):
        before = read_sealed(path).get(ASKED, {})
        removed = settle(path, before, asked, lambda: clear(folder), fresh=fresh, files=files)
    there = [folder / one for one in {record, *records} if is_regular(folder / one)]
    ours = {name for one in there for name in listed(one)}
    if foreign := [name for name in tables if (folder / name).exists() and name not in ours]:
        raise InputError(f"--out {folder} holds another {foreign[0]}; choose another folder")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_sealed(path, {ASKED: asked})
    return removed


def listed(record: Path) -> dict[str, Digest]:
    """Return size and digest of the tables that a study's record lists.

    Raises:
        InputError: It is damaged.
    """
    return {name: Digest(**one) for name, one in read_sealed(record).get(FILES, {}).items()}


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

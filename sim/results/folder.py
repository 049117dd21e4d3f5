"""What a results folder holds: names, the mark that it is whole, what is damaged, what is ours.

The mark, `status.json`, is written last. It holds size and digest of every data file, and a digest
of itself; so a folder that bears it can be verified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.results.files import (
    LEFTOVER,
    Digest,
    digest_of,
    file_in_the_way,
    inside,
    is_own,
    is_regular,
    read_json,
    read_sealed,
    sync_folder,
    write_json,
    write_sealed,
)
from sim.results.lock import LOCK, writing
from sim.text import MANIFEST as MANIFEST

RUNTIME = "runtime.json"
STATUS = "status.json"
PARTS = "parts"
FIGURES = "figures"
RUNS = "runs.parquet"
COUNTRY_RUNS = "country_runs.parquet"
SERIES = "series.csv"
COUNTRIES = "countries.csv"
DESIGN = "design.csv"
FAILURES = "failures.csv"

TABLES = (RUNS, COUNTRY_RUNS, SERIES, COUNTRIES, DESIGN, FAILURES)
"""Data files beside the manifest, as far as a folder has them."""
OURS = (*TABLES, RUNTIME, LOCK)
"""Files of a results folder beside the manifest and the mark."""

PART = re.compile(r"\d{9,}-\d{9,}\.part")
"""Name of a part."""

AGAIN = "the command that began it, given again with the same --out, goes on where it stopped"
MEND = "the command that made it, given again with the same --out, mends it"


@dataclass(frozen=True)
class Report:
    """What filling a folder has done.

    Attributes:
        runs: Runs that were missing and have been made.
        seconds: How long that took.
        failed: How many of all runs failed.
    """

    runs: int
    seconds: float
    failed: int


@dataclass(frozen=True)
class Status:
    """What the mark of whole results says.

    Attributes:
        runs: Number of runs, failed ones too.
        failed: How many of them failed.
        files: Size and digest of each data file, by name.
    """

    runs: int
    failed: int
    files: dict[str, Digest]


def read_status(folder: Path) -> Status | None:
    """Return what the mark of whole results says; None if there is none: it is not finished.

    Raises:
        InputError: If the mark is damaged.
    """
    path = folder / STATUS
    if not path.exists():
        return None
    content = read_sealed(path)
    try:
        files = {name: Digest(**entry) for name, entry in content["files"].items()}
        return Status(int(content["runs"]), int(content["failed"]), files)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}") from error


def write_status(folder: Path, runs: int, failed: int, files: dict[str, Digest]) -> None:
    """Mark a folder as whole."""
    listed = {name: files[name]._asdict() for name in sorted(files)}
    content = {"complete": True, "runs": runs, "failed": failed, "files": listed}
    sync_folder(folder)
    write_sealed(folder / STATUS, content)
    sync_folder(folder)
    _known.update({key: files[name] for name in files if (key := _state(folder / name))})


def remove_status(folder: Path) -> None:
    """Take the mark away, before anything else of the folder changes."""
    (folder / STATUS).unlink(missing_ok=True)
    sync_folder(folder)


def is_complete(folder: Path) -> bool:
    """Return whether a folder bears the mark of whole results, undamaged."""
    try:
        return read_status(folder) is not None
    except (InputError, OSError):
        return False


type _State = tuple[str, int, int, int, int]

_known: dict[_State, Digest] = {}
"""Digests that this process has seen: a command that opens a folder twice reads it once."""


def _state(path: Path) -> _State | None:
    """Return what changes whenever a file is written; None if there is no file."""
    if not is_regular(path):
        return None
    stat = path.stat()
    return str(path.resolve()), stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def faults(folder: Path, status: Status) -> dict[str, str]:
    """Return what is wrong with the data files of a folder, by name.

    Raises:
        OSError: If a file cannot be read.
    """
    reasons = {name: _fault(folder / name, wanted) for name, wanted in status.files.items()}
    for name in TABLES:
        if name not in status.files and (folder / name).exists():
            reasons[name] = "no part of these results"
    return {name: why for name, why in reasons.items() if why}


def _fault(path: Path, wanted: Digest) -> str:
    state = _state(path)
    if state is None:
        return "damaged: no file" if path.exists() else "gone"
    size = state[2]
    if size != wanted.bytes:
        return f"damaged: {size:,} bytes, not {wanted.bytes:,}"
    if state not in _known:
        _known[state] = digest_of(path)
    if _known[state] != wanted:
        return "damaged, or of other results: its content is not what was written"
    return ""


def verify(folder: Path) -> Status:
    """Return what a folder's mark says, once all its data files are found to be as written.

    Raises:
        InputError: If it is no results folder, not finished, or damaged; files are named.
    """
    if not folder.exists():
        raise InputError(f"{folder}: there is no such folder")
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a results folder")
    if not (folder / MANIFEST).exists() and not (folder / STATUS).exists():
        below = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
        hint = f"; name one of the results folders in it, such as {below[0]}" if below else ""
        raise InputError(f"{folder} is no results folder: it holds no {MANIFEST}{hint}")
    status = read_status(folder)
    if status is None:
        if (folder / MANIFEST).exists():
            read_json(folder / MANIFEST)
        raise InputError(f"{folder} is not finished: {AGAIN}")
    refuse_damaged(folder, status)
    return status


def refuse_damaged(folder: Path, status: Status) -> None:
    """Refuse a folder whose data files are not as they were written.

    Raises:
        InputError: Each of them is named.
    """
    if reasons := faults(folder, status):
        damaged = [f"{folder / name} is {why}" for name, why in reasons.items()]
        raise InputError(damaged, f"{folder} is damaged ({MEND}):")


def refuse_foreign(folder: Path, *records: str) -> None:
    """Refuse to write where something else than results is.

    Args:
        folder: Where results are to go.
        *records: Files of which one says that a folder is ours; those of runs if none are given.

    Raises:
        InputError: It is a file, or a folder with other things in it.
    """
    if fault := file_in_the_way(folder, f"--out {folder}"):
        raise InputError(fault + (" for results" if folder.exists() else ""))
    names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    known = {LOCK, *filter(LEFTOVER.fullmatch, names)}
    records = records or (MANIFEST, STATUS)
    if names - known and not names & {*records}:
        raise InputError(
            f"{folder} is not empty and holds no {records[0]}, so it is no results folder: "
            "choose another or an empty one with --out"
        )
    for name in (PARTS, FIGURES):
        inside(folder, name)


def clear(folder: Path) -> list[Path]:
    """Remove an earlier results folder's files, and nothing that Entrench did not write.

    The folder itself stays, as it may be a link, or the one that the user is in; with a manifest
    that asks nothing, so that it is known as a results folder whatever else is in it.

    Returns:
        What was left.

    Raises:
        InputError: The folder is no results folder.
        OSError: Another process writes there, or a file cannot be removed.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return []
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} holds no {MANIFEST}, so --fresh does not remove it")
    if not _is_of_results(folder):
        raise InputError(
            f"{folder / MANIFEST} tells of no results, so --fresh does not remove {folder}"
        )
    with writing(folder):
        # Killed in between, it leaves what is neither whole nor unknown.
        remove_status(folder)
        write_json(folder / MANIFEST, {})
        left = list(_clear(folder))
    return sorted(left)


def _is_of_results(folder: Path) -> bool:
    """Tell whether a manifest is of runs: other programs have files of that name too."""
    try:
        content = read_json(folder / MANIFEST)
    except (InputError, OSError):
        return is_complete(folder) or any((folder / PARTS).glob("*.part"))
    return not content or content.keys() >= {"version", "rules"}


def _clear(folder: Path) -> Iterator[Path]:
    """Remove what is ours beneath a folder; yields what is not."""
    for entry in sorted(folder.iterdir()):
        name = entry.name
        if entry.is_symlink() or not entry.is_dir():
            if name in OURS or LEFTOVER.fullmatch(name):
                if name != LOCK:
                    entry.unlink()
            elif name != MANIFEST:
                yield entry
        elif name == PARTS:
            yield from remove_parts(entry)
        elif name == FIGURES:
            yield from _remove(entry, is_own)
        else:
            yield entry


def remove_parts(folder: Path) -> list[Path]:
    """Remove the parts in a folder, and the folder if nothing else is in it; returns what is."""

    def is_part(path: Path) -> bool:
        return bool(PART.fullmatch(path.name) or LEFTOVER.fullmatch(path.name))

    return _remove(folder, is_part)


def _remove(folder: Path, is_ours: Callable[[Path], bool]) -> list[Path]:
    """Remove files in a folder, and the folder if nothing else is in it; returns what is."""
    left = []
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        if is_ours(entry):
            entry.unlink()
        else:
            left.append(entry)
    with suppress(OSError):
        folder.rmdir()
    return left

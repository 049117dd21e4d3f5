"""A results folder: what it contains, from the first chunk to the finished tables.

    manifest.json         identity of the runs; size and SHA-256 of each table once all is there
    runtime.json          when, where and how fast: not part of the data
    chunks/               tables of each chunk of runs, while the folder is being filled
    design.csv            a row per point
    parameters.csv        a row per run
    runs.parquet          a row per point, run, date and group
    country_runs.parquet  a row per point, run, country and year
    series.csv            mean and quantiles over runs
    countries.csv         shares of runs for each country
    failures.csv          runs that failed, if any did

A folder is finished when its manifest lists its tables. A process may be killed at any moment:
a file that has its final name is whole, and the same command runs what is missing.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sim.errors import InputError
from sim.results.files import digest_of, file_in_the_way, inside, read_json, whole_file, write_json
from sim.text import MANIFEST, shorten

RUNTIME = "runtime.json"
CHUNKS = "chunks"
FIGURES = "figures"
LOCK = ".lock"
RUNS = "runs.parquet"
COUNTRY_RUNS = "country_runs.parquet"
SERIES = "series.csv"
COUNTRIES = "countries.csv"
DESIGN = "design.csv"
PARAMETERS = "parameters.csv"
FAILURES = "failures.csv"
TABLES = (DESIGN, PARAMETERS, RUNS, COUNTRY_RUNS, SERIES, COUNTRIES, FAILURES)

FILES = "files"
"""Key of a finished folder's manifest: size and SHA-256 of each table."""
REPORTS = "reports"
"""Key of a manifest: files that studies wrote into the folder, by study."""
DIFFERENCES_LISTED = 8
SHOWN = 60
"""Letters shown of a value that differs."""
LOCK_SECONDS = 0.5


class OtherResultsError(InputError):
    """A folder contains other results than those asked for."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that writes to a folder.

    Raises:
        OSError: Another process writes there, or the folder cannot be made.
    """
    if fault := file_in_the_way(folder, str(folder)):
        raise InputError(fault)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        text = "another process writes here; wait until it is done, or choose another --out"
        raise BlockingIOError(errno.EAGAIN, text, str(folder)) from None
    try:
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)
        lock.release()


def begin(folder: Path, identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """Prepare a folder for runs of an identity.

    Returns:
        The manifest, if the folder has these runs already, undamaged; None: they are to be run.

    Raises:
        InputError: The folder contains other files.
        OtherResultsError: It contains other results.
    """
    path = folder / MANIFEST
    if not path.exists():
        others = [entry.name for entry in folder.iterdir() if entry.name != LOCK]
        if others:
            raise InputError(
                f"{folder} is not empty and has no {MANIFEST}: choose another or an empty folder"
            )
        write_json(path, identity)
        return None
    if faults := differences(folder, identity):
        raise OtherResultsError(faults, f"{folder} contains other results; what differs:")
    manifest = read_json(path)
    if FILES in manifest and not damage(folder, manifest):
        return manifest
    write_json(path, identity)
    return None


def finish(folder: Path, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Mark a folder as finished, with the digest of each of its tables; chunks are removed."""
    files = {
        name: digest_of(folder / name)._asdict() for name in TABLES if (folder / name).exists()
    }
    manifest = {**identity, FILES: files}
    write_json(folder / MANIFEST, manifest)
    shutil.rmtree(folder / CHUNKS, ignore_errors=True)
    return manifest


def differences(folder: Path, identity: Mapping[str, Any]) -> list[str]:
    """Return how an identity differs from that of a folder's results, by key; none without any."""
    if not (folder / MANIFEST).is_file():
        return []
    there = _identity(read_json(folder / MANIFEST))
    return _differences(there, json.loads(json.dumps(identity)))


def clear(folder: Path, identity: Mapping[str, Any]) -> None:
    """Remove results to make room for those of an identity.

    Only what was written by this package goes: tables, chunks, and the files of studies.
    """
    manifest = read_json(folder / MANIFEST)
    reports = [
        inside(folder, *Path(f).parts) for r in manifest.get(REPORTS, {}).values() for f in r
    ]
    for path in (*reports, *(folder / name for name in (*TABLES, RUNTIME))):
        path.unlink(missing_ok=True)
    if (folder / CHUNKS).is_dir() and not (folder / CHUNKS).is_symlink():
        shutil.rmtree(folder / CHUNKS)
    write_json(folder / MANIFEST, identity)


def note_report(folder: Path, study: str, files: Sequence[Path]) -> None:
    """Note in a folder's manifest the files that a study wrote, so that they can be replaced."""
    path = folder / MANIFEST
    if path.is_file():
        manifest = read_json(path)
        names = [file.relative_to(folder).as_posix() for file in files]
        write_json(path, {**manifest, REPORTS: {**manifest.get(REPORTS, {}), study: names}})


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished folder whose tables are as they were written.

    Raises:
        InputError: There is no such folder, it is not finished, or tables are damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    if not (folder / MANIFEST).is_file():
        below = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
        hint = f"; choose a results folder in it, such as {below[0]}" if below else ""
        raise InputError(f"{folder} is not a results folder: it has no {MANIFEST}{hint}")
    manifest = read_json(folder / MANIFEST)
    if FILES not in manifest:
        raise InputError(
            f"{folder} is not finished, or an earlier version made it: "
            "the command that made it, given again with the same --out, completes it"
        )
    if not isinstance(manifest.get("runs"), int) or not isinstance(manifest.get("design"), dict):
        raise InputError(f"{folder / MANIFEST} is damaged: it was changed by hand")
    if damaged := damage(folder, manifest):
        raise InputError(
            [f"{folder / name} is {fault}" for name, fault in damaged.items()],
            f"{folder} is damaged; the command that made it, given again, repairs it:",
        )
    return manifest


def damage(folder: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return each table that is missing or not as it was written, with the fault."""
    faults = {}
    for name, digest in manifest[FILES].items():
        path = folder / name
        if not path.is_file():
            faults[name] = "missing"
        elif path.stat().st_size != digest["bytes"] or digest_of(path)._asdict() != digest:
            faults[name] = "damaged"
    return faults


def write_chunk(folder: Path, runs: range, tables: dict[str, bytes]) -> None:
    """Write the tables of a chunk; the last of them marks it as done."""
    chunks = folder / CHUNKS
    if chunks.is_symlink():
        raise InputError(f"{chunks} is a link, not a folder")
    chunks.mkdir(exist_ok=True)
    for table in reversed(tables):
        with whole_file(chunk_path(folder, runs, table)) as file:
            file.write(tables[table])


def chunk_path(folder: Path, runs: range, table: str) -> Path:
    """Return the file of a chunk's table."""
    return folder / CHUNKS / f"{runs.start:09}-{runs.stop:09}.{table}.arrow"


def _identity(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key not in (FILES, REPORTS)}


def _differences(there: Any, asked: Any) -> list[str]:
    left, right = dict(_flat(there)), dict(_flat(asked))
    found = [
        f"{key}: {shorten(left.get(key, 'nothing'), SHOWN)} in the folder,"
        f" {shorten(right.get(key, 'nothing'), SHOWN)} asked for"
        for key in dict.fromkeys([*right, *left])
        if left.get(key) != right.get(key)
    ]
    more = len(found) - DIFFERENCES_LISTED
    return found[:DIFFERENCES_LISTED] + ([f"and {more} more"] if more > 0 else [])


def _flat(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, dict) and content:
        for key, value in content.items():
            yield from _flat(value, f"{path}.{key}" if path else key)
    else:
        yield path, json.dumps(content, ensure_ascii=False)

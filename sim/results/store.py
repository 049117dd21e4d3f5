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
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from sim.errors import MANIFEST, InputError, shorten

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
"""Key of a finished folder's manifest: size and SHA-256 of each table, and of the identity."""
SHOWN = 60
"""Letters shown of a value that differs."""
MOST_SHOWN = 5
"""Differences that are listed."""
LOCK_SECONDS = 0.5


class OtherResultsError(InputError):
    """A folder contains other results than those asked for."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that writes to a folder.

    Raises:
        InputError: A file stands where the folder must be.
        OSError: Another process writes there, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{error.filename} is a file or in a file, not a folder") from None
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


def begin(folder: Path, identity: Mapping[str, Any], *, fresh: bool = False) -> bool:
    """Prepare a folder for runs of an identity; return whether it has them already, undamaged.

    Args:
        folder: A locked folder.
        identity: Of the runs.
        fresh: Whether to remove tables and chunks of other results. Files of studies stay until
            those are written anew.

    Raises:
        InputError: The folder contains other files.
        OtherResultsError: It contains other results.
    """
    path = folder / MANIFEST
    if not path.exists():
        if any(entry.name != LOCK for entry in folder.iterdir()):
            raise InputError(
                f"{folder} is not empty and has no {MANIFEST}: choose another or an empty folder"
            )
    elif faults := differences(folder, identity):
        if not fresh:
            more = len(faults) - MOST_SHOWN
            shown = faults[:MOST_SHOWN] + [f"and {more:,} more"] * (more > 0)
            raise OtherResultsError(shown, f"{folder} contains other results; differences:")
        for name in (*TABLES, RUNTIME):
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / CHUNKS, ignore_errors=True)
    else:
        manifest = read_json(path)
        if MANIFEST in manifest.get(FILES, ()) and not damage(folder, manifest):
            return True
    write_json(path, identity)
    return False


def finish(folder: Path, identity: Mapping[str, Any]) -> None:
    """Mark a folder as finished, with the digest of each of its tables; chunks are removed."""
    files = {name: digest_of(folder / name) for name in TABLES if (folder / name).exists()}
    files[MANIFEST] = _digest(_identity_bytes(identity))
    write_json(folder / MANIFEST, {**identity, FILES: files})
    for left in folder.glob("*.tmp"):  # by a process that was killed
        left.unlink()
    shutil.rmtree(folder / CHUNKS, ignore_errors=True)


def differences(folder: Path, identity: Mapping[str, Any]) -> list[str]:
    """Return how an identity differs from that of a folder's results, by key; none without any."""
    if not (folder / MANIFEST).is_file():
        return []
    manifest = json.loads(_identity_bytes(read_json(folder / MANIFEST)))
    there, asked = _flat(manifest), _flat(json.loads(json.dumps(identity)))
    return [
        f"{key}: {shorten(there.get(key, 'nothing'), SHOWN)} in the folder,"
        f" {shorten(asked.get(key, 'nothing'), SHOWN)} asked for"
        for key in {**asked, **there}
        if there.get(key) != asked.get(key)
    ]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished folder whose tables are as they were written.

    Raises:
        InputError: There is no such folder, it is not finished, or tables are damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} is not a results folder: it has no {MANIFEST}")
    manifest = read_json(folder / MANIFEST)
    if MANIFEST not in manifest.get(FILES, ()):
        raise InputError(
            f"{folder} is not finished: the command that made it, given again with the same --out,"
            " completes it; if an earlier version made it, with --fresh"
        )
    if damaged := damage(folder, manifest):
        raise InputError(
            [f"{folder / name} is {fault}" for name, fault in damaged.items()],
            f"{folder} is damaged; the command that made it, given again, repairs it:",
        )
    return manifest


def damage(folder: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return each file that is missing or not as it was written, with the fault."""
    faults = {}
    for name, digest in manifest[FILES].items():
        if name == MANIFEST:
            if _digest(_identity_bytes(manifest)) != digest:
                faults[name] = "not as it was written: it was edited"
        elif not (folder / name).is_file():
            faults[name] = "missing"
        elif digest_of(folder / name) != digest:
            faults[name] = "damaged"
    return faults


def write_chunk(folder: Path, runs: range, tables: dict[str, pa.Table]) -> None:
    """Write the tables of a chunk; the last of them marks it as done."""
    (folder / CHUNKS).mkdir(exist_ok=True)
    for name in reversed(tables):
        with whole_file(chunk_path(folder, runs, name)) as file:
            # Panels of countries shrink to a tenth, other results hardly.
            options = pa.ipc.IpcWriteOptions(compression="lz4" if name == "countries" else None)
            with pa.ipc.new_file(file, tables[name].schema, options=options) as writer:
                writer.write_table(tables[name])
            # No digest guards a chunk when a machine, and not just a process, was stopped.
            file.flush()
            os.fsync(file.fileno())


def chunk_path(folder: Path, runs: range, table: str) -> Path:
    """Return the file of a chunk's table."""
    return folder / CHUNKS / f"{runs.start:09}-{runs.stop:09}.{table}.arrow"


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only once it is whole.

    Raises:
        OSError: With its number and a text that says what could not be written.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    except OSError as error:
        text = (
            f"cannot write: {error.strerror or error}; finished runs are on disk, "
            "and the same command goes on from there"
        )
        raise OSError(error.errno, text, str(path)) from error
    finally:
        if temporary.is_file():
            temporary.unlink()


def refuse_foreign_file(path: Path, mark: bytes) -> None:
    """Refuse to write over a folder, or a file without a mark: it would be lost.

    Raises:
        InputError: Such a thing is there.
    """
    if path.is_dir():
        raise InputError(f"--out {path} is a folder, not a file")
    if path.exists() and mark not in path.read_bytes():
        raise InputError(f"{path} was not made by this command: name another with --out")


def digest_of(path: Path) -> dict[str, Any]:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def write_csv(path: Path, frame: pd.DataFrame, number: str | None = None) -> None:
    """Write a table of comma-separated values, its numbers in a format, without the index."""
    with whole_file(path) as file:
        frame.to_csv(file, index=False, float_format=number, lineterminator="\n")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, keys in order given."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as file:
        file.write(f"{text}\n".encode())


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object of a results folder.

    Raises:
        InputError: The file contains none.
    """
    try:
        content = json.loads(path.read_bytes())
        return {**content}
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {error}") from None


def _digest(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _identity_bytes(manifest: Mapping[str, Any]) -> bytes:
    """Return what a manifest says of its runs, without what it says of files."""
    return json.dumps({k: v for k, v in manifest.items() if k != FILES}).encode()


def _flat(content: Mapping[str, Any]) -> dict[str, str]:
    """Return values of nested objects as JSON, by dotted key."""
    (row,) = pd.json_normalize(dict(content)).to_dict("records")
    return {str(key): json.dumps(value, ensure_ascii=False) for key, value in row.items()}

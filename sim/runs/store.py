"""A results folder, from the first chunk to the finished tables; see docs/results.md.

A process may be killed at any moment: a file with its final name is whole, and the same command
runs the rest. Only files with names in this module are removed, and only files that Entrench made
are overwritten.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Any

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.errors import MANIFEST, InputError, shorten

RUNTIME = "runtime.json"
CHUNKS = "chunks"
FIGURES = "figures"
LOCK = ".entrench.lock"
# Unfinished files; those of a killed process are removed.
TEMPORARY = ".entrench-????????.tmp"
RUNS = "runs.parquet"
COUNTRY_RUNS = "country_runs.parquet"
SERIES = "series.csv"
COUNTRIES = "countries.csv"
DESIGN = "design.csv"
PARAMETERS = "parameters.csv"
TABLES = (DESIGN, PARAMETERS, RUNS, COUNTRY_RUNS, SERIES, COUNTRIES)

# Key of a manifest, or of a study's facts: size and SHA-256 of each table, and of the rest. A
# folder is finished when its manifest has it.
FILES = "files"
INEFFECTIVE = "ineffective"
# Of the runtime's facts: files of studies beside the runs.
STUDIES = "studies"
# Earlier versions wrote `sources`.
NOT_IDENTITY = (FILES, INEFFECTIVE, "sources")
CHUNK = f"{'[0-9]' * 9}-{'[0-9]' * 9}.*.arrow"
DIGEST_BYTES = hashlib.sha256().digest_size
SHOWN = 60
LOCK_SECONDS = 0.5
DAMAGED = "damaged"


class OtherResultsError(InputError):
    """A folder contains other results than the requested ones."""


class Sealed(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")
    # A length in the pattern would take 30 ms to compile.
    files: dict[
        Annotated[str, Field(pattern=r"^[\w-]+\.\w+$", max_length=104)], dict[str, int | str]
    ] = {}


class _Manifest(Sealed):
    # The digest seals the rest.
    version: str
    data: str
    runs: int
    design: dict[str, Any]
    scenarios: dict[str, dict[str, Any]]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that writes to a folder."""
    # From then on filelock watches every import, and slows it down.
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{error.filename} is a file or in a file, not a folder") from None
    # A lock that is a mere file would stay after a kill, and block the folder.
    lock = FileLock(folder / LOCK, timeout=LOCK_SECONDS, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        text = "another process writes here; wait until it is done, or choose another --out"
        raise BlockingIOError(errno.EAGAIN, text, str(folder)) from None
    except OSError as error:
        # As on a file system without locks.
        (folder / LOCK).unlink(missing_ok=True)
        text = f"cannot be locked ({error.strerror}): choose an --out on another disk"
        raise OSError(error.errno, text, str(folder)) from None
    try:
        for left in folder.glob(TEMPORARY):  # by a process that was killed
            left.unlink()
        yield
    finally:
        # While it is locked, so that it is not another process's. Windows removes no open file.
        with suppress(OSError):
            (folder / LOCK).unlink()
        lock.release()


def refuse_link(path: Path) -> Path:
    # A link may lead elsewhere.
    if path.is_symlink() or path.is_junction():
        raise InputError(f"{path} is a link to another folder: remove it, nothing is written there")
    return path


def begin(folder: Path, identity: Mapping[str, Any], *, fresh: bool = False) -> bool:
    """Prepare a locked folder for runs; return whether it has them already, undamaged.

    `fresh` removes tables and chunks of other results.
    """
    path = folder / MANIFEST
    refuse_link(folder / CHUNKS)
    if not path.is_file():
        if any(entry.name != LOCK for entry in folder.iterdir()):
            raise InputError(
                f"{folder} is not empty and has no {MANIFEST}: choose another or an empty folder"
            )
    elif others := differences(folder, identity):
        if not fresh:
            raise OtherResultsError(others, f"{folder} contains other results; differences:")
        # Only names of ours: other files in the folder are the user's.
        for name in (*TABLES, RUNTIME):
            (folder / name).unlink(missing_ok=True)
        _remove_chunks(folder)
    elif MANIFEST in (manifest := manifest_of(folder)).get(FILES, ()):
        faults = damage(folder, manifest)
        if not faults:
            _remove_chunks(folder)  # of a process that was killed while it removed them
            return True
        # Who edits a table may have put numbers of their own there.
        edited = [str(folder / n) for n in faults if n.endswith(".csv") and faults[n] == DAMAGED]
        if edited and not fresh:
            raise OtherResultsError(edited, f"{folder} has edited or damaged tables:")
    write_json(path, identity)
    return False


def finish(folder: Path, further: Mapping[str, Any]) -> None:
    tables = [name for name in TABLES if (folder / name).exists()]
    seal(folder / MANIFEST, {**read_json(folder / MANIFEST), **further}, tables)
    _remove_chunks(folder)


def seal(path: Path, content: Mapping[str, Any], files: Iterable[str]) -> None:
    """Write a JSON object with the digests of other files, and of itself without them."""
    digests = {name: digest_of(path.with_name(name)) for name in files}
    digests[path.name] = _digest(identity_bytes(content))
    write_json(path, {**content, FILES: digests})


def _remove_chunks(folder: Path) -> None:
    for path in (path for names in (CHUNK, TEMPORARY) for path in (folder / CHUNKS).glob(names)):
        path.unlink()
    with suppress(OSError):  # There is none, or others' files are in it.
        (folder / CHUNKS).rmdir()


def differences(folder: Path, identity: Mapping[str, Any]) -> list[str]:
    if not (folder / MANIFEST).is_file():
        return []
    pair = [json.loads(identity_bytes(m)) for m in (manifest_of(folder), identity)]
    if pair[0] == pair[1]:
        return []
    shared = pair[0]["scenarios"].keys() & pair[1]["scenarios"].keys()
    # A scenario of one side is named: each of its values would differ.
    there, asked = (
        _flat({"names of scenarios": [*of["scenarios"]], **of,
               "scenarios": {name: of["scenarios"][name] for name in shared}})
        for of in pair
    )  # fmt: skip
    return [
        f"{key}: {shorten(there.get(key, 'nothing'), SHOWN)} in the folder,"
        f" {shorten(asked.get(key, 'nothing'), SHOWN)} asked for"
        for key in {**asked, **there}
        if there.get(key) != asked.get(key)
    ]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished folder with undamaged tables."""
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} is not a results folder: it has no {MANIFEST}")
    manifest = manifest_of(folder)
    if MANIFEST not in manifest.get(FILES, ()):
        raise InputError(
            f"{folder} is not finished: the command that made it, given again with the same --out,"
            " completes it; if an earlier version made it, with --fresh"
        )
    if damaged := damage(folder, manifest):
        raise InputError(
            [f"{folder / name} is {fault}" for name, fault in damaged.items()],
            f"{folder} is damaged; the command that made it, given again with --fresh, repairs it:",
        )
    return manifest


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return a manifest; refuse a file of that name that Entrench did not write."""
    path = folder / MANIFEST
    content = read_json(path)
    try:
        _Manifest.model_validate(content)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        text = f"{path} is not of results of this version ({place}: {fault['msg']})"
        raise InputError(f"{text}: choose another folder, or remove it") from None
    if unknown := content.get(FILES, {}).keys() - {*TABLES, MANIFEST}:
        # Such as `failures.csv`: runs that an earlier version left out would be read as zeros.
        raise InputError(f"{path}: another version wrote {', '.join(unknown)}; remove it")
    return content


def damage(folder: Path, content: Mapping[str, Any], itself: str = MANIFEST) -> dict[str, str]:
    """Return the fault of each file that is missing or changed, by name."""
    faults = {}
    for name, digest in content[FILES].items():
        if name == itself:
            if _digest(identity_bytes(content)) != digest:
                faults[name] = "not as it was written: it was edited"
        elif not (folder / name).is_file():
            faults[name] = "missing"
        elif digest_of(folder / name) != digest:
            faults[name] = DAMAGED
    return faults


def write_chunk(folder: Path, runs: range, tables: Mapping[str, pa.Table], owner: bytes) -> None:
    """Write the tables of a chunk, each after a digest of its owner and content."""
    (folder / CHUNKS).mkdir(exist_ok=True)
    for name, table in tables.items():
        path, content = chunk_path(folder, runs, name), packed(table)
        with whole_file(path) as file:
            file.write(_chunk_digest(path, owner, content))
            file.write(content)


def packed(table: pa.Table) -> pa.Buffer:
    # A third of the size: what it takes to compress, digests and the disk need less.
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def has_chunk(folder: Path, runs: range, tables: Iterable[str], owner: bytes) -> bool:
    """Return whether a chunk has all tables, of this owner and undamaged."""
    for path in (chunk_path(folder, runs, name) for name in tables):
        content = memoryview(path.read_bytes() if path.is_file() else b"")
        if content[:DIGEST_BYTES] != _chunk_digest(path, owner, content[DIGEST_BYTES:]):
            return False
    return True


def open_chunk(path: Path | pa.Buffer) -> pa.RecordBatchFileReader:
    if isinstance(path, pa.Buffer):
        return pa.ipc.open_file(path)
    # Mapped: chunks of all runs may exceed the memory.
    return pa.ipc.open_file(pa.memory_map(os.fsencode(path)).read_buffer().slice(DIGEST_BYTES))


def _chunk_digest(path: Path, owner: bytes, content: Any) -> bytes:
    digest = hashlib.sha256(owner + path.name.encode())
    digest.update(content)  # megabytes, so not joined with the rest
    return digest.digest()


def chunk_path(folder: Path, runs: range, table: str) -> Path:
    return folder / CHUNKS / f"{runs.start:09}-{runs.stop:09}.{table}.arrow"


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only once it is whole."""
    temporary = path.with_name(TEMPORARY.replace("?" * 8, secrets.token_hex(4)))
    try:
        with temporary.open("xb") as file:  # nothing that is there, and no link, is written through
            yield file
        temporary.replace(path)
    except OSError as error:
        text = (
            f"cannot write: {error.strerror or error}; runs that were written are kept, "
            "and the same command goes on from there"
        )
        raise OSError(error.errno, text, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_foreign_file(
    path: Path, ours: Callable[[bytes], bool], remedy: str = "name another with --out"
) -> None:
    """Refuse to overwrite a file that Entrench did not make as it is."""
    if path.exists() and not (path.is_file() and ours(path.read_bytes())):
        text = "is a folder, or a file that this command did not make or that was edited"
        raise InputError(f"{path} {text}: {remedy}")


def digest_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def write_csv(
    target: Path | AbstractContextManager[IO[bytes]], frame: pd.DataFrame, number: str | None = None
) -> None:
    with whole_file(target) if isinstance(target, Path) else target as file:
        frame.to_csv(file, index=False, float_format=number, lineterminator="\n")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as file:
        file.write(f"{text}\n".encode())


def read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
        return {**content}
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {error}") from None


def _digest(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def identity_bytes(manifest: Mapping[str, Any]) -> bytes:
    return json.dumps({k: v for k, v in manifest.items() if k not in NOT_IDENTITY}).encode()


def _flat(content: Mapping[str, Any]) -> dict[str, str]:
    (row,) = pd.json_normalize(dict(content)).to_dict("records")
    return {str(key): json.dumps(value, ensure_ascii=False) for key, value in row.items()}

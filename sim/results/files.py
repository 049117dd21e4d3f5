"""Files that are whole or absent: written under a temporary name, then renamed into place."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

TEMPORARY = ".tmp"
"""Ending of a file that is being written; what a killed process leaves so is overwritten."""


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only once it is whole and on disk.

    Raises:
        OSError: With its number kept and a text that says what could not be written.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        _discard(temporary)
        reason = error.strerror or str(error)
        raise OSError(
            error.errno,
            f"cannot write: {reason}; what was finished before is kept, "
            "and the same command goes on from there",
            str(path),
        ) from error
    except BaseException:
        _discard(temporary)
        raise


def _discard(temporary: Path) -> None:
    """Remove a half-written file, so that a full disk has room again."""
    # The first error is the one worth telling.
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, keys in order given."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as file:
        file.write((text + "\n").encode())


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows cannot open folders.
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""One writer a folder: who comes second is told who was first."""

from __future__ import annotations

import errno
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import InputError
from sim.results.files import read_json, remove_leftovers, write_json

LOCK = ".lock"
"""File that the system locks for whoever writes; a killed process holds it no longer."""
WRITER = ".writer.json"
"""Says who writes."""
PATIENCE = 0.5
"""Seconds that another may take to end, before it is said to be there."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the only one that writes a results folder; what killed processes left is cleared away.

    Raises:
        OSError: Another process, or thread, writes there; or the folder cannot be made.
    """
    from filelock import FileLock, Timeout, UnixFileLock

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise BlockingIOError(errno.EAGAIN, _who(folder), str(folder)) from None
    except OSError:
        if os.access(folder, os.W_OK):
            raise
        yield  # Where nobody can write, nobody needs to be kept from it.
        return
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        writer = {"process": os.getpid(), "host": platform.node(), "since": since}
        write_json(folder / WRITER, writer)
        remove_leftovers(folder)
        yield
    finally:
        with suppress(OSError):
            (folder / WRITER).unlink(missing_ok=True)
            # Who has opened it already and gets the lock now sees that its name is gone, and takes
            # the next. On other systems the library removes the file.
            if isinstance(lock, UnixFileLock):
                (folder / LOCK).unlink(missing_ok=True)
        lock.release()


def _who(folder: Path) -> str:
    advice = "wait until it is done, or name another folder with --out"
    try:
        writer = read_json(folder / WRITER)
        who = f"process {int(writer['process'])} on {writer['host']}, since {writer['since']}"
    except (InputError, OSError, KeyError, TypeError, ValueError):
        return f"another process writes here; {advice}"
    return f"another process writes here ({who}); {advice}"

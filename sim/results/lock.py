"""One writer a folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.results.files import remove_leftovers

LOCK = ".lock"
"""File that the system locks for whoever writes; a killed process holds it no longer."""
PATIENCE = 0.5
"""Seconds that another may take to end, before it is said to be there."""
BUSY = "another process writes here; wait until it is done, or name another folder with --out"


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
        raise BlockingIOError(errno.EAGAIN, BUSY, str(folder)) from None
    except OSError:
        if os.access(folder, os.W_OK):
            raise
        yield  # Where nobody can write, nobody needs to be kept from it.
        return
    try:
        remove_leftovers(folder)
        yield
    finally:
        with suppress(OSError):
            # Who has opened it already and gets the lock now sees that its name is gone, and takes
            # the next. On other systems the library removes the file.
            if isinstance(lock, UnixFileLock):
                (folder / LOCK).unlink(missing_ok=True)
        lock.release()

"""The user's cache of what takes seconds to make: a file per key, read if it is whole and ours."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from sim.errors import log

DIGEST = hashlib.sha256
DIGEST_BYTES = DIGEST().digest_size
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path:
    """Return the cache: a folder of ``ENTRENCH_CACHE``, or of the system's cache for the user."""
    from platformdirs import user_cache_path  # not where a wheel is built

    given = os.environ.get("ENTRENCH_CACHE")
    return Path(given or user_cache_path("entrench", appauthor=False), "objects")


def digest(*parts: Any) -> str:
    """Return a hash of values that are printed the same wherever they are the same."""
    return DIGEST(repr(parts).encode()).hexdigest()


def wrap(content: bytes, key: str) -> bytes:
    """Return an object with what tells it from a damaged one, and from another's."""
    return DIGEST(key.encode() + content).digest() + content


def unwrap(data: bytes, key: str) -> bytes | None:
    """Return the object; None if it is damaged, or another's."""
    content = data[DIGEST_BYTES:]
    return content if data == wrap(content, key) else None


def is_ours(status: os.stat_result) -> bool:
    """Tell whether nobody else could have written a file or folder: what is read is executed."""
    if os.name == "nt":
        return True  # a user's cache is the user's own by Windows' lists of rights
    return status.st_uid in (os.getuid(), 0) and not status.st_mode & OTHERS_WRITE


def find(key: str) -> bytes | None:
    """Return the object with a key; None: there is none, it is damaged, or others can write it."""
    place = cache_folder() / key
    try:
        with place.open("rb") as file:
            ours = is_ours(place.parent.stat()) and is_ours(os.fstat(file.fileno()))
            content = unwrap(file.read(), key) if ours else None
    except OSError:
        return None
    if content is None:
        why = "is damaged" if ours else "could have been written by others"
        log.warning("%s %s; it is made again", place, why)
    return content


def keep(content: bytes, key: str) -> None:
    """Write an object into the cache; where that cannot be done, say so in a line."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(stat.S_IRWXU)
        number, temporary = tempfile.mkstemp(dir=folder, prefix=f"{key}.")
        with os.fdopen(number, "wb") as file:
            file.write(wrap(content, key))
        Path(temporary).replace(folder / key)
    except OSError as error:
        log.warning(
            "the compiled model cannot be saved in %s (%s): each start compiles it again; "
            "ENTRENCH_CACHE can name another folder",
            folder,
            error.strerror,
        )

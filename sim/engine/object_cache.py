"""The user's cache: a file per key, read if it is whole and only ours."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from sim.errors import log

DIGEST = hashlib.sha256
DIGEST_BYTES = DIGEST().digest_size
UNSAVED = (
    "the compiled model cannot be saved in %s (%s): each start compiles it again; "
    "ENTRENCH_CACHE can name another folder"
)
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path:
    given = os.environ.get("ENTRENCH_CACHE")
    return Path(given or user_cache_path("entrench", appauthor=False), "objects")


def digest(*parts: Any) -> str:
    return DIGEST(repr(parts).encode()).hexdigest()


def wrap(content: bytes, key: str) -> bytes:
    return DIGEST(key.encode() + content).digest() + content


def unwrap(data: bytes, key: str) -> bytes | None:
    content = data[DIGEST_BYTES:]
    return content if data == wrap(content, key) else None


# A file that somebody else could have written is not loaded: it would run as our code.
def is_ours(status: os.stat_result) -> bool:
    if os.name == "nt":
        return True  # a user's cache is the user's own by Windows' lists of rights
    return status.st_uid in (os.getuid(), 0) and not status.st_mode & OTHERS_WRITE


def find(key: str) -> bytes | None:
    """Return the object; None: missing, damaged, or writable by others."""
    place = cache_folder() / key
    try:
        with place.open("rb") as file:
            # Objects are executed: who can write the file can run code as this user.
            ours = is_ours(place.parent.stat()) and is_ours(os.fstat(file.fileno()))
            content = unwrap(file.read(), key) if ours else None
    except OSError:
        return None
    if content is None:
        why = "is damaged" if ours else "could have been written by others"
        log.warning("%s %s; it is made again", place, why)
    return content


def keep(content: bytes, key: str) -> None:
    """Save an object, or say why it cannot be saved."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(stat.S_IRWXU)
        # Written aside and renamed, so that another process never reads half a file.
        number, temporary = tempfile.mkstemp(dir=folder, prefix=f"{key}.")
        with os.fdopen(number, "wb") as file:
            file.write(wrap(content, key))
        Path(temporary).replace(folder / key)
    except OSError as error:
        log.warning(UNSAVED, folder, error.strerror)

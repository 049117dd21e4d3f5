"""The user's cache of what takes seconds to make: a file a key, believed only if it is whole."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

log = logging.getLogger("entrench")
"""Says a line on standard error, unless the program that uses us wants it elsewhere."""

DIGEST = hashlib.sha256
DIGEST_BYTES = DIGEST().digest_size


def cache_folder() -> Path:
    """Return the cache: a folder of ``ENTRENCH_CACHE``, or of the user's own cache."""
    of_user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "entrench")
    return Path(os.environ.get("ENTRENCH_CACHE") or of_user, "objects")


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


def find(key: str) -> bytes | None:
    """Return the object with a key; None if there is none, or it is damaged."""
    place = cache_folder() / key
    try:
        content = unwrap(place.read_bytes(), key)
    except OSError:
        return None
    if content is None:
        log.warning("%s is damaged; it is made again", place)
    return content


def keep(content: bytes, key: str) -> None:
    """Write an object into the cache; where that cannot be done, say so in a line."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
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

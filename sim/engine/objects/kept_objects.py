"""The user's cache of compiled objects: kept by content, believed only if whole and our own."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("entrench")
"""Says a line on standard error, unless the program that uses us wants it elsewhere."""

FOLDER = "objects"
MAGIC = b"entrench object 1"
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
OURS_ALONE = 0o700


class NotOursError(Exception):
    """A file or folder belongs to someone else, or others may write it."""


def cache_folder() -> Path:
    """Return where objects are kept: a folder of the user's cache, or of ``ENTRENCH_CACHE``."""
    base = os.environ.get("ENTRENCH_CACHE")
    if base:
        root = Path(base)
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "entrench"
    elif os.name == "nt":
        root = Path(os.environ.get("LOCALAPPDATA", Path.home())) / "entrench"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "entrench"
    return root / FOLDER


def place_of(key: str) -> Path:
    """Return where the object with a key is kept."""
    return cache_folder() / f"{key}.o"


def wrap(content: bytes, key: str) -> bytes:
    """Return an object with what tells it from a damaged one, and from another's."""
    return b"%s\n%s\n%s\n" % (MAGIC, key.encode(), _sum_of(content, key)) + content


def unwrap(kept: bytes, key: str) -> bytes | None:
    """Return the object; None if it is damaged, or another's."""
    parts = kept.split(b"\n", 3)
    if len(parts) < 4 or parts[:2] != [MAGIC, key.encode()]:
        return None
    return parts[3] if parts[2] == _sum_of(parts[3], key) else None


def _sum_of(content: bytes, key: str) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + content).hexdigest().encode()


def find(key: str) -> bytes | None:
    """Return the kept object with a key; None if there is none that can be believed.

    What is damaged is thrown away, what is not ours left alone; both are said in a line.
    """
    place = place_of(key)
    try:
        check_ours(place.parent.stat(), place.parent)
        with open(place, "rb", opener=_no_links) as file:
            check_ours(os.fstat(file.fileno()), place)
            content = unwrap(file.read(), key)
    except FileNotFoundError:
        return None
    except NotOursError as error:
        log.warning("%s; it is not used", error)
        return None
    except OSError as error:
        log.warning("%s cannot be read (%s); it is not used", place, error.strerror)
        return None
    if content is None:
        log.warning("%s is damaged; it is made again", place)
        with suppress(OSError):
            place.unlink()
    return content


def keep(content: bytes, key: str) -> None:
    """Keep an object; where that cannot be done, say so in a line."""
    place = place_of(key)
    folder = place.parent
    temporary = ""
    try:
        folder.mkdir(mode=OURS_ALONE, parents=True, exist_ok=True)
        check_ours(folder.stat(), folder)
        number, temporary = tempfile.mkstemp(dir=folder, prefix=f"{key}.", suffix=".part")
        with os.fdopen(number, "wb") as file:
            file.write(wrap(content, key))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, place)
    except (NotOursError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        log.warning(
            "the compiled model cannot be kept in %s (%s): each start compiles it anew; "
            "ENTRENCH_CACHE can name another folder",
            folder,
            reason,
        )
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def check_ours(status: os.stat_result, path: Path) -> None:
    """Raise NotOursError for what others could have written: it would run in our name."""
    if os.name == "nt":
        return  # the user's own folder by default; modes say nothing there
    if status.st_uid != os.geteuid():
        raise NotOursError(f"{path} belongs to another user")
    if status.st_mode & OTHERS_MAY_WRITE:
        raise NotOursError(f"{path} may be written by others")


def _no_links(path: str, flags: int) -> int:
    # Nor may a FIFO in its place be waited for.
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))

"""Files that are whole or absent, and that can be told from damaged ones.

A file is written under a name of its own, then renamed into place. Figures and pages have their
digest in them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from sim.errors import InputError

TEMPORARY = ".tmp"
"""Ending of a file that is being written."""
TOKEN_BYTES = 4
"""Makes a temporary name the only one of its kind, whoever else writes the same file."""
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
"""What every PNG file ends with."""


class Digest(NamedTuple):
    """What tells whether a file is the one that was written.

    Attributes:
        bytes: Length of the file.
        sha256: Of its content, in hexadecimal digits.
    """

    bytes: int
    sha256: str


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only once it is whole and on disk.

    Raises:
        OSError: With its number kept and a text that says what could not be written.
    """
    temporary = path.with_name(f"{path.name}.{os.urandom(TOKEN_BYTES).hex()}{TEMPORARY}")
    try:
        with temporary.open("xb") as file:
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


def is_regular(path: Path) -> bool:
    """Return whether a path is a plain file: a pipe in its place would be waited for for ever."""
    return os.path.isfile(path)


def file_in_the_way(folder: Path, called: str) -> str:
    """Return what is wrong if a file stands where a folder must be, or nothing.

    Args:
        folder: Where a folder must be.
        called: What the message calls it.
    """
    there = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), None)
    if there is None or there.is_dir():
        return ""
    where = "" if there == folder else f": {there}"
    return f"{called}{where} is a {'file' if there.exists() else 'broken link'}, not a folder"


def inside(folder: Path, *names: str) -> Path:
    """Return a path in a results folder, none of whose parts below the folder may be a link.

    Raises:
        InputError: One is: what is written or removed there would be somewhere else.
    """
    path = folder
    for name in names:
        path = path / name
        if path.is_symlink() or path.is_junction():
            raise InputError(f"{path} is a link, and must be a folder or a file of its own")
    return path


def is_own(path: Path) -> bool:
    """Tell whether a figure or page is one that Entrench wrote, unchanged since."""
    if not is_regular(path) or path.is_symlink():
        return False
    content = path.read_bytes()
    body = content[: -len(_tail(b"", path.suffix))]
    return content == body + _tail(body, path.suffix)


def refuse_foreign_file(path: Path) -> None:
    """Refuse to write a figure or page over anything but one that Entrench wrote.

    Raises:
        InputError: It is a folder, or a file of another kind, or was edited: it would be lost.
    """
    if path.is_dir():
        raise InputError(f"--out {path} is a folder, not a file")
    if os.path.lexists(path) and not is_own(path):
        raise InputError(
            f"{path} is not as Entrench wrote it: it would be lost; name another file"
            " or folder with --out, or move it away"
        )


def write_own(path: Path, content: bytes) -> None:
    """Write a figure or page with its own digest in it, by which :func:`is_own` knows it.

    Raises:
        InputError: Something else is there; see :func:`refuse_foreign_file`.
    """
    refuse_foreign_file(path)
    body = content.removesuffix(PNG_END) if path.suffix == ".png" else content
    with whole_file(path) as file:
        file.write(body + _tail(body, path.suffix))


def _tail(body: bytes, ending: str) -> bytes:
    """Return what follows the body of a file: a comment or, in PNG, a text with its digest."""
    digest = hashlib.sha256(body).hexdigest().encode()
    if ending == ".png":
        text = b"tEXtentrench sha256\0" + digest
        size, check = len(text) - 4, zlib.crc32(text)
        return size.to_bytes(4) + text + check.to_bytes(4) + PNG_END
    comment = b"entrench sha256 " + digest
    return b"%% %s\n" % comment if ending == ".pdf" else b"<!-- %s -->\n" % comment


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table of comma-separated values, whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def digest_of(path: Path) -> Digest:
    """Return size and digest of a file.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return Digest(
            os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
        )


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of a JSON file: keys in the order given."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, keys in order given."""
    with whole_file(path) as file:
        file.write(json_bytes(content))


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object of a results folder.

    Raises:
        InputError: If the file holds none.
    """
    if not is_regular(path):
        raise InputError(f"{path} is damaged: it is {'no file' if path.exists() else 'gone'}")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} is damaged: it holds no JSON object")
    return content

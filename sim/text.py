"""Text from outside, read and shown with care."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
"""What identifies the results in a folder."""
MOST_LETTERS = 2_000
"""Longest message; what comes after is named by its length."""


def read_text(path: Path, what: str) -> str:
    """Return a file's text with plain line ends.

    Args:
        path: Where the file is.
        what: What it should be, with its article (``"a scenario"``).

    Raises:
        ValueError: There is no text there; the message says what there is.
    """
    if path.is_dir():
        raise ValueError(f"this is a folder; name {what} file in it")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except OSError as error:
        raise ValueError(f"the file cannot be read ({error.strerror or error})") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"the file is not UTF-8 text (line {line}); save it as UTF-8") from None
    return text.replace("\r\n", "\n")


CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys and what damages a table or a picture: control characters, line ends, turns
of the direction of writing, and halves of characters, which no file can hold."""

KEY_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Names that stand in a dotted key, a table's heading or a file's name without quotes."""


def listed(given: Any) -> list[Any]:
    """Return what is given as a list: a text, or what cannot be gone through, as a list of one."""
    alone = isinstance(given, str) or not isinstance(given, Iterable)
    return [given] if alone else list(given)


def printable(text: str) -> str:
    r"""Return a text in one line whose control characters are written out (``\x1b``)."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def shorten(text: str, most: int = MOST_LETTERS) -> str:
    """Return a text of at most so many letters, its middle left out if it is longer."""
    if len(text) <= most:
        return text
    gap = f" … ({len(text):,} letters) … "
    half = (most - len(gap)) // 2
    return text[:half] + gap + text[-half:]

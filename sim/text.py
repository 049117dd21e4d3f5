"""Text from outside, read and shown with care; and numbers of things in words."""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
"""What identifies the results in a folder."""
MOST_LETTERS = 2_000
"""Longest message; what comes after is named by its length."""


def read_text(path: Path, what: str, form: str = "TOML") -> str:
    """Return a file's text with plain line ends.

    Only a plain file is read: a pipe may never end, and a device may have effects.

    Args:
        path: Where the file is.
        what: What it should be, with its article (``"a scenario"``).
        form: Its format, for messages.

    Raises:
        ValueError: There is no text there; the message says what there is.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise ValueError(f"this is a folder; name {what} file in it")
        if not stat.S_ISREG(kind):
            raise ValueError(f"this is a pipe or a device; {what} is a plain file")
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except OSError as error:
        raise ValueError(f"the file cannot be read ({error.strerror or error})") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("the file is UTF-16 text; save it as UTF-8")
    if b"\0" in content:
        raise ValueError(f"the file is binary, not {form} text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"the file is not UTF-8 text (line {line}); save it as UTF-8") from None
    return text.replace("\r\n", "\n")


def read_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row of a comma-separated text with the line it begins in.

    Raises:
        RowError: From a line on it is no such text.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        # The parser complains where it stopped: of an open quote, at the end of the file.
        open_quote = "end of data" in str(error) or "limit" in str(error)
        advice = "; is a quote open?" if open_quote else ""
        raise RowError(line, f"no comma-separated table ({error}){advice}") from None


class RowError(ValueError):
    """A text is no comma-separated table.

    Attributes:
        line: The line in which the row begins that cannot be read.
        text: What is wrong with it.
    """

    def __init__(self, line: int, text: str) -> None:
        """Take line and text."""
        self.line, self.text = line, text
        super().__init__(f"{line}: {text}")


NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
"""A number of a table: `2030.`, `.5`, `1_000`, `inf` and `nan` are slips rather than numbers."""

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys and what damages a table or a picture: control characters, line ends, turns
of the direction of writing, and halves of characters, which no file can hold."""

KEY_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Names that stand in a dotted key, a table's heading or a file's name without quotes."""
NAME = re.compile(r"[\w.-]+(?: [\w.-]+)*")
"""Names of scenarios, experiments and levels, which stand in tables, figures and file names."""

NAME_RULE = "letters, digits, ., _, - and single spaces between them"


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


def counted(number: int, what: str) -> str:
    """Return a number of things: `1 run`, `1,000 runs`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"

"""Errors in users' input: safe display of text, nearest names, and the exception."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

# Names that the command line needs before it loads the model.
BASELINE, MANIFEST = "baseline", "manifest.json"
# A longer list of names does not help.
MOST_LISTED = 30
# A longer message loses its middle.
MOST_LETTERS = 2_000
SHOWN_VALUE = 60


log = logging.getLogger("entrench")

# Control characters, line ends, changes of the writing direction, and surrogates, which no file can
# contain.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that terminals obey or that damage tables and pictures."""

KEY_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Names that need no quotes in a dotted key, a table's heading or a file's name."""


def listed(given: Any) -> list[Any]:
    """Return a list: of one for a text or a value that is not iterable, of none for None."""
    alone = isinstance(given, str) or not isinstance(given, Iterable)
    return [] if given is None else [given] if alone else list(given)


def printable(text: str) -> str:
    r"""Return a text in one line, with control characters written as in JSON (``\u001b``)."""
    return CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


FORMULA = re.compile("[=+@＝＋＠－-]")
"""Beginnings of cells that spreadsheets execute; some do so in full width, too."""


def check_text(text: str, *, name: bool = False) -> str:
    """Return a text that terminals and tables can show; with `name`, also as a cell of a table.

    Raises:
        ValueError: It has other characters.
    """
    if CONTROL.search(text):
        raise ValueError(f"'{printable(text)}': allowed: no control characters or line ends")
    if name and FORMULA.match(text):
        raise ValueError(f"{text!r}: allowed: no = + - @ at the beginning")
    return text


def shorten(text: str, most: int = MOST_LETTERS) -> str:
    if len(text) <= most:
        return text
    gap = f" … ({len(text):,} letters) … "
    half = (most - len(gap)) // 2
    return text[:half] + gap + text[-half:]


def nearest(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return a hint at the nearest known name; else `otherwise`, or the known names."""
    folded = {other.lower().replace("-", "_"): other for other in known}
    typed = name.lower().replace("-", "_")
    if close := difflib.get_close_matches(typed, folded, n=5):
        # Of similar names the first that begins alike: `AFH` is AFG rather than ZAF.
        best = min(close, key=lambda other: other[:1] != typed[:1])
        return f"; did you mean {folded[best]!r}?"
    if otherwise is not None:
        return otherwise
    more = ", …" if len(folded) > MOST_LISTED else ""
    listed = ", ".join([*folded.values()][:MOST_LISTED]) + more
    return f"; there are: {listed}" if folded else "; there are none"


# The shells' convention: 128 + signal 2.
INTERRUPTED = 130
"""Exit code after Ctrl-C."""

# Of an option, not of a whole command that a message gives.
FLAG = re.compile(r"(?<!new )(?<!run )(?<![\w'-])--([a-z]+(?:-[a-z]+)*)")
IN_PYTHON = {"mechanism": "mechanisms", "figure": "figures", "format": "formats"}


class InputError(ValueError):
    """Wrong input; exit code 2.

    Attributes:
        messages: One text per error: place, problem and allowed values; options as in the command.
        headline: The text that was read, or an empty string.

    Examples:
        >>> sim.make_runs("baseline", runs=0)
        Traceback (most recent call last):
            ...
        sim.errors.InputError: runs 0: allowed: whole numbers from 1 to ...
    """

    # All errors are collected first and raised at once, so that users can correct them in one go.
    def __init__(self, messages: str | Iterable[str], headline: str = "") -> None:
        self.messages: list[str] = [shorten(printable(message)) for message in listed(messages)]
        self.headline = shorten(printable(headline))
        super().__init__(self.messages, headline)

    def __str__(self) -> str:
        return FLAG.sub(lambda flag: IN_PYTHON.get(flag[1], flag[1].replace("-", "_")), self.text)

    @property
    def text(self) -> str:
        """All messages as the command shows them; in Python, flags are parameters."""
        if not self.headline and len(self.messages) == 1:
            return self.messages[0]
        lines = [self.headline] if self.headline else []
        return "\n".join(lines + [f"- {message}" for message in self.messages])


def require_extra(module: str, extra: str) -> None:
    if find_spec(module) is None:
        raise InputError(
            f"this needs the extra `{extra}`: in a clone `uv run --extra {extra} entrench …`, or"
            f" `pip install '.[{extra}]'`"
        )

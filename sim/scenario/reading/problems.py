"""What can be wrong with a scenario: a place, a key and a text; all of it raised at once."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError

SHOWN_LENGTH = 40
"""Longest excerpt of a wrong value in a message; more would hide what is allowed."""

LISTED_NAMES = 30
"""Most names listed as allowed; a longer list is no help."""


@dataclass(frozen=True)
class Place:
    """Where a value was written.

    Attributes:
        file: The file as the user named it, or the layer's name (``--set``).
        line: Line in the file from 1, or 0 where there are no lines.
        column: Column from 1, or 0.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return it the way editors and terminals make clickable."""
        numbers = [str(number) for number in (self.line, self.column) if number]
        return ":".join((self.file, *numbers))


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        place: File and line, or option, that is to be mended.
        key: The dotted key concerned, or an empty string.
        text: What is wrong and what is allowed.
    """

    place: Place
    key: str
    text: str

    def __str__(self) -> str:
        """Return place, key and text as one line."""
        return ": ".join(part for part in (str(self.place), self.key, self.text) if part)


class ScenarioError(InputError):
    """Everything that is wrong with a scenario.

    Attributes:
        problems: One entry for each thing that is wrong, in the order of files and lines.
        noun: What was being read, for the headline.
    """

    noun = "scenario"

    def __init__(self, problems: Iterable[Problem], name: str = "") -> None:
        self.problems = list(problems)
        self.name = name
        count = len(self.problems)
        headline = f"{count} problems in the {self.noun} {name!r}" if count > 1 else ""
        super().__init__([str(problem) for problem in self.problems], headline)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the problems, so that the error crosses from worker processes."""
        return type(self), (self.problems, self.name)


def in_reading_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems without repetition, each file's by line; files in order of appearance."""
    unique = list(dict.fromkeys(problems))
    files = {file: rank for rank, file in enumerate(dict.fromkeys(p.place.file for p in unique))}
    return sorted(unique, key=lambda p: (files[p.place.file], p.place.line, p.place.column))


def suggest(word: str, names: Sequence[str], kind: str = "") -> str:
    """Return what to offer for a word that is none of the names.

    Args:
        word: What was written.
        names: What is allowed.
        kind: What the names are, for the list (``"keys"``).
    """
    folded = {name.lower().replace("-", "_"): name for name in names}
    nearest = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1)
    if nearest:
        return f"did you mean {folded[nearest[0]]!r}?"
    if not names:
        return "there are none"
    listed = ", ".join(names[:LISTED_NAMES]) + (", …" if len(names) > LISTED_NAMES else "")
    return f"{kind or 'allowed'}: {listed}"


def show_value(value: Any) -> str:
    """Return a wrong value as a message shows it, naming its kind where that is the mistake."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        short = value if len(value) <= SHOWN_LENGTH else value[:SHOWN_LENGTH] + "…"
        return f"the text {short!r}"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int):
        digits = int(math.log10(abs(value))) + 1 if value else 1
        return str(value) if digits <= SHOWN_LENGTH else f"a number of {digits} digits"
    if isinstance(value, float):
        return repr(value)
    return f"the {type(value).__name__} {value}"

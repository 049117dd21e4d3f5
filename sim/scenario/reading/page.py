"""A file while it is read: values with their places, and what is wrong with it so far."""

from __future__ import annotations

from typing import Any

from sim.scenario.reading.problems import Problem
from sim.scenario.reading.settings import Setting, from_file
from sim.scenario.reading.toml_source import KeyPath, Source


class Page:
    """One file's values and problems.

    Attributes:
        source: The file as it was read.
        problems: What is wrong with it so far.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = list(source.problems)

    def wrong(self, path: KeyPath, text: str, *, at_key: bool = False, key: str = "") -> None:
        """Note a problem at a value, or at its key."""
        place = self.source.place(path, "key" if at_key else "value")
        self.problems.append(Problem(place, key or label(path), text))

    def missing(self, path: KeyPath, text: str, *, key: str = "") -> None:
        """Note that something is missing, unless it may be on a line that could not be read."""
        if self.source.whole:
            self.wrong(path, text, at_key=True, key=key)

    def setting(self, path: KeyPath, value: Any, *, at_key: bool = False) -> Setting:
        """Return a value with its place; where its key stands, if asked or the value is a table."""
        at_key = at_key or isinstance(value, dict)
        return from_file(value, self.source.place(path, "key" if at_key else "value"))

    def table(self, key: str, what: str = "table") -> dict[str, Any]:
        """Return a table of the file; empty if it is not there, and with a note if it is none."""
        value = self.source.data.get(key, {})
        if isinstance(value, dict):
            return value
        if isinstance(value, list):
            text = f"is one table: write [{key}], in single brackets, once"
        else:
            text = f"is a {what}: write [{key}] on a line of its own and its keys below"
        self.wrong((key,), text, at_key=True)
        return {}

    def tables(self, key: str, above: str) -> list[dict[str, Any]]:
        """Return a list of tables; empty, and a note, if it is none.

        Args:
            key: The list's name.
            above: Above what its header stands.
        """
        value = self.source.data.get(key, [])
        if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            return value
        text = f"must be tables: write [[{key}]], in double brackets, above {above}"
        self.wrong((key,), text, at_key=True)
        return []


def label(path: KeyPath) -> str:
    """Return a path as a dotted key: ``factors[2].values``; which entry of a list is left out."""
    text = ""
    for part in path:
        if isinstance(part, str):
            text += f".{part}" if text else part
        elif text == "factors":
            text += f"[{part + 1}]"
    return text

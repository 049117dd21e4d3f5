"""An experiment file while it is read: values with their places, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.scenario.problems import SHOWN_LENGTH, Place, Problem, ScenarioError, show_value, suggest
from sim.scenario.toml_source import KeyPath, Source
from sim.text import CONTROL, shorten


class ExperimentError(ScenarioError):
    """Everything that is wrong with an experiment."""

    noun = "experiment"


def label(path: KeyPath) -> str:
    """Return a path as a dotted key: ``factors[2].values``; which entry of a list is left out."""
    text = ""
    for part in path:
        if isinstance(part, str):
            text += f".{part}" if text else part
        elif text == "factors":
            text += f"[{part + 1}]"
    return text


class Page:
    """One file's values and problems.

    Attributes:
        source: The file.
        problems: What is wrong with it so far.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = list(source.problems)

    def wrong(self, path: KeyPath, text: str, *, at_key: bool = False, key: str = "") -> None:
        """Note a problem at a value, or at its key."""
        place = self.source.place(path, "key" if at_key else "value")
        self.problems.append(Problem(place, key or label(path), text))

    def missing(self, path: KeyPath, text: str) -> None:
        """Note that something is missing, unless it may be on a line that could not be read."""
        if self.source.whole:
            self.wrong(path, text, at_key=True)

    def place(self, path: KeyPath) -> Place:
        """Return where a value stands; where its key stands, if the value is a table."""
        value: Any = self.source.data
        for part in path:
            value = value[part]
        return self.source.place(path, "key" if isinstance(value, dict) else "value")

    def known(self, path: KeyPath, table: Mapping[str, Any], keys: Sequence[str]) -> None:
        """Note the keys of a table that are none of these."""
        for key in table:
            if key not in keys:
                text = f"unknown key; {suggest(key, keys, 'keys here')}"
                self.wrong((*path, key), text, at_key=True)

    def text(self, path: KeyPath, table: Mapping[str, Any]) -> str | None:
        """Return a text of a table; None if it is not there, or wrong."""
        value = table.get(str(path[-1]))
        if value is None:
            return None
        if isinstance(value, str) and value.strip():
            text = " ".join(value.split()) if path == ("question",) else value.strip()
            if CONTROL.search(text):
                self.wrong(path, f"has control characters: {shorten(text, SHOWN_LENGTH)!r}")
                return None
            return text
        found = "an empty text" if value == "" else show_value(value)
        self.wrong(path, f"must be a text in quotes, not {found}")
        return None

    def choice(self, path: KeyPath, table: Mapping[str, Any], allowed: Sequence[str]) -> str | None:
        """Return one of several texts; None if it is not there, or wrong."""
        value = self.text(path, table)
        if value is None or value in allowed:
            return value
        listed = ", ".join(f'"{name}"' for name in allowed)
        text = f"must be one of {listed}, not {show_value(value)}; {suggest(value, allowed)}"
        self.wrong(path, text)
        return None

    def whole(
        self, path: KeyPath, table: Mapping[str, Any], low: int, high: int, default: int
    ) -> int:
        """Return a whole number of a table; the default if it is not there, or wrong."""
        value = table.get(str(path[-1]), default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            text = f"must be a whole number from {low} to {high}, not {show_value(value)}"
            self.wrong(path, text)
            return default
        return value

    def switch(self, path: KeyPath, table: Mapping[str, Any]) -> bool:
        """Return a switch of a table; False if it is not there, or wrong."""
        value = table.get(str(path[-1]), False)
        if not isinstance(value, bool):
            self.wrong(path, f"must be true or false, not {show_value(value)}")
            return False
        return value

    def table(self, key: str) -> dict[str, Any]:
        """Return a table of the file; empty if it is not there, or is none."""
        value = self.source.data.get(key, {})
        if isinstance(value, dict):
            return value
        if isinstance(value, list):
            text = f"is one table: write [{key}], in single brackets, once"
        else:
            text = f"is a table: write [{key}] on a line of its own and its keys below"
        self.wrong((key,), text, at_key=True)
        return {}

"""A scenario file as written: its values (by tomllib) and where each stands (by a syntax tree)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from sim.scenario.reading.problems import Place, Problem
from sim.scenario.reading.toml_faults import parse
from sim.text import NAME, NAME_RULE, read_text

type KeyPath = tuple[str | int, ...]
"""Keys from the top of a file to a value; numbers count the entries of a list."""

type Noun = Literal["scenario", "experiment"]
"""What a file is, for messages."""

LARGEST_FILE = 1_000_000
"""Bytes: a scenario is read by people, so a file beyond this is something else."""


@dataclass(frozen=True)
class Mark:
    """Where a key and its value begin: (line, column), both from 1."""

    key: tuple[int, int]
    value: tuple[int, int]


@dataclass(frozen=True)
class Source:
    """A file read.

    Attributes:
        path: Where it lies.
        shown: Its path as messages show it.
        data: Its tables and values.
        marks: Where each value stands.
        problems: What kept the file, or lines of it, from being read.
        readable: Whether the values say anything; False for a missing or garbled file.
    """

    path: Path
    shown: str
    data: dict[str, Any]
    marks: dict[KeyPath, Mark]
    problems: tuple[Problem, ...]
    readable: bool

    @property
    def whole(self) -> bool:
        """Whether every line was read, so that something missing is truly missing."""
        return self.readable and not self.problems

    def place(self, path: KeyPath, at: Literal["key", "value"] = "value") -> Place:
        """Return where a value stands, or the nearest table around it."""
        for length in range(len(path), 0, -1):
            mark = self.marks.get(path[:length])
            if mark is not None:
                line, column = mark.value if at == "value" and length == len(path) else mark.key
                return Place(self.shown, line, column)
        return Place(self.shown, 1, 1)


def read_source(path: Path, shown: str | None = None, noun: Noun = "scenario") -> Source:
    """Read a file; whatever is wrong with it is in the result's ``problems``."""
    shown = str(path) if shown is None else shown
    try:
        text = read_text(path, f"{_ARTICLES[noun]} {noun}", largest=LARGEST_FILE)
        if not NAME.fullmatch(path.name):
            raise ValueError(f"{_ARTICLES[noun]} {noun}'s file has a name of {NAME_RULE}")
        data, rest, problems = parse(text, shown)
        if data == {} and not problems:
            raise ValueError(_EMPTY[noun])
    except ValueError as error:
        data, rest, problems = None, "", [Problem(Place(shown), "", str(error))]
    marks = _Marker(rest).marks if data else {}
    return Source(path, shown, data or {}, marks, tuple(problems), readable=data is not None)


_ARTICLES: dict[Noun, str] = {"scenario": "a", "experiment": "an"}

_EMPTY: dict[Noun, str] = {
    "scenario": 'the file is empty; a scenario needs at least: extends = "baseline"',
    "experiment": "the file is empty; an experiment needs at least one factor: [[factors]]",
}


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


class _Marker:
    """Walks the syntax tree of a valid TOML text and notes where each key and value begins."""

    def __init__(self, text: str) -> None:
        self._content = text.encode()
        self._lines = self._content.split(b"\n")
        self._entries: dict[KeyPath, int] = {}
        self._last = 0, 0, 0
        self.marks: dict[KeyPath, Mark] = {}
        for node in _parser().parse(self._content).root_node.children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def _table(self, node: Node) -> None:
        header = next((c for c in node.children if c.type.endswith("key")), None)
        if header is None:
            return
        segments = list(self._segments(header))
        path = (*self._path([name for name, _ in segments[:-1]]), segments[-1][0])
        here = self._position(node)
        if node.type == "table_array_element":
            self.marks.setdefault(path, Mark(here, here))
            entry = self._entries.get(path, -1) + 1
            self._entries[path] = entry
            path += (entry,)
        elif path in self._entries:
            path += (self._entries[path],)
        self.marks.setdefault(path, Mark(here, here))
        for child in node.children:
            if child.type == "pair":
                self._pair(child, path)

    def _path(self, names: list[str]) -> KeyPath:
        """Return the path of a header's parents, in the latest entry of each list of tables."""
        path: KeyPath = ()
        for name in names:
            path += (name,)
            if path in self._entries:
                path += (self._entries[path],)
        return path

    def _pair(self, node: Node, parent: KeyPath) -> None:
        key, *values = _parts(node)
        if not values:
            return
        value = values[0]
        begin = self._position(value)
        path = parent
        for name, segment in self._segments(key):
            path += (name,)
            self.marks.setdefault(path, Mark(self._position(segment), begin))
        self._value(value, path)

    def _value(self, node: Node, path: KeyPath) -> None:
        if node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._pair(child, path)
        elif node.type == "array":
            for entry, child in enumerate(_parts(node)):
                here = self._position(child)
                self.marks.setdefault((*path, entry), Mark(here, here))
                self._value(child, (*path, entry))

    def _segments(self, node: Node) -> Iterator[tuple[str, Node]]:
        """Yield the parts of a dotted key with their nodes."""
        if node.type == "dotted_key":
            for child in node.children:
                yield from self._segments(child)
        elif node.type in ("bare_key", "quoted_key"):
            text = (node.text or b"").decode()
            yield text if node.type == "bare_key" else next(iter(tomllib.loads(f"{text}=0"))), node

    def _position(self, node: Node) -> tuple[int, int]:
        """Return line and column from 1; the tree counts columns in bytes, people in letters."""
        row, offset = node.start_point
        last_row, last_offset, letters = self._last
        if row != last_row or offset < last_offset:
            last_offset, letters = 0, 0
        # From the node before, as a line may be long and hold many.
        letters += len(self._lines[row][last_offset:offset].decode(errors="replace"))
        self._last = row, offset, letters
        return row + 1, letters + 1


def _parts(node: Node) -> list[Node]:
    """Return the key and value of a pair, or the entries of a list."""
    return [child for child in node.named_children if child.type != "comment"]

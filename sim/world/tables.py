"""Reading a seed table strictly: every error with its file and line, none left for later."""

import difflib
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.text import RowError, read_rows, read_text
from sim.world.columns import EARLIEST_YEAR, GAP_RULES, LATEST_YEAR, NO_YEAR, Column

MOST_ERRORS = 1_000
"""Errors after which reading stops; a file of nothing but errors is another file."""

FILLED = "filled"
"""Name of the column that says which cells of a row are filled, and by which rule."""

HEADER_LINE = 1
"""Where a message points that concerns a whole table."""

FORMULA = "=+-@"
"""A cell of a spreadsheet that begins with one of these is a formula."""

# Plain decimal notation alone: `inf`, `nan`, `1e5`, `1_000` and `0,2` are not figures of a table.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


type Tables = Path | Mapping[str, str]
"""Where tables lie: a folder, or their texts by the file's name."""


class SeedError(InputError):
    """The seed tables are wrong; lists every error found."""


@dataclass(slots=True)
class Problems:
    """Errors collected while the tables are read.

    Attributes:
        errors: File, line and text of each error, in the order of discovery.
    """

    errors: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, table: str, line: int, text: str) -> None:
        """Note an error in a line of a table.

        Raises:
            SeedError: There are so many that the rest says nothing new.
        """
        self.errors.append((table, line, text))
        if len(self.errors) == MOST_ERRORS:
            raise SeedError(self._texts(), f"{MOST_ERRORS} errors and more in the seed tables:")

    def raise_if_any(self, where: Path | str, what: str = "the seed tables of") -> None:
        """Raise all errors at once, sorted by file and line.

        Args:
            where: The folder or file that they are in.
            what: What it is, as it stands before its name.

        Raises:
            SeedError: At least one error was noted.
        """
        if self.errors:
            count = "one error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
            raise SeedError(self._texts(), f"{count} in {what} {where}:")

    def _texts(self) -> list[str]:
        return [f"{table}:{line}: {text}" for table, line, text in sorted(self.errors)]


@dataclass(slots=True)
class Row:
    """A line of a table, which checks its cells and notes what is wrong with them.

    Attributes:
        table: The file's name, for messages.
        line: The line's number, from 1.
        cells: Text by column.
        problems: Where errors are noted.
        right: Whether none was noted of this line.
    """

    table: str
    line: int
    cells: dict[str, str]
    problems: Problems
    right: bool = True

    def wrong(self, text: str) -> None:
        """Note an error in this line."""
        self.right = False
        self.problems.add(self.table, self.line, text)

    def once(self, seen: dict[Any, int], key: Any, text: str) -> bool:
        """Note an error if a line before had the same key; return whether none had.

        Args:
            seen: Lines by key, to which this one is added.
            key: What may stand in one line alone.
            text: What to say; where it was first is added.
        """
        first = seen.setdefault(key, self.line)
        if first != self.line:
            self.wrong(f"{text}, first in line {first}")
        return first == self.line

    def has_text(self, column: str, allowed: str) -> None:
        """Note an error if the cell is empty, or if a spreadsheet would compute it."""
        text = self.cells[column].strip()
        if not text:
            self.wrong(f"{column} is empty; allowed: {allowed}")
        elif text[0] in FORMULA:
            self.wrong(f"{column} is {text!r}; spreadsheets compute what begins with = + - @")

    def one_of(self, column: str, allowed: Sequence[str]) -> bool:
        """Note an error unless the cell is one of the allowed words; return whether it is."""
        text = self.cells[column]
        if text not in allowed:
            listed = ", ".join(allowed)
            self.wrong(f"{column} is {text!r}; allowed: {listed}{nearest(text, allowed)}")
        return text in allowed

    def state(self, column: str, states: Set[str]) -> str | None:
        """Return the cell's state code, or None (and a note) if no state has it."""
        text = self.cells[column]
        if text in states:
            return text
        allowed = f"the ISO code of one of the model's {len(states)} states"
        self.wrong(f"{column} is {text!r}; allowed: {allowed}{nearest(text, sorted(states))}")
        return None

    def number(
        self, column: str, lowest: float, highest: float, *, whole: bool = False
    ) -> float | None:
        """Return the cell's number, or None (and a note) if it is none or out of range."""
        text = self.cells[column]
        is_number = _NUMBER.fullmatch(text) is not None
        value = float(text) if is_number else math.nan
        if lowest <= value <= highest and (not whole or value.is_integer()):
            return value
        # Only a wrong cell pays for the text that says why.
        kind = "a whole number" if whole else "a number"
        allowed = f"allowed: {kind} from {lowest:,.10g} to {highest:,.10g}"
        if text == "":
            hint = " (fill gaps with `python -m sim.world.gaps`)" if FILLED in self.cells else ""
            self.wrong(f"{column} is empty; {allowed}{hint}")
        elif is_number:
            self.wrong(f"{column} is {text}; {allowed}")
        else:
            hint = "; write a point, not a comma" if "," in text else ""
            self.wrong(f"{column} is {text!r}, no number; {allowed}{hint}")
        return None

    def year(self, column: str) -> int | None:
        """Return the cell's year, or None (and a note) if it is none."""
        value = self.number(column, EARLIEST_YEAR, LATEST_YEAR, whole=True)
        return None if value is None else int(value)

    def figure(self, column: Column) -> float | None:
        """Return the number of a column's cell, or None (and a note) if it is wrong."""
        text = self.cells[column.name]
        if column.may_be_empty and not text:
            return NO_YEAR
        if column.cells:
            return float(text) if self.one_of(column.name, column.cells) else None
        return self.number(column.name, column.lowest, column.highest, whole=column.whole)

    def filled(self, columns: Sequence[str]) -> dict[str, str]:
        """Return the rule by filled column from a cell as `voice=interpolated;gdp_pc=carried`."""
        flags: dict[str, str] = {}
        for entry in filter(None, self.cells[FILLED].split(";")):
            column, _, rule = entry.partition("=")
            if column not in columns:
                allowed = f"{', '.join(columns)}{nearest(column, columns)}"
                self.wrong(f"filled names the column {column!r}; allowed: {allowed}")
            elif rule not in GAP_RULES:
                allowed = f"{', '.join(GAP_RULES)}{nearest(rule, GAP_RULES)}"
                self.wrong(f"filled says {entry!r}; allowed after '=': {allowed}")
            else:
                flags[column] = rule
        return flags


def nearest(text: str, allowed: Iterable[str]) -> str:
    """Return a hint at the allowed word most like `text`, or an empty string."""
    words = {word.casefold(): word for word in allowed}
    typed = text.casefold()
    close = difflib.get_close_matches(typed, words, n=len(words) or 1)

    def likeness(word: str) -> tuple[float, int]:
        # Of equally similar words the one that begins alike: `NA` is NAM rather than NGA.
        ratio = difflib.SequenceMatcher(a=word, b=typed).ratio()
        alike = (a == b for a, b in zip(word, typed, strict=False))
        return ratio, sum(1 for _ in itertools.takewhile(bool, alike))

    return f"; did you mean {words[max(close, key=likeness)]!r}?" if close else ""


def read_table(
    folder: Tables,
    table: str,
    columns: Sequence[str],
    problems: Problems,
    optional: Sequence[str] = (),
) -> list[Row]:
    """Read a comma-separated table with exactly these columns, in any order.

    Args:
        folder: Where the table lies.
        table: The file's name.
        columns: The columns that must be there.
        problems: Where errors are noted; a table with a wrong header yields no rows.
        optional: Columns that may be there.
    """
    if isinstance(folder, Path):
        text = read_file(folder / table, table, problems)
    else:
        text = folder.get(table)
    if text is None:
        return []
    rows: list[Row] = []
    lines = read_rows(text)
    try:
        _, header = next(lines, (HEADER_LINE, []))
        if not _check_header(header, table, columns, optional, problems):
            return []
        for line, cells in lines:
            if len(cells) == len(header):
                rows.append(Row(table, line, dict(zip(header, cells, strict=True)), problems))
            else:
                advice = f"{len(cells)} cells; allowed: {len(header)}, as many as the header has"
                problems.add(table, line, advice)
    except RowError as error:
        problems.add(table, error.line, error.text)
    return rows


def read_file(path: Path, table: str, problems: Problems) -> str | None:
    """Return a file's text, or None (and a note) if it cannot be read as text."""
    try:
        if not path.exists():
            raise ValueError(f"the file is missing in {path.parent}")
        text = read_text(path, "a table", "comma-separated")
        if not text.strip():
            raise ValueError("the file is empty")
    except ValueError as error:
        problems.add(table, HEADER_LINE, str(error))
        return None
    return text


def _check_header(
    header: Sequence[str],
    table: str,
    columns: Sequence[str],
    optional: Sequence[str],
    problems: Problems,
) -> bool:
    """Note every missing, unknown or repeated column; return whether the header is right."""
    if len(header) == 1 and ";" in header[0]:
        problems.add(table, HEADER_LINE, "cells are parted by semicolons; allowed: commas")
        return False
    known = (*columns, *optional)
    unknown = [name for name in header if name not in known]
    faults = [
        f"the column {column!r} is missing{nearest(column, unknown)}"
        for column in columns
        if column not in header
    ]
    for place, column in enumerate(header):
        if column in header[:place]:
            faults.append(f"the column {column!r} is there twice")
        elif column in unknown:
            allowed = f"{', '.join(known)}{nearest(column, known)}"
            faults.append(f"unknown column {column!r}; allowed: {allowed}")
    for fault in faults:
        problems.add(table, HEADER_LINE, fault)
    return not faults

"""The points of a list design: a CSV file beside the experiment, a column a factor."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sim.experiment.keys import Key
from sim.experiment.points import MOST_POINTS
from sim.parameters import Cell
from sim.scenario import Horizon, Place, Problem, Sections
from sim.scenario.reading.problems import show_value, suggest
from sim.scenario.reading.settings import from_file
from sim.text import NUMBER, RowError, read_rows, read_text

MOST_MESSAGES = 20
"""Mistakes reported of one table; what is wrong once is mostly wrong in every row."""

MOST_COLUMNS = 1000
"""Columns of a list of points: more than there are parameters."""

POINT = "point"
"""A column that is passed over, so that the ``design.csv`` of a sweep's results is a list too."""


@dataclass
class Table:
    """A table of texts with their places.

    Attributes:
        shown: The file's path as messages show it.
        columns: Names of the columns.
        rows: The line in the file and the cells of each row.
        problems: What is wrong with the table as a table.
    """

    shown: str
    columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)

    def place(self, line: int, column: int) -> Place:
        """Return where a cell begins: line and letter; of a line with quotes, its beginning."""
        text = self._texts[line - 1] if line <= len(self._texts) else ""
        fields = text.split(",")
        letter = 1 + sum(len(cell) + 1 for cell in fields[:column]) if '"' not in text else 1
        return Place(self.shown, line, letter)

    def wrong(self, line: int, column: int, key: str, text: str) -> None:
        """Note a problem at a cell."""
        self.problems.append(Problem(self.place(line, column), key, text))

    @property
    def full(self) -> bool:
        """Whether no more problems should be noted."""
        return len(self.problems) >= MOST_MESSAGES

    def cells(self, column: str, convert: Callable[[str], Cell]) -> list[Cell]:
        """Return a column's cells.

        Args:
            column: Its heading.
            convert: Returns a text's cell, or raises ValueError saying what is wrong.
        """
        at = self.columns.index(column)
        cells: list[Cell] = []
        for line, row in self.rows:
            try:
                cells.append(convert(row[at]))
            except ValueError as error:
                if self.full:
                    break
                self.wrong(line, at, column, str(error))
        return cells

    def first_places(self, column: str) -> dict[str, Place]:
        """Return the distinct texts of a column, each with its first place."""
        at = self.columns.index(column)
        first_lines: dict[str, int] = {}
        for line, row in self.rows:
            first_lines.setdefault(row[at], line)
        return {text: self.place(line, at) for text, line in first_lines.items()}


def read_table(path: Path, shown: str) -> Table:
    """Read a list of points; what is wrong with it as a table is in the result's problems."""
    table = Table(shown)
    try:
        text = read_text(path, "a list of points", "CSV")
    except ValueError as error:
        table.problems.append(Problem(Place(shown), "", str(error)))
        return table
    table._texts = text.split("\n")
    try:
        for line, row in read_rows(text):
            if row:
                _add(table, [cell.strip() for cell in row], line)
            if table.full:
                break
    except RowError as error:
        table.wrong(error.line, 0, "", error.text)
        return table
    if not table.columns:
        table.wrong(1, 0, "", "the file is empty; its first line names the factors")
    elif not table.rows and not table.problems:
        table.wrong(1, 0, "", "there are no points; write a line for each below the first")
    return table


def _add(table: Table, row: list[str], line: int) -> None:
    """Add a row; the first names the columns."""
    if not table.columns:
        _header(table, row, line)
    elif len(row) != len(table.columns):
        text = f"{len(row)} cells, but the first line names {len(table.columns)} columns"
        table.wrong(line, 0, "", text)
    elif len(table.rows) == MOST_POINTS:
        table.wrong(line, 0, "", f"more than {MOST_POINTS} points")
    else:
        for at, cell in enumerate(row):
            if not cell and not table.full:
                table.wrong(line, at, table.columns[at], "the cell is empty")
        table.rows.append((line, row))


def _header(table: Table, row: list[str], line: int) -> None:
    """Take the first line's names."""
    if len(row) > MOST_COLUMNS:
        text = f"the first line names {len(row):,} columns; allowed: up to {MOST_COLUMNS:,}"
        table.wrong(line, 0, "", text)
        row = row[:MOST_COLUMNS]
    table.columns = row
    first: dict[str, int] = {}
    for at, name in enumerate(row):
        if table.full:
            break
        if not name:
            table.wrong(line, at, "", f"column {at + 1} has no name")
        elif first.setdefault(name, at) != at:
            text = f"another column has that name (column {first[name] + 1})"
            table.wrong(line, at, name, text)
    if len(row) == 1 and ";" in row[0]:
        table.wrong(line, 0, "", "columns are set apart by commas, not by semicolons")


def reader_of_labels(labels: list[str]) -> Callable[[str], Cell]:
    """Return a reader of a factor's labels."""

    def read(text: str) -> Cell:
        if text not in labels:
            raise ValueError(f"no level is called {text!r}; {suggest(text, labels, 'levels')}")
        return text

    return read


def reader_of(key: Key, sections: Sections, horizon: Horizon) -> Callable[[str], Cell]:
    """Return a reader of a key's values."""

    def read_switch(text: str) -> Cell:
        if text.lower() not in ("true", "false"):
            raise ValueError(f"must be true or false, not {show_value(text)}")
        return text.lower() == "true"

    def read_number(text: str) -> Cell:
        number = float(text) if NUMBER.fullmatch(text) else math.inf
        value: Cell = number if math.isfinite(number) else text
        if key.sort == "whole" and number.is_integer():
            value = int(number)
        # A list may hold a million numbers, and to check one takes ten times as long as this.
        inside = key.low is not None and key.high is not None and key.low <= number <= key.high
        if not inside or (key.sort == "whole" and isinstance(value, float)):
            problem = key.fault(from_file(value, Place("")), sections, horizon)
            if problem:
                raise ValueError(problem.text)
        return value

    if key.sort == "scenario":
        return str
    return read_switch if key.sort == "switch" else read_number

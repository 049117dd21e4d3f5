"""Reading a seed table strictly: every error with its file and line, none left for later."""

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import InputError
from sim.text import RowError, read_rows, read_text
from sim.world.columns import GAP_RULES

MOST_ERRORS = 1_000
"""Errors after which reading stops; a file of nothing but errors is another file."""

FILLED = "filled"
"""Name of the column that says which cells of a row are filled, and by which rule."""

HEADER_LINE = 1
"""Where a message points that concerns a whole table."""

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
        found: File, line and text of each error, in the order of discovery.
    """

    found: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, table: str, line: int, text: str) -> None:
        """Note an error in a line of a table.

        Raises:
            SeedError: There are so many that the rest says nothing new.
        """
        self.found.append((table, line, text))
        if len(self.found) == MOST_ERRORS:
            raise SeedError(self._texts(), f"{MOST_ERRORS} errors and more in the seed tables:")

    def raise_if_any(self, folder: Path | str) -> None:
        """Raise all errors at once, sorted by file and line.

        Raises:
            SeedError: At least one error was noted.
        """
        if self.found:
            count = "one error" if len(self.found) == 1 else f"{len(self.found)} errors"
            raise SeedError(self._texts(), f"{count} in the seed tables of {folder}:")

    def _texts(self) -> list[str]:
        return [f"{table}:{line}: {text}" for table, line, text in sorted(self.found)]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table.

    Attributes:
        table: The file's name.
        line: The line's number, from 1.
        cells: Text by column.
    """

    table: str
    line: int
    cells: dict[str, str]


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


def one_of(row: Row, column: str, allowed: Sequence[str], problems: Problems) -> bool:
    """Note an error unless the cell is one of the allowed words; return whether it is."""
    text = row.cells[column]
    if text in allowed:
        return True
    problems.add(
        row.table,
        row.line,
        f"{column} is {text!r}; allowed: {', '.join(allowed)}{nearest(text, allowed)}",
    )
    return False


def state_code(row: Row, column: str, states: Iterable[str], problems: Problems) -> str | None:
    """Return the cell's state code, or None (and a note) if no state has it."""
    text = row.cells[column]
    known = states if isinstance(states, Set) else frozenset(states)
    if text in known:
        return text
    problems.add(
        row.table,
        row.line,
        f"{column} is {text!r}; allowed: the ISO code of one of the model's {len(known)} states"
        f"{nearest(text, sorted(known))}",
    )
    return None


def number(
    row: Row,
    column: str,
    lowest: float,
    highest: float,
    problems: Problems,
    *,
    whole: bool = False,
) -> float | None:
    """Return the cell's number, or None (and a note) if it is none or out of range."""
    text = row.cells[column]
    if _NUMBER.fullmatch(text):
        value = float(text)
        if lowest <= value <= highest and (not whole or value.is_integer()):
            return value
    # Only a wrong cell pays for the text that says why.
    kind = "a whole number" if whole else "a number"
    allowed = f"allowed: {kind} from {lowest:,.10g} to {highest:,.10g}"
    if text == "":
        hint = " (fill gaps with `python -m sim.world.gaps`)" if FILLED in row.cells else ""
        problems.add(row.table, row.line, f"{column} is empty; {allowed}{hint}")
    elif _NUMBER.fullmatch(text) is None:
        hint = "; write a point, not a comma" if "," in text else ""
        problems.add(row.table, row.line, f"{column} is {text!r}, no number; {allowed}{hint}")
    else:
        problems.add(row.table, row.line, f"{column} is {text}; {allowed}")
    return None


def read_table(folder: Tables, table: str, columns: Sequence[str], problems: Problems) -> list[Row]:
    """Read a comma-separated table with exactly these columns, in any order.

    Args:
        folder: Where the table lies.
        table: The file's name.
        columns: The columns that must be there.
        problems: Where errors are noted; a table with a wrong header yields no rows.
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
        if not _check_header(header, table, columns, problems):
            return []
        for line, cells in lines:
            if len(cells) == len(header):
                rows.append(Row(table, line, dict(zip(header, cells, strict=True))))
            else:
                advice = f"{len(cells)} cells; allowed: {len(header)}, as many as the header has"
                problems.add(table, line, advice)
    except RowError as error:
        problems.add(table, error.line, error.text)
    return rows


def parse_filled(row: Row, columns: Sequence[str], problems: Problems) -> dict[str, str]:
    """Return the rule by filled column from a cell such as `voice=interpolated;gdp_pc=carried`."""
    flags: dict[str, str] = {}
    text = row.cells[FILLED]
    for entry in text.split(";") if text else []:
        column, _, rule = entry.partition("=")
        if column not in columns:
            problems.add(
                row.table,
                row.line,
                f"filled names the column {column!r}; allowed: {', '.join(columns)}"
                f"{nearest(column, columns)}",
            )
        elif rule not in GAP_RULES:
            problems.add(
                row.table,
                row.line,
                f"filled says {entry!r}; allowed after '=': {', '.join(GAP_RULES)}"
                f"{nearest(rule, GAP_RULES)}",
            )
        else:
            flags[column] = rule
    return flags


def read_file(path: Path, table: str, problems: Problems) -> str | None:
    """Return a file's text, or None (and a note) if it cannot be read as text."""
    if not path.exists():
        problems.add(table, HEADER_LINE, f"the file is missing in {path.parent}")
        return None
    try:
        text = read_text(path, "a table", "comma-separated")
    except ValueError as error:
        problems.add(table, HEADER_LINE, str(error))
        return None
    if not text.strip():
        problems.add(table, HEADER_LINE, "the file is empty")
        return None
    return text


def _check_header(
    header: Sequence[str], table: str, columns: Sequence[str], problems: Problems
) -> bool:
    """Note every missing, unknown or repeated column; return whether the header is right."""
    before = len(problems.found)
    for column in columns:
        if column not in header:
            unknown = [name for name in header if name not in columns]
            problems.add(
                table, HEADER_LINE, f"the column {column!r} is missing{nearest(column, unknown)}"
            )
    for place, column in enumerate(header):
        if column in header[:place]:
            problems.add(table, HEADER_LINE, f"the column {column!r} is there twice")
        elif column not in columns:
            problems.add(
                table,
                HEADER_LINE,
                f"unknown column {column!r}; allowed: {', '.join(columns)}"
                f"{nearest(column, columns)}",
            )
    return len(problems.found) == before

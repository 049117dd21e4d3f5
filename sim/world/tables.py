"""Strict reading of seed tables: all errors at once, each with file and line."""

import contextlib
import csv
import datetime
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest
from sim.world import read_text
from sim.world.columns import Column, Table
from sim.world.names import code_hint

# Plain decimal notation: not `inf`, `nan`, `1e5`, `1_000` or `0,2`.
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
FULL_DATE = 10
HEADER_LINE = 1
"""Line of a message about a whole table."""


class SeedError(InputError):
    """The seed tables are wrong; lists every error."""


type Problems = list[tuple[str, int, str]]
"""File, line and text of each error."""


def raise_all(problems: Problems, where: Path | str, what: str = "the seed tables of") -> None:
    if problems:
        count = "one error" if len(problems) == 1 else f"{len(problems)} errors"
        # A mistake in a whole column is one mistake: its first line, and the number of others.
        lines: dict[tuple[str, str], list[int]] = {}
        for file, line, text in sorted(problems):
            lines.setdefault((file, text), []).append(line)
        texts = [
            f"{file}:{at[0]}: {text}" + f" (also in {len(at) - 1} more lines)" * (len(at) > 1)
            for (file, text), at in lines.items()
        ]
        raise SeedError(texts, f"{count} in {what} {where}:")


@dataclass(slots=True)
class Row:
    """A line of a table: text by column; `right` until an error is noted."""

    table: Table
    line: int
    cells: dict[str, str]
    problems: Problems
    right: bool = True

    def wrong(self, text: str) -> None:
        self.right = False
        self.problems.append((self.table.name, self.line, text))


def values_of(rows: Iterable[Row], states: Collection[str]) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield rows with values by column, None where a cell is empty or wrong.

    Repeated keys are errors; only the first such row is yielded. `states` may map codes to names.
    """
    seen: dict[frozenset[Any], Row] = {}
    for row in rows:
        values: dict[str, Any] = {}
        for column in row.table.columns:
            try:
                values[column.name] = _value(column, row.cells.get(column.name, ""), states)
            except ValueError as error:
                values[column.name] = None
                row.wrong(f"{column.name} is {error}")
        key = [values[name] for name in row.table.key]
        first = seen.setdefault(frozenset(key), row) if row.right and any(key) else row
        if first is row:
            yield row, values
        else:
            texts = " ".join(row.cells[name] for name in row.table.key)
            row.wrong(f"{texts} is there twice, first in line {first.line}")


def _value(column: Column, text: str, states: Collection[str]) -> float | str | None:
    if not text and column.may_be_empty:
        return text if column.kind in ("text", "states") else None
    match column.kind:
        case "number" | "whole":
            return _number(column, text)
        case "text":
            if not text.strip():
                raise ValueError(f"empty; allowed: {column.doc}")
            return text
        case "date":
            return _date(column, text)
        case "coded":
            # Programs write 0 as 0.0 once a column has a fraction or an empty cell.
            if NUMBER.fullmatch(text) and float(text) in map(float, column.words):
                return float(text)
            raise ValueError(f"{text!r}; allowed: {', '.join(column.words)}")
        case "state" | "states":
            parts = text.split() if column.kind == "states" else [text]
            for part in parts:
                if part not in states:
                    codes = f"the ISO code of one of the {len(states)} countries"
                    raise ValueError(f"{part!r}; allowed: {codes}{code_hint(part, states, '')}")
            return " ".join(parts)
        case "word":
            if text in (words := column.words):
                return text
            raise ValueError(f"{text!r}; allowed: {', '.join(words)}{nearest(text, words, '')}")


def _number(column: Column, text: str) -> float | None:
    number = float(text) if NUMBER.fullmatch(text) else None
    whole = column.kind == "whole"
    within = number is not None and column.lowest <= number <= column.highest
    if within and (not whole or float(text).is_integer()):
        return number
    kind = "a whole number" if whole else "a number"
    form = ".10g" if column.unit == "year" else ",.10g"
    allowed = f"allowed: {kind} from {column.lowest:{form}} to {column.highest:{form}}"
    allowed += ", or nothing" if column.may_be_empty else ""
    if number is not None:
        raise ValueError(f"{text}; {allowed}")
    hint = "; write a point, not a comma" if "," in text else ""
    raise ValueError(f"{f'{text!r}, no number' if text else 'empty'}; {allowed}{hint}")


def _date(column: Column, text: str) -> str:
    if DATE.fullmatch(text):
        with contextlib.suppress(ValueError):
            day = datetime.date.fromisoformat(f"{text}-01-01"[:FULL_DATE])
            if column.lowest <= day.year <= column.highest:
                return text
    allowed = f"a year, a month or a day from {column.lowest:.0f} to {column.highest:.0f}"
    empty = ", or nothing" if column.may_be_empty else ""
    raise ValueError(f"{text!r}; allowed: {allowed}, such as 2014, 2014-07 or 2014-07-31{empty}")


def read_table(path: Path, table: Table, problems: Problems) -> list[Row]:
    """Read a comma-separated table with columns in any order; no rows if the header is wrong."""
    rows: list[Row] = []
    line = HEADER_LINE
    try:
        text = read_text(path, "a table")
        if not text.strip():
            raise ValueError("the file is empty")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = list(reader.fieldnames or ())
        if table.others:
            names = {*header} - {column.name for column in table.columns}
            others = (replace(table.others, name=name) for name in header if name in names)
            table = replace(table, columns=(*table.columns, *others))
        faults = _header_faults(header, table.columns)
        problems += [(path.name, line, fault) for fault in faults]
        line = reader.line_num + 1
        for cells in () if faults else reader:
            # `csv` puts surplus cells under None, and gives None for missing ones.
            if None in cells or None in cells.values():
                advice = f"more or fewer cells than the header has; allowed: {len(header)}"
                problems.append((path.name, line, advice))
            else:
                rows.append(Row(table, line, cells, problems))
            line = reader.line_num + 1
    except csv.Error as error:
        # The parser complains where it stopped: of an open quote, at the end of the file.
        problems.append((path.name, line, f"no comma-separated table ({error}); is a quote open?"))
    except ValueError as error:
        problems.append((path.name, HEADER_LINE, str(error)))
    return rows


def _header_faults(header: Sequence[str], columns: Sequence[Column]) -> list[str]:
    if len(header) == 1 and ";" in header[0]:
        return ["cells are parted by semicolons; allowed: commas"]
    names = [column.name for column in columns]
    needed = [column.name for column in columns if not column.optional]
    unknown = [name for name in header if name not in names]
    lacking = [name for name in needed if name not in header]
    faults = [f"the column {name!r} is missing{nearest(name, unknown, '')}" for name in lacking]
    faults += [f"the column {name!r} is there twice" for name in names if header.count(name) > 1]
    for name in unknown:
        allowed = f"{', '.join(names)}{nearest(name, names, '')}"
        faults.append(f"unknown column {name!r}; allowed: {allowed}")
    return faults

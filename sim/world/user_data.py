"""Seeds of one's own: whole tables, or single cells, over the shipped ones.

What is merged is text: the strict readers of the shipped tables then read it, so that one's own
figures meet the same checks and messages.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.text import RowError, read_rows
from sim.world.columns import COUNTRY_NAMES, HISTORY_NAMES
from sim.world.countries import BORDERS_TABLE, COUNTRIES_TABLE, TARGETS_TABLE
from sim.world.history import HISTORY_TABLE, JUMPS_TABLE
from sim.world.spells import SPELLS_TABLE
from sim.world.tables import (
    FILLED,
    HEADER_LINE,
    Problems,
    Row,
    SeedError,
    nearest,
    read_file,
    read_table,
)

CHANGES_TABLE = "changes.csv"
CHANGES_COLUMNS = ("table", "iso3", "year", "column", "value", "source")
WHOLE_TABLES = (COUNTRIES_TABLE, HISTORY_TABLE, BORDERS_TABLE, SPELLS_TABLE, JUMPS_TABLE)
"""Tables that may be one's own. Published figures are the project's: models are judged by them."""
KEYED: Mapping[str, Sequence[str]] = {
    COUNTRIES_TABLE: tuple(name for name in COUNTRY_NAMES if name != "iso3"),
    HISTORY_TABLE: HISTORY_NAMES,
}
"""Tables in which single cells can be changed, and their columns."""
STATE_COLUMNS = frozenset({"iso3", "iso3_a", "iso3_b"})
FEWEST_STATES, MOST_STATES = 3, 2000
CODE = re.compile("[A-Z]{3}")
CHINA = "CHN"

type Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class DataOverrides:
    """What of the seeds is one's own.

    Attributes:
        name: Name of the folder; empty: nothing.
        tables: Tables that are in it.
        changes: Single cells: table, state, year, column, value before and now, source.
        sha256: Of all tables as they were read.
        lines: Line of `changes.csv` by table and line of what it changed.
    """

    name: str = ""
    tables: tuple[str, ...] = ()
    changes: tuple[Mapping[str, str], ...] = ()
    sha256: str = ""
    lines: Mapping[tuple[str, int], int] = field(default_factory=dict, compare=False)

    def described(self) -> dict[str, Any]:
        """Return it as plain data for a manifest."""
        if not self.name:
            return {}
        return {
            "name": self.name,
            "tables": list(self.tables),
            "changes": [dict(change) for change in self.changes],
            "sha256": self.sha256,
        }

    def point_at_changes(self, problems: Problems) -> None:
        """Say of errors in a changed row where it was changed."""
        problems.errors = [
            (CHANGES_TABLE, self.lines[table, line], f"makes {table} wrong: {text}")
            if (table, line) in self.lines
            else (table, line, text)
            for table, line, text in problems.errors
        ]


NO_TABLES = DataOverrides()
"""The shipped seeds."""


def read_own(
    folder: Path, shipped: Path, problems: Problems
) -> tuple[DataOverrides, dict[str, str], frozenset[str]]:
    """Merge one's own tables with the shipped ones.

    Args:
        folder: Where one's own lie.
        shipped: Where the project's lie.
        problems: Where errors are noted.

    Returns:
        What is one's own, the texts of all tables by name, and the codes of the states.

    Raises:
        SeedError: There is no such folder, or its states cannot be told.
    """
    if not folder.is_dir():
        raise SeedError(
            f"{folder} is no folder; allowed: a folder with seed tables of your own (to start from:"
            f" entrench data export {folder})"
        )
    tables = _tables_in(folder, problems)
    problems.raise_if_any(folder)
    texts = {name: (shipped / name).read_text(encoding="utf-8")
             for name in (*WHOLE_TABLES, TARGETS_TABLE)}  # fmt: skip
    for name in tables:
        if name != CHANGES_TABLE:
            texts[name] = _with_flags(name, read_file(folder / name, name, problems) or "")
    states = _states(texts[COUNTRIES_TABLE], problems)
    problems.raise_if_any(folder)
    if COUNTRIES_TABLE in tables:
        for name in WHOLE_TABLES:
            if name not in tables:
                texts[name] = _only(texts[name], states)
    rows: list[Row] = []
    if CHANGES_TABLE in tables:
        rows = read_table(folder, CHANGES_TABLE, CHANGES_COLUMNS, problems)
    changes, lines = _change(rows, texts, states)
    whole = "".join(f"{name}\n{texts[name]}\n" for name in WHOLE_TABLES)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return DataOverrides(folder.resolve().name, tables, changes, digest, lines), texts, states


def _tables_in(folder: Path, problems: Problems) -> tuple[str, ...]:
    """Return the tables of one's own that are there; note others, and that there are none."""
    allowed = (*WHOLE_TABLES, CHANGES_TABLE)
    there = sorted(path.name for path in folder.iterdir() if path.suffix == ".csv")
    for name in there:
        if name not in allowed:
            text = f"is no table that can be your own; allowed: {', '.join(allowed)}"
            problems.add(name, HEADER_LINE, f"{text}{nearest(name, allowed)}")
    if not there:
        raise SeedError(f"{folder} holds no seed tables; allowed: {', '.join(allowed)}")
    return tuple(name for name in allowed if name in there)


def _rows(text: str) -> Rows:
    """Return the rows of a text with their lines; none if it is no table."""
    try:
        return list(read_rows(text))
    except RowError:
        return []  # its reader says what is wrong


def _text(rows: Rows) -> str:
    """Return rows as a table."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(cells for _, cells in rows)
    return out.getvalue()


def _with_flags(name: str, text: str) -> str:
    """Return a table of one's own, whose column of filled cells may be left out."""
    if name not in KEYED:
        return text
    rows = _rows(text)
    if not rows or FILLED in rows[0][1]:
        return text
    for at, (_, cells) in enumerate(rows):
        cells.append("" if at else FILLED)
    return _text(rows)


def _states(text: str, problems: Problems) -> frozenset[str]:
    """Return the codes of `countries.csv`; note what is no code, and too few or too many."""
    rows = _rows(text)
    header = rows[0][1] if rows else []
    if "iso3" not in header:
        problems.add(COUNTRIES_TABLE, HEADER_LINE, "the column 'iso3' is missing")
        return frozenset()
    place = header.index("iso3")
    codes = set()
    for line, cells in rows[1:]:
        code = cells[place] if place < len(cells) else ""
        if not CODE.fullmatch(code) or code == CHINA:
            reason = "China sends, and is no state here" if code == CHINA else "such as SRB or XAA"
            text = f"iso3 is {code!r}; allowed: three capital letters ({reason})"
            problems.add(COUNTRIES_TABLE, line, text)
        codes.add(code)
    if not FEWEST_STATES <= len(codes) <= MOST_STATES:
        text = f"there are {len(codes):,} states; allowed: {FEWEST_STATES} to {MOST_STATES:,}"
        problems.add(COUNTRIES_TABLE, HEADER_LINE, text)
    return frozenset(codes)


def _only(text: str, states: Collection[str]) -> str:
    """Return a shipped table with the rows of some states alone."""
    header, *rows = _rows(text)
    places = [at for at, name in enumerate(header[1]) if name in STATE_COLUMNS]
    kept = [row for row in rows if all(row[1][at] in states for at in places)]
    return _text([header, *kept])


def _change(
    rows: Sequence[Row], texts: dict[str, str], states: Collection[str]
) -> tuple[tuple[Mapping[str, str], ...], dict[tuple[str, int], int]]:
    """Write single cells into the texts of their tables; return changes and lines of `Own`."""
    changes: list[Mapping[str, str]] = []
    lines: dict[tuple[str, int], int] = {}
    parsed = {name: _rows(texts[name]) for name in {row.cells["table"] for row in rows} & {*KEYED}}
    place_of = {name: _places(name, table) for name, table in parsed.items()}
    seen: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        cells = row.cells
        table, iso3, year, column = (cells[name] for name in CHANGES_COLUMNS[:4])
        if not (row.one_of("table", tuple(KEYED)) and row.one_of("column", KEYED[table])):
            continue
        row.has_text("source", "who says so")
        place = place_of[table].get((iso3, year))
        if place is None:
            row.wrong(_no_row(cells, place_of[table], states))
            continue
        if not row.once(seen, (table, iso3, year, column), f"{column} of {iso3} is changed twice"):
            continue
        header, (line, changed) = parsed[table][0][1], parsed[table][place]
        at, flags = header.index(column), header.index(FILLED)
        changes.append({**cells, "before": changed[at]})
        changed[at] = cells["value"]
        kept = [flag for flag in changed[flags].split(";") if flag.partition("=")[0] != column]
        changed[flags] = ";".join(kept)
        lines[table, line] = row.line
    texts |= {name: _text(table) for name, table in parsed.items()}
    return tuple(changes), lines


def _places(name: str, rows: Rows) -> dict[tuple[str, str], int]:
    """Return where each state, and year, has its row; nothing if the header is wrong."""
    header = rows[0][1] if rows else []
    if not {"iso3", FILLED, *KEYED[name]} <= {*header}:
        return {}
    iso3 = header.index("iso3")
    year = header.index("year") if "year" in header else None
    return {
        (cells[iso3], "" if year is None else cells[year]): at
        for at, (_, cells) in enumerate(rows)
        if at and len(cells) == len(header)
    }


def _no_row(
    cells: Mapping[str, str], places: Mapping[tuple[str, str], int], states: Collection[str]
) -> str:
    """Return what to say of a change to a cell that no row of its table has."""
    table, iso3, year = cells["table"], cells["iso3"], cells["year"]
    if iso3 not in states:
        return (
            f"iso3 is {iso3!r}; allowed: the code of one of {len(states)} states"
            f"{nearest(iso3, sorted(states))}"
        )
    years = sorted(year for code, year in places if code == iso3)
    if not years:
        return f"{table} has no row of {iso3} that could be changed"
    if years == [""]:
        return f"year is {year!r}; allowed in {table}: nothing, as it has no years"
    return f"year is {year!r}; allowed for {iso3} in {table}: {years[0]} to {years[-1]}"


def export(shipped: Path, folder: Path) -> list[Path]:
    """Write the shipped tables that may be one's own, and where they come from.

    Args:
        shipped: Where the project's lie.
        folder: Where to; new or empty.

    Raises:
        SeedError: Something is there.
        OSError: It cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SeedError(f"{folder} is there and holds something; allowed: a new or empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in (*WHOLE_TABLES, "SOURCES.md"):
        path = folder / name
        path.write_bytes((shipped / name).read_bytes())
        written.append(path)
    return written

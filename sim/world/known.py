"""What is known to have happened: a table of decisions to which histories are held.

`iso3,what,date` and, where known, `vendor`, `stage` and `source`. What may be `trained` (its first
course), `adopted` (its first contract with a Chinese vendor) or `left` (it gave that system up). A
decision comes out as recorded, in the quarter of its date, and not before; what comes after it, and
what happens in other states, is free.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.tender import CHINESE_VENDORS
from sim.text import RowError, read_rows
from sim.units import FIRST_YEAR, QUARTERS
from sim.world.tables import (
    HEADER_LINE,
    Problems,
    Row,
    one_of,
    read_file,
    read_table,
    state_code,
)

TRAINED, ADOPTED, LEFT = "trained", "adopted", "left"
WHAT = (TRAINED, ADOPTED, LEFT)
NEEDED = ("iso3", "what", "date")
OPTIONAL = ("vendor", "stage", "source")
STAGES = ("small system", "safe city", "platform")
"""Stages of a system, from 1."""
MONTHS_A_QUARTER = 3
LAST_YEAR = 2063
_YEAR = re.compile(r"[0-9]{4}(\.[0-9]+)?")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
ALLOWED_DATES = (
    f"a year such as 2014 or 2014.5, a month or a day such as 2014-07 or 2014-07-31, from"
    f" {FIRST_YEAR} to {LAST_YEAR}"
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Known:
    """A decision that is known.

    Attributes:
        iso3: The state.
        what: One of `WHAT`.
        quarter: Its quarter, counted from the first of 2000.
        vendor: Place of the vendor in `CHINESE_VENDORS`; None: not known, or none.
        stage: Stage of the system, from 1; None: not known, or none.
        source: Who says so.
    """

    iso3: str
    what: str
    quarter: int
    vendor: int | None = None
    stage: int | None = None
    source: str = ""

    @property
    def date(self) -> float:
        """The beginning of its quarter, as a decimal year."""
        return FIRST_YEAR + self.quarter / QUARTERS

    def described(self) -> dict[str, object]:
        """Return it as plain data for a manifest."""
        return {
            "iso3": self.iso3,
            "what": self.what,
            "date": self.date,
            **({} if self.vendor is None else {"vendor": CHINESE_VENDORS[self.vendor]}),
            **({} if self.stage is None else {"stage": STAGES[self.stage - 1]}),
            **({"source": self.source} if self.source else {}),
        }


def read_known(
    path: Path, codes: Sequence[str], years: range, relations: Floats
) -> tuple[Known, ...]:
    """Read a table of what is known, in its order.

    Args:
        path: The file.
        codes: The states, in the order of the rows.
        years: The years of history.
        relations: Whether a state has relations with Beijing, 0 or 1: (states, years).

    Raises:
        SeedError: Something is wrong, or contradicts itself or history; with all lines.
    """
    problems = Problems()
    table = path.name
    text = read_file(path, table, problems)
    found: dict[tuple[str, str], tuple[Known, int]] = {}
    if text is not None:
        for row in read_table({table: text}, table, _columns(text), problems):
            fact = _fact(row, codes, problems)
            if fact is None:
                continue
            _check_relations(fact, row, codes, years, relations, problems)
            key = (fact.iso3, fact.what)
            if key in found:
                before, line = found[key]
                same = "twice" if before.quarter == fact.quarter else "at two dates"
                problems.add(table, row.line,
                             f"{fact.iso3} {fact.what} {same}, first in line {line}")  # fmt: skip
            else:
                found[key] = fact, row.line
        _check_order(found, table, problems)
        if not found and not problems.found:
            problems.add(table, HEADER_LINE, "there are no rows below the header")
    problems.raise_if_any(path)
    return tuple(fact for fact, _ in found.values())


def _columns(text: str) -> tuple[str, ...]:
    """Return the columns that the table must have: those needed, and the others that it has."""
    try:
        _, header = next(read_rows(text), (HEADER_LINE, []))
    except RowError:
        header = []
    return (*NEEDED, *(name for name in OPTIONAL if name in header))


def _fact(row: Row, codes: Sequence[str], problems: Problems) -> Known | None:
    before = len(problems.found)
    iso3 = state_code(row, "iso3", frozenset(codes), problems)
    one_of(row, "what", WHAT, problems)
    quarter = _quarter(row, problems)
    for name, words in (("vendor", CHINESE_VENDORS), ("stage", STAGES)):
        given = row.cells.get(name, "")
        if given and row.cells["what"] in (TRAINED, LEFT):
            text = f"{name} is {given!r}; allowed beside {row.cells['what']}: nothing"
            problems.add(row.table, row.line, text)
        elif given:
            one_of(row, name, words, problems)
    if len(problems.found) > before or iso3 is None or quarter is None:
        return None
    vendor, stage = row.cells.get("vendor", ""), row.cells.get("stage", "")
    return Known(
        iso3,
        row.cells["what"],
        quarter,
        CHINESE_VENDORS.index(vendor) if vendor else None,
        STAGES.index(stage) + 1 if stage else None,
        row.cells.get("source", "").strip(),
    )


def _quarter(row: Row, problems: Problems) -> int | None:
    """Return the quarter of the cell's date, or None (and a note)."""
    text = row.cells["date"]
    year = quarter = None
    if _YEAR.fullmatch(text):
        year, part = divmod(float(text), 1.0)
        quarter = int(part * QUARTERS)
    else:
        try:
            day = datetime.date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
            year, quarter = day.year, (day.month - 1) // MONTHS_A_QUARTER
        except ValueError:
            pass
    if year is None or quarter is None or not FIRST_YEAR <= year <= LAST_YEAR:
        problems.add(row.table, row.line, f"date is {text!r}; allowed: {ALLOWED_DATES}")
        return None
    return (int(year) - FIRST_YEAR) * QUARTERS + quarter


def _check_relations(
    fact: Known,
    row: Row,
    codes: Sequence[str],
    years: range,
    relations: Floats,
    problems: Problems,
) -> None:
    """Note a course or a contract of a state that had no relations with Beijing."""
    year = FIRST_YEAR + fact.quarter // QUARTERS
    held = relations[codes.index(fact.iso3)]
    if fact.what == LEFT or held[years.index(min(year, years[-1]))] > 0.0:
        return
    later = [years[at] for at in np.flatnonzero(held) if years[at] > year]
    since = f"it has them from {later[0]} on" if later else "it has none later either"
    text = f"{fact.iso3} {fact.what} in {year}, without relations with Beijing (spells.csv: {since}"
    problems.add(row.table, row.line, f"{text})")


def _check_order(
    found: Mapping[tuple[str, str], tuple[Known, int]], table: str, problems: Problems
) -> None:
    """Note who left what it had not adopted."""
    for (iso3, what), (fact, line) in found.items():
        if what != LEFT:
            continue
        adopted = found.get((iso3, ADOPTED))
        if adopted is None:
            text = f"{iso3} left, but no line says when it adopted; give that too"
            problems.add(table, line, text)
        elif fact.quarter <= adopted[0].quarter:
            problems.add(table, line, f"{iso3} left at {fact.date:g}, not after it adopted"
                         f" ({adopted[0].date:g}, line {adopted[1]})")  # fmt: skip

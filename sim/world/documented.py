"""What is known to have happened: a table of decisions to which histories are held.

`iso3,what,date` and, where known, `vendor`, `stage` and `source`. What may be `trained` (its first
course), `adopted` (its first contract with a Chinese vendor) or `left` (it gave that system up). A
decision comes out as recorded, in the quarter of its date, and not before; what comes after it, and
what happens in other states, is free.
"""

from __future__ import annotations

import contextlib
import datetime
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.arrays import Floats
from sim.errors import Note
from sim.mechanisms.tender import CHINESE_VENDORS
from sim.units import FIRST_YEAR, QUARTERS
from sim.world.tables import HEADER_LINE, Problems, Row, read_table

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


@dataclass(frozen=True, slots=True)
class DocumentedDecision:
    """A decision that is known.

    Attributes:
        iso3: Code of the state that decided.
        what: One of `WHAT`.
        quarter: Its quarter, counted from the first of 2000.
        vendor: Place of the vendor in `CHINESE_VENDORS`; None: not known, or none.
        stage: Stage of the system, from 1; None: not known, or none.
        source: Where it is published.
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
) -> tuple[DocumentedDecision, ...]:
    """Read a table of what is known, in its order.

    Args:
        path: A CSV file.
        codes: The states, in the order of the rows.
        years: The years of history.
        relations: Whether a state has relations with Beijing, 0 or 1: (states, years).

    Raises:
        SeedError: Something is wrong, or contradicts itself or history; with all lines.

    Warns:
        Note: A date lies after the years of history.
    """
    problems = Problems()
    table = path.name
    facts: dict[tuple[str, str], tuple[DocumentedDecision, Row]] = {}
    for row in read_table(path.parent, table, NEEDED, problems, OPTIONAL):
        fact = _fact(row, codes)
        if fact is None:
            continue
        _check_relations(fact, row, relations[codes.index(fact.iso3)], years)
        first, line = facts.setdefault((fact.iso3, fact.what), (fact, row))
        if line is not row:
            times = "twice" if first.quarter == fact.quarter else "at two dates"
            row.wrong(f"{fact.iso3} {fact.what} {times}, first in line {line.line}")
    _check_order(facts)
    if not facts and not problems.errors:
        problems.add(table, HEADER_LINE, "there are no rows below the header")
    problems.raise_if_any(path, "the table")
    for fact, row in facts.values():
        if fact.date >= years.stop:
            text = f"{fact.iso3} {fact.what} {fact.date:g} lies after the tables of states end"
            warnings.warn(
                f"{table}:{row.line}: {text} ({years[-1]}): it is assumed rather than known, and"
                " the state does not decide so before",
                Note,
                stacklevel=2,
            )
    return tuple(fact for fact, _ in facts.values())


def _fact(row: Row, codes: Sequence[str]) -> DocumentedDecision | None:
    iso3 = row.state("iso3", frozenset(codes))
    row.one_of("what", WHAT)
    what, quarter = row.cells["what"], _quarter(row)
    places: list[int | None] = []
    for name, words in (("vendor", CHINESE_VENDORS), ("stage", STAGES)):
        given = row.cells.get(name, "")
        if given and what in (TRAINED, LEFT):
            row.wrong(f"{name} is {given!r}; allowed beside {what}: nothing")
        elif given:
            row.one_of(name, words)
        places.append(words.index(given) if given in words else None)
    if not row.right or iso3 is None or quarter is None:
        return None
    vendor, stage = places
    source = row.cells.get("source", "").strip()
    return DocumentedDecision(
        iso3, what, quarter, vendor, None if stage is None else stage + 1, source
    )


def _quarter(row: Row) -> int | None:
    """Return the quarter of the cell's date, or None (and a note)."""
    text = row.cells["date"]
    year, quarter = 0, 0
    if _YEAR.fullmatch(text):
        year, quarter = divmod(int(float(text) * QUARTERS), QUARTERS)
    else:
        with contextlib.suppress(ValueError):
            day = datetime.date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
            year, quarter = day.year, (day.month - 1) // MONTHS_A_QUARTER
    if not FIRST_YEAR <= year <= LAST_YEAR:
        row.wrong(f"date is {text!r}; allowed: {ALLOWED_DATES}")
        return None
    return (year - FIRST_YEAR) * QUARTERS + quarter


def _check_relations(fact: DocumentedDecision, row: Row, held: Floats, years: range) -> None:
    """Note a course or a contract of a state that had no relations with Beijing in its year."""
    year = FIRST_YEAR + fact.quarter // QUARTERS
    if fact.what == LEFT or held[years.index(min(year, years[-1]))] > 0.0:
        return
    later = [years[at] for at in np.flatnonzero(held) if years[at] > year]
    since = f"it has them from {later[0]} on" if later else "it has none later either"
    text = f"{fact.iso3} {fact.what} in {year}, without relations with Beijing"
    row.wrong(f"{text} (spells.csv: {since})")


def _check_order(known: Mapping[tuple[str, str], tuple[DocumentedDecision, Row]]) -> None:
    """Note who left what it had not adopted."""
    for (iso3, what), (fact, row) in known.items():
        if what != LEFT:
            continue
        adopted, line = known.get((iso3, ADOPTED), (None, row))
        if adopted is None:
            row.wrong(f"{iso3} left, but no line says when it adopted; give that too")
        elif fact.quarter <= adopted.quarter:
            before = f"({adopted.date:g}, line {line.line})"
            row.wrong(f"{iso3} left at {fact.date:g}, not after it adopted {before}")

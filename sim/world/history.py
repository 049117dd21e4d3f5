"""The table of years: `history.csv`, checked for completeness, ranges and sudden jumps."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.units import FIRST_YEAR
from sim.world.columns import (
    EARLIEST_YEAR,
    HISTORY_COLUMNS,
    HISTORY_NAMES,
    JUMP_COLUMNS,
    LARGEST_YEARLY_FACTOR,
    LATEST_YEAR,
    STATES,
)
from sim.world.tables import (
    FILLED,
    HEADER_LINE,
    Problems,
    Row,
    Tables,
    number,
    one_of,
    parse_filled,
    read_table,
    state_code,
)

HISTORY_TABLE, JUMPS_TABLE = "history.csv", "jumps.csv"
JUMPS_COLUMNS = ("iso3", "column", "year", "reason")

Jump = tuple[str, str, int]
"""State, column and the later of the two years."""


@dataclass(frozen=True, slots=True)
class History:
    """The observed years of all states.

    Attributes:
        first_year: First year of the table.
        last_year: Last year of the table.
        series: Figures by column, each of shape (states, years), states in ISO order.
    """

    first_year: int
    last_year: int
    series: dict[str, NDArray[np.float64]]


def read_history(folder: Tables, problems: Problems, states: Set[str] = STATES) -> History | None:
    """Read `history.csv` and `jumps.csv`; None if errors (noted) left no years to speak of."""
    jumps = _read_jumps(folder, problems, states)
    before = len(problems.found)
    rows = read_table(folder, HISTORY_TABLE, ("iso3", "year", *HISTORY_NAMES, FILLED), problems)
    if not rows and len(problems.found) > before:
        return None
    line_of, values = _read_rows(rows, problems, states)
    span = _years_of_table(line_of, states)
    if span is None:
        problems.add(HISTORY_TABLE, HEADER_LINE, "there is no year that most states have")
        return None
    first, last = span
    if first != FIRST_YEAR:
        text = f"the years begin with {first}; allowed: {FIRST_YEAR}, when every history begins"
        problems.add(HISTORY_TABLE, HEADER_LINE, text)
    _check_complete(line_of, first, last, problems, states)
    codes = sorted(states)
    row_of = {code: row for row, code in enumerate(codes)}
    table = np.full((len(codes), last - first + 1, len(HISTORY_COLUMNS)), np.nan)
    for (iso3, year), figures in values.items():
        if first <= year <= last:
            table[row_of[iso3], year - first] = figures
    for name in JUMP_COLUMNS:
        _check_jumps(name, codes, first, table, line_of, jumps, problems)
    series = {name: table[:, :, place].copy() for place, name in enumerate(HISTORY_NAMES)}
    for column in series.values():
        column.setflags(write=False)
    return History(first, last, series)


def _read_rows(
    rows: list[Row], problems: Problems, states: Set[str]
) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], list[float]]]:
    """Return the line and the figures of each state and year; a wrong figure is nan."""
    line_of: dict[tuple[str, int], int] = {}
    values: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        iso3 = state_code(row, "iso3", states, problems)
        year = number(row, "year", EARLIEST_YEAR, LATEST_YEAR, problems, whole=True)
        figures = [
            number(row, column.name, column.lowest, column.highest, problems, whole=column.whole)
            for column in HISTORY_COLUMNS
        ]
        parse_filled(row, HISTORY_NAMES, problems)
        if iso3 is None or year is None:
            continue
        key = (iso3, int(year))
        if key in line_of:
            problems.add(
                row.table,
                row.line,
                f"{iso3} {key[1]} is there twice, first in line {line_of[key]}",
            )
            continue
        line_of[key] = row.line
        values[key] = [np.nan if figure is None else figure for figure in figures]
    return line_of, values


def _years_of_table(
    line_of: dict[tuple[str, int], int], states: Set[str]
) -> tuple[int, int] | None:
    """Return the first and last year that at least half of the states have.

    A year that few states have is a slip, and must not make every other state look incomplete.
    """
    count = Counter(year for _, year in line_of)
    common = [year for year, having in count.items() if 2 * having >= len(states)]
    return (min(common), max(common)) if common else None


def _check_complete(
    line_of: dict[tuple[str, int], int],
    first: int,
    last: int,
    problems: Problems,
    states: Set[str],
) -> None:
    """Note states and years that are missing, and years out of the table's span."""
    years = range(first, last + 1)
    for (iso3, year), line in line_of.items():
        if year not in years:
            problems.add(
                HISTORY_TABLE,
                line,
                f"{iso3} has the year {year}; allowed: {first} to {last}, the years of the others",
            )
    lines: dict[str, int] = {}
    for (iso3, _), line in line_of.items():
        lines[iso3] = max(line, lines.get(iso3, HEADER_LINE))
    for iso3 in sorted(states):
        missing = [year for year in years if (iso3, year) not in line_of]
        if iso3 not in lines:
            problems.add(
                HISTORY_TABLE, HEADER_LINE, f"{iso3} has no rows; {first} to {last} needed"
            )
        elif missing:
            problems.add(
                HISTORY_TABLE,
                lines[iso3],
                f"{iso3} lacks {', '.join(map(str, missing))}; every year from {first} to {last}"
                " is needed",
            )


def _check_jumps(
    name: str,
    codes: list[str],
    first: int,
    table: NDArray[np.float64],
    line_of: dict[tuple[str, int], int],
    known: set[Jump],
    problems: Problems,
) -> None:
    """Note every yearly change beyond the largest credible factor that is not listed."""
    figures = table[:, :, HISTORY_NAMES.index(name)]
    before, after = figures[:, :-1], figures[:, 1:]
    # A missing figure (nan) compares false: it has its own message.
    sudden = (after > LARGEST_YEARLY_FACTOR * before) | (before > LARGEST_YEARLY_FACTOR * after)
    for place, step in np.argwhere(sudden):
        iso3, year = codes[place], first + int(step) + 1
        if (iso3, name, year) not in known:
            problems.add(
                HISTORY_TABLE,
                line_of[iso3, year],
                f"{name} of {iso3} goes from {before[place, step]:g} to {after[place, step]:g} in a"
                f" year; allowed: a factor of up to {LARGEST_YEARLY_FACTOR:g},"
                f" unless listed in {JUMPS_TABLE}",
            )


def _read_jumps(folder: Tables, problems: Problems, states: Set[str]) -> set[Jump]:
    """Read the list of known jumps."""
    jumps: set[Jump] = set()
    for row in read_table(folder, JUMPS_TABLE, JUMPS_COLUMNS, problems):
        iso3 = state_code(row, "iso3", states, problems)
        year = number(row, "year", EARLIEST_YEAR, LATEST_YEAR, problems, whole=True)
        if one_of(row, "column", JUMP_COLUMNS, problems) and iso3 and year is not None:
            jumps.add((iso3, row.cells["column"], int(year)))
    return jumps

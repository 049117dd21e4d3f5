"""The table of years: `history.csv`, checked for completeness, ranges and sudden jumps."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.units import FIRST_YEAR
from sim.world.columns import (
    HISTORY_COLUMNS,
    HISTORY_NAMES,
    JUMP_COLUMNS,
    LARGEST_YEARLY_FACTOR,
    STATES,
)
from sim.world.tables import FILLED, HEADER_LINE, Problems, Tables, read_table

HISTORY_TABLE, JUMPS_TABLE = "history.csv", "jumps.csv"
JUMPS_COLUMNS = ("iso3", "column", "year", "reason")

type Jump = tuple[str, str, int]
"""State, column and the later of the two years."""

type Lines = dict[tuple[str, int], int]
"""The line of each state and year."""


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
    series: dict[str, Floats]


def read_history(folder: Tables, problems: Problems, states: Set[str] = STATES) -> History | None:
    """Read `history.csv` and `jumps.csv`; None if errors (noted) left no years to speak of."""
    jumps = _read_jumps(folder, problems, states)
    before = len(problems.errors)
    rows = read_table(folder, HISTORY_TABLE, ("iso3", "year", *HISTORY_NAMES, FILLED), problems)
    if not rows and len(problems.errors) > before:
        return None
    lines: Lines = {}
    values: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        iso3, year = row.state("iso3", states), row.year("year")
        cells = [row.figure(column) for column in HISTORY_COLUMNS]
        row.filled(HISTORY_NAMES)
        if iso3 is None or year is None:
            continue
        if row.once(lines, (iso3, year), f"{iso3} {year} is there twice"):
            values[iso3, year] = [np.nan if figure is None else figure for figure in cells]
    span = _years_of_table(lines, states)
    if span is None:
        problems.add(HISTORY_TABLE, HEADER_LINE, "there is no year that most states have")
        return None
    first, last = span
    if first != FIRST_YEAR:
        text = f"the years begin with {first}; allowed: {FIRST_YEAR}, when every history begins"
        problems.add(HISTORY_TABLE, HEADER_LINE, text)
    _check_complete(lines, range(first, last + 1), problems, states)
    codes = sorted(states)
    row_of = {code: row for row, code in enumerate(codes)}
    table = np.full((len(codes), last - first + 1, len(HISTORY_COLUMNS)), np.nan)
    for (iso3, year), figures in values.items():
        if first <= year <= last:
            table[row_of[iso3], year - first] = figures
    series = {name: table[:, :, place].copy() for place, name in enumerate(HISTORY_NAMES)}
    for column in series.values():
        column.setflags(write=False)
    history = History(first, last, series)
    _check_jumps(history, codes, lines, jumps, problems)
    return history


def _years_of_table(lines: Lines, states: Set[str]) -> tuple[int, int] | None:
    """Return the first and last year that at least half of the states have.

    A year that few states have is a slip, and must not make every other state look incomplete.
    """
    count = Counter(year for _, year in lines)
    common = [year for year, having in count.items() if 2 * having >= len(states)]
    return (min(common), max(common)) if common else None


def _check_complete(lines: Lines, years: range, problems: Problems, states: Set[str]) -> None:
    """Note states and years that are missing, and years out of the table's span."""
    span = f"{years[0]} to {years[-1]}"
    last: dict[str, int] = {}
    for (iso3, year), line in lines.items():
        last[iso3] = max(line, last.get(iso3, HEADER_LINE))
        if year not in years:
            text = f"{iso3} has the year {year}; allowed: {span}, the years of the others"
            problems.add(HISTORY_TABLE, line, text)
    for iso3 in sorted(states):
        missing = [str(year) for year in years if (iso3, year) not in lines]
        if iso3 not in last:
            problems.add(HISTORY_TABLE, HEADER_LINE, f"{iso3} has no rows; {span} needed")
        elif missing:
            text = f"{iso3} lacks {', '.join(missing)}; every year from {span} is needed"
            problems.add(HISTORY_TABLE, last[iso3], text)


def _check_jumps(
    history: History, codes: list[str], lines: Lines, known: set[Jump], problems: Problems
) -> None:
    """Note every yearly change beyond the largest credible factor that is not listed."""
    most = LARGEST_YEARLY_FACTOR
    for name in JUMP_COLUMNS:
        before, after = history.series[name][:, :-1], history.series[name][:, 1:]
        # A missing figure (nan) compares false: it has its own message.
        for place, step in np.argwhere((after > most * before) | (before > most * after)):
            iso3, year = codes[place], history.first_year + int(step) + 1
            if (iso3, name, year) not in known:
                text = (
                    f"{name} of {iso3} goes from {before[place, step]:g} to {after[place, step]:g} "
                    f"in a year; allowed: a factor of up to {most:g}, unless listed in "
                    f"{JUMPS_TABLE}"
                )
                problems.add(HISTORY_TABLE, lines[iso3, year], text)


def _read_jumps(folder: Tables, problems: Problems, states: Set[str]) -> set[Jump]:
    """Read the list of known jumps."""
    jumps: set[Jump] = set()
    for row in read_table(folder, JUMPS_TABLE, JUMPS_COLUMNS, problems):
        iso3, year = row.state("iso3", states), row.year("year")
        if row.one_of("column", JUMP_COLUMNS) and iso3 and year is not None:
            jumps.add((iso3, row.cells["column"], year))
    return jumps

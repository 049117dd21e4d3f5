"""The table of years: `history.csv`, checked for completeness and ranges."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.units import FIRST_YEAR
from sim.world.columns import HISTORY, HISTORY_NAMES
from sim.world.tables import HEADER_LINE, Problems, Row


def read_history(
    rows: Sequence[Row], codes: Sequence[str], problems: Problems
) -> tuple[range, dict[str, Floats]]:
    """Read `history.csv`; errors are noted.

    Args:
        rows: Its rows.
        codes: State codes, in order.
        problems: Where errors are noted.

    Returns:
        The years; and the figures by column, each of shape (countries, years).
    """
    states = frozenset(codes)
    row_of: dict[tuple[str, int], Row] = {}
    values_of: dict[tuple[str, int], dict[str, Any]] = {}
    for row in rows:
        values = row.values(states)
        key = values["iso3"], values["year"]
        if None not in key and row.once(row_of, key, f"{key[0]} {key[1]:.0f} is there twice"):
            values_of[key] = values
    # A year that few countries have is a slip, and must not make all others look incomplete.
    number = Counter(year for _, year in values_of)
    common = [int(year) for year in number if 2 * number[year] >= len(codes)]
    if min(common, default=None) != FIRST_YEAR:
        begin = min(common, default="none that most states have")
        text = f"the years begin with {begin}; allowed: {FIRST_YEAR}, when every history begins"
        if rows or not problems:
            problems.append((HISTORY.name, HEADER_LINE, text))
        return range(0), {}
    years = range(FIRST_YEAR, max(common) + 1)
    span = f"{years[0]} to {years[-1]}"
    for (iso3, year), row in row_of.items():
        if year not in years:
            row.wrong(f"{iso3} has the year {year:.0f}; allowed: {span}, the years of the others")
    for iso3 in codes:
        if missing := [str(year) for year in years if (iso3, year) not in row_of]:
            text = f"{iso3} lacks {', '.join(missing)}; every year from {span} is needed"
            problems.append((HISTORY.name, HEADER_LINE, text))
    nothing = dict.fromkeys(HISTORY_NAMES)
    table = [[values_of.get((iso3, year), nothing) for year in years] for iso3 in codes]
    series: dict[str, Floats] = {}
    for name in HISTORY_NAMES:
        # Without a figure it is None, and in the array not a number.
        figures = [[values[name] for values in of_state] for of_state in table]
        series[name] = np.array(figures, dtype=np.float64)
        series[name].setflags(write=False)
    return years, series

"""The table of years: `history.csv`, checked for completeness and ranges."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.units import FIRST_YEAR
from sim.world.columns import HISTORY, HISTORY_NAMES
from sim.world.tables import HEADER_LINE, Problems, Row, values_of


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
    entries = [
        (row, values) for row, values in values_of(rows, frozenset(codes)) if all(_key(values))
    ]
    index = pd.MultiIndex.from_tuples([_key(values) for _, values in entries], names=HISTORY.key)
    # A year that few countries have is a slip, and must not make all others look incomplete.
    counts = index.get_level_values("year").value_counts()
    common = counts.index[2 * counts >= len(codes)]
    if min(common, default=None) != FIRST_YEAR:
        begin = f"{min(common):.0f}" if len(common) else "none that most countries have"
        text = f"the years begin with {begin}; allowed: {FIRST_YEAR}, when every history begins"
        if rows or not problems:
            problems.append((HISTORY.name, HEADER_LINE, text))
        return range(0), {}
    years = range(FIRST_YEAR, int(max(common)) + 1)
    span = f"{years[0]} to {years[-1]}"
    for row, values in entries:
        if values["year"] not in years:
            text = f"{values['iso3']} has the year {values['year']:.0f}; allowed: {span}"
            row.wrong(f"{text}, the years of the others")
    whole = pd.MultiIndex.from_product([codes, years], names=HISTORY.key)
    missing = whole.difference(index).to_frame(index=False).groupby("iso3")["year"]
    for iso3, absent in missing:
        text = f"{iso3} lacks {', '.join(map(str, absent))}; every year from {span} is needed"
        problems.append((HISTORY.name, HEADER_LINE, text))
    table = pd.DataFrame([values for _, values in entries], index).reindex(whole)
    series = {name: np.array(table[name].unstack(), np.float64) for name in HISTORY_NAMES}
    for figures in series.values():
        figures.setflags(write=False)
    return years, series


def _key(values: dict[str, Any]) -> tuple[str, float]:
    return values["iso3"], values["year"]

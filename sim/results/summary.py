"""The two CSV tables: quantiles over runs, and what became of each country.

Both are computed from exactly the values that the Parquet tables hold. Numbers are written as the
shortest decimals that give the same 32-bit float.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from sim.results.arrow import numbers, repeated
from sim.results.chunk import (
    FIRST_YEAR,
    NEVER,
    QUARTERS_PER_YEAR,
    WORKING_YEARS,
    Layout,
    quarter_of_year,
    year_of,
)
from sim.results.files import whole_file
from sim.results.outcomes import groups_of
from sim.results.parquet import BLOCK_VALUES, kinds_of, names_of
from sim.results.parts import Parts, kept_key

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
QUANTILE_COLUMNS = tuple(f"q{round(100 * probability):02d}" for probability in PROBABILITIES)
SERIES_COLUMNS = ("year", "quarter", "outcome", "group_kind", "group", "mean", *QUANTILE_COLUMNS)

COUNTRY_KEYS = ("iso3", "name", "region", "regime_2024")
COUNTRY_COLUMNS: dict[str, tuple[str, int | None]] = {
    "p_trained_2025": ("first_trained", 2025),
    "p_adopted_2019": ("first_adopted", 2019),
    "p_adopted_2022": ("first_adopted", 2022),
    "p_adopted_2025": ("first_adopted", 2025),
    "p_adopted_2040": ("first_adopted", 2040),
    "p_working_2040": (WORKING_YEARS, 2040),
    "first_trained_median": ("first_trained", None),
    "first_adopted_median": ("first_adopted", None),
    "p_recorded_trained_2025": ("first_recorded_trained", 2025),
    "p_recorded_adopted_2019": ("first_recorded_adopted", 2019),
    "p_recorded_adopted_2022": ("first_recorded_adopted", 2022),
    "p_recorded_adopted_2025": ("first_recorded_adopted", 2025),
}
"""Columns of `countries.csv` from kept fields: the share of runs in which it had happened (or the
system was working) at the end of the year; None: the median year over runs in which it happened."""

type Values = NDArray[np.float32]
type Floats = NDArray[np.float64]
type Whole = NDArray[np.int64]


def quantiles(values: Values) -> Floats:
    """Return the exact quantiles over runs, as `numpy.quantile` defines them by default.

    Args:
        values: Shape (runs, cells).

    Returns:
        Shape (PROBABILITIES, cells).
    """
    ordered = np.ascontiguousarray(values.T)
    ordered.sort(axis=1)
    return np.stack([_between(ordered, probability) for probability in PROBABILITIES])


def _between(ordered: Values, probability: float) -> Floats:
    """Return a quantile of rows in ascending order, on the line between two neighbours."""
    last = ordered.shape[1] - 1
    place = probability * last
    below = int(place)
    share = place - below
    low = ordered[:, below].astype(np.float64)
    high = ordered[:, min(below + 1, last)].astype(np.float64)
    # Measured from the nearer neighbour, like numpy, so that equal neighbours give themselves.
    rise = high - low
    return np.asarray(low + rise * share if share < 0.5 else high - rise * (1 - share))


def mean(values: Values) -> Floats:
    """Return the mean over runs, summed in their order; `values`: (runs, cells)."""
    if values.shape[1] == 1:
        # One long column numpy would add in pairs; of several it adds row after row.
        total = np.cumsum(values, axis=0, dtype=np.float64)[-1]
    else:
        total = values.sum(axis=0, dtype=np.float64)
    return np.asarray(total / len(values))


def write_series(parts: Parts, path: Path) -> None:
    """Write `series.csv`: mean and quantiles over runs by outcome, group and quarter."""
    layout = parts.layout
    labels: dict[tuple[str, ...], tuple[pa.Array, ...]] = {}
    words = [
        *parts.outcomes,
        *(word for kind in kinds_of(layout) for word in names_of(kind, layout)),
    ]
    style = "needed" if any(set(word) & set(',"\r\n') for word in words) else "none"
    options = pa.csv.WriteOptions(include_header=False, quoting_style=style)
    with whole_file(path) as file:
        file.write((",".join(SERIES_COLUMNS) + "\n").encode())
        for name, outcome in parts.outcomes.items():
            kinds = tuple(k for k in kinds_of(layout) if groups_of(outcome, k, layout) is not None)
            if kinds not in labels:
                labels[kinds] = _labels(kinds, layout)
            found = _statistics(parts, name)
            pieces = []
            for kind in kinds:
                cells = groups_of(outcome, kind, layout) or range(0)
                # From (statistics, quarters, groups) to a group's quarters one after the other.
                part = found[:, :, cells.start : cells.stop].transpose(0, 2, 1)
                pieces.append(part.reshape(len(found), -1))
            values = np.concatenate(pieces, axis=1).astype(np.float32)
            year, quarter, kind_column, group = labels[kinds]
            outcomes = _texts([name], np.zeros(values.shape[1], dtype=np.int16))
            columns = [year, quarter, outcomes, kind_column, group, *map(numbers, values)]
            pa.csv.write_csv(pa.table(columns, names=list(SERIES_COLUMNS)), file, options)


def _labels(kinds: tuple[str, ...], layout: Layout) -> tuple[pa.Array, ...]:
    """Year, quarter, group kind and group of each row of an outcome that has these kinds."""
    quarters = layout.quarters
    names = [name for kind in kinds for name in names_of(kind, layout)]
    sizes = [len(names_of(kind, layout)) * len(quarters) for kind in kinds]
    places = np.arange(len(names), dtype=np.int16)
    return (
        numbers(np.tile(np.array([year_of(q) for q in quarters], dtype=np.int16), len(names))),
        numbers(np.tile(np.array([quarter_of_year(q) for q in quarters], np.int8), len(names))),
        _texts(list(kinds), np.repeat(np.arange(len(kinds), dtype=np.int16), sizes)),
        _texts(names, np.repeat(places, len(quarters))),
    )


def _texts(words: list[str], places: NDArray[np.int16]) -> pa.Array:
    return repeated(words, places).cast(pa.string())


def _statistics(parts: Parts, name: str) -> Floats:
    """Return mean and quantiles of an outcome: (statistics, quarters, groups)."""
    shape = parts.columns[name].shape
    width = int(np.prod(shape))
    slab = max(1, BLOCK_VALUES // parts.runs)
    runs = range(parts.runs)
    found = []
    for first in range(0, width, slab):
        values = parts.load(name, runs, slice(first, first + slab))
        found.append(np.vstack([mean(values), quantiles(values)]))
    return np.concatenate(found, axis=1).reshape(-1, *shape)


def write_countries(parts: Parts, path: Path) -> None:
    """Write `countries.csv`: probabilities and median years of each country.

    A column whose year lies beyond the kept quarters, or whose field was not kept, is empty.
    """
    layout = parts.layout
    columns = [_country_column(parts, *entry) for entry in COUNTRY_COLUMNS.values()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COUNTRY_KEYS, *COUNTRY_COLUMNS])
    writer.writerows(
        [*country, *cells] for country, *cells in zip(layout.countries, *columns, strict=True)
    )
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def _country_column(parts: Parts, field: str, year: int | None) -> list[str]:
    layout = parts.layout
    if field not in layout.kept or (year is not None and not layout.reaches(year)):
        return [""] * len(layout.countries)
    if field == WORKING_YEARS:
        assert year is not None
        happened = sum(
            ((block >> (year - FIRST_YEAR)) & 1).sum(axis=0) for block in _blocks(parts, field)
        )
        return [_number(count / parts.runs) for count in np.asarray(happened)]
    per_year = _counts_by_year(parts, field)
    if year is None:
        return [_median_year(counts, layout) for counts in per_year]
    upto = per_year[:, : year - _first_year(layout) + 1].sum(axis=1)
    return [_number(count / parts.runs) for count in upto]


def _blocks(parts: Parts, field: str) -> Iterator[NDArray[Any]]:
    """Return a kept field of all runs, in blocks of shape (runs, countries)."""
    step = max(1, BLOCK_VALUES // len(parts.layout.countries))
    for first in range(0, parts.runs, step):
        yield parts.load(kept_key(field), range(first, min(first + step, parts.runs)))


def _counts_by_year(parts: Parts, field: str) -> Whole:
    """Return in how many runs it happened in each year: (countries, years)."""
    first, last = _first_year(parts.layout), year_of(parts.layout.quarters[-1])
    # One year more: the horizon may end in the course of a year whose end is not kept.
    counts = np.zeros((len(parts.layout.countries), last - first + 2), dtype=np.int64)
    for block in _blocks(parts, field):
        for at, column in enumerate(block.T):
            years = column[column != NEVER] // QUARTERS_PER_YEAR - first
            counts[at] += np.bincount(years, minlength=counts.shape[1])
    return counts


def _median_year(counts: Whole, layout: Layout) -> str:
    total = int(counts.sum())
    if total == 0:
        return ""
    upto = np.cumsum(counts)
    middle = [(total - 1) // 2, total // 2]
    years = np.searchsorted(upto, middle, side="right")
    return _number(float(years.mean()) + _first_year(layout))


def _first_year(layout: Layout) -> int:
    return year_of(min(layout.start, layout.quarters[0]))


def _number(value: float) -> str:
    text = str(np.float32(value))
    return text.removesuffix(".0")

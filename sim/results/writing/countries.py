"""`countries.csv`: what became of each country; of a sweep, at each point."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.arrays import Floats, Whole
from sim.engine.chunk import MOST_YEARS, Layout, working_key, working_years, year_of
from sim.results.files import whole_file
from sim.results.parameter_sets import between_sets, sets_of_runs
from sim.results.points import POINT
from sim.results.writing.parquet import BLOCK_VALUES
from sim.results.writing.parts import kept_key
from sim.results.writing.source import ALL, Source
from sim.units import FIRST_YEAR, NEVER, QUARTERS

COUNTRY_KEYS = ("iso3", "name", "region", "regime_2024")
SHARES = (
    ("trained", "first_trained", (2025,)),
    ("adopted", "first_adopted", (2019, 2022, 2025, 2040)),
    ("platform", "first_adopted_platform", (2019, 2022, 2025, 2040)),
    ("working", working_key(2040), (2040,)),
)
RECORDED_SHARES = (
    ("recorded_trained", "first_recorded_trained", (2025,)),
    ("recorded_adopted", "first_recorded_adopted", (2019, 2022, 2025)),
    ("recorded_platform", "first_recorded_platform", (2019, 2022, 2025)),
)
"""What had happened at the ends of some years: names, kept fields, years."""
COUNTRY_COLUMNS: dict[str, tuple[str, int | None]] = {
    **{f"p_{name}_{year}": (field, year) for name, field, years in SHARES for year in years},
    **{f"{field}_median": (field, None) for field in ("first_trained", "first_adopted")},
    **{f"p_{name}_{y}": (field, y) for name, field, years in RECORDED_SHARES for y in years},
}
"""Columns of `countries.csv` from kept fields: the share of runs in which it had happened (or the
system was working) at the end of the year; None: the median year over runs in which it happened."""

BETWEEN_COLUMNS: dict[str, tuple[str, int]] = {
    f"between_{name}_2025": (field, 2025) for name, field, _ in RECORDED_SHARES
}
"""Columns of `countries.csv` of runs that choose among parameter sets: by how much (a standard
deviation) the probability of the same name differs between sets; what is left of its variance,
p (1 - p), is chance within a set."""

LAST_YEAR = FIRST_YEAR + MOST_YEARS - 1
"""No horizon ends after it. (The kept quarters may end before the horizon does.)"""


def write_countries(source: Source, path: Path, set_weights: Sequence[float] | None = None) -> None:
    """Write `countries.csv`: probabilities and median years of each country.

    A column whose year lies beyond the kept quarters, or whose field was not kept, is empty. A
    sweep's has a column `point` before the others; a point of which all runs failed has no rows.

    Args:
        source: The good runs.
        path: Where the table goes.
        set_weights: Weights of the parameter sets among which the runs of a scenario choose; None:
            they choose among none, and the table has no columns on what lies between sets.
    """
    layout = source.layout
    fields = list(dict.fromkeys(f for f, _ in COUNTRY_COLUMNS.values() if f in layout.kept))
    years = _years(layout)
    # As many numbers are counted for a country at a point as there are years.
    step = max(1, BLOCK_VALUES // (len(layout.countries) * max(years, len(fields), 1)))
    with whole_file(path) as file:
        between = _between(source, set_weights) if set_weights and not source.points else {}
        header = ((POINT,) if source.points else ()) + COUNTRY_KEYS + tuple(COUNTRY_COLUMNS)
        header += tuple(between)
        file.write((",".join(header) + "\n").encode())
        for runs in source.point_blocks(step):
            good, counted = _counts(source, runs, fields, step)
            columns = [
                _column(counted.get(field), good, layout, year, exact=bool(working_years([field])))
                for field, year in COUNTRY_COLUMNS.values()
            ]
            columns += [values[np.newaxis] for values in between.values()]
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            first = runs.start // source.replicates
            for at in np.flatnonzero(good):
                start = [first + int(at)] if source.points else []
                writer.writerows(
                    [*start, *country, *map(_number, cells)]
                    for country, *cells in zip(
                        layout.countries, *(column[at] for column in columns), strict=True
                    )
                )
            file.write(text.getvalue().encode())


def _between(source: Source, set_weights: Sequence[float]) -> dict[str, Floats]:
    """Return the columns on what lies between parameter sets: (countries,) each."""
    layout = source.layout
    columns = {
        name: (field, year)
        for name, (field, year) in BETWEEN_COLUMNS.items()
        if field in layout.kept and layout.reaches(year)
    }
    sets, states = len(set_weights), len(layout.countries)
    runs = np.zeros(sets)
    counts = {name: np.zeros((sets, states)) for name in columns}
    step = max(1, BLOCK_VALUES // states)
    for block in source.blocks(range(source.parts.runs), step):
        wanted = [(kept_key(field), ALL) for field, _ in columns.values()]
        numbers, dates = source.read(wanted, block)
        own = sets_of_runs(set_weights, numbers)
        runs += np.bincount(own, minlength=sets)
        for (name, (_, year)), values in zip(columns.items(), dates, strict=True):
            happened = (values != NEVER) & (values // QUARTERS <= year)
            np.add.at(counts[name], own, happened)
    return {name: between_sets(each, runs) for name, each in counts.items()}


def _counts(
    source: Source, runs: range, fields: list[str], step: int
) -> tuple[Whole, dict[str, Whole]]:
    """Return good runs of each point, and in how many of them a thing happened in each year.

    Returns:
        Good runs, (points,); for each field (points, countries, years): for dates, in how many
        runs it happened in that year; for `working_…`, in how many the system worked at its end.
    """
    layout = source.layout
    first, years = _first_year(layout), _years(layout)
    points, states = len(runs) // source.replicates, len(layout.countries)
    good = np.zeros(points, dtype=np.int64)
    counted = {name: np.zeros((points, states, years), dtype=np.int64) for name in fields}
    for block in source.blocks(runs, step):
        numbers, columns = source.read([(kept_key(name), ALL) for name in fields], block)
        at = numbers // source.replicates - runs.start // source.replicates
        good += np.bincount(at, minlength=points)
        for name, values in zip(fields, columns, strict=True):
            counts = counted[name]
            for year in working_years([name]):
                np.add.at(counts[:, :, year - first], at, values)
            if working_years([name]):
                continue
            place = (at[:, np.newaxis] * states + np.arange(states)) * years
            happened = values != NEVER
            place = (place + values // QUARTERS - first)[happened]
            counts += np.bincount(place, minlength=counts.size).reshape(counts.shape)
    return good, counted


def _column(
    counts: Whole | None, good: Whole, layout: Layout, year: int | None, *, exact: bool
) -> Floats:
    """Return a column: (points, countries); NaN where it is empty.

    Args:
        counts: In how many runs it happened in each year, (points, countries, years).
        good: Good runs of each point.
        layout: Says which years were counted.
        year: The year at whose end it had happened; None: the median year.
        exact: Whether it is what happened in that very year that counts.
    """
    if counts is None or (year is not None and not layout.reaches(year)):
        return np.full((len(good), len(layout.countries)), np.nan)
    if year is None:
        return _median_years(counts, layout)
    at = year - _first_year(layout)
    happened = counts[..., at] if exact else counts[..., : at + 1].sum(axis=-1)
    return np.asarray(happened / np.maximum(good, 1)[:, np.newaxis])


def _median_years(counts: Whole, layout: Layout) -> Floats:
    """Return the median of years that have these counts along the last axis; NaN: none."""
    total = counts.sum(axis=-1, keepdims=True)
    upto = np.cumsum(counts, axis=-1)
    places = [(upto <= middle).sum(axis=-1) for middle in ((total - 1) // 2, total // 2)]
    years = np.mean(places, axis=0) + _first_year(layout)
    return np.where(total[..., 0] > 0, years, np.nan)


def _first_year(layout: Layout) -> int:
    return year_of(min(layout.start, layout.quarters[0]))


def _years(layout: Layout) -> int:
    return LAST_YEAR - _first_year(layout) + 1


def _number(value: float) -> str:
    return "" if np.isnan(value) else str(np.float32(value)).removesuffix(".0")

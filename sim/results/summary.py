"""`series.csv` and `countries.csv`: what the runs of each point have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sim.arrays import Floats
from sim.engine.chunk import quarter_of_year, year_of
from sim.engine.outcomes import groups_of
from sim.parameters import Outcome
from sim.results.files import whole_file
from sim.results.store import COUNTRIES, COUNTRY_RUNS, RUNS, SERIES
from sim.results.tables import Content

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
PASS_VALUES = 2**25
"""Numbers that are read at a time: 128 MiB."""
SORT_VALUES = 2**22
"""Numbers that are sorted at a time."""

SHARES = {
    "trained": ("trained", (2025,)),
    "adopted": ("adopted", (2019, 2022, 2025, 2040)),
    "platform": ("adopted_platform", (2019, 2022, 2025, 2040)),
    "working": ("working", (2040,)),
    "recorded_trained": ("recorded_trained", (2025,)),
    "recorded_adopted": ("recorded_adopted", (2019, 2022, 2025)),
    "recorded_platform": ("recorded_platform", (2019, 2022, 2025)),
    "listed_any": ("recorded_adopted", (2019, 2022, 2025)),
    "listed_platform": ("recorded_platform", (2019, 2022, 2025)),
    "financed_platform": ("recorded_financed", (2021, 2025)),
    "cameras": ("cameras", (2025,)),
}
"""Columns `p_NAME_YEAR` of `countries.csv`: field of the panel, and years."""
MEDIANS = {"first_trained_median": "trained", "first_adopted_median": "adopted"}
"""Columns with the median year in which a field of the panel became 1."""


def quantiles(values: Floats, axis: int) -> dict[str, Floats]:
    """Return mean and quantiles along an axis, as `numpy.nanquantile` has them, by one sort."""
    moved = np.moveaxis(values, axis, -1)
    cells = moved.reshape(-1, moved.shape[-1])
    step = max(1, SORT_VALUES // max(1, cells.shape[1]))
    parts = [_quantiles(cells[at : at + step]) for at in range(0, len(cells), step)]
    return {
        name: np.concatenate([part[name] for part in parts]).reshape(moved.shape[:-1])
        for name in ("mean", *QUANTILES)
    }


def _quantiles(cells: Floats) -> dict[str, Floats]:
    """Return them for each row; NaN, which sorts last, counts as missing."""
    ordered = np.sort(cells, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    last = np.maximum(count - 1, 0)
    rows = np.arange(len(ordered))
    total = np.where(np.isfinite(ordered), ordered, 0.0).sum(axis=1, dtype=np.float64)
    found = {"mean": np.where(count > 0, total / np.maximum(count, 1), np.nan)}
    for name, share in QUANTILES.items():
        place = share * last
        below = place.astype(np.int64)
        low = ordered[rows, below].astype(np.float64)
        high = ordered[rows, np.minimum(below + 1, last)]
        found[name] = low + (high - low) * (place - below)
    return found


def by_run(table: pa.Table, column: str, points: int, runs: int, width: int) -> Floats:
    """Return a column as (points, runs, width); NaN for runs that failed.

    Args:
        table: Rows in the order of runs, so many a run; with `point` and `run`.
        column: Its name.
        points: Points of the design.
        runs: Runs per point.
        width: Rows per run.
    """
    values = table.column(column).to_numpy(zero_copy_only=False)
    if len(values) == points * runs * width:
        return np.asarray(values.reshape(points, runs, width))
    place = table.column("point").to_numpy()[::width].astype(np.int64) * runs
    place += table.column("run").to_numpy()[::width]
    kind = values.dtype if values.dtype.kind == "f" else np.float64
    found = np.full((points * runs, width), np.nan, kind)
    found[place] = values.reshape(-1, width)
    return found.reshape(points, runs, width)


def row_groups(file: pq.ParquetFile, kinds: list[str], kind: str) -> list[int]:
    """Return the row groups of `runs.parquet` that contain a kind of groups."""
    return list(range(kinds.index(kind), file.num_row_groups, len(kinds)))


def write_series(folder: Path, content: Content, points: int, runs: int) -> None:
    """Write `series.csv`: mean and quantiles over the runs of each point.

    Of a design with several points and one run each there is nothing to summarise.
    """
    if points > 1 and runs == 1:
        return
    several = points > 1
    keys = ["point"] if several else []
    schema = pa.schema(
        [(name, pa.int32()) for name in keys]
        + [("year", pa.int16()), ("quarter", pa.int8())]
        + [(name, pa.string()) for name in ("outcome", "group_kind", "group")]
        + [(name, pa.float32()) for name in ("mean", *QUANTILES)]
    )
    kinds = list(content.kinds)
    with (
        pq.ParquetFile(folder / RUNS) as file,
        whole_file(folder / SERIES) as target,
        pa.csv.CSVWriter(
            target, schema, write_options=pa.csv.WriteOptions(quoting_style="needed")
        ) as writer,
    ):
        for kind in kinds:
            names = [
                name
                for name, outcome in content.outcomes.items()
                if groups_of(outcome, kind, content.layout) is not None
            ]
            width = len(content.quarters) * len(content.kinds[kind])
            step = max(1, PASS_VALUES // (width * points * runs))
            for at in range(0, len(names), step):
                some = names[at : at + step]
                table = file.read_row_groups(
                    row_groups(file, kinds, kind), columns=["point", "run", *some]
                )
                for name in some:
                    values = by_run(table, name, points, runs, width)
                    writer.write_table(
                        _series_rows(content.outcomes[name], kind, content, values, schema)
                    )


def _series_rows(
    outcome: Outcome, kind: str, content: Content, values: Floats, schema: pa.Schema
) -> pa.Table:
    groups, quarters = content.kinds[kind], content.quarters
    points, rows = len(values), len(groups) * len(quarters)
    found = quantiles(values, axis=1)
    columns: dict[str, Any] = {
        "point": np.repeat(np.arange(points), rows),
        "year": np.tile(np.repeat([year_of(q) for q in quarters], len(groups)), points),
        "quarter": np.tile(np.repeat([quarter_of_year(q) for q in quarters], len(groups)), points),
        "outcome": [outcome.name] * (points * rows),
        "group_kind": [kind] * (points * rows),
        "group": groups * (len(quarters) * points),
        **{name: numbers.reshape(-1).astype(np.float32) for name, numbers in found.items()},
    }
    arrays = [pa.array(columns[field.name]).cast(field.type) for field in schema]
    return pa.table(arrays, schema=schema)


def write_countries(folder: Path, content: Content, points: int, runs: int) -> None:
    """Write `countries.csv`: shares of runs and median years of each country, by point."""
    if points > 1 and runs == 1:
        return
    years, states = content.years, len(content.layout.countries)
    fields = {field for field, _ in SHARES.values()} & set(content.panel)
    with pq.ParquetFile(folder / COUNTRY_RUNS) as file:
        panel = {}
        for field in fields:
            table = file.read(columns=["point", "run", field])
            values = by_run(table, field, points, runs, states * len(years))
            panel[field] = values.reshape(points, runs, states, len(years))
    frames = []
    for point in range(points):
        frame = pd.DataFrame(
            [country[:4] for country in content.layout.countries],
            columns=["iso3", "name", "region", "regime_2024"],
        )
        if points > 1:
            frame.insert(0, "point", point)
        for name, (field, wanted) in SHARES.items():
            for year in wanted:
                column = f"p_{name}_{year}"
                if field in fields and year in years:
                    frame[column] = np.nanmean(panel[field][point][..., years.index(year)], axis=0)
                else:
                    frame[column] = np.nan
        for column, field in MEDIANS.items():
            frame[column] = _median_year(panel[field][point], years) if field in fields else np.nan
        frames.append(frame)
    with whole_file(folder / COUNTRIES) as target:
        text = pd.concat(frames).to_csv(index=False, float_format="%.10g", lineterminator="\n")
        target.write(text.encode())


def _median_year(happened: Floats, years: list[int]) -> Floats:
    """Return the median year, over runs, in which a field became 1; NaN where it never did."""
    ever = happened[..., -1] == 1
    first = np.array(years, np.float64)[(happened == 1).argmax(axis=-1)]
    return quantiles(np.where(ever, first, np.nan), axis=0)["q50"]

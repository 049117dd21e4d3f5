"""The tables of runs: from a chunk of the engine to Parquet, and summaries over runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import batched, product
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sim.engine.chunk import Chunk, Layout, derive, groups_of
from sim.measures.bands import STATISTICS, quantiles
from sim.model.mechanisms.tender import VENDORS
from sim.model.parameters import Outcome, State
from sim.model.register import KEYS, PANEL_KEYS
from sim.runs.folder import Folder
from sim.runs.store import COUNTRIES, SERIES, open_chunk, write_csv
from sim.scenario.own_groups import OWN
from sim.world.arrays import Floats, Whole
from sim.world.dates import end_of, quarter_of_year, year_of

TYPES = {
    "point": pa.int32(),
    "run": pa.int32(),
    "year": pa.int16(),
    "quarter": pa.int8(),
    **dict.fromkeys(("outcome", "group_kind", "group", "iso3"), pa.string()),
}
RUN_KEYS, COUNTRY_KEYS = ({key: TYPES[key] for key in keys} for keys in (KEYS, PANEL_KEYS))
VENDOR_WORDS = ("none", *VENDORS)
SMALL_UNITS = ("0 or 1", "class", "stage")
# 32 MiB in memory while a table is written.
BLOCK_VALUES = 2**23
# Per thread at a time: 16 MiB, and a copy of them; and of numbers of a byte.
PASS_VALUES, PASS_CELLS = 2**22, 2**26
SERIES_THREADS = 2

SHARES = {
    "trained": ("trained", (2025,)),
    "adopted": ("adopted", (2019, 2022, 2025, 2040)),
    "platform": ("adopted_platform", (2019, 2022, 2025, 2040)),
    "working": ("working", (2040,)),
    "recorded_trained": ("recorded_trained", (2025,)),
    "recorded_adopted": ("recorded_adopted", (2019, 2022, 2025)),
    "recorded_platform": ("recorded_platform", (2019, 2022, 2025)),
    "financed_platform": ("recorded_financed", (2021, 2025)),
    "cameras": ("cameras", (2025,)),
}
"""Columns `p_NAME_YEAR` of `countries.csv`: field of the panel, and years."""
# The median year in which a field of the panel became 1.
MEDIANS = {"first_trained_median": "trained", "first_adopted_median": "adopted"}


@dataclass(frozen=True)
class Content:
    """Content of a design's results.

    Attributes:
        quarters: Absolute quarters, some or all of the layout's.
        states: ISO code, name, region, regime and class of dependence on aid of each country.
    """

    layout: Layout
    outcomes: Mapping[str, Outcome]
    panel: Sequence[State]
    quarters: Sequence[int]
    kinds: Mapping[str, Sequence[str]]
    states: Sequence[tuple[str, ...]]
    own: Mapping[str, Sequence[str]]

    @property
    def schemas(self) -> dict[str, pa.Schema]:
        """Of runs and, if it is kept, of the panel of countries."""
        described = [outcome.described() for outcome in self.outcomes.values()]
        notes: dict[str, Any] = {"outcomes": described, "groups": {**self.kinds}}
        notes["quarters"] = [*self.quarters]
        notes["states"] = [*self.states]
        if self.own:
            notes["own"] = [(OWN, *group) for group in self.own.items()]
        schemas = {"runs": _schema(RUN_KEYS, [(row, pa.float32()) for row in described], notes)}
        if self.layout.panel:
            fields = [(vars(state), _type(state)) for state in self.panel]
            schemas["countries"] = _schema(COUNTRY_KEYS, fields, {})
        return schemas


def _schema(
    keys: Mapping[str, Any],
    columns: Sequence[tuple[Mapping[str, Any], Any]],
    notes: Mapping[str, Any],
) -> pa.Schema:
    numbers = [
        pa.field(row["name"], kind, metadata={name: row[name] for name in ("unit", "doc")})
        for row, kind in columns
    ]
    texts = {name: json.dumps(note) for name, note in notes.items()}
    return pa.schema([*keys.items(), *numbers], metadata=texts)


def _type(state: State) -> pa.DataType:
    if state.unit == "vendor":
        return pa.string()
    if state.unit in SMALL_UNITS:
        return pa.int8()
    return pa.int32() if state.whole or state.grows else pa.float32()


def not_finite(chunk: Chunk, layout: Layout) -> tuple[int, str] | None:
    """Return the place of a run with a number that is not finite, and that number in words."""
    fields = layout.fields, layout.vendor_fields, layout.actor_fields, layout.panel
    for array, names in zip(chunk, fields, strict=True):
        good = np.isfinite(array)
        if not good.all():
            run, date, *_, field = np.argwhere(~good)[0].tolist()
            quarter = layout.quarters[date]
            season = f"{year_of(quarter)} Q{quarter_of_year(quarter)}"
            when = layout.years[date] if array is chunk.panel else season
            return run, f"{names[field]} is not a finite number ({when})"
    return None


def runs_table(chunk: Chunk, content: Content, points: Whole, runs: Whole) -> pa.Table:
    """Return a chunk's rows of `runs.parquet`, those of a kind of group together.

    `points` and `runs` number its runs.
    """
    layout = content.layout
    dates = [layout.quarters.index(quarter) for quarter in content.quarters]
    # Numbers of a field side by side: each outcome reads one field or two.
    chunk = chunk._replace(tallies=np.moveaxis(np.moveaxis(chunk.tallies, -1, 0).copy(), 0, -1))
    at_dates = slice(None), _unless_all(dates, len(layout.quarters))
    values: dict[str, Floats] = {
        name: derive(outcome, chunk, layout)[at_dates].astype(np.float32)
        for name, outcome in content.outcomes.items()
    }
    tables = []
    for kind, names in content.kinds.items():
        keys = crossed(
            {"point": points, "run": runs},
            _dates(content.quarters),
            {"group_kind": [kind]},
            {"group": names},
        )
        columns: dict[str, Any] = {name: keys[name] for name in RUN_KEYS}
        for name, outcome in content.outcomes.items():
            places = groups_of(outcome, kind, layout)
            columns[name] = (
                pa.nulls(len(keys["run"]), pa.float32())
                if places is None
                else values[name][:, :, places].reshape(-1)
            )
        tables.append(pa.table(columns))
    return pa.concat_tables(tables).unify_dictionaries()


def countries_table(chunk: Chunk, content: Content, points: Whole, runs: Whole) -> pa.Table:
    """Return a chunk's rows of `country_runs.parquet`; arguments as of :func:`runs_table`."""
    layout = content.layout
    dates = [at for at, year in enumerate(layout.years) if end_of(year) in content.quarters]
    columns = crossed(
        {"point": points, "run": runs},
        {"iso3": [country.iso3 for country in layout.countries]},
        {"year": np.array(layout.years, np.int16)[dates]},
    )
    kinds = [_type(state) for state in content.panel]
    texts = [kind == pa.string() for kind in kinds]
    cells = [
        np.empty((len(runs), len(layout.countries), len(dates)), kind.to_pandas_dtype())
        for kind in (pa.int16() if text else kind for kind, text in zip(kinds, texts, strict=True))
    ]
    chosen = _unless_all(dates, len(layout.years))
    # Run by run, as the numbers of a run fit into the processor's memory.
    fields = np.empty((len(cells), len(layout.countries), len(dates)))
    for at, panel in enumerate(chunk.panel):
        fields[:] = panel[chosen].transpose(2, 1, 0)
        for numbers, of_field in zip(cells, fields, strict=True):
            numbers[at] = of_field
    for state, text, numbers in zip(content.panel, texts, cells, strict=True):
        flat = numbers.reshape(-1)
        columns[state.name] = _taken(VENDOR_WORDS, flat + 1) if text else flat
    return pa.table(columns)


def _unless_all(places: Any, count: int) -> Any:
    # A list copies, a slice does not.
    return slice(None) if len(places) == count else places


def crossed(*axes: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns of the cells of a grid, the last axis fastest.

    `axes` have columns with the labels of each axis: arrays, or lists of texts.
    """
    shape = [len(next(iter(axis.values()))) for axis in axes]
    places = [place.reshape(-1) for place in np.indices(shape, np.int32)]
    return {
        name: _taken(labels, place)
        for axis, place in zip(axes, places, strict=True)
        for name, labels in axis.items()
    }


def _taken(labels: Any, places: Any) -> Any:
    if isinstance(labels, np.ndarray):
        return labels[places]
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int16)), pa.array(labels))


def _dates(quarters: Sequence[int]) -> dict[str, Whole]:
    dates = {"year": map(year_of, quarters), "quarter": map(quarter_of_year, quarters)}
    return {name: np.array([*numbers], np.int16) for name, numbers in dates.items()}


def join_chunks(
    chunks: Sequence[Path | pa.Buffer],
    schema: pa.Schema,
    target: AbstractContextManager[IO[bytes]],
) -> None:
    """Write the Parquet table of all chunks, given in the order of runs."""
    floats = [field.name for field in schema if field.type == pa.float32()]
    texts = [field.name for field in schema if field.type == pa.string()]
    with (
        target as file,
        pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=1,
            # Numbers in a dictionary would save 4% of the size, and take a quarter more time.
            use_dictionary=texts,
            use_byte_stream_split=floats or False,
            write_statistics=[*TYPES],
        ) as writer,
    ):
        # The first batch of each chunk is of the first kind of groups, and so on.
        first = open_chunk(chunks[0])
        sizes = [first.get_batch(at).num_rows for at in range(first.num_record_batches)]
        # Row groups of one kind of groups: a reader of the world skips the rest.
        for kind, rows in enumerate(sizes):
            for some in batched(chunks, max(1, BLOCK_VALUES // (rows * len(schema)))):
                part = pa.Table.from_batches(file.get_batch(kind) for file in map(open_chunk, some))
                # As texts: pages of Arrow's dictionaries end in whatever was in memory.
                columns = [
                    part[field.name].cast(field.type) if field.name in texts else part[field.name]
                    for field in schema
                ]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema), len(part))


def write_series(folder: Folder, content: Content) -> None:
    keys = ("point", "year", "quarter", "outcome", "group_kind", "group")
    types = {key: TYPES[key] for key in keys} | dict.fromkeys(STATISTICS, pa.float32())
    schema = pa.schema(list(types.items())[folder.n_points == 1 :])
    options = pa.csv.WriteOptions(quoting_style="needed")
    passes: list[tuple[str, Sequence[str], range]] = []
    for kind, groups in content.kinds.items():
        known = [n for n, o in content.outcomes.items() if groups_of(o, kind, content.layout)]
        # All points of several outcomes at a time, or some points of one: so that the memory does
        # not depend on the number of points.
        most = max(1, PASS_VALUES // (len(content.quarters) * len(groups) * folder.n_runs))
        passes += product(
            [kind],
            batched(known, max(1, most // folder.n_points)),
            _parts(folder.n_points, most),
        )

    def rows(kind: str, names: Sequence[str], points: range) -> pa.Table:
        values = np.stack([*folder.read(kind, names, points).values()])
        columns = crossed(
            {"outcome": names},
            {"point": np.array(points)},
            _dates(content.quarters),
            {"group_kind": [kind]},
            {"group": content.kinds[kind]},
        )
        columns |= {n: v.reshape(-1) for n, v in quantiles(values, axis=2).items()}
        return pa.table({name: columns[name] for name in schema.names}).cast(schema)

    with (
        folder.writing(SERIES) as target,
        pa.csv.CSVWriter(target, schema, write_options=options) as writer,
        ThreadPoolExecutor(SERIES_THREADS) as pool,
    ):
        for table in pool.map(rows, *zip(*passes, strict=True)):
            writer.write_table(table)


def _parts(count: int, most: int) -> list[range]:
    return [range(at, min(at + most, count)) for at in range(0, count, most)]


def write_countries(folder: Folder, content: Content) -> None:
    years, points = folder.years, folder.n_points
    countries = folder.country_groups.drop(columns="aid").reset_index()
    countries = countries.rename(columns={"regime": "regime_2024"})
    frame = pd.concat(dict.fromkeys(range(points), countries), names=["point"])
    if points > 1:
        frame = frame.reset_index("point")
    for name, (field, wanted) in SHARES.items():
        kept = [year for year in wanted if year in years and field in content.layout.panel]
        dates = [years.index(year) for year in kept]
        shares = np.moveaxis(folder.read_field(field, dates).mean(axis=1), -1, 0) if kept else ()
        known = dict(zip(kept, shares, strict=True))
        for year in wanted:
            frame[f"p_{name}_{year}"] = known[year].ravel() if year in known else np.nan
    each = folder.n_runs * len(countries) * len(years)
    for name, field in MEDIANS.items():
        medians = [
            _median_year(folder.read_field(field, range(len(years)), part), years).ravel()
            for part in _parts(points, max(1, PASS_CELLS // each))
            if field in content.layout.panel
        ]
        frame[name] = np.concatenate(medians) if medians else np.nan
    write_csv(folder.writing(COUNTRIES), frame, "%.10g")


def _median_year(happened: Floats, years: Sequence[int]) -> Floats:
    """Return the median first year of an event, (points, countries); NaN where it never happened.

    `happened` is 1 from then on: (points, runs, countries, years).
    """
    first = np.array([*years, np.nan])[np.where(happened.any(-1), happened.argmax(-1), len(years))]
    return quantiles(first, axis=1)["q50"]

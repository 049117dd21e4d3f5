"""The two tables of runs: from a chunk to Arrow, and from all chunks to Parquet.

A row of `runs.parquet` is a point, run, date and group; a row of `country_runs.parquet` is a point,
run, country and year. Runs that failed have no rows. Each block of runs has a row group per kind
of group, so a reader of the world alone skips the rest.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.arrays import Floats, Whole
from sim.engine.chunk import Chunk, Layout, end_of, quarter_of_year, year_of
from sim.engine.outcomes import derive, groups_of
from sim.engine.records import country_states
from sim.mechanisms.tender import VENDORS
from sim.parameters import Outcome, State
from sim.register import VENDOR
from sim.results.files import whole_file
from sim.rules import Rules

RUN_KEYS = ("point", "run", "year", "quarter", "group_kind", "group")
COUNTRY_KEYS = ("point", "run", "iso3", "year")
NO_VENDOR = "none"
BLOCK_VALUES = 2**23
"""Values of a row group: 32 MiB in memory while a table is written."""

WORDS = pa.dictionary(pa.int16(), pa.string())
KEY_TYPES = {
    "point": pa.int32(),
    "run": pa.int32(),
    "year": pa.int16(),
    "quarter": pa.int8(),
    "group_kind": WORDS,
    "group": WORDS,
    "iso3": WORDS,
}
SMALL_UNITS = ("0 or 1", "class", "stage")


@dataclass(frozen=True)
class Content:
    """What is kept of the runs of a design.

    Attributes:
        layout: Groups, dates and countries of a chunk.
        outcomes: The outcomes kept, by name.
        rules: Whose states the panel's fields are.
        dates: Places of the kept dates on a chunk's axis of quarters; None: all.
        vendors: Whether vendors are kept as groups.
    """

    layout: Layout
    outcomes: Mapping[str, Outcome]
    rules: Rules
    dates: tuple[int, ...] | None = None
    vendors: bool = True

    @property
    def quarters(self) -> list[int]:
        """Absolute quarters that are kept."""
        every = self.layout.quarters
        return list(every) if self.dates is None else [every[at] for at in self.dates]

    @property
    def kinds(self) -> dict[str, list[str]]:
        """Names of the groups by kind."""
        names = self.layout.names
        return names if self.vendors else {k: v for k, v in names.items() if k != VENDOR}

    @property
    def years(self) -> list[int]:
        """Years of the panel."""
        return [year for year in self.layout.years if end_of(year) in self.quarters]

    @property
    def panel(self) -> dict[str, State]:
        """Fields of the panel."""
        states = {state.name: state for state in country_states(self.rules)}
        return {name: states[name] for name in self.layout.panel}

    @property
    def runs_schema(self) -> pa.Schema:
        """Columns of `runs.parquet`."""
        numbers = [
            pa.field(o.name, pa.float32(), metadata={"unit": o.unit, "doc": o.doc})
            for o in self.outcomes.values()
        ]
        described = [outcome.described() for outcome in self.outcomes.values()]
        return pa.schema(
            [*((name, KEY_TYPES[name]) for name in RUN_KEYS), *numbers],
            metadata={"outcomes": json.dumps(described)},
        )

    @property
    def countries_schema(self) -> pa.Schema:
        """Columns of `country_runs.parquet`."""
        numbers = [
            pa.field(s.name, _type(s), metadata={"unit": s.unit, "doc": s.doc})
            for s in self.panel.values()
        ]
        return pa.schema([*((name, KEY_TYPES[name]) for name in COUNTRY_KEYS), *numbers])


def _type(state: State) -> pa.DataType:
    if state.unit == "vendor":
        return WORDS
    if state.unit in SMALL_UNITS:
        return pa.int8()
    return pa.int32() if state.whole or state.grows else pa.float32()


def failures(chunk: Chunk, content: Content) -> dict[int, str]:
    """Return the places of runs with a number that is not finite, and the first such number."""
    found: dict[int, str] = {}
    for array, names in (
        (chunk.tallies, content.layout.fields),
        (chunk.vendor_tallies, content.layout.vendor_fields),
        (chunk.actors, content.layout.actor_fields),
        (chunk.panel, content.layout.panel),
    ):
        finite = np.isfinite(array)
        if finite.all():
            continue
        for run in range(chunk.runs):
            bad = np.argwhere(~finite[run])
            if len(bad) and run not in found:
                name = names[bad[0][-1]]
                if array is chunk.panel:
                    when = str(content.layout.years[bad[0][0]])
                else:
                    quarter = content.layout.quarters[bad[0][0]]
                    when = f"{year_of(quarter)} Q{quarter_of_year(quarter)}"
                found[run] = f"{name} is not a finite number ({when})"
    return found


def runs_tables(
    chunk: Chunk, content: Content, points: Whole, runs: Whole, good: Whole
) -> list[pa.Table]:
    """Return a chunk's rows of `runs.parquet`, a table per kind of group.

    Args:
        chunk: What the engine made.
        content: What is kept.
        points: The point of each of its runs.
        runs: The number of each at its point.
        good: Places of the runs that did not fail.
    """
    layout, quarters = content.layout, np.array(content.quarters)
    dates = slice(None) if content.dates is None else list(content.dates)
    values: dict[str, Floats] = {
        name: derive(outcome, chunk, layout)[good][:, dates].astype(np.float32)
        for name, outcome in content.outcomes.items()
    }
    kinds = list(content.kinds)
    groups = [name for names in content.kinds.values() for name in names]
    first, tables = 0, []
    for at, (kind, names) in enumerate(content.kinds.items()):
        shape = (len(good), len(quarters), len(names))
        place = np.arange(first, first + len(names), dtype=np.int16)
        first += len(names)
        columns = [
            _axis(points[good], shape, 0, "point"),
            _axis(runs[good], shape, 0, "run"),
            _axis(np.array([year_of(q) for q in quarters]), shape, 1, "year"),
            _axis(np.array([quarter_of_year(q) for q in quarters]), shape, 1, "quarter"),
            _words(kinds, np.full(shape, at, np.int16)),
            _words(groups, np.broadcast_to(place, shape)),
        ]
        for name, outcome in content.outcomes.items():
            places = groups_of(outcome, kind, layout)
            if places is None:
                columns.append(pa.nulls(int(np.prod(shape)), pa.float32()))
            else:
                columns.append(pa.array(values[name][:, :, places].reshape(-1)))
        tables.append(pa.table(columns, schema=content.runs_schema))
    return tables


def countries_table(
    chunk: Chunk, content: Content, points: Whole, runs: Whole, good: Whole
) -> pa.Table:
    """Return a chunk's rows of `country_runs.parquet`; arguments as of :func:`runs_tables`."""
    layout = content.layout
    kept = [at for at, year in enumerate(layout.years) if year in content.years]
    values = chunk.panel[good][:, kept].transpose(3, 0, 2, 1)
    shape = values.shape[1:]
    codes = [country.iso3 for country in layout.countries]
    place = np.arange(len(codes), dtype=np.int16)[:, np.newaxis]
    columns = [
        _axis(points[good], shape, 0, "point"),
        _axis(runs[good], shape, 0, "run"),
        _words(codes, np.broadcast_to(place, shape)),
        _axis(np.array(content.years), shape, 2, "year"),
    ]
    for state, numbers in zip(content.panel.values(), values, strict=True):
        kind = _type(state)
        if kind == WORDS:
            columns.append(_words([NO_VENDOR, *VENDORS], (numbers + 1).astype(np.int16)))
        else:
            columns.append(pa.array(numbers.reshape(-1).astype(kind.to_pandas_dtype())))
    return pa.table(columns, schema=content.countries_schema)


def _axis(values: Whole, shape: tuple[int, ...], axis: int, name: str) -> pa.Array:
    """Return a key that changes along one axis, for each cell of a shape."""
    kind = KEY_TYPES[name]
    along = values.astype(kind.to_pandas_dtype()).reshape(
        [-1 if at == axis else 1 for at in range(len(shape))]
    )
    return pa.array(np.broadcast_to(along, shape).reshape(-1))


def _words(names: Sequence[str], places: Whole) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(places.reshape(-1)), pa.array(names, pa.string())
    )


def to_bytes(tables: Sequence[pa.Table], notes: Mapping[str, str] | None = None) -> bytes:
    """Return tables of one schema as an Arrow file, a batch each, with notes in its metadata."""
    sink = io.BytesIO()
    schema = tables[0].schema.with_metadata(dict(notes or {}))
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(sink, schema, options=options) as writer:
        for table in tables:
            writer.write_table(
                table.replace_schema_metadata(None), max_chunksize=max(1, table.num_rows)
            )
    return sink.getvalue()


def join_chunks(paths: Iterable[Path], schema: pa.Schema, kinds: int, target: Path) -> None:
    """Write the Parquet table of all chunks.

    Args:
        paths: Files of :func:`to_bytes`, in the order of runs.
        schema: Columns of the table.
        kinds: Batches of each file: those of one place stand together in a row group.
        target: The Parquet file.
    """
    # Texts, which the writer makes dictionaries of itself: pages that it is given Arrow's
    # dictionaries for end in whatever was in memory, so that equal tables have unequal bytes.
    plain = pa.schema(
        [pa.field(f.name, pa.string() if f.type == WORDS else f.type) for f in schema],
        schema.metadata,
    )
    floats = [field.name for field in schema if field.type == pa.float32()]
    others = [name for name in schema.names if name not in floats]
    waiting: list[list[pa.RecordBatch]] = []
    values = 0

    def flush(writer: pq.ParquetWriter) -> None:
        for batches in zip(*waiting, strict=True):
            table = pa.Table.from_batches(batches).cast(plain)
            if table.num_rows:
                writer.write_table(table, row_group_size=table.num_rows)
        waiting.clear()

    with (
        whole_file(target) as file,
        pq.ParquetWriter(
            file,
            plain,
            compression="zstd",
            compression_level=1,
            use_dictionary=others,
            use_byte_stream_split=floats or False,
            write_statistics=others,
        ) as writer,
    ):
        for path in paths:
            with pa.memory_map(str(path)) as source:
                reader = pa.ipc.open_file(source)
                batches = [reader.get_batch(at) for at in range(kinds)]
                waiting.append(batches)
                values += sum(batch.num_rows for batch in batches) * len(schema)
                if values >= BLOCK_VALUES:
                    flush(writer)
                    values = 0
        flush(writer)

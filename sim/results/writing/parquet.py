"""The two Parquet tables, written from the parts a block of runs at a time.

A block's length follows from layout and outcomes alone, so the bytes do not depend on how the
runs were cut into chunks. In `runs.parquet` each block has one row group for each kind of group,
with its rows ordered by run, quarter and group: who reads the world alone skips the rest. Failed
runs have no rows; those of a sweep have two columns more, `point` and `replicate`.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.arrays import Whole
from sim.engine.chunk import DATE_PREFIX, quarter_of_year, year_of
from sim.engine.outcomes import groups_of
from sim.register import KEYS
from sim.results.files import whole_file
from sim.results.points import POINT, REPLICATE
from sim.results.writing.arrow import numbers, repeated
from sim.results.writing.parts import kept_key
from sim.results.writing.source import ALL, Source
from sim.units import NEVER, QUARTERS

METADATA = b"entrench"
"""Key of a table's metadata: its axes and the register of its outcomes, as JSON."""
QUESTION = "question"
"""Key in it: the digest of the manifest whose runs these are."""

BLOCK_VALUES = 2**22
"""Values that are in memory at once while a table is written (16 MiB of outcomes)."""
COMPRESSION = "zstd"
# Higher levels take twice the time for a file 3 % smaller.
COMPRESSION_LEVEL = 1


def write_runs(source: Source, path: Path) -> None:
    """Write `runs.parquet`: a row per run, quarter and group, a column per outcome."""
    layout, columns_of = source.layout, source.parts.columns
    schema = _runs_schema(source)
    values_per_run = sum(math.prod(columns_of[name].shape) for name in source.outcomes)
    block = max(1, BLOCK_VALUES // max(1, values_per_run))
    wanted = [(name, ALL) for name in source.outcomes]
    with (
        whole_file(path) as file,
        _writer(file, schema, split=list(source.outcomes)) as writer,
    ):
        for runs in source.blocks(range(source.parts.runs), block):
            good, arrays = source.read(wanted, runs)
            if not len(good):
                continue
            for kind in layout.names:
                columns = _run_keys(kind, good, source)
                for (name, outcome), values in zip(source.outcomes.items(), arrays, strict=True):
                    cells = groups_of(outcome, kind, layout)
                    if cells is None:
                        columns.append(pa.nulls(len(columns[0]), pa.float32()))
                    else:
                        part = values.reshape(len(good), *columns_of[name].shape)
                        part = part[:, :, cells.start : cells.stop]
                        columns.append(numbers(part.reshape(-1)))
                table = pa.table(columns, schema=schema)
                writer.write_table(table, row_group_size=max(1, table.num_rows))


def write_country_runs(source: Source, path: Path) -> None:
    """Write `country_runs.parquet`: a row per run and country, a column per kept field.

    Dates are decimal years, empty for never.
    """
    layout = source.layout
    codes = [country.iso3 for country in layout.countries]
    types = {
        name: pa.float32()
        if name.startswith(DATE_PREFIX)
        else pa.from_numpy_dtype(source.parts.columns[kept_key(name)].base)
        for name in layout.kept
    }
    schema = pa.schema(
        [*_identity_types(source), ("iso3", _words()), *types.items()],
        metadata={METADATA: json.dumps(_runs_content(source)).encode()},
    )
    block = max(1, BLOCK_VALUES // (len(codes) * len(layout.kept)))
    wanted = [(kept_key(name), ALL) for name in layout.kept]
    with whole_file(path) as file, _writer(file, schema, split=[]) as writer:
        for runs in source.blocks(range(source.parts.runs), block):
            good, arrays = source.read(wanted, runs)
            if not len(good):
                continue
            columns = [
                *_identity(good, len(codes), source),
                repeated(codes, np.tile(np.arange(len(codes), dtype=np.int16), len(good))),
            ]
            for name, kept in zip(layout.kept, arrays, strict=True):
                values = kept.reshape(-1)
                if name.startswith(DATE_PREFIX):
                    dates = values.astype(np.float32) / np.float32(QUARTERS)
                    columns.append(numbers(dates, absent=values == NEVER))
                else:
                    columns.append(numbers(values))
            writer.write_table(pa.table(columns, schema=schema))


def _words() -> pa.DataType:
    return pa.dictionary(pa.int16(), pa.string())


def _identity_types(source: Source) -> list[tuple[str, pa.DataType]]:
    """Return the columns that name a run."""
    run, *_ = KEYS
    names = [run, POINT, REPLICATE] if source.points else [run]
    return [(name, pa.int32()) for name in names]


def _identity(good: Whole, rows: int, source: Source) -> list[pa.Array]:
    """Return the columns that name a run, for so many rows of each."""
    columns = [good]
    if source.points:
        columns += list(np.divmod(good, source.replicates))
    return [numbers(np.repeat(column.astype(np.int32), rows)) for column in columns]


def _runs_content(source: Source) -> dict[str, Any]:
    content: dict[str, Any] = {QUESTION: source.parts.question, "runs": source.good}
    if source.points:
        content |= {"points": len(source.points.cells), "replicates": source.replicates}
    if source.failures:
        content["failed"] = source.failed.tolist()
    return content


def _runs_schema(source: Source) -> pa.Schema:
    layout = source.layout
    content = _runs_content(source) | {
        "quarters": layout.quarters,
        "groups": layout.names,
        "outcomes": [outcome.described() for outcome in source.outcomes.values()],
    }
    key_types = (pa.int16(), pa.int8(), _words(), _words())
    fields = [pa.field(*key) for key in _identity_types(source)]
    fields += [pa.field(*key) for key in zip(KEYS[1:], key_types, strict=True)]
    fields += [
        pa.field(outcome.name, pa.float32(), metadata={"unit": outcome.unit, "doc": outcome.doc})
        for outcome in source.outcomes.values()
    ]
    return pa.schema(fields, metadata={METADATA: json.dumps(content).encode()})


def _run_keys(kind: str, good: Whole, source: Source) -> list[pa.Array]:
    layout = source.layout
    names = layout.names[kind]
    quarters, groups = len(layout.quarters), len(names)
    years = np.array([year_of(q) for q in layout.quarters], dtype=np.int16)
    ordinals = np.array([quarter_of_year(q) for q in layout.quarters], dtype=np.int8)
    rows = len(good) * quarters * groups
    return [
        *_identity(good, quarters * groups, source),
        numbers(np.tile(np.repeat(years, groups), len(good))),
        numbers(np.tile(np.repeat(ordinals, groups), len(good))),
        repeated([kind], np.zeros(rows, dtype=np.int16)),
        repeated(names, np.tile(np.arange(groups, dtype=np.int16), len(good) * quarters)),
    ]


def _writer(file: IO[bytes], schema: pa.Schema, split: list[str]) -> pq.ParquetWriter:
    """Return a writer whose bytes depend on data and library version alone.

    Args:
        file: Open file.
        schema: Names and types of the columns.
        split: Columns of floats, whose bytes are split into streams: half the size, and faster.
            All others have few different values and get a dictionary.
    """
    others = [name for name in schema.names if name not in split]
    return pq.ParquetWriter(
        file,
        schema,
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=others,
        use_byte_stream_split=split or False,
        write_statistics=others,
        write_page_checksum=True,
    )

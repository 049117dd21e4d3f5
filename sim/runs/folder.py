"""From the files of a results folder to NumPy arrays: points first, then runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.engine.identity import OWN_MECHANISMS
from sim.errors import InputError
from sim.model.parameters import Outcome
from sim.model.register import PANEL_KEYS
from sim.runs import store
from sim.scenario.keys import SCENARIO
from sim.scenario.scope import Where
from sim.world.arrays import Floats
from sim.world.dates import quarter_of_year, year_of

# What made runs, besides their scenarios and numbers.
MADE_BY = ("version", "rules", OWN_MECHANISMS, "data", "seeds")
PARQUET = ".parquet"
NOTES = ("outcomes", "groups", "quarters", "states")


@dataclass(frozen=True, eq=False)
class Folder:
    path: Path
    manifest: Mapping[str, Any]

    @property
    def place(self) -> str:
        return str(self.path)

    def file(self, name: str) -> Any:
        # In bytes for Arrow, which takes a text for UTF-8: names of files need not be.
        path = self.path / name
        return pa.OSFile(os.fsencode(path)) if path.suffix == PARQUET else path

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return store.whole_file(self.path / name)

    @property
    def n_points(self) -> int:
        return int(self.manifest["design"]["points"])

    @property
    def n_runs(self) -> int:
        return int(self.manifest["runs"])

    @cached_property
    def design(self) -> pd.DataFrame:
        return pd.read_csv(
            self.file(store.DESIGN), index_col="point", keep_default_na=False, dtype={SCENARIO: str}
        )

    @cached_property
    def parameters(self) -> pd.DataFrame:
        if not self.has(store.PARAMETERS):
            return pd.DataFrame(index=pd.RangeIndex(self.n_runs, name="run"))
        return pd.read_csv(self.file(store.PARAMETERS), index_col="run")

    @cached_property
    def _metadata(self) -> pq.FileMetaData:
        with self.file(store.RUNS) as file:
            return pq.read_metadata(file)

    @cached_property
    def _notes(self) -> dict[str, Any]:
        notes = self._metadata.metadata
        if any(name.encode() not in notes for name in NOTES):
            raise InputError(f"{self.place}: an earlier version made it: remove it, and run again")
        return {name: json.loads(notes[name.encode()]) for name in NOTES}

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        return dict(self._notes["groups"])

    @cached_property
    def own_groups(self) -> dict[str, list[str]]:
        kept = json.loads(self._metadata.metadata.get(b"own", "[]"))
        return {name: states for _, name, states in kept}

    @cached_property
    def own_forms(self) -> dict[str, Where]:
        kept = self.manifest["keep"]["groups"]
        named = kept.items() if isinstance(kept, dict) else ()
        return {name: Where(**of["where"]) for name, of in named if isinstance(of, dict)}

    @cached_property
    def quarters(self) -> list[int]:
        return list(self._notes["quarters"])

    @cached_property
    def years(self) -> list[int]:
        return [year_of(q) for q in self.quarters if quarter_of_year(q) == 4]

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        return {row["name"]: Outcome(**row) for row in self._notes["outcomes"]}

    @cached_property
    def country_groups(self) -> pd.DataFrame:
        columns = ["iso3", "name", "region", "regime", "aid"]
        return pd.DataFrame(self._notes["states"], columns=columns).set_index("iso3")

    @property
    def has_panel(self) -> bool:
        return self.has(store.COUNTRY_RUNS)

    @cached_property
    def fields(self) -> dict[str, pa.Field]:
        """Type, unit and meaning of each field of the panel."""
        if not self.has_panel:
            raise InputError(without_countries(self))
        with self.file(store.COUNTRY_RUNS) as file:
            schema = pq.read_schema(file)
        return {field.name: field for field in schema if field.name not in PANEL_KEYS}

    def read(
        self,
        kind: str,
        outcomes: Sequence[str],
        points: range | None = None,
    ) -> dict[str, Floats]:
        """Read outcomes of a kind of groups, by name: (points, runs, dates, groups)."""
        points = points or range(self.n_points)
        shape = len(self.quarters), len(self.groups[kind])
        tables = self._row_groups(store.RUNS, outcomes, points, kind)
        return self._by_run(tables, dict.fromkeys(outcomes, np.float32), shape, points)

    def read_field(self, field: str, dates: Sequence[int], points: range | None = None) -> Floats:
        """Read a field of the panel: (points, runs, countries, years).

        `dates` are places among the kept years.
        """
        points = points or range(self.n_points)
        shape = len(self.country_groups), len(self.years)
        kinds = {field: self.fields[field].type.to_pandas_dtype()}
        tables = self._row_groups(store.COUNTRY_RUNS, [field], points)
        return np.asarray(self._by_run(tables, kinds, shape, points, dates)[field])

    def _row_groups(
        self, name: str, columns: Sequence[str], points: range, kind: str = ""
    ) -> Iterator[pa.Table]:
        with self.file(name) as source:
            file = pq.ParquetFile(source, metadata=self._metadata if name == store.RUNS else None)
            places = file.metadata.schema.names.index
            for at in range(file.num_row_groups):
                of = file.metadata.row_group(at).column
                # A row group is of one kind of groups; those without the points are not read.
                if kind and of(places("group_kind")).statistics.min != kind:
                    continue
                ends = of(places("point")).statistics
                if ends.max >= points.start and ends.min < points.stop:
                    yield file.read_row_group(at, ["point", "run", *columns])

    def _by_run(
        self,
        tables: Iterable[pa.Table],
        kinds: Mapping[str, Any],
        shape: tuple[int, int],
        points: range,
        last: Sequence[int] | None = None,
    ) -> dict[str, Any]:
        """Return columns: (points, runs, *shape).

        `shape` is that of the cells of a run; of its second part places may be given, `last`.
        """
        last = range(shape[1]) if last is None else last
        size = len(points), self.n_runs, shape[0], len(last)
        arrays = {name: np.zeros(size, kind) for name, kind in kinds.items()}
        for table in tables:
            values = {
                name: table.column(name).to_numpy(zero_copy_only=False).reshape(-1, *shape)
                for name in table.column_names
            }
            point, run = (values[name][:, 0, 0] for name in ("point", "run"))
            inside = (point >= points.start) & (point < points.stop)
            places = point[inside] - points.start, run[inside]
            for name, array in arrays.items():
                array[places] = values[name][inside].take(last, 2)
        return arrays


@dataclass(frozen=True)
class Part:
    """Points of one folder.

    Attributes:
        name: Their name in tables and figures.
        points: Their numbers in the folder.
    """

    name: str
    folder: Folder
    points: tuple[int, ...]

    @property
    def design(self) -> pd.DataFrame:
        return self.folder.design.iloc[list(self.points)]

    @property
    def identity(self) -> dict[str, Any]:
        manifest = self.folder.manifest
        return {"name": self.name, **{key: manifest[key] for key in MADE_BY if key in manifest}}

    def read(self, read: Callable[[Folder, range], Mapping[Any, Floats]]) -> dict[Any, Floats]:
        # Files are read by ranges of points; these points may be scattered.
        first, last = min(self.points), max(self.points)
        places = [point - first for point in self.points]
        whole = places == [*range(last - first + 1)]
        arrays = read(self.folder, range(first, last + 1))
        return {name: cells if whole else cells[places] for name, cells in arrays.items()}


def places(
    years: Collection[int], dates: Sequence[float], date: Callable[[int], float] = float
) -> list[int]:
    # As places, and not as a mask: years may come in any order.
    if (absent := [year for year in years if date(year) not in dates]) or not years:
        raise InputError(f"years that were not kept: {', '.join(map(str, absent)) or 'none'}")
    return [dates.index(date(year)) for year in years]


def without_countries(folder: Folder) -> str:
    return f"{folder.place} was run without tables of countries: --countries keeps them"

"""What a results folder contains, labelled: the one type that studies and figures read."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.arrays import Floats, Whole
from sim.engine.chunk import end_of, quarter_of_year, year_of
from sim.errors import InputError, listed, nearest, printable
from sim.parameters import Outcome
from sim.results import store
from sim.rules import WORLD, choose

if TYPE_CHECKING:
    import xarray as xr


type Part = tuple[str, Results, Sequence[int]]
"""A name, results, and which of their points."""

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
SORT_VALUES = 2**20
"""Numbers that are sorted at a time."""
NOTES = ("outcomes", "groups", "quarters", "states")
"""What `runs.parquet` says of itself."""
PANEL_KEYS = ("point", "run", "iso3", "year")
"""Columns of `country_runs.parquet` that are no fields of countries."""
PAIRED = ("seed", "plausible_sha256")
"""Keys of a manifest in which paired runs agree. Rules may differ: then those are compared. Of
different numbers of runs the first ones are paired: a run is the same however many follow it."""


def open_results(folder: Path | str) -> Results:
    """Open a finished results folder.

    Raises:
        InputError: It is missing, not finished, damaged, or all of its runs failed.
    """
    path = Path(folder)
    results = Results(path, store.read_manifest(path))
    good = results.n_points * results.n_runs - results.failed
    groups = sum(map(len, results.groups.values()))
    each = {store.RUNS: len(results.quarters) * groups}
    if results.has_panel:
        each[store.COUNTRY_RUNS] = len(results.states) * len(results.years)
    for name, rows in each.items():
        if (there := pq.read_metadata(path / name).num_rows) != (wanted := good * rows):
            raise InputError(f"{path / name}: {there:,} rows, not {wanted:,} as {good:,} runs have")
    return results


def join(parts: Sequence[Part]) -> Results:
    """Return points of several results as one dataset: each part's under the name given.

    Raises:
        InputError: They differ in seed, parameter sets or dates, so runs cannot be paired.
    """
    _, first, _ = parts[0]
    if len(parts) == 1:
        return first
    faults = [
        f"{name}: {key} {part.manifest[key]}, not {first.manifest[key]}"
        for name, part, _ in parts
        for key in PAIRED
        if part.manifest[key] != first.manifest[key]
    ]
    faults += [
        f"{name}: {_dates_in_words(part)}, not {_dates_in_words(first)}"
        for name, part, _ in parts
        if part.quarters != first.quarters
    ]
    if faults:
        raise InputError(faults, "these runs cannot be paired:")
    runs = min(part.n_runs for _, part, _ in parts)
    return Joined(first.folder, {**first.manifest, "runs": runs}, parts=tuple(parts))


def _dates_in_words(results: Results) -> str:
    quarters = results.quarters
    return f"{len(quarters)} dates from {year_of(quarters[0])} to {year_of(quarters[-1])}"


@dataclass(frozen=True)
class Results:
    """The runs of a design: points × runs.

    Attributes:
        folder: The results folder.
        manifest: Identity of the runs.
        made: Runs that have just been made; None if the folder was opened.
    """

    folder: Path
    manifest: dict[str, Any]
    made: int | None = field(default=None, repr=False, compare=False)
    _values: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        """Name, size and folder, in a line."""
        size = f"{self.n_points:,} points x " if self.n_points > 1 else ""
        return printable(f"<Results {self.name}: {size}{self.n_runs:,} runs, {self._place}>")

    @property
    def _place(self) -> str:
        """Where they are, in words."""
        return str(self.folder)

    def _file(self, name: str) -> Any:
        """Return what readers take for a table's file."""
        return self.folder / name

    def _has(self, name: str) -> bool:
        """Return whether there is a table."""
        return (self.folder / name).exists()

    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a table's file for writing."""
        return store.whole_file(self.folder / name)

    @property
    def name(self) -> str:
        """Name of the scenario, the comparison or the experiment."""
        return str(self.manifest["name"])

    @property
    def heading(self) -> str:
        """Its name, and of a single scenario what `--set` sets."""
        if self.n_points > 1:
            return self.name
        scenario = self.scenario(0)
        sections = {**scenario["sections"], "horizon": scenario["horizon"]}
        texts = []
        for key in (key for key, origin in scenario["origins"].items() if origin == "--set"):
            section, _, name = key.partition(".")
            value = sections.get(section, {}).get(name)
            texts.append(key if value is None else f"{key}={json.dumps(value)}")
        return f"{self.name} with {', '.join(texts)}" if texts else self.name

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.manifest["title"])

    @property
    def n_points(self) -> int:
        """Points of the design."""
        return int(self.manifest["design"]["points"])

    @property
    def n_runs(self) -> int:
        """Runs of each point, failed ones included."""
        return int(self.manifest["runs"])

    @cached_property
    def design(self) -> pd.DataFrame:
        """The points: a row per point, a column per factor."""
        path, texts = self._file(store.DESIGN), {"scenario": str}
        return pd.read_csv(path, index_col="point", keep_default_na=False, dtype=texts)

    def scenario(self, point: int) -> dict[str, Any]:
        """Return the scenario of a point, as the manifest describes it."""
        scenarios: dict[str, Any] = self.manifest["scenarios"]
        return dict(scenarios[self.design["scenario"].iloc[point]])

    @cached_property
    def labels(self) -> list[str]:
        """A short name of each point."""
        varied = [
            name for name in self.design if self.n_points == 1 or self.design[name].nunique() > 1
        ]
        rows = self.design[varied].itertuples(index=False)
        return [", ".join(str(cell) for cell in row if cell != "") for row in rows]

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Parameter set and values of each run; no columns if all runs have the documented ones."""
        if not self._has(store.PARAMETERS):
            return pd.DataFrame(index=pd.RangeIndex(self.n_runs, name="run"))
        return pd.read_csv(self._file(store.PARAMETERS), index_col="run")

    @cached_property
    def set_of_run(self) -> Whole:
        """The parameter set of each run: runs of one set are not independent of each other."""
        sets = self.parameters.get("parameter_set")
        return np.arange(self.n_runs) if sets is None else sets.to_numpy()

    @cached_property
    def _metadata(self) -> pq.FileMetaData:
        """That of `runs.parquet`, which is not read anew with each outcome."""
        return pq.read_metadata(self._file(store.RUNS))

    @cached_property
    def _notes(self) -> dict[str, Any]:
        """What `runs.parquet` says of itself: outcomes, groups by kind, quarters, countries."""
        notes = self._metadata.metadata
        if any(name.encode() not in notes for name in NOTES):
            raise InputError(f"{self.folder}: an earlier version made it: remove it, and run again")
        return {name: json.loads(notes[name.encode()]) for name in NOTES}

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """Names of the groups by kind."""
        return dict(self._notes["groups"])

    @cached_property
    def quarters(self) -> list[int]:
        """Quarters since 2000 Q1 at whose ends outcomes are kept."""
        return list(self._notes["quarters"])

    @cached_property
    def failed(self) -> int:
        """Runs that failed; they are in no other table, and all numbers leave them out."""
        return len(pd.read_csv(self._file(store.FAILURES))) if self._has(store.FAILURES) else 0

    @cached_property
    def years(self) -> list[int]:
        """Years at whose ends outcomes are kept."""
        return [year_of(q) for q in self.quarters if quarter_of_year(q) == 4]

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes that are kept, by name."""
        return {row["name"]: Outcome(**row) for row in self._notes["outcomes"]}

    def values(
        self,
        outcome: str,
        kind: str = WORLD,
        group: str | None = None,
        years: int | Collection[int] | None = None,
    ) -> Floats:
        """Return an outcome of every run.

        Args:
            outcome: Its name.
            kind: Kind of groups.
            group: A group; None: all of the kind, as a last axis (the world has none).
            years: Ends of years, or of one; None: all kept dates.

        Returns:
            Shape (points, runs, dates) or (points, runs, dates, groups); NaN for failed runs.

        Raises:
            InputError: The outcome, group or year was not kept.
        """
        choose(self.outcomes, [outcome])
        names = self._groups_of(kind)
        if (outcome, kind) not in self._values:
            self._values[outcome, kind] = self.read(kind, [outcome])[outcome]
        values = self._values[outcome, kind]
        if years is not None:
            values = values[:, :, places(listed(years), self.quarters, end_of)]
        if group is not None and group not in names:
            raise InputError(f"no {kind} {group!r}{nearest(group, names)}")
        if group is not None or len(names) == 1:
            values = values[..., names.index(group or names[0])]
        return np.asarray(values, np.float64)

    def _groups_of(self, kind: str) -> list[str]:
        """Return the names of a kind's groups."""
        if kind not in self.groups:
            raise InputError(f"no kind of group {kind!r}{nearest(kind, self.groups)}")
        return self.groups[kind]

    def read(
        self,
        kind: str,
        outcomes: Sequence[str],
        points: range | None = None,
        dates: Sequence[int] | None = None,
    ) -> dict[str, Floats]:
        """Read outcomes of a kind of groups, by name: (points, runs, dates, groups).

        Args:
            kind: The kind of groups.
            outcomes: Names of outcomes.
            points: Of these alone.
            dates: Places among the dates that are kept; None: all.
        """
        shape = len(self.quarters), len(self.groups[kind])
        tables = self._run_tables(kind, ["point", "run", *outcomes], points)
        return self._by_run(tables, dict.fromkeys(outcomes, np.float32), shape, 0, dates, points)

    def _run_tables(
        self, kind: str, columns: Sequence[str], points: range | None = None
    ) -> Iterator[pa.Table]:
        """Yield the rows of `runs.parquet` of a kind of groups, those of some runs at a time.

        A row group is of one kind; those that have none of the points are not read.
        """
        points = points or range(self.n_points)
        keys = [self._metadata.schema.names.index(name) for name in ("group_kind", "point")]
        with pq.ParquetFile(self._file(store.RUNS), metadata=self._metadata) as file:
            for at in range(file.num_row_groups):
                of, ends = (self._metadata.row_group(at).column(key).statistics for key in keys)
                if of.min == kind and ends.max >= points.start and ends.min < points.stop:
                    yield file.read_row_group(at, columns)

    def _country_tables(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        """Yield the rows of `country_runs.parquet`, those of some runs at a time."""
        with pq.ParquetFile(self._file(store.COUNTRY_RUNS)) as file:
            for at in range(file.num_row_groups):
                yield file.read_row_group(at, columns)

    def _by_run(
        self,
        tables: Iterable[pa.Table],
        kinds: Mapping[str, Any],
        shape: tuple[int, int],
        axis: int,
        dates: Sequence[int] | None = None,
        points: range | None = None,
    ) -> dict[str, Any]:
        """Place the rows of runs, of which each has a row per cell of a shape.

        Args:
            tables: Rows of whole runs.
            kinds: NumPy's type of each column.
            shape: Dates and groups, or countries and years.
            axis: The axis of dates.
            dates: Places among them; None: all.
            points: Of these alone.

        Returns:
            By column (points, runs, *shape); NaN for failed runs.
        """
        points = points or range(self.n_points)
        dates = range(shape[axis]) if dates is None else dates
        cells = [len(dates) if at == axis else length for at, length in enumerate(shape)]
        arrays = {
            name: np.full(
                (len(points), self.n_runs, *cells),
                np.nan if self.failed else 0,
                np.result_type(kind, np.float32) if self.failed else kind,
            )
            for name, kind in kinds.items()
        }
        for point, run, values in _blocks(tables, shape):
            inside = (point >= points.start) & (point < points.stop)
            places = point[inside] - points.start, run[inside]
            for name, array in arrays.items():
                array[places] = values[name][inside].take(dates, axis + 1)
        return arrays

    @property
    def has_panel(self) -> bool:
        """Whether the panel of countries is kept."""
        return self._has(store.COUNTRY_RUNS)

    def _need_panel(self) -> None:
        if not self.has_panel:
            raise InputError(
                f"{self._place} was run without tables of countries: --countries keeps them"
            )

    @cached_property
    def states(self) -> pd.DataFrame:
        """Name, region, regime and class of dependence on aid of each country, by ISO code."""
        columns = ["iso3", "name", "region", "regime", "aid"]
        return pd.DataFrame(self._notes["states"], columns=columns).set_index("iso3")

    def panel(self, column: str, years: int | Collection[int] | None = None) -> Floats:
        """Return a field of every country: (points, runs, countries, years); NaN for failed runs.

        Raises:
            InputError: The field or year was not kept.
        """
        self._need_panel()
        chosen = self.years if years is None else listed(years)
        if (column, *chosen) not in self._values:
            schema = pq.read_schema(self._file(store.COUNTRY_RUNS))
            if column not in (known := {*schema.names} - {*PANEL_KEYS}):
                raise InputError(f"no field {column!r} of countries{nearest(column, known)}")
            tables = self._country_tables(["point", "run", column])
            kinds = {column: schema.field(column).type.to_pandas_dtype()}
            shape, dates = (len(self.states), len(self.years)), places(chosen, self.years)
            self._values[column, *chosen] = self._by_run(tables, kinds, shape, 1, dates)[column]
        return np.asarray(self._values[column, *chosen])

    def panel_blocks(
        self, columns: Iterable[str]
    ) -> Iterator[tuple[Whole, Whole, dict[str, Floats]]]:
        """Yield fields of every country for some runs at a time: all may exceed the memory.

        Yields:
            The point and the number of each run; its fields by name: (runs, countries, years).
        """
        tables = self._country_tables(["point", "run", *columns])
        return _blocks(tables, (len(self.states), len(self.years)))

    def curve(
        self, outcome: str, *, by: str = WORLD, years: int | Collection[int] | None = None
    ) -> pd.DataFrame:
        """Return an outcome over time: mean and quantiles over the runs of each point.

        Returns:
            A row per point, group and date: `point`, the factors, `group`, `year`, `quarter`,
            `mean`, `q05` to `q95`.
        """
        chosen = None if years is None else sorted(listed(years))
        values = self.values(outcome, by, years=chosen)
        quarters = self.quarters if chosen is None else [end_of(year) for year in chosen]
        groups = self.groups[by]
        shape = self.n_points, len(quarters), len(groups)
        point, date, group = (place.reshape(-1) for place in np.indices(shape))
        frame = pd.DataFrame(
            {
                "point": point,
                "year": np.array([*map(year_of, quarters)])[date],
                "group": np.array(groups)[group],
                "quarter": np.array([*map(quarter_of_year, quarters)])[date],
                **{name: v.reshape(-1) for name, v in quantiles(values, axis=1).items()},
            }
        )
        if self.n_points == 1:
            return frame.drop(columns="point")
        return frame.merge(self.design.reset_index(), on="point")

    @cached_property
    def data(self) -> xr.Dataset:
        """All outcomes: an `xarray.Dataset` with dimensions point, run, date and group."""
        return self.dataset()

    def dataset(self, outcomes: str | Iterable[str] | None = None) -> xr.Dataset:
        """Return outcomes, labelled, with their units in `attrs`.

        The dimensions are `point`, `run`, `date` (the end of the quarter) and `group`; an outcome
        is NaN for groups that it is not of.
        """
        import xarray as xr

        names = list(self.outcomes if outcomes is None else choose(self.outcomes, outcomes))
        kinds = [kind for kind, groups in self.groups.items() for _ in groups]
        groups = [name for group in self.groups.values() for name in group]
        years, ends = map(year_of, self.quarters), map(quarter_of_year, self.quarters)
        dates = pd.PeriodIndex.from_fields(year=[*years], quarter=[*ends], freq="Q")
        coordinates: dict[str, Any] = {
            "point": self.labels,
            "run": np.arange(self.n_runs),
            "date": dates.to_timestamp(how="end").normalize(),
            "group": [f"{kind}: {name}" for kind, name in zip(kinds, groups, strict=True)],
            "year": ("date", dates.year),
            "group_kind": ("group", kinds),
            "group_name": ("group", groups),
            "parameter_set": ("run", self.set_of_run),
            **{name: ("point", self.design[name].to_numpy(object)) for name in self.design},
        }
        arrays = {}
        for name in names:
            parts = [self.read(kind, [name])[name] for kind in self.groups]
            outcome = self.outcomes[name]
            arrays[name] = xr.DataArray(
                np.concatenate(parts, axis=-1, dtype=np.float32),
                dims=("point", "run", "date", "group"),
                attrs={"units": outcome.unit, "long_name": outcome.label, "doc": outcome.doc},
            )
        return xr.Dataset(arrays, coordinates, attrs={"name": self.name, "title": self.title})

    def runs(self, outcomes: str | Iterable[str] | None = None, by: str = WORLD) -> pd.DataFrame:
        """Return outcomes of every run as rows: the design's factors, the run, its values."""
        names = list(self.outcomes if outcomes is None else choose(self.outcomes, outcomes))
        columns = ["point", "run", "year", "quarter", "group", *names]
        self._groups_of(by)
        frame: pd.DataFrame = pa.concat_tables(self._run_tables(by, columns)).to_pandas()
        return frame.merge(self.design.reset_index(), on="point") if self.n_points > 1 else frame

    def frame(self, *columns: str, by: str = WORLD, group: str | None = None) -> pd.DataFrame:
        """Return a row per point and run: factors, parameters, and outcomes at ends of years.

        Args:
            *columns: Outcomes with a year, such as `working_2040`.
            by: Kind of groups.
            group: The group whose outcomes they are; the world's if `by` is not given.

        Returns:
            `point`, `run`, the factors, `parameter_set` and its values, and the columns. A factor
            counts in place of the value of its name; failed runs are left out.

        Raises:
            InputError: A column is not an outcome and year of these results, or the group is not
                named.
        """
        points, runs = np.divmod(np.arange(self.n_points * self.n_runs), self.n_runs)
        varied = self.parameters.drop(columns=self.design.columns, errors="ignore")
        parts = [pd.DataFrame({"point": points, "run": runs})]
        parts += [
            t.iloc[at].reset_index(drop=True) for t, at in ((self.design, points), (varied, runs))
        ]
        for column in listed(columns):
            name, _, year = column.rpartition("_")
            if not year.isdecimal():
                raise InputError(f"column {column!r}: allowed: OUTCOME_YEAR, such as working_2040")
            values = self.values(name, by, group, [int(year)])
            if values.ndim > 3:
                raise InputError(f"name one {by}: {', '.join(self.groups[by])}")
            parts.append(pd.Series(values.reshape(-1), name=column).to_frame())
        return pd.concat(parts, axis=1).dropna(subset=list(columns)).reset_index(drop=True).copy()

    def country_runs(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the panel of countries: a row per point, run, country and year."""
        self._need_panel()
        chosen = None if columns is None else [*PANEL_KEYS, *listed(columns)]
        frame: pd.DataFrame = pa.concat_tables(self._country_tables(chosen)).to_pandas()
        return frame

    def series(self) -> pd.DataFrame:
        """Return `series.csv`."""
        return pd.read_csv(self._file(store.SERIES))

    def countries(self) -> pd.DataFrame:
        """Return `countries.csv`."""
        if not self._has(store.COUNTRIES):
            raise InputError(
                f"{self._place} was run without tables of countries: --countries keeps them"
            )
        file = self._file(store.COUNTRIES)
        return pd.read_csv(file, keep_default_na=False, na_values=[""])


@dataclass(frozen=True, repr=False)
class Joined(Results):
    """Points of several results, one after another.

    Attributes:
        parts: The name of each part, its results, and which of their points.
    """

    parts: Sequence[Part] = ()

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Parameter set and values of each run that all parts have."""
        return self.parts[0][1].parameters.iloc[: self.n_runs]

    def _file(self, name: str) -> Any:
        return self.parts[0][1]._file(name)

    def _has(self, name: str) -> bool:
        return self.parts[0][1]._has(name)

    @property
    def name(self) -> str:
        """Names of the parts."""
        return "-".join(name for name, _, _ in self.parts)

    @property
    def n_points(self) -> int:
        """Points of all parts."""
        return sum(len(points) for _, _, points in self.parts)

    @cached_property
    def failed(self) -> int:
        """Runs that failed in any part."""
        return sum(results.failed for results in {id(r): r for _, r, _ in self.parts}.values())

    @cached_property
    def design(self) -> pd.DataFrame:
        """The points: the name of the part, and factors if a part has some."""
        frames = []
        for name, results, points in self.parts:
            design = results.design.iloc[list(points)]
            several = design["scenario"].nunique() > 1
            frames.append(design if several else design.assign(scenario=name))
        joined = pd.concat(frames, ignore_index=True).rename_axis("point")
        lacking = dict.fromkeys(joined.columns[joined.isna().any()], object)
        return joined.astype(lacking).fillna("")

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """Names of the groups by kind, of the kinds that all parts have."""
        first, *others = (part.groups for _, part, _ in self.parts)
        return {kind: first[kind] for kind in first if all(kind in each for each in others)}

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes that all parts have, by name."""
        first, *others = (part.outcomes for _, part, _ in self.parts)
        return {name: first[name] for name in first if all(name in each for each in others)}

    def series(self) -> pd.DataFrame:
        """Refuse: each part has its own file."""
        raise InputError("joined results have no summary files: see `curve`, or open a folder")

    countries = series

    def scenario(self, point: int) -> dict[str, Any]:
        """Return the scenario of a point."""
        part, at = self._each[point]
        return part.scenario(at)

    @property
    def has_panel(self) -> bool:
        """Whether all parts have the panel of countries."""
        return all(results.has_panel for _, results, _ in self.parts)

    @property
    def _each(self) -> list[tuple[Results, int]]:
        """The results and the point there of each point."""
        return [(results, point) for _, results, points in self.parts for point in points]

    def _run_tables(
        self, kind: str, columns: Sequence[str], points: range | None = None
    ) -> Iterator[pa.Table]:
        for number, (results, point) in enumerate(self._each):
            for table in results._run_tables(kind, columns, range(point, point + 1)):
                yield _numbered(table, point, number, self.n_runs)

    def _country_tables(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        for number, (results, point) in enumerate(self._each):
            for table in results._country_tables(columns):
                yield _numbered(table, point, number, self.n_runs)


def _numbered(table: pa.Table, point: int, number: int, runs: int) -> pa.Table:
    """Return the rows of the first runs of a point, which gets another number."""
    chosen = pc.and_(pc.equal(table["point"], point), pc.less(table["run"], runs))
    rows = table.filter(chosen)
    numbers = pa.array(np.full(len(rows), number, np.int32))
    return rows.set_column(rows.column_names.index("point"), "point", numbers)


def _blocks(
    tables: Iterable[pa.Table], shape: tuple[int, int]
) -> Iterator[tuple[Whole, Whole, dict[str, Floats]]]:
    """Yield the point and number of runs, and their columns: (runs, *shape)."""
    for table in tables:
        values = {
            name: table.column(name).to_numpy(zero_copy_only=False).reshape(-1, *shape)
            for name in table.column_names
        }
        point, run = (values.pop(name)[:, 0, 0] for name in ("point", "run"))
        yield point, run, values


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
    spread = {"mean": np.where(count > 0, total / np.maximum(count, 1), np.nan)}
    for name, share in QUANTILES.items():
        place = share * last
        below = place.astype(np.int64)
        low = ordered[rows, below].astype(np.float64)
        high = ordered[rows, np.minimum(below + 1, last)]
        spread[name] = low + (high - low) * (place - below)
    return spread


def places(
    years: Collection[int], dates: Sequence[int], date: Callable[[int], int] = int
) -> list[int]:
    """Return where years are among the dates that are kept.

    Raises:
        InputError: Some were not kept.
    """
    if absent := [year for year in years if date(year) not in dates]:
        raise InputError(f"years that were not kept: {', '.join(map(str, absent))}")
    return [dates.index(date(year)) for year in years]

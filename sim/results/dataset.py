"""What a results folder contains, labelled: the one type that studies and figures read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from sim.arrays import Floats, Whole
from sim.engine.chunk import end_of, quarter_of_year, year_of
from sim.errors import InputError
from sim.parameters import Outcome
from sim.register import WORLD, choose, nearest
from sim.results import store
from sim.results.summary import by_run, quantiles, row_groups
from sim.text import listed

if TYPE_CHECKING:
    import xarray as xr

    from sim.results.runner import Report

PAIRED = ("runs", "seed", "plausible_sha256")
"""Keys of a manifest in which paired runs agree. Rules may differ: then those are compared."""


def open_results(folder: Path | str) -> Results:
    """Open a finished results folder.

    Raises:
        InputError: It is missing, not finished, damaged, or all of its runs failed.
    """
    path = Path(folder)
    return Results(path, store.read_manifest(path))


def join(parts: Mapping[str, Results]) -> Results:
    """Return results of several folders as one: the points of all, each under the name given.

    Raises:
        InputError: They differ in runs, seed, parameter sets or dates, so runs cannot be paired.
    """
    first = next(iter(parts.values()))
    if len(parts) == 1:
        return first
    faults = [
        f"{name}: {what} {theirs}, not {ours}"
        for name, part in parts.items()
        for what, theirs, ours in (
            *((key, part.manifest[key], first.manifest[key]) for key in PAIRED),
            ("quarters", len(part.quarters), len(first.quarters)),
        )
        if theirs != ours
    ]
    if faults:
        raise InputError(faults, "these runs cannot be paired:")
    return Joined(first.folder, first.manifest, parts=dict(parts))


@dataclass(frozen=True)
class Results:
    """The runs of a design: points × runs.

    Attributes:
        folder: The results folder.
        manifest: Identity of the runs.
        temporary: Keeps a temporary folder alive as long as the results.
        report: What has just been run; None if the folder was opened.
    """

    folder: Path
    manifest: dict[str, Any]
    temporary: Any = field(default=None, repr=False, compare=False)
    report: Report | None = field(default=None, repr=False, compare=False)
    _values: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        """Name, size and folder, in a line."""
        size = f"{self.n_points:,} points x " if self.n_points > 1 else ""
        return f"<Results {self.name}: {size}{self.n_runs:,} runs, {self.folder}>"

    @property
    def name(self) -> str:
        """Name of the scenario, the comparison or the experiment."""
        return str(self.manifest["name"])

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
        return pd.read_csv(self.folder / store.DESIGN, index_col="point", keep_default_na=False)

    @cached_property
    def labels(self) -> list[str]:
        """A short name of each point."""
        varied = [
            name for name in self.design if self.n_points == 1 or self.design[name].nunique() > 1
        ]
        rows = self.design[varied].itertuples(index=False)
        return [", ".join(map(str, row)) for row in rows]

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Parameter set and values of each run; no columns if all runs have the documented ones."""
        path = self.folder / store.PARAMETERS
        if not path.exists():
            return pd.DataFrame(index=pd.RangeIndex(self.n_runs, name="run"))
        return pd.read_csv(path, index_col="run")

    @cached_property
    def set_of_run(self) -> Whole:
        """The parameter set of each run: runs of one set are not independent of each other."""
        sets = self.parameters.get("parameter_set")
        return np.arange(self.n_runs) if sets is None else sets.to_numpy()

    @cached_property
    def _schema(self) -> Any:
        return pq.read_schema(self.folder / store.RUNS)

    @cached_property
    def _axes(self) -> dict[str, Any]:
        """Names of groups by kind, and quarters, as the file has them."""
        with pq.ParquetFile(self.folder / store.RUNS) as file:
            kinds: dict[str, list[str]] = {}
            quarters: list[int] = []
            for at in range(file.num_row_groups):
                table = file.read_row_group(
                    at, columns=["run", "point", "year", "quarter", "group_kind", "group"]
                )
                kind = table.column("group_kind")[0].as_py()
                if kind in kinds:
                    break
                first = table.filter(
                    (np.asarray(table.column("run")) == table.column("run")[0].as_py())
                    & (np.asarray(table.column("point")) == table.column("point")[0].as_py())
                )
                kinds[kind] = list(dict.fromkeys(first.column("group").to_pylist()))
                years, ends = (first.column(n).to_pylist() for n in ("year", "quarter"))
                quarters = [
                    end_of(y) - 4 + q for y, q in dict.fromkeys(zip(years, ends, strict=True))
                ]
        return {"groups": kinds, "quarters": quarters}

    @property
    def groups(self) -> dict[str, list[str]]:
        """Names of the groups by kind."""
        return dict(self._axes["groups"])

    @property
    def quarters(self) -> list[int]:
        """Quarters since 2000 Q1 at whose ends outcomes are kept."""
        return list(self._axes["quarters"])

    @property
    def years(self) -> list[int]:
        """Years at whose ends outcomes are kept."""
        return [year_of(q) for q in self.quarters if quarter_of_year(q) == 4]

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes that are kept, by name."""
        content = json.loads(self._schema.metadata[b"outcomes"])
        return {row["name"]: Outcome(**row) for row in content}

    def values(
        self,
        outcome: str,
        kind: str = WORLD,
        group: str | None = None,
        years: Collection[int] | None = None,
    ) -> Floats:
        """Return an outcome of every run.

        Args:
            outcome: Its name.
            kind: Kind of groups.
            group: A group; None: all of the kind, as a last axis (the world has none).
            years: Ends of years; None: all kept dates.

        Returns:
            Shape (points, runs, dates) or (points, runs, dates, groups); NaN for failed runs.

        Raises:
            InputError: The outcome, group or year was not kept.
        """
        choose(self.outcomes, [outcome])
        if kind not in self.groups:
            raise InputError(f"no kind of group {kind!r}{nearest(kind, self.groups)}")
        names = self.groups[kind]
        if (outcome, kind) not in self._values:
            width = len(self.quarters) * len(names)
            with pq.ParquetFile(self.folder / store.RUNS) as file:
                groups = row_groups(file, list(self.groups), kind)
                table = file.read_row_groups(groups, columns=["point", "run", outcome])
            found = by_run(table, outcome, self.n_points, self.n_runs, width)
            self._values[outcome, kind] = found.reshape(
                self.n_points, self.n_runs, len(self.quarters), len(names)
            )
        values = self._values[outcome, kind]
        if years is not None:
            values = values[:, :, self._places(years)]
        if group is None and len(names) > 1:
            return np.asarray(values, np.float64)
        if group is not None and group not in names:
            raise InputError(f"no {kind} {group!r}{nearest(group, names)}")
        at = names.index(group) if group is not None else 0
        return np.asarray(values[..., at], np.float64)

    def _places(self, years: Collection[int]) -> list[int]:
        absent = [year for year in years if end_of(year) not in self.quarters]
        if absent:
            raise InputError(f"years that were not kept: {', '.join(map(str, absent))}")
        return [self.quarters.index(end_of(year)) for year in years]

    @property
    def has_panel(self) -> bool:
        """Whether the panel of countries is kept."""
        return (self.folder / store.COUNTRY_RUNS).exists()

    @cached_property
    def states(self) -> pd.DataFrame:
        """Name, region and regime of each country, by ISO code."""
        from sim.world.seeds import shipped_seeds

        states = shipped_seeds().countries
        rows = [(s.iso3, s.name, s.region, s.regime_2024) for s in states]
        frame = pd.DataFrame(rows, columns=["iso3", "name", "region", "regime"])
        return frame.set_index("iso3")

    def panel(self, column: str, years: Collection[int] | None = None) -> Floats:
        """Return a field of every country: (points, runs, countries, years); NaN for failed runs.

        Raises:
            InputError: The field or year was not kept.
        """
        if not self.has_panel:
            raise InputError(f"{self.folder} was run without the panel of countries")
        if column not in self._values:
            with pq.ParquetFile(self.folder / store.COUNTRY_RUNS) as file:
                known = [name for name in file.schema_arrow.names if name not in ("point", "run")]
                if column not in known:
                    raise InputError(f"no field {column!r} of countries{nearest(column, known)}")
                table = file.read(columns=["point", "run", column])
            shape = (self.n_points, self.n_runs, len(self.states), len(self.years))
            found = by_run(table, column, self.n_points, self.n_runs, shape[2] * shape[3])
            self._values[column] = found.reshape(shape)
        values = self._values[column]
        if years is None:
            return np.asarray(values)
        absent = [year for year in years if year not in self.years]
        if absent:
            raise InputError(f"years that were not kept: {', '.join(map(str, absent))}")
        return np.asarray(values[..., [self.years.index(year) for year in years]])

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
        names = self.groups[by]
        if values.ndim == 3:
            values = values[..., np.newaxis]
        quarters = self.quarters if chosen is None else [end_of(year) for year in chosen]
        found = quantiles(values, axis=1)
        index = pd.MultiIndex.from_product(
            [range(self.n_points), quarters, names], names=["point", "date", "group"]
        )
        frame = pd.DataFrame({n: v.reshape(-1) for n, v in found.items()}, index).reset_index()
        frame.insert(2, "year", frame["date"].map(year_of))
        frame.insert(3, "quarter", frame.pop("date").map(quarter_of_year))
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
        ends = (
            pd.PeriodIndex.from_fields(
                year=[year_of(q) for q in self.quarters],
                quarter=[quarter_of_year(q) for q in self.quarters],
                freq="Q",
            )
            .to_timestamp(how="end")
            .normalize()
        )
        coordinates: dict[str, Any] = {
            "point": self.labels,
            "run": np.arange(self.n_runs),
            "date": ends,
            "group": [f"{kind}: {name}" for kind, name in zip(kinds, groups, strict=True)],
            "year": ("date", [year_of(q) for q in self.quarters]),
            "group_kind": ("group", kinds),
            "group_name": ("group", groups),
            "parameter_set": ("run", self.set_of_run),
            **{name: ("point", self.design[name].to_numpy(object)) for name in self.design},
        }
        arrays = {}
        for name in names:
            parts = [
                values[..., np.newaxis] if values.ndim == 3 else values
                for values in (self.values(name, kind) for kind in self.groups)
            ]
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
        with pq.ParquetFile(self.folder / store.RUNS) as file:
            groups = row_groups(file, list(self.groups), by)
            frame: pd.DataFrame = file.read_row_groups(groups, columns=columns).to_pandas()
        return frame.merge(self.design.reset_index(), on="point") if self.n_points > 1 else frame

    def country_runs(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the panel of countries: a row per point, run, country and year."""
        keys = ["point", "run", "iso3", "year"]
        chosen = None if columns is None else [*keys, *listed(columns)]
        return pd.read_parquet(self.folder / store.COUNTRY_RUNS, columns=chosen)

    def series(self) -> pd.DataFrame:
        """Return `series.csv`."""
        return pd.read_csv(self.folder / store.SERIES)

    def countries(self) -> pd.DataFrame:
        """Return `countries.csv`."""
        return pd.read_csv(self.folder / store.COUNTRIES, keep_default_na=False, na_values=[""])


@dataclass(frozen=True)
class Joined(Results):
    """Results of several folders, whose points stand one after another.

    Attributes:
        parts: The results, by name.
    """

    parts: Mapping[str, Results] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Names of the parts."""
        return "-".join(self.parts)

    @property
    def n_points(self) -> int:
        """Points of all parts."""
        return sum(part.n_points for part in self.parts.values())

    @cached_property
    def design(self) -> pd.DataFrame:
        """The points: the name of the part, and factors if a part has some."""
        frames = [
            part.design.assign(scenario=name) if part.n_points == 1 else part.design
            for name, part in self.parts.items()
        ]
        return pd.concat(frames, ignore_index=True).rename_axis("point")

    def values(
        self,
        outcome: str,
        kind: str = WORLD,
        group: str | None = None,
        years: Collection[int] | None = None,
    ) -> Floats:
        """Return an outcome of every run; see :meth:`Results.values`."""
        each = [part.values(outcome, kind, group, years) for part in self.parts.values()]
        return np.concatenate(each)

    @property
    def has_panel(self) -> bool:
        """Whether all parts have the panel of countries."""
        return all(part.has_panel for part in self.parts.values())

    def panel(self, column: str, years: Collection[int] | None = None) -> Floats:
        """Return a field of every country; see :meth:`Results.panel`."""
        return np.concatenate([part.panel(column, years) for part in self.parts.values()])

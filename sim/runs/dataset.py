"""The runs of one results folder or several, labelled: the one type that studies read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import InputError, listed, nearest
from sim.measures.bands import STATISTICS, quantiles
from sim.measures.variables import (
    AID_CLASS,
    COUNTRY,
    FIELD,
    GROUP,
    GROUP_KIND,
    LABEL,
    OUTCOME,
    PARAMETER_SET,
    POINT,
    RUN,
    YEAR,
)
from sim.model.register import SHIPPED, Rules, choose
from sim.model.units import AID, LAST_SEASON, WORLD
from sim.runs import store
from sim.runs.described import Described
from sim.runs.folder import Folder, Part, places
from sim.runs.frames import categorised, ordered, outcome_and_year, parsable, written
from sim.runs.own_groups import KEEP_IT, sums_of
from sim.scenario.own_groups import OWN, read_where, split_outcome
from sim.world.arrays import Floats
from sim.world.dates import date_of, end_of, quarter_of_year, year_of

if TYPE_CHECKING:
    import xarray as xr


def open_results(path: Path | str) -> Results:
    return Results.of(Folder(Path(path), store.read_manifest(Path(path))))


@dataclass(frozen=True, repr=False)
class Results(Described):
    """Runs: points × runs, of one folder or of several.

    Examples:
        >>> base = sim.make_runs("baseline", runs=2, set={"horizon.end": 2003})
        >>> base
        <Results baseline: 2 runs, in memory>
    """

    _arrays: dict[Any, Floats] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, folder: Folder, rules: Rules = SHIPPED, made: int | None = None) -> Results:
        part = Part(str(folder.manifest["name"]), folder, tuple(range(folder.n_points)))
        return cls((part,), rules, made=made)

    def asking(
        self, where: str | Sequence[str] | None = None, outcomes: str | Iterable[str] | None = None
    ) -> Results:
        """Return the same runs with groups of your own, and outcomes of such groups.

        Args:
            where: The conditions of each group, such as `region=South Asia,regime=hybrid`, or
                `NAME: CONDITIONS`.
            outcomes: Names, also of the form `OUTCOME where CONDITIONS`.

        Raises:
            InputError: Conditions are wrong; or groups and the panel of countries were not kept.

        Examples:
            >>> base.asking("regime=hybrid").values("working", "own").dims
            ('point', 'run', 'year')
        """
        own, of_group = dict(self.own), {**self.limited}
        read_where([text for text in listed(where) if text not in self._first.own_forms])
        for text in listed(where):
            own |= self._own_group(text, own)
        for text in listed(outcomes):
            name, conditions = split_outcome(text)
            (outcome,) = choose(self.outcomes, [name]).values()
            if conditions:
                if outcome.of != "country":
                    raise InputError(f"{name} is not counted by country, so not of a group")
                ((group, form),) = self._own_group(conditions, own).items()
                own[group], of_group[text] = form, (name, group)
        asked = replace(self, own=own, limited=of_group, _arrays={})
        tables = any("sha256" in folder.manifest.get("seeds", {}) for folder in self.folders)
        if asked.summed and (tables or not self.has_panel):
            lacks = "other input tables" if self.has_panel else "no tables of countries"
            raise InputError(f"{self._first.place} has {lacks} and not this group: {KEEP_IT}")
        return asked

    # Labelled arrays

    @cached_property
    def _labels(self) -> dict[str, xr.Coordinates]:
        import xarray as xr

        dates = [date_of(quarter - LAST_SEASON) for quarter in self.quarters]
        years = [int(date) if date.is_integer() else date for date in dates]
        names = self.country_groups.index.to_numpy(object)
        each = {
            POINT: {POINT: np.arange(self.n_points), LABEL: (POINT, self.labels)},
            RUN: {RUN: np.arange(self.n_runs), PARAMETER_SET: (RUN, self.set_of_run)},
            YEAR: {YEAR: years},
            COUNTRY: {COUNTRY: names},
        }
        return {dim: xr.Coordinates(of_dim) for dim, of_dim in each.items()}

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Attributes of every labelled array, also in a file."""
        return {
            "scenario": self.name,
            "seed": self.seed,
            "version": f"entrench {self.version}",
            "parameters": self.basis,
            "plausible_sha256": self.plausible_sha256,
        }

    @property
    def provenance(self) -> dict[str, Any]:
        return {"title": self.title, **self.attributes, **written(self.folders)}

    def values(
        self,
        outcome: str,
        kind: str = WORLD,
        group: str | None = None,
        years: int | Collection[int] | None = None,
    ) -> xr.DataArray:
        """Return an outcome of every run.

        Args:
            outcome: Its name.
            kind: Kind of groups.
            group: A group; None: all of the kind. A single group adds no dimension.
            years: Ends of years, or of one; None: all kept dates.

        Returns:
            Dimensions `point`, `run`, `year` and `group`.

        Raises:
            InputError: The outcome, group or year was not kept.

        Examples:
            >>> base.values("working", "regime").dims
            ('point', 'run', 'year', 'group')
        """
        import xarray as xr

        cells, names = self._selected(outcome, kind, group, years)
        asked = {} if years is None else {YEAR: xr.Coordinates({YEAR: listed(years)})}
        labels = self._labels | asked
        labels[GROUP] = xr.Coordinates({GROUP: np.array(names, object), GROUP_KIND: kind})
        (of,) = choose(self.outcomes, [outcome]).values()
        described = {"units": parsable(of.unit), "long_name": of.named, "doc": of.doc}
        array = OUTCOME.array(cells, labels, **described, **self.attributes)
        return array if len(names) > 1 else array.isel({GROUP: 0})

    def of_point(
        self, point: int, outcome: str, kind: str, group: str, years: Collection[int]
    ) -> Floats:
        """Return what `values` does of a point and group, without labels: (runs, years)."""
        # Tables have a hundred rows; a label costs a millisecond, xarray's import a tenth of a
        # second.
        cells, _ = self._selected(outcome, kind, group, years, [point])
        return cells[0, ..., 0].astype(float)

    def _selected(
        self,
        outcome: str,
        kind: str,
        group: str | None,
        years: int | Collection[int] | None,
        points: Sequence[int] | None = None,
    ) -> tuple[Floats, list[str]]:
        """Return cells, (points, runs, dates, groups), and the names of the groups."""
        (outcome,) = choose(self.outcomes, [outcome])
        names = self._groups_of(kind)
        if group is not None and group not in names:
            raise InputError(f"no {kind} {group!r}{nearest(group, names)}")
        self.load(kind, [outcome])
        cells = self._arrays[outcome, kind]
        if points is not None:
            # First: a selection of years copies, and of thousands of points one is asked for.
            cells = cells[points]
        if years is not None:
            cells = cells[:, :, places(listed(years), self.quarters, end_of)]
        if group is not None:
            at = names.index(group)
            names, cells = [group], cells[..., at : at + 1]
        return cells, names

    def load(self, kind: str, outcomes: Iterable[str]) -> None:
        """Read several outcomes in one pass over the files."""
        if missing := [name for name in outcomes if (name, kind) not in self._arrays]:
            for name, cells in self.read(kind, missing).items():
                self._arrays[name, kind] = cells

    def panel(self, column: str, years: int | Collection[int] | None = None) -> xr.DataArray:
        """Return a field of every country.

        Args:
            column: The field.
            years: Ends of years, or of one; None: all.

        Returns:
            Dimensions `point`, `run`, `country` and `year`.

        Raises:
            InputError: The field or year was not kept.

        Examples:
            >>> base.panel("debt").units
            'megaUSD'
        """
        import xarray as xr

        known = [name for name in self._first.fields if name in self.fields]
        if column not in known:
            raise InputError(f"no field {column!r} of countries{nearest(column, known)}")
        chosen = self.years if years is None else [*listed(years)]
        if (column, *chosen) not in self._arrays:
            dates = places(chosen, self.years)
            self._arrays[column, *chosen] = self._joined(
                lambda folder, points: {column: folder.read_field(column, dates, points)}
            )[column]
        labels = self._labels | {YEAR: xr.Coordinates({YEAR: chosen})}
        notes = self._first.fields[column].metadata
        unit, doc = notes[b"unit"].decode(), notes[b"doc"].decode()
        named = f"{column.replace('_', ' ')}, {unit}"
        described = {"units": parsable(unit), "long_name": named, "doc": doc, **self.attributes}
        return FIELD.array(self._arrays[column, *chosen], labels, **described)

    def read(self, kind: str, outcomes: Sequence[str]) -> dict[str, Floats]:
        """Read outcomes without labels: (points, runs, dates, groups).

        Raises:
            InputError: The kind lacks one.
        """
        if lacking := [name for name in outcomes if self.lacks(name, kind)]:
            raise InputError(f"{', '.join(lacking)}: not known of these groups; {KEEP_IT}")
        names = [name for name in outcomes if name not in self.limited]
        if kind == OWN and self.summed:
            asked, at = [self.outcomes[n] for n in names], places(self.years, self.quarters, end_of)
            each = sums_of(asked, self.panel, self.members(OWN), self.years, self._start)
            shape = self.n_points, self.n_runs, len(self.quarters), len(self.own)
            for name, cells in each.items():
                each[name] = np.full(shape, np.nan)
                each[name][:, :, at] = cells
            return each
        each = self._joined(lambda folder, points: folder.read(kind, names, points))
        for text in (name for name in outcomes if name in self.limited):
            name, group = self.limited[text]
            place = self.groups[OWN].index(group)
            each[text] = self.read(OWN, [name])[name][..., place : place + 1]
        return each

    def _joined(self, read: Callable[[Folder, range], Mapping[str, Floats]]) -> dict[str, Floats]:
        each = [part.read(read) for part in self.parts]
        if len(each) == 1:
            return each[0]
        # Parts may have different numbers of runs.
        return {
            name: np.concatenate([cells[name][:, : self.n_runs] for cells in each])
            for name in each[0]
        }

    def _groups_of(self, kind: str) -> list[str]:
        if kind not in self.groups:
            raise InputError(f"no kind of group {kind!r}{nearest(kind, self.groups)}")
        return self.groups[kind]

    def dataset(self, outcomes: str | Iterable[str] | None = None, by: str = WORLD) -> xr.Dataset:
        """Return outcomes of a kind of groups as an `xarray.Dataset`.

        Args:
            outcomes: Their names; none: all that the kind has.
            by: The kind of groups, also the name of their dimension (`aid_class` of `aid`).

        Returns:
            Dimensions `point`, `run`, `year` and, except for the world, the kind. Factors, labels
            and parameter sets are coordinates.

        Examples:
            >>> base.dataset("working", by="regime").sizes["regime"]
            4
        """
        import xarray as xr

        self._groups_of(by)
        every = (name for name in self.outcomes if not self.lacks(name, by))
        names = [*choose(self.outcomes, listed(outcomes))] or [*every]
        arrays = {name: self.values(name, by).astype(np.float32) for name in names}
        if not listed(outcomes):
            arrays = {name: v for name, v in arrays.items() if np.isfinite(v.to_numpy()).any()}
        design = self.design.where(self.design != "")
        factors = {name: (POINT, design[name].to_numpy(object)) for name in design}
        data = xr.Dataset(arrays, factors, self.provenance).drop_vars(GROUP_KIND)
        name = AID_CLASS if by == AID else by
        return data.drop_vars(GROUP) if by == WORLD else data.rename({GROUP: name})

    # Data frames

    def curve(
        self, outcome: str, *, by: str = WORLD, years: int | Collection[int] | None = None
    ) -> pd.DataFrame:
        """Return an outcome over time: mean and quantiles over the runs of each point.

        Returns:
            A row per point, group and date: `point`, the factors, `group`, `year`, `quarter`,
            `mean`, `q05` to `q95`.

        Examples:
            >>> base.curve("working", by="regime", years=2003)["group"].tolist()[0]
            'full democracy'
        """
        chosen = None if years is None else sorted(listed(years))
        values, _ = self._selected(outcome, by, None, chosen)
        cells = quantiles(values.astype(float), axis=1)
        quarters = self.quarters if chosen is None else [end_of(year) for year in chosen]
        groups = self.groups[by]
        shape = self.n_points, len(quarters), len(groups)
        point, date, group = (place.reshape(-1) for place in np.indices(shape))
        frame = pd.DataFrame(
            {
                "point": point,
                "year": np.array([*map(year_of, quarters)])[date],
                "group": pd.Categorical.from_codes(group, dtype=ordered(by, groups)),
                "quarter": np.array([*map(quarter_of_year, quarters)])[date],
                **{name: cells[name].reshape(-1) for name in STATISTICS},
            }
        )
        if self.n_points == 1:
            return frame.drop(columns="point")
        return categorised(frame.merge(self.design.reset_index(), on="point"))

    def frame(
        self,
        *columns: str,
        by: str = WORLD,
        group: str | None = None,
        where: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return a row per point and run: factors, parameters, and outcomes at ends of years.

        Args:
            *columns: Outcomes with a year, such as `working_2040`.
            by: Kind of groups.
            group: One of them.
            where: Conditions of a group of your own instead.

        Returns:
            `point`, `run`, the factors, `parameter_set` and its values, and the columns. A factor
            counts in place of the value of its name.

        Raises:
            InputError: A column was not kept, or no group is named.

        Examples:
            >>> base.frame("working_2003")["run"].tolist()
            [0, 1]
        """
        results = self.asking(where, [column.rpartition("_")[0] for column in listed(columns)])
        # A group that was kept, or asked for before, has another name than these conditions.
        own = {name for text in listed(where) for name in self._own_group(text, results.own)}
        if own:
            by, group = OWN, own.pop() if len(own) == 1 else None
        points, runs = np.divmod(np.arange(self.n_points * self.n_runs), self.n_runs)
        varied = self.parameters.drop(columns=self.design.columns, errors="ignore")
        parts = [pd.DataFrame({"point": points, "run": runs})]
        parts += [
            t.iloc[at].reset_index(drop=True) for t, at in ((self.design, points), (varied, runs))
        ]
        for column in listed(columns):
            name, year = outcome_and_year(column)
            values = results.values(name, by, group, [year])
            if GROUP in values.dims:
                raise InputError(f"name one {by}: {', '.join(results.groups[by])}")
            parts.append(pd.Series(values.to_numpy().reshape(-1), name=column).to_frame())
        rows = pd.concat(parts, axis=1).dropna(subset=list(columns)).reset_index(drop=True)
        return categorised(rows.copy())

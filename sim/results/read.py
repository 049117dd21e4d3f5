"""A finished results folder, opened for reading.

Only :meth:`Results.values` is used by the command that has just run a scenario; it needs no pandas,
which is imported by the methods that return its tables.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.arguments import held_to_annotations
from sim.arrays import Flags, Floats, Whole
from sim.engine.chunk import end_of, quarter_of_year, working_key, year_of
from sim.errors import InputError
from sim.parameters import Outcome
from sim.register import KEYS, WORLD, choose, nearest
from sim.results.failures import Failure, read_failures
from sim.results.files import hash_of, read_json
from sim.results.folder import (
    COUNTRIES,
    COUNTRY_RUNS,
    FAILURES,
    MANIFEST,
    RUNS,
    RUNTIME,
    SERIES,
    Report,
    verify,
)
from sim.results.parameter_sets import sets_in
from sim.results.points import POINT, REPLICATE
from sim.results.writing.arrow import floats_of, numbers
from sim.results.writing.parquet import METADATA, QUESTION
from sim.results.writing.summary import QUANTILES
from sim.text import listed

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT = "experiment"
"""Key of the manifest that only a sweep has."""


class AllFailedError(InputError):
    """All runs of a folder failed, so that it holds nothing to show.

    Attributes:
        runs: How many.
    """

    def __init__(self, message: str, runs: int) -> None:
        """Say so."""
        super().__init__(message)
        self.runs = runs


def open_results(folder: Path | str) -> Results:
    """Open a finished results folder, once all its data files are found to be as written.

    Raises:
        InputError: If it is missing, no results folder, damaged, not finished, or holds no runs.
        OSError: If it cannot be read.
    """
    path = Path(folder)
    status = verify(path)
    if status.failed == status.runs:
        first = read_failures(path)[:1]
        why = f", run {first[0].run} first: {first[0].message}" if first else ""
        text = f"{path}: all {status.runs} runs failed, so there is nothing to show "
        raise AllFailedError(f"{text}({FAILURES} says why{why})", status.runs)
    return Results(path, read_json(path / MANIFEST))


@dataclass(frozen=True)
class Results:
    """What a finished folder holds; see :func:`open_results`.

    Attributes:
        folder: Where its files lie.
        manifest: What was asked, and under which rules.
        temporary: The folder's keeper, if the folder goes with this object.
        report: What has just been run of it; None if it was opened.
    """

    folder: Path
    manifest: dict[str, Any]
    temporary: Any = field(default=None, repr=False, compare=False)
    report: Report | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Name of the scenario or, of a sweep, of the experiment."""
        return str(self.manifest[EXPERIMENT if self.is_sweep else "scenario"]["name"])

    @cached_property
    def runtime(self) -> dict[str, Any]:
        """When, where and how fast it ran; empty if that was not written."""
        path = self.folder / RUNTIME
        return read_json(path) if path.is_file() else {}

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes that were kept, by name."""
        known = {one.name for one in fields(Outcome)}
        rows = ({k: v for k, v in row.items() if k in known} for row in self._content["outcomes"])
        return {row["name"]: Outcome(**row) for row in rows}

    @property
    def runs_kept(self) -> int:
        """The number of runs that did not fail."""
        return int(self._content["runs"])

    @property
    def is_sweep(self) -> bool:
        """Whether the runs are of several points of a design."""
        return EXPERIMENT in self.manifest

    @cached_property
    def run_numbers(self) -> Whole:
        """The number of each run that did not fail, in order: (runs_kept,)."""
        failed = self._content.get("failed", ())
        return np.delete(np.arange(self.runs_kept + len(failed)), np.array(failed, dtype=np.int64))

    @cached_property
    def parameter_sets(self) -> Whole:
        """The parameter set of each run that did not fail: errors are clustered by it."""
        return sets_in(self.manifest, self.run_numbers % self.replicates)

    @cached_property
    def failures(self) -> list[Failure]:
        """The runs that failed, and why; they are in no table."""
        return read_failures(self.folder)

    @property
    def points(self) -> int:
        """The number of points of a sweep; 1 otherwise."""
        return int(self._content.get("points", 1))

    @property
    def replicates(self) -> int:
        """The number of runs of each point, good or not."""
        return int(self._content.get("replicates", len(self.run_numbers) + len(self.failures)))

    @property
    def quarters(self) -> tuple[int, ...]:
        """The absolute quarters since 2000 Q1 that were kept."""
        return tuple(self._content["quarters"])

    @property
    def last_year(self) -> int:
        """The year in which the runs end."""
        return year_of(self.quarters[-1])

    @property
    def groups(self) -> dict[str, list[str]]:
        """The names of the groups of each kind."""
        groups: dict[str, list[str]] = self._content["groups"]
        return groups

    @cached_property
    def has_countries(self) -> bool:
        """Whether what happened to each country was kept."""
        return (self.folder / COUNTRY_RUNS).is_file()

    def series(self) -> pd.DataFrame:
        """Return `series.csv`: mean and quantiles over runs, of a sweep at each point.

        Raises:
            InputError: For a sweep with a single replicate, which has none.
        """
        return self._csv(SERIES)

    def countries(self) -> pd.DataFrame:
        """Return `countries.csv`: probabilities of each country; NaN where a cell is empty."""
        self._need_countries()
        return self._csv(COUNTRIES, na_values=[""])

    def _csv(self, name: str, **options: Any) -> pd.DataFrame:
        import pandas as pd

        path = self.folder / name
        if not path.is_file():
            raise InputError(f"{self.folder} has one replicate a point: there is no {name}")
        frame: pd.DataFrame = pd.read_csv(path, keep_default_na=False, **options)
        return frame

    @held_to_annotations
    def country_runs(self, iso3: str | Collection[str] | None = None) -> pd.DataFrame:
        """Return a row per run and country: dates (NaN for never), counts, working years.

        Args:
            iso3: One country, or several; None: all.
        """
        self._need_countries()
        filters = None if iso3 is None else pc.field("iso3").isin(listed(iso3))
        table = pq.read_table(
            self.folder / COUNTRY_RUNS, filters=filters, page_checksum_verification=True
        )
        if iso3 is not None and table.num_rows == 0:
            raise InputError(f"{self.folder} holds no country {iso3!r}")
        frame: pd.DataFrame = table.to_pandas()
        return frame

    def states_working(self, year: int) -> Flags:
        """Return whether each state's system worked at the end of a year: (runs kept, states)."""
        self._need_countries()
        column = working_key(year)
        table = pq.read_table(
            self.folder / COUNTRY_RUNS, columns=[column], page_checksum_verification=True
        )
        return np.asarray(table.column(column).to_numpy() == 1).reshape(self.runs_kept, -1)

    @held_to_annotations
    def runs(
        self,
        columns: str | Iterable[str] | None = None,
        group_kind: str | None = WORLD,
        group: str | None = None,
        quarters: Collection[int] | None = None,
    ) -> pd.DataFrame:
        """Return rows of `runs.parquet`.

        Args:
            columns: Outcomes; None: all.
            group_kind: Kind of groups; None: all kinds.
            group: One group of that kind; None: all.
            quarters: Absolute quarters since 2000 Q1 (see `chunk.end_of`); None: all kept.

        Raises:
            InputError: For outcomes, groups or quarters that were not kept.
        """
        kinds = list(self.groups) if group_kind is None else [group_kind]
        tables = [self._rows(columns, kind, group, quarters) for kind in kinds]
        frame: pd.DataFrame = pa.concat_tables(tables, promote_options="default").to_pandas()
        return frame

    @held_to_annotations
    def curve(
        self, outcome: str, *, by: str = WORLD, years: int | Collection[int] | None = None
    ) -> pd.DataFrame:
        """Return an outcome over time: its mean and quantiles over runs.

        Args:
            outcome: Name of an outcome, such as `working`.
            by: Kind of groups, such as `regime` or `region`; the world if not given.
            years: Ends of years; all quarters if not given.

        Returns:
            A row a group and quarter: `group`, `year`, `quarter`, `mean`, `q05` to `q95`.

        Raises:
            InputError: The outcome, the groups or the years were not kept.
        """
        import pandas as pd

        choose(self.outcomes, [outcome])
        quarters = (
            self.quarters if years is None else [end_of(year) for year in sorted(listed(years))]
        )
        frames = []
        for group in self.groups.get(by, [by]):
            values = self.values(outcome, by, group, quarters)
            frames.append(
                pd.DataFrame(
                    {
                        "group": group,
                        "year": [year_of(quarter) for quarter in quarters],
                        "quarter": [quarter_of_year(quarter) for quarter in quarters],
                        "mean": values.mean(axis=0),
                        **{k: np.quantile(values, share, axis=0) for k, share in QUANTILES.items()},
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    def values(
        self,
        column: str,
        group_kind: str = WORLD,
        group: str = WORLD,
        quarters: Collection[int] | None = None,
    ) -> Floats:
        """Return one outcome of one group without pandas: shape (runs_kept, quarters)."""
        table = self._rows([column], group_kind, group, quarters, keys=())
        values = floats_of(table.column(column)).astype(np.float64)
        return values.reshape(self.runs_kept, -1)

    @cached_property
    def _content(self) -> dict[str, Any]:
        path = self.folder / RUNS
        try:
            content: dict[str, Any] = json.loads(pq.read_schema(path).metadata[METADATA])
            if content[QUESTION] == hash_of(self.manifest):
                return content
        except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path} is damaged: {error}") from error
        raise InputError(f"{path} holds the runs of another question than {MANIFEST}")

    def _rows(
        self,
        columns: str | Iterable[str] | None,
        kind: str,
        group: str | None,
        quarters: Collection[int] | None,
        keys: tuple[str, ...] | None = None,
    ) -> pa.Table:
        names = list(self.outcomes if columns is None else choose(self.outcomes, columns))
        if kind not in self.groups:
            raise InputError(f"no kind of group {kind!r}{nearest(kind, self.groups)}")
        if group is not None and group not in self.groups[kind]:
            raise InputError(f"no {kind} {group!r}{nearest(group, self.groups[kind])}")
        absent = sorted(set(quarters or ()) - set(self.quarters))
        if absent:
            listed = ", ".join(f"{year_of(q)} Q{quarter_of_year(q)}" for q in absent)
            raise InputError(f"quarters that were not kept: {listed}")
        with pq.ParquetFile(self.folder / RUNS, page_checksum_verification=True) as file:
            # One row group for each kind in turn.
            first, step = list(self.groups).index(kind), len(self.groups)
            chosen = range(first, file.num_row_groups, step)
            if keys is None:
                run, *others = KEYS
                keys = (run, *((POINT, REPLICATE) if self.is_sweep else ()), *others)
            table = file.read_row_groups(chosen, columns=[*keys, *names])
        mask = np.ones((self.runs_kept, len(self.quarters), len(self.groups[kind])), dtype=bool)
        if group is not None:
            mask &= np.array(self.groups[kind]) == group
        if quarters is not None:
            mask &= np.isin(self.quarters, list(quarters))[:, np.newaxis]
        return table if mask.all() else table.take(numbers(np.flatnonzero(mask)))

    def _need_countries(self) -> None:
        if not self.has_countries:
            raise InputError(f"{self.folder} was run without keeping what happened to each country")

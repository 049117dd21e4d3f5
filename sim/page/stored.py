"""Scenarios and their runs, and statistics of them that are small enough for a page.

A series is one outcome in one group over the years: mean and 90% band over runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import InputError
from sim.measures.bands import BAND, quantiles
from sim.measures.variables import POINT, RUN, YEAR
from sim.model.units import READ_BY, VENDOR, WORLD
from sim.runs.dataset import Results
from sim.scenario.keys import SCENARIO
from sim.scenario.withdrawal import year_before_withdrawal
from sim.studies.retention import cohort_shares
from sim.world.arrays import Floats, Singles

KINDS = (WORLD, *READ_BY, VENDOR)
# Outcomes that count countries with a past event: the panel's fields.
DATES = {
    "trained": "trained", "adopters": "adopted", "platforms": "adopted_platform",
    "recorded_trained": "recorded_trained", "recorded_adopters": "recorded_adopted",
    "recorded_platforms": "recorded_platform",
}  # fmt: skip
WORKING = "working"
BY_COUNTRY = (*DATES, WORKING)
# Shown by country without a run.
MAPPED = ("working", "trained", "adopters", "platforms")
STEPS = 2**12
SHARE_STEPS = 200
# Years after which survival is asked for.
KEEP = 10
# Bands of 90% and 50% of runs.
LINES = ("mean", "q05", "q25", "q75", "q95")
DIGITS = 4


@dataclass(frozen=True)
class Batch:
    """The runs of one scenario, a `point` of the page's results."""

    name: str
    results: Results
    point: int

    @property
    def description(self) -> Mapping[str, Any]:
        return self.results.description(self.point)

    @property
    def groups(self) -> dict[str, list[str]]:
        return {kind: names for kind, names in self.results.groups.items() if kind in KINDS}

    @cached_property
    def values(self) -> dict[tuple[str, str], Singles]:
        """(runs, years, groups)."""
        results, values_of = self.results, {}
        for name in results.outcomes:
            for kind, names in self.groups.items():
                values = results.values(name, kind, years=results.years).isel({POINT: self.point})
                cells = values.to_numpy().reshape(results.n_runs, len(results.years), len(names))
                if not np.isnan(cells).all():
                    values_of[name, kind] = cells.astype(np.float32)
        return values_of

    def panel(self, field: str) -> xr.DataArray:
        return self.results.panel(field).isel({POINT: self.point})

    @property
    def since(self) -> int | None:
        """The year before the offer ends; systems are counted at its end."""
        return year_before_withdrawal(self.results.events(self.point))


def batches_of(results: Results) -> list[Batch]:
    """Return the scenarios of results, each with its runs.

    Raises:
        InputError: The results are a sweep, or a scenario occurs twice.
    """
    batches: dict[str, Batch] = {}
    for part in results.parts:
        every = part.folder.design
        varied = [name for name in every if every[name].nunique() > 1]
        if part.folder.n_points > 1 and varied != [SCENARIO]:
            raise InputError(f"{part.folder.path} is a sweep: a page shows scenarios")
        for name in part.design[SCENARIO]:
            if name in batches:
                raise InputError(f"two sources are called {name!r}: a page shows each once")
            batches[name] = Batch(name, results, len(batches))
    return list(batches.values())


# Rises compress well.
Series = list[Any]
"""A scale, then mean and band as rises from year to year in steps of that scale / `STEPS`."""


def statistics(
    batch: Batch, order: Sequence[tuple[str, str]], reference: Batch | None = None
) -> list[Series]:
    """Return the statistics of a batch's runs, or of their change from a reference's.

    `order` has outcomes with their kinds of groups.
    """
    series: list[Series] = []
    for key in order:
        values = batch.values[key].astype(np.float64)
        spread = quantiles(values - reference.values[key] if reference else values, axis=0)
        band = np.stack([spread[name] for name in BAND])
        for lines in band.transpose(2, 0, 1):
            scale = float(f"{np.abs(lines).max() or 1.0:.6g}")
            series.append([scale, *_rises(lines / scale * STEPS)])
    return series


def country_shares(batch: Batch) -> dict[str, list[list[int]]]:
    """Return for each mapped outcome its share of runs by country, as rises."""
    return {
        name: _rises(batch.panel(DATES.get(name, name)).mean(RUN).to_numpy() * SHARE_STEPS)
        for name in MAPPED
        if name in batch.results.outcomes
    }


def surviving_shares(batch: Batch, since: int | None) -> Floats:
    """Return the share of systems working at a year's end that works later: (runs, years).

    The years are `KEEP` after `since`; if it is None or too late, there are none.
    """
    years = batch.results.years
    if since not in years[:-KEEP]:
        return np.zeros((batch.results.n_runs, 0))
    start = years.index(since)
    works = batch.panel(WORKING).isel({YEAR: slice(start, start + KEEP + 1)}) == 1
    _, (left, _) = cohort_shares(works.to_numpy())
    return left


def spread_of(shares: Floats) -> dict[str, list[float]]:
    known = shares[np.isfinite(shares).all(axis=1)]
    if not known.size:
        return {}
    cells = quantiles(known, axis=0)
    return {name: np.round(cells[name], DIGITS).tolist() for name in LINES}


def _rises(steps: Floats) -> list[list[int]]:
    rises: list[list[int]] = np.diff(np.rint(steps).astype(int), axis=-1, prepend=0).tolist()
    return rises

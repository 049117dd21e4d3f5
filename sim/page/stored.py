"""Scenarios and their runs, and statistics of them that are small enough to travel in a page.

A series is what one outcome does in one group over the years: mean and 90 % band over runs. It is
kept in steps of its largest value / `STEPS`, as differences between years, which compress well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Singles
from sim.errors import InputError
from sim.mechanisms.market import BLOC_FROM
from sim.results.dataset import Joined, Results, quantiles
from sim.scenario.file import SCENARIO
from sim.studies.retention import cohort_shares, year_before_withdrawal

KINDS = ("world", "regime", "region", "vendor")
"""Kinds of groups that a page shows."""
DATES = {"first_trained": "trained", "first_adopted": "adopted"}
"""First years that the page's script is given of each country, and the panel's fields."""
COUNTS = ("opened", "renewed", "lapsed", "restored", "switched", "abandoned", "replaced")
"""Fields of the panel of which the page's script is given the last value."""
WORKING_PREFIX = "working_"
MAPPED = ("trained", "adopters", "working", "dependence", "bloc_china", "bloc_west")
"""Outcomes that a page can map without running anything."""
BAND = ("mean", "q05", "q95")
"""The mean, and the ends of the 90 % band."""
STEPS = 2**13
"""Steps that a series' largest value is cut into."""
SHARE_STEPS = 200
"""Steps that a share is cut into."""
QUARTILES = (0.25, 0.5, 0.75)
KEEP = 10
"""Years after which one asks what is left, where the horizon reaches so far."""


@dataclass(frozen=True)
class Batch:
    """The runs of one scenario.

    Attributes:
        name: The scenario's name.
        scenario: The scenario, as a manifest describes it.
        results: All runs of the page.
        point: Where the scenario's runs are in them.
    """

    name: str
    scenario: Mapping[str, Any]
    results: Results
    point: int

    @property
    def groups(self) -> dict[str, list[str]]:
        """Names of the groups of each kind that is shown."""
        return {kind: names for kind, names in self.results.groups.items() if kind in KINDS}

    @cached_property
    def values(self) -> dict[tuple[str, str], Singles]:
        """An outcome's values of a kind of groups: (runs, years, groups)."""
        results, values_of = self.results, {}
        for name in results.outcomes:
            for kind, names in self.groups.items():
                values = results.values(name, kind, years=results.years)[self.point]
                values = values.reshape(results.n_runs, len(results.years), len(names))
                if not np.isnan(values).all():
                    values_of[name, kind] = values.astype(np.float32)
        return values_of

    def panel(self, field: str) -> Floats:
        """Return a field of every country: (runs, countries, years)."""
        return np.asarray(self.results.panel(field)[self.point])


def batches_of(results: Results) -> list[Batch]:
    """Return the scenarios of results, each with its runs.

    Raises:
        InputError: The results are a sweep, or a scenario is there twice.
    """
    batches: dict[str, Batch] = {}
    whole = ("", results, range(results.n_points))
    parts = results.parts if isinstance(results, Joined) else [whole]
    for _, part, points in parts:
        varied = [name for name in part.design if part.design[name].nunique() > 1]
        if part.n_points > 1 and varied != [SCENARIO]:
            raise InputError(f"{part.folder} is a sweep: a page shows scenarios")
        for name in part.design[SCENARIO].iloc[list(points)]:
            if name in batches:
                raise InputError(f"two sources are called {name!r}: a page shows each once")
            scenario = part.manifest["scenarios"][name]
            batches[name] = Batch(name, scenario, results, len(batches))
    return list(batches.values())


def series_order(batch: Batch) -> list[tuple[str, str]]:
    """Return outcome and kind of groups in the order in which series are stored.

    It depends on nothing but their names, so that it is the same for all scenarios of a page.
    """
    return sorted(batch.values)


def levels(batch: Batch) -> bytes:
    """Return the statistics of a batch."""
    return _encode(batch.values[key] for key in series_order(batch))


def differences(batch: Batch, reference: Batch) -> bytes:
    """Return the statistics of what a scenario changes, run by run."""
    return _encode(
        batch.values[key].astype(np.float64) - reference.values[key]
        for key in series_order(reference)
    )


def state_shares(batch: Batch) -> dict[str, bytes]:
    """Return for each outcome that can be mapped its value in every state and year, 0 to 1."""
    alignment = batch.panel("alignment")
    values = {
        "trained": batch.panel("trained"),
        "adopters": batch.panel("adopted"),
        "working": batch.panel("working"),
        "dependence": np.where(batch.panel("stack") > 0, batch.panel("dependence"), 0.0),
        "bloc_china": alignment > BLOC_FROM,
        "bloc_west": alignment < -BLOC_FROM,
    }
    means = {name: values[name].mean(axis=0) for name in MAPPED if name in batch.results.outcomes}
    return {
        name: np.round(np.clip(mean, 0.0, 1.0) * SHARE_STEPS).astype(np.uint8).tobytes()
        for name, mean in means.items()
    }


def contract_outcomes_by_country(batch: Batch, ends: Iterable[str]) -> dict[str, list[Any]]:
    """Return what became of each state, as lists in the order of states.

    Args:
        batch: Runs of one scenario.
        ends: What may become of contracts: fields of the panel that count it.

    Returns:
        `first_trained`, `first_adopted`: quartiles of the year (null: not within the horizon);
        `opened`: mean number of contracts; each end: share of runs with a contract (null: none).
    """
    lists: dict[str, list[Any]] = {}
    years = np.array(batch.results.years, np.float64)
    for name, field in DATES.items():
        since = batch.panel(field) == 1
        dates = np.where(since.any(axis=2), years[since.argmax(axis=2)], np.inf)
        ordered = np.sort(dates, axis=0)
        rows = [ordered[round(q * (len(ordered) - 1))] for q in QUARTILES]
        lists[name] = [
            [int(year) if np.isfinite(year) else None for year in state]
            for state in np.stack(rows, axis=1)
        ]
    opened = batch.panel("opened")[:, :, -1]
    lists["opened"] = [round(float(mean), 2) for mean in opened.mean(axis=0)]
    signed = (opened > 0).sum(axis=0)
    for name in ends:
        both = ((batch.panel(name)[:, :, -1] > 0) & (opened > 0)).sum(axis=0)
        lists[name] = [
            round(float(n) / of, 3) if of else None for n, of in zip(both, signed, strict=True)
        ]
    return lists


def answers(batch: Batch, reference: Batch | None) -> dict[str, Any]:
    """Return the numbers of the sentences above the fold.

    Returns:
        `left`: of the systems that work at the end of the year before the offer is withdrawn, the
        share that works `KEEP` years later or in the last year, here and in the reference (null
        without a withdrawal); `change`: what differs from the reference in the last year, in
        states whose system works.
    """
    since = year_before_withdrawal(batch.scenario["events"])
    left = None
    if since is not None and since in batch.results.years[:-1]:
        left = {
            "since": since,
            "here": _summary(_left(batch, since)),
            "reference": _summary(_left(reference, since)) if reference else None,
        }
    change = None
    if reference:
        working = ("working", "world")
        last = [b.values[working][:, -1, 0].astype(np.float64) for b in (batch, reference)]
        change = _summary(last[0] - last[1])
    return {"left": left, "change": change}


def _left(batch: Batch, since: int) -> Floats:
    """Return of each run the share of systems working at a year's end that work `KEEP` years on."""
    years = batch.results.years
    start = years.index(since)
    until = min(since + KEEP, years[-1]) - since
    _, (left, _) = cohort_shares(batch.panel("working")[:, :, start : start + until + 1] == 1)
    return np.asarray(left[np.isfinite(left[:, until]), until])


def _summary(values: Floats) -> list[float] | None:
    if not values.size:
        return None
    low, high = np.quantile(values, (0.05, 0.95))
    return [round(float(x), 4) for x in (values.mean(), low, high)]


def _encode(arrays: Iterable[NDArray[Any]]) -> bytes:
    """Return statistics of arrays (runs, years, groups): scales, then high and low bytes."""
    summaries = []
    for values in arrays:
        runs, years, groups = values.shape
        flat = values.astype(np.float64).reshape(1, runs, years * groups)
        spread = quantiles(flat, axis=1)
        band = np.stack([spread[name] for name in BAND]).reshape(3, years, groups)
        summaries.append(band.transpose(2, 0, 1))
    series = np.concatenate(summaries)  # (series, 3, years)
    scales = np.abs(series).max(axis=(1, 2)).astype(np.float32)
    steps = series / np.where(scales > 0, scales, 1)[:, np.newaxis, np.newaxis] * STEPS
    whole: NDArray[np.int32] = np.round(steps).astype(np.int32)
    rises: NDArray[np.int32] = np.diff(whole, axis=2, prepend=0)
    folded = ((rises << 1) ^ (rises >> 31)).astype(np.uint16)
    high, low = (folded >> 8).astype(np.uint8), (folded & 255).astype(np.uint8)
    return bytes(scales.astype("<f4").tobytes() + high.tobytes() + low.tobytes())

"""Stored statistics of scenarios: small enough to travel in a page, near enough to be read off.

A series is what one outcome does in one group over the years: mean and 90 % band over runs. It is
kept in steps of its largest value / `STEPS`, as differences between years, which compress well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.page.batches import DATES, Batch
from sim.results.summary import quantiles
from sim.studies.retention import cohort_shares, year_before_withdrawal
from sim.units import NEVER

BAND = ("mean", "q05", "q95")
"""The mean, and the ends of the 90 % band."""
STEPS = 2**13
"""Steps that a series' largest value is cut into."""
SHARE_STEPS = 200
"""Steps that a share is cut into."""
QUARTILES = (0.25, 0.5, 0.75)
KEEP = 10
"""Years after which one asks what is left, where the horizon reaches so far."""


def series_order(batch: Batch) -> list[tuple[str, str]]:
    """Return outcome and kind of groups in the order in which series are stored.

    It depends on nothing but their names, so that it is the same for all scenarios of a page.
    """
    return sorted(batch.values)


def levels(batch: Batch) -> bytes:
    """Return the statistics of a batch."""
    return _encode(batch.values[key] for key in series_order(batch))


def differences(batch: Batch, reference: Batch) -> bytes:
    """Return the statistics of what a scenario changes, run by run.

    Raises:
        KeyError: The reference lacks an outcome.
    """
    runs = min(batch.runs, reference.runs)
    return _encode(
        batch.values[key][:runs].astype(np.float64) - reference.values[key][:runs]
        for key in series_order(reference)
    )


def state_shares(batch: Batch) -> dict[str, bytes]:
    """Return for each outcome that can be mapped its value in every state and year, 0 to 1."""
    return {
        name: np.round(np.clip(mean, 0.0, 1.0) * SHARE_STEPS).astype(np.uint8).tobytes()
        for name, mean in batch.by_state.items()
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
    for name in DATES:
        years = batch.by_country[name]
        ordered = np.sort(np.where(years == NEVER, np.inf, years), axis=0)
        rows = [ordered[round(q * (len(ordered) - 1))] for q in QUARTILES]
        lists[name] = [
            [int(year) if np.isfinite(year) else None for year in state]
            for state in np.stack(rows, axis=1)
        ]
    opened = batch.by_country["opened"]
    lists["opened"] = [round(float(mean), 2) for mean in opened.mean(axis=0)]
    signed = (opened > 0).sum(axis=0)
    for name in ends:
        both = ((batch.by_country[name] > 0) & (opened > 0)).sum(axis=0)
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
    if since is not None and since in batch.years[:-1]:
        left = {
            "since": since,
            "here": _summary(_left(batch, since)),
            "reference": _summary(_left(reference, since)) if reference else None,
        }
    change = None
    if reference:
        runs = min(batch.runs, reference.runs)
        key = ("working", "world")
        last = [b.values[key][:runs, -1, 0].astype(np.float64) for b in (batch, reference)]
        change = _summary(last[0] - last[1])
    return {"left": left, "change": change}


def _left(batch: Batch, since: int) -> Floats:
    """Return of each run the share of systems working at a year's end that work `KEEP` years on."""
    start = batch.years.index(since)
    until = min(since + KEEP, batch.years[-1]) - since
    _, (left, _) = cohort_shares(batch.working[:, :, start : start + until + 1])
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
        found = quantiles(flat, axis=1)
        chosen = np.stack([found[name] for name in BAND]).reshape(3, years, groups)
        summaries.append(chosen.transpose(2, 0, 1))
    series = np.concatenate(summaries)  # (series, 3, years)
    scales = np.abs(series).max(axis=(1, 2)).astype(np.float32)
    steps = series / np.where(scales > 0, scales, 1)[:, np.newaxis, np.newaxis] * STEPS
    whole: NDArray[np.int32] = np.round(steps).astype(np.int32)
    rises: NDArray[np.int32] = np.diff(whole, axis=2, prepend=0)
    folded = ((rises << 1) ^ (rises >> 31)).astype(np.uint16)
    high, low = (folded >> 8).astype(np.uint8), (folded & 255).astype(np.uint8)
    return bytes(scales.astype("<f4").tobytes() + high.tobytes() + low.tobytes())

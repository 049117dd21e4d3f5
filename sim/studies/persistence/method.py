"""What stays when the offer stops: what becomes of the systems that worked at the end of a year.

The measure is a **cohort**: of the states whose Chinese system worked at the end of a year, the
share whose system works so many years later. Who adopts later does not count. Where nothing is
known of single states (a sweep without tables of states), the **base** stands in: working systems
then, over those before; systems that were dark at first and are restored later count in it.

A system that is *left* works at that date; it may have been dark and restored in between. The share
**without interruption** worked at the end of every year until then. As no system is lost from sight
before the runs end, that is also Kaplan and Meier's estimate of survival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from sim.arrays import Flags, Floats, Whole
from sim.engine.chunk import CountryLabel, year_of
from sim.errors import InputError
from sim.register import WORLD
from sim.results.effects import mean_of
from sim.results.read import Results
from sim.results.writing.summary import QUANTILES
from sim.scenario.scope import WHERE
from sim.studies.comparison.sides import read_histories, read_states
from sim.units import FIRST_YEAR, REGIMES, REGIONS

type Measure = Literal["cohort", "base"]
"""How systems are followed; see the module."""

WORKING = "working"
HALF = 0.5
KINDS = {"regime": REGIMES, "region": REGIONS}
"""Kinds of groups beside the world, and their groups in order."""
OFFERING = "china.offering"
"""The switch whose end is the withdrawal of the offer."""


@dataclass(frozen=True)
class History:
    """What happened to each state in each run of a scenario.

    Attributes:
        label: Name of the scenario.
        states: The states.
        working: Whether the state's Chinese system worked at the end of 2000 + k:
            (runs, states, k).
        sets: The parameter set of each run: (runs,).
        last_year: The last year whose end is known.
    """

    label: str
    states: Sequence[CountryLabel]
    working: Flags
    sets: Whole
    last_year: int

    def works(self, year: int) -> Flags:
        """Return whether each state's system worked at the end of a year: (runs, states)."""
        return self.working[:, :, year - FIRST_YEAR]

    def of_runs(self, chosen: Flags) -> History:
        """Return the same of some runs."""
        return replace(self, working=self.working[chosen], sets=self.sets[chosen])


@dataclass(frozen=True)
class Persisted:
    """What stays of one group's systems.

    Attributes:
        kind: Kind of the group.
        group: Its name.
        runs: Runs in which at least one system worked at the beginning; the others say nothing.
        before: Mean number of working systems at the beginning, over all runs.
        curves: Mean over runs and quantiles of the share left, one a year from the first: (years,);
            NaN where no run counts.
        errors: Standard error of the mean, clustered by parameter set: (years,).
        uninterrupted: The share that has worked at the end of every year so far, like `curves`;
            None where nothing is known of single states.
        half_out: Years until the mean share falls below a half; inf if it does not.
        half_out_q05: Years in which 5 % of runs have fallen below a half.
        half_out_q95: Years in which 95 % of runs have; inf if fewer do.
    """

    kind: str
    group: str
    runs: int
    before: float
    curves: Mapping[str, Floats]
    errors: Floats
    uninterrupted: Mapping[str, Floats] | None
    half_out: float
    half_out_q05: float
    half_out_q95: float

    def left(self, years: int, which: str = "mean") -> float:
        """Return the share left after so many years; NaN beyond the end."""
        return _at(self.curves[which], years)

    def unbroken(self, years: int, which: str = "mean") -> float:
        """Return the share without interruption after so many years; NaN if it is not known."""
        return _at(self.uninterrupted[which], years) if self.uninterrupted else float("nan")

    def error(self, years: int) -> float:
        """Return the standard error of the mean share left after so many years."""
        return _at(self.errors, years)


def _at(curve: Floats, years: int) -> float:
    return float(curve[years]) if years < len(curve) else float("nan")


def read_history(results: Results, label: str) -> History:
    """Read a finished folder; the runs of a sweep stand below each other in order of points.

    Raises:
        InputError: It was run without keeping what happened to each state.
    """
    states = read_states(results)
    _, working = read_histories(results, len(states))
    last = year_of(results.quarters[-1])
    return History(label, states, working, results.parameter_sets, last)


def withdrawal_of(events: Iterable[Mapping[str, Any]]) -> float | None:
    """Return when the first of some events ends China's offer to all; None if none does.

    Args:
        events: As a manifest's scenario holds them.
    """
    everyone = (event for event in events if WHERE not in event)
    dates = [float(e["date"]) for e in everyone if e.get("sets", {}).get(OFFERING) is False]
    return min(dates, default=None)


def year_before(date: float) -> int:
    """Return the last year that has ended when a date comes."""
    return int(date) - 1


def check_year(since: int, first: int, last: int, *, given: bool = True) -> None:
    """Refuse a year after which nothing is known.

    Args:
        since: The year.
        first: The first year whose end is known.
        last: The last.
        given: Whether it was named; else it is the year before the withdrawal.

    Raises:
        InputError: With what is allowed.
    """
    if not first <= since < last:
        what = "--since" if given else "the year before the withdrawal,"
        raise InputError(f"{what} {since}: allowed: {first} to {last - 1}")


def cohort_shares(
    working: Flags, members: Flags, since: int, last: int, *, uninterrupted: bool = False
) -> Floats:
    """Return the share of each group's systems that still work at the ends of years.

    Args:
        working: Whether systems worked at the end of year 2000 + k: (runs, states, k).
        members: Which states each group has: (groups, states).
        since: The year at whose end systems are counted.
        last: The last year.
        uninterrupted: Whether only those count that worked at the end of every year until then.

    Returns:
        Shape (runs, groups, years), the first year being `since`; NaN where a group has none.
    """
    years = working[:, :, since - FIRST_YEAR : last - FIRST_YEAR + 1]
    left = np.logical_and.accumulate(years, axis=2) if uninterrupted else years & years[:, :, :1]
    return base_shares(np.einsum("rsk,gs->rgk", left, members.astype(np.float64), optimize=True))


def base_shares(counts: Floats) -> Floats:
    """Return working systems over those of the first year.

    Args:
        counts: Working systems, by year along the last axis.

    Returns:
        The same shape; NaN where there are none in the first year.
    """
    first = counts[..., :1]
    return np.where(first > 0.0, counts / np.where(first > 0.0, first, 1.0), np.nan)


def half_out_dates(shares: Floats) -> Floats:
    """Return when shares first fall below a half, in years, in a straight line between years.

    Args:
        shares: Shares by year along the last axis, the first of them the beginning.

    Returns:
        Without the last axis; inf where they do not, NaN where they are unknown.
    """
    below = shares < HALF
    at = below.argmax(axis=-1)
    after = np.take_along_axis(shares, at[..., np.newaxis], -1)[..., 0]
    prior = np.take_along_axis(shares, np.maximum(at - 1, 0)[..., np.newaxis], -1)[..., 0]
    fall = np.where(prior > after, prior - after, 1.0)
    dates = np.where(at > 0, at - 1 + (prior - HALF) / fall, 0.0)
    dates = np.where(below.any(axis=-1), dates, np.inf)
    return np.where(np.isnan(shares).any(axis=-1), np.nan, dates)


def persisted(
    kind: str,
    group: str,
    shares: Floats,
    before: Floats,
    sets: Whole,
    uninterrupted: Floats | None = None,
) -> Persisted:
    """Summarise a group over its runs.

    Args:
        kind: Kind of the group.
        group: Its name.
        shares: Shares left: (runs, years); NaN rows of runs that say nothing.
        before: Working systems at the beginning: (runs,).
        sets: The parameter set of each run: (runs,).
        uninterrupted: Shares without interruption: (runs, years); None: not known.
    """
    good = ~np.isnan(shares).any(axis=-1)
    runs = int(good.sum())
    nothing = np.full((1, shares.shape[-1]), np.nan)
    counted = shares[good] if runs else nothing
    # A run's own number: between a number and infinity there is none.
    low, high = np.quantile(half_out_dates(counted), (0.05, 0.95), method="inverted_cdf")
    curves = _over_runs(counted)
    return Persisted(
        kind, group, runs,
        before=float(before.mean()) if before.size else float("nan"),
        curves=curves,
        errors=mean_of(counted, sets[good] if runs else np.zeros(1, np.int64)).error,
        uninterrupted=None
        if uninterrupted is None
        else _over_runs(uninterrupted[good] if runs else nothing),
        half_out=float(half_out_dates(curves["mean"])),
        half_out_q05=float(low), half_out_q95=float(high),
    )  # fmt: skip


def _over_runs(shares: Floats) -> dict[str, Floats]:
    """Return mean and quantiles over runs: (years,)."""
    quantiles = np.quantile(shares, list(QUANTILES.values()), axis=0)
    return {"mean": shares.mean(axis=0), **dict(zip(QUANTILES, quantiles, strict=True))}


def persistence(
    history: History, since: int, kinds: Sequence[str] = tuple(KINDS)
) -> list[Persisted]:
    """Return what stays, of the world and of groups that have states.

    Args:
        history: What happened.
        since: The year at whose end systems are counted.
        kinds: Kinds of groups beside the world.
    """
    groups = groups_of(history.states, kinds)
    members = np.array([own for _, _, own in groups])
    years = (history.working, members, since, history.last_year)
    left, unbroken = (cohort_shares(*years, uninterrupted=only) for only in (False, True))
    before = history.works(since).astype(np.float64) @ members.T
    return [
        persisted(kind, group, left[:, at], before[:, at], history.sets, unbroken[:, at])
        for at, (kind, group, _) in enumerate(groups)
    ]


def groups_of(states: Sequence[CountryLabel], kinds: Sequence[str]) -> list[tuple[str, str, Flags]]:
    """Return kind, name and members of the world and of the groups that have any."""
    found = [(WORLD, WORLD, np.ones(len(states), np.bool_))]
    for kind in kinds:
        own = [state.regime_2024 if kind == "regime" else state.region for state in states]
        found += [(kind, name, np.array(own) == name) for name in KINDS[kind] if name in own]
    return found

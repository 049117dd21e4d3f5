"""How often free histories say what is known, and what holding some states does to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Flags, Floats, Whole
from sim.mechanisms.tender import SAFE_CITY
from sim.results.effects import share_of
from sim.studies.numbers_as_text import whole
from sim.world.known import LEFT, Known
from sim.world.seeds import Seeds

if TYPE_CHECKING:
    import pandas as pd


CLOSE = 1.0
"""Years from the known date within which a free history counts as close."""
DATED = {"trained": "first_trained", "adopted": "first_adopted"}
PLATFORM = "first_adopted_platform"
"""What is compared where a safe city or more is known to have been the first."""
YEARS = (2025, 2040)


@dataclass(frozen=True)
class Decision:
    """A known decision beside free histories: a row of `known.csv`.

    Attributes:
        iso3: The state's code.
        name: Its name.
        what: What is known: `trained` or `adopted`.
        date: Since when.
        free_by_then: Share of free histories in which it had come about by the end of that quarter.
        free_by_then_low: Lower end of its 95 % interval, clustered by parameter set.
        free_by_then_high: Its upper end.
        free_within_a_year: Share in which it came about within a year of the date.
        free_median: Median date in free histories; None: in half of them never.
        source: Where it is published.
    """

    iso3: str
    name: str
    what: str
    date: float
    free_by_then: float
    free_by_then_low: float
    free_by_then_high: float
    free_within_a_year: float
    free_median: float | None
    source: str

    def row(self) -> dict[str, str | float | None]:
        """Return its row in `known.csv`."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True)
class Elsewhere:
    """What became of the other states, held and free.

    Attributes:
        what: `trained` or `adopted`.
        year: By its end.
        states: How many other states there are.
        held: Mean number to which it had happened, in histories that are held.
        free: The same in free ones.
        low: Lower end of 90 % of the differences, run by run.
        high: Their upper end.
    """

    what: str
    year: int
    states: int
    held: float
    free: float
    low: float
    high: float

    @property
    def in_words(self) -> str:
        """Return both ends, to whole states."""
        return f"{whole(self.low)} to {whole(self.high)}"


def dated(facts: Iterable[Known]) -> tuple[Known, ...]:
    """Return the facts that free histories can be asked for: leaving has no date in them."""
    return tuple(fact for fact in facts if fact.what != LEFT)


def dates_of(fact: Known, free: pd.DataFrame) -> Floats:
    """Return when each free history takes a decision: (runs,); infinite: never.

    Args:
        fact: One of :func:`dated`.
        free: Rows of `country_runs`, of this state at least.
    """
    column = PLATFORM if (fact.stage or 0) >= SAFE_CITY else DATED[fact.what]
    dates = free.loc[free["iso3"] == fact.iso3, column].to_numpy(float)
    return np.where(dates >= 0.0, dates, np.inf)  # never: NaN compares false


def is_close(fact: Known, dates: Floats) -> Flags:
    """Tell which histories say so by themselves: within `CLOSE` of the known date."""
    return np.asarray(np.abs(dates - fact.date) <= CLOSE)


def account(world: Seeds, free: pd.DataFrame, sets: Whole) -> tuple[Decision, ...]:
    """Return each known decision beside free histories; leaving has no date there, and no row.

    Args:
        world: What is known.
        free: Rows of `country_runs`.
        sets: The parameter set of each run.
    """
    names = {state.iso3: state.name for state in world.countries}
    found = []
    for fact in dated(world.known):
        dates = dates_of(fact, free)
        by_then = share_of(dates <= fact.date, sets)
        median = float(np.median(dates))
        found.append(
            Decision(
                fact.iso3, names[fact.iso3], fact.what, fact.date,
                free_by_then=by_then.share, free_by_then_low=by_then.low,
                free_by_then_high=by_then.high,
                free_within_a_year=float(is_close(fact, dates).mean()),
                free_median=median if np.isfinite(median) else None,
                source=fact.source,
            )
        )  # fmt: skip
    return tuple(found)


def elsewhere(
    world: Seeds, held: pd.DataFrame, free: pd.DataFrame, last_year: int
) -> tuple[Elsewhere, ...]:
    """Return what became of states of which nothing is known, in both."""
    touched = {fact.iso3 for fact in world.known}
    others = len(world.countries) - len(touched)
    found = []
    for what, column in DATED.items():
        for year in sorted({min(year, last_year) for year in YEARS}):
            with_facts, without = (_counts(frame, touched, column, year) for frame in (held, free))
            means = float(with_facts.mean()), float(without.mean())
            low, high = map(float, np.quantile(with_facts - without, [0.05, 0.95]))
            found.append(Elsewhere(what, year, others, *means, low, high))
    return tuple(found)


def _counts(frame: pd.DataFrame, touched: set[str], column: str, year: int) -> np.ndarray:
    """Return in each run to how many other states it had happened by the end of a year."""
    rest = frame[~frame["iso3"].isin(touched)]
    happened = (rest[column] >= 0.0) & (rest[column] < year + 1)
    return happened.groupby(rest["run"]).sum().to_numpy(float)

"""How often free histories say what is known, and what holding some states does to the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.tender import SAFE_CITY
from sim.studies.intervals import wilson
from sim.world.known import LEFT, Known
from sim.world.seeds import Seeds

if TYPE_CHECKING:
    import pandas as pd

type Floats = NDArray[np.float64]

CONFIDENCE = 0.9
CLOSE = 1.0
"""Years from the known date within which a free history counts as close."""
DATED = {"trained": "first_trained", "adopted": "first_adopted"}
PLATFORM = "first_adopted_platform"
"""What is compared where a safe city or more is known to have been the first."""
YEARS = (2025, 2040)


@dataclass(frozen=True)
class Decision:
    """A known decision beside free histories.

    Attributes:
        fact: What is known.
        name: The state's name.
        by_then: Share of free histories in which it had come about by the end of that quarter.
        low: Lower end of the interval of that share.
        high: Its upper end.
        close: Share in which it came about within a year of the date.
        median: Median date in free histories; None: in half of them never.
    """

    fact: Known
    name: str
    by_then: float
    low: float
    high: float
    close: float
    median: float | None


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


def is_close(fact: Known, dates: Floats) -> NDArray[np.bool_]:
    """Tell which histories say so by themselves: within `CLOSE` of the known date."""
    return np.asarray(np.abs(dates - fact.date) <= CLOSE)


def account(world: Seeds, free: pd.DataFrame) -> tuple[Decision, ...]:
    """Return each known decision beside free histories; leaving has no date there, and no row."""
    names = {state.iso3: state.name for state in world.countries}
    found = []
    for fact in dated(world.known):
        dates = dates_of(fact, free)
        count, runs = int((dates <= fact.date).sum()), len(dates)
        low, high = wilson(count, runs, CONFIDENCE)
        median = float(np.median(dates))
        found.append(
            Decision(
                fact,
                names[fact.iso3],
                count / runs,
                low,
                high,
                float(is_close(fact, dates).mean()),
                median if np.isfinite(median) else None,
            )
        )
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
            one, other = (_counts(frame, touched, column, year) for frame in (held, free))
            low, high = np.quantile(one - other, [0.05, 0.95])
            found.append(
                Elsewhere(
                    what, year, others, float(one.mean()), float(other.mean()), float(low),
                    float(high),
                )
            )  # fmt: skip
    return tuple(found)


def _counts(
    frame: pd.DataFrame, touched: Sequence[str] | set[str], column: str, year: int
) -> np.ndarray:
    """Return in each run to how many other states it had happened by the end of a year."""
    rest = frame[~frame["iso3"].isin(touched)]
    happened = (rest[column] >= 0.0) & (rest[column] < year + 1)
    return happened.groupby(rest["run"]).sum().to_numpy(float)

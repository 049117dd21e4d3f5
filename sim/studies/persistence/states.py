"""State by state: the probability that a system stays, and that a state is reached next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.engine.chunk import CountryLabel
from sim.studies.intervals import wilson
from sim.studies.persistence.method import History

LATER = 10
"""Years after which a state's system is looked for; fewer where the horizon ends before."""
CONFIDENCE = 0.9
"""Of the intervals."""
FEWEST_RUNS = 20
"""Runs below which a state's probability is too uncertain to be ranked."""
FEWEST_RANKED = 6
"""States with enough runs below which there is no ranking: it would be of those that are left."""
REACHED_AFTER = 2025
"""States that have never adopted by the end of this year may be reached next."""
REACHED_BY = (2030, 2035)


@dataclass(frozen=True)
class Odds:
    """A probability estimated from runs.

    Attributes:
        count: Runs in which it happened.
        runs: Runs in which it could.
        share: Their ratio; NaN without runs.
        low: Lower end of Wilson's interval of 90 %.
        high: Upper end.
    """

    count: int
    runs: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, count: int, runs: int) -> Odds:
        """Return the estimate from counts."""
        share = count / runs if runs else math.nan
        return cls(count, runs, share, *wilson(count, runs, CONFIDENCE))

    def __str__(self) -> str:
        """Return it with its interval, in percent."""
        if not self.runs:
            return "-"
        return f"{100 * self.share:.0f} % ({100 * self.low:.0f} to {100 * self.high:.0f})"

    def row(self, name: str) -> dict[str, float]:
        """Return probability and interval as cells of a table."""
        return {f"p_{name}": self.share, f"low_{name}": self.low, f"high_{name}": self.high}


@dataclass(frozen=True)
class StateLeft:
    """Whether a state's system that worked at the end of a year works some years later.

    Attributes:
        state: The state.
        left: The probability; its runs are those in which the system worked at first.
        standing: The same while the offer stands; None where nothing is known of that.
    """

    state: CountryLabel
    left: Odds
    standing: Odds | None = None

    @property
    def runs(self) -> int:
        """Runs in which the system worked at first."""
        return self.left.runs

    def row(self) -> dict[str, str | int | float]:
        """Return the state's row in `states.csv`."""
        row: dict[str, str | int | float] = {**self.state._asdict(), "runs": self.runs}
        row |= self.left.row("left")
        if self.standing:
            row |= {"runs_standing": self.standing.runs, **self.standing.row("left_standing")}
        return row


@dataclass(frozen=True)
class StateReached:
    """Whether a state that has not adopted by the end of a year does so within some years.

    Attributes:
        state: The state.
        by: The probability by the year before whose end it is asked; at least one.
    """

    state: CountryLabel
    by: dict[int, Odds]

    @property
    def runs(self) -> int:
        """Runs in which the state has not adopted before."""
        return next(iter(self.by.values())).runs

    def row(self) -> dict[str, str | int | float]:
        """Return the state's row in `next.csv`."""
        row: dict[str, str | int | float] = {**self.state._asdict(), "runs": self.runs}
        for year, odds in self.by.items():
            row |= odds.row(f"reached_{year}")
        return row


def years_later(history: History, since: int) -> int:
    """Return after how many years a state's system is looked for."""
    return min(LATER, history.last_year - since)


def states_left(history: History, since: int, standing: History | None = None) -> list[StateLeft]:
    """Return the probability of each state, the most surely locked in first.

    States are sorted by the lower end of the interval, so that few runs count for little.

    Args:
        history: What happened.
        since: The year at whose end the system works.
        standing: The same runs while the offer stands; of the same states.
    """
    later = since + years_later(history, since)
    odds = _left(history, since, later)
    others = _left(standing, since, later) if standing else [None] * len(odds)
    all_states = [
        StateLeft(state, own, other)
        for state, own, other in zip(history.states, odds, others, strict=True)
    ]
    return sorted(all_states, key=lambda s: (-s.left.low, -s.left.high, s.state.iso3))


def _left(history: History, since: int, later: int) -> list[Odds]:
    before = history.works(since)
    still = before & history.works(later)
    counts = zip(still.sum(axis=0), before.sum(axis=0), strict=True)
    return [Odds.of(int(count), int(runs)) for count, runs in counts]


def with_runs[State: (StateLeft, StateReached)](states: Sequence[State]) -> list[State]:
    """Return states with enough runs to be ranked, in the same order."""
    return [state for state in states if state.runs >= FEWEST_RUNS]


def can_be_ranked(states: Sequence[StateLeft]) -> bool:
    """Tell whether enough states have enough runs."""
    return len(with_runs(states)) >= FEWEST_RANKED


def most_and_least(
    states: Sequence[StateLeft], shown: int
) -> tuple[list[StateLeft], list[StateLeft]]:
    """Return the states with enough runs that are most and least surely locked in; none is in both.

    Args:
        states: All states, the most surely locked in first.
        shown: Most states of either.

    Returns:
        Those most surely locked in, by the lower end of the interval, the highest first; those
        least surely, by its upper end, the lowest first.
    """
    known = with_runs(states)
    most = known[: min(shown, (len(known) + 1) // 2)]
    least = sorted(known[len(most) :], key=lambda s: (s.left.high, s.left.low, s.state.iso3))
    return most, least[:shown]


def states_reached(history: History) -> list[StateReached]:
    """Return the probability of each state, the most surely reached first.

    Empty where the horizon ends before the first of the years asked for.
    """
    years = [year for year in REACHED_BY if year <= history.last_year]
    if not years:
        return []
    free = history.adopted >= REACHED_AFTER + 1
    counts = {year: (free & (history.adopted < year + 1)).sum(axis=0) for year in years}
    states = [
        StateReached(state, {year: Odds.of(int(counts[year][at]), int(runs)) for year in years})
        for at, (state, runs) in enumerate(zip(history.states, free.sum(axis=0), strict=True))
    ]
    first = years[0]
    return sorted(states, key=lambda s: (-s.by[first].low, -s.by[first].high, s.state.iso3))


def likely_reached(states: Sequence[StateReached]) -> list[StateReached]:
    """Return states with enough runs that are ever reached, the most surely reached first.

    Empty where there are too few to rank: those that never adopt are then all that is known.
    """
    known = with_runs(states)
    reached = [state for state in known if any(odds.count for odds in state.by.values())]
    return reached if len(known) >= FEWEST_RANKED and len(reached) > 1 else []

"""State by state: the probability that a system that worked works some years later."""

from __future__ import annotations

from dataclasses import dataclass

from sim.engine.chunk import CountryLabel
from sim.results.effects import Share, share_of
from sim.studies.persistence.method import History

LATER = 10
"""Years after which a state's system is looked for; fewer where the horizon ends before."""


@dataclass(frozen=True)
class StateLeft:
    """Whether a state's system that worked at the end of a year works some years later.

    Attributes:
        state: The state.
        left: The share of runs, among those in which the system worked at first.
        standing: The same while the offer stands; None where nothing is known of that.
    """

    state: CountryLabel
    left: Share
    standing: Share | None = None

    def row(self) -> dict[str, str | int | float]:
        """Return the state's row in `states.csv`."""
        row: dict[str, str | int | float] = {**self.state._asdict()}
        for ending, odds in (("", self.left), ("_standing", self.standing)):
            if odds:
                row |= {
                    f"runs{ending}": odds.runs,
                    f"p_left{ending}": odds.share,
                    f"low_left{ending}": odds.low,
                    f"high_left{ending}": odds.high,
                }
        return row


def years_later(history: History, since: int) -> int:
    """Return after how many years a state's system is looked for."""
    return min(LATER, history.last_year - since)


def states_left(history: History, since: int, standing: History | None = None) -> list[StateLeft]:
    """Return the probability of each state, in the order of the states.

    Args:
        history: What happened.
        since: The year at whose end the system works.
        standing: The same runs while the offer stands; of the same states.
    """
    later = since + years_later(history, since)
    own = _left(history, since, later)
    others = _left(standing, since, later) if standing else [None] * len(own)
    return [StateLeft(*one) for one in zip(history.states, own, others, strict=True)]


def _left(history: History, since: int, later: int) -> list[Share]:
    before, after = history.works(since), history.works(later)
    return [
        share_of(still[worked], history.sets[worked])
        for worked, still in zip(before.T, after.T, strict=True)
    ]

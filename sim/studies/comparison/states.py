"""Which states a scenario changes, and with what probability, run by run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Whole
from sim.engine.chunk import CountryLabel
from sim.results.effects import FALSE_SHARE, adjusted, effect_of, sign_test
from sim.studies.comparison.sides import Side
from sim.units import FIRST_YEAR

WORKING_IN = (2030, 2040)
"""At the ends of which years a state's system is asked for."""


@dataclass(frozen=True)
class Likelihoods:
    """The probability of something happening to a state, with and without.

    Attributes:
        reference: Share of runs of the reference.
        alternative: Share of runs of the alternative.
        difference: The second less the first.
        error: Standard error of the difference, clustered by parameter set; NaN for a single run.
        low: Lower end of its 95 % interval; NaN likewise.
        high: Upper end.
        gained: Share of runs in which it happens in the alternative alone.
        lost: Share of runs in which it happens in the reference alone.
        p_value: Of no change, by the exact sign test; see :func:`sim.results.effects.sign_test`.
        adjusted_p: The same, adjusted for the number of states.
    """

    reference: float
    alternative: float
    difference: float
    error: float
    low: float
    high: float
    gained: float
    lost: float
    p_value: float
    adjusted_p: float

    @property
    def words(self) -> str:
        """Return both in percent: `40 to 52`."""
        return f"{100.0 * self.reference:.0f} to {100.0 * self.alternative:.0f}"

    @property
    def clear(self) -> bool:
        """Whether it changes beyond chance."""
        return self.adjusted_p <= FALSE_SHARE


@dataclass(frozen=True)
class StateChange:
    """What an alternative changes for one state.

    Attributes:
        state: The state.
        events: Probabilities by name: `adopted_2040` (by the end of 2040), `working_2040` (a
            working system at the end of 2040); the last one is what states are sorted by.
    """

    state: CountryLabel
    events: Mapping[str, Likelihoods]

    @property
    def headline(self) -> Likelihoods:
        """The probabilities that states are sorted by."""
        return list(self.events.values())[-1]

    @property
    def clear(self) -> bool:
        """Whether the headline's probability changes beyond chance."""
        return self.headline.clear

    def row(self) -> dict[str, str | int | float | None]:
        """The state's columns in `countries.csv`."""
        row: dict[str, str | int | float | None] = {**self.state._asdict()}
        for name, change in self.events.items():
            row |= {
                f"p_{name}_reference": change.reference,
                f"p_{name}_alternative": change.alternative,
                f"difference_{name}": change.difference,
                f"standard_error_{name}": change.error,
                f"gained_{name}": change.gained,
                f"lost_{name}": change.lost,
                f"changed_{name}": change.gained + change.lost,
                f"sign_test_p_{name}": change.p_value,
                f"adjusted_p_{name}": change.adjusted_p,
            }
        return row


def likelihoods_of(reference: Flags, alternative: Flags, sets: Whole) -> list[Likelihoods]:
    """Compare what happened to each state in each run.

    Args:
        reference: (runs, states).
        alternative: The same.
        sets: The parameter set of each run.
    """
    found = effect_of(reference, alternative, sets)
    changes = alternative.astype(np.int8) - reference
    p_values = sign_test(changes, sets)
    columns = (
        found.reference, found.alternative, found.mean, found.error, found.low, found.high,
        (changes > 0).mean(axis=0), (changes < 0).mean(axis=0), p_values, adjusted(p_values),
    )  # fmt: skip
    return [Likelihoods(*map(float, row)) for row in zip(*columns, strict=True)]


def state_changes(
    reference: Side, alternative: Side, rows: tuple[Whole, Whole]
) -> list[StateChange]:
    """What changes for each state: first what changes beyond chance, by size, then the others.

    Args:
        reference: One side.
        alternative: The other.
        rows: Which rows of each are pairs.
    """
    states = reference.content.states
    if not states:
        return []
    last = min(WORKING_IN[-1], reference.content.last_year)
    sides = tuple(zip((reference, alternative), rows, strict=True))
    happened = {f"adopted_{last}": [side.adopted[own] < last + 1 for side, own in sides]}
    for year in (*(year for year in WORKING_IN if year < last), last):
        happened[f"working_{year}"] = [s.working[own, :, year - FIRST_YEAR] for s, own in sides]
    sets = reference.sets[rows[0]]
    events = {n: likelihoods_of(before, after, sets) for n, (before, after) in happened.items()}
    changes = [
        StateChange(state, {name: found[at] for name, found in events.items()})
        for at, state in enumerate(states)
    ]
    return sorted(changes, key=lambda c: (not c.clear, -abs(c.headline.difference), c.state.iso3))

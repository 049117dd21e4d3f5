"""Which states a scenario changes, when, and with what probability, run by run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Whole
from sim.engine.chunk import CountryLabel, year_of
from sim.studies.comparison.sides import Side
from sim.units import FIRST_YEAR

WORKING_IN = (2030, 2040)
"""At the ends of which years a state's system is asked for."""
OFTEN = 0.1
"""Share of runs in which the two histories of a state must differ to count as often different."""

QUARTILES = (0.25, 0.5, 0.75)
FIRST_COLUMNS = ("first_different_q25", "first_different_q50", "first_different_q75")


@dataclass(frozen=True)
class Likelihoods:
    """The probability of something happening to a state, with and without.

    Attributes:
        reference: Share of runs of the reference.
        alternative: Share of runs of the alternative.
        difference: The second less the first.
        error: Standard error of the difference, from the paired runs; NaN for a single run.
        gained: Share of runs in which it happens in the alternative alone.
        lost: Share of runs in which it happens in the reference alone.
    """

    reference: float
    alternative: float
    difference: float
    error: float
    gained: float
    lost: float

    @property
    def words(self) -> str:
        """Return both in percent: `40 to 52`."""
        return f"{100.0 * self.reference:.0f} to {100.0 * self.alternative:.0f}"

    @property
    def changed(self) -> float:
        """Share of runs in which the state changes."""
        return self.gained + self.lost


@dataclass(frozen=True)
class Parting:
    """When the two histories of a state part: its system works in the one and not in the other.

    Attributes:
        ever: Share of runs in which they differ at the end of some year.
        often_from: The first year at whose end they differ in a tenth of all runs or more; None
            if there is none.
        first: The year at whose end they differ for the first time, over the runs in which they
            ever do: lower quartile, median, upper quartile; None if they never do.
        likeliest: The most frequent of these years, the earliest of several; None likewise.
        likeliest_share: Share of all runs in which they differ for the first time in that year.
    """

    ever: float
    often_from: int | None
    first: tuple[int, int, int] | None
    likeliest: int | None
    likeliest_share: float

    def in_words(self, runs: int) -> str:
        """Return median and quartiles of the year of the first difference.

        Args:
            runs: Number of all paired runs: where they differ in one alone, there are no quartiles.
        """
        if self.first is None:
            return "never"
        low, middle, high = self.first
        alone = round(self.ever * runs) == 1
        return str(middle) if alone else f"{middle} ({low} to {high})"


@dataclass(frozen=True)
class StateChange:
    """What an alternative changes for one state.

    Attributes:
        state: The state.
        events: Probabilities by name: `adopted_2040` (by the end of 2040), `working_2040` (a
            working system at the end of 2040); the last one is what states are sorted by.
        parting: When it changes.
        shift: Mean over the runs in which both adopt of the years by which the first adoption
            comes later; NaN if there is none.
        shift_runs: In how many runs both adopt.
    """

    state: CountryLabel
    events: Mapping[str, Likelihoods]
    parting: Parting
    shift: float
    shift_runs: int

    @property
    def headline(self) -> Likelihoods:
        """The probabilities that states are sorted by."""
        return list(self.events.values())[-1]

    def row(self) -> dict[str, str | int | float | None]:
        """The state's columns in `countries.csv`; None for a year that there is not."""
        row: dict[str, str | int | float | None] = {**self.state._asdict()}
        for name, change in self.events.items():
            row |= {
                f"p_{name}_reference": change.reference,
                f"p_{name}_alternative": change.alternative,
                f"difference_{name}": change.difference,
                f"standard_error_{name}": change.error,
                f"gained_{name}": change.gained,
                f"lost_{name}": change.lost,
                f"changed_{name}": change.changed,
            }
        return row | {
            "ever_different": self.parting.ever,
            "often_different_from": self.parting.often_from,
            **dict(zip(FIRST_COLUMNS, self.parting.first or (None, None, None), strict=True)),
            "likeliest_year": self.parting.likeliest,
            "p_likeliest_year": self.parting.likeliest_share,
            "adoption_shift_years": self.shift,
            "adoption_shift_runs": self.shift_runs,
        }


def paired_likelihoods(reference: Flags, alternative: Flags) -> Likelihoods:
    """Compare what happened to a state in each run, in the same order of runs."""
    each = alternative.astype(np.float64) - reference
    runs = len(each)
    return Likelihoods(
        reference=float(reference.mean()),
        alternative=float(alternative.mean()),
        difference=float(each.mean()),
        error=float(each.std(ddof=1) / np.sqrt(runs)) if runs > 1 else float("nan"),
        gained=float((each > 0).mean()),
        lost=float((each < 0).mean()),
    )


def parting_of(differs: Flags, years: range) -> Parting:
    """When two histories part.

    Args:
        differs: Whether they differ at the end of each year: (runs, years).
        years: The years of the columns.
    """
    often = np.flatnonzero(differs.mean(axis=0) >= OFTEN)
    ever = differs.any(axis=1)
    places = differs[ever].argmax(axis=1)
    counts = np.bincount(places, minlength=len(years))
    first = None
    if places.size:
        # A year that occurs, not one between two.
        low, middle, high = np.quantile(places, QUARTILES, method="inverted_cdf")
        first = (years[int(low)], years[int(middle)], years[int(high)])
    return Parting(
        ever=float(ever.mean()),
        often_from=years[int(often[0])] if often.size else None,
        first=first,
        likeliest=years[int(counts.argmax())] if places.size else None,
        likeliest_share=float(counts.max() / len(differs)),
    )


def state_changes(
    reference: Side, alternative: Side, rows: tuple[Whole, Whole]
) -> list[StateChange]:
    """What changes for each state, the most changed first.

    Sorted by the change in the probability of a working system at the end of the last year asked
    for; then by the shares of runs in which that, or the adoption, changes; then by code.

    Args:
        reference: One side.
        alternative: The other.
        rows: Which rows of each are pairs.
    """
    end = reference.content.last_year
    last = min(WORKING_IN[-1], end)
    asked = [year for year in WORKING_IN if year < last] + [last]
    first = max(FIRST_YEAR, year_of(reference.content.quarters[0]))
    years = range(first, end + 1)
    changed_states = []
    for at, state in enumerate(reference.content.states):
        one, other = reference.adopted[rows[0], at], alternative.adopted[rows[1], at]
        events = {f"adopted_{last}": paired_likelihoods(one < last + 1, other < last + 1)}
        before, after = (
            side.working[part, at, first - FIRST_YEAR : end - FIRST_YEAR + 1]
            for side, part in zip((reference, alternative), rows, strict=True)
        )
        for year in asked:
            place = year - first
            events[f"working_{year}"] = paired_likelihoods(before[:, place], after[:, place])
        both = np.isfinite(one) & np.isfinite(other)
        shift = float(np.mean(other[both] - one[both])) if both.any() else float("nan")
        parting = parting_of(before != after, years)
        changed_states.append(StateChange(state, events, parting, shift, int(both.sum())))
    return sorted(
        changed_states,
        key=lambda change: (
            -abs(change.headline.difference),
            -change.headline.changed,
            -change.events[f"adopted_{last}"].changed,
            change.state.iso3,
        ),
    )

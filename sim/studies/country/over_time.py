"""What drives a state over time, who stands beside it, and what other scenarios change for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from sim.engine.chunk import working_key
from sim.errors import InputError
from sim.figures.timeline import Timeline
from sim.studies.comparison.method import Comparison
from sim.studies.comparison.states import StateChange
from sim.studies.country.story import StateSummary
from sim.studies.reasons import Reasons
from sim.world.countries import CountrySeed
from sim.world.seeds import Seeds

TERM_YEARS = (2005, 2010, 2015, 2020)
"""Years for which terms are computed, beside the last observed one."""
NEIGHBOUR, PEER = "neighbour", "peer"
"""How a state stands beside another: a common border, or the same region and regime of 2024."""


@dataclass(frozen=True)
class Terms:
    """What known inputs add to a state's leanings in some years; see :mod:`sim.studies.reasons`.

    Attributes:
        years: Which.
        values: By question and group of inputs, in logits, a number a year.
    """

    years: tuple[int, ...]
    values: Mapping[str, Mapping[str, tuple[float, ...]]]


@dataclass(frozen=True)
class Beside:
    """A state beside another, and what happens to it.

    Attributes:
        iso3: Its code.
        name: Its name.
        how: `neighbour` or `peer`.
        trained: Share of runs in which it is trained by the end of `by`.
        adopted: In which it has bought from a Chinese vendor by then.
        working: In which a system works at the end of `last`.
        by: A year.
        last: A year.
    """

    iso3: str
    name: str
    how: str
    trained: float
    adopted: float
    working: float
    by: int
    last: int


@dataclass(frozen=True)
class Story(StateSummary):
    """All that is said of a state.

    Attributes:
        timeline: What happened year by year, in percent, and what other scenarios leave working.
        terms: What drives it over time; None if not known.
        changes: What each of the compared scenarios changes for it, by its name.
        beside: Its neighbours and peers.
    """

    timeline: Timeline
    terms: Terms | None
    changes: Sequence[tuple[str, StateChange]]
    beside: Sequence[Beside]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        lines = self.timeline
        return asdict(self) | {
            "timeline": {
                "years": list(lines.years),
                "happened": {name: values.tolist() for name, values in lines.shares.items()},
                "working_in": {name: values.tolist() for name, values in lines.beside.items()},
            },
            "changes": [plain_change(*one) for one in self.changes],
        }


def reasons_over_time(manifest: Mapping[str, Any], seeds: Seeds) -> dict[int, Reasons]:
    """Return why states lean as they do, by year; empty for runs with other parameters."""
    years = [year for year in TERM_YEARS if seeds.first_year <= year < seeds.last_year]
    try:
        each_year = [Reasons.of(manifest, seeds, year) for year in (*years, seeds.last_year)]
    except InputError:
        return {}
    return {one.year: one for one in each_year}


def terms_over_time(reasons: Mapping[int, Reasons], row: int) -> Terms | None:
    """Return a state's terms by year.

    Args:
        reasons: By year.
        row: The state's place in the seeds.
    """
    if not reasons:
        return None
    each_year = [one.terms(row) for one in reasons.values()]
    return Terms(
        tuple(reasons),
        {
            question: {name: tuple(one[question][name] for one in each_year) for name in terms}
            for question, terms in each_year[0].items()
        },
    )


def states_beside(
    state: CountrySeed, seeds: Seeds, runs: pd.DataFrame, last_year: int
) -> list[Beside]:
    """Return a state's neighbours, then its peers that are none, each by name.

    Args:
        state: The state.
        seeds: The tables.
        runs: A row a run and state.
        last_year: Last year of the runs.
    """
    row = seeds.countries.index(state)
    borders = [seeds.countries[at] for at in seeds.neighbours[row]]
    peers = [
        other
        for other in seeds.countries
        if (other.region, other.regime_2024) == (state.region, state.regime_2024)
        and other is not state
        and other not in borders
    ]
    by = min(seeds.last_year + 1, last_year)
    codes = runs["iso3"].astype(str)
    happened = {
        "trained": runs["first_trained"] < by + 1,
        "adopted": runs["first_adopted"] < by + 1,
        "working": runs[working_key(last_year)] == 1,
    }
    shares: dict[Any, Any] = pd.DataFrame(happened).groupby(codes).mean().to_dict("index")
    return [
        Beside(other.iso3, other.name, how, **shares[other.iso3], by=by, last=last_year)
        for how, others in ((NEIGHBOUR, borders), (PEER, peers))
        for other in sorted(others, key=lambda one: one.name)
        if other.iso3 in shares
    ]


def changes_of(iso3: str, comparisons: Sequence[Comparison]) -> list[tuple[str, StateChange]]:
    """Return what each of compared scenarios changes for a state, by name of the scenario."""
    return [
        (one.alternative, change)
        for one in comparisons
        for change in one.states
        if change.state.iso3 == iso3
    ]


def plain_change(alternative: str, change: StateChange) -> dict[str, Any]:
    """Return what a scenario changes as plain data."""
    return {
        "alternative": alternative,
        "events": {name: asdict(found) for name, found in change.events.items()},
    }

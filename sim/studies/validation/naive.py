"""What a naive guess would rank: states by population, income, Belt and Road or democracy alone.

A model of states must know more than "big, poor and not democratic". Here stand how far its
probabilities go with such rankings, and the states where it departs most from them, with what in
the model makes the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Floats
from sim.errors import InputError
from sim.mechanisms.history import in_belt_and_road
from sim.register import nearest
from sim.results.read import Results
from sim.studies.reasons import ADOPTED, PLATFORM, TOGETHER, TRAINED, Reasons, largest
from sim.world.seeds import Seeds

KINDS = (ADOPTED, PLATFORM, TRAINED)
"""What may be scored: recorded purchases of any system, of a platform, recorded courses."""
PREFIX = "p_recorded_"

MOST_DIFFERENT = 5
"""States shown where the model ranks highest above the naive guess, and as many below it."""
SHOWN_TERMS = 3
"""Terms of the model that a reason names."""
LEAST_NAMED = 0.15
"""Logits below which a term explains nothing."""


POPULATION, INCOME, DEMOCRACY = "population", "income per head", "democracy"
MEMBER = "Belt and Road member"
SIGNS = {POPULATION: 1, INCOME: -1, MEMBER: 1, DEMOCRACY: -1}
"""What a naive guess ranks by: 1 if it is "more of it, more likely", -1 if "less of it"."""


def measures(seeds: Seeds, year: int) -> dict[str, Floats]:
    """Return what states can be ranked by, from the seeds alone: a number a state.

    Args:
        seeds: The tables.
        year: Figures of this year, or of the last observed one.
    """
    at = min(year, seeds.last_year) - seeds.first_year
    member = [
        float(in_belt_and_road(SimpleNamespace(**state.figures), year)) for state in seeds.countries
    ]
    history = seeds.history
    return {
        POPULATION: history["population_k"][:, at],
        INCOME: history["gdp_pc"][:, at],
        MEMBER: np.array(member),
        DEMOCRACY: history["democracy"][:, at],
    }


def ranks(values: ArrayLike) -> Floats:
    """Return mid-ranks from 1, the lowest first."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)


def spearman(one: ArrayLike, other: ArrayLike) -> float:
    """Return the rank correlation of two rows of numbers; NaN if either is constant."""
    from scipy.stats import spearmanr

    if np.ptp(np.asarray(one)) == 0.0 or np.ptp(np.asarray(other)) == 0.0:
        return float("nan")
    return float(spearmanr(one, other).statistic)


def column_of(kind: str, year: int, columns: Iterable[str]) -> str:
    """Return the column of `countries.csv` that holds a recorded probability.

    Raises:
        InputError: There is none for that kind or year.
    """
    if kind not in KINDS:
        raise InputError(f"--what {kind!r}: allowed: {', '.join(KINDS)}{nearest(kind, KINDS)}")
    start = f"{PREFIX}{kind}_"
    years = [int(name.removeprefix(start)) for name in columns if name.startswith(start)]
    if year not in years:
        allowed = ", ".join(map(str, sorted(years))) or "none"
        raise InputError(f"--year {year}: allowed for --what {kind}: {allowed}")
    return f"{start}{year}"


def probabilities(results: Results, kind: str, year: int, seeds: Seeds) -> Floats:
    """Return recorded probabilities by state, in the order of the seeds.

    Raises:
        InputError: The folder does not hold them.
    """
    frame = results.countries()
    column = column_of(kind, year, frame.columns)
    by_code = dict(zip(frame["iso3"], frame[column], strict=True))
    values = np.array([by_code.get(state.iso3, np.nan) for state in seeds.countries], dtype=float)
    if np.isnan(values).any():
        raise InputError(f"{results.folder}: {column} is empty; its runs do not reach {year}")
    return values


@dataclass(frozen=True)
class Departure:
    """A state that the model ranks otherwise than the naive guess.

    Attributes:
        iso3: Its code.
        name: Its name.
        probability: The model's.
        model_rank: Its rank by it, 1 the most likely.
        naive_rank: Its rank by the naive guess.
        reason: What in the model makes the difference, in words.
        terms: What each group of inputs adds to its leaning, in logits; see
            :mod:`sim.studies.reasons`.
    """

    iso3: str
    name: str
    probability: float
    model_rank: float
    naive_rank: float
    reason: str
    terms: Mapping[str, float]


@dataclass(frozen=True)
class Naive:
    """The model's ranking beside naive ones.

    Attributes:
        kind: `adopted`, `platform` or `trained`.
        year: The end of it.
        correlations: Spearman's, by measure; and with the naive guess.
        departures: The states ranked most above the naive guess, then those most below.
        words: What their terms mean.
    """

    kind: str
    year: int
    correlations: Mapping[str, float]
    departures: Sequence[Departure]
    words: str


GUESS = "all four together"
"""Name of the naive guess: the mean of a state's ranks by the four measures."""


def compare_ranks(results: Results, seeds: Seeds, kind: str, year: int) -> Naive:
    """Compare the model's ranking of states with naive ones.

    Args:
        results: A finished folder.
        seeds: The tables.
        kind: `adopted`, `platform` or `trained`.
        year: The end of it.
    """
    found = probabilities(results, kind, year, seeds)
    known = measures(seeds, year)
    guess = np.mean([ranks(SIGNS[name] * values) for name, values in known.items()], axis=0)
    correlations = {name: spearman(found, values) for name, values in known.items()}
    correlations[GUESS] = spearman(found, guess)
    # From the top, so that rank 1 is the likeliest.
    model_rank, naive_rank = ranks(-found), ranks(-guess)
    gap = naive_rank - model_rank
    order = np.argsort(-gap, kind="stable")
    reasons = Reasons.of(results.manifest, seeds, year)
    chosen = [*order[:MOST_DIFFERENT], *order[::-1][:MOST_DIFFERENT]]
    departures = []
    for row in chosen:
        state, terms = seeds.countries[row], reasons.terms(int(row))[kind]
        departures.append(
            Departure(
                iso3=state.iso3,
                name=state.name,
                probability=float(found[row]),
                model_rank=float(model_rank[row]),
                naive_rank=float(naive_rank[row]),
                reason=_text(reasons, int(row), terms, up=bool(gap[row] > 0)),
                terms=terms,
            )
        )
    return Naive(kind, year, correlations, departures, reasons.words)


def _text(reasons: Reasons, row: int, terms: Mapping[str, float], *, up: bool) -> str:
    """Return the largest terms that lift a state, or that lower it."""
    named = []
    apart = reasons.apart_until(row)
    if apart is not None and apart < reasons.year and not up:
        named.append(f"no relations with Beijing until {apart}")
    for name, value in largest(terms, up=up)[: SHOWN_TERMS - len(named)]:
        if abs(value) >= LEAST_NAMED and name != TOGETHER:
            named.append(f"{reasons.name(row, name)} {value:+.1f}")
    return ", ".join(named) or "no known input: peers, trust and chance"

"""What a naive guess would rank: states by population, income, Belt and Road or democracy alone.

A model of states must know more than "big, poor and not democratic". Here stand how far its
probabilities go with such rankings, and the states where it departs most from them, with what in
the model makes the difference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.engine.model import EntrenchModel
from sim.engine.records import country_states
from sim.engine.start import CLAIMED
from sim.errors import InputError
from sim.mechanisms import procurement, training
from sim.mechanisms.access import chinese_share, whole_cost
from sim.mechanisms.china import weigh_priority
from sim.mechanisms.needs import assess_need, assess_standing_need
from sim.mechanisms.procurement import purchase_utility
from sim.mechanisms.tender import PILOT, SAFE_CITY
from sim.mechanisms.training import training_utility
from sim.register import nearest
from sim.results.read import Results
from sim.scenario import Scenario
from sim.scenario.rebuild import scenario_of
from sim.scenario.schema import Horizon
from sim.world.seeds import Seeds

type Floats = NDArray[np.float64]

ADOPTED, TRAINED = "adopted", "trained"
KINDS = (ADOPTED, TRAINED)
"""What may be scored: recorded purchases, recorded courses."""
PREFIX = "p_recorded_"

MOST_DIFFERENT = 5
"""States shown where the model ranks highest above the naive guess, and as many below it."""
SHOWN_TERMS = 3
"""Terms of the model that a reason names."""
ALLIANCE = "Western alliance"
LEAST_SHARE = 0.001
"""Share left by a gate below which its logarithm is not taken further down."""
LEAST_TERM = 0.15
"""Logit units below which a term explains nothing."""


@dataclass(frozen=True)
class Measure:
    """What a naive guess ranks by.

    Attributes:
        name: In tables.
        values: One a state, in the order of the seeds.
        sign: 1 if the guess is "more of it, more likely", -1 if "less of it".
    """

    name: str
    values: Floats
    sign: int

    @property
    def guess(self) -> Floats:
        """The values, so that a higher one is more likely."""
        return self.sign * self.values


def measures(seeds: Seeds, year: int) -> list[Measure]:
    """What states can be ranked by, from the seeds alone.

    Args:
        seeds: The tables.
        year: Figures of this year, or of the last observed one.
    """
    at = min(year, seeds.last_year) - seeds.first_year
    member = [
        float(
            state.bri_year is not None
            and state.bri_year <= year
            and (state.bri_exit_year is None or year < state.bri_exit_year)
        )
        for state in seeds.countries
    ]
    history = seeds.history
    return [
        Measure("population", history["population_k"][:, at], 1),
        Measure("income per head", history["gdp_pc"][:, at], -1),
        Measure("Belt and Road member", np.array(member), 1),
        Measure("democracy", history["democracy"][:, at], -1),
    ]


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
        region: Its region.
        probability: The model's.
        model_rank: Its rank by it, 1 the most likely.
        naive_rank: Its rank by the naive guess.
        reason: What in the model makes the difference.
    """

    iso3: str
    name: str
    region: str
    probability: float
    model_rank: float
    naive_rank: float
    reason: str


@dataclass(frozen=True)
class Naive:
    """The model's ranking beside naive ones.

    Attributes:
        kind: `adopted` or `trained`.
        year: The end of it.
        correlations: Spearman's, by measure; and with the naive guess.
        departures: The states ranked most above the naive guess, then those most below.
    """

    kind: str
    year: int
    correlations: Mapping[str, float]
    departures: Sequence[Departure]


GUESS = "all four together"
"""Name of the naive guess: the mean of a state's ranks by the four measures."""


def compare_ranks(results: Results, seeds: Seeds, kind: str, year: int) -> Naive:
    """Compare the model's ranking of states with naive ones.

    Args:
        results: A finished folder.
        seeds: The tables.
        kind: `adopted` or `trained`.
        year: The end of it.
    """
    found = probabilities(results, kind, year, seeds)
    known = measures(seeds, year)
    guess = np.mean([ranks(measure.guess) for measure in known], axis=0)
    correlations = {measure.name: spearman(found, measure.values) for measure in known}
    correlations[GUESS] = spearman(found, guess)
    # From the top, so that rank 1 is the likeliest.
    model_rank, naive_rank = ranks(-found), ranks(-guess)
    gap = naive_rank - model_rank
    order = np.argsort(-gap, kind="stable")
    scenario = scenario_of(results.manifest["scenario"], str(results.folder))
    reasons = _Reasons(seeds, scenario, kind, year)
    chosen = [*order[:MOST_DIFFERENT], *order[::-1][:MOST_DIFFERENT]]
    departures = [
        Departure(
            iso3=seeds.countries[row].iso3,
            name=seeds.countries[row].name,
            region=seeds.countries[row].region,
            probability=float(found[row]),
            model_rank=float(model_rank[row]),
            naive_rank=float(naive_rank[row]),
            reason=reasons.text(int(row), up=bool(gap[row] > 0)),
        )
        for row in chosen
    ]
    return Naive(kind, year, correlations, departures)


INPUTS: Mapping[str, tuple[str, ...]] = {
    "crime": ("crime",),
    "urban share": ("urban",),
    "large cities": ("large_cities",),
    "population": ("size", "population"),
    "income": ("wealth", "income"),
    "regime": ("regime",),
    "Chinese finance": ("finance",),
    "closed economy": ("closed",),
    ALLIANCE: ("ally",),
    "rivalry with China": ("rival",),
    "Chinese-built networks": ("telecom_networks",),
    "own vendors": ("home_vendor",),
    "ban on Chinese vendors": ("banned",),
    "Belt and Road priority": ("bri",),
    "strategic priority": ("strategic",),
}
"""What is told as a reason, and the fields of a state's record that it stands for."""
BARS = (ALLIANCE, "closed economy", "rivalry with China", "own vendors", "ban on Chinese vendors")
"""Those that can only lower a leaning."""
AT_START = SimpleNamespace(elapsed=0, season=0)
"""A moment at which rules look at everything that they look at once a year."""


class _Reasons:
    """What a state's fixed inputs add to its leaning, beside those of all other states.

    The rules themselves say how strongly a state leans, in the first quarter of a history that
    begins in the year asked for; each input is exchanged in turn for that of every other state.
    Peers, trust, dependence and lasting leanings move in each history and are not among them.
    """

    def __init__(self, seeds: Seeds, scenario: Scenario, kind: str, year: int) -> None:
        self.seeds, self.kind, self.year = seeds, kind, year
        start = min(year, seeds.last_year)
        # Events before that year count as they do in the scenario; later ones lie beyond the end.
        asked = replace(scenario, horizon=Horizon(start=start, end=start))
        model = EntrenchModel(asked, seed=1, seeds=seeds, point=True)
        model.step()
        self.p = model.parameters[0]
        names = [state.name for state in country_states()]
        fields = {a.code: {n: getattr(a, n) for n in names} for a in model.countries}
        self.records = [fields[state.iso3] for state in seeds.countries]

    def leaning(self, fields: Mapping[str, Any]) -> float:
        """How strongly a state with these fields leans towards a course, or towards a platform.

        What bars it multiplies its chance, which adds a logarithm to its leaning.
        """
        state, p = SimpleNamespace(**fields), self.p
        state.standing_need = assess_standing_need(state, p)
        state.need = assess_need(state, p)
        training.know(state, AT_START, p)
        if self.kind == TRAINED:
            priority = weigh_priority(state, p)
            access = state.course_access * (priority if priority > 0.0 else 1.0)
            utility = training_utility(state, p)
        else:
            procurement.know(state, AT_START, p)
            access = chinese_share(state, SAFE_CITY, p)
            utility = purchase_utility(state, whole_cost(state, PILOT, 0.0, p), 1.0, p)
        return float(utility) + math.log(max(access, LEAST_SHARE))

    def effects(self, row: int) -> dict[str, float]:
        """What each input adds to a state's leaning, beside the mean of all states' inputs."""
        own = self.records[row]
        whole = self.leaning(own)
        return {
            name: whole
            - float(np.mean([self.leaning({**own, **_some(r, fields)}) for r in self.records]))
            for name, fields in INPUTS.items()
        }

    def text(self, row: int, *, up: bool) -> str:
        """The largest terms that lift (or lower) a state, beside the mean of all states."""
        state = self.seeds.countries[row]
        told = []
        relations = self.seeds.history["relations"][row]
        at = min(self.year, self.seeds.last_year) - self.seeds.first_year
        if not relations[: at + 1].all() and not up:
            if state.iso3 == CLAIMED:
                told.append("no Chinese sales or courses to Taiwan")
            elif relations[at] == 0.0:
                told.append("no relations with Beijing: no courses, next to no sales")
            else:
                last = self.seeds.first_year + int(np.flatnonzero(relations[: at + 1] == 0.0)[-1])
                told.append(f"no relations with Beijing until {last}")
        beside = self.effects(row)
        wanted = sorted(beside, key=lambda name: -beside[name] if up else beside[name])
        for name in wanted[: SHOWN_TERMS - len(told)]:
            if (beside[name] if up else -beside[name]) >= LEAST_TERM:
                # Of what bars a state, what lifts it is that it has none.
                word = f"no {name}" if name in BARS and up else name
                told.append(f"{word} {beside[name]:+.1f}")
        return ", ".join(told) or "no fixed term: peers, trust and chance"


def _some(record: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    return {name: record[name] for name in fields}

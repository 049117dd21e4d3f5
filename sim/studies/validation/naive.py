"""What a naive guess would rank: states by population, income, Belt and Road or democracy alone.

A model of states must know more than "big, poor and not democratic". Here stand how far its
probabilities go with such rankings, and the states where it departs most from them, with what in
the model makes the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.engine.start import CLAIMED, chinese_finance
from sim.errors import InputError
from sim.mechanisms.needs import URBAN_HALF, USUAL_CRIME
from sim.register import nearest
from sim.results.read import Results
from sim.world.columns import REGIMES
from sim.world.regime import classify
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
    first, second = ranks(one), ranks(other)
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / scale if scale > 0.0 else float("nan")


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
    sections = results.manifest["scenario"]["sections"]
    reasons = _Reasons(seeds, sections, kind, year)
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


class _Reasons:
    """What the fixed terms of a state's leaning add, beside the usual state.

    Peers, trust, dependence and lasting leanings move in each history and are not among them.
    """

    def __init__(
        self, seeds: Seeds, sections: Mapping[str, Mapping[str, Any]], kind: str, year: int
    ) -> None:
        self.seeds, self.kind, self.year = seeds, kind, year
        history, needs = sections["history"], sections["needs"]
        own = sections["training" if kind == TRAINED else "procurement"]
        at = min(year, seeds.last_year) - seeds.first_year
        population, income = (seeds.history[name][:, at] for name in ("population_k", "gdp_pc"))
        size = np.log(population / history["reference_population"])
        wealth = np.log(income / history["reference_income"])
        states = seeds.countries
        crime = np.array([state.crime for state in states], dtype=float) - USUAL_CRIME
        cities = seeds.history["urban_share"][:, at] / URBAN_HALF - 1.0
        held = {name: values[:, at] for name, values in seeds.history.items()}
        ally = np.maximum(held["defence_pact"], history["eu_grade"] * held["eu"])
        ally += history["five_eyes_grade"] * held["five_eyes"]
        finance = chinese_finance(seeds)[:, at]
        closed = np.array([state.closed for state in states])
        many = np.log([state.large_cities for state in states])
        cutoffs = [history[f"{name}_from"] for name in ("hybrid", "flawed_democracy")]
        regimes = classify(
            seeds.history["democracy"][:, at], [*cutoffs, history["full_democracy_from"]]
        )
        by_regime = np.array(
            [0.0, *(own[f"regime_{name}"] for name in ("flawed", "hybrid", "authoritarian"))]
        )
        assert len(by_regime) == len(REGIMES)
        need = own["need_weight"]
        self.terms = {
            "crime": need * needs["crime_weight"] * crime,
            "urban share": need * needs["urban_weight"] * cities,
            "large cities": need * needs["city_weight"] * many,
            "population": need * needs["size_weight"] * size,
            "income": -own["wealth_weight"] * wealth,
            "regime": by_regime[regimes],
            "Chinese finance": own["finance_weight"]
            * finance
            / (finance + sections["procurement"]["half_finance"]),
            "closed economy": closed * np.log(own["closed_access"]),
            ALLIANCE: ally * np.log(own["ally_access"]),
            "rivalry with China": held["rivalry"] * np.log(max(own["rival_access"], LEAST_SHARE)),
        }
        if kind == ADOPTED:
            networks = np.array([state.telecom_networks for state in states])
            self.terms["size of the budget"] = own["capacity_weight"] * (size + wealth)
            self.terms["Chinese-built networks"] = own["telecom_weight"] * networks / (networks + 1)
            for name, column, key in (
                ("own vendors", "home_vendor", "home_vendor_access"),
                ("ban on Chinese vendors", "ban", "ban_access"),
            ):
                self.terms[name] = held[column] * np.log(max(own[key], LEAST_SHARE))
            cost = own["safe_city_cost"] * np.exp(own["size_elasticity"] * size)
            budget = own["budget_share"] * income * population / 1000.0
            burden = own["pilot_cost"] * cost / budget
            self.terms["price against budget"] = -own["cost_weight"] * (
                burden / (burden + own["half_burden"])
            )
        else:
            self._add_priority(sections["china"], size)

    def _add_priority(self, china: Mapping[str, Any], size: Floats) -> None:
        """Priority for seats, as a logarithm; that of friends moves in each history."""
        (member,) = (m.values for m in measures(self.seeds, self.year) if m.name.startswith("Belt"))
        strategic = np.array(
            [
                state.borders_china + (state.sco_year is not None and state.sco_year <= self.year)
                for state in self.seeds.countries
            ],
            dtype=float,
        )
        at = min(self.year, self.seeds.last_year) - self.seeds.first_year
        strategic *= 1.0 - self.seeds.history["rivalry"][:, at]
        self.terms["Belt and Road priority"] = np.log1p(china["bri_priority"] * member)
        self.terms["strategic priority"] = np.log1p(china["strategic_priority"] * strategic)
        self.terms["priority by population"] = np.log(
            np.clip(1.0 + china["size_priority"] * size, 0.1, 4.0)
        )

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
        beside = {name: float(values[row] - values.mean()) for name, values in self.terms.items()}
        wanted = sorted(beside, key=lambda name: -beside[name] if up else beside[name])
        for name in wanted[: SHOWN_TERMS - len(told)]:
            if (beside[name] if up else -beside[name]) >= LEAST_TERM:
                # Of an alliance, what lifts a state is that it has none.
                word = f"no {name}" if name == ALLIANCE and up else name
                told.append(f"{word} {beside[name]:+.1f}")
        return ", ".join(told) or "no fixed term: peers, trust and chance"

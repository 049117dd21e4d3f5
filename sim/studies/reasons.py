"""Reasons: the part of each known input in a country's propensity, in logits.

A part is the change of the propensity when one group of inputs is exchanged between the country and
every other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.engine.ensemble import starting_world
from sim.engine.parameter_sets import beneath, sets_of_points
from sim.engine.records import NOW, PAST, plain, record_type
from sim.model.arithmetic import clamp, log, rate_to_probability
from sim.model.mechanisms import china, market, needs, procurement, society, tender, training
from sim.model.mechanisms import market_access as access
from sim.model.mechanisms.cameras import camera_supply
from sim.model.mechanisms.history import share_at_war
from sim.model.parameters import Record
from sim.model.schedule import prepare
from sim.model.simulate import set_moment
from sim.model.units import FIRST_YEAR, QUARTERS, THOUSAND
from sim.scenario import Scenario
from sim.scenario.parameter_sets import PlausibleSets
from sim.world.arrays import Floats
from sim.world.dates import quarter_of
from sim.world.seeds import Seeds

TRAINED, ADOPTED, PLATFORM = "trained", "adopted", "platform"
QUESTIONS = (TRAINED, ADOPTED, PLATFORM)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "population": ("population_k",),
    "income": ("gdp_pc",),
    "regime": ("democracy",),
    "crime": ("crime",),
    "cities": ("urban_share", "large_cities"),
    "conflict and protest": ("conflict", "battle_deaths", "protest_rate"),
    "region": ("region", "subsaharan"),
    "Belt and Road": ("bri_year", "bri_exit_year"),
    "neighbour or partner": ("borders_china", "sco_year"),
    "relations with Beijing": ("relations", "claimed"),
    "rivalry with China": ("rivalry",),
    "Western alliance": ("defence_pact", "five_eyes", "eea"),
    "procurement agreement": ("gpa",),
    "ban on Chinese vendors": ("ban",),
    "own vendors": ("home_vendor",),
    "closed economy": ("closed",),
    "Chinese finance": ("lent_to_state", "earned", "related_years", "finance_until"),
    "votes in the UN": ("un_distance",),
    "Western aid": ("oda_gni",),
    "Western sanctions": ("sanctions", "arms_embargo", "trade_embargo"),
}
# Not reasons: the draws' counter, the row of parameters, and neighbours, whose decisions differ by
# run.
LEFT_OUT = ("counter", "parameter_row", "neighbour_count", "neighbours")
TOGETHER = "together"
"""The rest: interactions of three and more groups."""

YEARS = 20.0
"""Years within which a country buys or does not, as in docs/which-states.md."""
# Smaller chances count as this, since their logarithm has no limit.
LEAST_SHARE = 0.001
LEAST_TERM = 0.05
"""Logits below which a term is not shown."""


@dataclass(frozen=True)
class Reasons:
    """Contributions of known inputs to countries' propensities in a year.

    Attributes:
        p: Parameters of that year, for countries outside every `where` of the scenario.
        year: The year, or the last observed one if earlier.
        first_year: First year of runs, whose inputs count where history is switched off.
        scoped: The same under the parameters of a country that a `where` includes, by row.
    """

    seeds: Seeds
    p: Record
    year: int
    first_year: int
    basis: str
    scoped: Mapping[int, Reasons] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        plausible: PlausibleSets | None,
        seeds: Seeds,
        year: int,
        added: Sequence[str] = (),
    ) -> Reasons:
        """Return the reasons in runs of a scenario.

        The weighted mean of the sets `plausible` counts; None: the scenario's values. Mechanisms in
        `added` are left out.
        """
        mean: dict[str, float] = {}
        basis = "the values of the scenario alone"
        if plausible:
            mean = beneath(scenario, mean_set(plausible))
            basis = "the mean of the plausible sets"
        if added:
            basis += f"; what {', '.join(added)} adds is not among the terms"
        name = scenario.name
        parameters, period_of, told_apart = sets_of_points({name: scenario}, name, [mean])
        start = scenario.horizon.start
        asked = max(min(year, scenario.horizon.end), start)
        period = period_of[0, 0, quarter_of(asked) - quarter_of(start)]
        years = min(asked, seeds.last_year), min(start, seeds.last_year)
        classes = [cls(seeds, plain(record), *years, basis) for record in parameters[0, period]]
        rows = [told_apart.get(state.iso3, 0) for state in seeds.countries]
        scoped = {row: classes[at] for row, at in enumerate(rows) if at}
        return replace(classes[0], scoped=scoped)

    @property
    def words(self) -> str:
        return (
            f"Numbers: contributions of a country's inputs of a year (the last one: {self.year}),"
            " compared with the mean country, to its propensity to ask for courses and to the"
            f" log-odds that it buys within twenty years, by the rules at {self.basis}. Peers,"
            " trust from courses, dependence and unobserved traits differ by run and are left out."
        )

    @cached_property
    def inputs(self) -> list[dict[str, Any]]:
        """Each country's inputs by name: numbers, and series with a number per year."""
        world = starting_world(self.seeds)
        static = [name for group in GROUPS.values() for name in group if name not in PAST]
        pairs = zip(map(plain, world.countries), map(plain, world.pasts), strict=True)
        return [
            {name: getattr(country, name) for name in (*static, *LEFT_OUT)}
            | {name: getattr(past, name) for name in PAST}
            for country, past in pairs
        ]

    @cached_property
    def _start(self) -> tuple[dict[str, Any], Record, Record]:
        world = starting_world(self.seeds)
        row = plain(world.countries[0])
        names = world.countries.dtype.names or ()
        public = plain(world.public[0])
        now = plain(np.zeros(1, record_type(NOW, len(world.countries)))[0])
        set_moment(now, 0, quarter_of(self.year), 0, False)
        now.last_observed_year = self.seeds.last_year
        public.technology = china.technology_readiness(now, self.p)
        if not self.p.history.active:
            set_moment(now, 0, quarter_of(self.first_year), 0, False)
        public.price = self.p.market.price
        return {name: getattr(row, name) for name in names}, public, now

    # For courses the utility, with gates and priority as logarithms. For a purchase the logit of
    # the chance to buy within twenty years if nothing changed, since more propensity hardly matters
    # where the chance is high.
    def leanings(self, inputs: Mapping[str, Any]) -> Floats:
        """A country's propensity with these inputs, by question; the scale has no meaning."""
        record, public, now = self._start
        country = SimpleNamespace(**{**record, **inputs})
        past = SimpleNamespace(**{name: inputs[name] for name in PAST})
        p = self.p
        country.war_memory = 0.0
        # Memory of war accumulates: it needs the years before.
        for year in range(int(now.year) - FIRST_YEAR):
            country.war_exposure = THOUSAND * past.battle_deaths[year] / past.population_k[year]
            access.remember_war(country, now, p)
        prepare(country, past, past, now, p)
        # What is drawn in each run is taken out, or at the mean.
        lasts = needs.unrest_chance(country, p) * needs.unrest_length(0.5, p)
        country.unrest = lasts / (1.0 + lasts)
        country.need = country.standing_need + country.unrest
        society.step(country, public, p)
        market.step(country, now, p)
        # Finance earns trust without courses.
        country.trust = p.training.finance_trust * country.finance_level
        country.installed, country.vendor = 0.0, tender.NO_VENDOR
        open_in_war = share_at_war(country.war_memory, p.procurement.war_access, p)
        of_small = access.politics_share(country, tender.PILOT, p)
        of_platform = open_in_war * access.politics_share(country, tender.SAFE_CITY, p)
        country.politics_draw = country.war_draw = 0.0
        country.foreign_access = access.foreign_gates(country, p)
        first = _chance_of_first(country, public, p)
        wishes = YEARS * p.cameras.rate * camera_supply(country, p)
        from_cities = rate_to_probability(wishes) if p.cameras.active else 0.0
        country.installed, country.vendor = 1.0, tender.HUAWEI
        platform = of_platform * first * _chance_of_step(country, public, tender.SAFE_CITY, p)
        any_system = open_in_war * (1.0 - (1.0 - of_small * first) * (1.0 - from_cities))
        courses = training.share_of_courses(country, p) * training.share_that_asks(country, p)
        return np.array(
            [
                training.training_utility(country, p)
                + log(max(courses, LEAST_SHARE))
                + log(max(china.weigh_priority(country, p), LEAST_SHARE)),
                _logit(any_system),
                _logit(platform),
            ]
        )

    @cached_property
    def wholes(self) -> Floats:
        return np.array([self.leanings(inputs) for inputs in self.inputs])

    # Half of a part is the country's loss with the group's inputs of each other country, half the
    # gain of every other with its inputs; so interactions of two groups are shared between them.
    def terms(self, row: int) -> dict[str, dict[str, float]]:
        """Return the contribution of groups of inputs to a country's propensities, above the mean.

        By question and group, in logits; with `TOGETHER` they add up to the country's propensity
        minus the mean of all countries.
        """
        if row in self.scoped:
            return self.scoped[row].terms(row)
        inputs, whole, mean = self.inputs[row], self.wholes[row], self.wholes.mean(axis=0)
        added = {}
        for group, names in GROUPS.items():
            mine = _only(inputs, names)
            changes = np.zeros_like(whole)
            lost: dict[str, Floats] = {}
            for other, other_whole in zip(self.inputs, self.wholes, strict=True):
                theirs = _only(other, names)
                if theirs == mine:
                    continue  # what two countries share need not be exchanged: most of the work
                if (key := repr(theirs)) not in lost:
                    lost[key] = whole - self.leanings({**inputs, **theirs})
                changes += lost[key] + self.leanings({**other, **mine}) - other_whole
            added[group] = changes / (2.0 * len(self.inputs))
        added[TOGETHER] = whole - mean - np.sum(list(added.values()), axis=0)
        return {
            question: {group: float(values[at]) for group, values in added.items()}
            for at, question in enumerate(QUESTIONS)
        }


def mean_set(plausible: PlausibleSets) -> dict[str, float]:
    means = np.average(np.array(plausible.rows, dtype=float), axis=0, weights=plausible.weights)
    return dict(zip(plausible.keys, map(float, means), strict=True))


def _chance_of_first(country: Record, public: Record, p: Record) -> float:
    """Chance of a first Chinese system within `YEARS`, where politics allows it."""
    price = access.whole_cost(country, tender.PILOT, 0.0, p) * public.price
    entry, credit = access.market_share(country, p), access.finance_share(country, price, p)
    bought = 0.0
    # Access to the market and credit are drawn when a run begins: the chance averages over both.
    for market_draw, of_market in ((0.0, entry), (1.0, 1.0 - entry)):
        for finance_draw, of_finance in ((0.0, credit), (1.0, 1.0 - credit)):
            country.market_draw, country.finance_draw = market_draw, finance_draw
            bought += of_market * of_finance * _chance_of_step(country, public, tender.PILOT, p)
    return float((1.0 - p.procurement.never_share) * bought)


def _chance_of_step(country: Record, public: Record, stage: float, p: Record) -> float:
    country.stack = stage - 1.0
    cities = 1.0 if stage >= tender.SAFE_CITY else 0.0
    next_stage = procurement.evaluate_next_stage(country, public, stage, cities, p)
    whole, _, ratio, supply, wish = next_stage
    wishes = YEARS * QUARTERS * p.procurement.rate * wish
    if country.stack > tender.NO_SYSTEM:
        # Its pilot came from China: the incumbent is asked alone.
        return rate_to_probability(wishes * tender.chinese_supply(country, public, p))
    credit = access.takes_credit(country, whole * ratio, p)
    wins = tender.chinese_win_chance(country, public, credit, p)
    return rate_to_probability(wishes * supply) * wins


def _logit(chance: float) -> float:
    chance = clamp(chance, LEAST_SHARE, 1.0 - LEAST_SHARE)
    return log(chance / (1.0 - chance))


def _only(inputs: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: inputs[name] for name in names}

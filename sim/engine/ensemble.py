"""From scenarios and seed tables to the arrays that the loop reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.chunk import Cells, Layout, OwnGroups, make_cells, make_layout
from sim.engine.records import LENDING, NOW, PAST, past_type, record_type, start_record, states_of
from sim.errors import InputError, nearest
from sim.model.draws import COUNTRY_SHIFT, MOST_SEED, code_number
from sim.model.mechanisms.documented import CONTRACTS, UNKNOWN
from sim.model.mechanisms.tender import CHINESE_VENDORS
from sim.model.parameters import State
from sim.model.register import SHIPPED, Rules
from sim.model.units import MILLION, QUARTERS, REGIONS, THOUSAND, WORLD
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO, of_point
from sim.scenario.own_groups import OWN
from sim.scenario.resolve import beyond_bounds, derive
from sim.scenario.scope import classes_of, representatives
from sim.world.arrays import Floats, Whole
from sim.world.columns import ADOPTED, STAGES
from sim.world.dates import quarter_of_year
from sim.world.seeds import Seeds, shipped_seeds

SUBSAHARAN = "Sub-Saharan Africa"

# China's claim keeps Chinese vendors out of its public security.
CLAIMED = "TWN"

# Chinese finance counts up to the first, before outcomes from 2018 on could attract it; up to the
# last recorded year where relations began later.
FINANCE_LAST_YEAR, FINANCE_RECORDED = 2017, 2021

PRICES_2021 = 1.13
"""Prices of 2021 in prices of 2015 (US GDP deflator, Bureau of Economic Analysis)."""


@dataclass(frozen=True)
class World:
    """The records at the start of a run, which runs copy and never change."""

    countries: NDArray[Any]
    pasts: NDArray[Any]
    china: NDArray[Any]
    west: NDArray[Any]
    public: NDArray[Any]
    last_observed_year: int
    codes: tuple[str, ...]


def finance_until(seeds: Seeds) -> Whole:
    """Return each country's last year of Chinese finance that counts; 0 is the first."""
    years = np.arange(seeds.first_year, seeds.last_year + 1)
    early = (seeds.history["relations"][:, years <= FINANCE_LAST_YEAR] > 0.0).any(axis=1)
    return np.where(early, FINANCE_LAST_YEAR, FINANCE_RECORDED) - seeds.first_year


def chinese_lending(seeds: Seeds) -> dict[str, Floats]:
    """Return the measures of Chinese finance (:data:`LENDING`), each of shape (countries, years).

    Sums up to each year's end over years with relations with Beijing.
    """
    related = seeds.history["relations"] > 0.0
    to_2015 = MILLION / PRICES_2021
    economy = seeds.history["gdp_pc"] * seeds.history["population_k"] * THOUSAND
    to_state = seeds.history["state_finance"] * to_2015
    return {
        name: np.cumsum(amount * related, axis=1)
        for name, amount in zip(LENDING, (to_state, economy, np.ones(1)), strict=True)
    }


def impose(countries: NDArray[Any], pasts: NDArray[Any], seeds: Seeds) -> None:
    row_of = {seed.iso3: row for row, seed in enumerate(seeds.countries)}
    pasts[CONTRACTS[0]] = UNKNOWN
    for fact in sorted(seeds.known, key=lambda fact: fact.quarter):
        row = row_of[fact.iso3]
        if fact.what != ADOPTED:
            countries[row][f"imposed_{fact.what}"] = fact.quarter
            continue
        vendor = CHINESE_VENDORS.index(fact.vendor) if fact.vendor else UNKNOWN
        stage = STAGES.index(fact.stage) + 1 if fact.stage else 0
        nth = (pasts[row][CONTRACTS[0]] >= 0).sum()
        for name, value in zip(CONTRACTS, (fact.quarter, vendor, stage), strict=True):
            pasts[row][name][nth] = value


def fill_covariates(countries: NDArray[Any], states: Sequence[State], seeds: Seeds) -> None:
    for state in states:
        if state.covariate:
            if state.name not in seeds.covariates:
                hint = nearest(state.name, seeds.covariates, "; give a folder with it: --data DIR")
                raise InputError(f"no column {state.name!r} of covariates.csv{hint}")
            values = seeds.covariates[state.name]
            countries[state.name] = np.where(np.isnan(values), state.start, values)


def starting_world(seeds: Seeds, rules: Rules = SHIPPED) -> World:
    rows, states = len(seeds.countries), states_of(rules)
    countries = start_record(states["country"], rows, rows)
    pasts = np.zeros(rows, past_type(seeds.last_year - seeds.first_year + 1))
    observed = {**seeds.history, **chinese_lending(seeds)}
    for name in PAST:
        pasts[name] = observed[name]
    countries["protest_rate"] = seeds.history["protests"].mean(axis=1)
    countries["finance_until"] = finance_until(seeds)
    for row, seed in enumerate(seeds.countries):
        country = countries[row]
        country["counter"] = code_number(seed.iso3) << COUNTRY_SHIFT
        country["region"] = REGIONS.index(seed.region)
        country["claimed"] = seed.iso3 == CLAIMED
        country["subsaharan"] = seed.region == SUBSAHARAN
        for name, figure in seed.figures.items():
            country[name] = figure
        neighbours = seeds.neighbours[row]
        country["neighbour_count"] = len(neighbours)
        country["neighbours"][: len(neighbours)] = neighbours
    fill_covariates(countries, states["country"], seeds)
    impose(countries, pasts, seeds)
    public = start_record(states["public"], 1, rows)
    public["region_size"][0] = np.bincount(countries["region"], minlength=len(REGIONS))
    return World(
        countries=countries,
        pasts=pasts,
        china=start_record(states["china"], 1, rows),
        west=start_record(states["west"], 1, rows),
        public=public,
        last_observed_year=seeds.last_year,
        codes=tuple(seed.iso3 for seed in seeds.countries),
    )


@dataclass(frozen=True)
class Ensemble:
    """Inputs of an ensemble: the starting world, parameters by period, kept quarters.

    Attributes:
        parameters: Parameter records by set, period and class of countries.
        period_of: Each quarter's period, by set.
        class_of: Each country's class: its record within a period's parameters.
    """

    world: World
    parameters: NDArray[Any]
    period_of: Whole
    class_of: Whole
    seed: int
    quarters: int
    layout: Layout
    cells: Cells
    rules: Rules = SHIPPED

    @property
    def countries(self) -> NDArray[Any]:
        # A copy, since ensembles share the world. NumPy's own `copy`, and `zeros_like`, leave the
        # bytes that pad a row undefined, and the page publishes them.
        countries = np.zeros(len(self.world.countries), self.world.countries.dtype)
        countries[...] = self.world.countries
        countries["parameter_row"] = self.class_of
        return countries

    @property
    def now(self) -> NDArray[Any]:
        now = np.zeros(1, record_type(NOW, len(self.world.countries)))
        now["seed"] = self.seed
        now["last_observed_year"] = self.world.last_observed_year
        return now

    def narrowed(
        self,
        kinds: Collection[str] | None = None,
        *,
        yearly: bool = False,
        panel: Collection[str] | None = None,
    ) -> Ensemble:
        """Return an ensemble of the same runs that keeps less; None keeps all."""
        before = self.layout
        layout = replace(
            before,
            groups=tuple(
                g for g in before.groups if kinds is None or g.kind in {WORLD, OWN, *kinds}
            ),
            quarters=tuple(
                q for q in before.quarters if not yearly or quarter_of_year(q) == QUARTERS
            ),
            panel=tuple(name for name in before.panel if panel is None or name in panel),
        )
        # Cells stay as they are, so that sums add in the same order: groups that are not kept get a
        # number beyond the last.
        spare = len(layout.groups)
        places = [layout.groups.index(g) if g in layout.groups else spare for g in before.groups]
        groups = np.array([*places, spare])[self.cells.groups]
        return replace(self, layout=layout, cells=replace(self.cells, groups=groups))


def seed_of(given: int | None) -> int:
    if given is None:
        return int(np.random.default_rng().integers(MOST_SEED, endpoint=True))
    if not isinstance(given, int | np.integer) or not 0 <= given <= MOST_SEED:
        raise InputError(f"seed {given} is out of range; allowed: 0 to {MOST_SEED}")
    return int(given)


def prepare(
    scenario: Scenario,
    seed: int,
    values: Sequence[Mapping[str, Any]] = ({},),
    own: OwnGroups | None = None,
) -> Ensemble:
    """Bring a scenario into the form that the loop reads.

    `values` are those of each parameter set that replace the scenario's, by dotted key. `own` are
    further groups to sum; the sums of the others stay the same.
    """
    seeds, rules = scenario.seeds or shipped_seeds(), scenario.rules
    world = starting_world(seeds, rules)
    return Ensemble(
        world=world,
        **sets_of_points({"": scenario}, "", values, world.codes),
        seed=seed_of(seed),
        quarters=len(scenario.quarters),
        layout=make_layout(seeds, scenario.quarters, rules, own or {}),
        cells=make_cells(seeds, own or {}),
        rules=rules,
    )


def sets_of_points(
    scenarios: Mapping[str, Scenario],
    base: str,
    points: Sequence[Mapping[str, Any]],
    codes: Sequence[str],
) -> dict[str, Any]:
    """Return the parts of an ensemble that points of a design decide, for one of these countries.

    All `scenarios` have one horizon; `base` is the scenario of points that name none. `points` are
    checked settings by dotted key, perhaps with `scenario`.

    Raises:
        InputError: A relative value leads out of bounds.
    """
    # Points differ in usual values, such as those of their plausible sets; few in others.
    usual: list[dict[str, Any]] = []
    groups: dict[tuple[Any, ...], tuple[Scenario, list[int]]] = {}
    for at, settings in enumerate(points):
        name = settings.get(SCENARIO, base)
        rules = scenarios[name].rules
        usual.append({path: v for path, v in settings.items() if path in rules.parameters})
        others = {p: v for p, v in settings.items() if p not in usual[at] and p != SCENARIO}
        if (key := (name, *others.items())) not in groups:
            groups[key] = scenarios[name].given(of_point(others, rules)), []
        groups[key][1].append(at)
    classes = classes_of(scope for scenario, _ in groups.values() for scope in scenario.scopes)
    parts = []
    for scenario, members in groups.values():
        mine = [usual[at] for at in members]
        records, period_of = scenario.resolved(representatives(classes), mine)
        for given, row, text in beyond_bounds(scenario.assignments, records, rules):
            before = mine[row].get(given.bare, scenario.value(given.bare))
            where = f"in a run whose {given.bare} is {before:.6g}"
            raise InputError(f"{scenario.name}, {where}: it {text}")
        derive(records, rules)
        parts.append((members, records, period_of))
    most = max(records.shape[1] for _, records, _ in parts)
    sets = np.zeros((len(points), most, records.shape[2]), records.dtype)
    periods = np.zeros((len(points), len(period_of)), np.int64)
    for members, records, period_of in parts:
        sets[members, : records.shape[1]] = records
        periods[members] = period_of
    return {
        "parameters": sets,
        "period_of": periods,
        "class_of": np.array([classes.get(code, 0) for code in codes]),
    }

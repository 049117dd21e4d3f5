"""From the seed tables to the records with which a run starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.draws import COUNTRY_SHIFT, code_number
from sim.engine.records import PAST, past_type, start_record, states_of
from sim.mechanisms.needs import TOPIC_OF_REGION
from sim.rules import SHIPPED, Rules
from sim.units import MILLION, PERCENT, REGIONS, THOUSAND
from sim.world.documented import ADOPTED, LEFT, TRAINED
from sim.world.seeds import Seeds

SUBSAHARAN = "Sub-Saharan Africa"

CLAIMED = "TWN"
"""The state that China claims as its own; it keeps Chinese vendors out of public security."""

FINANCE_LAST_YEAR, FINANCE_RECORDED = 2017, 2021
"""Chinese finance counts to here, before the outcomes of 2018 and later could attract it; to the
last recorded year where relations began after that."""

PRICES_2021 = 1.13
"""Prices of 2021 in prices of 2015 (US GDP deflator, Bureau of Economic Analysis)."""


FIXED = {TRAINED: "fixed_training", ADOPTED: "fixed_adoption", LEFT: "fixed_exit"}
"""The field that holds the quarter of what is known."""


@dataclass(frozen=True)
class World:
    """The records at the start of a run; copied, never changed, by those who run.

    Attributes:
        countries: A record a country, in ISO order.
        pasts: Its observed history, in the same order.
        china: One record.
        west: One record.
        public: One record.
        last_observed_year: Last year of history.
        codes: ISO codes.
    """

    countries: NDArray[Any]
    pasts: NDArray[Any]
    china: NDArray[Any]
    west: NDArray[Any]
    public: NDArray[Any]
    last_observed_year: int
    codes: tuple[str, ...]

    @property
    def years(self) -> int:
        """Years of observed history."""
        return int(self.pasts.dtype[PAST[0]].shape[0])


def chinese_finance(seeds: Seeds) -> Floats:
    """Chinese finance received so far, as a share of the economy so far.

    Returns:
        Mean of the years with relations with Beijing from 2000 to the year before, and no further
        than 2017 if there were any by then, % of GDP: shape (states, years). It is 0 in the first
        year, and the same after the last that counts.
    """
    years = np.arange(seeds.first_year, seeds.last_year + 1)
    related = seeds.history["relations"] > 0.0
    early = related[:, years <= FINANCE_LAST_YEAR].any(axis=1, keepdims=True)
    counted = related & (years <= np.where(early, FINANCE_LAST_YEAR, FINANCE_RECORDED))
    received = seeds.history["chinese_finance"] * MILLION / PRICES_2021
    economy = seeds.history["gdp_pc"] * seeds.history["population_k"] * THOUSAND
    lent, earned = (np.cumsum(each * counted, axis=1)[:, :-1] for each in (received, economy))
    share = np.zeros_like(received)
    np.divide(lent, earned, out=share[:, 1:], where=earned > 0.0)
    return share * PERCENT


def fix_known(countries: NDArray[Any], seeds: Seeds) -> None:
    """Write what is known to have happened into the states' records."""
    row_of = {seed.iso3: row for row, seed in enumerate(seeds.countries)}
    for fact in seeds.known:
        country = countries[row_of[fact.iso3]]
        country[FIXED[fact.what]] = fact.quarter
        if fact.vendor is not None:
            country["fixed_vendor"] = fact.vendor
        if fact.stage is not None:
            country["fixed_stage"] = fact.stage


def starting_world(seeds: Seeds, rules: Rules = SHIPPED) -> World:
    """Fill the starting records from the seed tables."""
    rows, states = len(seeds.countries), states_of(rules)
    countries = start_record(states["country"], rows, rows)
    pasts = np.zeros(rows, past_type(seeds.last_year - seeds.first_year + 1))
    observed = {**seeds.history, "finance": chinese_finance(seeds)}
    for name in PAST:
        pasts[name] = observed[name]
    countries["protest_rate"] = seeds.history["protests"].mean(axis=1)
    for row, seed in enumerate(seeds.countries):
        country = countries[row]
        country["counter"] = code_number(seed.iso3) << COUNTRY_SHIFT
        country["region"] = REGIONS.index(seed.region)
        country["topic"] = TOPIC_OF_REGION[seed.region]
        country["claimed"] = seed.iso3 == CLAIMED
        country["subsaharan"] = seed.region == SUBSAHARAN
        for name, figure in seed.figures.items():
            country[name] = figure
        neighbours = seeds.neighbours[row]
        country["neighbour_count"] = len(neighbours)
        country["neighbours"][: len(neighbours)] = neighbours
    fix_known(countries, seeds)
    public = start_record(states["public"], 1, rows)
    for region in range(len(REGIONS)):
        public["region_size"][0, region] = (countries["region"] == region).sum()
    return World(
        countries=countries,
        pasts=pasts,
        china=start_record(states["china"], 1, rows),
        west=start_record(states["west"], 1, rows),
        public=public,
        last_observed_year=seeds.last_year,
        codes=tuple(seed.iso3 for seed in seeds.countries),
    )

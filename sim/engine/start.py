"""From the seed tables to the records with which a run starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import COUNTRY_SHIFT, code_number
from sim.engine.records import (
    PAST,
    china_states,
    country_states,
    past_type,
    public_states,
    start_record,
    west_states,
)
from sim.mechanisms.needs import TOPIC_OF_REGION
from sim.world.seeds import REGIONS, Seeds

NEVER = 9999.0
"""A year that no run reaches: the date of what never comes."""

BEFORE = 0.0
"""A year before every run."""

SUBSAHARAN = "Sub-Saharan Africa"

CLAIMED = "TWN"
"""The state that China claims as its own; it keeps Chinese vendors out of public security."""

SOURCE_OF_PAST = {
    "democracy": "democracy",
    "income": "gdp_pc",
    "population": "population_k",
    "urban": "urban_share",
    "conflict": "conflict",
    "sanctions": "sanctions",
    "aid": "oda_gni",
}


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


def starting_world(seeds: Seeds) -> World:
    """Fill the starting records from the seed tables."""
    rows = len(seeds.countries)
    countries = start_record(country_states(), rows, rows)
    pasts = np.zeros(rows, past_type(seeds.last_year - seeds.first_year + 1))
    for name in PAST:
        pasts[name] = seeds.history[SOURCE_OF_PAST[name]]
    countries["protest_rate"] = seeds.history["protests"].mean(axis=1)
    for row, seed in enumerate(seeds.countries):
        country = countries[row]
        country["counter"] = code_number(seed.iso3) << COUNTRY_SHIFT
        country["region"] = REGIONS.index(seed.region)
        country["topic"] = TOPIC_OF_REGION[seed.region]
        country["claimed"] = seed.iso3 == CLAIMED
        country["subsaharan"] = seed.region == SUBSAHARAN
        country["borders_china"] = seed.borders_china
        country["crime"] = seed.crime
        country["bri_from"] = NEVER if seed.bri_year is None else seed.bri_year
        country["bri_until"] = NEVER if seed.bri_exit_year is None else seed.bri_exit_year
        country["taipei_until"] = (
            BEFORE if seed.recognised_taiwan_until is None else seed.recognised_taiwan_until
        )
        country["ally_from"] = NEVER if seed.western_ally_since is None else seed.western_ally_since
        country["sco_from"] = NEVER if seed.sco_year is None else seed.sco_year
        neighbours = seeds.neighbours[row]
        country["neighbour_count"] = len(neighbours)
        country["neighbours"][: len(neighbours)] = neighbours
    public = start_record(public_states(), 1, rows)
    for region in range(len(REGIONS)):
        public["region_size"][0, region] = (countries["region"] == region).sum()
    return World(
        countries=countries,
        pasts=pasts,
        china=start_record(china_states(), 1, rows),
        west=start_record(west_states(), 1, rows),
        public=public,
        last_observed_year=seeds.last_year,
        codes=tuple(seed.iso3 for seed in seeds.countries),
    )

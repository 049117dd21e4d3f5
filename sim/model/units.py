"""Units of time and number, and groups of countries, of the whole model."""

from __future__ import annotations

FIRST_YEAR = 2000
"""The year of quarter 0; observed data begin with it."""
QUARTERS = 4
LAST_SEASON = QUARTERS - 1

PERCENT = 100.0
THOUSAND = 1e3
MILLION = 1e6

REGIONS = (
    "Sub-Saharan Africa",
    "Middle East & North Africa",
    "Eastern Europe & Caucasus",
    "Western Europe",
    "Central Asia",
    "South Asia",
    "Southeast Asia",
    "East Asia",
    "Oceania",
    "North America",
    "Latin America & Caribbean",
)

REGIMES = ("full democracy", "flawed democracy", "hybrid", "authoritarian")
"""Classes of the EIU Democracy Index; a regime's number is its place here, 0 to 3."""

WORLD, REGIME, RATED, REGION, AID = "world", "regime", "regime-rated", "region", "aid"
VENDOR = "vendor"

AID_CLASSES = ("no aid", "low aid", "middle aid", "high aid")
"""Dependence on Western aid in the last year of the input data."""
# A judgement that makes groups of similar size.
AID_MIDDLE, AID_HIGH = 1.0, 5.0
"""Aid from which dependence is middle, and high, in % of GNI."""

GROUPS_BY_KIND: dict[str, tuple[str, ...]] = {
    WORLD: (WORLD,),
    REGIME: REGIMES,
    RATED: REGIMES,
    REGION: REGIONS,
    AID: AID_CLASSES,
}
"""Names of the groups of countries of each kind: all countries first."""
KINDS_OF_GROUPS = (*[kind for kind in GROUPS_BY_KIND if kind != WORLD], VENDOR)
# Rated countries are only for published figures: studies and pages do not show them.
READ_BY = (REGIME, REGION, AID)

"""The record of fates: press reports on Chinese systems (`seeds/system_events.csv`).

The model's systems pass the same filter, so that reports are compared with reports.
"""

from sim.model.arithmetic import clamp, exponential_deviate, rate_to_probability
from sim.model.draws import (
    FATE_CLAIM, FATE_END, FATE_ENTRY, FATE_EXTENSION, FATE_PRESS, FATE_REPORT, chance,
)
from sim.model.mechanisms.tender import NO_VENDOR, SAFE_CITY, WESTERN
from sim.model.parameters import Mechanism, Outcome, Record, Section, State, parameter, switch
from sim.model.units import LAST_SEASON, QUARTERS

FIRST_START, LAST_START, LAST_REPORT = 2009.0, 2021.0, 2026.0
"""Years of the record: first and last start of service, and last report."""
OUT_FROM = 0.1
"""Share out of service from which the record reports an outage."""
EARLY_AGE = 5.0
"""Years of service below which an end is early."""
HALF = 0.5
"""Mean years from the last look to a system's end."""


class Fates(Section):
    """How the press reports the fates of systems."""

    active: bool = switch(True)
    """Fates are recorded; off: they are not, and no other outcome changes."""
    press_rate: float = parameter(
        0.2, unit="reports a year", low=0.0, high=50.0, plausible=(0.1, 0.35), log=True, evidence=2
    )
    """Reports a year on a working system, mean over countries.
    Source: record of fates: 30 reports in 107 to 157 years of service."""
    outage_news: float = parameter(
        4.5, unit="factor", low=0.0, high=50.0, plausible=(3.0, 7.0), log=True, evidence=2
    )
    """Factor on reports while the system is partly out of service.
    Source: record of fates: 9 reports in 9.4 years out of service, 3.4 to 5 times as many."""
    extension_news: float = parameter(
        5.0, unit="factor", low=0.0, high=50.0, plausible=(2.5, 10.0), log=True, evidence=1
    )
    """Factor on reports for an extension.
    Source: a judgement: contracts and openings are announced."""
    claims: float = parameter(0.15, unit="chance", plausible=(0.05, 0.3), evidence=2)
    """Chance that a report on an outage claims a repair that did not take place.
    Source: record of fates: repairs on official word alone."""
    switch_seen: float = parameter(0.8, unit="chance", plausible=(0.6, 0.95), evidence=1)
    """Chance that a change of vendor, or a removal, is reported.
    Source: a judgement: rivals announce their contracts."""
    loss_seen: float = parameter(0.45, unit="chance", plausible=(0.2, 0.7), evidence=1)
    """Chance that switching a system off is reported.
    Source: a judgement: systems end in silence."""
    pilot_seen: float = parameter(0.4, unit="chance", plausible=(0.2, 0.8), evidence=1)
    """Chance that the record follows a system smaller than a safe city.
    Source: a judgement: towns' contracts are missing."""


ON_RECORD = (
    ("seen_years_early", "system-years", "years of service, early",
     "Years of service on record, below five years of age."),
    ("seen_years_late", "system-years", "years of service, later",
     "Years of service on record, from age five."),
    ("seen_years_cameras", "system-years", "years of service, cameras",
     "Years of service on record, of systems smaller than a safe city."),
    ("seen_years_larger", "system-years", "years of service, larger",
     "Years of service on record, of safe cities and more."),
    ("seen_lost_cameras", "systems", "cameras switched off",
     "Chinese systems smaller than a safe city on record as switched off."),
    ("seen_lost_larger", "systems", "larger, switched off",
     "Chinese safe cities and more, as switched off."),
    ("seen_switched_early", "systems", "vendor changed early",
     "Chinese systems on record as replaced by another vendor below five years of age."),
    ("seen_switched_late", "systems", "vendor changed later", "Those replaced from age five."),
    ("seen_outages", "systems", "first outages",
     "Chinese systems on record as partly out of service."),
    ("seen_years_lit", "system-years", "years before an outage",
     "Years of service on record before a first outage."),
    ("seen_restored", "systems", "restored", "Restorations on record, claimed ones included."),
    ("seen_years_out", "system-years", "years out of service", "Years on record out of service."),
    ("seen_extended", "systems", "extended",
     "Chinese systems on record as extended at least once."),
    ("seen_years_unextended", "system-years", "years before an extension",
     "Years on record before a first extension."),
    ("seen_added", "contracts", "extensions, same vendor",
     "Extensions on record with the vendor of the system."),
    ("seen_added_other", "contracts", "extensions, other vendor",
     "Extensions on record with another vendor."),
)
"""Numbers that the record has: name, unit, label and meaning."""

COUNTRY = (
    State("press_reports", "Lasting draw: its press's reports, relative to the mean.", "factor"),
    State("followed", "Vendor of the system that the record follows; -1 if none.", "vendor",
          NO_VENDOR, True),
    State("followed_age", "Years that it had served at the last look.", "years"),
    State("followed_to", "Years of its service that reports cover.", "years"),
    State("followed_stage", "Its stage at the last look.", "stage"),
    State("followed_cities", "Cities that it covered then.", "cities"),
    State("followed_out", "1 while it is out of service by the record.", "0 or 1"),
    State("followed_once_out", "1 once it was.", "0 or 1"),
    State("followed_extended", "1 once an extension was on record.", "0 or 1"),
    State("followed_switched", "Changes of vendor up to the last look.", "contracts"),
    State("followed_switched_off", "Systems switched off up to the last look.", "contracts"),
    *(State(name, doc, unit, grows=True) for name, unit, _, doc in ON_RECORD),
)


def cover(country: Record, age: float) -> None:
    years = age - country.followed_to
    early = clamp(age, 0.0, EARLY_AGE) - clamp(country.followed_to, 0.0, EARLY_AGE)
    country.seen_years_early += early
    country.seen_years_late += years - early
    if country.followed_stage >= SAFE_CITY:
        country.seen_years_larger += years
    else:
        country.seen_years_cameras += years
    if country.followed_out > 0.0:
        country.seen_years_out += years
    if country.followed_once_out <= 0.0:
        country.seen_years_lit += years
    if country.followed_extended <= 0.0:
        country.seen_years_unextended += years
    # Later years are not observed: the next report may never come.
    country.followed_to = age


def report_end(country: Record, now: Record, p: Record) -> None:
    switched = country.switched > country.followed_switched
    lost = not switched and country.switched_off > country.followed_switched_off
    # Silent ends are missed more often than changes of vendor, which rivals announce.
    seen = p.fates.loss_seen if lost else p.fates.switch_seen
    if chance(now, country, FATE_END) < seen:
        age = country.followed_age + HALF
        cover(country, age)
        if lost and country.followed_stage >= SAFE_CITY:
            country.seen_lost_larger += 1.0
        elif lost:
            country.seen_lost_cameras += 1.0
        elif switched and country.stage > country.followed_stage:
            # The record has another vendor's larger system as an extension, which ends nothing.
            country.seen_added_other += 1.0
        elif switched and age < EARLY_AGE:
            country.seen_switched_early += 1.0
        elif switched:
            country.seen_switched_late += 1.0
    country.followed = NO_VENDOR


def report_service(country: Record, now: Record, p: Record) -> None:
    age = country.in_service / QUARTERS
    rate = p.fates.press_rate * country.press_reports
    out_of_service = country.out_of_service >= OUT_FROM
    grown = country.stage > country.followed_stage or country.cities > country.followed_cities
    if grown and chance(now, country, FATE_EXTENSION) < rate_to_probability(
        rate * p.fates.extension_news
    ):
        cover(country, age)
        country.seen_added += 1.0
        if country.followed_extended <= 0.0:
            country.followed_extended = 1.0
            country.seen_extended += 1.0
    if chance(now, country, FATE_REPORT) < rate_to_probability(
        rate * (p.fates.outage_news if out_of_service else 1.0)
    ):
        cover(country, age)
        if country.followed_out > 0.0:
            # Officials claim repairs that did not take place.
            if not out_of_service or chance(now, country, FATE_CLAIM) < p.fates.claims:
                country.followed_out = 0.0
                country.seen_restored += 1.0
        elif out_of_service:
            country.followed_out = 1.0
            if country.followed_once_out <= 0.0:
                country.followed_once_out = 1.0
                country.seen_outages += 1.0


def begins(country: Record, now: Record, p: Record) -> bool:
    """Whether the record begins to follow a system of the last year."""
    if now.year > LAST_START or country.installed <= 0.0 or country.vendor == WESTERN:
        return False
    if country.in_service > QUARTERS:
        return False
    return country.stage >= SAFE_CITY or chance(now, country, FATE_ENTRY) < p.fates.pilot_seen


def step(country: Record, now: Record, p: Record) -> None:
    if not p.fates.active or now.season != LAST_SEASON:
        return
    if now.year < FIRST_START or now.year > LAST_REPORT:
        return
    if country.press_reports <= 0.0:
        # An exponential variate: a third of all countries have less than two fifths of the mean.
        country.press_reports = exponential_deviate(chance(now, country, FATE_PRESS))
    if country.followed != NO_VENDOR:
        # A system that served longer at the last look than it does now is another one.
        if (
            country.installed > 0.0
            and country.vendor == country.followed
            and country.in_service > country.followed_age * QUARTERS
        ):
            report_service(country, now, p)
        else:
            report_end(country, now, p)
    if country.followed == NO_VENDOR and begins(country, now, p):
        country.followed = country.vendor
        country.followed_to = 0.0
        country.followed_out = 0.0
        country.followed_once_out = 0.0
        country.followed_extended = 0.0
    if country.followed != NO_VENDOR:
        country.followed_age = country.in_service / QUARTERS
        country.followed_stage = country.stage
        country.followed_cities = country.cities
    country.followed_switched = country.switched
    country.followed_switched_off = country.switched_off


OUTCOMES = tuple(
    Outcome(name, unit, doc, name, "total", f"On record: {label}")
    for name, unit, label, doc in ON_RECORD
)

MECHANISM = Mechanism(
    name="fates",
    title="The record of fates",
    section=Fates,
    article="P9",
    country=COUNTRY,
    outcomes=OUTCOMES,
)

"""The observer: records, which cover only some events.

Published figures are compared with these records, never with events.
"""

from sim.model.draws import CAMERAS_SEEN, CONTRACT_SEEN, COVERED, TRAINING_SEEN, chance
from sim.model.mechanisms.documented import course_due, sale_due
from sim.model.mechanisms.history import AUTHORITARIAN
from sim.model.mechanisms.tender import SAFE_CITY, WESTERN
from sim.model.parameters import Mechanism, Outcome, Record, Section, State, parameter, switch

BRI_LIST_YEAR, BRI_STRICT_YEAR = 2018.0, 2017.0
"""The list behind the published share is not printed: members by 2018, or strictly by 2017."""

LOWER_MIDDLE_FROM, UPPER_MIDDLE_FROM, HIGH_FROM = 1026.0, 3996.0, 12376.0
"""The World Bank's income classes of 2018 (US$ of income per head)."""

CHANGE = 2020.0
"""Date from which fewer courses are recorded."""


class Observer(Section):
    """Chances to be recorded."""

    active: bool = switch(True)
    """Records are incomplete; off: all that happens is recorded."""
    training_seen: float = parameter(
        0.68, unit="chance", plausible=(0.5, 0.95), evidence=2
    )
    """Chance that a course is recorded, before 2020.
    Source: the study's authors: Chinese source pages vanish."""
    training_seen_late: float = parameter(
        0.55, unit="chance", plausible=(0.3, 0.8), evidence=2
    )
    """Chance that a course is recorded, from 2020 on, as Chinese sources close.
    Source: the study's authors: Chinese source pages vanish."""
    contract_seen: float = parameter(0.65, unit="chance", plausible=(0.6, 0.95), evidence=3)
    """Chance that a small Chinese system is recorded, in a covered country.
    Source: AIGS counts 63 where Greitens counts 80."""
    platform_seen: float = parameter(
        0.95, unit="chance", plausible=(0.88, 0.98), varied=False, evidence=2
    )
    """Chance that a safe city or more is recorded, in a covered country.
    Source: a president opens a national safe city; CSIS 2019."""
    half_economy: float = parameter(
        5000.0, unit="million US$ a year", low=0.0, high=1e7, plausible=(3000.0, 60000.0),
        evidence=2,
    )
    """Economy at which lists of systems cover half of all countries.
    Source: reporting bias: Weidmann 2016; small economies are in no list's press."""
    secrecy: float = parameter(0.22, unit="share", plausible=(0.0, 0.5), evidence=2)
    """Share of the chances to be recorded that is lost in authoritarian regimes.
    Source: How China Lends (Gelpern et al. 2021): confidentiality clauses."""


COUNTRY = (
    State("recorded_trained", "1 once a course was recorded.", "0 or 1", grows=True, panel=True),
    State("recorded_trainings", "Courses recorded so far.", "courses", grows=True),
    State("recorded_adopted", "1 once a purchase was recorded.", "0 or 1", grows=True, panel=True),
    State("recorded_platform", "1 once a safe city or more was recorded.",
          "0 or 1", grows=True, panel=True),
    State("recorded_financed", "1 once a platform on Chinese credit was recorded as a loan.",
          "0 or 1", grows=True, panel=True),
    State("recorded_any_maker", "1 once a system of any maker was recorded.",
          "0 or 1", grows=True),
    State("press_draw", "Lasting draw that decides whether lists cover the country.", "share"),
    State("recorded_agreements", "Agreements that cover a city recorded.",
          "agreements", grows=True),
    State("recorded_agreements_lower", "Those in countries of lower-middle income.",
          "agreements", grows=True),
    State("recorded_agreements_upper", "Those in countries of upper-middle income.",
          "agreements", grows=True),
    State("recorded_adopted_bri", "1 if so, in a member of the Belt and Road by 2018.",
          "0 or 1", grows=True),
    State("recorded_adopted_bri_strict", "1 if so, in a member by 2017.", "0 or 1", grows=True),
)


# Recorded counts are "ever": no rule lowers them.
def recording_chance(country: Record, base: float, p: Record) -> float:
    if not p.observer.active:
        return 1.0
    if country.regime == AUTHORITARIAN:
        return base * (1.0 - p.observer.secrecy)
    return base


def covered(country: Record, p: Record) -> bool:
    share = country.economy / (country.economy + p.observer.half_economy)
    return not p.observer.active or country.press_draw < share


def observe_courses(country: Record, now: Record, p: Record) -> None:
    late = now.date >= CHANGE
    base = p.observer.training_seen_late if late else p.observer.training_seen
    # Documented courses are on record.
    seen = 1.0 if course_due(country, now) else recording_chance(country, base, p)
    for nth in range(int(country.sessions)):
        if chance(now, country, TRAINING_SEEN, nth) < seen:
            country.recorded_trainings += 1.0
            if country.recorded_trained <= 0.0:
                country.recorded_trained = 1.0


def list_country(country: Record) -> None:
    if country.recorded_adopted <= 0.0:
        country.recorded_adopted = 1.0
        country.recorded_adopted_bri = 1.0 if country.bri_year <= BRI_LIST_YEAR else 0.0
        country.recorded_adopted_bri_strict = 1.0 if country.bri_year <= BRI_STRICT_YEAR else 0.0


def observe_purchase(country: Record, now: Record, p: Record) -> None:
    # Lists contain agreements, so also platforms that will never serve.
    stage = country.stage if country.stage > country.fell_through else country.fell_through
    # Records of finance need no press: they contain every purchase on Chinese credit.
    if country.sale_credit > 0.0 and country.stage >= SAFE_CITY:
        country.recorded_financed = 1.0
    if not sale_due(country, now):
        platform = stage >= SAFE_CITY
        base = p.observer.platform_seen if platform else p.observer.contract_seen
        seen = recording_chance(country, base, p)
        if chance(now, country, CONTRACT_SEEN) >= seen or not covered(country, p):
            return
    list_country(country)
    country.recorded_agreements += country.signed
    if country.signed > 0.0 and LOWER_MIDDLE_FROM <= country.gdp_pc < UPPER_MIDDLE_FROM:
        country.recorded_agreements_lower += 1.0
    elif country.signed > 0.0 and UPPER_MIDDLE_FROM <= country.gdp_pc < HIGH_FROM:
        country.recorded_agreements_upper += 1.0
    if stage >= SAFE_CITY and country.recorded_platform <= 0.0:
        country.recorded_platform = 1.0


def step(country: Record, now: Record, p: Record) -> None:
    if now.elapsed == 0:
        # The press covers some countries for good and others never.
        country.press_draw = chance(now, country, COVERED)
    if country.sessions > 0.0:
        observe_courses(country, now, p)
    if country.fell_through > 0.0 or (country.paid_sale > 0.0 and country.sale_to != WESTERN):
        observe_purchase(country, now, p)
    if country.cameras_bought > 0.0 and covered(country, p):
        seen = recording_chance(country, p.observer.contract_seen, p)
        if chance(now, country, CAMERAS_SEEN) < seen:
            list_country(country)
    # The larger of two, and no path that a processor would guess wrong for many countries.
    chinese, western = country.recorded_adopted, country.bought_western
    country.recorded_any_maker = chinese if chinese > western else western


OUTCOMES = (
    Outcome("recorded_trained", "countries", "Countries with a recorded course.",
            "recorded_trained", "total", "Recorded: ever trained"),
    Outcome("recorded_trained_share", "share of countries",
            "Share of countries with a recorded course.", "recorded_trained", "share",
            "Recorded: ever trained"),
    Outcome("recorded_trainings", "courses", "Courses recorded so far.", "recorded_trainings",
            "total", "Recorded: courses"),
    Outcome("recorded_trainings_yearly", "courses a year", "Courses recorded in four quarters.",
            "recorded_trainings", "yearly", "Recorded: courses a year"),
    Outcome("recorded_adopters", "countries",
            "Countries with a recorded Chinese system of any size.", "recorded_adopted", "total",
            "Recorded: ever adopted"),
    Outcome("recorded_adopters_bri", "countries",
            "Countries with a recorded purchase that were members of the Belt and Road by 2018.",
            "recorded_adopted_bri", "total", "Recorded: adopters in the Belt and Road"),
    Outcome("recorded_adopters_bri_strict", "countries",
            "Countries with a recorded purchase that were members of the Belt and Road by 2017.",
            "recorded_adopted_bri_strict", "total",
            "Recorded: adopters in the Belt and Road, strictly"),
    Outcome("recorded_platforms", "countries", "Countries with a recorded safe city or more.",
            "recorded_platform", "total", "Recorded: ever adopted a platform"),
    Outcome("recorded_financed", "countries",
            "Countries with a platform on Chinese credit on record.", "recorded_financed", "total",
            "Recorded: platforms on Chinese credit"),
    Outcome("recorded_any_maker", "countries", "Countries with a recorded system of any maker.",
            "recorded_any_maker", "total", "Recorded: systems of any maker"),
    Outcome("recorded_agreements", "agreements", "Recorded agreements that cover a large city.",
            "recorded_agreements", "total", "Recorded: safe-city agreements"),
    Outcome("recorded_agreements_lower_middle", "agreements",
            "Recorded agreements of countries that had lower-middle income (1,026 to 3,995 US$)"
            " when they signed.", "recorded_agreements_lower", "total",
            "Recorded: agreements, lower-middle income"),
    Outcome("recorded_agreements_upper_middle", "agreements",
            "Recorded agreements of countries that had upper-middle income (3,996 to 12,375 US$)"
            " when they signed.", "recorded_agreements_upper", "total",
            "Recorded: agreements, upper-middle income"),
)

MECHANISM = Mechanism(
    name="observer",
    title="The observer",
    section=Observer,
    article="P1",
    country=COUNTRY,
    outcomes=OUTCOMES,
)

"""The West: aid with conditions, training courses, and bans."""

from sim.model.arithmetic import clamp, decay_factor, rate_to_probability
from sim.model.draws import BAN, REPLACE, WEST_SEAT, chance
from sim.model.mechanisms.payments import NO_BUDGET
from sim.model.mechanisms.rationing import stochastic_round
from sim.model.parameters import (
    Mechanism, Outcome, Record, Section, State, derived, parameter, switch,
)
from sim.model.units import QUARTERS


class West(Section):
    """Aid, conditions, Western training and counter-action."""

    active: bool = switch(True, of_world=True)
    """Aid comes with conditions, and the West trains and bans."""
    conditions: bool = switch(True)
    """Aid comes with conditions; off: their influence is zero."""
    aid_growth: float = parameter(
        -0.02, unit="share a year", low=-1.0, high=0.5, plausible=(-0.05, 0.02), varied=False,
        evidence=3,
    )
    """Change of aid after history, outside sub-Saharan Africa: see `aid_growth_africa`.
    Source: OECD 2025: 2027 at about the level of 2020."""
    aid_growth_africa: float = parameter(
        -0.02, unit="share a year", low=-1.0, high=0.5, plausible=(-0.06, 0.02), varied=False,
        evidence=3,
    )
    """Change of sub-Saharan countries' aid after history, in place of `aid_growth`.
    Source: OECD 2025: sub-Saharan Africa cut more."""
    aid_floor: float = parameter(0.0, unit="share", high=3.0, evidence=1)
    """Least aid after history, as a share of the last observed year's. 1: restores it.
    Source: a scenario's assumption."""
    strictness: float = parameter(0.6, unit="share", plausible=(0.2, 0.9), evidence=2)
    """How strict the conditions are: 0 none, 1 full.
    Source: Leahy vetting bars 0.9% (2011), World Bank conditions are common."""
    half_dependence: float = parameter(
        5.0, unit="% of GNI", low=0.1, high=50.0, plausible=(2.0, 10.0), varied=False, evidence=1
    )
    """Aid at which conditions have half their full weight.
    Source: assumption."""
    sessions_a_year: float = parameter(
        110.0, unit="courses a year", low=0.0, high=2000.0, plausible=(60.0, 150.0), varied=False,
        evidence=3,
    )
    """Western police courses a year (about 4,500 officers, 40 a course).
    Source: ILEA: over 4,500 graduates a year, 30-50 a course."""
    tie_per_session: float = parameter(0.15, unit="share", plausible=(0.05, 0.3), evidence=1)
    """Growth of a country's training tie with the West per course, towards 1.
    Source: assumption."""
    tie_half_life: float = parameter(
        4.0, unit="years", low=0.25, high=50.0, plausible=(2.0, 8.0), varied=False, evidence=1
    )
    """Half-life of a training tie with the West.
    Source: assumption."""
    ban_rate: float = parameter(
        0.0, unit="a year", low=0.0, high=4.0, evidence=2
    )
    """Chance a year that an ally with a defence pact bans Chinese vendors, beyond bans on record.
    Dated events set it.
    Source: spells.csv: some 15 of 50 allies by 2024, nearly all since 2018."""
    replace_rate: float = parameter(
        0.1, unit="a year", low=0.0, high=4.0, plausible=(0.0, 0.2), varied=False, evidence=2
    )
    """Chance a year that a country with a ban removes a Chinese system.
    Source: US rip-and-replace: slow and underfunded."""
    subsidy: float = parameter(0.0, unit="share", evidence=2)
    """Share of a Western system's price, and of exit cost, that the West pays.
    Source: US rip-and-replace programme; a scenario's assumption."""

    fees_paid: float = parameter(0.0, unit="share", evidence=1)
    """Share of a country's maintenance fees that the West pays, to any vendor. 1: no payment is
    missed, and suspended systems are restored.
    Source: a scenario's assumption."""
    fees_paid_chinese: float = parameter(0.0, unit="share", evidence=1)
    """Share of the maintenance fees of Chinese systems that the West pays. If `fees_paid` is set
    too, the larger share is paid.
    Source: a scenario's assumption."""
    exit_paid: float = parameter(0.0, unit="share", evidence=2)
    """Share of a Chinese system's exit cost that the West pays, also if another Chinese vendor
    follows. New systems are paid by `subsidy`; with both this is a share of the rest.
    Source: US rip-and-replace programme; a scenario's assumption."""
    budget: float = parameter(
        NO_BUDGET, unit="million US$", low=0.0, high=NO_BUDGET, of_world=True,
        evidence=2,
    )
    """The West's total for fees, systems and exits from the date on which it is set. 1,000,000:
    unlimited. Once it is short, a quarter's claims are paid in part, and later ones not at all.
    Source: US rip-and-replace: 1.9 billion paid 39.5% of claims (FCC, 15 July 2022)."""

    @derived
    def replace_chance(self) -> float:
        return rate_to_probability(self.replace_rate / QUARTERS)

    @derived
    def tie_retention(self) -> float:
        return decay_factor(QUARTERS * self.tie_half_life)


COUNTRY = (
    State("aid_before", "Aid of the year before, after history.", "% of GNI"),
    State("condition_weight", "Weight of the conditions of aid, 0 to 1.", "share"),
    State("banned", "1 once the country has banned Chinese vendors.", "0 or 1", panel=True),
    State("west_sessions", "Western courses this quarter.", "courses"),
    State("west_trainings", "Western courses so far.", "courses", grows=True),
    State("west_tie", "Training tie with the West, 0 to 1.", "share"),
    State("paid_own", "Paid for systems, fees, exits and debt by the country itself so far.",
          "million US$", grows=True),
    State("donors_paid", "Paid by the West for them so far.", "million US$", grows=True),
    State("exits_paid", "Exit costs paid so far, without new systems.", "million US$",
          grows=True),
    State("promised", "Promised by the West for this quarter.", "million US$"),
    State("fund", "1 while the West has money for it left.", "0 or 1", start=1.0),
)
WEST = (
    State("courses", "Courses on offer so far.", "courses"),
    State("sessions", "Courses given so far.", "courses"),
    State("carry", "Courses granted too few by the lot so far (below 0: too many).", "courses"),
    State("spent", "Paid under its budget so far.", "million US$"),
    State("closed", "1 once that is spent.", "0 or 1"),
)


def aid_next(country: Record, p: Record) -> float:
    growth = p.west.aid_growth_africa if country.subsaharan else p.west.aid_growth
    floor = p.west.aid_floor * country.last_aid
    aid = country.aid_before * (1.0 + growth)
    return aid if aid > floor else floor


def weigh_conditions(country: Record, p: Record) -> float:
    if not (p.west.active and p.west.conditions) or country.oda_gni <= 0.0:
        return 0.0
    dependence = country.oda_gni / (country.oda_gni + p.west.half_dependence)
    return p.west.strictness * dependence


def ration(west: Record, countries: Record, now: Record, ps: Record) -> None:
    """Share out the quarter's Western courses, evenly among recipients of aid."""
    p = ps[0]
    eligible = 0.0
    more = 0.0
    for i in range(len(countries)):
        country = countries[i]
        country.west_sessions = 0.0
        if country.oda_gni > 0.0:
            share = clamp(1.0 - country.embargo, 0.0, 1.0)
            own = ps[country.parameter_row].west.sessions_a_year
            eligible += share
            more += (own - p.west.sessions_a_year) / QUARTERS * share
    # In a run's first quarter recipients of aid are not known yet.
    if not p.west.active or now.elapsed == 0:
        return
    new = p.west.sessions_a_year / QUARTERS
    if eligible > 0.0:
        new += more / eligible
    if new <= 0.0:
        return
    west.courses += new
    carried = west.carry
    courses = new + carried
    west.carry = courses if courses < 0.0 else 0.0
    if courses <= 0.0 or eligible <= 0.0:
        return
    given = 0.0
    for i in range(len(countries)):
        country = countries[i]
        if country.oda_gni > 0.0:
            share = clamp(1.0 - country.embargo, 0.0, 1.0)
            # A country with its own number of courses has the share that it would have if that
            # number were the world's; the addition is taken from nobody.
            own = ps[country.parameter_row].west.sessions_a_year / QUARTERS + carried
            draw = chance(now, country, WEST_SEAT)
            country.west_sessions = stochastic_round(own * share / eligible, draw)
            given += country.west_sessions
    west.carry = courses - given
    west.sessions += given


def step(country: Record, now: Record, p: Record) -> None:
    """Update aid and its conditions; give Western courses; ban or replace."""
    if now.review > 0 and now.year > now.last_observed_year:
        # Where parameters change within a year, its aid follows anew from the year's before.
        if now.season == 0:
            country.aid_before = country.oda_gni
        if p.history.active:
            country.oda_gni = aid_next(country, p)
    if now.review > 0:
        country.condition_weight = weigh_conditions(country, p)
    tie = country.west_tie * p.west.tie_retention
    if country.west_sessions > 0.0:
        country.west_trainings += country.west_sessions
        tie += (1.0 - tie) * clamp(p.west.tie_per_session * country.west_sessions, 0.0, 1.0)
    country.west_tie = tie
    if country.ban > 0.0 and p.west.active:
        country.banned = 1.0
    elif country.ally > 0.0 and country.banned <= 0.0 and p.west.active and p.west.ban_rate > 0.0:
        bans = rate_to_probability(p.west.ban_rate * country.ally / QUARTERS)
        if chance(now, country, BAN) < bans:
            country.banned = 1.0


def replaces(country: Record, now: Record, p: Record) -> bool:
    if country.banned <= 0.0 or country.stays > 0.0 or not p.west.active:
        return False
    return chance(now, country, REPLACE) < p.west.replace_chance


OUTCOMES = (
    Outcome("aid", "% of GNI", "Mean Western aid received.", "oda_gni", "mean", "Western aid"),
    Outcome("bans", "countries", "Countries that ban Chinese vendors.", "banned", "total", "Bans"),
    Outcome("west_trainings", "courses", "Western police courses given so far.", "west_trainings",
            "total", "Western courses"),
    Outcome("hosts_paid", "million US$",
            "Paid by the countries themselves so far: systems, fees, exits, debt service.",
            "paid_own", "total", "Paid by hosts"),
    Outcome("donors_paid", "million US$",
            "Paid by the West for systems, fees and exits so far; courses and aid are not in it.",
            "donors_paid", "total", "Paid by donors"),
    Outcome("exit_costs", "million US$",
            "Exit cost paid so far, by hosts and donors; new systems are not in it.",
            "exits_paid", "total", "Cost of exits"),
)

MECHANISM = Mechanism(
    name="west",
    title="The West",
    section=West,
    article="P14, P15, P16, P20, P22, P23",
    country=COUNTRY,
    west=WEST,
    outcomes=OUTCOMES,
)

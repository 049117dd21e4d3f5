"""China's offers: courses and credit, both limited, without political conditions."""

from sim.model.arithmetic import clamp, power
from sim.model.draws import CREDIT, SEAT, chance
from sim.model.mechanisms.documented import course_due, sale_due_before
from sim.model.mechanisms.rationing import stochastic_round
from sim.model.parameters import Mechanism, Outcome, Record, Section, State, parameter, switch
from sim.model.units import QUARTERS

LEAST_FACTOR, MOST_FACTOR = 0.1, 4.0
"""Bounds of the effect of size or friendship on priority."""
MOST_COURSES = 4.0
"""Most courses of a country in a quarter, on average; more go to others. An assumption."""
EARLY, BELT_AND_ROAD, WAVE, SECURITY_INITIATIVE = 0, 1, 2, 3


class China(Section):
    """China's offers, their order and their dates."""

    active: bool = switch(True)
    """China ranks the countries that ask; off: all are equal."""
    offering: bool = switch(True)
    """China grants courses, sales and credit; off: nothing new, but contracts are served."""
    courses: bool = switch(True)
    """China grants courses; off: none, so no bundled offers; sales and credit continue."""
    sales: bool = switch(True)
    """Chinese vendors sell; off: no new system, stage, city or camera. They still serve, restore
    and renew, and courses carry no offer."""
    credit: bool = switch(True)
    """China lends for systems; off: countries that cannot pay at once borrow elsewhere, as for
    Western systems. Debts are served."""
    bundling: bool = switch(True)
    """Courses may carry offers of technology; off: never."""
    epoch: int = parameter(0, unit="class", low=0, high=3, of_world=True, evidence=3)
    """Policy epoch: 0 early, 1 Belt and Road, 2 wave of 2018, 3 Global Security Initiative.
    Source: dates of the initiatives, set by the baseline's events."""
    courses_at_start: float = parameter(
        6.77, unit="courses a year", low=0.0, high=1000.0, plausible=(2.0, 9.0),
        of_world=True, evidence=2,
    )
    """Courses a year at the start of a run.
    Source: about 60 recorded before 2010."""
    course_growth_early: float = parameter(
        0.11, unit="share a year", low=-1.0, high=1.0, plausible=(0.05, 0.25), of_world=True,
        evidence=3,
    )
    """Growth of courses in the early epoch.
    Source: 14 recorded trainings in 2010."""
    course_growth_belt_and_road: float = parameter(
        0.38, unit="share a year", low=-1.0, high=1.0, plausible=(0.2, 0.4), of_world=True,
        evidence=3,
    )
    """Growth of courses from the Belt and Road on.
    Source: 14 in 2010 to 138 in 2019: 29% a year."""
    course_growth_wave: float = parameter(
        0.32, unit="share a year", low=-1.0, high=1.0, plausible=(0.1, 0.35), of_world=True,
        evidence=3,
    )
    """Growth of courses in the wave of 2018.
    Source: 138 recorded trainings in 2019."""
    course_growth_security_initiative: float = parameter(
        0.02, unit="share a year", low=-1.0, high=1.0, plausible=(0.0, 0.06), varied=False,
        of_world=True, evidence=2,
    )
    """Growth of courses from the Global Security Initiative on.
    Source: 2,700 officers in 2023/24, 3,000 pledged for the next year."""
    courses_open: float = parameter(1.0, unit="share", of_world=True, evidence=2)
    """Share of courses that can take place (travel); the pandemic lowers it.
    Source: recorded trainings after 2019: a third or less."""
    recovery: float = parameter(
        0.33, unit="share a year", low=0.0, high=4.0, plausible=(0.05, 0.9), of_world=True,
        evidence=2,
    )
    """Speed at which closed courses open again.
    Source: courses on record, of 2016-19: 0.96 (0.48 to 1.8) in 2023, 0.49 (0.28 to 0.84) in
    2023-25."""
    bri_priority: float = parameter(
        1.0, unit="share", high=10.0, plausible=(0.2, 2.0), varied=False, evidence=3
    )
    """Increase of priority by Belt and Road membership, as a share.
    Source: 57% of Chinese-supplied countries of 2019 were members."""
    strategic_priority: float = parameter(
        1.23, unit="share", high=10.0, plausible=(0.2, 2.0), varied=False, evidence=3
    )
    """Increase of priority by a border with China, or a seat in the Shanghai Organisation.
    Source: Greitens 2020: strategic importance."""
    size_priority: float = parameter(
        0.0, unit="share per log", low=0.0, high=3.0, plausible=(0.0, 0.2), evidence=2
    )
    """Increase of priority per logarithm of population.
    Source: at least 40 of 48 sub-Saharan countries trained, small ones too."""
    friend_priority: float = parameter(
        0.4, unit="share", high=10.0, plausible=(0.0, 1.0), evidence=1
    )
    """Increase of priority by full alignment with China.
    Source: article P17, P23."""
    technology_from: float = parameter(
        2008.0, unit="year", low=1990.0, high=2060.0, plausible=(2005.0, 2010.0), of_world=True,
        evidence=2,
    )
    """Date from which surveillance technology is on offer.
    Source: CSIS 2019: first safe-city agreement 2009."""
    technology_ramp: float = parameter(
        7.05, unit="years", low=0.25, high=40.0, plausible=(6.0, 12.0), of_world=True,
        evidence=2,
    )
    """Years from first to full offer of surveillance technology.
    Source: CSIS 2019: most agreements after 2014."""
    bundle_chance: float = parameter(0.1, unit="chance", plausible=(0.015, 0.24), evidence=2)
    """Chance that a course carries an offer of technology, once fully on offer.
    Source: of 236 trainings on record 3% name cameras (1.5 to 6.6%), 19% any gift (14 to 24%)."""
    bundle_years: float = parameter(
        3.0, unit="years", low=0.25, high=20.0, plausible=(1.0, 4.0), evidence=1
    )
    """Years for which a bundled offer is valid.
    Source: assumption."""
    credit_a_year: float = parameter(
        1655.0, unit="million US$ a year", low=0.0, high=100000.0, plausible=(300.0, 2000.0),
        of_world=True, evidence=2,
    )
    """Most credit for technology that China grants a year.
    Source: US$3.56 bn public-security loans to Africa 2003-2017."""


COUNTRY = (
    State("sessions", "Courses granted this quarter.", "courses"),
    State("offer_left", "Until a bundled offer of technology ends.", "quarters from now"),
    State("offers", "Bundled offers received so far.", "count", grows=True),
    State("credit_wanted", "Credit asked for, this quarter.", "million US$"),
    State("credit", "1 if credit is granted for a purchase this quarter.", "0 or 1"),
)
CHINA = (
    State("courses_a_year", "Courses a year that the programme could give.", "courses a year"),
    State("open_share", "Share of them that it can give now.", "share", start=1.0),
    State("priorities", "Weight of each country in the sharing-out of courses, by row.", "weight",
          length=-1),
    State("carry", "Courses granted too few by the lot so far (below 0: too many).", "courses"),
    State("courses", "Courses on offer so far.", "courses"),
    State("sessions", "Courses given so far.", "courses"),
    State("credit_left", "Credit not granted yet (below 0: granted ahead).", "million US$"),
    State("credit_granted", "Credit granted so far.", "million US$"),
)


def course_growth(p: Record) -> float:
    if p.china.epoch == SECURITY_INITIATIVE:
        return p.china.course_growth_security_initiative
    if p.china.epoch == WAVE:
        return p.china.course_growth_wave
    if p.china.epoch == BELT_AND_ROAD:
        return p.china.course_growth_belt_and_road
    return p.china.course_growth_early


def open_share_next(china: Record, p: Record) -> float:
    # A closure takes effect at once; recovery is slow.
    if p.china.courses_open < china.open_share:
        return p.china.courses_open
    gap = p.china.courses_open - china.open_share
    return china.open_share + gap * clamp(p.china.recovery / QUARTERS, 0.0, 1.0)


def technology_readiness(now: Record, p: Record) -> float:
    return clamp((now.date - p.china.technology_from) / p.china.technology_ramp, 0.0, 1.0)


def weigh_priority(country: Record, p: Record) -> float:
    """Weight when courses are shared out; 0 without relations or an offer."""
    if country.relations <= 0.0 or not (p.china.offering and p.china.courses):
        return 0.0
    if not p.training.active:
        return 0.0
    if not p.china.active:
        return 1.0
    # Rights records do not matter (article P15).
    return (
        (1.0 + p.china.bri_priority * country.bri)
        * (1.0 + p.china.strategic_priority * country.strategic)
        * clamp(1.0 + p.china.size_priority * country.size, LEAST_FACTOR, MOST_FACTOR)
        * clamp(1.0 + p.china.friend_priority * country.alignment, LEAST_FACTOR, MOST_FACTOR)
    )


def plan(china: Record, public: Record, now: Record, p: Record) -> None:
    if now.elapsed == 0:
        china.courses_a_year = p.china.courses_at_start
    # A programme that is closed does not grow.
    china.open_share = open_share_next(china, p)
    china.courses_a_year *= power(1.0 + course_growth(p) * china.open_share, 1.0 / QUARTERS)
    public.technology = technology_readiness(now, p)


def courses_now(china: Record, now: Record, p: Record) -> float:
    # In a run's first quarter nobody has asked yet.
    if not (p.china.offering and p.china.courses) or now.elapsed == 0:
        return 0.0
    return (china.courses_a_year + china.funded_courses) * china.open_share / QUARTERS


def courses_per_weight(china: Record, courses: float, share: float, most: float) -> float:
    """Courses per unit of priority, if courses above the cap `most` go to others."""
    before = -1
    capped = 0
    while capped > before:
        before = capped
        capped = 0
        left = courses
        weight = 0.0
        for i in range(len(china.priorities)):
            priority = china.priorities[i]
            if share * priority >= most:
                capped += 1
                left -= most
            else:
                weight += priority
        if weight > 0.0:
            share = left / weight
    return share


def allocate_courses(china: Record, countries: Record, now: Record, ps: Record) -> None:
    """Share out the quarter's courses among waiting countries, by priority up to a cap.

    `ps` has the world's parameters first; a country's give its priority.
    """
    p = ps[0]
    new = courses_now(china, now, p)
    china.courses += new
    courses = new + china.carry if new > 0.0 else 0.0
    total = 0.0
    largest = 0.0
    documented = 0.0
    for i in range(len(countries)):
        country = countries[i]
        country.sessions = 0.0
        china.priorities[i] = 0.0
        # Documented courses come first, and use up places.
        if course_due(country, now):
            country.sessions = 1.0
            documented += 1.0
        elif courses > 0.0 and country.waiting > 0.0:
            priority = weigh_priority(country, ps[country.parameter_row])
            china.priorities[i] = priority
            total += priority
            if priority > largest:
                largest = priority
    courses -= documented
    china.sessions += documented
    if new > 0.0:
        china.carry = courses if courses < 0.0 else 0.0
    else:
        china.carry -= documented
    if total <= 0.0 or courses <= 0.0:
        return
    share = courses / total
    if share * largest > MOST_COURSES:
        share = courses_per_weight(china, courses, share, MOST_COURSES)
    for i in range(len(countries)):
        if china.priorities[i] > 0.0:
            country = countries[i]
            expected = clamp(share * china.priorities[i], 0.0, MOST_COURSES)
            country.sessions = stochastic_round(expected, chance(now, country, SEAT))
            china.carry += expected - country.sessions
            china.sessions += country.sessions


def ration_credit(china: Record, countries: Record, now: Record, p: Record) -> None:
    """Grant credit for purchases, by lot if the yearly limit is short."""
    # Unused credit is kept for a year.
    lends = p.china.offering and p.china.credit
    china.credit_left += p.china.credit_a_year / QUARTERS if lends else 0.0
    if china.credit_left > p.china.credit_a_year:
        china.credit_left = p.china.credit_a_year
    wanted = 0.0
    for i in range(len(countries)):
        country = countries[i]
        country.credit = 0.0
        wanted += country.credit_wanted
        # A documented purchase is granted in any case, and charged.
        if sale_due_before(country, now):
            china.credit_left -= country.sale_credit
            china.credit_granted += country.sale_credit
    if wanted <= 0.0 or china.credit_left <= 0.0 or not lends:
        return
    share = clamp(china.credit_left / wanted, 0.0, 1.0)
    for i in range(len(countries)):
        country = countries[i]
        # A loan beyond the limit is taken from the coming quarters, so that none is too large to be
        # granted ever.
        if country.credit_wanted > 0.0 and chance(now, country, CREDIT) < share:
            country.credit = 1.0
            china.credit_left -= country.credit_wanted
            china.credit_granted += country.credit_wanted


OUTCOMES = (
    Outcome("courses_yearly", "courses a year",
            "Courses that China offered in the last four quarters.", "china.courses", "yearly",
            "Courses offered", of="actor"),
    Outcome("credit_granted", "million US$", "Credit for systems that China granted so far.",
            "china.credit_granted", "total", "Chinese credit granted", of="actor"),
    Outcome("offers", "offers", "Bundled offers of technology received so far.", "offers", "total",
            "Bundled offers"),
)

MECHANISM = Mechanism(
    name="china",
    title="China's offers",
    section=China,
    article="P2, P3, P4, P7, P8, P10, P15",
    country=COUNTRY,
    china=CHINA,
    outcomes=OUTCOMES,
)

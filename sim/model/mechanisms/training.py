"""Training: who asks for Chinese police courses, and the effects of a course.

No order of regimes is forced: flawed democracies train nearly as often as autocracies.
"""

from sim.model.arithmetic import bounded_exp, clamp, decay_factor, log, logistic, power
from sim.model.draws import APPLICATION, ASKING, BUNDLE, WISH_LAPSE, chance
from sim.model.mechanisms.doctrine import enter
from sim.model.mechanisms.documented import may_ask
from sim.model.mechanisms.history import by_regime, share_at_war, share_below
from sim.model.parameters import (
    Mechanism, Outcome, Record, Section, State, derived, parameter, switch,
)
from sim.model.units import QUARTERS

ASKING_SLOPE = 3.0
"""How sharply income decides whether a country asks: nearly all do at half of `asking_income`."""
HALF_FINANCE = 0.64
"""Chinese finance, in % of GDP, with half of its full weight: the median of the 137 countries that
received any in 2000-2017."""


class Training(Section):
    """Applications for courses, and the effects of a course."""

    active: bool = switch(True)
    """Countries train; off: no country applies, and waiting applications are refused."""
    rate: float = parameter(
        0.34, unit="a quarter", low=0.0, high=1.0, plausible=(0.2, 0.8), evidence=1
    )
    """Chance that a country with every reason applies for courses.
    Source: calibrated to trainings a year."""
    base: float = parameter(
        -1.6, unit="logit", low=-10.0, high=10.0, plausible=(-2.4, 0.8), evidence=3
    )
    """Propensity of a usual full democracy to apply.
    Source: calibrated to 138 countries ever trained."""
    regime_flawed: float = parameter(
        0.72, unit="logit", low=-5.0, high=5.0, plausible=(-0.5, 0.8), evidence=3
    )
    """Added propensity of a flawed democracy.
    Source: 75% ever trained; Greitens 2020 finds no effect of democracy."""
    regime_hybrid: float = parameter(
        0.093, unit="logit", low=-5.0, high=5.0, plausible=(-0.5, 1.5), evidence=2
    )
    """Added propensity of a hybrid regime.
    Source: 86% ever trained; Greitens 2020 finds no effect of democracy."""
    regime_authoritarian: float = parameter(
        -0.5, unit="logit", low=-5.0, high=5.0, plausible=(-0.8, 1.2), evidence=2
    )
    """Added propensity of an authoritarian regime.
    Source: 82% ever trained; Greitens 2020 finds no effect of democracy."""
    need_weight: float = parameter(
        0.15, unit="logit", low=-3.0, high=3.0, plausible=(0.0, 0.5), varied=False, evidence=1
    )
    """Propensity added per unit of need.
    Source: article P2, P6."""
    peer_weight: float = parameter(
        0.6, unit="logit", low=-3.0, high=5.0, plausible=(0.1, 1.5), varied=False, evidence=3
    )
    """Propensity added if all peers use Chinese systems.
    Source: Oswald et al. 2024; Shipan & Volden 2008."""
    dependence_weight: float = parameter(
        0.5, unit="logit", low=-3.0, high=5.0, plausible=(0.0, 1.5), varied=False, evidence=1
    )
    """Propensity added by full dependence on a Chinese vendor.
    Source: article P9, P17."""
    condition_weight: float = parameter(
        0.8, unit="logit", low=0.0, high=5.0, plausible=(0.0, 2.0), varied=False, evidence=2
    )
    """Propensity lost to full conditions of Western aid.
    Source: article P14, P16; Leahy vetting bites rarely."""
    wealth_weight: float = parameter(
        0.64, unit="logit per log", low=-3.0, high=3.0, plausible=(0.1, 0.8), evidence=2
    )
    """Propensity lost per logarithm of income above the reference.
    Source: rich countries train their own."""
    ally_access: float = parameter(0.3, unit="share", low=0.001, plausible=(0.1, 0.6), evidence=1)
    """Share of the usual chance to apply under a US defence pact; 1: no effect.
    Source: article P20, P23; docs/which-states.md."""
    gate_strength: float = parameter(
        0.59, unit="power", low=0.0, high=2.0, plausible=(0.3, 0.9), varied=False, evidence=1
    )
    """Power of procurement's gates of closure, war, rivalry and agreement for courses. 1: they bind
    as for systems; 0: only a shut gate does.
    Source: a judgement: a visit binds less than a system; docs/which-states.md."""
    asking_income: float = parameter(
        40000.0, unit="US$ of 2015", low=1.0, high=1e9, plausible=(25000.0, 60000.0), evidence=2
    )
    """Income per head at which half of countries never ask for courses. 1e9: all may.
    Source: courses are aid, and donors receive none (OECD list: below 13,000 US$); a judgement of
    size."""
    finance_trust: float = parameter(0.1, unit="share", plausible=(0.0, 0.3), evidence=1)
    """Least trust of a country with much Chinese finance.
    Source: Carter & Carter 2022: prior Chinese aid."""
    application_years: float = parameter(
        2.0, unit="years", low=0.25, high=1000.0, plausible=(0.5, 5.0), evidence=1
    )
    """Mean time until an application that is not granted expires.
    Source: assumption: a budget year or an office-holder's term."""
    lasting_spread: float = parameter(
        0.0, unit="logit", low=0.0, high=5.0, of_world=True, evidence=1
    )
    """Standard deviation of lasting country effects on courses, and on purchases, beyond
    needs.explained_share.
    Source: a null model's assumption."""
    officers: float = parameter(
        29.0, unit="officers", low=1.0, high=500.0, plausible=(18.0, 45.0), evidence=3
    )
    """Officers in a course, the mean of its forms.
    Source: record of trainings: 60 courses in China with a mean of 39 (24 to 58), degrees with 0.4
    of it; visits assumed to have half."""
    trust_gain: float = parameter(0.08, unit="share", plausible=(0.02, 0.2), evidence=1)
    """Growth of trust, towards 1, per course: the mean of forms and topics.
    Source: article P3, P17: months at an academy earn more than a visit."""
    norm_gain: float = parameter(0.0066, unit="share", plausible=(0.001, 0.028), evidence=1)
    """Acceptance of surveillance added by a course, the mean of its topics.
    Source: article P13: a minority of courses teaches stability maintenance."""
    trust_half_life: float = parameter(
        6.0, unit="years", low=0.25, high=50.0, plausible=(3.0, 10.0), evidence=1
    )
    """Half-life of trust.
    Source: assumption."""

    @derived
    def trust_retention(self) -> float:
        return decay_factor(QUARTERS * self.trust_half_life)

    @derived
    def asking_log(self) -> float:
        return log(self.asking_income)

    @derived
    def ally_log(self) -> float:
        return log(self.ally_access)


COUNTRY = (
    State("lasting_training", "Lasting propensity to train.", "logit"),
    State("asking_draw", "Draw that decides whether it ever asks.", "share"),
    State("course_access", "Remaining share of the usual chance to ask.", "share"),
    State("finance_level", "Chinese finance received, 0 none to 1 much.", "share"),
    State("waiting", "1 while courses have been asked for and not granted.", "0 or 1"),
    State("trained", "1 once a course was given.", "0 or 1", grows=True, panel=True),
    State("trainings", "Courses given so far.", "courses", grows=True, panel=True),
    State("officers", "Officers trained in courses so far.", "officers", grows=True),
    State("trust", "Trust in China, 0 to 1.", "share", panel=True),
)


def training_known(country: Record, p: Record) -> float:
    """Lasting propensity to train that columns explain, in logits."""
    t = p.training
    return (
        t.need_weight * country.standing_need
        - t.wealth_weight * country.wealth
        + by_regime(country.regime, t.regime_flawed, t.regime_hybrid, t.regime_authoritarian)
    )


def share_of_courses(country: Record, p: Record) -> float:
    gates = bounded_exp(p.procurement.closed_log * country.closed)
    gates *= share_at_war(country.war_exposure, p.procurement.war_access, p)
    if country.rivalry > 0.0:
        gates *= p.procurement.rival_access
    access = power(gates, p.training.gate_strength) if gates < 1.0 else 1.0
    return access * bounded_exp(p.training.ally_log * country.ally)


def share_that_asks(country: Record, p: Record) -> float:
    """Share of countries of such an income, in or out of the agreement, that ever ask."""
    share = share_below(country, p.training.asking_log, ASKING_SLOPE)
    if country.gpa > 0.0:
        share *= power(p.procurement.gpa_access, p.training.gate_strength)
    return share


def update(country: Record, now: Record, p: Record) -> None:
    if now.review == 0:
        return
    if now.elapsed == 0:
        country.asking_draw = chance(now, country, ASKING)
    country.finance_level = country.finance / (country.finance + HALF_FINANCE)
    country.known_training = training_known(country, p)
    asks = country.asking_draw < share_that_asks(country, p)
    country.course_access = share_of_courses(country, p) if asks else 0.0


def training_utility(country: Record, p: Record) -> float:
    """Propensity to apply for Chinese courses, in logits."""
    return (
        p.training.base
        + country.known_training
        + country.lasting_training
        + p.training.need_weight * (country.need - country.standing_need)
        + p.training.peer_weight * country.exposure
        + p.training.dependence_weight * country.dependence
        - p.training.condition_weight * country.condition_weight
    )


def hold_course(country: Record, public: Record, now: Record, nth: int, p: Record) -> None:
    country.trust += (1.0 - country.trust) * p.training.trust_gain
    if p.peers.norms:
        country.norm = clamp(country.norm + p.training.norm_gain, 0.0, 1.0)
    country.officers += p.training.officers
    enter(country, p.training.officers, p)
    country.trainings += 1.0
    if p.china.bundling and p.china.sales and public.technology > 0.0:
        if chance(now, country, BUNDLE, nth) < p.china.bundle_chance * public.technology:
            country.offer_left = QUARTERS * p.china.bundle_years
            country.offers += 1.0


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    country.lasting_training = country.unscaled_training * public.training_spread
    floor = p.training.finance_trust * country.finance_level
    # Values are chosen, not paths, which a processor would guess wrong for many countries.
    faded = floor + (country.trust - floor) * p.training.trust_retention
    country.trust = faded if country.trust > floor else floor
    left = country.offer_left
    country.offer_left = left - 1.0 if left > 0.0 else left
    if country.sessions > 0.0:
        country.waiting = 0.0
        if country.trained <= 0.0:
            country.trained = 1.0
        for nth in range(int(country.sessions)):
            hold_course(country, public, now, nth, p)
    if not p.training.active:
        country.waiting = 0.0
    # A refused application waits, and expires in time.
    elif country.waiting > 0.0:
        if chance(now, country, WISH_LAPSE) < 1.0 / (QUARTERS * p.training.application_years):
            country.waiting = 0.0
    elif may_ask(country, now):
        most = p.training.rate * country.course_access
        draw = chance(now, country, APPLICATION)
        # Most draws lie above the most that any propensity gives, and need none worked out.
        if draw < most and draw < most * logistic(training_utility(country, p)):
            country.waiting = 1.0


OUTCOMES = (
    Outcome("trained", "countries", "Countries ever trained.", "trained", "total", "Ever trained"),
    Outcome("trained_share", "share of countries", "Share of countries ever trained.", "trained",
            "share", "Ever trained"),
    Outcome("trainings", "courses", "Courses given so far.", "trainings", "total", "Courses given"),
    Outcome("trainings_yearly", "courses a year", "Courses given in the last four quarters.",
            "trainings", "yearly", "Courses a year"),
    Outcome("officers", "officers", "Officers trained in courses so far.", "officers", "total",
            "Officers trained"),
    Outcome("officers_yearly", "officers a year", "Officers trained in courses in four quarters.",
            "officers", "yearly", "Officers a year"),
    Outcome("trust", "index 0-1", "Mean trust in China.", "trust", "mean", "Trust in China"),
)

MECHANISM = Mechanism(
    name="training",
    title="Training",
    section=Training,
    article="P1, P3, P5, P6, P7, P11, P13, P17",
    country=COUNTRY,
    outcomes=OUTCOMES,
)

"""Needs: reasons for which a government of any regime wants help with policing.

The literature disagrees on unrest and regime, so these weights may have either sign.
"""

from __future__ import annotations

from sim.arithmetic import clamp, log, logistic_deviate, power
from sim.draws import LASTING_NEED, LASTING_PURCHASE, LASTING_TRAINING, UNREST_LENGTH, chance
from sim.mechanisms.history import HYBRID
from sim.parameters import Mechanism, Outcome, Record, Section, State, derived, parameter, switch
from sim.units import PERCENT, QUARTERS

HALF = 0.5
URBAN_HALF = 50.0
MOST_CRIME = 3.0
USUAL_CRIME = 1.0
MOST_SANCTIONS = 3.0
FASTEST_URBAN_GROWTH = 4.0

TACTICAL, CYBER_BORDER, URBAN_CRIME, DIGITAL = 0, 1, 2, 3

TOPIC_OF_REGION = {
    "Sub-Saharan Africa": TACTICAL,
    "Middle East & North Africa": TACTICAL,
    "South Asia": TACTICAL,
    "Central Asia": CYBER_BORDER,
    "Eastern Europe & Caucasus": CYBER_BORDER,
    "Western Europe": CYBER_BORDER,
    "Latin America & Caribbean": URBAN_CRIME,
    "North America": URBAN_CRIME,
    "Southeast Asia": DIGITAL,
    "East Asia": DIGITAL,
    "Oceania": DIGITAL,
}
"""Strongest topic of China's courses for a region (article, P20-P21; others by analogy)."""


class Needs(Section):
    """Demand for policing help."""

    active: bool = switch(
        True, idle_while_off=(
            "*_weight", "unrest_*", "*_effect", "grievance", "lasting_spread",
            "society.unrest_cut", "regional_emphasis", "training.need_weight",
            "procurement.need_weight",
        ),
    )
    """Needs differ between countries; off: all have the same, unrest ends and none begins."""
    crime_weight: float = parameter(
        0.3, unit="logit per class", low=-2.0, high=3.0, plausible=(0.05, 0.6),
        source="Greitens 2020: violent crime predicts adoption", evidence=2,
    )
    """Need added per class of homicide (0-3)."""
    urban_weight: float = parameter(
        0.25, unit="logit", low=-2.0, high=3.0, plausible=(0.0, 0.5),
        source="CSIS 2019; article P16, P20", evidence=2,
    )
    """Need added by urban strain (an urban share of 100% against 50%)."""
    unrest_weight: float = parameter(
        0.3, unit="logit", low=-2.0, high=3.0, plausible=(-0.1, 0.8),
        source="Beraja et al. 2023 (+), Greitens 2020 (none)", evidence=2,
    )
    """Need added by present unrest."""
    unrest_weight_nondemocratic: float = parameter(
        0.3, unit="logit", low=-2.0, high=3.0, plausible=(0.0, 0.8),
        source="Beraja et al. 2023: interaction of unrest with autocracy", evidence=2,
    )
    """Further need added by present unrest in hybrid and authoritarian regimes."""
    city_weight: float = parameter(
        0.15, unit="logit per log", low=-2.0, high=3.0, plausible=(0.0, 0.4),
        source="CSIS 2019: safe cities are sold to cities; article P20", evidence=2,
    )
    """Need added per logarithm of the number of large cities."""
    explained_share: float = parameter(
        0.6, unit="share", low=0.01, high=1.0, plausible=(0.4, 0.8),
        source="a judgement: the targets do not ask for a value; docs/which-states.md", evidence=1,
        of_world=True,
    )
    """Share of the spread of propensities between countries that known terms explain."""
    leaning_correlation: float = parameter(
        0.4, unit="correlation", low=-1.0, high=1.0, plausible=(0.0, 0.8),
        source="a judgement: 0 independent, 1 a common cause", evidence=1, at_start=True,
    )
    """Correlation of the lasting country effects on training and on buying."""
    lasting_spread: float = parameter(
        0.0, unit="logit", low=0.0, high=5.0,
        source="a scenario's assumption: a hidden cause of both training and purchase",
        evidence=1, at_start=True,
    )
    """Standard deviation of countries' lasting needs beyond the needs listed here."""
    regional_emphasis: float = parameter(
        0.3, unit="logit", low=0.0, high=3.0, plausible=(0.0, 0.5),
        source="article P20-P21", evidence=2,
    )
    """Propensity to train added by a full match of need with the region's course topic."""
    unrest_rate: float = parameter(
        0.12, unit="a year", low=0.0, high=4.0, plausible=(0.05, 0.25),
        source="Carnegie Global Protest Tracker, order of magnitude", evidence=2,
    )
    """Unrest outbreaks in a peaceful, slowly growing country."""
    unrest_years: float = parameter(
        2.0, unit="years", low=0.25, high=10.0, plausible=(1.0, 3.0),
        source="Beraja et al. 2023: response within a few years", evidence=2,
    )
    """Mean length of unrest; lengths range evenly from half to one and a half of it."""
    conflict_effect: float = parameter(
        0.5, unit="share per class", low=0.0, high=10.0, plausible=(0.0, 1.0),
        source="assumption", evidence=1,
    )
    """Rate of unrest added per class of armed conflict (0-2), as a share."""
    urban_growth_effect: float = parameter(
        0.3, unit="share per percentage point", low=0.0, high=10.0, plausible=(0.0, 0.6),
        source="article P16", evidence=1,
    )
    """Rate of unrest added per point of urban growth a year, as a share."""
    protest_effect: float = parameter(
        0.5, unit="share per episode", low=0.0, high=10.0, plausible=(0.0, 1.0),
        source="Carnegie Global Protest Tracker, mean of 2017-2024", evidence=2,
    )
    """Rate of unrest added per usual protest episode a year, as a share."""
    grievance: float = parameter(
        0.15, unit="share", low=0.0, high=5.0, plausible=(0.0, 0.3),
        source="article P12, P24", evidence=1,
    )
    """Rate of unrest added by full public mistrust, as a share."""

    @derived
    def unrest_chance(self) -> float:
        return self.unrest_rate / QUARTERS

    @derived
    def unexplained_ratio(self) -> float:
        """Standard deviation of unknown over known terms."""
        return power((1.0 - self.explained_share) / self.explained_share, HALF)

    @derived
    def leaning_rest(self) -> float:
        """Weight of the propensity to buy that training does not share."""
        return power(1.0 - self.leaning_correlation * self.leaning_correlation, HALF)


COUNTRY = (
    State("unrest", "1 while there is unrest.", "0 or 1", panel=True),
    State("unrest_left", "Until the present unrest ends.", "quarters from now"),
    State("outbreaks", "Unrest outbreaks so far.", "count", grows=True),
    State("dissent_deterred", "Outbreaks that a control system prevented so far.",
          "count", grows=True),
    State("need", "Need of policing help, in logit units, 0 for a usual country.", "logit"),
    State("standing_need", "Need from crime and townspeople, without unrest.", "logit"),
    State("size_need", "Need from large cities and population, which calls for systems alone.",
          "logit"),
    State("leaning_training", "Lasting propensity to train, of deviation 1.", "logit"),
    State("leaning_purchase", "Lasting propensity to buy, of deviation 1.", "logit"),
    State("known_training", "Known part of the propensity to train.", "logit"),
    State("known_purchase", "Known part of the propensity to buy.", "logit"),
    State("lasting_need", "Lasting need that no covariate explains.", "logit"),
    State("match", "How well the region's courses meet its needs, 0 to 1.", "share"),
)


PUBLIC = (
    State("training_known", "Variance of the known part of propensity to train.", "logit squared"),
    State("purchase_known", "Variance of the known part of propensity to buy.", "logit squared"),
    State("training_spread", "Deviation of lasting propensities to train.", "logit"),
    State("purchase_spread", "Deviation of lasting propensities to buy.", "logit"),
)


def unrest_chance(country: Record, p: Record) -> float:
    """Chance of an outbreak, before any control system calms it."""
    return clamp(
        p.needs.unrest_chance
        * (
            1.0
            + p.needs.conflict_effect * country.conflict
            + p.needs.urban_growth_effect * clamp(country.urban_change, 0.0, FASTEST_URBAN_GROWTH)
            + p.needs.protest_effect * country.protest_rate
            + p.needs.grievance * country.mistrust
        ),
        0.0,
        1.0,
    )


def unrest_length(draw: float, p: Record) -> float:
    return QUARTERS * p.needs.unrest_years * (0.5 + draw)


def assess_standing_need(country: Record, p: Record) -> float:
    return p.needs.crime_weight * (country.crime - USUAL_CRIME) + p.needs.urban_weight * (
        country.urban_share / URBAN_HALF - 1.0
    )


def assess_size_need(country: Record, p: Record) -> float:
    return p.needs.city_weight * log(country.large_cities)


def assess_need(country: Record, p: Record) -> float:
    added = p.needs.unrest_weight_nondemocratic if country.regime >= HYBRID else 0.0
    pull = p.needs.unrest_weight + added
    return country.standing_need + pull * country.unrest + country.lasting_need


def variance(total: float, squares: float, states: int) -> float:
    mean = total / states
    return clamp(squares / states - mean * mean, 0.0, squares)


def unexplained(known: float, given: float, p: Record) -> float:
    """Standard deviation of lasting country effects.

    `known` is the variance of known terms; `given` is added by a null model.
    """
    ratio = p.needs.unexplained_ratio
    return power(known * ratio * ratio + given * given, HALF)


def scale_unobserved_effects(public: Record, countries: Record, now: Record, p: Record) -> None:
    """Scale unobserved country effects to the spread of the observed ones, without gates."""
    if now.review == 0:
        return
    # Measured until history ends, so that scenarios share it.
    if now.year <= now.last_observed_year:
        training = 0.0
        training_squares = 0.0
        purchase = 0.0
        purchase_squares = 0.0
        for i in range(len(countries)):
            known = countries[i].known_training
            training += known
            training_squares += known * known
            known = countries[i].known_purchase
            purchase += known
            purchase_squares += known * known
        states = len(countries)
        public.training_known = variance(training, training_squares, states)
        public.purchase_known = variance(purchase, purchase_squares, states)
    public.training_spread = unexplained(public.training_known, p.training.lasting_spread, p)
    public.purchase_spread = unexplained(public.purchase_known, p.training.lasting_spread, p)


def topic_match(country: Record) -> float:
    """Match of need with the strongest topic of courses, 0 to 1."""
    if country.topic == TACTICAL:
        return clamp((country.unrest + country.conflict) / 2.0, 0.0, 1.0)
    if country.topic == CYBER_BORDER:
        digital = country.urban_share / PERCENT
        return clamp((digital + country.sanctions / MOST_SANCTIONS) / 2.0, 0.0, 1.0)
    if country.topic == URBAN_CRIME:
        return country.crime / MOST_CRIME * country.urban_share / PERCENT
    return clamp(country.urban_change, 0.0, 1.0)


def step(country: Record, now: Record, p: Record) -> None:
    if now.elapsed == 0:
        shared = logistic_deviate(chance(now, country, LASTING_TRAINING), 1.0)
        for_purchase = logistic_deviate(chance(now, country, LASTING_PURCHASE), 1.0)
        country.leaning_training = shared
        country.leaning_purchase = (
            p.needs.leaning_correlation * shared + p.needs.leaning_rest * for_purchase
        )
    if not p.needs.active:
        country.unrest = 0.0
        country.unrest_left = 0.0
        country.standing_need = 0.0
        country.size_need = 0.0
        country.need = 0.0
        country.match = 0.0
        return
    if now.review > 0:
        country.standing_need = assess_standing_need(country, p)
        country.size_need = assess_size_need(country, p)
    if now.elapsed == 0 and p.needs.lasting_spread > 0.0:
        draw = chance(now, country, LASTING_NEED)
        country.lasting_need = logistic_deviate(draw, p.needs.lasting_spread)
    left = country.unrest_left
    country.unrest_left = left - 1.0 if left > 0.0 else left
    if country.unrest_left <= 0.0:
        country.unrest = 0.0
        draw = country.unrest_draw
        uncalmed = unrest_chance(country, p)
        if draw < uncalmed * (1.0 - country.control):
            country.unrest = 1.0
            country.unrest_left = unrest_length(chance(now, country, UNREST_LENGTH), p)
            country.outbreaks += 1.0
        elif draw < uncalmed:
            country.dissent_deterred += 1.0
    country.need = assess_need(country, p)
    country.match = topic_match(country)


OUTCOMES = (
    Outcome("unrest", "share of countries", "Countries with unrest.", "unrest", "share", "Unrest"),
    Outcome("dissent_deterred", "outbreaks", "Outbreaks of unrest that systems prevented so far.",
            "dissent_deterred", "total", "Dissent deterred"),
)

MECHANISM = Mechanism(
    name="needs",
    title="Needs",
    section=Needs,
    article="P2, P6, P11, P16, P20, P21",
    country=COUNTRY,
    public=PUBLIC,
    outcomes=OUTCOMES,
)

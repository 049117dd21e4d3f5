"""Needs: reasons for which a government of any regime wants help with policing.

They are one index: a class of homicide more, a wholly urban population instead of one that is half
urban, and unrest add one each. Training and procurement each have a weight for it.
"""

from sim.model.arithmetic import clamp, logistic_deviate, power
from sim.model.draws import LASTING_PURCHASE, LASTING_TRAINING, UNREST_LENGTH, UNREST_ONSET, chance
from sim.model.parameters import (
    Mechanism, Outcome, Record, Section, State, derived, parameter, switch,
)
from sim.model.units import QUARTERS

HALF = 0.5
URBAN_HALF = 50.0
USUAL_CRIME = 1.0
FASTEST_URBAN_GROWTH = 4.0


class Needs(Section):
    """Demand for policing help."""

    active: bool = switch(True)
    """Needs differ between countries; off: all have the same, unrest ends and none begins."""
    explained_share: float = parameter(
        0.6, unit="share", low=0.01, plausible=(0.4, 0.8), of_world=True, evidence=1
    )
    """Share of the spread of propensities between countries that known terms explain.
    Source: a judgement: the targets do not ask for a value; docs/which-states.md."""
    leaning_correlation: float = parameter(
        0.4, unit="correlation", low=-1.0, high=1.0, plausible=(0.0, 0.8), varied=False,
        evidence=1,
    )
    """Correlation of the lasting country effects on training and on buying, drawn at the start.
    Source: a judgement: 0 independent, 1 a common cause."""
    unrest_rate: float = parameter(
        0.12, unit="a year", low=0.0, high=4.0, plausible=(0.05, 0.25), evidence=2
    )
    """Unrest outbreaks in a peaceful, slowly growing country.
    Source: Carnegie Global Protest Tracker, order of magnitude."""
    unrest_years: float = parameter(
        2.0, unit="years", low=0.25, high=10.0, plausible=(1.0, 3.0), evidence=2
    )
    """Mean length of unrest; lengths range evenly from half to one and a half of it.
    Source: Beraja et al. 2023: response within a few years."""
    strain_effect: float = parameter(0.4, unit="share", high=10.0, plausible=(0.0, 0.9), evidence=2)
    """Rate of unrest added, as a share, per class of armed conflict (0-2), per percentage point of
    urban growth a year, and per usual protest episode a year.
    Source: Carnegie Global Protest Tracker, mean of 2017-2024; article P16; conflict by
    assumption."""

    @derived
    def unexplained_ratio(self) -> float:
        """Standard deviation of unknown over known terms."""
        return power((1.0 - self.explained_share) / self.explained_share, HALF)

    @derived
    def purchase_rest(self) -> float:
        """Weight of the propensity to buy that training does not share."""
        return power(1.0 - self.leaning_correlation * self.leaning_correlation, HALF)


COUNTRY = (
    State("unrest", "1 while there is unrest.", "0 or 1", panel=True),
    State("unrest_left", "Until the present unrest ends.", "quarters from now"),
    State("dissent_deterred", "Outbreaks that a control system prevented so far.",
          "count", grows=True),
    State("need", "Need of policing help, 0 for a usual country.", "index", low=-2.0),
    State("standing_need", "Need from crime and townspeople, without unrest.", "index", low=-2.0),
    State("unscaled_training", "Lasting propensity to train, before it is scaled.", "logit"),
    State("unscaled_purchase", "Lasting propensity to buy, before it is scaled.", "logit"),
    State("known_training", "Known part of the propensity to train.", "logit"),
    State("known_purchase", "Known part of the propensity to buy.", "logit"),
)


PUBLIC = (
    State("training_known", "Variance of the known part of propensity to train.", "logit squared"),
    State("purchase_known", "Variance of the known part of propensity to buy.", "logit squared"),
    State("training_spread", "Deviation of lasting propensities to train.", "logit"),
    State("purchase_spread", "Deviation of lasting propensities to buy.", "logit"),
)


def unrest_chance(country: Record, p: Record) -> float:
    """Chance of an outbreak, before any control system calms it."""
    growth = clamp(country.urban_change, 0.0, FASTEST_URBAN_GROWTH)
    strain = country.conflict + growth + country.protest_rate
    chance_at_peace = p.needs.unrest_rate / QUARTERS
    return clamp(chance_at_peace * (1.0 + p.needs.strain_effect * strain), 0.0, 1.0)


def unrest_length(draw: float, p: Record) -> float:
    return QUARTERS * p.needs.unrest_years * (0.5 + draw)


def assess_standing_need(country: Record) -> float:
    return (country.crime - USUAL_CRIME) + (country.urban_share / URBAN_HALF - 1.0)


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


def step(country: Record, now: Record, p: Record) -> None:
    if now.elapsed == 0:
        shared = logistic_deviate(chance(now, country, LASTING_TRAINING), 1.0)
        for_purchase = logistic_deviate(chance(now, country, LASTING_PURCHASE), 1.0)
        country.unscaled_training = shared
        country.unscaled_purchase = (
            p.needs.leaning_correlation * shared + p.needs.purchase_rest * for_purchase
        )
    if not p.needs.active:
        country.unrest = 0.0
        country.unrest_left = 0.0
        country.standing_need = 0.0
        country.need = 0.0
        return
    if now.review > 0:
        country.standing_need = assess_standing_need(country)
    left = country.unrest_left
    country.unrest_left = left - 1.0 if left > 0.0 else left
    if country.unrest_left <= 0.0:
        country.unrest = 0.0
        draw = chance(now, country, UNREST_ONSET)
        uncalmed = unrest_chance(country, p)
        if draw < uncalmed * (1.0 - country.control):
            country.unrest = 1.0
            country.unrest_left = unrest_length(chance(now, country, UNREST_LENGTH), p)
        elif draw < uncalmed:
            country.dissent_deterred += 1.0
    country.need = country.standing_need + country.unrest


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

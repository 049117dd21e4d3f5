"""Propensity to buy: parameters and rules of `procurement`."""

from sim.model.mechanisms.history import by_regime
from sim.model.mechanisms.market_access import lends
from sim.model.mechanisms.tender import NO_SYSTEM, PILOT, SAFE_CITY, WESTERN
from sim.model.parameters import Record, Section, parameter

HALF_BURDEN = 0.5
"""Price, in yearly budgets, at which it has half of its weight: a judgement."""


class Propensity(Section):
    """Propensity to buy."""

    rate: float = parameter(
        0.4, unit="a quarter", low=0.0, high=1.0, plausible=(0.02, 0.6), evidence=3
    )
    """Chance that a country that considers a system, with every reason, takes the next stage.
    Source: calibrated to the levels of lists; to 0.3 before countries considered first, when a
    calibration pressed against that end."""
    base: float = parameter(
        1.36, unit="logit", low=-10.0, high=10.0, plausible=(-2.5, 2.5), evidence=3
    )
    """Propensity of a usual full democracy to buy a first system.
    Source: calibrated to the levels of lists."""
    step_to_safe_city: float = parameter(
        1.0, unit="logit", low=-5.0, high=5.0, plausible=(0.0, 2.0), varied=False, evidence=2
    )
    """Propensity to buy a safe city added by having a pilot.
    Source: CSIS 2019: 73 agreements in 52 countries."""
    step_to_integrated: float = parameter(
        -0.3, unit="logit", low=-5.0, high=5.0, plausible=(-1.5, 1.0), varied=False, evidence=1
    )
    """Propensity to buy an integrated platform added by having a safe city.
    Source: assumption."""
    step_to_city: float = parameter(
        -1.5, unit="logit", low=-5.0, high=5.0, plausible=(-3.0, 1.0), evidence=2
    )
    """Propensity to cover a further city added by having a safe city.
    Source: CSIS 2019: 73 agreements in 52 countries; from -1 to 2.5 before, when a calibration
    pressed against the lower end."""
    city_cost: float = parameter(
        0.9, unit="share", low=0.01, high=2.0, plausible=(0.4, 1.0), evidence=2
    )
    """Cost of covering a further city, as a share of the first.
    Source: Islamabad 125, Lahore 115 million US$: 0.92; smaller cities cost less."""
    regime_flawed: float = parameter(
        0.2, unit="logit", low=-5.0, high=5.0, plausible=(0.0, 0.4), varied=False, evidence=1
    )
    """Added propensity of a flawed democracy.
    Source: between full democracies and hybrid regimes."""
    regime_hybrid: float = parameter(
        0.4, unit="logit", low=-5.0, high=5.0, plausible=(0.0, 0.8), varied=False, evidence=2
    )
    """Added propensity of a hybrid regime.
    Source: CSIS 2019: 2.2 times as many agreements in a partly free country as in a free one,
    unadjusted; Greitens 2020, Unver & Ertan 2021: none."""
    regime_authoritarian: float = parameter(
        0.25, unit="logit", low=-5.0, high=5.0, plausible=(0.0, 0.5), varied=False, evidence=2
    )
    """Added propensity of an authoritarian regime.
    Source: CSIS 2019: 1.6 times as many agreements in a country that is not free, unadjusted;
    Greitens 2020, Unver & Ertan 2021: none; Beraja et al. 2023: +."""
    need_weight: float = parameter(
        0.25, unit="logit", low=-3.0, high=3.0, plausible=(0.0, 0.5), varied=False, evidence=2
    )
    """Propensity added per unit of need.
    Source: Greitens 2020: violent crime predicts adoption; CSIS 2019: cities; Gagliardone 2020:
    demand by recipients; Beraja et al. 2023: unrest."""
    trust_weight: float = parameter(
        0.81, unit="logit", low=-3.0, high=6.0, plausible=(0.0, 3.0), evidence=1
    )
    """Propensity added by full trust in China (the path from training to purchase).
    Source: article P8, P17; weakly identified."""
    cost_weight: float = parameter(
        1.5, unit="logit", low=0.0, high=10.0, plausible=(0.5, 3.0), varied=False, evidence=1
    )
    """Propensity lost to a price that takes the whole budget.
    Source: article P6."""
    condition_weight: float = parameter(
        0.8, unit="logit", low=0.0, high=5.0, plausible=(0.0, 2.0), varied=False, evidence=1
    )
    """Propensity lost to full conditions of Western aid.
    Source: article P14-P16."""
    sovereignty_weight: float = parameter(
        1.2, unit="logit", low=0.0, high=5.0, plausible=(0.3, 2.5), varied=False, evidence=2
    )
    """Propensity lost to full concern for sovereignty.
    Source: article P18; African Union after the leak of 2018."""
    wealth_weight: float = parameter(
        0.4, unit="logit per log", low=-3.0, high=3.0, plausible=(-0.8, 0.9), evidence=2
    )
    """Propensity lost per logarithm of income above the reference.
    Source: disputed: the rich have their own; 27 of AIGS 2019's 63 are not BRI members."""
    capacity_weight: float = parameter(
        0.128, unit="logit per log", low=-3.0, high=3.0, plausible=(0.0, 0.7), evidence=2
    )
    """Propensity added per logarithm of the size of the economy.
    Source: Feldstein 2019: 40 of the 50 largest military spenders; Carter & Carter 2022: population
    predicts projects."""
    never_share: float = parameter(0.03, unit="share", high=0.99, plausible=(0.0, 0.3), evidence=1)
    """Share of countries, with the lowest lasting propensity, that never wish to buy.
    Source: a judgement: curves of ever adopted level off below all."""

def purchase_known(country: Record, p: Record) -> float:
    """Lasting propensity to buy that columns explain, in logits."""
    b = p.procurement
    return (
        b.need_weight * country.standing_need
        + b.capacity_weight * (country.size + country.wealth)
        - b.wealth_weight * country.wealth
        + by_regime(country.regime, b.regime_flawed, b.regime_hybrid, b.regime_authoritarian)
    )


def never_buys(country: Record, p: Record) -> bool:
    return country.unscaled_purchase < p.procurement.never_below


def purchase_utility(country: Record, price: float, chinese: float, p: Record) -> float:
    """Propensity to buy at a price, in million US$, in logits."""
    burden = price / country.budget
    weight = burden / (burden + HALF_BURDEN)
    utility = (
        p.procurement.base
        + country.known_purchase
        + country.lasting_purchase
        + p.procurement.need_weight * (country.need - country.standing_need)
        + p.procurement.trust_weight * country.trust
        + p.peers.norm_weight_purchase * country.norm
        - p.procurement.condition_weight * country.condition_weight
        - p.procurement.sovereignty_weight * country.sovereignty
    )
    if country.offer_left > 0.0 and chinese > 0.0 and lends(p):
        weight *= 1.0 - p.procurement.credit_relief
    utility -= p.procurement.cost_weight * weight
    if p.market.ai_leap > 0.0 and country.stage > NO_SYSTEM and country.vendor != WESTERN:
        utility += p.market.ai_leap
    return utility


def step_propensity(country: Record, p: Record) -> float:
    """Propensity to take the next stage added by the present one, in logits."""
    if country.stage >= SAFE_CITY:
        return p.procurement.step_to_integrated
    return p.procurement.step_to_safe_city if country.stage >= PILOT else 0.0

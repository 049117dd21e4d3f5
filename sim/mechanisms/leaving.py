"""Leaving a system or staying: what each is worth to its government, and what it chooses.

Not a mechanism: what ``contracts`` weighs when a contract expires.
"""

from __future__ import annotations

from sim.arithmetic import bounded_exp
from sim.mechanisms.installed import cities_served
from sim.mechanisms.tender import WESTERN, may_sell
from sim.parameters import Record
from sim.units import QUARTERS

FULL_SCALE_YEARS = 10.0
RENEW, RETENDER, ABANDON = 0, 1, 2


def cost_to_leave(country: Record, p: Record) -> float:
    """What it would cost to leave the installed system, in million US$."""
    if not p.contracts.retention:
        return 0.0
    half = p.contracts.half_staff * cities_served(country)
    staff = country.vendor_staff / (country.vendor_staff + half)
    cost = country.capital
    if country.vendor != WESTERN:
        cost *= (1.0 + p.market.leap_exit_cost * p.market.ai_leap) * (1.0 - p.west.subsidy)
    return (
        cost
        * p.contracts.exit_cost
        * (1.0 + p.contracts.exit_cost_depth * (country.stack - 1.0))
        * (1.0 + p.contracts.exit_cost_staff * staff)
        * (1.0 + p.contracts.exit_cost_years * country.age / FULL_SCALE_YEARS)
        * (1.0 - p.contracts.open_standards)
    )


def worth_a_year(country: Record, p: Record) -> float:
    """Yearly worth of the installed system to its government, in million US$."""
    leap = p.market.leap_value * p.market.ai_leap if country.vendor != WESTERN else 0.0
    return country.capital * p.contracts.value * (1.0 - country.dark) * (1.0 + leap)


def fee_due(country: Record, p: Record) -> float:
    """This quarter's maintenance fee, in million US$."""
    leap = p.market.leap_fee * p.market.ai_leap if country.vendor != WESTERN else 0.0
    return country.fee * (1.0 + leap) / QUARTERS


def own_share(fee: float, p: Record) -> float:
    """What of a fee the state pays itself."""
    return fee * (1.0 - p.west.fees_paid)


def choice_at_expiry(country: Record, rebuilt: float, draw: float, p: Record) -> int:
    """Renew, re-tender or abandon, by what each is worth in capital costs over the foresight.

    Args:
        country: The state.
        rebuilt: Price of such a system, new, in million US$.
        draw: Uniform between 0 and 1.
        p: Parameters.
    """
    if country.capital <= 0.0:
        return ABANDON
    years = p.contracts.foresight
    leave = country.exit_cost / country.capital
    anew = rebuilt / country.capital
    fees = own_share(fee_due(country, p), p) * QUARTERS
    renew = (
        (country.yearly_value - fees) / country.capital * years
        - p.contracts.mistrust_cost * country.mistrust * country.civil_space
        - p.contracts.sovereignty_cost * country.sovereignty
    )
    retender = (p.contracts.value - own_share(p.contracts.fee * anew, p)) * years - anew - leave
    abandon = -leave
    odds_retender = bounded_exp(p.contracts.sharpness * (retender - renew))
    odds_abandon = bounded_exp(p.contracts.sharpness * (abandon - renew))
    mark = draw * (1.0 + odds_retender + odds_abandon)
    if country.stays > 0.0:
        return RENEW
    if mark < 1.0:
        return RENEW if may_sell(country.vendor, p) else RETENDER
    if mark < 1.0 + odds_retender:
        return RETENDER
    return ABANDON

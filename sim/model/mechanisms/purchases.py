"""Making a decided purchase: at once, on Chinese credit, or as documented."""

from __future__ import annotations

from sim.model.draws import CREDIT_LAPSE, VENDOR, chance
from sim.model.mechanisms.market_access import lends, takes_credit, whole_cost
from sim.model.mechanisms.tender import (
    INTEGRATED, NO_VENDOR, SAFE_CITY, WESTERN, chinese_supply, chinese_vendor, may_sell,
    price_ratio,
)
from sim.model.parameters import Record


def owes_fees(country: Record) -> bool:
    """Whether payments were missed, so that nobody gives credit."""
    return country.unpaid > 0.0


def is_suspended(country: Record) -> bool:
    """Whether the system is out of service for missed payments, or for want of a contract."""
    return country.unpaid > 0.0 or country.lapsed > 0.0


def record_sale(
    country: Record, vendor: int, price: float, stage: float, cities: float, anew: float
) -> None:
    country.sale_vendor = vendor
    country.sale_price = price
    country.sale_stack = stage
    country.sale_cities = cities
    country.sale_anew = anew


def wait_for_credit(
    country: Record, vendor: int, price: float, stage: float, cities: float, anew: float
) -> None:
    country.pending = 1.0
    country.pending_vendor = vendor
    country.pending_stack = stage
    country.pending_cities = cities
    country.pending_anew = anew
    country.credit_wanted = price


def drop_pending(country: Record) -> None:
    country.pending = 0.0
    country.pending_anew = 0.0
    country.credit_wanted = 0.0


def buy(
    country: Record, vendor: int, price: float, stage: float, cities: float, anew: float, p: Record
) -> None:
    """Buy at once, or wait for Chinese credit where the country takes it.

    Stage and cities are the system's after the purchase. `anew` is 1 if a new system replaces the
    installed one, otherwise 0.
    """
    if vendor == WESTERN or not takes_credit(country, price, p):
        record_sale(country, vendor, price, stage, cities, anew)
    else:
        wait_for_credit(country, vendor, price, stage, cities, anew)


def settle_pending(country: Record, public: Record, now: Record, p: Record) -> None:
    offered = chinese_supply(country, public, p) > 0.0 and lends(p)
    if not offered or not may_sell(country.pending_vendor, p):
        drop_pending(country)
    elif country.credit > 0.0:
        record_sale(
            country,
            country.pending_vendor,
            country.credit_wanted,
            country.pending_stack,
            country.pending_cities,
            country.pending_anew,
        )
        country.sale_credit = country.credit_wanted
        drop_pending(country)
    elif chance(now, country, CREDIT_LAPSE) < p.procurement.lapse_chance:
        drop_pending(country)


def buy_as_known(country: Record, public: Record, now: Record, p: Record) -> None:
    """Make the documented first purchase from a Chinese vendor, with credit if needed."""
    stage = country.fixed_stage
    if stage <= 0.0:
        stage = country.stack + 1.0 if country.stack < INTEGRATED else INTEGRATED
    cities = country.cities
    if stage < SAFE_CITY:
        cities = 0.0
    elif cities < 1.0:
        cities = 1.0
    # An unknown vendor is drawn by weight; an unknown stage is the next.
    vendor = country.fixed_vendor
    if vendor == NO_VENDOR:
        vendor = chinese_vendor(chance(now, country, VENDOR), p)
    price = whole_cost(country, stage, cities, p) * price_ratio(vendor, public)
    record_sale(country, vendor, price, stage, cities, 0.0)
    if takes_credit(country, price, p):
        country.sale_credit = price

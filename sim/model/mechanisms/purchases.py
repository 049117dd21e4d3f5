"""Making a decided purchase: at once, on Chinese credit, or as documented."""

from sim.model.draws import CREDIT_LAPSE, VENDOR, chance
from sim.model.mechanisms.market_access import lends, takes_credit, whole_cost
from sim.model.mechanisms.tender import (
    INTEGRATED, NO_VENDOR, SAFE_CITY, WESTERN, chinese_supply, chinese_vendor, may_sell,
    price_ratio,
)
from sim.model.parameters import Record


def is_suspended(country: Record) -> bool:
    """Whether the system is out of service for missed payments, or for want of a contract."""
    return country.unpaid > 0.0 or country.lapsed > 0.0


def record_sale(
    country: Record, vendor: int, price: float, stage: float, cities: float, anew: float
) -> None:
    country.sale_vendor = vendor
    country.sale_price = price
    country.sale_stage = stage
    country.sale_cities = cities
    country.sale_anew = anew


def wait_for_credit(
    country: Record, vendor: int, price: float, stage: float, cities: float, anew: float
) -> None:
    country.pending = 1.0
    country.pending_vendor = vendor
    country.pending_stage = stage
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
            country, country.pending_vendor, country.credit_wanted, country.pending_stage,
            country.pending_cities, country.pending_anew,
        )
        country.sale_credit = country.credit_wanted
        drop_pending(country)
    elif chance(now, country, CREDIT_LAPSE) < p.procurement.lapse_chance:
        drop_pending(country)


def buy_as_documented(country: Record, public: Record, now: Record, p: Record) -> None:
    """Make a documented purchase from a Chinese vendor, with credit if needed.

    The vendor of the system adds a stage or a city, and otherwise builds a new one. Another vendor
    replaces it.
    """
    stage = country.imposed_stage
    if stage <= 0.0:
        stage = country.stage + 1.0 if country.stage < INTEGRATED else INTEGRATED
    cities = country.cities
    if stage < SAFE_CITY:
        cities = 0.0
    elif cities < 1.0:
        cities = 1.0
    # An unknown vendor is drawn by weight; an unknown stage is the next.
    vendor = country.imposed_vendor
    if vendor == NO_VENDOR:
        vendor = chinese_vendor(chance(now, country, VENDOR), p)
    old, anew = 0.0, 0.0
    if country.installed > 0.0 and vendor == country.vendor:
        if stage <= country.stage:
            stage = country.stage
            cities = country.cities
            if stage >= SAFE_CITY and cities < country.large_cities:
                cities += 1.0
        if is_suspended(country) or (stage <= country.stage and cities <= country.cities):
            anew = 1.0
        else:
            old = whole_cost(country, country.stage, country.cities, p)
    drop_pending(country)
    price = (whole_cost(country, stage, cities, p) - old) * price_ratio(vendor, public)
    record_sale(country, vendor, price, stage, cities, anew)
    if takes_credit(country, price, p):
        country.sale_credit = price

"""Refresh: the vendor replaces old equipment of a system in service, for part of its price."""

from sim.model.mechanisms.market_access import whole_cost
from sim.model.mechanisms.payments import pay_system
from sim.model.mechanisms.tender import WESTERN, may_sell, price_ratio
from sim.model.parameters import Record, Section, parameter
from sim.model.units import QUARTERS

REFRESH_SHARE = 0.5
"""Price of a refresh, and the equipment renewed, as shares of a new system's: a judgement, devices
without buildings, ducts and masts."""


class Refreshing(Section):
    """When equipment is renewed, and at which price."""

    refresh_after: float = parameter(
        8.0, unit="years", low=0.25, high=1000.0, plausible=(6.0, 12.0), evidence=2
    )
    """Mean age of equipment at which a system is refreshed. 1000: never.
    Source: life of cameras and servers, order of magnitude."""

def may_refresh(country: Record, p: Record) -> bool:
    # A refresh is a sale, so it needs the offer.
    if country.vendor != WESTERN and not (p.china.offering and p.china.sales):
        return False
    return p.procurement.active and may_sell(country.vendor, p)


def refresh_is_due(country: Record, p: Record) -> bool:
    if country.age < p.contracts.refresh_after or country.refresh_left > 0.0:
        return False
    if country.out_of_service > 0.0 or country.pending_anew > 0.0:
        return False
    return may_refresh(country, p)


def refresh(country: Record, public: Record, p: Record) -> None:
    # The running contract's vendor has the order, so nothing is tendered.
    price = whole_cost(country, country.stage, country.cities, p)
    price *= price_ratio(country.vendor, public)
    # No agreement is signed, so lists of purchases do not contain it.
    country.refreshes += 1.0
    country.refresh_left = QUARTERS
    country.refresh_bill = REFRESH_SHARE * price / QUARTERS
    country.age *= 1.0 - REFRESH_SHARE


def refresh_due(country: Record, p: Record) -> float:
    """The country's part of this quarter's bill, in million US$."""
    if country.refresh_left <= 0.0:
        return 0.0
    subsidy = p.west.subsidy * country.fund if country.vendor == WESTERN else 0.0
    return country.refresh_bill * (1.0 - subsidy)


def pay_refresh(country: Record, p: Record) -> None:
    if country.refresh_left > 0.0:
        bill = country.refresh_bill
        pay_system(country, bill, 0.0, bill - refresh_due(country, p))
        country.paid_refresh = bill
        country.refresh_left -= 1.0

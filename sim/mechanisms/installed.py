"""What happens on a state's row when a system is installed, replaced or left.

Not a mechanism: the bookkeeping that ``contracts`` uses. Every contract that opens is counted, and
every contract that ends is counted by its cause, so that opened = alive + ended at any time.
"""

from __future__ import annotations

from sim.draws import VENDOR, chance
from sim.mechanisms.access import open_doors, whole_cost
from sim.mechanisms.tender import (
    NO_SYSTEM,
    NO_VENDOR,
    WESTERN,
    chinese_supply,
    open_tender,
    price_ratio,
)
from sim.parameters import Record

QUARTERS = 4.0


def open_contract(country: Record, p: Record) -> None:
    """Open a maintenance contract for the installed system, or note its life if there is none."""
    if p.contracts.active:
        country.contract = 1.0
        country.opened += 1.0
        country.remaining = p.contracts.term * QUARTERS
        country.fee = country.capital * p.contracts.fee
    else:
        country.remaining = p.contracts.life * QUARTERS
        country.fee = 0.0


def leave_system(country: Record) -> None:
    """Clear what ends with an installed system; debt, trained staff and dependence stay."""
    country.contract = 0.0
    country.installed = 0.0
    country.stack = NO_SYSTEM
    country.vendor = NO_VENDOR
    country.capital = 0.0
    country.fee = 0.0
    country.arrears = 0.0
    country.dark = 0.0
    country.age = 0.0
    country.remaining = 0.0
    country.activated = 0.0
    country.pending = 0.0
    country.credit_wanted = 0.0


def borrow(country: Record, credit: float, p: Record) -> None:
    """Take credit: its grace begins, and what was borrowed before is repaid as it was to be."""
    younger = country.debt_in_grace
    grace = p.contracts.grace * QUARTERS
    country.grace_left = (country.grace_left * younger + grace * credit) / (younger + credit)
    country.debt_in_grace += credit
    country.debt += credit


def install(
    country: Record, vendor: int, price: float, credit: float, now: Record, p: Record
) -> None:
    """Pay for a system or an upgrade and bring its contract about.

    An upgrade by the same vendor extends the contract; a system of another vendor replaces the
    old one and ends its contract as switched.
    """
    if country.installed > 0.0 and vendor != country.vendor:
        country.switched += country.contract
        leave_system(country)
    if country.contract <= 0.0 and country.capital > 0.0:
        # What is new does not share the wear of what was there.
        country.dark *= country.capital / (country.capital + price)
    country.paid_sale += price
    country.sale_to = vendor
    country.capital += price
    if credit > 0.0:
        borrow(country, credit, p)
    country.installed = 1.0
    country.vendor = vendor
    country.stack = country.sale_stack
    country.activated = 0.0
    if country.contract > 0.0:
        country.remaining = p.contracts.term * QUARTERS
        country.fee += price * p.contracts.fee
    else:
        open_contract(country, p)
    if vendor == WESTERN:
        country.bought_western = 1.0
    elif country.adopted <= 0.0:
        country.adopted = 1.0
        country.first_adopted = now.date


def give_up(country: Record) -> None:
    """Abandon the installed system."""
    country.abandoned += country.contract
    leave_system(country)


def settle_arrears(country: Record, p: Record) -> None:
    """Settle what is owed in fees, in part."""
    country.paid_fee += country.arrears * p.contracts.settlement
    country.arrears = 0.0


def price_anew(country: Record, public: Record, p: Record) -> float:
    """Price of a new system like the installed one: the Chinese, unless none is on offer."""
    whole = whole_cost(country, country.stack, p)
    open_doors(country, country.stack, whole, public.price, p)
    if chinese_supply(country, public, p) > 0.0:
        return whole * public.price
    return whole * (1.0 - p.west.subsidy)


def tender_again(country: Record, public: Record, now: Record, p: Record) -> None:
    """Replace the installed system by open tender; where nobody bids it is given up."""
    whole = whole_cost(country, country.stack, p)
    open_doors(country, country.stack, whole, public.price, p)
    vendor = open_tender(country, public, chance(now, country, VENDOR, 1), False, p)
    if vendor == NO_VENDOR:
        give_up(country)
        return
    price = whole * price_ratio(vendor, public)
    if vendor == country.vendor:
        settle_arrears(country, p)
        country.capital = 0.0
        country.dark = 0.0
        if country.contract > 0.0:
            country.fee = 0.0
            if p.contracts.active:
                country.renewed += 1.0
            else:
                country.expired += 1.0
                country.contract = 0.0
    country.sale_stack = country.stack
    install(country, vendor, price, 0.0, now, p)

"""Changes of a country's row when a system is installed, replaced or ends.

Every contract is counted when it opens, and by cause when it ends, so that opened = alive + lapsed
+ ended at any time. A lapse interrupts a contract. It ends once another vendor takes over or the
system is switched off.
"""

from sim.model.arithmetic import clamp, logistic, logistic_deviate
from sim.model.draws import EXPIRY, TASTE, UNSERVED, VENDOR, chance
from sim.model.mechanisms.consideration import credit_first_system
from sim.model.mechanisms.documented import exit_due, must_stay, sale_due
from sim.model.mechanisms.loans import ROUNDING, borrow
from sim.model.mechanisms.market_access import set_market_access, takes_credit, whole_cost
from sim.model.mechanisms.payments import pay_exit, pay_system
from sim.model.mechanisms.purchases import drop_pending, is_suspended, wait_for_credit
from sim.model.mechanisms.tender import (
    NO_SYSTEM, NO_VENDOR, SAFE_CITY, WESTERN, chinese_supply, open_tender, price_ratio,
)
from sim.model.parameters import Record
from sim.model.units import QUARTERS

SETTLED_SHARE = 0.5
"""Share of arrears paid on restoration: Lahore at an old rate of exchange, Kenya in part."""
HALF_OUT = 0.5
"""Share out of service from which a system does not work."""


def open_contract(country: Record, p: Record) -> None:
    if p.contracts.active:
        country.contract = 1.0
        country.opened += 1.0
    begin_term(country, p)


def begin_term(country: Record, p: Record) -> None:
    """Set fee and end of a contract of today; off: of a system that wears out."""
    country.premium = 0.0
    if p.contracts.active:
        country.remaining = p.contracts.term_quarters
        country.fee = country.capital * p.contracts.fee
        country.fee_rate = p.contracts.fee
        return
    country.expired += country.contract
    country.contract = 0.0
    country.remaining = p.contracts.life * QUARTERS
    country.fee = 0.0
    country.fee_rate = 0.0


def draw_taste(country: Record, now: Record) -> None:
    """Draw a government's lasting taste for its vendor's system."""
    country.taste = logistic_deviate(chance(now, country, TASTE), 1.0)


def leave_system(country: Record) -> None:
    """Clear fields that end with a system; debt, trained staff and dependence stay."""
    country.lapses_gone += country.lapsed
    country.lapsed = 0.0
    country.contract = 0.0
    country.installed = 0.0
    country.stage = NO_SYSTEM
    country.cities = 0.0
    country.vendor = NO_VENDOR
    country.capital = 0.0
    country.fee = 0.0
    country.fee_rate = 0.0
    country.arrears = 0.0
    country.out_of_service = 0.0
    country.unpaid = 0.0
    country.premium = 0.0
    country.in_service = 0.0
    country.refresh_left = 0.0
    country.age = 0.0
    country.remaining = 0.0
    drop_pending(country)


def install(
    country: Record, vendor: int, price: float, credit: float, now: Record, p: Record
) -> None:
    """Pay for a system, an upgrade or a further city, and open or extend its contract.

    Additions by the same vendor join the contract. Another vendor's system ends it as switched.
    """
    chinese_cities = country.cities if country.vendor != WESTERN else 0.0
    given = price * p.west.subsidy * country.fund if vendor == WESTERN else 0.0
    if country.installed > 0.0 and vendor != country.vendor:
        # Of the price only what a system like the old one costs is part of the exit cost.
        same = whole_cost(country, country.stage, country.cities, p) / whole_cost(
            country, country.sale_stage, country.sale_cities, p
        )
        pay_exit(country, price * same, (price - given) * same, 1.0, p)
        if country.vendor != WESTERN and country.stage >= SAFE_CITY:
            country.same_supplier = 0.0
        under_contract = country.contract + country.lapsed
        country.switched += under_contract
        if country.sale_stage > country.stage:
            country.outgrown += under_contract
        country.lapses_replaced += country.lapsed
        country.lapsed = 0.0
        leave_system(country)
    if country.unpaid <= 0.0 and country.capital > 0.0:
        # What is new does not share the wear, or the outage, of what was there.
        country.out_of_service *= country.capital / (country.capital + price)
    country.paid_sale += price
    pay_system(country, price, credit, given)
    country.sale_to = vendor
    country.capital += price
    if credit > 0.0:
        borrow(country, credit, p)
    if country.vendor != vendor:
        draw_taste(country, now)
    country.installed = 1.0
    country.vendor = vendor
    country.stage = country.sale_stage
    country.cities = country.sale_cities
    # Age and end become means by capital.
    new = price / country.capital if country.capital > 0.0 else 1.0
    country.age *= 1.0 - new
    if country.contract > 0.0:
        country.remaining += (p.contracts.term_quarters - country.remaining) * new
        country.fee += price * p.contracts.fee
        country.fee_rate += (p.contracts.fee - country.fee_rate) * new
    elif p.contracts.active or new >= 1.0:
        open_contract(country, p)
    else:
        country.remaining += (p.contracts.life * QUARTERS - country.remaining) * new
    if vendor == WESTERN:
        country.bought_western = 1.0
    else:
        sign(country, chinese_cities)


def sign(country: Record, cities: float) -> None:
    """Record a contract with a Chinese vendor, who covered `cities` before."""
    if country.adopted_national <= 0.0:
        credit_first_system(country)
    country.adopted = 1.0
    country.adopted_national = 1.0
    if country.stage >= SAFE_CITY and country.adopted_platform <= 0.0:
        country.adopted_platform = 1.0
        country.same_supplier = 1.0
    if country.cities > cities:
        country.signed = 1.0
        country.agreements += 1.0


def falls_through(country: Record, now: Record, p: Record) -> bool:
    """Whether a first platform signed for never serves; nothing is paid and no debt incurred."""
    if country.stage >= SAFE_CITY or country.sale_stage < SAFE_CITY or sale_due(country, now):
        return False
    if chance(now, country, UNSERVED) >= p.procurement.falls_through:
        return False
    # Lists of agreements contain it.
    if country.sale_vendor != WESTERN:
        country.unserved += 1.0
        country.fell_through = country.sale_stage
        country.signed = 1.0
        country.agreements += 1.0
    return True


def switch_off(country: Record) -> None:
    country.switched_off += country.contract + country.lapsed
    leave_system(country)


def keep_or_leave(country: Record, now: Record, p: Record) -> None:
    # Until its documented exit nothing may end the system.
    country.stays = 1.0 if must_stay(country, now) else 0.0
    if country.installed > 0.0 and country.vendor != WESTERN and exit_due(country, now):
        whole = whole_cost(country, country.stage, country.cities, p)
        pay_exit(country, whole, whole, p.contracts.switch_off_cost, p)
        switch_off(country)


def settle_arrears(country: Record) -> None:
    settled = SETTLED_SHARE * country.arrears
    country.paid_fee += settled
    country.paid_own += settled
    country.arrears = 0.0


def replacement_price(country: Record, public: Record, p: Record) -> float:
    """Price of such a system, new: the Chinese, unless none is on offer."""
    whole = whole_cost(country, country.stage, country.cities, p)
    set_market_access(country, country.stage, whole, public.price, p)
    if chinese_supply(country, public, p) > 0.0:
        return whole * public.price
    return whole * (1.0 - p.west.subsidy * country.fund)


def retender(country: Record, public: Record, now: Record, p: Record) -> bool:
    """Replace the system by open tender, and say whether anybody bids."""
    whole = whole_cost(country, country.stage, country.cities, p)
    set_market_access(country, country.stage, whole, public.price, p)
    credit = takes_credit(country, whole * public.price, p)
    vendor = open_tender(country, public, chance(now, country, VENDOR, 1), credit, p)
    if vendor == NO_VENDOR:
        return False
    if vendor == WESTERN or not credit:
        country.sale_stage = country.stage
        country.sale_cities = country.cities
        build_anew(country, vendor, whole * price_ratio(vendor, public), 0.0, now, p)
    # While a country waits for credit, the old system serves on. A country in arrears gets none,
    # and its system stays out of service.
    elif country.unpaid <= 0.0:
        price = whole * public.price
        wait_for_credit(country, vendor, price, country.stage, country.cities, 1.0)
    return True


def build_anew(
    country: Record, vendor: int, price: float, credit: float, now: Record, p: Record
) -> None:
    # This restores a part suspended for missed payments. Otherwise an incumbent's contract is
    # renewed, unless the new system is an upgrade.
    suspended = is_suspended(country)
    if suspended:
        country.restored += 1.0
    if vendor == country.vendor:
        settle_arrears(country)
        resume(country, now)
        country.capital = 0.0
        country.out_of_service = 0.0
        country.unpaid = 0.0
        country.premium = 0.0
        country.refresh_left = 0.0
        if country.contract > 0.0:
            country.fee = 0.0
            if not p.contracts.active:
                country.expired += 1.0
                country.contract = 0.0
            elif suspended:
                country.restored_same += 1.0
            elif country.sale_stage == country.stage:
                country.renewed += 1.0
    install(country, vendor, price, credit, now, p)


def buys_again(country: Record, draw: float, p: Record) -> bool:
    gain = p.contracts.annual_benefit * p.contracts.planning_horizon - 1.0
    return draw < logistic(p.contracts.choice_precision * gain)


def wear_out(country: Record, public: Record, now: Record, p: Record) -> None:
    country.out_of_service = clamp(
        country.out_of_service + HALF_OUT / (p.contracts.life * QUARTERS), 0.0, 1.0
    )
    over = country.remaining <= ROUNDING and country.pending_anew <= 0.0
    if over and country.stays <= 0.0:
        if buys_again(country, chance(now, country, EXPIRY), p):
            if not retender(country, public, now, p):
                switch_off(country)
        else:
            switch_off(country)


def resume(country: Record, now: Record) -> None:
    """End a lapse with the vendor of the system: the contract goes on, by a new choice."""
    if country.lapsed > 0.0:
        country.lapsed = 0.0
        country.contract = 1.0
        country.lapses_restored += 1.0
        draw_taste(country, now)

"""Vendors that can sell to a country, and the winner of a tender."""

from sim.model.arithmetic import bounded_exp
from sim.model.parameters import Record

NO_VENDOR = -1
HUAWEI, HIKVISION, DAHUA, OTHER_CHINESE, WESTERN = 0, 1, 2, 3, 4
VENDORS = ("Huawei", "Hikvision", "Dahua", "other Chinese", "Western")
CHINESE_VENDORS = VENDORS[:WESTERN]
# Of Chinese platforms: Huawei's in at least 50 of 63 countries (AIGS 2019), Hikvision and Dahua
# with 40% of cameras, others such as ZTE and CEIEC.
HUAWEI_WEIGHT, HIKVISION_WEIGHT, DAHUA_WEIGHT, OTHER_WEIGHT = 0.5, 0.2, 0.12, 0.18
# A small system is a pilot; from a safe city on a system is a platform.
NO_SYSTEM, PILOT, SAFE_CITY, INTEGRATED = 0.0, 1.0, 2.0, 3.0


def may_sell(vendor: int, p: Record) -> bool:
    if vendor == HUAWEI:
        return p.procurement.huawei_sells
    if vendor == HIKVISION:
        return p.procurement.hikvision_sells
    if vendor == DAHUA:
        return p.procurement.dahua_sells
    return p.procurement.other_sells if vendor == OTHER_CHINESE else True


def chinese_supply(country: Record, public: Record, p: Record) -> float:
    if country.claimed > 0.0 or country.withheld > 0.0:
        return 0.0
    if not (p.china.offering and p.china.sales) or p.procurement.sold_weight <= 0.0:
        return 0.0
    return public.technology * country.chinese_access


def western_supply(country: Record, public: Record, p: Record) -> float:
    if not p.procurement.active:
        return 0.0
    supply = p.procurement.western_supply * public.technology * country.western_access
    return supply * (1.0 - country.embargo)


def incumbent_supply(country: Record, public: Record, p: Record) -> float:
    if country.vendor == WESTERN:
        return western_supply(country, public, p)
    return chinese_supply(country, public, p) if may_sell(country.vendor, p) else 0.0


def price_ratio(vendor: int, public: Record) -> float:
    return 1.0 if vendor == WESTERN else public.price


def chinese_win_chance(country: Record, public: Record, needs_credit: bool, p: Record) -> float:
    """Chance that a Chinese bidder wins an open tender, given the bidders."""
    chinese = chinese_supply(country, public, p)
    western = western_supply(country, public, p)
    if chinese <= 0.0:
        return 0.0
    if western <= 0.0:
        return 1.0
    advantage = (
        p.procurement.price_weight * (1.0 - p.west.subsidy * country.fund - public.price)
        - p.procurement.quality_gap
        + p.procurement.trust_weight * country.trust
        + country.alignment
    )
    if needs_credit:
        advantage += p.procurement.credit_advantage
    odds = chinese / western * bounded_exp(advantage)
    return odds / (1.0 + odds)


def chinese_vendor(draw: float, p: Record) -> int:
    total = p.procurement.sold_weight
    mark = draw * total
    huawei = HUAWEI_WEIGHT if p.procurement.huawei_sells else 0.0
    if mark < huawei:
        return HUAWEI
    if mark < huawei + (HIKVISION_WEIGHT if p.procurement.hikvision_sells else 0.0):
        return HIKVISION
    other = OTHER_WEIGHT if p.procurement.other_sells else 0.0
    return DAHUA if mark < total - other else OTHER_CHINESE


def open_tender(
    country: Record, public: Record, draw: float, needs_credit: bool, p: Record
) -> int:
    """Vendor that wins an open tender; NO_VENDOR where nobody bids."""
    if chinese_supply(country, public, p) <= 0.0 and western_supply(country, public, p) <= 0.0:
        return NO_VENDOR
    share = chinese_win_chance(country, public, needs_credit, p)
    if draw < share:
        return chinese_vendor(draw / share, p)
    return WESTERN


def cost_of_replacing(leave: float, same: float, price: float) -> float:
    """Cost of another vendor's system at a price.

    `leave` is the exit cost, which contains new equipment like the old one's, and `same` the price
    of that equipment. The part of exit cost beyond it is due at any purchase.
    """
    return price + leave - same if leave > same else price


def incumbent_loses(
    country: Record, added: float, same: float, draw: float, p: Record
) -> bool:
    """Whether an upgrade is tendered afresh, rather than bought from the incumbent.

    `added` is the price of the upgrade, `same` that of a system like the present one.
    """
    if added <= 0.0 or country.stays > 0.0:
        return False
    # A rival must build the whole again, and exit cost acts as at expiry.
    dearer = (cost_of_replacing(country.exit_cost, same, same + added) - added) / added
    odds = bounded_exp(-p.contracts.choice_precision * dearer)
    return draw < odds / (1.0 + odds)

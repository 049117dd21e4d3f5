"""Who pays for systems, fees and exits: countries, Western donors, Chinese banks.

Not a mechanism: the books of ``contracts``. A country's own payments, those of donors and
Chinese credit are together what vendors, banks and those who carry out an exit receive.

Donors pay on promises made by ``west``. When their budget is short of the claims of a quarter, each
claim is paid in part, and from the next quarter on nothing is promised: as the US programme that
replaces Chinese equipment paid 39.5% of the claims for which its money was short (FCC, letter
to the Senate of 15 July 2022, DOC-385335; Fierce Network of July 2022).
"""

from __future__ import annotations

from sim.arithmetic import clamp
from sim.mechanisms.contract_exit import exit_price, own_share_of_exit
from sim.mechanisms.tender import cost_of_replacing
from sim.parameters import Record

NO_BUDGET = 1e6
"""Million US$: a budget of the donors that is none."""


def donate(country: Record, amount: float) -> None:
    """Let donors pay an amount, in million US$, as far as their budget reaches."""
    country.donors_paid += amount
    country.promised += amount


def pay_system(country: Record, price: float, credit: float, given: float) -> None:
    """Pay for a system what neither credit nor donors pay, and let these pay what they give."""
    country.paid_own += price - credit - given
    if given > 0.0:
        donate(country, given)


def pay_exit(country: Record, price: float, own_price: float, part: float, p: Record) -> None:
    """Pay the exit cost of a system under contract, less the price of a new system.

    Args:
        country: The country, before it leaves.
        price: Price of a new system, in million US$.
        own_price: The country's own part of that.
        part: Share of the cost that is due.
        p: Parameters.
    """
    if country.contract <= 0.0:
        return
    whole = exit_price(country, 1.0, p)
    leave = whole * own_share_of_exit(country, p)
    cost = part * (cost_of_replacing(whole, price) - price)
    own = part * (cost_of_replacing(leave, own_price) - own_price)
    country.exits_paid += cost
    if own < cost:
        donate(country, cost - own)
        country.paid_own += own
    else:
        country.paid_own += cost


def settle(west: Record, countries: Record, p: Record) -> None:
    """At the quarter's end: pay claims as far as the budget reaches, and close it once it is spent.

    Only what is claimed while a budget is in force counts against it.
    """
    limited = p.west.budget < NO_BUDGET
    if not limited and west.closed <= 0.0:
        return
    claims = 0.0
    for i in range(len(countries)):
        claims += countries[i].promised
    left = p.west.budget - west.spent
    paid = 1.0
    if limited and claims > left:
        paid = clamp(left / claims, 0.0, 1.0)
        west.spent += claims * paid
        west.closed = 1.0
    elif limited:
        west.spent += claims
        west.closed = 1.0 if claims >= left else 0.0
    else:
        west.closed = 0.0
    for i in range(len(countries)):
        country = countries[i]
        unpaid = country.promised * (1.0 - paid)
        country.donors_paid -= unpaid
        country.paid_own += unpaid
        country.fund = 1.0 - west.closed

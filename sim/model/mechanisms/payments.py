"""Who pays for systems, fees and exits: countries, Western donors, Chinese banks.

All payments and credit add up to all receipts.
"""

from sim.model.arithmetic import clamp
from sim.model.mechanisms.contract_exit import exit_price, own_share_of_exit
from sim.model.mechanisms.tender import cost_of_replacing
from sim.model.parameters import Record

NO_BUDGET = 1e6
"""Million US$: an unlimited budget of donors."""


def donate(country: Record, amount: float) -> None:
    country.donors_paid += amount
    country.promised += amount


def pay_system(country: Record, price: float, credit: float, given: float) -> None:
    country.paid_own += price - credit - given
    if given > 0.0:
        donate(country, given)


def pay_exit(country: Record, price: float, own_price: float, part: float, p: Record) -> None:
    """Pay the exit cost of a system under contract, less the price of a new system.

    `own_price` is the country's part of the new system's price, `part` the share of the cost that
    is due.
    """
    if country.contract <= 0.0:
        return
    # Callers pay before the country leaves: afterwards its capital is gone.
    whole = exit_price(country, 1.0, p)
    leave = whole * own_share_of_exit(country, p)
    cost = part * cost_of_replacing(whole, price, 0.0)
    own = part * cost_of_replacing(leave, own_price, 0.0)
    country.exits_paid += cost
    if own < cost:
        donate(country, cost - own)
        country.paid_own += own
    else:
        country.paid_own += cost


# Claims are paid in part, as the US programme that replaces Chinese equipment paid 39.5% of them
# (FCC, letter to the Senate of 15 July 2022, DOC-385335).
def settle(west: Record, countries: Record, p: Record) -> None:
    """Pay the quarter's claims up to the budget, and close it once spent."""
    limited = p.west.budget < NO_BUDGET
    if not limited and west.closed <= 0.0:
        return
    claims = 0.0
    for i in range(len(countries)):
        claims += countries[i].promised
    left = p.west.budget - west.spent
    paid = clamp(left / claims, 0.0, 1.0) if limited and claims > left else 1.0
    if limited:
        west.spent += claims * paid
    west.closed = 1.0 if limited and claims >= left else 0.0
    for i in range(len(countries)):
        country = countries[i]
        unpaid = country.promised * (1.0 - paid)
        country.donors_paid -= unpaid
        country.paid_own += unpaid
        country.fund = 1.0 - west.closed

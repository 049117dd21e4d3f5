"""Exit or renewal: the worth of each option to a government, and its choice at expiry."""

from sim.model.arithmetic import LOGISTIC_DEVIATION, bounded_exp, power
from sim.model.mechanisms.tender import (
    WESTERN, chinese_supply, cost_of_replacing, may_sell, western_supply,
)
from sim.model.parameters import Record, Section, derived, parameter
from sim.model.units import QUARTERS

FULL_SCALE_YEARS = 10.0
RENEW, RETENDER, LAPSE = 0, 1, 2
HALF_STAFF = 300.0
"""Officers trained by the vendor, for each city, at which half the staff counts as its own."""
LEAST_REST = 0.001
"""Deviation of new tastes at a choice below which the better option is taken for sure."""


class Leaving(Section):
    """Costs of a contract, and of exit."""

    term: float = parameter(
        5.0, unit="years", low=0.25, high=40.0, plausible=(2.0, 10.0), evidence=3
    )
    """Length of a contract.
    Source: record of expiries: 23 contracts for surveillance with a median of 5 and quartiles of 3
    and 5, ten Chinese ones of 2 to 8; only concessions run 10 to 15."""
    fee: float = parameter(
        0.09, unit="share a year", low=0.0, high=1.0, plausible=(0.03, 0.15), evidence=3
    )
    """Yearly fee, as a share of capital cost, of contracts that are signed or renewed.
    Source: record of fates: Kenya 6.7%, Lahore 6-9%, Honduras 12-22%; Mauritius 26-32% all in, as a
    lease."""
    escalation: float = parameter(
        0.015, unit="share a year", low=0.0, high=0.5, plausible=(0.0, 0.04), varied=False,
        evidence=2,
    )
    """Growth of the fee a year.
    Source: Mauritius: +26% after year 7."""
    exit_cost: float = parameter(
        1.8, unit="multiple of capital cost", low=0.0, high=1000.0, plausible=(1.0, 3.0), evidence=2
    )
    """Exit cost of a new pilot, as a multiple of sunk capital. It is the cost of a move to another
    vendor, new equipment included.
    Source: US rip-and-replace: 1.5 million US$, new equipment included, for kit bought at 0.5."""
    exit_cost_depth: float = parameter(
        0.2, unit="share per stage", low=0.0, high=5.0, plausible=(0.0, 0.5), evidence=2
    )
    """Exit cost added per stage above a pilot, as a share.
    Source: article P9; Roedenbeck & Nothnagel 2008."""
    exit_cost_staff: float = parameter(
        0.2, unit="share", high=5.0, plausible=(0.0, 0.5), evidence=1
    )
    """Exit cost added by a fully vendor-trained staff, as a share.
    Source: article P9."""
    exit_cost_years: float = parameter(
        0.2, unit="share per decade", low=0.0, high=5.0, plausible=(0.0, 0.5), evidence=1
    )
    """Exit cost added by ten years of use, as a share.
    Source: article P9."""
    switch_off_cost: float = parameter(0.5, unit="share", plausible=(0.0, 1.0), evidence=1)
    """Cost of going without a system, as a share of its exit cost without new equipment.
    Source: a judgement, half: removal is in it, moving to another system is not."""
    open_standards: float = parameter(0.0, unit="share", evidence=1)
    """Share of exit cost that mandated open standards remove.
    Source: a scenario's assumption."""
    annual_benefit: float = parameter(
        0.25, unit="share a year", low=0.0, high=5.0, plausible=(0.15, 0.4), evidence=1
    )
    """Yearly worth of a fully working system to its government, as a share of capital.
    Source: assumption: pays back its capital in about four years."""
    planning_horizon: float = parameter(
        5.0, unit="years", low=0.25, high=30.0, plausible=(3.0, 8.0), evidence=1
    )
    """Years that a government looks ahead when a contract expires.
    Source: an electoral term."""
    choice_precision: float = parameter(
        0.75, unit="logit", low=0.0, high=50.0, plausible=(0.5, 3.0), evidence=1
    )
    """How surely the better option is taken at expiry (logit per capital cost).
    Source: generic IT maintenance: 80-95% renew."""
    choice_lasting: float = parameter(0.5, unit="share", plausible=(0.0, 1.0), evidence=1)
    """Share of the variance of choices at expiry that lasts as long as the vendor. 0: each choice
    is new; 1: a government's taste decides the same way each time.
    Source: no record shows it: 1 of 8 contracts lapsed after a recorded renewal, 5 of 43 before
    one; Train 2009 on tastes that persist."""
    mistrust_cost: float = parameter(
        0.8, unit="multiple of capital cost", low=0.0, high=10.0, plausible=(0.0, 1.5),
        varied=False, evidence=2,
    )
    """Worth of renewing lost to full mistrust and open civil space, in capital costs.
    Source: Serbia 2021, 2022."""
    sovereignty_cost: float = parameter(
        0.4, unit="multiple of capital cost", low=0.0, high=10.0, plausible=(0.0, 1.0),
        varied=False, evidence=2,
    )
    """Worth of renewing lost to full concern for sovereignty, in capital costs.
    Source: African Union renewed after the leak of 2018."""
    renewal_premium: float = parameter(
        0.25, unit="share", high=10.0, plausible=(0.0, 0.6), varied=False, evidence=2
    )
    """Increase of the fee at a renewal where a tender would have no bidder. 0: none.
    Source: Farrell & Klemperer 2007; record of expiries: up to twice the price where nobody else
    bid, 8 to 10% less where rivals were heard."""

    @derived
    def term_quarters(self) -> float:
        return self.term * QUARTERS

    @derived
    def taste_spread(self) -> float:
        """Deviation of lasting tastes, in capital costs: a share of the variance of a logit."""
        if self.choice_precision <= 0.0:
            return 0.0
        return power(self.choice_lasting, 0.5) * LOGISTIC_DEVIATION / self.choice_precision

    @derived
    def choice_now_precision(self) -> float:
        """Precision of the new part of each choice, so that the variance in all stays the same."""
        rest = power(1.0 - self.choice_lasting, 0.5)
        return self.choice_precision / (rest if rest > LEAST_REST else LEAST_REST)

    @derived
    def escalation_factor(self) -> float:
        return power(1.0 + self.escalation, 1.0 / QUARTERS)


def cities_served(country: Record) -> float:
    return country.cities if country.cities > 1.0 else 1.0


def cost_of_exit(country: Record, p: Record) -> float:
    """Exit cost in million US$, less the part that donors promise."""
    return exit_price(country, own_share_of_exit(country, p), p)


def own_share_of_exit(country: Record, p: Record) -> float:
    # Donors help out of Chinese systems only.
    if country.vendor == WESTERN:
        return 1.0
    return (1.0 - p.west.subsidy * country.fund) * (1.0 - p.west.exit_paid * country.fund)


def exit_price(country: Record, share: float, p: Record) -> float:
    """Exit cost in million US$; of a Chinese system, a share of it."""
    if not p.contracts.retention:
        return 0.0
    half = HALF_STAFF * cities_served(country)
    staff = country.vendor_staff / (country.vendor_staff + half)
    cost = country.capital
    if country.vendor != WESTERN:
        cost *= (1.0 + p.market.ai_leap) * share
    return (
        cost
        * p.contracts.exit_cost
        * (1.0 + p.contracts.exit_cost_depth * (country.stage - 1.0))
        * (1.0 + p.contracts.exit_cost_staff * staff)
        * (1.0 + p.contracts.exit_cost_years * country.age / FULL_SCALE_YEARS)
        * (1.0 - p.contracts.open_standards)
    )


def annual_value(country: Record, p: Record) -> float:
    """Yearly worth of the system to its government, in million US$."""
    leap = p.market.ai_leap if country.vendor != WESTERN else 0.0
    in_service = 1.0 - country.out_of_service
    return country.capital * p.contracts.annual_benefit * in_service * (1.0 + leap)


def reprice(country: Record, p: Record) -> None:
    """Give the fee the rate of today. A running contract keeps the rate it was signed at."""
    if country.fee_rate > 0.0:
        country.fee *= p.contracts.fee / country.fee_rate
    else:
        country.fee = country.capital * p.contracts.fee
    country.fee_rate = p.contracts.fee


def fee_due(country: Record) -> float:
    return country.fee * (1.0 + country.premium) / QUARTERS


def fee_paid_by_country(country: Record, fee: float, p: Record) -> float:
    share = p.west.fees_paid
    if country.vendor != WESTERN and p.west.fees_paid_chinese > share:
        share = p.west.fees_paid_chinese
    return fee * (1.0 - share * country.fund)


def price_renewal(country: Record, public: Record, p: Record) -> float:
    """Increase of the fee at a renewal, as a share."""
    if not p.contracts.retention:
        return 0.0
    chinese = chinese_supply(country, public, p)
    rivals = 1.0 - (1.0 - chinese) * (1.0 - western_supply(country, public, p))
    # The fewer rivals can bid, the larger. Each renewal sets it again, so it does not grow with
    # their number.
    return p.contracts.renewal_premium * (1.0 - rivals)


def choice_at_expiry(country: Record, rebuilt: float, draw: float, p: Record) -> int:
    """Renew, re-tender or let the contract lapse, by the worth of each, in capital costs.

    `rebuilt` is the price of such a system, new, in million US$.
    """
    if country.capital <= 0.0:
        return LAPSE
    years = p.contracts.planning_horizon
    leave = country.exit_cost / country.capital
    anew = rebuilt / country.capital
    fees = fee_paid_by_country(country, fee_due(country), p) * QUARTERS
    renew = (country.yearly_value - fees) / country.capital * years
    if country.vendor != WESTERN:  # publics mistrust, and countries fear, Chinese systems
        renew -= (
            p.contracts.mistrust_cost * country.mistrust * country.civil_space
            + p.contracts.sovereignty_cost * country.sovereignty
        )
    renew += country.taste * p.contracts.taste_spread
    # Who wins is not known: what donors pay for Chinese systems alone does not count.
    new_fee = p.contracts.fee * anew * (1.0 - p.west.fees_paid * country.fund)
    replace = cost_of_replacing(leave, anew, anew)
    retender = (p.contracts.annual_benefit - new_fee) * years - replace
    # Who goes without buys no new equipment.
    lapse = -p.contracts.switch_off_cost * (replace - anew)
    # Against the best of the three: two that are both far better than the third are not alike.
    best = renew if renew > retender else retender
    if lapse > best:
        best = lapse
    precision = p.contracts.choice_now_precision
    odds_renew = bounded_exp(precision * (renew - best))
    odds_retender = bounded_exp(precision * (retender - best))
    odds_lapse = bounded_exp(precision * (lapse - best))
    mark = draw * (odds_renew + odds_retender + odds_lapse)
    if country.stays > 0.0:
        return RENEW
    if mark < odds_renew:
        return RENEW if may_sell(country.vendor, p) else RETENDER
    if mark < odds_renew + odds_retender:
        return RETENDER
    return LAPSE

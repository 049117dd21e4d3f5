"""Failures of systems: early loss, outages, missed payments, and the end of a suspension.

Without a payment the vendor suspends part of a system, and so it does without a contract. A
suspended system decays, until it is restored or switched off.
"""

from sim.model.arithmetic import clamp, rate_to_probability
from sim.model.draws import (
    HANDOVER, OUTAGE, OUTAGE_SHARE, REPAIR, RESTORATION, SUSPENSION, chance,
)
from sim.model.mechanisms.purchases import drop_pending
from sim.model.mechanisms.system_lifecycle import (
    begin_term, resume, retender, settle_arrears, switch_off,
)
from sim.model.mechanisms.tender import WESTERN, may_sell
from sim.model.parameters import Record, Section, derived, parameter
from sim.model.units import QUARTERS

LOST_FROM = 0.9
"""Share out of service from which a suspended system is switched off: an assumption."""


class Failing(Section):
    """Early loss, outages and their repair; missed payments, suspension and restoration."""

    early_loss: float = parameter(
        0.02, unit="a year", low=0.0, high=4.0, plausible=(0.0, 0.06), evidence=2
    )
    """Chance a year that a system in its first years is switched off at hand-over. 0: none.
    Source: record of fates: all five losses before age 5, in 228 system-years; contracts end early
    three times as often in their first three years as later."""
    early_years: float = parameter(
        3.0, unit="years", low=0.0, high=40.0, plausible=(2.0, 5.0), evidence=2
    )
    """Years from first service in which a system may be lost at hand-over.
    Source: record of expiries: 21 of 29 dated early ends in the first three years."""
    outage_rate: float = parameter(
        0.02, unit="a year", low=0.0, high=4.0, plausible=(0.0, 0.06), evidence=2
    )
    """Outages a year of a system whose fees are paid. 0: only missed payments cause outages.
    Source: record of fates: Islamabad 2018, Antananarivo 2024; cut cables, theft, power."""
    outage_least: float = parameter(
        0.25, unit="share", plausible=(0.15, 0.35), varied=False, evidence=3
    )
    """Least share out of service in an outage, whether a payment was missed or not.
    Source: record of fates: Uganda 25-34%, Islamabad 29 and 37%, Nairobi 18%."""
    outage_most: float = parameter(0.6, unit="share", plausible=(0.4, 0.9), evidence=3)
    """Largest share out of service in an outage, whether a payment was missed or not.
    Source: record of fates: the largest share out of service 0.35, 0.5, 0.5, 0.6 and 0.96."""
    repair_rate: float = parameter(
        0.3, unit="a year", low=0.0, high=4.0, plausible=(0.1, 0.6), evidence=2
    )
    """Repairs a year of an outage without a missed payment.
    Source: record of fates: 6 restorations in 38 years out of service, of all causes."""
    missed_payment_rate: float = parameter(
        0.12, unit="a year", low=0.0, high=4.0, plausible=(0.02, 0.4), log=True, evidence=3
    )
    """Missed payments a year of a country under full strain.
    Source: record of fates: dues in dispute or service stopped for them in 7 of 43 systems."""
    half_strain: float = parameter(
        0.04, unit="share of budget", low=0.001, high=5.0, plausible=(0.02, 0.1), evidence=2
    )
    """Fees and debt service, in yearly budgets, at which strain is half.
    Source: Kenya: arrears at a few per cent of the budget."""
    distress: float = parameter(1.0, unit="factor", low=0.0, high=20.0, evidence=1)
    """Factor on missed payments; a debt crisis raises it.
    Source: a scenario's assumption."""
    decay: float = parameter(
        0.08, unit="share a year", low=0.0, high=4.0, plausible=(0.03, 0.2), evidence=2
    )
    """Further share of a suspended system that is lost a year.
    Source: Lahore, Ecuador: decay in place."""
    restoration_rate: float = parameter(
        0.35, unit="a year", low=0.0, high=4.0, plausible=(0.1, 1.0), log=True, evidence=2
    )
    """Restorations a year of a suspended system, by payment or bail-out.
    Source: record of fates: 6 restorations in 38 years out of service, claims among them."""
    same_vendor: float = parameter(0.9, unit="chance", plausible=(0.6, 1.0), evidence=2)
    """Chance that the vendor that built a system restores it, rather than a tender.
    Source: record of fates: three of four restorations by the builder."""

    @derived
    def early_loss_chance(self) -> float:
        return rate_to_probability(self.early_loss / QUARTERS)

    @derived
    def outage_chance(self) -> float:
        return rate_to_probability(self.outage_rate / QUARTERS)

    @derived
    def repair_chance(self) -> float:
        return rate_to_probability(self.repair_rate / QUARTERS)

    @derived
    def max_missed_payment_rate(self) -> float:
        return self.missed_payment_rate / QUARTERS * self.distress

    @derived
    def restoration_chance(self) -> float:
        return rate_to_probability(self.restoration_rate / QUARTERS)


def share_out(draw: float, p: Record) -> float:
    """Share of a system that an outage or a missed payment puts out of service."""
    span = p.contracts.outage_most - p.contracts.outage_least
    return clamp(p.contracts.outage_least + span * draw, 0.0, 1.0)


# In the record of fates most systems that were switched off ended in their first years: nobody took
# them over, audits found fault, or they were never used.
def is_lost_early(country: Record, now: Record, p: Record) -> bool:
    if country.in_service > p.contracts.early_years * QUARTERS or country.stays > 0.0:
        return False
    return chance(now, country, HANDOVER) < p.contracts.early_loss_chance


# Cut cables, power cuts, theft, and upkeep that nobody ordered. The fees are paid, so the system
# may grow and may be renewed.
def suffer_outage(country: Record, now: Record, p: Record) -> None:
    if country.out_of_service > 0.0:
        if chance(now, country, REPAIR) < p.contracts.repair_chance:
            country.out_of_service = 0.0
        return
    if chance(now, country, OUTAGE) < p.contracts.outage_chance:
        country.out_of_service = share_out(chance(now, country, OUTAGE_SHARE), p)
        country.outages += 1.0


def strain(country: Record, due: float, service: float, p: Record) -> float:
    """Strain of fees and debt service on the budget, 0 to 1."""
    burden = (due + service) * QUARTERS / country.budget
    return burden / (burden + p.contracts.half_strain)


def missed_payment_probability(pressure: float, p: Record) -> float:
    if not p.contracts.retention:
        return 0.0
    return rate_to_probability(p.contracts.max_missed_payment_rate * pressure)


def miss_payment(country: Record, due: float, now: Record, p: Record) -> None:
    country.suspensions += 1.0
    if country.vendor != WESTERN:
        country.ever_suspended = 1.0
    country.arrears += due
    country.unpaid = 1.0
    suspend(country, now, p)


def lapse(country: Record, now: Record, p: Record) -> None:
    """End the contract at its expiry without another. The system stays, and decays."""
    country.expiry_ended += 1.0
    country.lapsed = country.contract
    country.contract = 0.0
    suspend(country, now, p)


def suspend(country: Record, now: Record, p: Record) -> None:
    """Suspend part of the system."""
    drop_pending(country)
    share = share_out(chance(now, country, SUSPENSION), p)
    # A suspension repairs nothing that an outage has put out of service.
    before = country.out_of_service
    country.out_of_service = share if share > before else before


def restore(country: Record, public: Record, now: Record, draw: float, p: Record) -> None:
    serves = p.contracts.retention and may_sell(country.vendor, p)
    if country.stays > 0.0 or (serves and draw < p.contracts.same_vendor):
        country.restored += 1.0
        country.restored_same += 1.0
        settle_arrears(country)
        country.out_of_service = 0.0
        country.unpaid = 0.0
        if country.lapsed > 0.0:
            resume(country, now)
            begin_term(country, p)
    elif not retender(country, public, now, p):
        switch_off(country)


def stay_suspended(country: Record, public: Record, now: Record, soon: float, p: Record) -> None:
    """A quarter of a suspended system, restored with a chance of `soon`."""
    decayed = country.out_of_service + p.contracts.decay / QUARTERS
    country.out_of_service = clamp(decayed, 0.0, 1.0)
    draw = chance(now, country, RESTORATION)
    if draw < soon:
        restore(country, public, now, draw / soon, p)
    elif country.out_of_service >= LOST_FROM and country.stays <= 0.0:
        switch_off(country)

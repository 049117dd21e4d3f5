"""Failures without a missed payment: loss at hand-over, and outages under a paid contract."""

from sim.model.arithmetic import clamp, rate_to_probability
from sim.model.draws import HANDOVER, OUTAGE, OUTAGE_SHARE, REPAIR, chance
from sim.model.parameters import Record, Section, derived, parameter
from sim.model.units import QUARTERS


class Failing(Section):
    """Early loss, outages and their repair."""

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

    @derived
    def early_loss_chance(self) -> float:
        return rate_to_probability(self.early_loss / QUARTERS)

    @derived
    def outage_chance(self) -> float:
        return rate_to_probability(self.outage_rate / QUARTERS)

    @derived
    def repair_chance(self) -> float:
        return rate_to_probability(self.repair_rate / QUARTERS)


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
            country.repaired += 1.0
        return
    if chance(now, country, OUTAGE) < p.contracts.outage_chance:
        country.out_of_service = share_out(chance(now, country, OUTAGE_SHARE), p)
        country.outages += 1.0

"""Who pays for systems, fees and exits."""

from __future__ import annotations

import pytest

from sim.model.mechanisms.contract_exit import cost_of_exit, exit_price, fee_paid_by_country
from sim.model.mechanisms.payments import NO_BUDGET, pay_exit, pay_system, settle
from sim.model.mechanisms.system_lifecycle import install
from sim.model.mechanisms.tender import HUAWEI, WESTERN
from tests.mechanisms.builders import SYSTEM, country, now, parameters, west

PRICE = 60.0


def leaves(**keys: float) -> tuple[float, float, float]:
    """Return the cost of leaving a Chinese system, and what hosts and donors pay of it."""
    host, p = country(**SYSTEM), parameters(**keys)
    pay_exit(host, PRICE, PRICE, 1.0, p)
    return host.exits_paid, host.paid_own, host.donors_paid


def test_donors_pay_a_share_of_leaving_and_never_a_new_system() -> None:
    before = leaves()
    assert before[0] == before[1] > 0.0 == before[2]
    shares = [leaves(west__exit_paid=share) for share in (0.1, 0.3, 1.0)]
    assert all(cost == before[0] for cost, _, _ in shares)
    assert all(own + given == pytest.approx(cost) for cost, own, given in shares)
    given = [row[2] for row in shares]
    assert 0.0 < given[0] < given[1] < given[2] == before[0]


@pytest.mark.parametrize(("vendor", "given"), [(WESTERN, 25.0), (HUAWEI, 0.0)])
def test_the_west_pays_its_share_of_western_systems_alone(vendor: int, given: float) -> None:
    host = country(sale_stage=1.0)
    install(host, vendor, 50.0, 0.0, now(), parameters(west__subsidy=0.5))
    assert (host.donors_paid, host.paid_own, host.capital) == (given, 50.0 - given, 50.0)


def test_who_has_no_contract_or_a_western_system_gets_nothing_for_leaving() -> None:
    p = parameters(west__exit_paid=1.0)
    western = country(**SYSTEM | {"vendor": WESTERN})
    assert cost_of_exit(western, p) == exit_price(western, 1.0, p) > 0.0
    pay_exit(western, PRICE, PRICE, 1.0, p)
    assert western.donors_paid == 0.0 < western.paid_own
    free = country(**SYSTEM | {"contract": 0.0})
    pay_exit(free, PRICE, PRICE, 1.0, p)
    assert free.exits_paid == 0.0


def test_fees_of_chinese_systems_alone_can_be_paid() -> None:
    p = parameters(west__fees_paid_chinese=0.6, west__fees_paid=0.2)
    chinese, western = country(**SYSTEM), country(**SYSTEM | {"vendor": WESTERN})
    assert fee_paid_by_country(chinese, 10.0, p) == pytest.approx(4.0)
    assert fee_paid_by_country(western, 10.0, p) == pytest.approx(8.0)
    chinese.fund = 0.0
    assert fee_paid_by_country(chinese, 10.0, p) == 10.0


def test_claims_beyond_the_budget_are_paid_in_part_and_then_none() -> None:
    hosts, donors = [country() for _ in range(3)], west()
    for host, given in zip(hosts, (10.0, 30.0, 0.0), strict=True):
        pay_system(host, 50.0, 0.0, given)
    settle(donors, hosts, parameters(west__budget=20.0))
    assert [host.donors_paid for host in hosts] == [5.0, 15.0, 0.0]
    assert [host.paid_own for host in hosts] == [45.0, 35.0, 50.0]
    assert (donors.spent, donors.closed) == (20.0, 1.0) and not any(h.fund for h in hosts)
    settle(donors, hosts, parameters(west__budget=NO_BUDGET))
    assert all(host.fund == 1.0 for host in hosts) and hosts[0].donors_paid == 5.0

"""Refresh: old equipment renewed by its vendor, paid over a year."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from sim.model.mechanisms import contracts
from sim.model.mechanisms.market_access import whole_cost
from sim.model.mechanisms.refresh import refresh, refresh_is_due
from sim.model.mechanisms.tender import WESTERN

from .builders import buyer, now, parameters, public

OFF = {f"contracts__{name}": 0.0 for name in ("outage_rate", "early_loss", "missed_payment_rate")}
P = parameters(**OFF)
OLD = {"age": P.contracts.refresh_after, "in_service": 24.0, "system_cost": 100.0, "budget": 1e6}
STAYS = {**OLD, "exit_cost": 1e6}
"""Nobody who would pay that to leave tenders afresh."""


def served(state: Any, quarters: int, p: Any = P) -> list[float]:
    """What is paid for a refresh in each quarter."""
    paid = []
    for quarter in range(quarters):
        contracts.step(state, public(), now(2015.0 + quarter / 4), p)
        state.exit_cost = 1e6
        paid.append(state.paid_refresh)
    return paid


def is_due(p: Any = P, **fields: Any) -> bool:
    return bool(refresh_is_due(buyer(**{**OLD, **fields}), p))


@pytest.mark.parametrize("age", [0.25, 6.0, 12.0])
def test_equipment_is_due_at_its_age_and_not_before(age: float) -> None:
    p = parameters(contracts__refresh_after=age)
    assert is_due(p, age=age) and is_due(p, age=age + 20.0)
    assert not is_due(p, age=age - 0.25)


def test_old_equipment_is_not_due_where_something_is_out_or_waits_or_nobody_sells() -> None:
    assert is_due()
    for fields in ({"refresh_left": 1.0}, {"out_of_service": 0.2}, {"pending_anew": 1.0}):
        assert not is_due(**fields), fields
    for barred in ("procurement__huawei_sells", "china__sales", "procurement__active"):
        assert not is_due(parameters(**{barred: False})), barred
    abroad = parameters(china__offering=False)
    assert not is_due(abroad) and is_due(abroad, vendor=WESTERN)


def test_a_system_in_service_is_refreshed_whenever_it_reaches_the_age() -> None:
    """With half of it renewed, equipment of 8 years is of 4, and is due again 4 years later."""
    p = parameters(**OFF, contracts__refresh_after=8.0)
    state = buyer(**{**STAYS, "age": 7.0, "remaining": 1000.0})
    refreshed = []
    for quarter in range(60):
        before = state.refreshes
        contracts.step(state, public(), now(2010.0 + quarter / 4), p)
        if state.refreshes > before:
            refreshed.append(quarter)
    assert [later - first for first, later in pairwise(refreshed)] == [16] * (len(refreshed) - 1)
    assert len(refreshed) == 4
    never = parameters(**OFF, contracts__refresh_after=1000.0)
    assert not is_due(never, age=60.0)


def test_a_refresh_is_half_a_new_one_paid_over_a_year_to_its_vendor() -> None:
    state = buyer(**STAYS)
    refresh(state, public(), P)
    share = 0.5
    assert (state.refreshes, state.age) == (1.0, pytest.approx(OLD["age"] * (1.0 - share)))
    assert state.capital == 100.0
    paid = served(state, 6)
    whole = 0.75 * whole_cost(state, 2.0, 1.0, P)
    assert paid == pytest.approx([share * whole / 4.0] * 4 + [0.0, 0.0])
    assert (state.agreements, state.signed, state.paid_sale) == (0.0, 0.0, 0.0)


def lapses(p: Any, **fields: Any) -> int:
    """Of many runs, those in which the fee of a quarter is missed."""
    count = 0.0
    for run in range(1500):
        state = buyer(**{**OLD, "budget": 300.0, **fields})
        contracts.step(state, public(), now(2015.25, run=run), p)
        count += state.suspensions
        if state.suspensions:
            assert state.paid_refresh == 0.0 and state.refresh_left == fields.get("refresh_left", 0)
    return int(count)


def test_a_refresh_weighs_on_the_budget_while_it_is_paid_and_rests_in_the_dark() -> None:
    p = parameters(contracts__missed_payment_rate=0.6, contracts__refresh_after=1000.0)
    bill = {"refresh_bill": 10.0, "refresh_left": 3.0}
    assert lapses(p, **bill) > 1.3 * lapses(p) > 0
    out_of_service = buyer(**OLD, **bill, unpaid=1.0, out_of_service=0.3)
    never = parameters(contracts__restoration_rate=0.0)
    contracts.step(out_of_service, public(), now(2015.25), never)
    assert (out_of_service.paid_refresh, out_of_service.refresh_left) == (0.0, 3.0)

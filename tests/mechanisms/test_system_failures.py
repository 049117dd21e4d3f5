"""Failures without an unpaid fee: early loss, outages, platforms that never serve."""

from __future__ import annotations

import pytest

from sim.model.mechanisms import contract_exit, contracts, system_failures
from sim.model.mechanisms import system_lifecycle as lifecycle
from sim.model.mechanisms.tender import HUAWEI, WESTERN

from .builders import buyer, country, now, parameters, public

SURE = parameters(contracts__early_loss=4.0)
CALM = {"contracts__missed_payment_rate": 0.0, "contracts__early_loss": 0.0}


def share(function: object, runs: int = 400) -> float:
    return sum(bool(function(run)) for run in range(runs)) / runs  # type: ignore[operator]


def test_young_systems_are_lost_at_the_declared_rate_and_old_ones_are_not() -> None:
    def lost(quarters: float) -> float:
        state = buyer(in_service=quarters)
        return share(lambda run: system_failures.is_lost_early(state, now(run=run), SURE))

    assert lost(12.0) == pytest.approx(1.0 - 2.718281828**-1, abs=0.07)
    assert lost(13.0) == 0.0


def test_outages_come_while_fees_are_paid_and_stay_within_their_bounds() -> None:
    often = parameters(contracts__outage_rate=4.0, **CALM)
    darkness = []
    for run in range(100):
        state = buyer(budget=1e6)
        contracts.serve(state, public(), now(run=run), often)
        assert state.paid_fee > 0.0, "the fee is paid all the same"
        assert (state.unpaid, state.suspensions, state.arrears) == (0.0, 0.0, 0.0)
        if state.outages:
            darkness.append(state.out_of_service)
    assert len(darkness) == pytest.approx(63, abs=15)
    least, most = often.contracts.outage_least, often.contracts.outage_most
    assert least <= min(darkness) < max(darkness) <= most


def test_an_outage_is_repaired_at_the_declared_rate() -> None:
    soon = parameters(contracts__repair_rate=4.0, **CALM)

    def repaired(run: int) -> bool:
        state = buyer(out_of_service=0.4, budget=1e6)
        contracts.serve(state, public(), now(run=run), soon)
        return state.out_of_service == 0.0

    assert share(repaired) == pytest.approx(0.632, abs=0.07)


def test_a_suspension_repairs_no_outage() -> None:
    state = buyer(out_of_service=0.85)
    system_failures.miss_payment(state, 1.0, now(), parameters())
    assert (state.unpaid, state.out_of_service) == (1.0, 0.85)


def test_a_half_dark_system_goes_on_paying_and_may_grow() -> None:
    state = buyer(out_of_service=0.4)
    state.sale_stage, state.sale_cities = 2.0, 2.0
    lifecycle.install(state, HUAWEI, 100.0, 0.0, now(), parameters())
    assert state.out_of_service == pytest.approx(0.2), "what is new is not dark"


@pytest.mark.parametrize(("vendor", "listed"), [(HUAWEI, 1.0), (WESTERN, 0.0)])
def test_a_platform_that_never_serves_costs_nothing_and_is_listed(
    vendor: int, listed: float
) -> None:
    never = parameters(procurement__falls_through=1.0)
    state = country(
        sale_vendor=vendor, sale_price=100.0, sale_credit=100.0, sale_stage=2.0, sale_cities=1.0
    )
    contracts.step(state, public(), now(), never)
    assert (state.installed, state.paid_sale, state.debt, state.adopted_platform) == (0, 0, 0, 0)
    assert (state.unserved, state.signed, state.agreements) == (listed, listed, listed)
    assert state.fell_through == 2.0 * listed


def test_a_renewal_is_dearer_the_fewer_rivals_can_bid() -> None:
    p = parameters()
    alone = buyer(chinese_access=0.0, western_access=0.0)
    sought = buyer(chinese_access=1.0, western_access=1.0)
    assert contract_exit.price_renewal(alone, public(), p) == p.contracts.renewal_premium
    assert contract_exit.price_renewal(sought, public(), p) == 0.0
    assert contract_exit.fee_due(buyer(premium=0.5)) == 1.5 * contract_exit.fee_due(buyer())
    unbound = parameters(contracts__retention=False)
    assert contract_exit.price_renewal(alone, public(), unbound) == 0.0


def test_expiries_are_counted_by_what_became_of_them() -> None:
    """Each contract that expires is kept, goes to another vendor or lapses, and counts once."""
    p = parameters(contracts__choice_precision=0.0, procurement__western_supply=1.0)
    counts = [0.0, 0.0, 0.0]
    for run in range(200):
        state = buyer(budget=1e6, system_cost=100.0, exit_cost=100.0)
        contracts.expire(state, public(), now(run=run), p)
        row = [state.expiry_kept, state.switched, state.expiry_ended]
        assert sum(row) == 1.0
        assert row[2] == state.lapsed == 1.0 - state.contract
        counts = [a + b for a, b in zip(counts, row, strict=True)]
    assert min(counts) > 0.0

"""Contracts: what leaving costs, what is chosen at expiry, what missed fees do."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.arithmetic import logistic_deviate
from sim.model.mechanisms import (
    contract_exit,
    contracts,
    procurement,
    system_failures,
    system_lifecycle,
)
from sim.model.mechanisms.contract_exit import (
    LAPSE,
    RENEW,
    RETENDER,
    choice_at_expiry,
    cost_of_exit,
)
from sim.model.mechanisms.loans import borrow, serve_debt
from sim.model.mechanisms.tender import (
    HUAWEI,
    OTHER_CHINESE,
    WESTERN,
    cost_of_replacing,
)

from .builders import buyer, country, now, parameters, public, update

P = parameters()
SHARES = st.floats(0.0, 1.0)
NEW = 100.0
"""Price of a new system: that of the installed one."""
ONE_THROW = {"contracts__choice_precision": 1.0, "contracts__choice_lasting": 0.0}
DRAWS = [(k + 0.5) / 400 for k in range(400)]


def shares(state: object, p: object = P) -> dict[int, float]:
    """Share of draws that renew, re-tender and lapse."""
    chosen = [choice_at_expiry(state, NEW, draw, p) for draw in DRAWS]
    return {choice: chosen.count(choice) / len(DRAWS) for choice in (RENEW, RETENDER, LAPSE)}


@pytest.mark.parametrize("field", ["stage", "vendor_staff", "age", "capital"])
def test_leaving_costs_more_the_deeper_older_and_better_staffed(field: str) -> None:
    costs = [cost_of_exit(buyer(**{field: value}), P) for value in (1.0, 2.0, 3.0)]
    assert 0.0 < costs[0] < costs[1] < costs[2]


def test_leaving_can_cost_nothing() -> None:
    nothing = {"contracts__exit_cost": 0.0, "contracts__retention": False}
    for key, value in {**nothing, "contracts__open_standards": 1.0, "west__subsidy": 1.0}.items():
        p = parameters(**{key: value})
        assert cost_of_exit(buyer(age=20.0, vendor_staff=500.0), p) == 0.0, key


def test_the_leap_and_what_the_west_pays_act_on_chinese_systems_alone() -> None:
    leap, paid = parameters(market__ai_leap=1.0), parameters(west__subsidy=0.5)
    for vendor in (HUAWEI, WESTERN):
        state, chinese = buyer(vendor=vendor), vendor == HUAWEI
        cost, value = cost_of_exit(state, P), contracts.annual_value(state, P)
        assert cost_of_exit(state, leap) == pytest.approx(cost * (2.0 if chinese else 1.0))
        assert cost_of_exit(state, paid) == pytest.approx(cost * (0.5 if chinese else 1.0))
        assert contracts.annual_value(state, leap) == value * (2.0 if chinese else 1.0)


@pytest.mark.parametrize("planning_horizon", [1.0, 10.0])
def test_between_old_and_new_of_the_same_worth_their_cost_decides(planning_horizon: float) -> None:
    """However far a state looks ahead: a year of either is worth the same."""
    p = parameters(contracts__planning_horizon=planning_horizon, **ONE_THROW)
    alike = {"yearly_value": p.contracts.annual_benefit * NEW, "fee": p.contracts.fee * NEW}
    found = shares(buyer(capital=NEW, exit_cost=20.0, **alike), p)
    # New equipment counts once: its price of 1 is more than exit cost of 0.2.
    assert found[RETENDER] / found[RENEW] == pytest.approx(math.exp(-1.0), abs=0.01)


def test_stopping_costs_its_share_of_the_cost_to_leave() -> None:
    state = buyer(exit_cost=150.0, fee=40.0)
    dear = [parameters(contracts__switch_off_cost=share) for share in (0.0, 0.4, 1.0)]
    left = [shares(state, p)[LAPSE] for p in dear]
    assert left[0] > left[1] > left[2]
    free = [shares(buyer(exit_cost=0.0, fee=40.0), p) for p in dear]
    assert free[0] == free[2]


@pytest.mark.parametrize(("cost", "free"), [(0.5, True), (1.0, True), (3.0, False)])
def test_who_gives_up_pays_for_no_new_equipment(cost: float, free: bool) -> None:
    """Where exit cost is no more than new equipment, switching off costs nothing."""
    state = buyer(capital=NEW, exit_cost=cost * NEW, fee=0.4 * NEW)
    nothing, whole = (
        shares(state, parameters(contracts__switch_off_cost=share, **ONE_THROW))[LAPSE]
        for share in (0.0, 1.0)
    )
    assert (nothing == whole) is free
    # At its dearest, switching off saves the equipment alone, against replacing.
    worthless = {f"contracts__{key}": 0.0 for key in ("annual_benefit", "fee")}
    p = parameters(contracts__switch_off_cost=1.0, **ONE_THROW, **worthless)
    found = shares(state, p)
    assert found[LAPSE] / found[RETENDER] == pytest.approx(math.e, rel=0.05)


def test_the_dearer_leaving_the_more_renew() -> None:
    found = [shares(buyer(exit_cost=cost)) for cost in (0.0, 50.0, 100.0, 300.0)]
    # Below the price of new equipment, that price is what a rival's system costs, and switching off
    # costs nothing.
    assert found[0] == found[1] == found[2]
    assert found[2][RENEW] < found[3][RENEW]
    assert found[2][LAPSE] > found[3][LAPSE]
    assert found[2][RETENDER] > found[3][RETENDER]
    assert shares(buyer(exit_cost=100_000.0))[RENEW] == 1.0


@given(SHARES, st.floats(0.0, 500.0), st.floats(0.0, 500.0), SHARES)
def test_a_draw_that_renews_still_does_when_leaving_is_dearer(
    draw: float, cost: float, more: float, mistrust: float
) -> None:
    """Monotone draw by draw: so paired runs differ only where the switch says."""
    if choice_at_expiry(buyer(exit_cost=cost, mistrust=mistrust), NEW, draw, P) == RENEW:
        dearer = buyer(exit_cost=cost + more, mistrust=mistrust)
        assert choice_at_expiry(dearer, NEW, draw, P) == RENEW


@pytest.mark.parametrize("field", ["mistrust", "sovereignty", "fee"])
def test_mistrust_concern_and_fees_cost_renewals(field: str) -> None:
    low, high = (shares(buyer(**{field: value})) for value in (0.0, 1.0 if field != "fee" else 15))
    assert high[RENEW] < low[RENEW]


def test_rates_a_year_are_what_happens_in_a_year() -> None:
    """Divided by four and compounded, a growth of 30 % was one of 34 %, a rate of 1 was 68 %."""
    p = parameters(contracts__restoration_rate=1.0, contracts__escalation=0.3)
    assert (1.0 - p.contracts.restoration_chance) ** 4 == pytest.approx(math.exp(-1.0))
    assert p.contracts.escalation_factor**4 == pytest.approx(1.3)
    often = parameters(contracts__missed_payment_rate=0.2)
    for quarter in (
        contracts.missed_payment_probability(1.0, often),
        parameters(society__leak_rate=0.2).society.leak_chance,
        parameters(west__replace_rate=0.2).west.replace_chance,
    ):
        assert (1.0 - quarter) ** 4 == pytest.approx(math.exp(-0.2))


def served(state: Any, quarters: int, p: Any = P) -> tuple[list[float], float]:
    """Debt after each of some quarters, and all that was paid."""
    debts, paid = [], 0.0
    for _ in range(quarters):
        serve_debt(state, p)
        debts.append(state.debt)
        paid += state.service
    return debts, paid


LOAN = parameters(contracts__grace=2.0, contracts__loan_years=10.0)


def test_a_loan_is_repaid_in_equal_parts_after_grace_and_then_it_is_gone() -> None:
    """Once a share of what remained was repaid, so that a third was left when all was due."""
    state = buyer()
    borrow(state, 100.0, LOAN)
    debts, paid = served(state, 48, LOAN)
    assert debts[:8] == [100.0] * 8
    assert debts[7:48] == pytest.approx([100.0 - 2.5 * k for k in range(41)])
    assert state.debt == state.debt_in_grace == 0.0
    assert paid == pytest.approx(100.0 + 0.03 / 4 * (8 * 100.0 + 2.5 * 820))


def test_a_second_loan_has_the_mean_grace_of_both() -> None:
    state = buyer()
    for amount in (300.0, 100.0):
        borrow(state, amount, LOAN)
        served(state, 4, LOAN)
    # 300 wait 4 quarters more and the new 100 wait 8: 5 in the mean, of which 4 pass.
    assert state.grace_left == pytest.approx((300.0 * 4 + 100.0 * 8) / 400.0 - 4)


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0.1, 500.0)), max_size=6))
def test_all_that_was_borrowed_is_repaid(loans: list[tuple[int, float]]) -> None:
    free = parameters(contracts__interest=0.0)
    state, paid = buyer(), 0.0
    for wait, credit in loans:
        borrow(state, credit, free)
        paid += served(state, wait, free)[1]
        assert 0.0 <= state.debt_in_grace <= state.debt
    paid += served(state, 200, free)[1]
    assert state.debt == pytest.approx(0.0, abs=1e-6)
    assert paid == pytest.approx(sum(credit for _, credit in loans))


def test_the_same_vendor_restores_on_part_payment() -> None:
    state = buyer(out_of_service=0.4, unpaid=1.0, arrears=10.0)
    system_failures.restore(state, public(), now(), 0.0, P)
    assert (state.restored, state.restored_same, state.vendor) == (1, 1, HUAWEI)
    assert (state.out_of_service, state.arrears) == (0, 0)
    assert state.paid_fee == pytest.approx(10.0 * system_lifecycle.SETTLED_SHARE)


def test_a_restoration_by_tender_needs_a_bidder_and_no_credit() -> None:
    nobody = parameters(china__offering=False, procurement__western_supply=0.0)
    state = buyer(out_of_service=0.4, unpaid=1.0)
    system_failures.restore(state, public(), now(), 0.99, nobody)
    assert (state.restored, state.switched_off) == (0, 1)
    poor = buyer(out_of_service=0.4, unpaid=1.0, arrears=10.0, budget=1.0, finance=10.0)
    lent = parameters(procurement__western_supply=0.0)
    system_failures.restore(poor, public(), now(), 0.99, lent)
    assert (poor.restored, poor.out_of_service, poor.pending) == (0, 0.4, 0)


def test_what_goes_dark_is_between_the_least_and_the_most_of_any_outage() -> None:
    narrow = parameters(contracts__outage_least=0.31, contracts__outage_most=0.33)
    for p in (P, narrow):
        dark = []
        for run in range(50):
            state, left = buyer(), buyer()
            contracts.miss_payment(state, 1.5, now(run=run), p)
            contracts.lapse(left, now(run=run), p)
            dark += [state.out_of_service, left.out_of_service]
            assert (state.suspensions, state.ever_suspended, state.arrears) == (1, 1, 1.5)
        least, most = p.contracts.outage_least, p.contracts.outage_most
        assert least <= min(dark) < max(dark) <= most
        assert max(dark) - min(dark) > 0.8 * (most - least)


def test_a_dark_system_decays_until_it_is_given_up() -> None:
    state = buyer(out_of_service=0.6, unpaid=1.0)
    p = parameters(contracts__restoration_rate=0.0)
    darkness = []
    while state.installed and len(darkness) < 200:
        contracts.serve(state, public(), now(), p)
        darkness.append(state.out_of_service)
    assert darkness[:3] == sorted(darkness[:3])
    assert (state.switched_off, state.contract, state.capital, state.stage) == (1, 0, 0, 0)


def test_dependence_grows_by_contract_and_fades_without() -> None:
    state = buyer(dependence=0.2)
    contracts.account(state, now(), P)
    assert 0.2 < state.dependence < 1.0
    for other in (buyer(dependence=0.2, vendor=WESTERN), country(dependence=0.2)):
        contracts.account(other, now(), P)
        assert other.dependence == pytest.approx(
            0.2 * 0.5 ** (0.25 / P.contracts.dependence_half_life)
        )


def test_working_means_less_than_half_dark() -> None:
    for out_of_service, working in ((0.0, 1.0), (0.49, 1.0), (0.5, 0.0), (0.9, 0.0)):
        state = buyer(out_of_service=out_of_service, unpaid=1.0)
        contracts.account(state, now(2015.75), P)
        assert state.working == working
    western = buyer(vendor=WESTERN)
    contracts.account(western, now(2015.75), P)
    assert (western.working, western.working_western) == (0, 1)


def test_who_cannot_pay_a_new_system_waits_for_credit_and_keeps_the_old_meanwhile() -> None:
    """It once paid out of pocket, whatever the price beside its budget."""
    alone = parameters(procurement__western_supply=0.0, contracts__missed_payment_rate=0.0)
    poor = {"budget": 100.0, "system_cost": 100.0, "economy": 1e9, "finance": 10.0}
    state = buyer(remaining=1.0, exit_cost=0.0, vendor=OTHER_CHINESE, **poor)
    system_lifecycle.retender(state, public(), now(), alone)
    assert (state.pending, state.credit_wanted, state.capital) == (1, 93.75, 100.0)
    for quarter in range(3):
        contracts.step(state, public(), now(2015.0 + quarter / 4), alone)
        assert (state.contract, state.vendor, state.debt) == (1, OTHER_CHINESE, 0)
    procurement.step(update(state, {"credit": 1.0}), public(), now(2016.0), alone)
    contracts.step(state, public(), now(2016.0), alone)
    assert state.debt == state.paid_sale == state.capital == 93.75
    assert state.renewed + state.switched == 1.0
    assert (state.pending, state.pending_anew) == (0, 0)


def test_mistrust_and_fear_of_chinese_systems_end_no_western_one() -> None:
    fears = {"mistrust": 1.0, "sovereignty": 1.0, "civil_space": 1.0, "exit_cost": 100.0}
    sharp = parameters(contracts__choice_precision=50.0, contracts__mistrust_cost=10.0)
    assert choice_at_expiry(buyer(vendor=WESTERN, **fears), 100.0, 0.5, sharp) == RENEW
    assert choice_at_expiry(buyer(vendor=HUAWEI, **fears), 100.0, 0.5, sharp) != RENEW


def test_public_mistrust_counts_only_where_civil_space_is_open() -> None:
    closed = shares(buyer(mistrust=1.0, civil_space=0.0))
    assert closed == shares(buyer()) != shares(buyer(mistrust=1.0, civil_space=1.0))


def test_fees_that_the_west_pays_reach_the_vendor_and_strain_nobody() -> None:
    paid = parameters(
        west__fees_paid=1.0, contracts__missed_payment_rate=4.0, contracts__distress=10.0
    )
    # Debt service strains the budget to the full; still no fee is owed that could be missed.
    for seed in range(20):
        state = buyer(budget=1.0, service=1000.0)
        contracts.serve(state, public(), now(seed=seed), paid)
        assert state.suspensions == 0.0
        assert state.paid_fee == contract_exit.fee_due(buyer()) > 0.0


def test_donors_who_pay_every_fee_settle_arrears_and_restore_at_once() -> None:
    def after(share: float) -> Any:
        p = parameters(
            west__fees_paid=share, contracts__restoration_rate=0.0, contracts__same_vendor=1.0
        )
        state = buyer(out_of_service=0.4, unpaid=1.0, arrears=5.0)
        contracts.serve(state, public(), now(), p)
        return state

    paid, partly = after(1.0), after(0.9)
    assert (paid.out_of_service, paid.arrears, paid.restored_same) == (0.0, 0.0, 1.0)
    assert paid.paid_fee == 5.0 * system_lifecycle.SETTLED_SHARE
    assert partly.out_of_service > 0.4 and partly.arrears > 5.0


def test_a_vendor_that_may_not_sell_renews_nothing() -> None:
    state = buyer(exit_cost=1e6, yearly_value=100.0)
    usual, barred = parameters(), parameters(procurement__huawei_sells=False)
    assert choice_at_expiry(state, 100.0, 0.0, usual) == RENEW
    assert choice_at_expiry(state, 100.0, 0.0, barred) == RETENDER


@pytest.mark.parametrize(("quarters", "renewed"), [(1.0, 1.0), (1.5, 0.0), (2.0, 0.0)])
def test_a_contract_ends_in_the_quarter_in_which_its_time_is_over(
    quarters: float, renewed: float
) -> None:
    bound = parameters(contracts__exit_cost=1000.0, contracts__missed_payment_rate=0.0)
    state = buyer(remaining=quarters, budget=1e6)
    contracts.step(state, public(), now(), bound)
    assert state.renewed == renewed


@pytest.mark.parametrize("factor", [0.0, 3.0])
def test_a_changed_fee_reaches_a_contract_at_its_renewal_and_its_choice(factor: float) -> None:
    none = ("escalation", "missed_payment_rate", "outage_rate", "renewal_premium")
    quiet = {f"contracts__{name}": 0.0 for name in none}
    later = parameters(contracts__fee=P.contracts.fee * factor, **quiet)
    state = buyer(remaining=8.0, stays=1.0)
    contracts.serve(state, public(), now(), later)
    assert state.fee == 6.0, "a running contract keeps its own"
    contracts.serve(update(state, {"remaining": 0.0}), public(), now(2016.0), later)
    assert (state.renewed, state.fee_rate) == (1.0, later.contracts.fee)
    assert state.fee == pytest.approx(6.0 * factor), "a renewal takes the fee of its day"
    grown = buyer(sale_stage=3.0, sale_cities=1.0)
    system_lifecycle.install(grown, grown.vendor, 100.0, 0.0, now(), later)
    assert grown.fee_rate == pytest.approx(P.contracts.fee * (1.0 + factor) / 2)


SURE = parameters(contracts__restoration_rate=4.0, contracts__same_vendor=1.0)


def lapsed(**fields: Any) -> Any:
    contracts.lapse(state := buyer(**fields), now(), P)
    return state


def test_a_lapse_interrupts_and_costs_nothing() -> None:
    state = lapsed(exit_cost=100.0)
    assert (state.installed, state.contract, state.lapsed, state.expiry_ended) == (1, 0, 1, 1)
    assert state.out_of_service >= P.contracts.outage_least
    assert (state.exits_paid, state.arrears, state.suspensions, state.switched_off) == (0, 0, 0, 0)
    contracts.account(state, now(), P)
    assert state.exit_cost == state.contract_chinese == 0.0, "nothing binds"


def test_the_vendor_of_a_lapsed_system_restores_it_for_a_new_term() -> None:
    state = lapsed(remaining=0.0, premium=0.5, taste=-9.0)
    system_failures.stay_suspended(state, public(), now(), 1.0, SURE)
    assert (state.lapsed, state.contract, state.out_of_service) == (0.0, 1.0, 0.0)
    assert (state.remaining, state.premium) == (SURE.contracts.term_quarters, 0.0)
    assert state.fee == state.capital * SURE.contracts.fee
    assert (state.restored_same, state.lapses_restored, state.opened) == (1.0, 1.0, 1.0)
    assert state.taste != -9.0, "somebody wanted it back"


def test_a_lapsed_system_that_nobody_restores_is_given_up_once() -> None:
    never = parameters(contracts__restoration_rate=0.0)
    state = lapsed()
    for quarter in range(200):
        contracts.step(state, public(), now(2015.0 + quarter / 4), never)
    assert (state.installed, state.lapsed) == (0.0, 0.0)
    assert (state.switched_off, state.lapses_restored, state.lapses_gone) == (1.0, 0.0, 1.0)


def test_another_vendor_takes_a_lapsed_system_over() -> None:
    state = lapsed(sale_stage=2.0, sale_cities=1.0)
    system_lifecycle.build_anew(state, WESTERN, 100.0, 0.0, now(), P)
    assert (state.vendor, state.switched, state.opened) == (WESTERN, 1.0, 2.0)
    assert (state.lapses_replaced, state.lapses_restored, state.lapses_gone) == (1.0, 0.0, 0.0)
    assert (state.restored, state.restored_same, state.exits_paid) == (1.0, 0.0, 0.0)


def renews(lasting: float, **fields: Any) -> float:
    p = parameters(contracts__choice_lasting=lasting)
    return shares(buyer(capital=NEW, exit_cost=150.0, fee=20.0, **fields), p)[RENEW]


def test_a_lasting_taste_decides_as_often_as_chance_did() -> None:
    """At any share the chance to renew against one alternative is that of a logit."""
    tastes = [logistic_deviate(draw, 1.0) for draw in DRAWS]
    alone = {"contracts__switch_off_cost": 0.0, "contracts__annual_benefit": 0.1}
    for lasting in (0.0, 0.5, 1.0):
        p = parameters(contracts__choice_lasting=lasting, **alone)
        state = {"capital": NEW, "exit_cost": 4.0 * NEW, "fee": 9.0, "yearly_value": 14.0}
        found = [shares(buyer(taste=taste, **state), p)[RENEW] for taste in tastes[::8]]
        if lasting == 0.0:
            usual = found[0]
            assert found == [usual] * len(found)
        else:
            assert sum(found) / len(found) == pytest.approx(usual, abs=0.03)
    assert sum(share in (0.0, 1.0) for share in found) >= len(found) - 1, "a threshold"
    assert renews(0.0, taste=3.0) == renews(0.0, taste=-3.0)
    assert renews(0.5, taste=1.0) > renews(0.5) > renews(0.5, taste=-1.0)


def test_a_new_vendor_meets_a_new_taste_and_the_old_one_the_old() -> None:
    state = buyer(taste=0.5, sale_stage=2.0, sale_cities=2.0)
    system_lifecycle.install(state, HUAWEI, 10.0, 0.0, now(), P)
    assert state.taste == 0.5
    state = update(state, {"sale_stage": 3.0})
    system_lifecycle.install(state, OTHER_CHINESE, 100.0, 0.0, now(), P)
    assert state.taste != 0.5
    assert (state.switched, state.outgrown) == (1.0, 1.0)


@given(leave=st.floats(0.0, 500.0), same=st.floats(1.0, 100.0), added=st.floats(0.0, 100.0))
def test_what_exit_costs_beyond_equipment_is_due_whatever_is_bought(
    leave: float, same: float, added: float
) -> None:
    beyond = cost_of_replacing(leave, same, same) - same
    assert beyond == pytest.approx(max(leave - same, 0.0))
    assert cost_of_replacing(leave, same, same + added) == pytest.approx(same + added + beyond)

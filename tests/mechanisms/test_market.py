"""Market and alignment: prices fall with sales, money is received as paid, states drift."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.mechanisms import market
from sim.model.mechanisms.tender import DAHUA, HUAWEI, WESTERN

from .builders import buyer, china, country, now, parameters, public

P = parameters()
SHARES = st.floats(0.0, 1.0)


@pytest.mark.parametrize("learning", [0.0, 0.1, 0.5])
def test_price_falls_by_the_learning_rate_per_doubling(learning: float) -> None:
    p = parameters(market__learning=learning)
    for doublings in (0, 1, 5):
        sold = market.FIRST_SALES * (2.0**doublings - 1.0)
        expected = p.market.price * (1.0 - learning) ** doublings
        assert market.chinese_price(sold, p) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("distance", "nearness"), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0), (1.8, -0.8), (9.0, -1.0)]
)
def test_votes_move_where_alignment_begins(distance: float, nearness: float) -> None:
    def begun(weight: float) -> float:
        state = country(un_distance=distance)
        market.step(state, now(2000.0), parameters(market__votes_weight=weight))
        return float(state.alignment)

    assert begun(0.1) - begun(0.0) == pytest.approx(0.1 * nearness)


@pytest.mark.parametrize(
    ("field", "towards"),
    [("trust", True), ("dependence", True), ("civil_space", False), ("ally", False)],
)
def test_ties_pull_towards_china_or_away(field: str, towards: bool) -> None:
    low, high = (market.alignment_target(country(**{field: value}), P) for value in (0.0, 1.0))
    assert (high > low) is towards and high != low


@given(st.floats(-1.0, 1.0), st.floats(0.0, 4.0), SHARES)
def test_alignment_moves_to_its_target_and_not_past_it(
    alignment: float, speed: float, trust: float
) -> None:
    p = parameters(market__alignment_speed=speed)
    state = country(alignment=alignment, trust=trust)
    target = market.alignment_target(state, p)
    market.step(state, now(), p)
    low, high = sorted((alignment, target))
    assert low - 1e-12 <= state.alignment <= high + 1e-12


def test_what_is_paid_is_received_by_whom_it_was_paid_to() -> None:
    states = [
        buyer("AAA", paid_sale=100.0, sale_to=HUAWEI, paid_fee=5.0, fee_to=DAHUA),
        buyer("BBB", paid_sale=40.0, sale_to=WESTERN, vendor=WESTERN, paid_fee=7.0, fee_to=WESTERN),
        country("CCC"),
    ]
    known, actor = public(), china()
    market.publish(known, actor, states, P)
    assert known.vendor_sales == [100.0, 0, 0, 0, 40.0]
    assert known.vendor_fees == [0, 0, 5.0, 0, 7.0]
    assert (actor.sales, actor.fees) == (100.0, 5.0)
    assert sum(known.vendor_working) == 2.0
    assert actor.funded_courses == pytest.approx(P.market.reinvestment * actor.revenue)


def test_no_seats_from_revenue_where_it_is_off() -> None:
    for switch in ("market__active", "contracts__propagation"):
        actor, off = china(), parameters(**{switch: False})
        market.publish(public(), actor, [buyer(paid_sale=100.0, sale_to=HUAWEI)], off)
        assert actor.revenue > 0.0 == actor.funded_courses

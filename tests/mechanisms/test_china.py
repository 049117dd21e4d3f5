"""China's offers: finite seats, to whom first, no conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms import china as rules

from .builders import china, country, now, parameters, public

P = parameters()
CODES = ["AGO", "BOL", "KEN", "SRB", "UZB", "ZMB"]


@pytest.mark.parametrize("field", ["bri", "strategic", "size", "alignment"])
def test_members_neighbours_the_big_and_friends_come_first(field: str) -> None:
    low, high = (rules.weigh_priority(country(**{field: v}), P) for v in (0.0, 1.0))
    assert high > low


@given(st.floats(-5.0, 6.0), st.floats(-1.0, 1.0), st.integers(0, 1), st.integers(0, 2))
def test_priority_is_zero_for_taipei_and_above_zero_else(
    size: float, alignment: float, bri: int, strategic: int
) -> None:
    fields = {"size": size, "alignment": alignment, "bri": bri, "strategic": strategic}
    assert rules.weigh_priority(country(invited=0.0, **fields), P) == 0.0
    assert rules.weigh_priority(country(invited=1.0, **fields), P) > 0.0


def test_sanctions_and_rights_do_not_matter() -> None:
    plain = rules.weigh_priority(country(), P)
    for fields in ({"sanctions": 3.0}, {"regime": 3}, {"democracy": 0.0}, {"conflict": 2.0}):
        assert rules.weigh_priority(country(**fields), P) == plain


def test_off_all_who_ask_are_equal_but_taipei_s_friends() -> None:
    off = parameters(china__active=False)
    assert rules.weigh_priority(country(bri=1.0, size=3.0), off) == 1.0
    assert rules.weigh_priority(country(invited=0.0), off) == 0.0


def test_seats_close_at_once_and_open_slowly() -> None:
    actor = china(open_share=1.0)
    assert rules.open_share_next(actor, parameters(china__seats_open=0.12)) == 0.12
    actor.open_share = 0.12
    seen = [0.12]
    for _ in range(200):
        actor.open_share = rules.open_share_next(actor, P)
        seen.append(actor.open_share)
    assert seen == sorted(seen)
    assert 0.12 < seen[1] < 0.3
    assert seen[-1] == pytest.approx(1.0, abs=0.01)
    assert max(seen) <= 1.0


def test_growth_follows_the_epoch() -> None:
    found = [rules.seat_growth(parameters(china__epoch=epoch)) for epoch in range(4)]
    assert found == [
        P.china.seat_growth_early,
        P.china.seat_growth_belt_and_road,
        P.china.seat_growth_wave,
        P.china.seat_growth_security_initiative,
    ]


def test_technology_ripens_over_its_ramp() -> None:
    start, ramp = P.china.technology_from, P.china.technology_ramp
    assert rules.technology_ripe(now(2000.0), P) == 0.0
    middle = now()
    middle.date = start + ramp / 2
    assert rules.technology_ripe(middle, P) == pytest.approx(0.5)
    assert rules.technology_ripe(now(2040.0), P) == 1.0


def test_parts_of_a_seat_are_carried_over() -> None:
    actor = china(seats_a_year=5.0, open_share=1.0)
    assert sum(rules.seats_now(actor, P) for _ in range(40)) == 50.0
    assert 0.0 <= actor.carry < 1.0
    assert rules.seats_now(actor, parameters(china__offering=False)) == 0.0


@given(
    st.floats(0.0, 200.0),
    st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6),
    st.integers(0, 99),
)
def test_sessions_never_exceed_seats(seats: float, sizes: list[float], run: int) -> None:
    actor = china(seats_a_year=seats)
    states = [
        country(code, waiting=float(k % 3 > 0), size=size, invited=float(k != 1))
        for k, (code, size) in enumerate(zip(CODES, sizes, strict=True))
    ]
    rules.ration_seats(actor, states, now(run=run), P)
    held = sum(state.sessions for state in states)
    assert held == actor.sessions <= actor.seats
    for state in states:
        assert 0.0 <= state.sessions <= P.china.most_sessions + 1
        if not state.waiting or not state.invited:
            assert state.sessions == 0.0


@given(st.floats(0.0, 2000.0), st.lists(st.floats(0.0, 300.0), min_size=6, max_size=6))
def test_credit_stays_within_the_envelope(envelope: float, wanted: list[float]) -> None:
    p = parameters(china__credit_a_year=envelope)
    states = [country(c, credit_wanted=w) for c, w in zip(CODES, wanted, strict=True)]
    rules.ration_credit(states, now(), p)
    granted = sum(s.credit * s.credit_wanted for s in states)
    assert granted <= envelope / 4 * (1 + 1e-9)
    assert all(s.credit in (0.0, 1.0) for s in states)
    assert all(s.credit == 0.0 for s in states if s.credit_wanted == 0.0)
    if sum(wanted) <= envelope / 4:
        assert all(s.credit == 1.0 for s in states if s.credit_wanted > 0.0)
    rules.ration_credit(states, now(), parameters(china__offering=False))
    assert not any(s.credit for s in states)


def test_the_order_of_states_does_not_matter() -> None:
    def shared_out(codes: list[str]) -> dict[str, float]:
        states = [country(code, waiting=1.0) for code in codes]
        rules.ration_seats(china(seats_a_year=13.0), states, now(), P)
        return dict(zip(codes, (s.sessions for s in states), strict=True))

    assert shared_out(CODES) == shared_out(CODES[::-1])


def test_the_programme_starts_where_it_is_told() -> None:
    actor = china()
    rules.plan(actor, public(), now(2000.0), P)
    assert actor.seats_a_year == pytest.approx(
        P.china.seats_at_start * (1 + P.china.seat_growth_early / 4)
    )

"""China's offers: finite seats, to whom first, no conditions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.mechanisms import china as rules

from .builders import CODES, china, country, now, parameters

P = parameters()
SIZED = parameters(china__size_priority=0.25)


@pytest.mark.parametrize("field", ["bri", "strategic", "size", "alignment"])
def test_members_neighbours_the_big_and_friends_come_first(field: str) -> None:
    low, high = (rules.weigh_priority(country(**{field: v}), SIZED) for v in (0.0, 1.0))
    assert high > low


def test_off_all_who_ask_are_equal_but_taipei_s_friends() -> None:
    off = parameters(china__active=False)
    assert rules.weigh_priority(country(bri=1.0, size=3.0), off) == 1.0
    for p in (P, off):
        assert rules.weigh_priority(country(relations=0.0), p) == 0.0
    assert rules.weigh_priority(country(size=-5.0, alignment=-1.0), P) > 0.0


def test_seats_close_at_once_and_open_slowly() -> None:
    actor = china(open_share=1.0)
    assert rules.open_share_next(actor, parameters(china__courses_open=0.12)) == 0.12
    actor.open_share = 0.12
    seen = [0.12]
    for _ in range(200):
        actor.open_share = rules.open_share_next(actor, P)
        seen.append(actor.open_share)
    assert seen == sorted(seen)
    assert 0.12 < seen[1] < 0.3
    assert seen[-1] == pytest.approx(1.0, abs=0.01)
    assert max(seen) <= 1.0


def hold_many(seats: float, sizes: list[float], quarters: int) -> tuple[Any, np.ndarray]:
    """Courses of each state in each quarter, all of them always waiting."""
    actor = china(courses_a_year=seats)
    pairs = zip(CODES, sizes, strict=True)
    states = [country(code, waiting=1.0, size=size) for code, size in pairs]
    held = []
    for quarter in range(quarters):
        rules.allocate_courses(actor, states, now(2001 + quarter / 4), [SIZED])
        held.append([state.sessions for state in states])
    return actor, np.array(held)


@pytest.mark.parametrize("seats", [0.7, 5.0, 23.0])
def test_every_seat_is_held_while_enough_wait_for_it(seats: float) -> None:
    """What the lot leaves over is made up for: it was lost, the more the fewer seats there were."""
    actor, held = hold_many(seats, [0.0] * 6, 250)
    assert held.sum() + actor.carry == pytest.approx(actor.courses) == pytest.approx(seats * 62.5)
    assert abs(actor.carry) < 6.0


def test_who_has_three_times_the_priority_gets_three_times_the_seats() -> None:
    """Those who won too much were once trimmed by how narrowly they won: 3 : 1 became 3.8 : 1."""
    size = 2.0 / SIZED.china.size_priority
    _, held = hold_many(6.0, [size] + [0.0] * 5, 250)
    first, others = held[:, 0].sum(), held[:, 1:].sum() / 5
    assert first / others == pytest.approx(3.0, rel=0.15)


def test_what_the_cap_takes_from_some_is_shared_among_the_others() -> None:
    """It lapsed, while others waited."""
    actor, held = hold_many(72.0, [2.0 / SIZED.china.size_priority] + [0.0] * 5, 250)
    assert held[:, 0].mean() == rules.MOST_COURSES
    assert held.sum() + actor.carry == pytest.approx(actor.courses)
    assert held[:, 1:].mean() == pytest.approx((18.0 - rules.MOST_COURSES) / 5, rel=0.05)


@given(st.floats(0.0, 2000.0), st.lists(st.floats(0.0, 300.0), min_size=6, max_size=6))
def test_credit_stays_within_the_envelope_but_for_one_quarter_s_loans(
    envelope: float, wanted: list[float]
) -> None:
    p = parameters(china__credit_a_year=envelope)
    actor = china()
    states = [country(c, credit_wanted=w) for c, w in zip(CODES, wanted, strict=True)]
    granted = 0.0
    for quarter in range(8):
        rules.ration_credit(actor, states, now(2015 + quarter / 4), p)
        granted += sum(s.credit * s.credit_wanted for s in states)
        assert all(s.credit in (0.0, 1.0) for s in states)
        assert all(s.credit == 0.0 for s in states if s.credit_wanted == 0.0)
        if 0.0 < sum(wanted) <= envelope / 4:
            assert all(s.credit == 1.0 for s in states if s.credit_wanted > 0.0)
    assert actor.credit_granted == pytest.approx(granted)
    assert granted <= 2 * envelope + sum(wanted) + 1e-6
    rules.ration_credit(actor, states, now(), parameters(china__offering=False))
    assert not any(s.credit for s in states)


def test_a_loan_above_a_quarter_s_envelope_is_granted_in_time_and_the_envelope_is_used() -> None:
    """It was withdrawn for ever, and what was not granted was lost."""
    p = parameters(china__credit_a_year=200.0)
    actor = china()
    loans_of = zip(CODES, (300.0, 20.0, 80.0, 10.0), strict=False)
    states = [country(code, credit_wanted=wanted) for code, wanted in loans_of]
    loans = np.zeros(4)
    for quarter in range(240):
        rules.ration_credit(actor, states, now(2001 + quarter / 4), p)
        loans += [s.credit for s in states]
    assert (loans > 0).all()
    assert loans == pytest.approx(np.full(4, loans.mean()), rel=0.35), "large and small alike"
    assert actor.credit_granted == pytest.approx(240 * 50.0, rel=0.05)


def test_the_order_of_states_does_not_matter() -> None:
    def shared_out(codes: list[str]) -> dict[str, float]:
        states = [country(code, waiting=1.0) for code in codes]
        rules.allocate_courses(china(courses_a_year=13.0), states, now(), [P])
        return dict(zip(codes, (s.sessions for s in states), strict=True))

    assert shared_out(CODES) == shared_out(CODES[::-1])

"""Society: activation, mistrust, legitimacy, leaks, democracy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms import society
from sim.mechanisms.history import AUTHORITARIAN, FLAWED_DEMOCRACY, FULL_DEMOCRACY, HYBRID
from sim.mechanisms.tender import WESTERN

from .builders import buyer, country, now_for, parameters, public

P = parameters()
SHARES = st.floats(0.0, 1.0)
QUIET = parameters(society__leak_rate=0.0)


def leaking(**given: Any) -> Any:
    """Parameters under which every Chinese system leaks in every quarter."""
    p = parameters(**given)
    p.society.leak_chance = 1.0
    return p


@given(SHARES, SHARES)
def test_mistrust_blocks_activation_where_civil_space_is_open(
    mistrust: float, open_: float
) -> None:
    state = buyer(mistrust=mistrust, civil_space=open_)
    chance = society.activation_chance(state, P)
    assert 0.0 <= chance <= P.society.activation_rate
    assert society.activation_chance(buyer(mistrust=1.0, civil_space=open_), P) <= chance
    closed = society.activation_chance(buyer(mistrust=mistrust, civil_space=0.0), P)
    assert closed == P.society.activation_rate


def test_concern_halves_in_its_half_life() -> None:
    state = country(sovereignty=0.8)
    for _ in range(int(4 * P.society.sovereignty_half_life)):
        state.sovereignty = society.sovereignty_next(state, 0.0, 0.0, P)
    assert state.sovereignty == pytest.approx(0.4)
    assert society.sovereignty_next(country(), 1.0, 0.0, P) > 0.0


def test_only_an_active_working_system_acts_on_the_public() -> None:
    assert society.effective_stage(buyer(stack=3.0, activated=1.0)) == 1.0
    assert society.effective_stage(buyer(stack=1.0, activated=1.0)) == pytest.approx(1 / 3)
    assert society.effective_stage(buyer(activated=0.0)) == 0.0
    assert society.effective_stage(buyer(activated=1.0, working=0.0)) == 0.0


def test_an_active_system_raises_mistrust_legitimacy_and_control() -> None:
    active, dormant = buyer(activated=1.0), country()
    for state in (active, dormant):
        society.step(state, public(), now_for(state, 2015.25), QUIET)
    assert active.mistrust > dormant.mistrust == 0.0
    assert active.legitimacy > dormant.legitimacy == 0.0
    assert active.control == pytest.approx(P.society.unrest_cut * 2 / 3)


@pytest.mark.parametrize(
    ("regime", "falls"),
    [(FULL_DEMOCRACY, False), (FLAWED_DEMOCRACY, True), (HYBRID, True), (AUTHORITARIAN, False)],
)
def test_long_use_wears_down_the_middle_and_only_after_history(regime: int, falls: bool) -> None:
    before, after = (buyer(activated=1.0, regime=regime, democracy=6.0) for _ in range(2))
    society.step(before, public(), now_for(before, 2020.0), QUIET)
    society.step(after, public(), now_for(after, 2030.0), QUIET)
    assert before.democracy == 6.0
    assert (after.democracy < 6.0) == falls


def test_off_means_no_reaction_and_systems_in_use() -> None:
    off = parameters(society__active=False, society__leak_rate=4.0)
    state = buyer(stack=3.0)
    society.step(state, public(leaks=10.0), now_for(state), off)
    assert (state.mistrust, state.legitimacy, state.sovereignty, state.leaks) == (0, 0, 0, 0)
    assert state.activated == 1.0


def test_without_a_system_nothing_leaks() -> None:
    state = country()
    society.step(state, public(), now_for(state), leaking())
    assert state.leaks == 0.0
    western = buyer(vendor=WESTERN)
    society.step(western, public(), now_for(western), leaking())
    assert western.leaks == 0.0
    holder = buyer()
    society.step(holder, public(), now_for(holder), leaking())
    assert holder.leaks == 1.0
    assert holder.sovereignty > 0.0


def test_own_leaks_are_not_counted_as_foreign_ones_next_quarter() -> None:
    """A leak at home raises concern by `leak_jump`; `leak_contagion` is for every other state."""
    leaky = leaking(society__leak_contagion=0.1)
    none = parameters(society__leak_rate=0.0, society__leak_contagion=0.1)
    leaker, other, known = buyer("AAA"), country("BBB"), public()
    for state in (leaker, other):
        society.step(state, known, now_for(state, 2015.0), leaky)
    society.publish(known, [leaker, other])
    assert known.leaks == leaker.leaks == 1.0
    home = leaker.sovereignty
    for state in (leaker, other):
        society.step(state, known, now_for(state, 2015.25), none)
    assert other.sovereignty == pytest.approx(0.1)
    assert leaker.sovereignty == pytest.approx(home * P.society.sovereignty_retention)


def test_systems_wear_democracy_down_from_the_first_year_that_is_not_observed() -> None:
    p = parameters(society__drift=1.0)
    for date, falls in ((2024.75, False), (2025.0, True)):
        state = buyer(stack=3.0, activated=1.0, democracy=5.0, regime=HYBRID)
        society.step(state, public(), now_for(state, date), p)
        assert (state.democracy < 5.0) is falls

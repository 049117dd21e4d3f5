"""Doctrine: officers rise and retire, and what their leaders learnt acts a little."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sim.model.mechanisms import doctrine, society
from sim.model.mechanisms.history import AUTHORITARIAN

from .builders import buyer, country, now, parameters, public

P = parameters()
YEARS = 400


def years(state: Any, count: int, p: Any = P, start: int = 2001) -> Any:
    """A country after so many year's ends."""
    for year in range(count):
        doctrine.step(state, now(min(start + year, 2039) + 0.75), p)
    return state


def leading(china: float, p: Any = P, **fields: Any) -> Any:
    """An authoritarian user of a system whose leaders were trained to this degree."""
    system: dict[str, Any] = {"regime": AUTHORITARIAN, "norm": 0.5, **fields}
    state = buyer(**system)
    state.trained_before = china * p.doctrine.candidates / 100.0 * state.population_k
    state.leaders_china = doctrine.share_of_leaders(state, p)
    doctrine.act_on_doctrine(state, p)
    return state


# --- Officers -------------------------------------------------------------------------------------


def test_whoever_is_trained_serves_a_career_and_retires() -> None:
    state = country()
    doctrine.enter(state, 100.0, P)
    assert state.trained_serving == 100.0
    serving = [years(state, 1).trained_serving for _ in range(YEARS)]
    assert serving == sorted(serving, reverse=True)
    assert 100.0 + sum(serving) == pytest.approx(100.0 * doctrine.CAREER)


def test_leaders_follow_their_candidates_with_a_lag() -> None:
    state = country()
    doctrine.enter(state, 100.0, P)
    leaders = [years(state, 1).leaders_china for _ in range(60)]
    top = leaders.index(max(leaders))
    assert leaders[0] > 0.0 and 5 < top < 40, "trained at once, they lead later"
    assert leaders[:top] == sorted(leaders[:top]) and leaders[-1] < leaders[top]
    assert years(state, YEARS).leaders_china < 0.01 * leaders[top]


def test_who_trains_all_candidates_all_the_time_has_their_share_of_leaders() -> None:
    state = country()
    candidates = P.doctrine.candidates / 100.0 * state.population_k
    for _ in range(YEARS):
        doctrine.enter(state, 0.1 * candidates / doctrine.CAREER, P)
        years(state, 1)
    assert state.leaders_china == pytest.approx(1.0 - math.exp(-0.1), rel=1e-6)


# --- What it does ---------------------------------------------------------------------------------


def test_leaders_trained_in_china_use_a_system_more() -> None:
    none, china = leading(0.0), leading(1.0)
    assert none.prevention < china.prevention <= 1.0
    assert none.prevention == pytest.approx(P.doctrine.untrained_use * 2 / 3)
    assert none.added_use == 0.0 < china.added_use
    assert leading(1.0, working=0.0).prevention == 0.0


def after_a_quarter(p: Any, china: float, **fields: Any) -> Any:
    state = leading(china, p, **fields)
    society.step(state, public(), now(), p)
    return state


def test_use_raises_control_and_mistrust_through_what_was_there() -> None:
    none, china = after_a_quarter(P, 0.0), after_a_quarter(P, 3.0)
    assert china.control > none.control and china.mistrust > none.mistrust
    assert after_a_quarter(P, 3.0, installed=0.0, working=0.0).control == 0.0
    extreme = parameters(doctrine__untrained_use=0.5, society__unrest_cut=1.0)
    assert after_a_quarter(extreme, 100.0).control <= 1.0

"""Society: control, mistrust, leaks, concern."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.mechanisms import society
from sim.model.mechanisms.tender import WESTERN

from .builders import buyer, country, now, parameters, public

P = parameters()
QUIET = parameters(society__leak_rate=0.0)


def leaking(**given: Any) -> Any:
    """Parameters under which every Chinese system leaks in every quarter."""
    p = parameters(**given)
    p.society.leak_chance = 1.0
    return p


def test_leaks_raise_concern_to_no_more_than_all_and_it_halves_in_its_half_life() -> None:
    state = country(sovereignty=0.8)
    few, many = (society.sovereignty_next(state, leaks, P) for leaks in (5.0, 1000.0))
    assert 0.8 < few < many == pytest.approx(1.0)
    for _ in range(int(4 * P.society.sovereignty_half_life)):
        state.sovereignty = society.sovereignty_next(state, 0.0, P)
    assert state.sovereignty == pytest.approx(0.4)


def test_a_system_raises_mistrust_and_control_and_wears_no_score_down() -> None:
    watched, free = buyer(), country()
    for state in (watched, free):
        society.step(state, public(), now(), QUIET)
    assert watched.mistrust > free.mistrust == 0.0
    assert watched.control == pytest.approx(P.society.unrest_cut * 2 / 3)
    assert free.control == 0.0
    assert watched.democracy == free.democracy
    assert watched.civil_space == pytest.approx(watched.democracy / 10.0)


def test_mistrust_halves_in_its_half_life_without_a_system() -> None:
    state = country(mistrust=0.8)
    for _ in range(int(4 * P.society.mistrust_half_life)):
        society.step(state, public(), now(), QUIET)
    assert state.mistrust == pytest.approx(0.4)


def test_chinese_systems_alone_leak() -> None:
    for state, leaks in ((country(), 0.0), (buyer(vendor=WESTERN), 0.0), (buyer(), 1.0)):
        society.step(state, public(), now(), leaking())
        assert state.leaks == leaks


def test_a_leak_raises_concern_everywhere_a_quarter_later() -> None:
    leaky = leaking(society__leak_concern=0.1)
    none = parameters(society__leak_rate=0.0, society__leak_concern=0.1)
    leaker, other, known = buyer("AAA"), country("BBB"), public()
    for state in (leaker, other):
        society.step(state, known, now(), leaky)
    society.publish(known, [leaker, other])
    assert known.leaks == leaker.leaks == 1.0
    later = public(leaks_before=known.leaks_before)
    society.publish(later, [leaker, other])
    assert later.leaks == 0.0, "it is news once"
    for state in (leaker, other):
        society.step(state, known, now(), none)
    assert other.sovereignty == leaker.sovereignty == pytest.approx(0.1)

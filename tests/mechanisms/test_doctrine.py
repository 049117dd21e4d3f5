"""Doctrine: officers rise and retire, and what their leaders learnt acts a little."""

from __future__ import annotations

from typing import Any

import pytest

from sim.mechanisms import doctrine, society
from sim.mechanisms.history import AUTHORITARIAN

from .builders import buyer, country, now, parameters, public

P = parameters()
SILENT = parameters(doctrine__feedback=False)
OFF = parameters(doctrine__active=False)
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
    posts = p.doctrine.leaders_per_thousand * state.population_k
    state.leaders_china = doctrine.share_of_leaders(china * posts, state, p)
    doctrine.act_on_doctrine(state, p)
    return state


# --- Officers -------------------------------------------------------------------------------------


def test_whoever_entered_is_in_service_or_has_retired() -> None:
    state = country()
    for quarter in range(160):
        doctrine.enter(state, 1.0 + quarter % 7, P)
        doctrine.step(state, now(2000 + quarter / 4), P)
    ranks = state.trained_middle, state.trained_senior
    assert min(ranks) > 0.0 and state.trained_retired > 0.0
    assert sum(ranks) == pytest.approx(state.trained_serving)
    assert state.trained_entered == pytest.approx(state.trained_serving + state.trained_retired)


def test_promotion_fills_the_posts_of_leaders_and_no_more() -> None:
    """In a usual force as many rise to the senior ranks as leave them."""
    d = P.doctrine
    state = country(trained_middle=d.middle_share, trained_senior=d.leadership_share)
    doctrine.promote_trained(state, P)
    assert state.trained_senior == pytest.approx(d.leadership_share)


def test_graduates_of_a_course_lead_years_later_and_retire() -> None:
    state = country()
    doctrine.enter(state, 100.0, P)
    senior = [years(state, count).trained_senior for count in (1, 4, 80, YEARS)]
    assert 0.0 < senior[0] < senior[1]
    assert senior[2] < senior[0] and senior[3] < 0.01


def test_more_officers_than_posts_are_no_more_than_all_leaders() -> None:
    shares = [leading(posts).leaders_china for posts in (0.0, 0.1, 1.0, 100.0)]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] <= 1.0
    assert shares[1] == pytest.approx(0.1, abs=0.01)
    larger = country(trained_entered=10.0, trained_senior=10.0, population_k=80000.0)
    smaller = country(trained_entered=10.0, trained_senior=10.0, population_k=8000.0)
    assert years(larger, 1).leaders_china < years(smaller, 1).leaders_china


# --- What it does ---------------------------------------------------------------------------------


def test_leaders_trained_in_china_use_a_system_more() -> None:
    none, china = leading(0.0), leading(1.0)
    assert none.prevention < china.prevention <= 1.0
    assert none.prevention == pytest.approx(P.doctrine.untrained_use * 2 / 3)
    assert none.added_use == 0.0 < china.added_use
    assert leading(1.0, working=0.0).prevention == 0.0


def after_a_quarter(p: Any, china: float, **fields: Any) -> Any:
    state = leading(china, p, **fields)
    society.step(state, public(), p)
    return state


def test_use_raises_control_and_mistrust_through_what_was_there() -> None:
    none, china = after_a_quarter(P, 0.0), after_a_quarter(P, 3.0)
    assert china.control > none.control and china.mistrust > none.mistrust
    assert after_a_quarter(P, 3.0, installed=0.0, working=0.0).control == 0.0
    extreme = parameters(doctrine__untrained_use=0.5, society__unrest_cut=1.0)
    assert after_a_quarter(extreme, 100.0).control <= 1.0


def test_without_feedback_leaders_are_only_counted() -> None:
    silent = after_a_quarter(SILENT, 3.0)
    assert silent.leaders_china > 0.9 and silent.prevention > leading(0.0).prevention
    for name in ("control", "mistrust", "norm"):
        assert getattr(silent, name) == getattr(after_a_quarter(SILENT, 0.0), name)


def test_off_counts_nobody_and_forgets_no_cohort() -> None:
    state = leading(3.0, trained_senior=7.0, trained_entered=7.0)
    doctrine.enter(state, 5.0, OFF)
    doctrine.step(state, now(2015.25), OFF)
    assert state.trained_senior == state.trained_entered == 7.0
    assert state.prevention == state.leaders_china == state.added_use == 0.0
    doctrine.step(state, now(2015.75), P)
    assert state.trained_entered == 7.0, "who was trained while it was off is not counted later"
    assert 0.0 < state.trained_senior < 7.0

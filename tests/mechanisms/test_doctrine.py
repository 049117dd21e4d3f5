"""Doctrine: officers rise and retire, and what their leaders learnt acts a little."""

from __future__ import annotations

from typing import Any

import pytest

from sim.mechanisms import doctrine, society
from sim.mechanisms.history import AUTHORITARIAN
from sim.mechanisms.tender import HUAWEI, WESTERN

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
        rank = quarter % 3
        doctrine.enter(state, 1.0 + quarter % 7, rank, P)
        doctrine.step(state, now(2000 + quarter / 4), P)
    ranks = state.trained_junior, state.trained_middle, state.trained_senior
    assert min(ranks) > 0.0 and state.trained_retired > 0.0
    assert sum(ranks) == pytest.approx(state.trained_serving)
    assert state.trained_entered == pytest.approx(state.trained_serving + state.trained_retired)


@pytest.mark.parametrize(
    "p",
    [
        P,
        parameters(doctrine__middle_share=0.05, doctrine__leadership_share=0.05,
                   doctrine__leader_years=3.0, doctrine__career=10.0),
        parameters(doctrine__middle_share=0.3, doctrine__leadership_share=0.05,
                   doctrine__leader_years=3.0, doctrine__career=10.0),
    ],
)  # fmt: skip
def test_promotion_leaves_a_usual_force_as_it_is(p: Any) -> None:
    """If recruits replace those who retire, the shares of the ranks stay."""
    d = p.doctrine
    force = [1.0 - d.middle_share - d.leadership_share, d.middle_share, d.leadership_share]
    state = country(trained_junior=force[0], trained_middle=force[1], trained_senior=force[2])
    for _ in range(50):
        retired = state.trained_retired
        doctrine.promote_trained(state, p)
        state.trained_junior += state.trained_retired - retired
    found = [state.trained_junior, state.trained_middle, state.trained_senior]
    assert found == pytest.approx(force)


def test_graduates_lead_late_and_delegates_at_once() -> None:
    def leaders(rank: int, after: int) -> float:
        state = country()
        doctrine.enter(state, 100.0, rank, P)
        return float(years(state, after).trained_senior)

    assert leaders(doctrine.SENIOR, 1) > leaders(doctrine.MIDDLE, 1) > leaders(doctrine.JUNIOR, 1)
    assert leaders(doctrine.JUNIOR, 20) > leaders(doctrine.JUNIOR, 5)
    assert leaders(doctrine.MIDDLE, 30) > leaders(doctrine.SENIOR, 30)
    assert leaders(doctrine.JUNIOR, YEARS) < 0.01


@pytest.mark.parametrize(("vendor", "counted"), [(HUAWEI, 20.0), (WESTERN, 0.0)])
def test_operators_of_a_chinese_system_count_once(vendor: int, counted: float) -> None:
    p = parameters(doctrine__operators_counted=0.2)
    state = buyer(vendor=vendor, vendor_staff=100.0)
    years(state, 3, p)
    assert state.trained_entered == pytest.approx(counted)
    state.vendor_staff += 50.0
    assert years(state, 1, p).trained_entered == pytest.approx(1.5 * counted)


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
    doctrine.enter(state, 5.0, doctrine.MIDDLE, OFF)
    state.vendor_staff += 100.0
    doctrine.step(state, now(2015.25), OFF)
    assert state.trained_senior == state.trained_entered == 7.0
    assert state.prevention == state.leaders_china == state.added_use == 0.0
    doctrine.step(state, now(2015.75), P)
    assert state.trained_entered == 7.0, "who was trained while it was off is not counted later"
    assert 0.0 < state.trained_senior < 7.0

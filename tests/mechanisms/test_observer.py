"""The observer: records less than happens, and never unrecords."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.mechanisms import observer
from sim.model.mechanisms.history import AUTHORITARIAN, FULL_DEMOCRACY
from sim.model.mechanisms.tender import HUAWEI

from .builders import country, now, parameters

P = parameters()
SURE = parameters(observer__active=False)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_closed_regimes_hide_more(base: float, secrecy: float) -> None:
    p = parameters(observer__secrecy=secrecy)
    open_, closed = (
        observer.recording_chance(country(regime=regime), base, p)
        for regime in (FULL_DEMOCRACY, AUTHORITARIAN)
    )
    assert (open_, closed) == (base, base * (1.0 - secrecy))
    assert observer.recording_chance(country(regime=AUTHORITARIAN), base, SURE) == 1.0


def seen_share(date: float) -> float:
    seen = 0.0
    for run in range(400):
        state = country(sessions=2.0)
        observer.step(state, now(date, run=run), P)
        assert state.recorded_trainings <= 2.0
        seen += state.recorded_trainings / 2.0
    return seen / 400


def test_courses_are_recorded_by_chance_and_less_after_2020() -> None:
    assert seen_share(2015.0) == pytest.approx(P.observer.training_seen, abs=0.05)
    assert seen_share(2021.0) == pytest.approx(P.observer.training_seen_late, abs=0.05)


PLATFORM = {"sale_to": HUAWEI, "paid_sale": 10.0, "stage": 2.0}
"""What a country has that buys one."""


def observed(p: Any, **fields: float) -> Any:
    """A country that was looked at for a quarter."""
    state = country(**fields)
    observer.step(state, now(2015.25), p)
    return state


@pytest.mark.parametrize(("stage", "joined"), [(1.0, 2017.0), (2.0, 2019.0), (3.0, 2017.0)])
def test_a_purchase_is_recorded_with_its_stage_and_membership_in_2018(
    stage: float, joined: float
) -> None:
    state = observed(SURE, **PLATFORM | {"stage": stage, "bri_year": joined})
    assert state.recorded_adopted == 1
    assert state.recorded_platform == float(stage >= 2.0)
    assert state.recorded_adopted_bri == float(joined <= 2018.0)


def test_lists_cover_large_economies_for_good_and_small_ones_rarely() -> None:
    half = P.observer.half_economy
    assert observer.covered(country(economy=half, press_draw=0.49), P)
    assert not observer.covered(country(economy=half, press_draw=0.51), P)
    assert observer.covered(country(economy=half, press_draw=0.99), SURE)
    everywhere = parameters(observer__half_economy=0.0)
    assert observer.covered(country(economy=1.0, press_draw=0.99), everywhere)
    seen = parameters(observer__platform_seen=1.0)
    for economy, listed in ((1e9, 1.0), (1.0, 0.0)):
        state = observed(seen, **PLATFORM, economy=economy, press_draw=0.5)
        assert state.recorded_platform == listed


def test_finance_records_see_every_platform_on_credit_and_no_other() -> None:
    unseen = parameters(observer__contract_seen=0.0, observer__platform_seen=0.0)
    for credit, recorded in ((10.0, 1.0), (0.0, 0.0)):
        state = observed(unseen, **PLATFORM, sale_credit=credit)
        assert (state.recorded_financed, state.recorded_platform) == (recorded, 0.0)
    pilot = observed(unseen, **PLATFORM | {"stage": 1.0, "sale_credit": 10.0})
    assert pilot.recorded_financed == 0.0


def test_a_city_s_cameras_are_listed_as_a_system_and_not_as_a_platform() -> None:
    state = observed(SURE, cameras_bought=1.0)
    assert (state.recorded_adopted, state.recorded_platform) == (1.0, 0.0)


@pytest.mark.parametrize(("stage", "fallen"), [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (0.0, 2.0)])
def test_platforms_are_seen_more_surely_than_small_systems(stage: float, fallen: float) -> None:
    """Signed ones that never serve, too."""
    p = parameters(observer__contract_seen=0.0, observer__platform_seen=1.0)
    state = observed(p, **PLATFORM | {"stage": stage, "fell_through": fallen, "economy": 1e12})
    assert state.recorded_adopted == float(max(stage, fallen) >= 2.0)

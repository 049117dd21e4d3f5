"""Needs: unrest comes and goes, crime, cities and size make demand."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms import needs
from sim.mechanisms.history import AUTHORITARIAN, FLAWED_DEMOCRACY, HYBRID

from .builders import country, now, now_for, parameters, public

P = parameters()


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [("crime", 0, 3), ("urban_share", 20, 90)],
)
def test_crime_and_townspeople_make_standing_need(field: str, low: float, high: float) -> None:
    assert needs.assess_standing_need(country(**{field: float(high)}), P) > (
        needs.assess_standing_need(country(**{field: float(low)}), P)
    )


def test_unrest_pulls_more_where_there_is_no_democracy() -> None:
    def pull(regime: int) -> float:
        calm, restless = (country(regime=regime, unrest=u) for u in (0.0, 1.0))
        return needs.assess_need(restless, P) - needs.assess_need(calm, P)

    assert pull(HYBRID) == pytest.approx(pull(AUTHORITARIAN))
    assert pull(HYBRID) - pull(FLAWED_DEMOCRACY) == (
        pytest.approx(P.needs.unrest_weight_nondemocratic)
    )


@given(
    st.floats(0.0, 4.0),
    st.integers(0, 2),
    st.floats(-5.0, 9.0),
    st.floats(0.0, 5.0),
    st.floats(0.0, 1.0),
)
def test_the_chance_of_unrest_is_a_chance_raised_by_its_causes(
    rate: float, conflict: int, growth: float, protests: float, mistrust: float
) -> None:
    p = parameters(needs__unrest_rate=rate)
    causes = {"urban_change": growth, "protest_rate": protests, "mistrust": mistrust}
    chance = needs.unrest_chance(country(conflict=float(conflict), **causes), p)
    assert 0.0 <= chance <= 1.0
    assert chance >= needs.unrest_chance(country(), p)
    assert needs.unrest_chance(country(conflict=2.0, **causes), p) >= chance


def test_unrest_ends_and_counts_once() -> None:
    state = country()
    sure = parameters(needs__unrest_rate=4.0)
    needs.step(state, now_for(state, 2010.0), sure)
    assert (state.unrest, state.outbreaks) == (1, 1)
    never = parameters(needs__unrest_rate=0.0)
    quarters = 0
    while state.unrest and quarters < 100:
        quarters += 1
        needs.step(state, now_for(state, 2010.25 + quarters / 4), never)
    assert 4 <= quarters <= 13
    assert state.outbreaks == 1


def test_full_control_deters_what_would_have_broken_out() -> None:
    state = country(control=1.0)
    needs.step(state, now_for(state), parameters(needs__unrest_rate=4.0))
    assert (state.unrest, state.outbreaks, state.dissent_deterred) == (0, 0, 1)


def test_lasting_needs_are_drawn_once_with_the_given_spread() -> None:
    wide = parameters(needs__lasting_spread=2.0)
    found = []
    for run in range(400):
        state = country()
        needs.step(state, now_for(state, 2000.0, run=run), wide)
        drawn = state.lasting_need
        found.append(drawn)
        needs.step(state, now_for(state, 2000.25, run=run), wide)
        assert state.lasting_need == drawn
    assert statistics.fmean(found) == pytest.approx(0.0, abs=0.35)
    assert statistics.stdev(found) == pytest.approx(2.0, rel=0.15)


def test_a_lasting_need_adds_to_need_and_there_is_none_by_default() -> None:
    usual = needs.assess_need(country(), P)
    assert needs.assess_need(country(lasting_need=1.5), P) == pytest.approx(usual + 1.5)
    state = country()
    needs.step(state, now_for(state, 2000.0), P)
    assert state.lasting_need == 0.0


def test_cities_call_for_systems_and_not_for_courses() -> None:
    small, large = country(large_cities=1.0), country(large_cities=20.0)
    assert needs.assess_size_need(large, P) > needs.assess_size_need(small, P)
    assert needs.assess_standing_need(large, P) == needs.assess_standing_need(small, P)
    flat = parameters(needs__city_weight=0.0)
    assert needs.assess_size_need(large, flat) == 0.0


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 1.0])
def test_the_known_terms_explain_their_share_of_the_spread(share: float) -> None:
    p = parameters(needs__explained_share=share)
    states = [country(known_training=float(k), known_purchase=2.0 * k) for k in range(-5, 6)]
    world = public()
    needs.scale_unobserved_effects(world, states, now(2000.0), p)
    for spread, values in (
        (world.training_spread, [state.known_training for state in states]),
        (world.purchase_spread, [state.known_purchase for state in states]),
    ):
        known = statistics.pvariance(values)
        assert known / (known + spread * spread) == pytest.approx(share)


def test_deviations_of_leanings_stand_still_within_a_year_and_after_history() -> None:
    world, states = public(), [country(known_training=1.0), country()]
    needs.scale_unobserved_effects(world, states, now(2000.0), P)
    before = world.training_spread
    states[0].known_training = 5.0
    for date in (2000.25, 2025.0, 2030.0):
        needs.scale_unobserved_effects(world, states, now(date), P)
        assert world.training_spread == before
    needs.scale_unobserved_effects(world, states, now(2001.0), P)
    assert world.training_spread == pytest.approx(5.0 * before)


@pytest.mark.parametrize(
    "correlation", [0.5, *(pytest.param(rho, marks=pytest.mark.slow) for rho in (0.0, 0.8))]
)
def test_the_two_lasting_leanings_go_together_as_far_as_is_said(correlation: float) -> None:
    p = parameters(needs__leaning_correlation=correlation)
    pairs = []
    for run in range(3000):
        state = country()
        needs.step(state, now_for(state, 2000.0, run=run), p)
        pairs.append((state.leaning_training, state.leaning_purchase))
    one, other = zip(*pairs, strict=True)
    assert statistics.correlation(one, other) == pytest.approx(correlation, abs=0.06)
    for drawn in (one, other):
        assert statistics.fmean(drawn) == pytest.approx(0.0, abs=0.08)
        assert statistics.stdev(drawn) == pytest.approx(1.0, abs=0.06)

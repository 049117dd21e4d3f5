"""Needs: unrest comes and goes; with crime and townspeople it makes one index."""

from __future__ import annotations

import statistics

import pytest

from sim.model.mechanisms import needs

from .builders import country, now, parameters, public

P = parameters()


@pytest.mark.parametrize(
    ("field", "less", "more"), [("crime", 0, 1), ("urban_share", 50, 100), ("unrest", 0, 1)]
)
def test_crime_townspeople_and_unrest_add_one_each_to_one_index(
    field: str, less: float, more: float
) -> None:
    calm = parameters(needs__unrest_rate=0.0)
    found = []
    for value in (less, more):
        state = country(unrest_left=9.0, **{field: float(value)})
        needs.step(state, now(2010.0), calm)
        found.append(state.need)
    assert found[1] - found[0] == pytest.approx(1.0)


def test_the_chance_of_unrest_is_a_chance_that_shrinking_towns_do_not_lower() -> None:
    usual, shrinking = (needs.unrest_chance(country(urban_change=v), P) for v in (0.0, -5.0))
    assert 0.0 < usual == shrinking < 1.0
    often = parameters(needs__unrest_rate=4.0)
    assert needs.unrest_chance(country(conflict=2.0), often) == 1.0


@pytest.mark.parametrize("cause", ["conflict", "urban_change", "protest_rate"])
def test_each_strain_raises_the_chance_of_unrest_alike(cause: str) -> None:
    usual, strained = (needs.unrest_chance(country(**{cause: v}), P) for v in (0.0, 2.0))
    assert strained == pytest.approx(usual * (1.0 + 2.0 * P.needs.strain_effect))


def test_unrest_ends() -> None:
    state = country()
    sure = parameters(needs__unrest_rate=4.0)
    needs.step(state, now(2010.0), sure)
    assert state.unrest == 1
    never = parameters(needs__unrest_rate=0.0)
    quarters = 0
    while state.unrest and quarters < 100:
        quarters += 1
        needs.step(state, now(2010.25 + quarters / 4), never)
    assert 4 <= quarters <= 13


def test_full_control_deters_what_would_have_broken_out() -> None:
    state = country(control=1.0)
    needs.step(state, now(), parameters(needs__unrest_rate=4.0))
    assert (state.unrest, state.dissent_deterred) == (0, 1)


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


def test_the_two_lasting_leanings_go_together_as_far_as_is_said() -> None:
    correlation = 0.5
    p = parameters(needs__leaning_correlation=correlation)
    pairs = []
    for run in range(3000):
        state = country()
        needs.step(state, now(2000.0, run=run), p)
        pairs.append((state.unscaled_training, state.unscaled_purchase))
    one, other = zip(*pairs, strict=True)
    assert statistics.correlation(one, other) == pytest.approx(correlation, abs=0.06)
    for drawn in (one, other):
        assert statistics.fmean(drawn) == pytest.approx(0.0, abs=0.08)
        assert statistics.stdev(drawn) == pytest.approx(1.0, abs=0.06)

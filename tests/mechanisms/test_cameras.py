"""Cities' cameras: bought once, where cities and the market are large, and no step further."""

from __future__ import annotations

import math

import pytest

from sim.model.mechanisms import cameras

from .builders import country, now, parameters, public

OFTEN = parameters(cameras__rate=4.0, cameras__half_cities=0.0, procurement__half_market=0.0)


def bought(p: object = OFTEN, **fields: float) -> int:
    """Of 400 runs, those in which some city buys within a quarter."""
    states = [country(**fields) for _ in range(400)]
    for run, state in enumerate(states):
        cameras.step(state, public(), now(2015.25, run=run), p)
    return int(sum(state.cameras for state in states))


def test_cities_buy_once_and_the_country_then_has_a_chinese_system() -> None:
    state, bought_in = country(), 0.0
    for quarter in range(80):
        cameras.step(state, public(), now(2015.0 + quarter / 4), OFTEN)
        bought_in += state.cameras_bought
        assert state.cameras == state.adopted
    assert (state.cameras, bought_in) == (1.0, 1.0)
    assert 1.0 - (1.0 - OFTEN.cameras.most_chance) ** 4 == pytest.approx(1.0 - math.exp(-4.0))
    assert state.stage == state.contract == state.adopted_platform == 0.0


def test_more_cities_and_larger_markets_buy_more() -> None:
    p = parameters(cameras__rate=4.0)
    assert bought(p, large_cities=1.0) < bought(p, large_cities=30.0)
    assert bought(p, budget=50.0) < bought(p, budget=1e5)


@pytest.mark.parametrize("field", ["ally", "rivalry", "home_vendor"])
def test_alliance_rivalry_and_own_vendors_do_not_bar_them(field: str) -> None:
    assert bought(**{field: 1.0}) == bought()


def test_bans_war_and_the_end_of_the_offer_bar_them() -> None:
    assert bought(banned=1.0) < bought()
    assert bought(foreign_access=0.1) < bought()
    assert bought(parameters(china__offering=False)) == 0
    assert bought(parameters(cameras__active=False)) == 0
    assert bought(withheld=1.0) == bought(claimed=1.0) == 0

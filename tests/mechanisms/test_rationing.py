"""Sharing out what is scarce: whole parts, won fractions, and never more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms.rationing import NOBODY, narrowest, won

from .builders import country

DRAWS = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)


@given(st.floats(0.0, 50.0), DRAWS)
def test_what_is_won_is_the_expected_number_rounded_by_lot(expected: float, draw: float) -> None:
    state = country(luck=0.7)
    got = won(state, expected, draw)
    assert got in (int(expected), int(expected) + 1)
    assert (state.luck > 0.0) == (got > int(expected))
    assert 0.0 <= state.luck < 1.0


def test_the_mean_is_the_expected_number() -> None:
    draws = [(k + 0.5) / 1000 for k in range(1000)]
    total = sum(won(country(), 2.3, draw) for draw in draws)
    assert total / 1000 == pytest.approx(2.3)


@given(st.lists(st.floats(0.0, 1.0), max_size=6))
def test_the_narrowest_goes_first_and_each_once(lucks: list[float]) -> None:
    states = [country(luck=luck) for luck in lucks]
    order = []
    while (where := narrowest(states)) != NOBODY:
        order.append(lucks[where])
        assert states[where].luck == 0.0
    assert order == sorted(luck for luck in lucks if luck > 0.0)

"""Sharing out what is scarce: whole parts, and fractions won by lot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.mechanisms.rationing import stochastic_round

DRAWS = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)


@given(st.floats(0.0, 50.0), DRAWS)
def test_what_is_won_is_the_expected_number_rounded_by_lot(expected: float, draw: float) -> None:
    assert stochastic_round(expected, draw) in (int(expected), int(expected) + 1)


def test_nobody_gives_back() -> None:
    assert stochastic_round(-1.5, 0.25) == 0.0


def test_the_mean_is_the_expected_number() -> None:
    draws = [(k + 0.5) / 1000 for k in range(1000)]
    assert sum(stochastic_round(2.3, draw) for draw in draws) / 1000 == pytest.approx(2.3)

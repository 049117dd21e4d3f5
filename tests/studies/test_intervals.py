"""Wilson's interval: as published, and as an interval must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.studies.intervals import wilson


@pytest.mark.parametrize(
    ("count", "runs", "low", "high"),
    [
        # Newcombe (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        # Brown, Cai & DasGupta (2001).
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_as_published(count: int, runs: int, low: float, high: float) -> None:
    assert wilson(count, runs, 0.95) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 500), st.data())
def test_holds_the_share_and_narrows_with_runs(runs: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, runs))
    low, high = wilson(count, runs, 0.9)
    assert 0.0 <= low <= count / runs <= high <= 1.0
    more_low, more_high = wilson(4 * count, 4 * runs, 0.9)
    assert more_high - more_low < high - low


def test_nothing_is_known_of_nothing() -> None:
    assert wilson(0, 0, 0.9) == (0.0, 1.0)

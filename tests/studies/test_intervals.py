"""Wilson's interval: as published, and as an interval must be; that of a median."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.studies.intervals import of_median, wilson


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


def test_the_interval_of_a_median_holds_it_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    for count in (5, 8, 20, 51):
        found = [of_median(random.exponential(size=count), 0.9) for _ in range(1000)]
        held = [one[0] <= math.log(2) <= one[1] for one in found if one]
        assert len(held) == 1000 and 0.88 <= np.mean(held) <= 0.97
    assert of_median(np.arange(4.0), 0.9) is None and of_median(np.array([1.0]), 0.9) is None
    assert of_median(np.array([3.0, math.inf, 1.0, 2.0, math.inf]), 0.9) == (1.0, math.inf)

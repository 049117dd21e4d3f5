"""Weights, resampling and weighted quantiles, against what is known exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from sim.calibration.waves import (
    log_kernel,
    resampled,
    weighted_quantiles,
)

WEIGHTS = st.lists(st.floats(0.0, 10.0), min_size=2, max_size=30).filter(lambda w: sum(w) > 0.1)


def test_a_gaussian_model_has_its_known_posterior() -> None:
    """Prior N(0, 2²), one history N(set, 1), kernel 0.5, figure 1.5: conjugate."""
    random = np.random.default_rng(1)
    sets = random.normal(0.0, 2.0, 40_000)
    histories = sets[:, np.newaxis, np.newaxis] + random.normal(size=(len(sets), 5, 1))
    weights = softmax(log_kernel(histories, np.array([1.5]), np.array([0.5])))
    variance = 1.0 / (1.0 / 4.0 + 1.0 / (1.0 + 0.25))
    mean = variance * 1.5 / 1.25
    found = float(weights @ sets)
    assert found == pytest.approx(mean, abs=0.03)
    spread = math.sqrt(float(weights @ (sets - found) ** 2))
    assert spread == pytest.approx(math.sqrt(variance), abs=0.03)
    ends = weighted_quantiles(sets[:, np.newaxis], weights, np.array([0.05, 0.95]))[:, 0]
    assert ends == pytest.approx(mean + 1.645 * math.sqrt(variance) * np.array([-1, 1]), abs=0.06)


def test_a_history_without_a_target_has_no_weight() -> None:
    nan = math.nan
    whole, first, second = [1.0, 1.0], [1.0, nan], [nan, 1.0]
    values = np.array([[whole, whole], [first, whole], [second, first]])
    found = log_kernel(values, np.ones(2), np.ones(2))
    assert found[0] == pytest.approx(0.0)
    assert found[1] == pytest.approx(math.log(0.5))
    assert found[2] == -math.inf


def test_a_run_that_failed_is_left_out() -> None:
    values = np.array([[[1.0, 1.0], [math.nan, math.nan]]])
    assert log_kernel(values, np.ones(2), np.ones(2)) == pytest.approx([0.0])
    nothing = np.full((1, 2, 2), math.nan)
    assert log_kernel(nothing, np.ones(2), np.ones(2))[0] == -math.inf


@given(WEIGHTS, st.integers(1, 60), st.integers(0, 1000))
def test_each_set_is_taken_its_expected_number_of_times(
    weights: list[float], count: int, seed: int
) -> None:
    shares = np.array(weights) / sum(weights)
    times = resampled(shares, count, seed)
    assert times.sum() == count
    assert (np.abs(times - count * shares) < 1.0 + 1e-9).all()
    assert not times[shares == 0.0].any()


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=40),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_equal_weights_give_numpys_quantiles(values: list[float], shares: list[float]) -> None:
    column = np.array(values)
    found = weighted_quantiles(column[:, None], np.full(len(column), 3.0), np.array(shares))[:, 0]
    assert found == pytest.approx(np.quantile(column, shares, method="hazen"), abs=1e-9)


def test_a_weight_counts_as_so_many_equal_sets() -> None:
    shares = np.array([0.1, 0.5, 0.9])
    one = weighted_quantiles(np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 0.0, 3.0]), shares)
    assert one[:, 0] == pytest.approx([1.0, 2.5, 4.0], abs=1.5)
    assert one[2, 0] == 4.0
    random = np.random.default_rng(3)
    values, times = random.normal(size=500), random.integers(1, 5, 500)
    weighted = weighted_quantiles(values[:, None], times.astype(float), shares)[:, 0]
    repeated = np.quantile(np.repeat(values, times), shares)
    assert weighted == pytest.approx(repeated, abs=0.03)

"""Scores against closed forms, and simple predictions of curves that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from scores import Forecast, persistence


@pytest.mark.parametrize("observed", [-1.0, 3.0, 9.5])
def test_scores_of_a_normal_prediction_are_its_closed_forms(observed: float) -> None:
    mean, spread = 3.0, 2.0
    forecast, z = Forecast.normal(mean, spread), (observed - mean) / spread
    closed = spread * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert forecast.crps(observed) == pytest.approx(closed)
    assert forecast.log_score(observed) == pytest.approx(norm.logpdf(observed, mean, spread))
    assert forecast.below(observed) == pytest.approx(norm.cdf(z))
    assert forecast.quantile(0.95) == pytest.approx(mean + 1.6448536 * spread)


def test_without_spread_the_crps_is_that_of_an_ensemble() -> None:
    random = np.random.default_rng(3)
    values, weights, observed = random.normal(size=50), random.random(50), 0.7
    weights[values > 1.0] = 0.0
    shares = weights / weights.sum()
    pairs = shares @ np.abs(values[:, np.newaxis] - values) @ shares
    ensemble = shares @ np.abs(values - observed) - pairs / 2
    # Values that occur again count as often, and their weights are of any sum.
    again = Forecast(np.tile(values, 2), np.tile(weights, 2), 1e-9)
    assert again.crps(observed) == pytest.approx(ensemble)


def test_many_values_with_normal_weights_score_as_the_normal_prediction() -> None:
    places = np.linspace(-5.0, 5.0, 801)
    mixture = Forecast(places, norm.pdf(places), 0.75)
    assert mixture.crps(1.0) == pytest.approx(Forecast.normal(0.0, 1.25).crps(1.0), abs=1e-4)
    assert mixture.quantile(0.05) == pytest.approx(-1.6448536 * 1.25, abs=1e-3)


def test_persistence_has_the_errors_of_both_figures() -> None:
    last = persistence(23.0, 2.0, 1.5)
    assert last.crps(20.0) == pytest.approx(Forecast.normal(23.0, 2.5).crps(20.0))

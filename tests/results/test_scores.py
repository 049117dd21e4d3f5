"""Scores against closed forms, and simple predictions of curves that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sim.results.scores import Forecast, bass, persistence, trend


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


def test_trends_and_bass_go_on_with_the_curves_that_made_the_figures() -> None:
    dates, ahead = np.array([2010.0, 2013.0, 2016.0]), 2020.0
    errors = np.full(3, 2.0)

    def spread_of(years: np.ndarray) -> np.ndarray:
        left = np.exp(-0.31 * (years - 2000))
        return 195 * (1 - left) / (1 + 30 * left)

    line, growth = 5 + 3 * (dates - 2010), 5 * np.exp(0.2 * (dates - 2010))
    assert trend(dates, line, errors, ahead, 1.0).mean == pytest.approx(35.0)
    assert trend(dates, growth, errors, ahead, 1.0, log=True).mean == pytest.approx(5 * np.e**2)
    curve = bass(dates, spread_of(dates), errors, ahead, 1.0, 195)
    assert curve is not None
    assert curve.mean == pytest.approx(spread_of(np.array([ahead]))[0], rel=0.01)
    last = persistence(line, errors, 1.5)
    assert (last.mean, last.spread) == (23.0, 2.5)
    # Of three figures with errors of 2: the mean's variance, and the slope's over 7 years.
    straight = trend(dates, line, errors, ahead, 1.0).spread
    assert straight == pytest.approx(np.sqrt(4 / 3 + 4 * 7**2 / 18 + 1))
    # Of logarithms with errors of a tenth, the same times the figure itself.
    grown = trend(dates, growth, 0.1 * growth, ahead, 1.0, log=True)
    logarithm = 0.1 * np.sqrt(1 / 3 + 7**2 / 18)
    assert grown.spread == pytest.approx(np.hypot(5 * np.e**2 * logarithm, 1.0))

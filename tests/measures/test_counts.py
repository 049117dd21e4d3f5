"""Counts of the record: a planted rate is found again; the likelihood is that of simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta, gamma

from sim.estimates.targets import events_and_exposure
from sim.measures.counts import count_distance, log_likelihood
from sim.world.documented import PublishedFigure

RATE = PublishedFigure(
    id="first_dark", use="calibrate", quantity="first outages", value=7 / 128, sigma=None,
    bound="value", unit="a year", scope="record", period="2009-2026", source="", quality="",
    count=7.0, exposure=128.0,
)  # fmt: skip
SHARE = replace(RATE, unit="share", count=5.0, exposure=33.0, value=5 / 33)


@pytest.mark.parametrize(
    ("target", "middle"),
    [(RATE, gamma(7.5, scale=1 / 128).median()), (SHARE, beta(5.5, 28.5).median())],
)
def test_distance_is_nil_at_the_record_and_has_the_sign_of_the_model(
    target: PublishedFigure, middle: float
) -> None:
    assert count_distance(target, np.full(9, middle)) == pytest.approx(0.0, abs=1e-6)
    assert count_distance(target, np.full(9, 3.0 * middle)) > 2.0
    assert count_distance(target, np.full(9, middle / 4.0)) < -2.0


def test_a_record_without_events_is_met_by_any_low_rate_and_missed_by_a_high_one() -> None:
    none = replace(RATE, count=0.0, exposure=37.0, value=0.0)
    assert count_distance(none, np.array([0.0, 0.001])) == 0.0
    assert count_distance(none, np.array([0.2])) > 2.0


def test_a_design_effect_makes_a_count_say_less() -> None:
    rates = np.full(5, 0.15)
    wide = replace(RATE, design_effect=2.0)
    assert 0.0 < count_distance(wide, rates) < count_distance(RATE, rates)


@pytest.mark.parametrize(("target", "truth"), [(RATE, 0.06), (SHARE, 0.15)])
def test_the_likelihood_of_pooled_runs_is_that_of_simulated_records(
    target: PublishedFigure, truth: float
) -> None:
    """Chance of the record's count, averaged over what so few runs leave open of the rate."""
    random = np.random.default_rng(1)
    at_risk = 60.0
    events = round(truth * at_risk)
    if target is SHARE:
        rates = random.beta(events + 0.5, at_risk - events + 0.5, 400_000)
        seen = random.binomial(33, rates) == 5
    else:
        rates = random.gamma(events + 0.5, 1.0 / at_risk, 400_000)
        seen = random.poisson(128.0 * rates) == 7
    exact = float(np.exp(log_likelihood(target, np.array([[events, at_risk]]))[0]))
    assert exact == pytest.approx(float(seen.mean()), rel=0.03)


def test_events_are_counted_between_years_and_exposure_is_the_sum_of_the_others() -> None:
    first, second, third = (np.array([[1.0, 4.0]]), np.array([[2.0, 8.0]]), np.array([[0.0, 1.0]]))
    events, exposure = events_and_exposure(first, second, third)
    assert (events.item(), exposure.item()) == (3.0, 7.0)
    events, exposure = events_and_exposure(first[:, 1:], second[:, 1:])
    assert (events.item(), exposure.item()) == (4.0, 8.0)

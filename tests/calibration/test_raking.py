"""Raking: a planted outcome of unseen parameters has a steadier mean, and what is seen stays."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.raking import (
    LEAST_SIZE,
    effective_size,
    raked,
    unseen,
    weighted_quantiles,
)

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
SEEN, WIDTH = 3, 15


def calibrated(seed: int, sets: int = 150) -> tuple[Floats, Floats]:
    """Sets whose first parameters a likelihood moves, and their noisy weights."""
    random = np.random.default_rng(seed)
    cube = random.random((sets, WIDTH))
    weights = np.exp(-((cube[:, :SEEN] - 0.8) ** 2).sum(axis=1) / 0.1 + random.normal(0, 0.5, sets))
    return cube, weights / weights.sum()


def test_the_mean_of_an_outcome_of_unseen_parameters_is_steadier_and_unbiased() -> None:
    slopes = np.linspace(1.0, 2.0, WIDTH - SEEN)
    raw, new, at_prior = [], [], 0.5 * slopes.sum()
    for seed in range(200):
        cube, weights = calibrated(seed)
        outcome = cube[:, SEEN:] @ slopes + np.random.default_rng([seed, 1]).normal(0, 0.5, 150)
        free = np.arange(WIDTH) >= SEEN
        own = raked(weights, cube[:, free], cube[:, ~free])
        raw.append(weights @ outcome)
        new.append(own @ outcome)
    assert np.std(new) < 0.5 * np.std(raw)
    assert np.mean(new) == pytest.approx(at_prior, abs=3.0 * np.std(new) / 200**0.5)


def test_means_are_the_priors_and_what_is_seen_stays() -> None:
    cube, weights = calibrated(1)
    free = unseen(cube, weights)
    assert not free[:SEEN].any()
    assert free[SEEN:].sum() >= WIDTH - SEEN - 2  # by chance one or two may look seen
    own = raked(weights, cube[:, free], cube[:, ~free])
    assert (own > 0.0).all()
    assert own.sum() == pytest.approx(1.0)
    assert own @ cube[:, free] == pytest.approx(np.full(free.sum(), 0.5), abs=1e-3)
    assert own @ cube[:, ~free] == pytest.approx(weights @ cube[:, ~free], abs=1e-3)


def test_few_sets_come_nearer_and_keep_most_of_their_size() -> None:
    random = np.random.default_rng(3)
    cube, weights = random.random((60, 40)), random.uniform(0.5, 1.5, 60)
    own = raked(weights, cube, np.zeros((60, 0)))
    before, after = (np.abs(w @ cube - 0.5).mean() for w in (weights / weights.sum(), own))
    assert after < 0.9 * before
    assert effective_size(own) >= LEAST_SIZE * effective_size(weights)


def test_a_shifted_parameter_is_seen_however_wide_it_is() -> None:
    random = np.random.default_rng(4)
    cube = np.column_stack([random.random(4000), random.random(4000), random.beta(4, 4, 4000)])
    weights = 1.0 + 0.4 * (cube[:, 0] - 0.5)
    ends = weighted_quantiles(cube, weights, np.array([0.05, 0.95]))
    assert ends[1, 0] - ends[0, 0] > 0.88
    assert unseen(cube, weights).tolist() == [False, True, False]

"""Costs per system: a planted ratio, its interval, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from sim.estimates.costs import ratio_of

SETS = np.repeat(np.arange(40), 4)


def drawn(seed: int, fewer: float) -> tuple[np.ndarray, np.ndarray]:
    """Return costs of 3 per system on average, and systems fewer, alike within a parameter set."""
    draws = np.random.default_rng(seed)
    of_set = draws.normal(0.0, 1.0, 40)[SETS]
    systems = fewer + of_set + draws.normal(0.0, 1.0, len(SETS))
    return 3.0 * fewer + 5.0 * of_set + draws.normal(0.0, 1.0, len(SETS)), systems


def test_nineteen_of_twenty_intervals_contain_the_planted_ratio() -> None:
    ratios = [ratio_of(*drawn(seed, 4.0), SETS) for seed in range(400)]
    assert np.mean([r.value for r in ratios]) == pytest.approx(3.0, abs=0.03)
    assert 0.92 < np.mean([r.low <= 3.0 <= r.high for r in ratios]) < 0.98
    assert all(r.low < r.value < r.high for r in ratios)


def test_an_effect_that_may_be_chance_has_no_price() -> None:
    priced = [np.isfinite(ratio_of(*drawn(seed, 0.0), SETS).value) for seed in range(200)]
    assert np.mean(priced) < 0.1


def test_what_costs_nothing_costs_nothing_per_system() -> None:
    _, systems = drawn(1, 4.0)
    assert ratio_of(np.zeros(len(SETS)), systems, SETS) == (0.0, 0.0, 0.0)

"""Effects that are smaller than a limit: planted changes, and what two one-sided tests find."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import sem, t

import sim
from sim.estimates.equivalence import SIGNIFICANCE, equivalence, smaller_effects
from sim.model.units import WORLD
from tests.planted import STEPS, planted
from tests.studies.short import LAST, pair


@pytest.mark.parametrize(
    ("mean", "least", "most"),
    [(0.0, 0.9, 1.0), (0.5, 0.02, 0.08), (-0.5, 0.02, 0.08), (0.8, 0.0, 0.0)],
)
@pytest.mark.parametrize("runs_of_set", [1, 5])
def test_a_mean_at_the_limit_is_called_smaller_in_one_case_of_twenty(
    mean: float, least: float, most: float, runs_of_set: int
) -> None:
    """Runs of a set are alike: five times as many runs must not find it more often."""
    random = np.random.default_rng(1)
    sets = np.repeat(np.arange(60), runs_of_set)
    called = [
        equivalence(np.repeat(random.normal(mean, 1.0, 60), runs_of_set), 0.5, sets) <= SIGNIFICANCE
        for _ in range(600)
    ]
    assert least <= np.mean(called) <= most


def test_an_effect_is_called_smaller_at_five_percent() -> None:
    change = np.random.default_rng(3).normal(1.0, 2.0, STEPS.shape)
    results = planted({("working", WORLD): np.stack([0.0 * change, change])}, "one", "other")
    error, least = float(sem(change.ravel())), abs(float(change.mean()))
    for chance, smaller in ((0.049, True), (0.051, False), (0.09, False)):
        limit = least + t.isf(chance, len(change) - 1) * error
        row = smaller_effects(results, ["working"], limit, 2040)
        assert row["p_value"].item() == pytest.approx(chance) and row["smaller"].item() is smaller


def test_what_never_changes_is_smaller_than_any_limit() -> None:
    assert equivalence(np.zeros(8), 0.01, np.arange(8)) == 0.0
    assert equivalence(np.full(8, 2.0), 2.0, np.arange(8)) == 1.0


def test_shares_count_runs_within_the_limit_of_either_direction() -> None:
    results = pair()
    values = results.values("working", years=LAST).isel(year=0).to_numpy()
    for limit in (0.5, 3.0):
        rows = smaller_effects(results, ["working"], limit, LAST, reference=1)
        for row in rows.itertuples():
            within = np.abs(values[row.point] - values[1]) < limit
            assert row.share == pytest.approx(within.mean()) and row.low <= row.share <= row.high
        assert rows["alternative"].tolist() == ["baseline", "no-bundling"]
    with pytest.raises(sim.InputError, match="numbers above 0"):
        smaller_effects(results, ["working"], 0.0, LAST)

"""Planted truths of designs: effects and interactions are recovered, and chance stays chance."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from sim.estimates.designs import (
    MAIN,
    PAIR,
    WITHIN,
    Levels,
    design_effects,
    rank_correlations,
    variance_shares,
)
from sim.world.arrays import Floats

RUNS = 24
GRID = np.array([*product(range(3), range(2), range(2))])


def factorial() -> list[Levels]:
    """Return a grid of three factors, of three, two and two levels."""
    factors = []
    for title, codes in zip("ABC", GRID.T, strict=True):
        names = [f"{title.lower()}{code}" for code in range(codes.max() + 1)]
        factors.append(Levels(title, names, codes))
    return factors


def luck(points: int, seed: int, spread: float = 1.0) -> Floats:
    """Return what chance adds to each run: the same at all points, and of each point alone."""
    random = np.random.default_rng(seed)
    return random.normal(0.0, 5.0, RUNS) + random.normal(0.0, spread, (points, RUNS))


def test_effects_of_a_grid_are_those_planted() -> None:
    a, b, _ = GRID.T
    values = (4.0 * (a == 2) + 3.0 * b + 2.0 * (a == 2) * b)[:, np.newaxis] + luck(12, 1, 0.1)
    found = design_effects(values, factorial(), np.arange(RUNS), reference=0)
    means = dict(zip(found["level"], found["mean"], strict=True))
    # A mean over both levels of B has half of what both do together; over A's three, a third.
    planted = {"a1": 0.0, "a2": 5.0, "b1": 3.0 + 2.0 / 3.0, "c1": 0.0}
    assert {name: means[name] for name in planted} == pytest.approx(planted, abs=0.1)
    pairs = found[found["kind"] == PAIR].set_index("factors")["mean"]
    assert pairs.to_dict() == pytest.approx({"A × B": 2.0, "A × C": 0.0, "B × C": 0.0}, abs=0.15)
    against = design_effects(values, factorial(), np.arange(RUNS), reference=11)
    assert against.loc[0, ["comparison", "level"]].tolist() == ["A, against a2", "a0"]
    assert against.loc[0, "mean"] == pytest.approx(-5.0, abs=0.1)


def test_shares_of_a_grid_are_those_planted() -> None:
    a, _, c = GRID.T
    planted = 6.0 * (a == 2) + 2.0 * c
    values = planted[:, np.newaxis] + luck(12, 2)
    found = variance_shares(values, factorial(), np.arange(RUNS)).set_index("factors")
    whole = values.var()
    assert found.loc["A", "share"] == pytest.approx(36.0 * 2.0 / 9.0 / whole, abs=0.02)
    assert found.loc["C", "share"] == pytest.approx(1.0 / whole, abs=0.01)
    assert found.index[found["beyond_chance"]].tolist() == ["A", "C"]
    within = found[found["kind"] == WITHIN]["share"].item()
    assert within == pytest.approx(values.var(axis=1).mean() / whole, abs=0.01)
    assert found["of_points"].sum() == pytest.approx(1.0)


def test_a_null_grid_has_shares_within_chance() -> None:
    """In at most one of twenty grids is a row above the line, also if runs of a set are alike."""
    sets, alarms, shares = np.arange(RUNS) // 2, 0, []
    for seed in range(50):
        found = variance_shares(luck(12, seed)[:, sets], factorial(), sets)
        alarms += int(found["beyond_chance"].any())
        shares.append(found.loc[found["kind"] == MAIN, "share"].sum())
    assert alarms <= 6  # of 50 at 5%: more in four of a hundred times, and seeds are fixed
    assert np.mean(shares) < 0.005


def sample(points: int, seed: int) -> pd.DataFrame:
    """Return a Latin hypercube of three numbers, and a label."""
    random = np.random.default_rng(seed)
    numbers = {name: random.permutation(points) / points for name in "abc"}
    return pd.DataFrame({**numbers, "label": random.choice(["x", "y", "z"], points)})


def test_what_moves_a_sample_is_found_with_its_sign() -> None:
    design = sample(200, 3)
    planted = np.exp(3.0 * design["a"]) - 9.0 * (design["label"] == "y")
    values = planted.to_numpy()[:, np.newaxis] + luck(200, 3)
    found = rank_correlations(design, values.mean(axis=1))
    table = found.set_index(["factor", "level"])["rank_correlation"]
    whole = spearmanr(design["a"], values.mean(axis=1))
    assert table["a", ""] == pytest.approx(whole.statistic) and table["a", ""] > 0.6
    assert table["label", "y"] < -0.4 < 0.1 < table["label", "x"]
    assert {*found["factor"][found["beyond_chance"]]} == {"a", "label"}
    assert not rank_correlations(design, np.ones(200))["beyond_chance"].any()


def test_chance_moves_one_sample_of_twenty() -> None:
    samples = ((sample(40, seed), luck(40, seed).mean(axis=1)) for seed in range(100))
    alarms = sum(rank_correlations(*of)["beyond_chance"].any() for of in samples)
    assert alarms <= 9  # of 100 at 5%, and seeds are fixed

"""Planted truths of designs: effects and interactions are recovered, and chance stays chance."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sim.estimates.designs import (
    MAIN,
    PAIR,
    WITHIN,
    Levels,
    Plan,
    _centred,
    design_effects,
    variance_shares,
)
from sim.world.arrays import Floats

RUNS = 24
GRID = np.array([*product(range(3), range(2), range(2))])


def factorial() -> Plan:
    """Return a grid of three factors, of three, two and two levels."""
    factors = []
    for title, codes in zip("ABC", GRID.T, strict=True):
        names = [f"{title.lower()}{code}" for code in range(codes.max() + 1)]
        factors.append(Levels(title, names, codes, _centred(codes), names[1:]))
    return Plan(factors, is_factorial=True)


def sample(points: int, seed: int) -> Plan:
    """Return a Latin hypercube of four factors; columns are ranks from -0.5 to 0.5."""
    random, factors = np.random.default_rng(seed), []
    for title in "ABCD":
        place = random.permutation(points)
        columns = (place / (points - 1.0) - 0.5)[:, np.newaxis]
        factors.append(
            Levels(title, ["low", "middle", "high"], place * 3 // points, columns, ["r"])
        )
    return Plan(factors, is_factorial=False)


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


@pytest.mark.parametrize("kind", ["grid", "sample"])
def test_a_null_design_has_shares_within_chance(kind: str) -> None:
    """In at most one of twenty designs is a row above the line, also if runs of a set are alike."""
    sets, alarms, shares = np.arange(RUNS) // 2, 0, []
    for seed in range(50):
        plan = factorial() if kind == "grid" else sample(40, seed)
        values = luck(len(plan.factors[0].codes), seed)[:, sets]
        found = variance_shares(values, plan, sets)
        alarms += int(found["beyond_chance"].any())
        shares.append(found.loc[found["kind"] == MAIN, "share"].sum())
    assert alarms <= 6  # of 50 at 5%: more in four of a hundred times, and seeds are fixed
    assert np.mean(shares) < 0.005


def test_slopes_of_a_sample_are_those_planted() -> None:
    plan = sample(200, 3)
    a, b, c, _ = (factor.columns[:, 0] for factor in plan.factors)
    values = (8.0 * a + 6.0 * b * c)[:, np.newaxis] + luck(200, 3)
    found = design_effects(values, plan, np.arange(RUNS), reference=0).set_index("factors")
    for name, truth in {"A": 8.0, "B": 0.0, "C": 0.0, "D": 0.0}.items():
        assert found.loc[name, "low"] < truth < found.loc[name, "high"]
    assert (found["p_value"] <= 0.05 / len(found)).sum() == 1
    shares = variance_shares(values, plan, np.arange(RUNS)).set_index("factors")
    assert shares.index[shares["beyond_chance"]].tolist() == ["A"]
    bent = (6.0 * b * c).var() / values.var()
    assert shares.loc["interactions and bends", "share"] == pytest.approx(bent, abs=0.02)
    assert shares.loc["A", "share"] == pytest.approx((8.0 * a).var() / values.var(), abs=0.02)


def test_what_is_left_between_points_widens_intervals_of_a_sample() -> None:
    """A bend that no column has is an error of slopes, though all runs agree on it."""
    covered = 0
    for seed in range(20):
        plan = sample(60, seed)
        bent = 5.0 * np.sin(20.0 * plan.factors[0].columns)
        values = bent + luck(60, seed, 0.01)
        found = design_effects(values, plan, np.arange(RUNS), reference=0).set_index("factors")
        covered += found.loc["B", "low"] < 0.0 < found.loc["B", "high"]
    assert covered >= 17

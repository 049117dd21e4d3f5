"""Planted truths of what an effect depends on: the parameter is found, and chance names none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.estimates.depends import FEWEST_SETS, dependence
from sim.world.arrays import Floats, Whole

SETS, RUNS, PARAMETERS = 100, 200, 40


def sampled(seed: int, sets: int = SETS) -> tuple[np.random.Generator, pd.DataFrame, Whole]:
    """Return values of parameters in the runs of sets, of which some have many."""
    random = np.random.default_rng(seed)
    of_run = random.choice(sets, RUNS, p=random.dirichlet(np.ones(sets)))
    table = random.random((sets, PARAMETERS))
    return random, pd.DataFrame(table[of_run], columns=[f"p{n}" for n in range(PARAMETERS)]), of_run


def alike(random: np.random.Generator, sets: Whole) -> Floats:
    """Return chance of which most is the same in all runs of a set."""
    return np.asarray(random.normal(size=sets.max() + 1)[sets] + 0.3 * random.normal(size=RUNS))


def test_the_parameter_on_which_an_effect_depends_is_named() -> None:
    random, parameters, sets = sampled(1)
    changes = -3.0 - 5.0 * parameters["p12"].to_numpy() + alike(random, sets)
    first, second = dependence(changes, parameters, sets).to_dict("records")[:2]
    assert first["parameter"] == "p12" and first["beyond_chance"] and not second["beyond_chance"]
    assert first["rank_correlation"] < -first["chance"]
    assert first["low_mean"] > first["high_mean"]
    third = (parameters["p12"] <= parameters["p12"].quantile(1 / 3)).to_numpy()
    assert first["low_mean"] == pytest.approx(changes[third].mean())
    assert first["low_low"] < first["low_mean"] < first["low_high"]


def test_both_thirds_have_the_same_number_of_runs() -> None:
    numbers = np.arange(256.0)  # 3 divides 255: two runs are on the boundaries
    (found,) = dependence(numbers, pd.DataFrame({"term": numbers}), np.arange(256)).to_dict(
        "records"
    )
    assert (found["low_value"], found["high_value"]) == (85.0, 170.0)
    assert found["low_mean"] + found["high_mean"] == pytest.approx(255.0)


def test_without_one_a_parameter_is_named_once_in_twenty_comparisons() -> None:
    """Runs of a set are alike: were they counted as independent, nearly all would name some."""
    alarms = 0
    for seed in range(30):
        random, parameters, sets = sampled(seed)
        alarms += dependence(alike(random, sets), parameters, sets)["beyond_chance"].any()
    assert alarms <= 4  # of 30 at 5%: more in two of a hundred times, and seeds are fixed


def test_of_few_sets_nothing_is_told() -> None:
    random, parameters, sets = sampled(1, FEWEST_SETS - 1)
    assert dependence(alike(random, sets), parameters, sets).empty

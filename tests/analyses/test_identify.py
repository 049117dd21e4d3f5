"""Planted truths for the event study of the page on identification."""

from __future__ import annotations

from typing import Any

import identify
import numpy as np
import pytest
from numpy.testing import assert_array_equal

PAGE = vars(identify)
NEVER, LEFT_OUT = PAGE["NEVER"], PAGE["LEFT_OUT"]
WORLDS, UNITS, YEARS = 800, 120, range(2015, 2024)
COHORTS = {2017: 5, 2019: 4, 2020: 3}


def planted(effect: float, *, shape: str, seed: int = 1) -> Any:
    """Units of which a dozen are reached from 2017 on; all share a trend, a few are no comparison.

    What is yes or no ends once in a while; what is a number walks at random, and the effect on it
    grows by `effect` a year.
    """
    random = np.random.default_rng(seed)
    dates = [year for year, count in COHORTS.items() for _ in range(count)]
    rest = UNITS - len(dates) - 10
    first = np.array([*dates, *[NEVER] * rest, *[LEFT_OUT] * 10])
    first = random.permuted(np.tile(first, (WORLDS, 1)), axis=1)
    years = np.array(YEARS)
    exposed = np.clip(years - first[..., np.newaxis] + 1, 0, None) * (first > 0)[..., np.newaxis]
    draws = random.random((WORLDS, UNITS, len(years)))
    if shape == "ends":
        values = -1.0 * (np.cumsum(draws < 0.07, axis=2) > 0)
    else:
        steps = draws - 0.5 + 0.3 * (years - years[0])  # a trend that all have
        # Units that are left out go another way: as comparisons they would mislead.
        steps = np.where((first == LEFT_OUT)[..., np.newaxis], 5.0, steps)
        values = np.cumsum(steps, axis=2) + effect * exposed
    at = {year: year - YEARS[0] for year in COHORTS}
    changes = {
        year: (values[..., k - 1] >= -0.5 if shape == "ends" else np.ones(first.shape, bool),
               values[..., k:] - values[..., k - 1 : k])
        for year, k in at.items()
    }  # fmt: skip
    return PAGE["event_study"](changes, first)


def test_a_planted_effect_that_grows_is_recovered() -> None:
    """As it grows, earlier cohorts would be wrong comparisons for later ones."""
    found = planted(0.4, shape="walks")
    # The effect is 0.4 in the first year and 0.4 more in each: its mean over five, or four, years.
    wanted = (5 * np.mean([1, 2, 3, 4, 5]) + 4 * 3.0 + 3 * 2.5) / 12 * 0.4
    assert found.effect.mean() == pytest.approx(wanted, abs=0.03)
    covered = np.abs(found.effect - wanted) < 1.96 * found.error
    assert 0.925 < covered.mean() < 0.975
    assert found.beyond_chance.mean() > 0.9


@pytest.mark.parametrize("shape", ["walks", "ends"])
def test_no_effect_is_found_in_about_one_world_of_twenty(shape: str) -> None:
    assert 0.027 < planted(0.0, shape=shape).beyond_chance.mean() < 0.073


def test_who_is_at_risk_and_what_changes() -> None:
    # In 2018: none, Huawei, Dahua; then a purchase, a change of vendor, nothing.
    vendor = np.array([[[-1, 0, 0], [0, 2, -1], [2, 2, 2]]])
    worlds = PAGE["Worlds"](vendor, [2018, 2019, 2020], np.zeros(1))
    first = np.array([[2019, 2019, NEVER]])
    at_risk, change = worlds.changes("stay", first)[2019]
    assert_array_equal(at_risk, [[False, True, True]])
    assert_array_equal(change[0, 1:], [[-1, -1], [0, 0]])
    at_risk, change = worlds.changes("enter", first)[2019]
    assert_array_equal(at_risk, [[True, False, False]])
    assert_array_equal(change[0, 0], [1, 1])
    assert_array_equal(PAGE["listing"](PAGE["Worlds"](vendor, [2018, 2022, 2023], 0)),
                       [[NEVER, 2019, 2023]])  # fmt: skip


def test_worlds_that_are_one_are_not_told_apart_and_others_are() -> None:
    random = np.random.default_rng(1)
    dear, same, other = random.normal([[0.0], [0.0], [6.0]], size=(3, 4000))
    assert PAGE["told_apart"](dear, same) == pytest.approx(0.05, abs=0.01)
    assert PAGE["told_apart"](dear, other) > 0.95
    pairs = [random.normal(size=(4000, 3)) + shift for shift in (0.0, [0.0, 5.0, 0.0])]
    sets = np.arange(4000) // 2
    assert PAGE["told_apart"](*PAGE["together"](*pairs, sets)) > 0.95


def test_dates_are_dealt_among_the_countries_of_the_study_alone() -> None:
    first = np.tile([2019, 2020, NEVER, NEVER, NEVER, LEFT_OUT], (500, 1))
    placebo = PAGE["dealt"](first, seed=1)
    assert (placebo[:, -1] == LEFT_OUT).all()
    assert_array_equal(np.sort(placebo, axis=1), np.sort(first, axis=1))
    assert (placebo[:, 0] == 2019).mean() == pytest.approx(0.2, abs=0.06)

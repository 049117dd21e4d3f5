"""Null models calibrated like the model: what docs/refitted.py asks each of them for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sim.scenario import load_scenario
from sim.studies.calibration.plan import aims_of_seeds
from sim.studies.parameter_space import plausible_factors

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def refitted() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        yield importlib.import_module("refitted")


def test_each_is_asked_for_what_it_can_give(refitted: ModuleType) -> None:
    asked = {
        name: {aim.id for aim in refitted.plan_of(row, 1)[1]} for name, row in refitted.ROWS.items()
    }
    every = {aim.id for aim in aims_of_seeds()}
    camps = {"china_camp_2019", "west_camp_2019"}
    assert asked["baseline"] == asked["common-cause"] == every
    assert asked["bass, no camps"] == every - camps
    assert asked["copying-only, no camps"] == {
        "platforms_2019", "bri_share_2019", "agreements_per_state_2018", "western_importers_2021",
    }  # fmt: skip


def test_a_level_that_a_null_model_sets_is_free_again(refitted: ModuleType) -> None:
    for row in refitted.ROWS.values():
        plan, _ = refitted.plan_of(row, 1)
        names = [factor.name for factor in plan.factors]
        bare = [factor.name for factor in plausible_factors(load_scenario(row.scenario))]
        assert sorted(names) == sorted([*bare, *row.levels])
        assert not set(row.levels) & set(bare)

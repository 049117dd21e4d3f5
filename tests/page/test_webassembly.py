"""The page's module gives the native engine's bytes."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from invented import folder_of, income
from test_plugins import DIVIDING, write

from sim.engine import Ensemble, prepare, run_chunk
from sim.engine.entry import Shape, shape_of
from sim.engine.user_mechanisms import load_rules
from sim.model.parameters import derived_names
from sim.model.register import SHIPPED
from sim.page.webassembly import page_ensemble, places
from sim.scenario import Scenario, load_scenario, shipped_names
from sim.scenario.parameter_sets import shipped_plausible
from sim.world.seeds import seeds_from, shipped_seeds
from tests.page.wasm import Module

OWN = Path(__file__).parents[2] / "examples" / "mechanisms"

pytestmark = pytest.mark.slow  # making the module takes Numba half a minute on a fresh clone


@cache
def module_of(shape: Shape) -> Module:
    return Module(shape)


def plausible_values(scenario: Scenario, runs: int) -> list[dict[str, float]]:
    plausible = shipped_plausible()
    assert plausible is not None
    numbers = map(plausible.number_of, range(runs))
    return [scenario.beneath(plausible.values(number)) for number in numbers]


def compare(ensemble: Ensemble, scenario: Scenario, runs: int) -> None:
    sets = prepare(scenario, 1, plausible_values(scenario, runs))
    own = replace(ensemble, parameters=sets.parameters, period_of=sets.period_of)
    native = run_chunk(own, range(runs), range(runs))
    with mock.patch("sim.engine.run.compiled_entry", module_of):
        made = run_chunk(own, range(runs), range(runs))
    for name in ("tallies", "vendor_tallies", "actors", "panel"):
        found, wanted = getattr(made, name), getattr(native, name)
        assert wanted.any() and found.tobytes() == wanted.tobytes(), (scenario.name, name)


@pytest.mark.parametrize("name", shipped_names())
def test_every_scenario_has_the_native_bytes(name: str) -> None:
    scenario = load_scenario(name)
    compare(prepare(scenario, 1), scenario, 4)


def test_values_and_events_for_some_countries_have_the_native_bytes(tmp_path: Path) -> None:
    """Classes that overlap, values read at the start alone, one vendor's, and an event's."""
    file = tmp_path / "some.toml"
    file.write_text(
        """
extends = "baseline"
title = "Some"
[[values]]
where = { region = ["South Asia", "Oceania"], bri = true }
contracts.fee = 0.02
needs.leaning_correlation = 0.9
[[values]]
where = { ally = true, income_below = 30000 }
procurement.huawei_sells = false
contracts.fee = 0.2
[[events]]
name = "answer"
date = 2020
where = { region = ["South Asia"] }
procurement.western_supply = 1
[[events]]
name = "end"
date = 2027.5
where = { iso3 = ["SRB", "KEN", "IND"] }
china.offering = false
"""
    )
    scenario = load_scenario(file)
    assert prepare(scenario, 5).parameters.shape[-1] >= 5
    compare(page_ensemble(scenario, 5), scenario, 6)


def test_what_the_page_keeps_has_the_native_bytes() -> None:
    scenario = load_scenario("baseline")
    compare(page_ensemble(scenario, 7), scenario, 3)


def test_mechanisms_of_ones_own_have_the_native_bytes() -> None:
    rules = load_rules(sorted(OWN.glob("*.py")))
    scenario = load_scenario("baseline", rules=rules)
    compare(page_ensemble(scenario, 7), scenario, 3)
    assert places(rules).keys() - places().keys() >= {"aid_tax.cut", "democracy.active"}


def test_own_data_and_documented_decisions_have_the_native_bytes(tmp_path: Path) -> None:
    seeds = seeds_from(folder_of(tmp_path / "mine", history=income("9000")), "documented")
    scenario = load_scenario("baseline").in_world(seeds)
    compare(page_ensemble(scenario, 7), scenario, 3)


def test_derived_values_are_those_of_the_sections() -> None:
    scenario = load_scenario("vendor-bans")
    own = prepare(scenario, 1, plausible_values(scenario, 30))
    blank = own.parameters.copy()
    derived = [(of, name) for of, s in SHIPPED.sections.items() for name in derived_names(s)]
    for of, name in derived:
        blank[of][name] = -1.0
    found = module_of(shape_of(shipped_seeds())).derived(blank)
    for of, name in derived:
        assert np.array_equal(found[of][name], own.parameters[of][name]), (of, name)


def test_a_division_by_zero_stops_it(tmp_path: Path) -> None:
    rules = load_rules([write(tmp_path, DIVIDING)])
    scenario = load_scenario("baseline", rules=rules)
    compare(page_ensemble(scenario, 7), scenario, 1)
    with mock.patch("sim.engine.run.compiled_entry", module_of):
        for rate in (0.0, 0.1, 0.2):
            stopped = load_scenario("baseline", overrides={"mine.rate": rate}, rules=rules)
            with pytest.raises(IndexError, match="divides by zero"):
                run_chunk(page_ensemble(stopped, 7), range(1))

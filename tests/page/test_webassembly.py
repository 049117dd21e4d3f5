"""The page's module gives the native engine's bytes."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from invented import INCOME, folder_of

from sim.engine import Ensemble, prepare, run_chunk, with_sets
from sim.engine.own.files import load_rules
from sim.engine.parameter_sets import plausible_sets
from sim.page import charts, make_page
from sim.page.batches import page_ensemble, state_ensemble
from sim.page.inputs import places
from sim.rules import SHIPPED, Rules
from sim.scenario import list_scenarios, load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.world.seeds import seeds_from
from tests.page.wasm import Module

OWN = Path(__file__).parents[2] / "examples" / "mechanisms"

pytestmark = pytest.mark.slow  # making the module takes Numba half a minute on a fresh clone


def compare(ensemble: Ensemble, replicates: range, scenario: str, rules: Rules = SHIPPED) -> None:
    sets_of = plausible_sets(load_scenario(scenario, rules=rules), shipped_plausible())
    own, set_of = with_sets(ensemble, sets_of, replicates)
    native = run_chunk(own, replicates, set_of)
    made = Module(own).run(replicates, set_of)
    runs, groups = len(replicates), len(own.layout.groups)
    quarters = len(own.layout.quarters)
    sums = made["sums"].reshape(runs, quarters, groups + 1, -1)[:, :, :groups]
    for name, found, wanted in (
        ("sums", sums, native.tallies),
        ("vendors", made["vendor_sums"], native.vendor_tallies),
        ("actors", made["actor_sums"], native.actors),
        ("ends", made["ends"], native.countries),
    ):
        assert found.tobytes() == wanted.tobytes(), (scenario, name)


@pytest.mark.parametrize("scenario", [listing.name for listing in list_scenarios()])
def test_every_scenario_has_the_native_bytes(scenario: str) -> None:
    compare(prepare(load_scenario(scenario), 1), range(20), scenario)


def test_values_and_events_for_some_states_have_the_native_bytes(tmp_path: Path) -> None:
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
name = "end"
date = 2027.5
where = { iso3 = ["SRB", "KEN", "IND"] }
china.offering = false
"""
    )
    scenario = load_scenario(file)
    assert prepare(scenario, 5).parameters.shape[-1] >= 5
    compare(page_ensemble(scenario, 5), range(6), str(file))


def test_what_the_page_keeps_has_the_native_bytes() -> None:
    ensemble = page_ensemble(load_scenario("baseline"), 7)
    compare(ensemble, range(3), "baseline")
    compare(state_ensemble(ensemble), range(3), "baseline")


def test_mechanisms_of_ones_own_have_the_native_bytes() -> None:
    rules = load_rules(sorted(OWN.glob("*.py")))
    scenario = load_scenario("baseline", rules=rules)
    compare(page_ensemble(scenario, 7), range(3), "baseline", rules)
    assert places(rules).keys() - places().keys() >= {"aid_tax.cut", "democracy.active"}


def test_seeds_of_ones_own_and_what_is_known_have_the_native_bytes(tmp_path: Path) -> None:
    seeds = seeds_from(folder_of(tmp_path / "mine", changes=INCOME), "documented")
    compare(page_ensemble(load_scenario("baseline").in_world(seeds), 7), range(3), "baseline")


def test_derived_values_are_those_of_the_sections() -> None:
    scenario = load_scenario("vendor-bans")
    ensemble = prepare(scenario, 1)
    own, _ = with_sets(ensemble, plausible_sets(scenario, shipped_plausible()), range(30))
    blank = own.parameters.copy()
    from sim.parameters import derived_names
    from sim.quarter import MECHANISMS

    for mechanism in MECHANISMS:
        for name in derived_names(mechanism.section):
            blank[mechanism.name][name] = -1.0
    found = Module(ensemble).derived(blank)
    for mechanism in MECHANISMS:
        for name in derived_names(mechanism.section):
            wanted = own.parameters[mechanism.name][name]
            assert np.array_equal(found[mechanism.name][name], wanted), (mechanism.name, name)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="runs the page's scripts with Node")
def test_the_pages_worker_runs_scenarios_for_some_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["baseline", "maintenance-fund-in-africa", "huawei-ban-by-allies", "baseline"]
    monkeypatch.setattr(charts, "library", lambda: {"vega": "1", "curve": {}, "map": {}})
    page = make_page(names[:2], tmp_path / "page.html", runs=2)
    command = ["node", str(Path(__file__).with_name("worker.mjs")), str(page), "working", "region"]
    told = subprocess.run([*command, *names], check=True, capture_output=True, text=True).stdout
    for name, found in json.loads(told).items():
        scenario = load_scenario(name)
        sets_of = plausible_sets(scenario, shipped_plausible())
        own, set_of = with_sets(prepare(scenario, 1), sets_of, range(2))
        field, regions = own.layout.fields.index("working"), own.layout.kind_parts["region"]
        sums = run_chunk(own, [0, 1], set_of).tallies[:, -1, regions.start : regions.stop, field]
        assert found == sums.tolist(), name

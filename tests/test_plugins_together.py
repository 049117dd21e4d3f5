"""A user's own mechanism with values for some states, own seeds, known facts and `ask`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from invented import folder_of, income

import sim
from sim.engine import prepare, run_chunk
from sim.engine.mesa_model import simulate_runs
from sim.engine.user_mechanisms import load_rules
from sim.scenario import load_scenario
from sim.scenario.scenario import scenario_of
from sim.world.seeds import seeds_from, shipped_seeds

SEED = 3
KNOWN = "iso3,what,date\nKEN,trained,2001-07\nSRB,adopted,2002\n"
TEXT = """from sim.model.draws import chance
from sim.model.parameters import Mechanism, Outcome, Section, State, derived, parameter

class Mine(Section):
    rate: float = parameter(
        0.0, "A rate.", unit="share", low=0.0, high=1.0, source="assumption", evidence=1
    )
    level: float = parameter(
        0.5, "A level.", unit="share", low=0.0, high=1.0, source="assumption", evidence=1,
    )

    @derived
    def twice(self) -> float:
        return self.level * 2.0

def step(country, now, p):
    if chance(now, country, 700) < p.mine.rate:
        country.tally += 1.0

RULES
MECHANISM = Mechanism("mine", "Mine", Mine, country=(State("tally", "A tally.", "count"),),
    outcomes=(Outcome("tally", "count", "A tally.", "tally", "total", "A tally"),))
"""


def write(folder: Path, rules: str = "") -> str:
    (folder / "mine.py").write_text(TEXT.replace("RULES", rules))
    return str(folder / "mine.py")


def test_own_parameters_are_set_for_some_states(tmp_path: Path) -> None:
    rules = load_rules([write(tmp_path)])
    overrides = {"horizon.end": 2003, "mine.rate[region=South Asia]": 1.0}
    scenario = load_scenario("baseline", overrides=overrides, rules=rules)
    ensemble = prepare(scenario, SEED)
    compiled, mesa = run_chunk(ensemble, [0]), simulate_runs(ensemble, [0])
    assert np.array_equal(compiled.tallies, mesa.tallies)
    found = sim.make_runs(scenario, runs=1, seed=SEED, defaults=True)
    final = found.series().query("outcome == 'tally' and year == 2003")
    of_region = final[final["group_kind"] == "region"].set_index("group")["mean"]
    states = shipped_seeds().countries
    there = sum(state.region == "South Asia" for state in states)
    assert of_region["South Asia"] == 16 * there > 0
    assert of_region.sum() == of_region["South Asia"]
    stored = json.loads(json.dumps(scenario.to_dict()))
    assert scenario_of(stored, "here", rules).to_dict() == scenario.to_dict()
    rest = scenario_of(stored, "here")
    assert not [
        given for given in rest.assignments if given.scope or given.bare.startswith("mine.")
    ]


def test_own_rules_in_a_world_of_ones_own_held_to_what_is_known(tmp_path: Path) -> None:
    file = write(tmp_path)
    own = folder_of(tmp_path / "seeds", history=income("9000", "2001"))
    (tmp_path / "known.csv").write_text(KNOWN, encoding="utf-8")
    rules, seeds = load_rules([file]), seeds_from(own, tmp_path / "known.csv")
    overrides = {"horizon.end": 2003, "mine.rate": 0.5}
    scenario = load_scenario("baseline", overrides=overrides, rules=rules).in_world(seeds)
    assert scenario.rules is rules and scenario.seeds is seeds
    ensemble = prepare(scenario, SEED)
    compiled, mesa = run_chunk(ensemble, [0]), simulate_runs(ensemble, [0])
    assert np.array_equal(compiled.panel, mesa.panel)
    out = tmp_path / "out"
    shared = {"data": own, "known": tmp_path / "known.csv"}
    ran = sim.make_runs("baseline", out=out, runs=1, mechanisms=[file], set=overrides, **shared)
    assert {"seeds", "mechanisms"} <= ran.identity.keys()

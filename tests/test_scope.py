"""Values and events for some states: read, checked, and run by class of states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine import prepare, run_chunk
from sim.engine.mesa_model import simulate_runs
from sim.engine.records import country_states
from sim.scenario import Scenario, load_scenario
from sim.scenario.scenario import scenario_of
from sim.scenario.scope import Where, attributes_of
from sim.world.seeds import shipped_seeds
from tests.chunks import different
from tests.scenario.conftest import in_force, values_in
from tests.test_books import keep_books

QUESTION = """extends = "baseline"
title = "Europe pays for maintenance, and allies bar Huawei"

[[events]]
name = "european-maintenance"
date = 2028
where = { region = ["Sub-Saharan Africa"] }
west.fees_paid = 1

[[events]]
name = "huawei-ban"
date = 2028
where = { ally = true }
procurement.huawei_sells = false
"""

OVERLAPPING = """extends = "baseline"
[horizon]
start = 2012
end = 2020
[[values]]
where = { region = ["South Asia", "Southeast Asia"] }
contracts.fee = 0.2
procurement.rate = 0.5
[[values]]
where = { bri = true, income_below = 3000 }
contracts.fee = 0.01
china.bri_priority = 3.0
[[values]]
where = { income_from = 0.1 }
procurement.credit_choice = 0.9
[[events]]
name = "later"
date = 2015.5
until = 2018
where = { regime = ["hybrid", "authoritarian"] }
contracts.fee = 0.1
peers.threshold = 0.9
training.rate = 0.5
"""


def loaded(folder: Path, text: str) -> Scenario:
    path = folder / "mine.toml"
    path.write_text(text)
    return load_scenario(path)


# --- What is read


CODES = [country.iso3 for country in shipped_seeds().countries]
SERBIA = attributes_of(shipped_seeds())[CODES.index("SRB")]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"iso3": ["SRB"]}, {"SRB"}),
        ({"iso3": ["KEN", "SRB"], "bri": True}, {"KEN", "SRB"}),
        ({"iso3": ["ITA", "SRB"], "bri": True}, {"SRB"}),  # Italy left in 2023
        ({"region": ["Central Asia"], "regime": ["hybrid"], "iso3": ["KAZ", "KGZ"]}, None),
        ({"iso3": ["SRB"], "income_from": SERBIA["income"], "aid_from": SERBIA["aid"]}, {"SRB"}),
        ({"iso3": ["SRB"], "income_below": SERBIA["income"]}, None),
    ],
)
def test_a_target_is_the_states_that_meet_all_conditions(
    where: dict[str, Any], expected: set[str] | None
) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="matches no country"):
            Where.model_validate(where)
    else:
        assert set(Where.model_validate(where).scope.states) == expected


def test_brackets_say_what_a_file_says(tmp_path: Path) -> None:
    where = 'where = { iso3 = ["SRB", "KEN"] }'
    text = f'extends = "baseline"\n[[values]]\n{where}\ncontracts.fee = 0.03'
    brackets = {"contracts.fee[iso3=KEN|SRB]": "0.03"}
    by_set = load_scenario("baseline", overrides=brackets)
    assert in_force(loaded(tmp_path, text)) == in_force(by_set)
    assert in_force(by_set) != in_force(load_scenario("baseline"))


def test_the_last_value_that_names_a_state_counts_and_events_over_it(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, OVERLAPPING)

    def fee(code: str | None, year: int) -> float:
        return float(values_in(scenario, (year - 2000) * 4, code)["contracts.fee"])

    usual = fee(None, 2012)
    assert (fee("IND", 2013), fee("IND", 2016)) == (0.2, 0.2)
    assert fee("BGD", 2013) == 0.01  # South Asia, member, poor: the later value counts
    assert (fee("VNM", 2016), fee("VNM", 2019)) == (0.1, 0.2)
    assert fee("CHL", 2016) == usual


def test_a_manifest_holds_the_targets_and_gives_the_scenario_back(tmp_path: Path) -> None:
    for text in (QUESTION, OVERLAPPING):
        scenario = loaded(tmp_path, text)
        stored = json.loads(json.dumps(scenario.to_dict()))
        again = scenario_of(stored, "manifest.json")
        assert in_force(again) == in_force(scenario)
        assert json.loads(json.dumps(again.to_dict())) == stored
        assert again.scopes == scenario.scopes


# --- What runs


def test_mesa_and_engine_give_the_same_arrays_where_targets_overlap(tmp_path: Path) -> None:
    ensemble = prepare(loaded(tmp_path, OVERLAPPING), 20)
    assert ensemble.parameters.shape[2] >= 8
    assert not different(simulate_runs(ensemble, [3]), run_chunk(ensemble, [3]))


def test_states_outside_change_only_once_they_read_another_state() -> None:
    years = {"horizon.start": 2014, "horizon.end": 2020}
    there = "region=Central Asia|South Asia"
    rush = {
        f"{of}.{key}[{there}]": 1.0
        for of in ("procurement", "training")
        for key in ("rate", "base")
    }
    plain, changed = (keep_books("baseline", given) for given in (years, years | rush))
    fields = [state.name for state in country_states() if not (state.length or state.whole)]
    one, other = (np.array([books.of(name) for name in fields]) for books in (plain, changed))
    differ = (one != other).any(axis=0)  # by quarter and state
    named = Where.model_validate({"region": ["Central Asia", "South Asia"]}).scope.states
    outside = ~np.isin(CODES, named)
    assert differ[0].any() and not differ[0, outside].any()
    assert differ[1:, outside].any()  # what others read is last quarter's

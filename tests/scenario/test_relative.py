"""Relative values: each run's own value is scaled, in whatever order layers come."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine import prepare
from sim.engine.ensemble import Ensemble
from sim.errors import InputError
from sim.model.register import SHIPPED
from sim.page.contents import scenario_facts
from sim.scenario import FileError, Scenario, load_scenario
from sim.scenario.describe import find_warnings
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.resolve import column
from sim.scenario.scope import representatives
from tests.test_scope import OVERLAPPING

WEB = Path(__file__).parents[2] / "sim" / "page" / "web"
SETS = 3
TEXT = """
extends = "baseline"
[market]
price = { times = 0.8 }
[[values]]
where = { region = ["South Asia"] }
contracts.fee = { times = 2, plus = 0.01 }
[[events]]
name = "first"
date = 2030
contracts.term = { plus = 1, times = 0.5 }
[[events]]
name = "second"
date = 2032
where = { bri = true }
contracts.term.times = 0.5
market.autocracy_pull.plus = 0.1
[[events]]
name = "third"
date = 2036
contracts.term = 7
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    file = tmp_path / "mine.toml"
    file.write_text(TEXT)
    return load_scenario(file)


def of_sets(scenario: Scenario, count: int = SETS) -> Ensemble:
    sets = [scenario.beneath(shipped_plausible().values(row)) for row in range(count)]
    return prepare(scenario, 1, sets)


def series(ensemble: Ensemble, path: str, code: str = "USA") -> np.ndarray:
    """A parameter in every set and quarter, as a country has it."""
    section, _, key = path.partition(".")
    row = ensemble.class_of[ensemble.world.codes.index(code)]
    values = ensemble.parameters[section][key][..., row]
    return np.take_along_axis(values, ensemble.period_of, axis=1)


def test_each_run_scales_its_own_value(scenario: Scenario) -> None:
    """Base, some countries, events: `times` before `plus`, events one on the other."""
    made = of_sets(scenario)
    own = {key: np.array(values[:SETS]) for key, values in shipped_plausible().columns.items()}
    at = {year: (year - 2000) * 4 for year in (2029, 2030, 2032, 2036)}
    assert series(made, "market.price")[:, 0] == pytest.approx(0.8 * own["market.price"])
    assert series(made, "contracts.fee", "IND")[:, 0] == pytest.approx(
        2 * own["contracts.fee"] + 0.01
    )
    assert series(made, "contracts.fee")[:, 0] == pytest.approx(own["contracts.fee"])
    term = own["contracts.term"]
    for code, factor in (("USA", 1.0), ("KEN", 0.5)):  # Kenya is in the Belt and Road
        found = series(made, "contracts.term", code)
        assert found[:, at[2029]] == pytest.approx(term)
        assert found[:, at[2030]] == pytest.approx(0.5 * term + 1)
        assert found[:, at[2032]] == pytest.approx(factor * (0.5 * term + 1))
        assert (found[:, at[2036]] == 7).all()


def test_absolute_and_relative_values_come_from_whichever_layers_set_them() -> None:
    times, price = "market.price.times", "market.price"
    for overrides, factors, price_then in (
        ({times: 0.5}, {price: 0.7}, 0.35),
        ({price: 0.7}, {times: 0.5}, 0.35),
        ({times: 0.5}, {times: 0.9}, None),
        ({price: {"times": 0.5, "plus": 0.1}}, {}, None),
        ({f"{price}": "{ times = 0.5 }", "market.price.plus": "0.1"}, {price: 0.6}, 0.4),
    ):
        loaded = load_scenario("baseline", overrides=overrides, factors=factors)
        own = price_then or 0.5 * loaded.value(price) + 0.1 * ("plus" in str(overrides))
        assert series(prepare(loaded, 1), price)[0, 0] == pytest.approx(own)


CASES = (
    (TEXT, {}, {}),
    (
        TEXT,
        {
            "market.price.times": 0.9,
            "contracts.fee.times[region=South Asia]": 3.0,
            "events.first.contracts.term.times": 0.75,
            "events.second.until": 2034.5,
            "contracts.term": 12.0,
        },
        {"contracts.fee.times[iso3=IND|KEN]": 0.5, "events.third.date": 2035},
    ),
    (
        OVERLAPPING,
        {
            "contracts.fee[region=South Asia|Southeast Asia]": 0.5,
            "west.tie_half_life[regime=hybrid]": 0.6,
            "events.later.contracts.fee": 0.7,
        },
        {"contracts.fee[bri=true]": 0.3, "events.later.date": 2014},
    ),
)
"""Files with a point of a design, and `--set` over both."""


@pytest.mark.parametrize(("text", "point", "overrides"), CASES)
def test_a_point_is_a_layer_and_the_page_resolves_it_alike(
    text: str, point: dict[str, Any], overrides: dict[str, Any], tmp_path: Path
) -> None:
    """The records of a point, bit for bit: in a scenario loaded with it, and by the page."""
    (file := tmp_path / "mine.toml").write_text(text)
    scenario = load_scenario(file, overrides=overrides)
    loaded = load_scenario(file, factors=point, overrides=overrides)
    sets = [shipped_plausible().values(row) for row in range(SETS)]
    made = prepare(scenario, 1, [loaded.beneath(values) | point for values in sets])
    ensemble = prepare(loaded, 1, [loaded.beneath(values) for values in sets])
    for part in ("parameters", "period_of", "class_of"):
        assert getattr(made, part).tobytes() == getattr(ensemble, part).tobytes(), part
    for row, values in enumerate(sets if shutil.which("node") else ()):
        for start, by_code in in_page(loaded, values):
            period = ensemble.period_of[row, start - loaded.quarters.start]
            for code, found in by_code.items():
                of = ensemble.class_of[ensemble.world.codes.index(code)]
                record = ensemble.parameters[row, period, of]
                for path, value in found.items():
                    assert column(record, path) == value, (path, code)


def in_page(scenario: Scenario, plausible: dict[str, Any]) -> list[list[Any]]:
    """Return the page's periods: first quarter, each country's values by code."""
    defaults = {path: field.default for path, field in SHIPPED.parameters.items()}
    codes = ["USA", *representatives(scenario.classes())[1:]]
    facts = scenario_facts(scenario.to_dict(), SHIPPED)["assignments"]
    first, last = scenario.quarters.start, scenario.quarters.stop
    given = [facts, defaults, plausible, codes, first, last - first]
    script = (WEB / "parameters.js").read_text() + (
        f"const [s, d, p, codes, q, n] = {json.dumps(given)}, known = classesOf(s);"
        "const own = part => codes.map(c => [c, part.classes[known.of[c] ?? 0]]);"
        "const one = part => [part.first, Object.fromEntries(own(part))];"
        "const all = periodsOf(s, d, p, q, n, known.codes).map(one);"
        "console.log(JSON.stringify(all));"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    periods: list[list[Any]] = json.loads(done.stdout)
    return periods


def test_a_result_out_of_bounds_names_the_runs_value() -> None:
    """At loading where the documented value leads there, in the run where a set does."""
    with pytest.raises(FileError, match=r"market.price.times: would be 6.75; allowed: 0.05"):
        load_scenario("baseline", overrides={"market.price.times": 9})
    scenario = load_scenario("baseline", overrides={"procurement.western_supply.times": 1.1})
    with pytest.raises(InputError, match=r"is 0\.9\d+: it would be 1\.\d+; allowed: 0 to 1"):
        of_sets(scenario, len(shipped_plausible().rows))
    prepare(scenario, 1)


def test_a_value_that_takes_the_uncertainty_away_is_warned_of(tmp_path: Path) -> None:
    """Not where nothing at all, or everything, is meant; nor in an ablation."""
    file = tmp_path / "mine.toml"
    text = (
        'extends = "baseline"\n[market]\nprice = 1.5\n[contracts]\nexit_cost = 0\n'
        '[[events]]\nname = "x"\ndate = 2030\ncontracts.fee = 0.6\ncontracts.term.times = 2\n'
    )
    for kind, wanted in (("policy", ["market.price", "events.x.contracts.fee"]), ("ablation", [])):
        file.write_text(f'kind = "{kind}"\n{text}')
        found = find_warnings(load_scenario(file))
        assert [problem.key for problem in found] == wanted
    file.write_text(text)
    first, dated = map(str, find_warnings(load_scenario(file)))
    assert "events.x.contracts.fee: 0.6 is outside the plausible range, 0.03 to 0.15, and" in dated
    assert "mine.toml:3" in first and "outside the plausible range, 0.5 to 0.9, and" in first

"""The model's own sections: every parameter is documented and loads at its bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.model.parameters import attribute
from sim.model.register import SHIPPED
from sim.scenario import describe, load_scenario, shipped_names
from sim.scenario.describe import find_warnings
from sim.scenario.scenario import Horizon
from sim.scenario.toml_file import bounds


def test_every_parameter_is_documented_and_loads_at_its_bounds() -> None:
    ends: tuple[dict[str, float], ...] = {}, {}
    horizon = {f"horizon.{name}": field for name, field in Horizon.model_fields.items()}
    for path, field in (SHIPPED.parameters | horizon).items():
        assert field.description and field.description.strip().endswith("."), path
        assert attribute(field, "unit") and attribute(field, "source"), path
        assert attribute(field, "evidence") in (1, 2, 3), path
        low, high = bounds(field)
        assert (low is None) == (high is None) == (field.annotation is bool), path
        if low is not None and high is not None:
            least, most = attribute(field, "plausible") or (low, high)
            assert low <= least <= field.default <= most <= high and least < most, path
            for values, end in zip(ends, (low, high), strict=True):
                values[path] = end
    for values in ends:
        scenario = load_scenario("baseline", factors=values)
        assert {path: scenario.value(path) for path in values} == values


def test_what_applies_once_a_year_is_dated_by_years(tmp_path: Path) -> None:
    file = tmp_path / "within.toml"
    text = 'extends = "baseline"\n[[events]]\nname = "x"\ndate = {}\nuntil = {}\n'
    for dates, line in (((2030.25, 2032), 4), ((2030, 2031.5), 5)):
        file.write_text(text.format(*dates) + "history.income_growth = 0.0\n")
        with pytest.raises(InputError, match=rf":{line}: .*must be a year, such as.*once a year"):
            load_scenario(file)
        file.write_text(text.format(*dates) + "west.aid_growth = 0.0\n")
        load_scenario(file)


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_scenarios_have_title_and_question_and_no_warning(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.title and scenario.question
    assert not [w for w in find_warnings(scenario) if "all runs one value" not in w.text]
    # What the evidence leaves open of a value that applies without an event is not the event's.
    assert not any(
        row["plausible"] or row["evidence"] for row in describe(scenario) if row["event"]
    )

"""The model's own sections: every parameter loads over its range, and editors know it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.parameters import attribute
from sim.rules import SHIPPED
from sim.scenario import describe, json_schema, load_scenario, shipped_names
from sim.scenario.schema import bounds

PARAMETERS = [
    (name, key) for name, section in SHIPPED.sections.items() for key in section.model_fields
]
MOST_SECONDS = 0.05


@pytest.mark.parametrize(("name", "key"), PARAMETERS)
def test_every_parameter_is_documented_and_loads_at_its_bounds(
    tmp_path: Path, name: str, key: str
) -> None:
    """Bounds are inclusive; beyond them is a mistake; unit, source and doc are there."""
    field = SHIPPED.sections[name].model_fields[key]
    assert field.description
    assert attribute(field, "unit")
    assert attribute(field, "source")
    low, high = bounds(field)
    if low is None or high is None:
        assert field.annotation is bool
        return
    plausible = attribute(field, "plausible") or [low, high]
    assert low <= plausible[0] <= field.default <= plausible[1] <= high
    file = tmp_path / "bounds.toml"
    file.write_text('title = "bounds"\n')
    for value in (low, high):
        scenario = load_scenario(file, factors={f"{name}.{key}": value})
        assert getattr(scenario.sections[name], key) == value


def test_what_applies_once_a_year_is_dated_by_years(tmp_path: Path) -> None:
    file = tmp_path / "within.toml"
    text = 'extends = "baseline"\n[[events]]\nname = "x"\ndate = {}\nuntil = {}\n'
    for dates, where in (((2030.25, 2032), "4:8"), ((2030, 2031.5), "5:9")):
        file.write_text(text.format(*dates) + "history.income_growth = 0.0\n")
        with pytest.raises(InputError, match=rf":{where}: .*must be a year, such as.*once a year"):
            load_scenario(file)
        file.write_text(text.format(*dates) + "west.aid_growth = 0.0\n")
        load_scenario(file)


@given(data=st.data())
def test_any_parameter_in_range_comes_back_from_a_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A value written in a file, as a base value or by an event, is the value in force."""
    name, key = data.draw(st.sampled_from(PARAMETERS))
    field = SHIPPED.sections[name].model_fields[key]
    low, high = bounds(field)
    if low is None or high is None:
        value = data.draw(st.booleans())
    elif field.annotation is int:
        value = data.draw(st.integers(int(low), int(high)))
    else:
        value = data.draw(st.floats(low, high))
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    file = tmp_path_factory.getbasetemp() / "real.toml"
    file.write_text(f"[{name}]\n{key} = {text}\n")
    scenario = load_scenario(file)
    assert getattr(scenario.sections[name], key) == value
    assert scenario.origins[f"{name}.{key}"].line == 2
    file.write_text(f'[[events]]\nname = "e"\ndate = 2010\n{name}.{key} = {text}\n')
    scenario = load_scenario(file)
    assert getattr(scenario.periods()[-1].sections[name], key) == value
    assert sum(period.quarters for period in scenario.periods()) == scenario.quarters


def test_the_schema_of_editors_has_every_parameter() -> None:
    """Each parameter is there with its default."""
    definitions = json_schema()["definitions"]
    for name, key in PARAMETERS:
        assert "default" in definitions[name]["properties"][key]


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_scenarios_load(name: str) -> None:
    """Each loads, has a title and a question, and is described whole."""
    scenario = load_scenario(name)
    assert scenario.title
    assert scenario.question
    rows = describe(scenario)
    assert {row.path for row in rows} == set(scenario.origins)
    # What the evidence leaves open of a value that applies without an event is not the event's.
    assert not any(row.plausible or row.evidence for row in rows if row.event_section)


def test_loading_is_quick(tmp_path: Path) -> None:
    """A file loads in well under a blink, so that studies of thousands of points can load each."""
    file = tmp_path / "quick.toml"
    events = (
        f'[[events]]\nname = "e{n}"\ndate = {2010 + n}\nchina.epoch = {n % 4}\n' for n in range(20)
    )
    file.write_text("".join(events))
    load_scenario(file)
    took = []
    for _ in range(3):  # what else the machine does meanwhile must not decide
        begun = time.process_time()
        load_scenario(file).periods()
        took.append(time.process_time() - begun)
    assert min(took) < MOST_SECONDS

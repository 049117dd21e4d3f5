"""Values of a scenario with range and origin; and warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from sim.model.parameters import attribute
from sim.scenario.forms import EVENT_KEYS, EventForm
from sim.scenario.keys import find_key
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.resolve import DATES, EVENTS
from sim.scenario.scenario import Scenario
from sim.scenario.scope import WHERE, Scope, where_of
from sim.scenario.toml_file import FACTOR, SET, Origin, Problem, bounds, in_reading_order
from sim.world.seeds import shipped_seeds

EVIDENCE = ("plausible", "varied", "source", "evidence")
type Row = dict[str, Any]
"""A value and its parameter's declaration, by name.

`default` is the schema's; None for relative values, events and values for some countries.
`changed`: whether the scenario's own file or `--set` sets it. `section` is empty for dates of
events, `event` outside events. `low` and `high` are None for a switch, `plausible` where it has no
range, `varied` where no study draws it.
"""


def describe(scenario: Scenario) -> list[Row]:
    """Return a row for each value: the horizon, sections, values for some countries, events."""
    paths = sorted(scenario.origins, key=lambda path: path.startswith(f"{EVENTS}."))
    return [_row(scenario, path) for path in paths]


def described(field: FieldInfo) -> Row:
    low, high = bounds(field)
    return {
        "default": field.default,
        "unit": attribute(field, "unit") or "",
        "low": low,
        "high": high,
        **{name: attribute(field, name) for name in EVIDENCE},
        "doc": field.description or "",
    }


def _row(scenario: Scenario, path: str) -> Row:
    value, section, is_plain = scenario.value(path), "", False
    origin = scenario.origins[path]
    event, _, name = path.removeprefix(f"{EVENTS}.").partition(".")
    event = event if path.startswith(f"{EVENTS}.") else ""
    if event and name in EVENT_KEYS:
        declared = described(EventForm.model_fields[name])
        if name in DATES:
            start, end = scenario.horizon.start, scenario.horizon.end + 1
            declared |= {"low": start, "high": end}
        if name == WHERE:
            declared["doc"] = f"{countries_of(where_of(value).scope, scenario)}."
    else:
        key = find_key(path, scenario.rules)
        section, is_plain = key.bare.partition(".")[0], path == key.bare
        # What evidence says is of the value that applies without an event.
        silent = (*EVIDENCE, "low", "high") if key.how else EVIDENCE if event else ()
        declared = described(key.field) | dict.fromkeys(silent)
    return {
        "path": path,
        "value": value,
        "changed": origin.file in (scenario.files[-1], FACTOR.file, SET.file),
        "origin": str(origin),
        "section": section,
        "event": event,
        **declared,
        "default": declared["default"] if is_plain else None,
    }


def countries_of(scope: Scope, scenario: Scenario) -> str:
    """Return number and names of a scope's countries: `2 countries: Kenya, Serbia`."""
    named = {state.iso3: state.name for state in (scenario.seeds or shipped_seeds()).countries}
    count = "1 country" if len(scope.states) == 1 else f"{len(scope.states)} countries"
    return f"{count}: {', '.join(named[code] for code in scope.states)}"


def groups_of(scenario: Scenario) -> list[str]:
    groups = {f"event {event.name}": event.scope for event in scenario.events}
    groups |= {given.path: given.scope for given in scenario.assignments}
    return [f"{of}: {countries_of(s, scenario)}" for of, s in groups.items() if s]


# --- Warnings -------------------------------------------------------------------------------------


# What is allowed but often a mistake, such as one value where the evidence leaves a range open.
def find_warnings(scenario: Scenario) -> list[Problem]:
    warnings = [*_narrowed_values(scenario)]
    if len(scenario.files) == 1 and all(given.is_usual for given in scenario.assignments):
        text = (
            "the file neither extends a scenario nor has events: all that it does not set has its "
            'default, which is not the baseline; write extends = "baseline"'
        )
        warnings.append(Problem(Origin(scenario.files[0], 1), "", text))
    return in_reading_order(warnings)


MEANT_IN = ("baseline", "ablation", "null", "storyline")


def _narrowed_values(scenario: Scenario) -> Iterator[Problem]:
    columns = {} if scenario.kind in MEANT_IN else shipped_plausible().columns
    for given in scenario.assignments:
        parameter, value = scenario.rules.parameters.get(given.bare), given.value
        if not columns or given.how or given.origin.file != scenario.files[-1]:
            continue
        # Nothing at all, or everything, is meant for all runs.
        if parameter is None or parameter.annotation is not float or value in bounds(parameter):
            continue
        low, high = attribute(parameter, "plausible") or (value, value)
        texts = []
        if not low <= value <= high:
            texts.append(f"is outside the plausible range, {low:g} to {high:g}")
        if column := columns.get(given.bare):
            ends = f"{min(column):.3g} to {max(column):.3g}"
            texts.append(
                f"gives all runs one value, where theirs differ ({ends}); "
                "{ times = … } and { plus = … } change each run's"
            )
        if texts:
            yield Problem(given.origin, given.path, f"{value:g} {', and '.join(texts)}")

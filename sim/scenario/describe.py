"""Every value of a scenario, its range and its origin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from sim.parameters import attribute
from sim.scenario.file import EventForm
from sim.scenario.scenario import DATES, EVENTS, WHEN, Scenario
from sim.scenario.scope import WHERE, bare_key
from sim.scenario.toml_file import bounds

EVIDENCE = ("plausible", "source", "evidence")
type Row = dict[str, Any]
"""A value with what its parameter declares, by name.

`path`: the dotted key. `value`. `default`: the schema's; None for values of events or for some
countries. `changed`: whether it differs from that; an event's always do. `origin`: where it comes
from. `section`: whose key it is; empty for dates of events. `event`: the event's name, or empty.
`unit`. `low`, `high`: what is allowed; None for a switch. `plausible`: the range that the evidence
leaves open, with `source` and `evidence`; None if it has none. `doc`: what it means.
"""


def describe(scenario: Scenario) -> list[Row]:
    """Return a row for each value: the horizon, sections, values of some countries, events."""
    return list(_rows(scenario))


def described(field: FieldInfo) -> Row:
    """Return what a parameter declares, without its path and value; see :data:`Row`."""
    low, high = bounds(field)
    return {
        "default": field.default,
        "unit": attribute(field, "unit") or "",
        "low": low,
        "high": high,
        **{name: attribute(field, name) for name in EVIDENCE},
        "doc": field.description or "",
    }


def _rows(scenario: Scenario) -> Iterator[Row]:
    tables = {"horizon": scenario.horizon, **scenario.sections}

    def row(path: str, value: Any, parameter: str = "", event: str = "", **said: Any) -> Row:
        section, _, key = bare_key(parameter).partition(".")
        field = type(tables[section]).model_fields[key] if parameter else FieldInfo()
        is_relative = parameter != bare_key(parameter)
        # What evidence says is of the value that applies without an event.
        silent = (*EVIDENCE, "low", "high") if is_relative else EVIDENCE if event else ()
        return {
            "path": path,
            "value": value,
            "changed": path != parameter or value != field.default,
            "origin": str(scenario.origins[path]),
            "section": section,
            "event": event,
            **described(field),
            **({} if path == parameter else {"default": None}),
            **dict.fromkeys(silent),
            **said,
        }

    for name, section in tables.items():
        for key in type(section).model_fields:
            yield row(f"{name}.{key}", getattr(section, key), f"{name}.{key}")
    for scoped in scenario.values:
        yield row(scoped.key, scoped.value, scoped.path)
    ends: Row = {"unit": "year", "low": scenario.horizon.start, "high": scenario.horizon.end + 1}
    for event in scenario.events:
        prefix = f"{EVENTS}.{event.name}."
        for key, date in zip(DATES, (event.date, event.until), strict=True):
            if date is not None:
                doc = EventForm.model_fields[key].description
                yield row(prefix + key, date, event=event.name, doc=doc, **ends)
        if event.when:
            doc = EventForm.model_fields[WHEN].description
            yield row(prefix + WHEN, str(event.when), event=event.name, doc=doc)
        if event.scope:
            doc = f"Countries: {len(event.scope.states)}."
            yield row(prefix + WHERE, event.scope.label, event=event.name, doc=doc)
        for path, value in event.sets.items():
            yield row(prefix + path, value, path, event.name)

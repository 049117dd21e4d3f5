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


def _rows(scenario: Scenario) -> Iterator[Row]:
    tables = {"horizon": scenario.horizon, **scenario.sections}

    def row(path: str, value: Any, parameter: str = "", event: str = "", **said: Any) -> Row:
        section, _, key = bare_key(parameter).partition(".")
        field = type(tables[section]).model_fields[key] if parameter else FieldInfo()
        is_relative = parameter != bare_key(parameter)
        low, high = (None, None) if is_relative else bounds(field)
        evidence = {name: attribute(field, name) for name in ("plausible", "source", "evidence")}
        return {
            "path": path,
            "value": value,
            "default": field.default if path == parameter else None,
            "changed": path != parameter or value != field.default,
            "origin": str(scenario.origins[path]),
            "section": section,
            "event": event,
            "unit": attribute(field, "unit") or "",
            "low": low,
            "high": high,
            # What evidence says is of the value that applies without an event.
            **(dict.fromkeys(evidence) if event or is_relative else evidence),
            "doc": field.description or "",
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

"""Every value of a scenario, what it may be and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sim.parameters import Section
from sim.scenario.reading.settings import Origin
from sim.scenario.resolved import Scenario
from sim.scenario.schema import Declaration
from sim.scenario.targets import WHERE, Target


@dataclass(frozen=True, kw_only=True)
class Row(Declaration):
    """One value, with what its parameter declares.

    Attributes:
        path: The parameter's dotted key.
        value: What the scenario makes of it.
        default: The schema's default; None for values of events or for some states.
        origin: Where the value comes from.
    """

    path: str
    value: Any
    default: Any
    origin: Origin

    @property
    def changed(self) -> bool:
        """Whether it differs from the schema's default; an event's values always do."""
        return self.default is None or self.value != self.default

    @property
    def section(self) -> str:
        """Its table in the file: ``horizon``, a section, or ``events``."""
        return self.path.partition(".")[0]

    @property
    def event_section(self) -> str:
        """The section that an event's value belongs to, or an empty string."""
        parts = self.path.split(".")
        return parts[2] if parts[0] == "events" and len(parts) == len(_EVENT_PATH) else ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        first = {name: getattr(self, name) for name in ("path", "value", "default")}
        return {**first, **vars(self), "origin": str(self.origin), "changed": self.changed}


_EVENT_PATH = ("events", "name", "section", "key")


def describe(scenario: Scenario) -> list[Row]:
    """Return a row for each value: the horizon, the sections, those of some states, the events."""
    rows: list[Row] = []
    for name, section in {"horizon": scenario.horizon, **scenario.sections}.items():
        for key in type(section).model_fields:
            path = f"{name}.{key}"
            rows.append(_row(path, type(section), key, getattr(section, key), scenario))
    for value in scenario.values:
        name, _, key = value.path.partition(".")
        rows.append(_row(value.key, type(scenario.sections[name]), key, value.value, scenario))
    return rows + list(_event_rows(scenario))


def _event_rows(scenario: Scenario) -> Iterator[Row]:
    for event in scenario.events:
        prefix = f"events.{event.name}."
        dates = {"date": (event.date, _BEGINS), "until": (event.until, _ENDS)}
        for key, (date, doc) in dates.items():
            if date is not None:
                low, high = scenario.horizon.start, scenario.horizon.end + 1
                origin, declared = scenario.origins[prefix + key], Declaration("year", low, high)
                yield _of(prefix + key, date, replace(declared, doc=doc), origin)
        if event.target:
            path, doc = f"{prefix}{WHERE}", f"For {counted(event.target)}."
            yield _of(path, event.target.label, Declaration(doc=doc), scenario.origins[path])
        for path, value in event.sets.items():
            name, _, key = path.partition(".")
            row = _row(prefix + path, type(scenario.sections[name]), key, value, scenario)
            # Range, source and grade are of the value that applies without the event.
            yield replace(row, plausible=None, source="", evidence=0)


def counted(target: Target) -> str:
    """Return how many states a target names: "1 state", "49 states"."""
    count = len(target.states)
    return f"{count} state" if count == 1 else f"{count} states"


_BEGINS = "First quarter in force."
_ENDS = "First quarter no longer in force."


def _row(path: str, section: type[Section], key: str, value: Any, scenario: Scenario) -> Row:
    field = section.model_fields[key]
    default = None if path.startswith("events.") or path.endswith("]") else field.default
    return _of(path, value, Declaration.of(field), scenario.origins[path], default)


def _of(path: str, value: Any, declared: Declaration, origin: Origin, default: Any = None) -> Row:
    return Row(path=path, value=value, default=default, origin=origin, **vars(declared))

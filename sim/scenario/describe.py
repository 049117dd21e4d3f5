"""Every value of a scenario, what it may be and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.parameters import attribute
from sim.scenario.scenario import DATES, EVENTS, Scenario
from sim.scenario.scope import WHERE, bare_key
from sim.scenario.toml_file import Origin, bounds


@dataclass(frozen=True, kw_only=True)
class Row:
    """One value, with what its parameter declares.

    Attributes:
        path: The parameter's dotted key.
        value: What the scenario makes of it.
        default: The schema's default; None for values of events or for some countries.
        origin: Where the value comes from.
        unit: Its unit, or an empty string.
        low: Least value allowed; None for a switch.
        high: Largest value allowed; None for a switch.
        plausible: The range that the evidence leaves open, or None.
        source: Where default and range come from.
        evidence: 3 several figures, 2 one figure or the sign alone, 1 an assumption; 0 for dates.
        doc: What the parameter means.
    """

    path: str
    value: Any
    default: Any = None
    origin: Origin
    unit: str = ""
    low: float | None = None
    high: float | None = None
    plausible: tuple[float, float] | None = None
    source: str = ""
    evidence: int = 0
    doc: str = ""

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
        return parts[2] if parts[0] == EVENTS and parts[3:] else ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**vars(self), "origin": str(self.origin), "changed": self.changed}


def describe(scenario: Scenario) -> list[Row]:
    """Return a row for each value: the horizon, sections, values of some countries, events."""
    return list(_rows(scenario))


def _rows(scenario: Scenario) -> Iterator[Row]:
    tables = {"horizon": scenario.horizon, **scenario.sections}

    def row(path: str, value: Any, of: str = "", **said: Any) -> Row:
        """Return a row; with what the parameter `of` declares, if it is one's."""
        if of:
            name, _, key = of.partition(".")
            field = type(tables[name]).model_fields[key]
            low, high = bounds(field)
            said |= {"low": low, "high": high, "unit": attribute(field, "unit")}
            said["doc"] = field.description
            if path == of:
                said["default"] = field.default
            # What evidence says is of the value that applies without an event.
            if not path.startswith(f"{EVENTS}."):
                said |= {name: attribute(field, name) for name in ("source", "evidence")}
                said["plausible"] = tuple(attribute(field, "plausible") or ()) or None
        return Row(path=path, value=value, origin=scenario.origins[path], **said)

    for name, section in tables.items():
        for key in type(section).model_fields:
            yield row(f"{name}.{key}", getattr(section, key), f"{name}.{key}")
    for value in scenario.values:
        yield row(value.key, value.value, bare_key(value.path))
    low, high = scenario.horizon.start, scenario.horizon.end + 1
    for event in scenario.events:
        prefix = f"{EVENTS}.{event.name}."
        docs = ("First quarter in force.", "First quarter no longer in force.")
        for key, date, doc in zip(DATES, (event.date, event.until), docs, strict=True):
            if date is not None:
                yield row(prefix + key, date, unit="year", low=low, high=high, doc=doc)
        if event.scope:
            yield row(
                prefix + WHERE, event.scope.label, doc=f"For {len(event.scope.states)} countries."
            )
        for path, setting in event.sets.items():
            yield row(prefix + path, setting, path)

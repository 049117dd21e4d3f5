"""Every value of a scenario, what it may be and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.parameters import Section, attribute
from sim.scenario.resolved import Scenario
from sim.scenario.schema import bounds
from sim.scenario.settings import Origin
from sim.scenario.targets import WHERE, Target


@dataclass(frozen=True)
class Row:
    """One value.

    Attributes:
        path: Its dotted key.
        value: The value.
        default: The schema's default; None for values of events or for some states.
        unit: Its unit.
        low: Least value allowed; None for a switch.
        high: Largest value allowed; None for a switch.
        plausible: The range that the evidence leaves open, or None.
        source: Where default and range come from.
        evidence: 3 several figures, 2 one figure or the sign alone, 1 an assumption; 0 for dates.
        doc: What it is.
        origin: Where the value comes from.
    """

    path: str
    value: Any
    default: Any
    unit: str
    low: float | None
    high: float | None
    plausible: tuple[float, float] | None
    source: str
    evidence: int
    doc: str
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
        return {**vars(self), "origin": str(self.origin), "changed": self.changed}


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
                origin = scenario.origins[prefix + key]
                yield Row(prefix + key, date, None, "year", low, high, None, "", 0, doc, origin)
        if event.target:
            path, doc = f"{prefix}{WHERE}", f"For {counted(event.target)}."
            label = event.target.label
            origin = scenario.origins[path]
            yield Row(path, label, None, "", None, None, None, "", 0, doc, origin)
        for path, value in event.sets.items():
            name, _, key = path.partition(".")
            yield _row(prefix + path, type(scenario.sections[name]), key, value, scenario)


def counted(target: Target) -> str:
    """Return how many states a target names: "1 state", "49 states"."""
    count = len(target.states)
    return f"{count} state" if count == 1 else f"{count} states"


_BEGINS = "First quarter in force."
_ENDS = "First quarter no longer in force."


def _row(path: str, section: type[Section], key: str, value: Any, scenario: Scenario) -> Row:
    field = section.model_fields[key]
    plausible = attribute(field, "plausible")
    low, high = bounds(field)
    return Row(
        path=path,
        value=value,
        default=None if path.startswith("events.") or path.endswith("]") else field.default,
        unit=attribute(field, "unit") or "",
        low=low,
        high=high,
        plausible=(plausible[0], plausible[1]) if plausible else None,
        source=attribute(field, "source") or "",
        evidence=attribute(field, "evidence") or 0,
        doc=field.description or "",
        origin=scenario.origins[path],
    )

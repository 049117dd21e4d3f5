"""What a factor can vary: a parameter, a date of an event, what an event sets, the scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sim.experiment.experiment import SCENARIO
from sim.parameters import Cell
from sim.scenario import Horizon, Problem, Scenario, Sections
from sim.scenario.events import Draft, check_dates, check_event
from sim.scenario.reading.problems import suggest
from sim.scenario.reading.settings import Setting
from sim.scenario.schema import (
    Declaration,
    as_declared,
    check_section,
    fit_kind,
    unknown_section,
)
from sim.scenario.targets import read_path, split_target

type Sort = Literal["number", "whole", "switch", "date", "scenario"]
"""What a key's values are."""

_SORTS: dict[Any, Sort] = {bool: "switch", int: "whole"}

DATES = {"date": "Date", "until": "End"}
"""An event's keys besides the sections that it sets, with their titles."""

NO_HORIZON = "all points share one horizon; set horizon in the base scenario, or with --set"


@dataclass(frozen=True, kw_only=True)
class Key(Declaration):
    """A dotted key that can be varied, with what its parameter declares.

    Attributes:
        path: The key as files have it.
        sort: What its values are.
        section: The parameter's section; empty for dates and the scenario.
        name: The parameter, ``date`` or ``until``.
        event: The event whose value it is, or an empty string.
        title: Title for figures, where the file gives none.
    """

    path: str
    sort: Sort
    section: str = ""
    name: str = ""
    event: str = ""
    title: str = ""

    def fault(self, setting: Setting, sections: Sections, horizon: Horizon) -> Problem | None:
        """Return what is wrong with a value, by itself."""
        if self.sort == "scenario":
            return None  # looked up when the scenarios are loaded
        if self.sort == "date":
            draft = Draft(self.event, setting.origin, {self.name: setting}, horizon)
            faults = check_event(draft, sections) or check_dates([draft], horizon)
        else:
            prefix = f"events.{self.event}." if self.event else ""
            settings = {self.name: setting}
            faults = check_section(self.section, sections[self.section], settings, prefix=prefix)
        return faults[0] if faults else None

    def cell(self, value: Any, sections: Sections) -> Cell:
        """Return a right value in the kind that the key declares."""
        if self.sort == "date":
            return float(value)
        if self.sort == "scenario":
            return str(value)
        section = sections[self.section]
        cell: Cell = as_declared(section, self.name, fit_kind(section, self.name, value))
        return cell


def find_key(path: str, sections: Sections, scenarios: Mapping[str, Scenario]) -> Key | str:
    """Return the key of a dotted path, or what is wrong with the path.

    Args:
        path: What the file names.
        sections: The model's parameters, among which it is looked up.
        scenarios: The scenarios in which an event must exist; empty: not looked up.
    """
    if path == SCENARIO:
        return Key(path=path, sort="scenario", title="Scenario")
    first, _, rest = path.partition(".")
    if first == "horizon":
        return f"cannot be varied: {NO_HORIZON}"
    if "[" in path:
        return _targeted(path, sections)
    if first != "events":
        return _parameter(path, first, rest, "", sections)
    event, _, key = rest.partition(".")
    for name, scenario in scenarios.items():
        known = [one.name for one in scenario.events]
        if event not in known:
            return (
                f"the scenario {name!r} has no event {event!r}; {suggest(event, known, 'events')}"
            )
    if key in DATES:
        title = f"{DATES[key]} of {event}"
        return Key(path=path, sort="date", name=key, event=event, title=title, unit="year")
    section, _, parameter = key.partition(".")
    if not section:
        return f"name what of the event varies: events.{event or 'NAME'}.date, .until, .SECTION.KEY"
    return _parameter(path, section, parameter, event, sections)


def _targeted(path: str, sections: Sections) -> Key | str:
    """Return the key of a value for some states, or one vendor; or what is wrong with its path."""
    parsed = read_path(path, sections)
    if isinstance(parsed, str):
        return parsed
    section, _, name = split_target(parsed[0])[0].partition(".")
    key = _parameter(path, section, name, "", sections)
    if isinstance(key, str) or parsed[1] is None:
        return key
    return replace(key, title=f"{key.title} where {parsed[1].label}")


def _parameter(path: str, name: str, key: str, event: str, sections: Sections) -> Key | str:
    """Return a parameter's key, or what is wrong with it."""
    if name not in sections:
        return unknown_section(name, sections, DATES if event else (SCENARIO, "events"))
    if not key:
        return f"{name} is a section; name one of its keys: {name}.KEY"
    section = sections[name]
    field = section.model_fields.get(key)
    if field is None:
        return f"unknown key; {suggest(key, tuple(section.model_fields), 'keys here')}"
    sort = _SORTS.get(field.annotation, "number")
    title = parameter_title(name, key)
    declared = vars(Declaration.of(field)) | ({"unit": ""} if sort == "switch" else {})
    return Key(
        path=path,
        sort=sort,
        section=name,
        name=key,
        event=event,
        title=f"{title} from {event} on" if event else title,
        **declared,
    )


def parameter_title(section: str, key: str) -> str:
    """A parameter's title for figures: "Exit cost (contracts)"."""
    return f"{key.replace('_', ' ').capitalize()} ({section})"

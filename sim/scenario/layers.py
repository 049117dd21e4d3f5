"""Layers of a scenario: settings that override each other, with origins, and their errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from sim.errors import nearest
from sim.model.parameters import Section, attribute
from sim.model.register import Rules
from sim.model.units import QUARTERS
from sim.scenario.forms import EVENT_KEYS, ScenarioForm, tables_of
from sim.scenario.keys import Key, expand, find_key, read_value
from sim.scenario.scenario import (
    ABSOLUTE,
    DATES,
    EVENTS,
    WHEN,
    Event,
    Horizon,
    Scenario,
    ScopedValue,
    in_effect_order,
    split_key,
)
from sim.scenario.scope import WHERE, Scope, representatives
from sim.scenario.toml_file import (
    DEFAULT,
    FileError,
    Origin,
    ParsedFile,
    Problem,
    bounds,
)

# The engine has a set of parameters for each combination of conditions met.
MOST_CONDITIONS = 4


@dataclass(frozen=True)
class Setting:
    key: Key
    value: Any
    origin: Origin


class Layers:
    """All settings, the later over the earlier, and their errors.

    Attributes:
        settings: By the key that origins have.
        places: Where each event is written, by name, in order.
        below: The files that each file extends, in the order of reading.
        history: Each value of a key, or form of an event, in files, with its place.
    """

    def __init__(self, name: str, rules: Rules) -> None:
        self.name, self.rules = name, rules
        self.problems: list[Problem] = []
        self.settings: dict[str, Setting] = {}
        self.places: dict[str, Origin] = {}
        self.below: dict[str, set[str]] = {}
        self.history: dict[str, list[tuple[Any, Origin]]] = {}

    def wrong(self, origin: Origin, key: str, text: str) -> None:
        self.problems.append(Problem(origin, key, text))

    def set(self, key: Key, value: Any, origin: Origin) -> None:
        for_some = key.scope or self.settings.get(f"{EVENTS}.{key.event}.{WHERE}")
        if for_some and attribute(key.field, "of_world"):
            raise ValueError("is one for the whole world, for no countries alone; leave out where")
        if key.event and key.event not in self.places:
            hint = nearest(key.event, self.places)
            raise ValueError(f"the scenario has no event {key.event!r}{hint}")
        when = self.settings.get(f"{EVENTS}.{key.event}.{WHEN}")
        if when and key.bare in DATES:
            raise ValueError(f"has no date: it begins when {when.value}")
        if key.scope:
            self.settings.pop(key.path, None)  # the last that names a country counts
        self.settings[key.path] = Setting(key, value, origin)
        if not key.event:
            self.history.setdefault(key.path, []).append((value, origin))

    def override(self, origin: Origin, given: Mapping[str, Any]) -> None:
        """Set values by dotted key over the layers below; a text is read as a TOML value."""
        changed: dict[str, None] = {}
        read = ((path, read_value(text)) for path, text in given.items())
        for path, value in expand(read).items():
            try:
                key = find_key(path, self.rules)
                self.set(key, key.check(value), origin)
                changed[key.event] = None
            except ValueError as error:
                self.wrong(origin, path, str(error))
        # A date and its end may be set one after the other: they are checked together, at the end.
        for event in changed.keys() & self.places.keys():
            self.check_dates(event)

    def lay_sections(
        self, file: ParsedFile, entry: Any, event: str = "", scope: Scope | None = None
    ) -> None:
        tables = tables_of(self.rules)
        for name, table in entry:
            given = table.model_dump(exclude_unset=True) if table and name in tables else {}
            for key, value in given.items():
                path = (*table._path, key)
                for dotted, number in expand([(f"{name}.{key}", value)]).items():
                    bare, how = split_key(dotted)
                    with file.noting(path):
                        whole = Key(bare, tables[name], event, scope, how)
                        self.set(whole, number, file.origin(path))

    def event(self, name: str) -> Event:
        sets = {s.key.setting: s.value for s in self.settings.values() if s.key.event == name}
        date, when, until, scope = (sets.pop(key, None) for key in EVENT_KEYS if key != "name")
        return Event(name, date, until, sets, self.places[name], scope, when)

    def drop(self, event: str) -> None:
        self.places.pop(event, None)
        self.settings = {p: s for p, s in self.settings.items() if s.key.event != event}

    def section[S: Section](self, name: str, kind: type[S]) -> S:
        paths = {key: f"{name}.{key}" for key in kind.model_fields}
        given = {k: self.settings[path].value for k, path in paths.items() if path in self.settings}
        return kind.model_validate(given)

    def scenario(self, form: ScenarioForm) -> Scenario:
        horizon = self.section("horizon", Horizon)
        if horizon.start >= horizon.end:
            text = f"must be later than the start, {horizon.start}, not {horizon.end}"
            ends = (self.settings.get(path) for path in ("horizon.end", "horizon.start"))
            self.wrong(next(end.origin for end in ends if end), "horizon.end", text)
        events = tuple(map(self.event, self.places))
        self.check_conflicts(events)
        FileError.refuse(self.problems, self.name)
        tables = {n: self.section(n, kind) for n, kind in tables_of(self.rules).items()}
        keys = (f"{name}.{key}" for name, t in tables.items() for key in type(t).model_fields)
        values = (
            ScopedValue(s.key.setting, s.key.scope, s.value)
            for s in self.settings.values()
            if not s.key.event and (s.key.scope or s.key.how)
        )
        scenario = Scenario(
            self.name,
            form.title or self.name,
            form.question,
            horizon,
            {name: tables[name] for name in self.rules.sections},
            events,
            dict.fromkeys(keys, DEFAULT) | {path: s.origin for path, s in self.settings.items()},
            in_effect_order(values),
            files=tuple(self.below),
            rules=self.rules,
            kind=form.kind,
        )
        if len(scenario.conditions) > MOST_CONDITIONS:
            text = f"at most {MOST_CONDITIONS} different conditions (when)"
            self.wrong(events[-1].origin, EVENTS, text)
        else:
            self.check_relative(scenario)
        FileError.refuse(self.problems, self.name)
        return scenario

    # What is wrong with them together

    def check_conflicts(self, events: Iterable[Event]) -> None:
        for path, given in self.history.items():
            value, origin = given[-1]
            for before, place in given[:-1]:
                if before != value:
                    self._note_conflict(path, origin, place)
        for earlier, event in combinations(events, 2):
            scopes = [{*each.scope.states} for each in (earlier, event) if each.scope]
            meet = len(scopes) < 2 or scopes[0] & scopes[1]
            if not meet or (earlier.date, earlier.when) != (event.date, event.when):
                continue
            for path, value in event.sets.items():
                is_other = earlier.sets.get(path, value) != value
                if is_other and split_key(path)[1] == ABSOLUTE:
                    key = f"{EVENTS}.{event.name}.{path}"
                    self._note_conflict(key, event.origin, earlier.origin)

    def _note_conflict(self, path: str, origin: Origin, other: Origin) -> None:
        files = {origin.file, other.file}
        beside = len(files) == 2 and files <= self.below.keys()
        # A file that extends another overrides it on purpose; between two files that do not, the
        # order would be chance.
        if beside and not any(files & self.below[file] for file in files):
            text = f"{other.place} sets it differently: set it in {self.name}, or leave one out"
            self.wrong(origin, path, text)

    def check_dates(self, name: str) -> None:
        # The horizon is that of the layers so far: a scenario or `--set` that shortens it need not
        # drop later events.
        event, step = self.event(name), 1 / QUARTERS
        horizon = self.section("horizon", Horizon)
        if event.date is None:
            return
        of_event = [s.key for s in self.settings.values() if s.key.event == name]
        yearly = [key.setting for key in of_event if attribute(key.field, "yearly")]
        last = horizon.end + 1
        for key, date, low, high, after in (
            ("date", event.date, horizon.start, last - step, ""),
            ("until", event.until, event.date + step, last, " and after its date"),
        ):
            path, text = f"{EVENTS}.{name}.{key}", ""
            if date is not None and not low <= date <= high:
                text = f"must be within the horizon{after}, from {low:g} to {high:g}, not {date:g}"
            elif date is not None and date % 1 and yearly:
                text = f"must be a year, such as {math.ceil(date)}, not {date:g}: {yearly[0]}"
                text += " applies once a year, in its first quarter"
            if text:
                self.wrong(self.settings[path].origin, path, text)

    def check_relative(self, scenario: Scenario) -> None:
        relative = {path: s for path, s in self.settings.items() if s.key.how}
        for variant in scenario.variants() if relative else ():
            periods = product(variant.change_quarters(), representatives(scenario.classes()))
            for values in (variant.values_in(quarter, code) for quarter, code in periods):
                for path, setting in relative.items():
                    value, (low, high) = values[setting.key.bare], bounds(setting.key.field)
                    if low is not None and high is not None and not low <= value <= high:
                        text = f"would be {value:.6g}; allowed: {low:g} to {high:g}"
                        self.wrong(setting.origin, path, text)

"""Layers of a scenario: settings that override each other, with origins, and their errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from sim.errors import nearest
from sim.parameters import attribute
from sim.rules import Rules
from sim.scenario.forms import ScenarioForm, tables_of
from sim.scenario.keys import Key, expand, find_key, read_value
from sim.scenario.resolve import (
    ABSOLUTE,
    DATES,
    EVENTS,
    WHEN,
    Assignment,
    Event,
    beyond_bounds,
    put,
    split_key,
)
from sim.scenario.scenario import Scenario
from sim.scenario.scope import WHERE, Scope, representatives
from sim.scenario.toml_file import FileError, Origin, ParsedFile, Problem
from sim.units import QUARTERS

# The engine has a set of parameters for each combination of conditions met.
MOST_CONDITIONS = 4


class Layers:
    """All assignments, the later over the earlier, and their errors.

    Attributes:
        kept: Of each key the last, by the key that origins have.
        places: Where each event is written, by name, in order.
        below: The files that each file extends, in the order of reading.
        history: Each value of a key, or form of an event, in files, with its place.
    """

    def __init__(self, name: str, rules: Rules) -> None:
        self.name, self.rules = name, rules
        self.problems: list[Problem] = []
        self.kept: dict[str, Assignment] = {}
        self.places: dict[str, Origin] = {}
        self.below: dict[str, set[str]] = {}
        self.history: dict[str, list[tuple[Any, Origin]]] = {}

    def wrong(self, origin: Origin, key: str, text: str) -> None:
        self.problems.append(Problem(origin, key, text))

    def set(self, key: Key, value: Any, origin: Origin) -> None:
        for_some = key.scope or f"{EVENTS}.{key.event}.{WHERE}" in self.kept
        if for_some and attribute(key.field, "of_world"):
            raise ValueError("is one for the whole world, for no countries alone; leave out where")
        if key.event and key.event not in self.places:
            hint = nearest(key.event, self.places)
            raise ValueError(f"the scenario has no event {key.event!r}{hint}")
        when = self.kept.get(f"{EVENTS}.{key.event}.{WHEN}")
        if when and key.bare in DATES:
            raise ValueError(f"has no date: it begins when {when.value}")
        put(self.kept, key.assign(value, origin))
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
                        whole = Key(bare, how, scope, event, table=tables[name])
                        self.set(whole, number, file.origin(path))

    def drop(self, event: str) -> None:
        self.places.pop(event, None)
        self.kept = {path: given for path, given in self.kept.items() if given.event != event}

    def so_far(self, form: ScenarioForm) -> Scenario:
        given, files = tuple(self.kept.values()), tuple(self.below)
        title = form.title or self.name
        return Scenario(self.name, title, form.question, given, files, self.rules, kind=form.kind)

    def scenario(self, form: ScenarioForm) -> Scenario:
        scenario = self.so_far(form)
        start, end = scenario.horizon.start, scenario.horizon.end
        if start >= end:
            ends = (self.kept.get(path) for path in ("horizon.end", "horizon.start"))
            text = f"must be later than the start, {start}, not {end}"
            self.wrong(next(given.origin for given in ends if given), "horizon.end", text)
        self.check_conflicts(scenario.events)
        FileError.refuse(self.problems, self.name)
        if len(scenario.conditions) > MOST_CONDITIONS:
            text = f"at most {MOST_CONDITIONS} different conditions (when)"
            self.wrong(self.places[scenario.events[-1].name], EVENTS, text)
        elif any(given.how for given in scenario.assignments):
            records, _ = scenario.resolved(representatives(scenario.classes()))
            for given, _, text in beyond_bounds(scenario.assignments, records, self.rules):
                self.wrong(given.origin, given.path, text)
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
                    self._note_conflict(key, *(self.places[e.name] for e in (event, earlier)))

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
        scenario, step = self.so_far(ScenarioForm()), 1 / QUARTERS
        horizon = scenario.horizon
        event = next((event for event in scenario.events if event.name == name), None)
        if event is None or event.date is None:
            return
        fields = {path: self.rules.parameters[split_key(path)[0]] for path in event.sets}
        yearly = [path for path, field in fields.items() if attribute(field, "yearly")]
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
                self.wrong(self.kept[path].origin, path, text)

"""From TOML files and `--set` to one checked, frozen scenario, with all errors."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from sim.errors import nearest
from sim.model.parameters import attribute
from sim.model.register import SHIPPED, Rules
from sim.model.units import QUARTERS
from sim.scenario import toml_file
from sim.scenario.forms import EventForm, ScenarioForm, tables_of
from sim.scenario.keys import Key, find_key, leaves, read_value
from sim.scenario.resolve import EVENTS, Assignment, beyond_bounds, put, split_key
from sim.scenario.scenario import Kind, Scenario
from sim.scenario.scope import WHERE, Scope, representatives

LIBRARY = toml_file.Library("scenario", "scenarios")
JOINED = "+"


def shipped_names() -> list[str]:
    return LIBRARY.names()


def list_scenarios() -> list[dict[str, str]]:
    listings = LIBRARY.listings(kind="policy", title="", question="")
    return sorted(listings, key=lambda listing: get_args(Kind).index(listing["kind"]))


def load_scenario(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Mapping[str, Any] | None = None,
    rules: Rules = SHIPPED,
) -> Scenario:
    """Load a scenario.

    A value comes from the highest of these layers that sets it, lowest first: the schema's default,
    the run's plausible set, the files (those extended first), `factors`, `overrides`. An event in
    force counts over all layers; see docs/scenario-files.md.

    Args:
        name_or_path: The name of a shipped scenario, or a path (anything with a slash, ending in
            ``.toml`` or existing as a file). Several, joined by ``+``, are laid one after another:
            ``no-training+articles-world`` is that world without training.
        overrides: As `--set`, by dotted key. A text is read as a TOML value.
        factors: Of an experiment, by dotted key, in the same form.
        rules: The model's mechanisms, and a user's.

    Raises:
        InputError: There is no such scenario.
        FileError: It lists everything that is wrong, by file and line.

    Examples:
        >>> sim.load_scenario("no-peers").value("peers.active")
        False
    """
    is_path = isinstance(name_or_path, Path) or os.path.exists(name_or_path)
    names = [name_or_path] if is_path else str(name_or_path).split(JOINED)
    paths = [LIBRARY.find(name) for name in names]
    layers, titles = Layers(JOINED.join(path.stem for path in paths), rules), []
    for path in paths:
        layers.lay(path)
        titles.append(layers.form.title)
    layers.form = layers.form.model_copy(update={"title": ", in ".join(titles)})
    layers.override(toml_file.FACTOR, factors or {})
    layers.override(toml_file.SET, overrides or {})
    return layers.scenario()


class Layers:
    """All assignments, the later over the earlier, and their errors.

    Attributes:
        form: That of the last file.
        kept: Of each key the last assignment, by the key that origins have.
        files: In the order of reading.
    """

    def __init__(self, name: str, rules: Rules) -> None:
        self.name, self.rules = name, rules
        self.form = ScenarioForm()
        self.problems: list[toml_file.Problem] = []
        self.kept: dict[str, Assignment] = {}
        self.files: list[str] = []

    def wrong(self, origin: toml_file.Origin, key: str, text: str) -> None:
        self.problems.append(toml_file.Problem(origin, key, text))

    @property
    def events(self) -> list[str]:
        """Names of the events so far."""
        return [given.event for given in self.kept.values() if given.bare == "date"]

    def set(self, key: Key, value: Any, origin: toml_file.Origin) -> None:
        for_some = key.scope or f"{EVENTS}.{key.event}.{WHERE}" in self.kept
        if for_some and attribute(key.field, "of_world"):
            raise ValueError("is one for the whole world, for no countries alone; leave out where")
        if key.event and key.event not in self.events:
            hint = nearest(key.event, self.events)
            raise ValueError(f"the scenario has no event {key.event!r}{hint}")
        put(self.kept, key.assign(key.check(value), origin))

    def override(self, origin: toml_file.Origin, given: Mapping[str, Any]) -> None:
        """Set values by dotted key over the layers below; a text is read as a TOML value."""
        changed: dict[str, None] = {}
        read = (leaf for path, text in given.items() for leaf in leaves(read_value(text), path))
        for path, value in read:
            dotted = ".".join(map(str, path))
            try:
                key = find_key(dotted, self.rules)
                self.set(key, value, origin)
                changed[key.event] = None
            except ValueError as error:
                self.wrong(origin, dotted, str(error))
        # A date and its end may be set one after the other: they are checked together, at the end.
        for event in changed.keys() & {*self.events}:
            self.check_dates(event)

    def lay(self, path: Path, *way: Path) -> None:
        """Add a file after those that it extends; `way` has the files on the way to it."""
        file = toml_file.ParsedFile(path, problems=self.problems)
        given = file.data.get("extends")
        for name in given if isinstance(given, list) else [given]:
            if not isinstance(name, str) or not name.strip():
                continue
            with file.noting(("extends",)):
                other = LIBRARY.find(name, path.parent)
                if other.resolve() in [known.resolve() for known in (*way, path)]:
                    names = (known.name for known in (*way, path, other))
                    raise ValueError(f"goes in a circle: {' → '.join(names)}")
                # A file that two others extend is laid once, or the second reading would undo the
                # layers between.
                if str(other) not in self.files:
                    self.lay(other, *way, path)
        self.files.append(str(path))
        self.read(file)

    def read(self, file: toml_file.ParsedFile) -> None:
        form = self.form = file.read(ScenarioForm)
        self.lay_values(file, form)
        for entry in form.values:
            self.lay_values(file, entry, scope=entry.where.scope)
        for name in form.drop_events:
            if name not in self.events:
                text = f"the files that this one extends have no event {name!r}"
                file.wrong(("drop_events",), text + nearest(name, self.events))
            self.drop(name)
        names = [event.name for event in form.events]
        for at, event in enumerate(form.events):
            if event.name in names[:at]:
                file.wrong((*event._path, "name"), "another event of this file has that name")
            self.read_event(file, event)

    def lay_values(
        self, file: toml_file.ParsedFile, entry: Any, event: str = "", scope: Scope | None = None
    ) -> None:
        tables, here = tables_of(self.rules), entry._path
        # A [section] below would be one of the whole file.
        if here and not entry.model_extra:
            file.wrong(here, "must set something: section.key = value")
        for name, table in entry.model_extra.items():
            if name not in tables:
                known = (*type(entry).model_fields, *tables)
                text = file.misplaced((*here, name)) or toml_file.unknown_key(name, known, tables)
                file.wrong((*here, name), text)
                continue
            for path, value in leaves(table, *here, name):
                with file.noting(path):
                    if text := file.misplaced(path):
                        raise ValueError(text)
                    dotted = ".".join(map(str, path[len(here) :]))
                    key = find_key(f"{EVENTS}.{event}.{dotted}" if event else dotted, self.rules)
                    self.set(replace(key, scope=scope), value, file.origin(path))

    def read_event(self, file: toml_file.ParsedFile, entry: EventForm) -> None:
        here, name = entry._path, entry.name
        self.drop(name)
        scope = entry.where and entry.where.scope
        for part, value in {"date": entry.date, "until": entry.until, WHERE: scope}.items():
            if value is not None:
                given = Assignment(part, event=name, value=value, origin=file.origin((*here, part)))
                put(self.kept, given)
        self.lay_values(file, entry, name)
        self.check_dates(name)

    def drop(self, event: str) -> None:
        self.kept = {path: given for path, given in self.kept.items() if given.event != event}

    def so_far(self) -> Scenario:
        given, files, form = tuple(self.kept.values()), tuple(self.files), self.form
        title = form.title or self.name
        return Scenario(self.name, title, form.question, given, files, self.rules, kind=form.kind)

    def scenario(self) -> Scenario:
        scenario = self.so_far()
        start, end = scenario.horizon.start, scenario.horizon.end
        if start >= end:
            ends = (self.kept.get(path) for path in ("horizon.end", "horizon.start"))
            text = f"must be later than the start, {start}, not {end}"
            self.wrong(next(given.origin for given in ends if given), "horizon.end", text)
        toml_file.FileError.refuse(self.problems, self.name)
        if any(given.how for given in scenario.assignments):
            records, _ = scenario.resolved(representatives(scenario.classes()))
            for given, _, text in beyond_bounds(scenario.assignments, records, self.rules):
                self.wrong(given.origin, given.path, text)
        toml_file.FileError.refuse(self.problems, self.name)
        return scenario

    def check_dates(self, name: str) -> None:
        # The horizon is that of the layers so far: a scenario or `--set` that shortens it need not
        # drop later events.
        scenario, step = self.so_far(), 1 / QUARTERS
        horizon = scenario.horizon
        event = next(event for event in scenario.events if event.name == name)
        fields = {path: self.rules.parameters[split_key(path)[0]] for path in event.sets}
        yearly = [path for path, field in fields.items() if attribute(field, "yearly")]
        last = horizon.end + 1
        for key, date, low, high, after in (
            ("date", event.date, horizon.start, last - step, ""),
            ("until", event.until, event.date + step, last, " and after its date"),
        ):
            text = ""
            if date is not None and not low <= date <= high:
                text = f"must be within the horizon{after}, from {low:g} to {high:g}, not {date:g}"
            elif date is not None and date % 1 and yearly:
                text = f"must be a year, such as {math.ceil(date)}, not {date:g}: {yearly[0]}"
                text += " applies once a year, in its first quarter"
            if text:
                given = self.kept[f"{EVENTS}.{name}.{key}"]
                self.wrong(given.origin, given.path, text)

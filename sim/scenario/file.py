"""From TOML files and `--set` to one checked, frozen scenario.

A file is read by its form (:mod:`sim.scenario.form`), and laid over what it extends.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError
from sim.parameters import Section, attribute
from sim.rules import SHIPPED, Rules
from sim.scenario.form import (
    EVENT_KEYS,
    TOP_KEYS,
    check_setting,
    field_of,
    form_of,
    of_vendor,
    unknown_section,
)
from sim.scenario.ineffective import find_ineffective_settings
from sim.scenario.scenario import DATES, EVENTS, Event, Horizon, Scenario, ScopedValue, by_section
from sim.scenario.scope import (
    VENDOR,
    WHERE,
    Scope,
    Sections,
    check_of_world,
    parameter_of_vendor,
    read_path,
    vendors_of,
)
from sim.scenario.toml_file import (
    DEFAULT,
    KeyPath,
    Layer,
    Library,
    Listing,
    Origin,
    ParsedFile,
    Place,
    Problem,
    ScenarioError,
    in_reading_order,
    suggest,
)
from sim.text import CONTROL
from sim.units import QUARTERS

LIBRARY = Library("scenario", "scenarios")


def shipped_names() -> list[str]:
    """Return the names of the shipped scenarios, the baseline first."""
    return LIBRARY.names()


def list_scenarios() -> list[Listing]:
    """Return the shipped scenarios."""
    return LIBRARY.listings()


def parse_assignments(texts: Iterable[str]) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts of the command line as a mapping.

    Raises:
        InputError: A text has no equals sign or no key, or two have the same.
    """
    pairs: dict[str, str] = {}
    wrong = []
    for text in texts:
        # The sign after the conditions in brackets, if the key has any.
        begin, bracket, rest = (
            text.partition("]") if "[" in text.partition("=")[0] else ("", "", text)
        )
        key, equals, value = rest.partition("=")
        key, value = f"{begin}{bracket}{key}".strip(), value.strip()
        if not equals or not key or CONTROL.search(text):
            wrong.append(f"--set: write KEY=VALUE, such as contracts.term=5, not {text!r}")
        elif key in pairs:
            wrong.append(f"--set: {key} is set twice: to {pairs[key]} and to {value}; give one")
        pairs[key] = value
    if wrong:
        raise InputError(wrong)
    return pairs


def _read_value(given: Any) -> Any:
    """Return the TOML value that a text is; failing that the text, which no number allows."""
    try:
        return tomllib.loads(f"value = {given}")["value"] if isinstance(given, str) else given
    except ValueError:
        return given


# --- The loader -----------------------------------------------------------------------------------


def load_scenario(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Mapping[str, Any] | None = None,
    plausible: Mapping[str, float] | None = None,
    rules: Rules = SHIPPED,
) -> Scenario:
    """Load a scenario.

    **Precedence.** A value comes from the highest of these layers that sets it, lowest first:

    1. the schema's default, which the mechanism's file declares;
    2. a row of the plausible set, which a calibration found not ruled out;
    3. the chain of scenario files: the file at the end of ``extends`` first, then each that
       extends it, the named scenario last;
    4. a factor of an experiment, as a sweep or a sensitivity study sets it;
    5. ``--set`` on the command line.

    Events follow the same order: a file's event replaces the event of that name in the files
    it extends, and comes after the events it inherits; layers 4 and 5 may move it
    (``events.NAME.date``, ``events.NAME.until``) and change what it sets
    (``events.NAME.contracts.term``). While an event is in force, what it sets counts over all
    five layers; of several that set one key, the one later in the list wins.

    Values and events may be for some countries (``where``). A country has the last of those values
    that name it, over what all have; an event that is not for it is none to it.

    Args:
        name_or_path: The name of a shipped scenario, or a path (anything with a slash, ending
            in ``.toml`` or existing as a file).
        overrides: Layer 5, by dotted key. A text is read as a TOML value.
        factors: Layer 4, by dotted key, in the same form.
        plausible: Layer 2, by dotted key of a parameter.
        rules: What runs go by: the model's mechanisms, and a user's own.

    Raises:
        ScenarioError: Something is wrong; it holds everything that is, by file and line.
    """
    chain, problems = read_chain(name_or_path)
    loader = _Loader(chain[-1].path.stem if chain else str(name_or_path), rules, problems)
    loader.override("plausible", plausible or {})
    for file in chain:
        loader.read(file)
    loader.override("factor", factors or {})
    loader.override("set", overrides or {})
    return loader.finish([str(file.path) for file in chain])


def read_chain(name_or_path: str | Path) -> tuple[list[ParsedFile], list[Problem]]:
    """Return a scenario's files, the last that is extended first, and what is wrong with them."""
    try:
        chain = [ParsedFile(LIBRARY.find(name_or_path))]
    except ValueError as error:
        return [], [Problem(Place(str(name_or_path) or "scenario"), "", str(error))]
    while isinstance(name := chain[-1].data.get("extends"), str) and name.strip():
        child = chain[-1]
        known = [file.path.resolve() for file in chain]
        try:
            path = LIBRARY.find(name, child.path.parent)
            if not path.is_file():
                raise ValueError(f"{path}: there is no such file")
            if path.resolve() in known:
                names = [*(file.path.name for file in chain), path.name]
                circle = names[known.index(path.resolve()) :]
                raise ValueError(f"goes in a circle: {' → '.join(circle)}")
        except ValueError as error:
            child.wrong(("extends",), str(error))
            break
        chain.append(ParsedFile(path))
    chain.reverse()
    return chain, [problem for file in chain for problem in file.problems]


class _Loader:
    """Lays files and overrides over each other, and collects what is wrong."""

    def __init__(self, name: str, rules: Rules, problems: list[Problem]) -> None:
        self.name, self.rules, self.problems = name, rules, problems
        self.complete = not problems
        self.tables: Sections = {"horizon": Horizon, **rules.sections}
        self.title = self.question = ""
        self.values: dict[str, Any] = {}
        self.scoped: dict[str, ScopedValue] = {}
        self.events: dict[str, Event] = {}
        self.origins: dict[str, Origin] = {}

    def wrong(self, origin: Origin, key: str, text: str) -> None:
        """Note what is wrong with a value."""
        self.problems.append(Problem(origin.place, key, text))

    def set_value(self, path: str, scope: Scope | None, value: Any, origin: Origin) -> None:
        """Set a checked value, over those that are there."""
        if scope:
            given = ScopedValue(path, scope, value)
            self.scoped.pop(given.key, None)  # the last that names a country counts
            self.scoped[given.key] = given
            path = given.key
        else:
            self.values[path] = value
        self.origins[path] = origin

    # Files

    def read(self, file: ParsedFile) -> None:
        """Lay a file over the layers below."""
        before = len(file.problems)
        form: Any = file.read(form_of(self.rules), self._unknown)
        # An event that is wrong is left out, and not said to be missing.
        self.complete &= not any(problem.key.startswith(EVENTS) for problem in file.problems)
        self.title, self.question = form.title, form.question
        for path, value, origin in self._sets(file, (), form):
            self.set_value(path, None, value, origin)
        for at, entry in enumerate(form.values):
            if not entry.where and not getattr(entry, VENDOR, None):
                text = "say whom they are for: where = { … }; values for all belong in [SECTION]"
                file.wrong(("values", at), text)
            for path, value, origin in self._sets(file, ("values", at), entry):
                self.set_value(path, entry.where and entry.where.scope, value, origin)
        for name in form.drop_events:
            if name in self.events:
                self._drop(name)
            elif self.complete:
                advice = suggest(name, list(self.events), "they have")
                text = f"the files that this one extends have no event {name!r}; {advice}"
                file.wrong(("drop_events",), text)
        names = [entry.name for entry in form.events]
        for at, entry in enumerate(form.events):
            if entry.name in names[:at]:
                file.wrong((EVENTS, at, "name"), "another event of this file has that name")
            self._drop(entry.name)
            self._event(file, (EVENTS, at), entry)
        self.problems += file.problems[before:]

    def _event(self, file: ParsedFile, here: KeyPath, entry: Any) -> None:
        prefix, settings = f"{EVENTS}.{entry.name}.", list(self._sets(file, here, entry))
        if not entry.model_fields_set & self.rules.sections.keys():
            file.wrong(here, "an event must set something: section.key = value")
        given = [key for key in (*DATES, WHERE) if getattr(entry, key) is not None]
        self.origins |= {prefix + key: file.origin((*here, key)) for key in given}
        self.origins |= {prefix + path: origin for path, _, origin in settings}
        sets = {path: value for path, value, _ in settings}
        scope = entry.where and entry.where.scope
        event = Event(entry.name, entry.date, entry.until, sets, file.origin(here), scope)
        self.events[entry.name] = event
        self._check_dates(event)

    def _drop(self, event: str) -> None:
        self.events.pop(event, None)
        paths = [path for path in self.origins if path.startswith(f"{EVENTS}.{event}.")]
        for path in paths:
            del self.origins[path]

    def _sets(
        self, file: ParsedFile, here: KeyPath, entry: Any
    ) -> Iterator[tuple[str, Any, Origin]]:
        """Yield what a file, an event, or an entry of values sets: dotted key, value, origin."""
        sections, vendor = self.rules.sections, getattr(entry, VENDOR, None)
        for name in file.at(here):
            table = getattr(entry, name, None) if name in self.tables else None
            for key in file.at((*here, name)) if table else ():
                own = key
                try:
                    if vendor:
                        own = parameter_of_vendor(sections, name, key, vendor)
                    elif key not in self.tables[name].model_fields:
                        raise ValueError(of_vendor(vendors_of(sections[name])[key]))
                    if getattr(entry, WHERE, None):
                        check_of_world(sections[name], own)
                    yield f"{name}.{own}", getattr(table, key), file.origin((*here, name, key))
                except ValueError as error:
                    file.wrong((*here, name, key), str(error))

    def _unknown(self, path: KeyPath) -> str:
        """Return what to say of a key that the form lacks, if it is not the nearest key."""
        if path[-2:-1] and path[-2] in (WHERE, *self.tables):
            return ""
        others = {EVENTS: EVENT_KEYS, "values": (WHERE, VENDOR)}.get(str(path[0]), TOP_KEYS)
        return unknown_section(str(path[-1]), self.rules, others)

    # Overrides

    def override(self, layer: Layer, given: Mapping[str, Any]) -> None:
        """Lay values by dotted key over the layers below; a text is read as a TOML value."""
        origin = Origin(layer)
        for path, text in given.items():
            try:
                if path.startswith(f"{EVENTS}."):
                    self._override_event(path, _read_value(text), origin)
                else:
                    bare, scope = read_path(path, self.rules.sections)
                    value = check_setting(bare, _read_value(text), self.rules)
                    self.set_value(bare, scope, value, origin)
            except ValueError as error:
                self.wrong(origin, path, str(error))

    def _override_event(self, path: str, value: Any, origin: Origin) -> None:
        _, name, key = (*path.split(".", 2), "")[:3]
        event = self.events.get(name)
        if event is None:
            if self.complete:
                advice = suggest(name, list(self.events), "events")
                raise ValueError(f"the scenario has no event {name!r}; {advice}")
            return
        value = check_setting(key, value, self.rules, of_event=True)
        changed = {key: value} if key in DATES else {"sets": {**event.sets, key: value}}
        self.events[name] = replace(event, **changed)
        self.origins[path] = origin

    # Everything together

    def finish(self, files: list[str]) -> Scenario:
        """Return the scenario.

        Args:
            files: Its files as messages show them, the extended ones first.

        Raises:
            ScenarioError: Something in any layer is wrong.
        """
        horizon = self._horizon()
        if horizon.start >= horizon.end:
            text = f"must be later than the start, {horizon.start}, not {horizon.end}"
            self.wrong(self._last_origin("horizon"), "horizon.end", text)
        for event in self.events.values():
            own = [
                o for path, o in self.origins.items() if path.startswith(f"{EVENTS}.{event.name}.")
            ]
            if any(origin.layer != "file" for origin in own):
                self._check_dates(event)
        given = by_section(self.values)
        sections: dict[str, Section] = {}
        for name, section in self.rules.sections.items():
            try:
                sections[name] = section.model_validate(given.get(name, {}))
            except ValidationError as error:
                self.wrong(self._last_origin(name), name, _rules_broken(error))
        self._raise_problems()
        keys = (f"{name}.{key}" for name, t in self.tables.items() for key in t.model_fields)
        scenario = Scenario(
            self.name,
            self.title or self.name,
            self.question,
            horizon,
            sections,
            tuple(self.events.values()),
            {**dict.fromkeys(keys, DEFAULT), **self.origins},
            tuple(self.scoped.values()),
            rules=self.rules,
        )
        for code in scenario.classes().representatives:
            self._check_periods(scenario, code)
        self._raise_problems()
        warnings = list(find_ineffective_settings(scenario, files))
        if len(files) == 1 and not scenario.events and not scenario.values:
            text = (
                "the file neither extends a scenario nor has events: all that it does not set has "
                'its default, which is not the baseline; write extends = "baseline"'
            )
            warnings.append(Problem(Place(files[0], 1), "", text))
        return replace(scenario, warnings=tuple(in_reading_order(warnings)))

    def _raise_problems(self) -> None:
        if self.problems:
            raise ScenarioError(self.problems, self.name)

    def _horizon(self) -> Horizon:
        """Return the horizon as the layers so far set it."""
        return Horizon.model_validate(by_section(self.values).get("horizon", {}))

    def _last_origin(self, section: str) -> Origin:
        """Return where a section's last value was set: the highest layer is the likeliest fault."""
        set_here = [path for path in self.values if path.startswith(f"{section}.")]
        return self.origins[set_here[-1]] if set_here else Origin("file", self.name)

    def _check_dates(self, event: Event) -> None:
        """Note dates outside the horizon, or within a year where a value applies once a year.

        The horizon is that of the layers so far, so that a scenario or a `--set` that shortens it
        need not drop the later events: they never come to act.
        """
        horizon, step = self._horizon(), 1 / QUARTERS
        last = horizon.end + 1
        yearly = [p for p in event.sets if attribute(field_of(p, self.rules), "yearly")]
        limits = ((event.date, horizon.start, last - step), (event.until, event.date + step, last))
        for key, (date, low, high) in zip(DATES, limits, strict=True):
            text = ""
            if date is not None and not low <= date <= high:
                within = "within the horizon" + (" and after its date" if key == "until" else "")
                text = f"must be {within}, from {low:g} to {high:g}, not {date:g}"
            elif date is not None and date % 1 and yearly:
                text = (
                    f"must be a year, such as {math.ceil(date)}, not {date:g}: {yearly[0]} applies"
                )
                text += " once a year, in its first quarter"
            if text:
                path = f"{EVENTS}.{event.name}.{key}"
                self.wrong(self.origins[path], path, text)
                break

    def _check_periods(self, scenario: Scenario, code: str | None) -> None:
        """Note rules that a country's values, or events in force together, break.

        Args:
            scenario: With all layers applied.
            code: The country whose values count; None: the world.
        """
        quarter = None
        try:
            view = scenario.for_state(code)
            for quarter in view.change_quarters():
                view.sections_in(quarter)
        except ValidationError as error:
            if quarter is None:
                key = next(v.key for v in reversed(scenario.values) if code in v.scope.states)
                origin = self.origins[key]
            else:
                # Of the events in force the one that began last; of equals, the first.
                begun = (event for event in view.events if event.in_force(quarter))
                event = max(begun, key=lambda event: event.date)
                key, origin = f"{EVENTS}.{event.name}", event.origin
            self.wrong(origin, key, _rules_broken(error))


def _rules_broken(error: ValidationError) -> str:
    """Return which rules between values are broken."""
    return "; ".join(entry["msg"].removeprefix("Value error, ") for entry in error.errors())

"""The [[factors]] of an experiment file as written, checked for their form alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sim.experiment.experiment import SCENARIO, Kind, Scale
from sim.experiment.page import Page
from sim.scenario import Place, Problem
from sim.scenario.problems import show_value
from sim.scenario.toml_source import KeyPath
from sim.text import NAME as LEVEL
from sim.text import NAME_RULE

FACTOR_KEYS = ("key", "name", "title", "values", "low", "high", "steps", "scale", "levels")
"""Keys of a factor."""

NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Names of factors: they are columns of tables."""

TAKEN = ("run", "point", "replicate", "message", SCENARIO)
"""Columns of results; no factor may be named so."""

MOST_STEPS = 10_000
"""Steps of a range in a grid."""


@dataclass(frozen=True)
class Written:
    """A value with its place."""

    value: Any
    place: Place


@dataclass
class Form:
    """A factor as written.

    Attributes:
        path: Where it stands in the file; empty for a column of a list that no factor declares.
        name: Its column.
        place: The place of its key or name.
        key: The dotted key that it varies; None for named levels.
        title: Its title, or an empty string.
        values: Listed values, or None.
        low: Least value of its range, or None.
        high: Largest value of its range, or None.
        steps: Values that a grid takes from a range, or None.
        scale: How a range is divided.
        levels: Settings of named levels by label, each by dotted key.
    """

    path: KeyPath
    name: str
    place: Place
    key: str | None
    title: str = ""
    values: list[Written] | None = None
    low: Written | None = None
    high: Written | None = None
    steps: int | None = None
    scale: Scale = "linear"
    levels: dict[str, dict[str, Written]] = field(default_factory=dict)

    def sets(self) -> dict[str, Place]:
        """Return the dotted keys that it sets, each with its first place."""
        if self.key is not None:
            return {self.key: self.place}
        found: dict[str, Place] = {}
        for settings in self.levels.values():
            for path, written in settings.items():
                found.setdefault(path, written.place)
        return found

    def scenarios(self) -> list[Written]:
        """Return the scenarios that its values or levels choose."""
        if self.key == SCENARIO:
            return list(self.values or ())
        return [s[SCENARIO] for s in self.levels.values() if SCENARIO in s]


def read_forms(page: Page, kind: Kind | None) -> list[Form]:
    """Return the factors of a file, noting what is wrong with them.

    Args:
        page: The file.
        kind: The design's kind; None if the file has it wrong.
    """
    value = page.source.data.get("factors")
    if value is None or value == []:
        if kind != "list":
            place: KeyPath = () if value is None else ("factors",)
            page.missing(place, "an experiment needs a factor: [[factors]], and its key below")
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        text = "must be tables: write [[factors]], in double brackets, above each factor"
        page.wrong(("factors",), text, at_key=True)
        return []
    readers = [_FormReader(page, kind, index, table) for index, table in enumerate(value)]
    forms = [form for reader in readers if (form := reader.read()) is not None]
    _check_names(page, forms)
    return forms


def _check_names(page: Page, forms: list[Form]) -> None:
    """Note names given twice, and keys that two factors set."""
    named: dict[str, Form] = {}
    owners: dict[str, Form] = {}
    for form in forms:
        at = "name" if form.key is None else "key"
        if form.name in named:
            line = named[form.name].place.line
            page.wrong((*form.path, at), f"another factor has that {at} (line {line})")
            continue
        named[form.name] = form
        for path, place in form.sets().items():
            if path in owners:
                other = owners[path]
                text = f"the factor {other.name!r} sets it too (line {other.place.line})"
                problem = Problem(place, path, f"{text}; a key belongs to one factor")
                page.problems.append(problem)
            owners.setdefault(path, form)


class _FormReader:
    """Reads one factor."""

    def __init__(self, page: Page, kind: Kind | None, index: int, table: dict[str, Any]) -> None:
        self.page = page
        self.kind = kind
        self.table = table
        self.path: KeyPath = ("factors", index)

    def read(self) -> Form | None:
        """Return the factor; None, with the problem noted, if it has no key and no name."""
        page, table = self.page, self.table
        page.known(self.path, table, FACTOR_KEYS)
        form = self._identity()
        if form is None:
            return None
        form.title = page.text((*self.path, "title"), table) or ""
        if form.key is None:
            self._levels(form)
        elif self.kind == "list":
            for key in ("values", "low", "high", "steps", "scale"):
                self._refuse(key, "a list takes its values from the design's file")
        else:
            self._spread(form)
        return form

    def _identity(self) -> Form | None:
        """Return a factor with its key or name."""
        page, table, path = self.page, self.table, self.path
        if not table.keys() & {"key", "name"}:
            text = "a factor needs a key, such as contracts.term; or a name, and levels"
            page.missing(path, text)
            return None
        if "key" in table and "name" in table:
            text = "a factor has a key or a name; a name goes with levels"
            page.wrong((*path, "name"), text, at_key=True)
            return None
        at = "key" if "key" in table else "name"
        name = page.text((*path, at), table)
        if name is None:
            return None
        if at == "name" and (not NAME.fullmatch(name) or name in TAKEN):
            text = "must be a text of letters, digits, - and _"
            if name in TAKEN:
                text = f"is a column of results; choose another (taken: {', '.join(TAKEN)})"
            page.wrong((*path, at), f"{text}, not {show_value(name)}")
            return None
        place = page.place((*path, at))
        return Form(path, name, place, name if at == "key" else None)

    def _refuse(self, key: str, why: str) -> None:
        """Note a key that does not belong here."""
        if key in self.table:
            self.page.wrong((*self.path, key), f"has no use here: {why}", at_key=True)

    def _spread(self, form: Form) -> None:
        """Read the values or the range of a factor with a key."""
        page, table, path = self.page, self.table, self.path
        self._refuse("levels", "levels go with a name, not with a key")
        if "values" in table:
            form.values = self._values()
            for key in ("low", "high", "steps", "scale"):
                self._refuse(key, "the factor lists its values")
            return
        if form.key == SCENARIO:
            page.missing(path, 'a factor of scenarios lists them: values = ["baseline", …]')
            form.values = []
            return
        form.low, form.high = self._end("low"), self._end("high")
        if (form.low is None) != (form.high is None):
            given = "low" if form.high is None else "high"
            other = "high" if given == "low" else "low"
            page.missing((*path, given), f"{other} is missing; give both, or neither")
        if page.choice((*path, "scale"), table, ("linear", "log")) == "log":
            form.scale = "log"
        if self.kind != "grid":
            if self.kind is not None:
                self._refuse("steps", f"only a grid has steps; this is a {self.kind} design")
        elif "steps" in table:
            form.steps = page.whole((*path, "steps"), table, 2, MOST_STEPS, 2)
        else:
            page.missing(path, "in a grid a factor needs values, or steps for its range")

    def _values(self) -> list[Written]:
        """Return the listed values."""
        path: KeyPath = (*self.path, "values")
        values = self.table["values"]
        if not isinstance(values, list):
            self.page.wrong(path, f"must be a list, such as [1.0, 2.0], not {show_value(values)}")
            return []
        if not values:
            self.page.wrong(path, "must hold at least one value")
        return [
            Written(value, self.page.place((*path, index))) for index, value in enumerate(values)
        ]

    def _end(self, key: str) -> Written | None:
        """Return an end of a range."""
        if key not in self.table:
            return None
        return Written(self.table[key], self.page.place((*self.path, key)))

    def _levels(self, form: Form) -> None:
        """Read named levels."""
        page, table = self.page, self.table
        for key in ("values", "low", "high", "steps", "scale"):
            self._refuse(key, "a factor with a name has levels")
        path: KeyPath = (*self.path, "levels")
        levels = table.get("levels")
        if levels is None:
            text = 'a factor with a name needs levels: levels = { LABEL = { "KEY" = VALUE } }'
            page.missing(self.path, text)
            return
        if not isinstance(levels, dict):
            page.wrong(path, f"must be a table of levels by label, not {show_value(levels)}")
            return
        if not levels:
            page.wrong(path, "must hold at least one level")
        for name, settings in levels.items():
            here: KeyPath = (*path, name)
            if not LEVEL.fullmatch(name):
                text = f"a level's label is a text of {NAME_RULE}"
                page.wrong(here, f"{text}, not {show_value(name)}", at_key=True)
            elif not isinstance(settings, dict):
                text = f'must be a table: {{ "KEY" = VALUE }}, not {show_value(settings)}'
                page.wrong(here, text)
            else:
                form.levels[name] = self._settings(here, settings)
        self._check_levels(form, path)

    def _settings(self, path: KeyPath, table: dict[str, Any]) -> dict[str, Written]:
        """Return a level's settings by dotted key; a key may be quoted, or made of tables."""
        found: dict[str, Written] = {}
        for here, key, value in _leaves(path, "", table):
            if key in found:
                self.page.wrong(here, "given twice in this level", at_key=True, key=key)
            found[key] = Written(value, self.page.place(here))
        return found

    def _check_levels(self, form: Form, path: KeyPath) -> None:
        """Note levels that set the same."""
        seen: dict[str, str] = {}
        for name, settings in form.levels.items():
            meaning = repr(sorted((key, written.value) for key, written in settings.items()))
            if meaning in seen:
                text = f"sets the same as the level {seen[meaning]!r}"
                self.page.wrong((*path, name), text, at_key=True)
            seen.setdefault(meaning, name)


def _leaves(
    path: KeyPath, prefix: str, table: dict[str, Any]
) -> Iterator[tuple[KeyPath, str, Any]]:
    """Yield the values of nested tables with their paths and dotted keys."""
    for key, value in table.items():
        dotted = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and value:
            yield from _leaves((*path, key), dotted, value)
        else:
            yield (*path, key), dotted, value

"""The [[factors]] of an experiment file as written, checked for their form alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.experiment.experiment import SCENARIO, Kind, Scale
from sim.experiment.file import SPREAD, FactorTable, leaves, useless
from sim.experiment.page import Page
from sim.scenario import Place, Problem
from sim.scenario.reading.settings import Setting
from sim.scenario.reading.toml_source import KeyPath


@dataclass
class Form:
    """A factor as written.

    Attributes:
        path: Where it stands in the file; empty for a column of a list that no factor declares.
        name: Its heading in tables.
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
    values: list[Setting] | None = None
    low: Setting | None = None
    high: Setting | None = None
    steps: int | None = None
    scale: Scale = "linear"
    levels: dict[str, dict[str, Setting]] = field(default_factory=dict)

    def sets(self) -> dict[str, Place]:
        """Return the dotted keys that it sets, each with its first place."""
        if self.key is not None:
            return {self.key: self.place}
        places: dict[str, Place] = {}
        for settings in self.levels.values():
            for path, written in settings.items():
                places.setdefault(path, written.place)
        return places

    def scenarios(self) -> list[Setting]:
        """Return the scenarios that its values or levels choose."""
        if self.key == SCENARIO:
            return list(self.values or ())
        return [s[SCENARIO] for s in self.levels.values() if SCENARIO in s]


def read_forms(page: Page, kind: Kind | None) -> list[Form]:
    """Return the factors of a file, noting what is wrong with them.

    Args:
        page: The experiment's file, which collects the problems.
        kind: The design's kind; None if the file has it wrong.
    """
    value = page.source.data.get("factors")
    if value is None or value == []:
        if kind != "list":
            place: KeyPath = () if value is None else ("factors",)
            page.missing(place, "an experiment needs a factor: [[factors]], and its key below")
        return []
    tables = page.tables("factors", "each factor")
    forms = [form for at in range(len(tables)) if (form := _form(page, kind, at)) is not None]
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


def _form(page: Page, kind: Kind | None, index: int) -> Form | None:
    """Return a factor; None, with the problem noted, if it has no key and no name."""
    path: KeyPath = ("factors", index)
    table = page.source.data["factors"][index]
    factor = page.read(FactorTable, path, table)
    if factor is None:
        return None
    at = "name" if factor.key is None else "key"
    name, place = factor.key or factor.name or "", page.source.place((*path, at))
    form = Form(path, name, place, factor.key, factor.title or "", scale=factor.scale)
    if factor.key is None:
        for label, settings in (factor.levels or {}).items():
            form.levels[label] = _settings(page, (*path, "levels", label), settings)
        return form
    if kind == "list":
        for key in SPREAD:
            if key in table:
                text = useless("a list takes its values from the design's file")
                page.wrong((*path, key), text, at_key=True)
        return form
    if "values" in table or form.key == SCENARIO:
        if "values" not in table:
            text = 'a factor of scenarios lists them: values = ["baseline", …]'
            page.missing(path, text)
        form.values = [
            page.setting((*path, "values", at), value)
            for at, value in enumerate(factor.values or ())
        ]
        return form
    form.low, form.high = (
        page.setting((*path, end), table[end]) if end in table else None for end in ("low", "high")
    )
    form.steps = factor.steps
    if kind == "grid" and "steps" not in table:
        page.missing(path, "in a grid a factor needs values, or steps for its range")
    elif kind not in ("grid", None) and "steps" in table:
        text = useless(f"only a grid has steps; this is a {kind} design")
        page.wrong((*path, "steps"), text, at_key=True)
    return form


def _settings(page: Page, path: KeyPath, table: dict[str, Any]) -> dict[str, Setting]:
    """Return a level's settings by dotted key; a key may be quoted, or made of tables."""
    settings: dict[str, Setting] = {}
    for here, key, value in leaves(path, table):
        if key in settings:
            page.wrong(here, "given twice in this level", at_key=True, key=key)
        settings[key] = page.setting(here, value)
    return settings

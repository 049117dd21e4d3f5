"""From TOML files and `--set` to one checked, frozen scenario."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from sim.errors import nearest
from sim.model.register import SHIPPED, Rules
from sim.scenario.forms import EventForm, ScenarioForm, form_of
from sim.scenario.keys import Key
from sim.scenario.layers import Layers, Setting
from sim.scenario.scenario import (
    EVENTS,
    EXAMPLE,
    WHEN,
    Kind,
    Scenario,
    read_condition,
)
from sim.scenario.scope import WHERE
from sim.scenario.toml_file import (
    FACTOR,
    SET,
    Library,
    ParsedFile,
    allowed,
)

LIBRARY = Library("scenario", "scenarios")
KINDS = get_args(Kind)


def shipped_names() -> list[str]:
    return LIBRARY.names()


def list_scenarios() -> list[dict[str, str]]:
    listings = LIBRARY.listings(kind="policy", title="", question="")
    return sorted(listings, key=lambda listing: KINDS.index(listing["kind"]))


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
            ``.toml`` or existing as a file).
        overrides: As `--set`, by dotted key. A text is read as a TOML value.
        factors: Of an experiment, by dotted key, in the same form.
        rules: The model's mechanisms, and a user's.

    Raises:
        FileError: It lists everything that is wrong, by file and line.

    Examples:
        >>> sim.load_scenario("no-peers").value("peers.active")
        False
    """
    path = LIBRARY.open(name_or_path)
    files = _Files(Layers(path.stem, rules))
    files.lay(path)
    files.layers.override(FACTOR, factors or {})
    files.layers.override(SET, overrides or {})
    return files.layers.scenario(files.form)


class _Files:
    def __init__(self, layers: Layers) -> None:
        self.layers, self.form = layers, ScenarioForm()

    def lay(self, path: Path, *way: Path) -> None:
        """Add a file after those that it extends; `way` has the files on the way to it."""
        file, below = ParsedFile(path, problems=self.layers.problems), set[str]()
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
                if str(other) not in self.layers.below:
                    self.lay(other, *way, path)
                below |= {str(other), *self.layers.below[str(other)]}
        self.layers.below[str(path)] = below
        self.read(file)

    def read(self, file: ParsedFile) -> None:
        layers = self.layers
        form: Any = file.read(form_of(layers.rules))
        self.form = form
        layers.lay_sections(file, form)
        for entry in form.values:
            if WHERE not in file.at(entry._path):
                text = "say whom they are for: where = { … }; values for all belong in [SECTION]"
                file.wrong(entry._path, text)
            layers.lay_sections(file, entry, scope=entry.where and entry.where.scope)
        for name in form.drop_events:
            if name not in layers.places:
                text = f"the files that this one extends have no event {name!r}"
                file.wrong(("drop_events",), text + nearest(name, layers.places))
            layers.drop(name)
            layers.history.pop(f"{EVENTS}.{name}", None)
        names = [entry.name for entry in form.events]
        for at, entry in enumerate(form.events):
            if entry.name in names[:at]:
                file.wrong((*entry._path, "name"), "another event of this file has that name")
            self._read_event(file, entry)

    def _read_event(self, file: ParsedFile, entry: Any) -> None:
        layers, here, name = self.layers, entry._path, entry.name
        layers.drop(name)
        layers.places[name] = file.origin(here)
        when = None
        if not file.at(here).keys() & layers.rules.sections.keys():
            file.wrong(here, "an event must set something: section.key = value")
        if entry.when:
            with file.noting((*here, WHEN)):
                when = read_condition(entry.when, layers.rules)
                if entry.date is not None or entry.until is not None:
                    raise ValueError("comes in place of date and until: leave those out")
        elif entry.date is None:
            text = f"is missing: {allowed(EventForm.model_fields['date'])}; or when = {EXAMPLE}"
            file.wrong(here, text, f"{file.key(here)}.date")
        scope = entry.where and entry.where.scope
        given = {"date": entry.date, "until": entry.until, WHEN: when, WHERE: scope}
        for part, value in given.items():
            if value is not None:
                key = Key(part, EventForm, name)
                layers.settings[key.path] = Setting(key, value, file.origin((*here, part)))
        layers.lay_sections(file, entry, name)
        layers.check_dates(name)
        event = layers.event(name)
        layers.history.setdefault(f"{EVENTS}.{name}", []).append((event.to_dict(), event.origin))

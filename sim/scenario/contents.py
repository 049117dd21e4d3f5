"""One file's contents: its values by dotted key and its events, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sim.scenario.events import DATES, Draft, check_event, check_of_world, split_by_section
from sim.scenario.problems import SHOWN_LENGTH, Problem, show_value, suggest
from sim.scenario.schema import (
    EVENT_KEYS,
    TARGET_KEYS,
    TOP_KEYS,
    Horizon,
    Sections,
    check_section,
    unknown_section,
)
from sim.scenario.settings import Origin, Setting, from_file
from sim.scenario.targets import (
    VENDOR,
    WHERE,
    Target,
    not_vendors,
    read_where,
    vendor_fault,
    vendor_keys,
    vendors_of,
)
from sim.scenario.toml_source import KeyPath, Source
from sim.text import CONTROL, shorten

EVENT_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""Names that stand in a dotted key without quotes: ``--set events.NAME.date=2031``."""


@dataclass
class Contents:
    """What one file says.

    Attributes:
        title: Its title, or an empty string.
        question: Its question, or an empty string.
        settings: Values by dotted key, ``horizon`` among the sections.
        values: Values for some states, by dotted key with the conditions in brackets.
        events: Its events, in order.
        dropped: Names of events of the files it extends that it drops, with their places.
        problems: What is wrong with it.
    """

    title: str = ""
    question: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)
    values: dict[str, tuple[Target, Setting]] = field(default_factory=dict)
    events: list[Draft] = field(default_factory=list)
    dropped: dict[str, Setting] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_contents(source: Source, sections: Sections) -> Contents:
    """Return what a file says, with everything that is wrong in it."""
    return _Reader(source, sections).read()


class _Reader:
    """Reads one file; one method for each kind of entry."""

    def __init__(self, source: Source, sections: Sections) -> None:
        self.source = source
        self.sections = sections
        self.tables: Sections = {"horizon": Horizon, **sections}
        self.out = Contents()

    def read(self) -> Contents:
        for key, value in self.source.data.items():
            if key in self.tables:
                self._section(key, value)
            elif key == "events":
                self._events(value)
            elif key == "values":
                self._values(value)
            elif key == "drop_events":
                self._dropped(value)
            elif key in ("extends", "title", "question"):
                self._text(key, value)
            else:
                text = unknown_section(key, self.sections, TOP_KEYS)
                self._wrong((key,), key, text, at_key=True)
        return self.out

    def _wrong(self, path: KeyPath, key: str, text: str, *, at_key: bool = False) -> None:
        place = self.source.place(path, "key" if at_key else "value")
        self.out.problems.append(Problem(place, key, text))

    def _setting(self, path: KeyPath, value: Any) -> Setting:
        """Return a value with its place: where its key stands, if the value is a table."""
        return from_file(
            value, self.source.place(path, "key" if isinstance(value, dict) else "value")
        )

    def _settings(self, path: KeyPath, values: dict[str, Any], known: Any) -> dict[str, Setting]:
        """Return a table's values with their places; for unknown keys, that of the key."""
        return {
            key: self._setting((*path, key), value)
            if key in known
            else from_file(value, self.source.place((*path, key), "key"))
            for key, value in values.items()
        }

    def _section(self, name: str, value: Any) -> None:
        if not isinstance(value, dict):
            self._wrong((name,), name, _not_a_table(name, value), at_key=True)
            return
        section = self.tables[name]
        settings = self._settings((name,), value, section.model_fields)
        self.out.problems += check_section(name, section, settings)
        self.out.settings |= {f"{name}.{key}": setting for key, setting in settings.items()}

    def _text(self, key: str, value: Any) -> None:
        if not isinstance(value, str) or not value.strip():
            found = show_value(value) if not isinstance(value, str) or value else "an empty text"
            self._wrong((key,), key, f"must be a text in quotes, not {found}")
        elif key != "extends":
            text = " ".join(value.split()) if key == "question" else value.strip()
            if CONTROL.search(text):
                self._wrong((key,), key, f"has control characters: {shorten(text, SHOWN_LENGTH)!r}")
            setattr(self.out, key, text)

    def _dropped(self, value: Any) -> None:
        if not isinstance(value, list):
            text = f'must be a list of event names, such as ["pandemic"], not {show_value(value)}'
            self._wrong(("drop_events",), "drop_events", text)
            return
        for index, name in enumerate(value):
            path: KeyPath = ("drop_events", index)
            if isinstance(name, str) and name in self.out.dropped:
                self._wrong(path, "drop_events", f"names the event {name!r} twice")
            elif isinstance(name, str):
                self.out.dropped[name] = self._setting(path, name)
            else:
                text = f"must hold names of events, not {show_value(name)}"
                self._wrong(path, "drop_events", text)

    def _events(self, value: Any) -> None:
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            text = "must be tables: write [[events]], in double brackets, above each event"
            self._wrong(("events",), "events", text, at_key=True)
            return
        lines: dict[str, int] = {}
        for index, entry in enumerate(value):
            draft = self._event(index, entry)
            if draft.name in lines:
                text = f"another event of this file has that name (line {lines[draft.name]})"
                self._wrong(("events", index, "name"), f"events.{draft.name}.name", text)
                continue
            lines[draft.name] = self.source.place(("events", index, "name")).line
            self.out.events.append(draft)

    def _event(self, index: int, entry: dict[str, Any]) -> Draft:
        """Return one event; where it has no good name, that is noted, and its place is its name."""
        path: KeyPath = ("events", index)
        label = f"events[{index + 1}]"
        name = entry.get("name")
        if isinstance(name, str) and EVENT_NAME.fullmatch(name):
            label = f"events.{name}"
        elif "name" in entry:
            text = 'must be a text of letters, digits, - and _, such as "ai-leap"'
            self._wrong((*path, "name"), f"{label}.name", f"{text}, not {show_value(name)}")
        else:
            self._missing(path, label, "an event needs a name", "name")
        if "date" not in entry:
            self._missing(path, label, "an event needs a date, such as date = 2030.25", "date")
        place = self.source.place(path)
        draft = Draft(label.removeprefix("events."), Origin("file", place.file, place.line), {})
        draft.target, vendor = self._target(path, label, entry)
        for key, value in entry.items():
            if key in ("date", "until"):
                draft.settings[key] = self._setting((*path, key), value)
            elif key in self.sections:
                draft.settings |= self._part((*path, key), label, value, vendor)
            elif key not in EVENT_KEYS:
                text = unknown_section(key, self.sections, EVENT_KEYS)
                if key in self.tables:
                    text = f"an event cannot change the {key}"
                self._wrong((*path, key), f"{label}.{key}", text, at_key=True)
        self.out.problems += check_event(draft, self.sections)
        if not any(key not in EVENT_KEYS for key in entry):
            self._missing(path, label, "an event must set something: section.key = value", "")
        return draft

    def _part(
        self, path: KeyPath, label: str, value: Any, vendor: str | None
    ) -> dict[str, Setting]:
        """Return what an event, or an entry of values, sets of a section, by dotted key."""
        name = str(path[-1])
        if not isinstance(value, dict):
            text = f"{name} is a section; set one of its keys: {name}.key = value"
            self._wrong(path, f"{label}.{name}", text, at_key=True)
            return {}
        section = self.sections[name]
        known = {*section.model_fields, *vendor_keys(section)}
        found: dict[str, Setting] = {}
        for key, setting in self._settings(path, value, known).items():
            own = vendors_of(section, key).get(vendor) if vendor else key
            if vendor == "":
                continue  # there is no such vendor, which is said already
            if own is None:
                text = not_vendors(name, key, self.sections)
                self._wrong((*path, key), f"{label}.{name}.{key}", text, at_key=True)
            else:
                found[f"{name}.{own}"] = setting
        return found

    def _target(
        self, path: KeyPath, label: str, entry: dict[str, Any]
    ) -> tuple[Target | None, str | None]:
        """Return whom an event, or an entry of values, is for; an unknown vendor is ''."""
        target, vendor = None, entry.get(VENDOR)
        if WHERE in entry:
            read = read_where(entry[WHERE])
            if isinstance(read, Target):
                target = read
            else:
                for within, text in read:
                    key = ".".join(str(part) for part in (label, WHERE, *within[:1]))
                    self._wrong((*path, WHERE, *within), key, text, at_key=not within)
        if VENDOR in entry and (fault := vendor_fault(vendor, self.sections.values())):
            self._wrong((*path, VENDOR), f"{label}.{VENDOR}", fault)
            vendor = ""
        return target, vendor

    def _values(self, value: Any) -> None:
        """Read values for some states, or of one vendor, from the first quarter on."""
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            text = "must be tables: write [[values]], in double brackets, above where and its keys"
            self._wrong(("values",), "values", text, at_key=True)
            return
        for index, entry in enumerate(value):
            path: KeyPath = ("values", index)
            label = f"values[{index + 1}]"
            if not any(key in TARGET_KEYS for key in entry):
                text = "say whom they are for: where = { … }; values for all stand in [SECTION]"
                self._missing(path, label, text, WHERE)
            before = len(self.out.problems)
            target, vendor = self._target(path, label, entry)
            found: dict[str, Setting] = {}
            for key, part in entry.items():
                if key in self.sections:
                    found |= self._part((*path, key), label, part, vendor)
                elif key not in TARGET_KEYS:
                    text = unknown_section(key, self.sections, TARGET_KEYS)
                    if key in DATES:
                        text = "values hold from the first quarter on; write [[events]] for a date"
                    self._wrong((*path, key), f"{label}.{key}", text, at_key=True)
            for name, settings in split_by_section(found).items():
                section = self.sections[name]
                self.out.problems += check_section(name, section, settings, prefix=f"{label}.")
                if target:
                    self.out.problems += check_of_world(name, section, settings, prefix=f"{label}.")
            if len(self.out.problems) > before:
                continue
            for key, setting in found.items():
                if target is None:
                    self.out.settings[key] = setting
                else:
                    self.out.values[f"{key}[{target.label}]"] = target, setting

    def _missing(self, path: KeyPath, label: str, text: str, key: str) -> None:
        """Note that something is missing, unless it may be on a line that could not be read."""
        if self.source.whole:
            self._wrong(path, f"{label}.{key}" if key else label, text, at_key=True)


def drop_problem(name: str, setting: Setting, known: list[str]) -> Problem:
    """Return what to say of an event to drop that no extended file has."""
    advice = suggest(name, known, "they have")
    text = f"the files that this one extends have no event {name!r}; {advice}"
    return Problem(setting.place, "drop_events", text)


def _not_a_table(name: str, value: Any) -> str:
    if isinstance(value, list):
        return f"is one table: write [{name}], in single brackets, once"
    return f"is a section: write [{name}] on a line of its own and its keys below"

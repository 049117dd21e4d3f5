"""One file's contents: its values by dotted key and its events, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.scenario.events import DATES, Draft, check_event, check_values
from sim.scenario.reading.page import Page
from sim.scenario.reading.problems import SHOWN_LENGTH, Problem, show_value
from sim.scenario.reading.settings import Origin, Setting
from sim.scenario.reading.toml_source import KeyPath, Source
from sim.scenario.schema import (
    EVENT_KEYS,
    TARGET_KEYS,
    TOP_KEYS,
    Horizon,
    Sections,
    check_section,
    unknown_section,
)
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
from sim.text import CONTROL, KEY_NAME, shorten


@dataclass
class Contents:
    """What one file says, or all layers together.

    Attributes:
        title: Its title, or an empty string.
        question: Its question, or an empty string.
        settings: Values by dotted key, ``horizon`` among the sections.
        values: Values for some states, by dotted key with the conditions in brackets; of several
            that name a state, the last counts.
        events: Its events by name, in order.
        dropped: Names of events of the files it extends that it drops, with their places.
        problems: What is wrong with it.
    """

    title: str = ""
    question: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)
    values: dict[str, tuple[Target, Setting]] = field(default_factory=dict)
    events: dict[str, Draft] = field(default_factory=dict)
    dropped: dict[str, Setting] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def at_end[Value](below: dict[str, Value], above: dict[str, Value]) -> dict[str, Value]:
    """Return the entries of both, those above last and in place of those below."""
    return {key: value for key, value in below.items() if key not in above} | above


def read_contents(source: Source, sections: Sections) -> Contents:
    """Return what a file says, with everything that is wrong in it."""
    return _Reader(source, sections).read()


class _Reader(Page):
    """Reads one file; one method for each kind of entry."""

    def __init__(self, source: Source, sections: Sections) -> None:
        super().__init__(source)
        self.sections = sections
        self.tables_of: Sections = {"horizon": Horizon, **sections}
        self.out = Contents(problems=self.problems)

    def read(self) -> Contents:
        for key, value in self.source.data.items():
            if key in self.tables_of:
                self._section(key, value)
            elif key == "events":
                self._events()
            elif key == "values":
                self._values()
            elif key == "drop_events":
                self._dropped(value)
            elif key in ("extends", "title", "question"):
                self._text(key, value)
            else:
                text = unknown_section(key, self.sections, TOP_KEYS)
                self.wrong((key,), text, key=key, at_key=True)
        return self.out

    def _settings(self, path: KeyPath, values: dict[str, Any], known: Any) -> dict[str, Setting]:
        """Return a table's values with their places; for unknown keys, that of the key."""
        return {
            key: self.setting((*path, key), value, at_key=key not in known)
            for key, value in values.items()
        }

    def _section(self, name: str, value: Any) -> None:
        if not isinstance(value, dict):
            self.table(name, "section")
            return
        section = self.tables_of[name]
        settings = self._settings((name,), value, section.model_fields)
        self.problems += check_section(name, section, settings)
        self.out.settings |= {f"{name}.{key}": setting for key, setting in settings.items()}

    def _text(self, key: str, value: Any) -> None:
        if not isinstance(value, str) or not value.strip():
            shown = show_value(value) if not isinstance(value, str) or value else "an empty text"
            self.wrong((key,), f"must be a text in quotes, not {shown}", key=key)
        elif key != "extends":
            text = " ".join(value.split()) if key == "question" else value.strip()
            if CONTROL.search(text):
                self.wrong(
                    (key,), f"has control characters: {shorten(text, SHOWN_LENGTH)!r}", key=key
                )
            setattr(self.out, key, text)

    def _dropped(self, value: Any) -> None:
        if not isinstance(value, list):
            text = f'must be a list of event names, such as ["pandemic"], not {show_value(value)}'
            self.wrong(("drop_events",), text, key="drop_events")
            return
        for index, name in enumerate(value):
            path: KeyPath = ("drop_events", index)
            if isinstance(name, str) and name in self.out.dropped:
                self.wrong(path, f"names the event {name!r} twice", key="drop_events")
            elif isinstance(name, str):
                self.out.dropped[name] = self.setting(path, name)
            else:
                text = f"must hold names of events, not {show_value(name)}"
                self.wrong(path, text, key="drop_events")

    def _events(self) -> None:
        lines: dict[str, int] = {}
        for index, entry in enumerate(self.tables("events", "each event")):
            draft = self._event(index, entry)
            if draft.name in lines:
                text = f"another event of this file has that name (line {lines[draft.name]})"
                self.wrong(("events", index, "name"), text, key=f"events.{draft.name}.name")
                continue
            lines[draft.name] = self.source.place(("events", index, "name")).line
            self.out.events[draft.name] = draft

    def _event(self, index: int, entry: dict[str, Any]) -> Draft:
        """Return one event; where it has no good name, that is noted, and its place is its name."""
        path: KeyPath = ("events", index)
        label = f"events[{index + 1}]"
        name = entry.get("name")
        if isinstance(name, str) and KEY_NAME.fullmatch(name):
            label = f"events.{name}"
        elif "name" in entry:
            text = 'must be a text of letters, digits, - and _, such as "ai-leap"'
            self.wrong((*path, "name"), f"{text}, not {show_value(name)}", key=f"{label}.name")
        else:
            self.missing(path, "an event needs a name", key=f"{label}.name")
        if "date" not in entry:
            self.missing(path, "an event needs a date, such as date = 2030.25", key=f"{label}.date")
        place = self.source.place(path)
        draft = Draft(label.removeprefix("events."), Origin("file", place.file, place.line), {})
        misplaced = {"horizon": "an event cannot change the horizon"}
        draft.target, sets = self._sets(path, label, entry, EVENT_KEYS, misplaced)
        dates = {key: self.setting((*path, key), entry[key]) for key in DATES if key in entry}
        draft.settings = dates | sets
        self.problems += check_event(draft, self.sections)
        if not any(key not in EVENT_KEYS for key in entry):
            self.missing(path, "an event must set something: section.key = value", key=label)
        return draft

    def _sets(
        self,
        path: KeyPath,
        label: str,
        entry: dict[str, Any],
        others: tuple[str, ...],
        misplaced: Mapping[str, str],
    ) -> tuple[Target | None, dict[str, Setting]]:
        """Return whom an event, or an entry of values, is for, and what it sets by dotted key.

        Args:
            path: Where the table stands in the file.
            label: Its dotted key in messages.
            entry: The table's keys and values.
            others: The keys that it may have besides sections.
            misplaced: What to say of keys that stand elsewhere.
        """
        target, vendor = self._target(path, label, entry)
        sets: dict[str, Setting] = {}
        for key, value in entry.items():
            if key in self.sections:
                sets |= self._part((*path, key), label, value, vendor)
            elif key not in others:
                text = misplaced.get(key) or unknown_section(key, self.sections, others)
                self.wrong((*path, key), text, key=f"{label}.{key}", at_key=True)
        return target, sets

    def _part(
        self, path: KeyPath, label: str, value: Any, vendor: str | None
    ) -> dict[str, Setting]:
        """Return what an event, or an entry of values, sets of a section, by dotted key."""
        name = str(path[-1])
        if not isinstance(value, dict):
            text = f"{name} is a section; set one of its keys: {name}.key = value"
            self.wrong(path, text, key=f"{label}.{name}", at_key=True)
            return {}
        section = self.sections[name]
        known = {*section.model_fields, *vendor_keys(section)}
        if vendor == "":
            return {}  # there is no such vendor, which is said already
        sets: dict[str, Setting] = {}
        for key, setting in self._settings(path, value, known).items():
            own = vendors_of(section, key).get(vendor) if vendor else key
            if own is None:
                text = not_vendors(name, key, self.sections)
                self.wrong((*path, key), text, key=f"{label}.{name}.{key}", at_key=True)
            else:
                sets[f"{name}.{own}"] = setting
        return sets

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
                    self.wrong((*path, WHERE, *within), text, key=key, at_key=not within)
        if VENDOR in entry and (fault := vendor_fault(vendor, self.sections.values())):
            self.wrong((*path, VENDOR), fault, key=f"{label}.{VENDOR}")
            vendor = ""
        return target, vendor

    def _values(self) -> None:
        """Read values for some states, or of one vendor, from the first quarter on."""
        for index, entry in enumerate(self.tables("values", "where and its keys")):
            path: KeyPath = ("values", index)
            label = f"values[{index + 1}]"
            if not any(key in TARGET_KEYS for key in entry):
                text = "say whom they are for: where = { … }; values for all stand in [SECTION]"
                self.missing(path, text, key=f"{label}.{WHERE}")
            before = len(self.problems)
            undated = "values hold from the first quarter on; write [[events]] for a date"
            misplaced = dict.fromkeys(DATES, undated)
            target, sets = self._sets(path, label, entry, TARGET_KEYS, misplaced)
            self.problems += check_values(sets, target, self.sections, f"{label}.")
            if len(self.problems) > before:
                continue
            if target is None:
                self.out.settings |= sets
            else:
                for key, setting in sets.items():
                    self.out.values[f"{key}[{target.label}]"] = target, setting

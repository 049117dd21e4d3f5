"""Values from outside the files: ``--set``, factors, rows of a plausible set."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from sim.errors import InputError
from sim.scenario.contents import Contents, at_end
from sim.scenario.events import DATES, Draft, check_event
from sim.scenario.reading.problems import Place, Problem, suggest
from sim.scenario.reading.settings import LAYERS, Layer, Setting, from_layer
from sim.scenario.schema import Horizon, Sections, check_section, fit_kind, unknown_section
from sim.scenario.targets import read_path, split_target
from sim.text import CONTROL


def parse_assignments(texts: Iterable[str]) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts of the command line as a mapping.

    Raises:
        InputError: A text has no equals sign or no key, or two have the same.
    """
    pairs: dict[str, str] = {}
    wrong = []
    for text in texts:
        key, equals, value = (part.strip() for part in _parted(text))
        if not equals or not key:
            wrong.append(f"--set: write KEY=VALUE, such as contracts.term=5, not {text!r}")
        elif CONTROL.search(text):
            wrong.append(f"--set: one KEY=VALUE, without line breaks or the like, not {text!r}")
        elif key in pairs:
            wrong.append(f"--set: {key} is set twice: to {pairs[key]} and to {value}; give one")
        pairs[key] = value
    if wrong:
        raise InputError(wrong)
    return pairs


def _parted(text: str) -> tuple[str, str, str]:
    """Return key, equals sign and value: the sign after the conditions, if the key has any."""
    key, equals, value = text.partition("=")
    if "[" not in key:
        return key, equals, value
    key, bracket, rest = text.partition("]")
    before, equals, value = rest.partition("=")
    return f"{key}{bracket}{before}", equals, value


def _read_value(text: str) -> Any:
    """Return the TOML value that a text holds; failing that the text, which no key allows."""
    try:
        # A line break would begin another key.
        return text if CONTROL.search(text) else tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


class Overlay:
    """Lays one layer from outside the files over what the layers below say.

    Attributes:
        layer: Where the values come from, such as ``--set``.
        sections: The model's parameters, which say what is allowed.
        below: What the layers below say; what is wrong with this one is noted there.
        complete: Whether all files could be read, so that an unknown event is truly unknown.
    """

    def __init__(
        self, layer: Layer, sections: Sections, below: Contents, *, complete: bool
    ) -> None:
        self.layer = layer
        self.sections = sections
        self.below = below
        self.complete = complete

    def lay(self, given: Mapping[str, Any]) -> None:
        """Lay values by dotted key over what is there; a text is read as a TOML value."""
        for path, text in given.items():
            value = _read_value(text) if isinstance(text, str) else text
            first, _, rest = path.partition(".")
            if first == "events" and self.layer != "plausible":
                self._event(path, rest, value)
            else:
                self._value(path, value)

    def _wrong(self, path: str, text: str) -> None:
        self.below.problems.append(Problem(Place(LAYERS[self.layer]), path, text))

    def _value(self, path: str, value: Any) -> None:
        """Set a parameter: for all, or for the states that conditions in brackets name."""
        read = read_path(path, self.sections)
        if isinstance(read, str):
            self._wrong(path, read)
            return
        own, target = read
        section, _, key = split_target(own)[0].partition(".")
        setting = self._parameter(path, section, key, value)
        if setting is None:
            return
        if target is None:
            self.below.settings[own] = setting
        else:
            self.below.values = at_end(self.below.values, {own: (target, setting)})

    def _parameter(
        self, path: str, name: str, key: str, value: Any, prefix: str = ""
    ) -> Setting | None:
        """Return a parameter's setting; None, with the problem noted, if there is no such key."""
        tables: Sections = self.sections
        others: tuple[str, ...] = ()
        if prefix:
            others = DATES
        elif self.layer != "plausible":
            tables, others = {"horizon": Horizon, **self.sections}, ("events",)
        if name not in tables:
            self._wrong(path, unknown_section(name, tables, others))
            return None
        if not key:
            self._wrong(path, f"{name} is a section; set one of its keys: {name}.KEY=VALUE")
            return None
        section = tables[name]
        setting = from_layer(fit_kind(section, key, value), self.layer)
        faults = check_section(name, section, {key: setting}, prefix=prefix)
        self.below.problems += faults
        return None if faults else setting

    def _event(self, path: str, rest: str, value: Any) -> None:
        name, _, key = rest.partition(".")
        events = self.below.events
        if name not in events:
            if self.complete:
                advice = suggest(name, list(events), "events")
                self._wrong(path, f"the scenario has no event {name!r}; {advice}")
        elif key in DATES:
            setting = from_layer(value.item() if hasattr(value, "item") else value, self.layer)
            faults = check_event(Draft(name, setting.origin, {key: setting}), self.sections)
            self.below.problems += faults
            if not faults:
                events[name].settings[key] = setting
        else:
            section, _, parameter = key.partition(".")
            parsed = self._parameter(path, section, parameter, value, f"events.{name}.")
            if parsed is not None:
                events[name].settings[key] = parsed

"""Values from outside the files: ``--set``, factors, rows of a plausible set."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from sim.errors import InputError
from sim.scenario.events import Draft, check_event
from sim.scenario.problems import Place, Problem, suggest
from sim.scenario.schema import Horizon, Sections, check_section, fit_kind, unknown_section
from sim.scenario.settings import LAYERS, Layer, Setting, from_layer
from sim.scenario.targets import Target, read_path, split_target
from sim.text import CONTROL


def parse_assignments(texts: Iterable[str]) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts of the command line as a mapping; the last of a key wins.

    Raises:
        InputError: A text has no equals sign or no key.
    """
    pairs, wrong = {}, []
    for text in texts:
        key, equals, value = _parted(text)
        if not equals or not key.strip():
            wrong.append(f"--set: write KEY=VALUE, such as contracts.term=5, not {text!r}")
        elif CONTROL.search(text):
            wrong.append(f"--set: one KEY=VALUE, without line breaks or the like, not {text!r}")
        pairs[key.strip()] = value.strip()
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
    """Applies one layer from outside the files to what the files say."""

    def __init__(self, layer: Layer, sections: Sections) -> None:
        self.layer = layer
        self.sections = sections
        self.tables: Sections = (
            sections if layer == "plausible" else {"horizon": Horizon, **sections}
        )
        self.problems: list[Problem] = []

    def apply(
        self,
        given: Mapping[str, Any],
        settings: dict[str, Setting],
        events: Mapping[str, Draft],
        values: dict[str, tuple[Target, Setting]],
        *,
        complete: bool = True,
    ) -> None:
        """Write the given values into settings and events, noting what is wrong with them.

        Args:
            given: Values by dotted key; a text is read as a TOML value.
            settings: Values of the sections so far.
            events: Events so far.
            values: Values for some states so far, by dotted key with the conditions in brackets.
            complete: Whether all files could be read, so that an unknown event is truly unknown.
        """
        for path, text in given.items():
            value = _read_value(text) if isinstance(text, str) else text
            first, _, rest = path.partition(".")
            if first == "events" and self.layer != "plausible":
                self._event(path, rest, value, events, complete)
            else:
                self._value(path, value, settings, values)

    def _wrong(self, path: str, text: str) -> None:
        self.problems.append(Problem(Place(LAYERS[self.layer]), path, text))

    def _value(
        self,
        path: str,
        value: Any,
        settings: dict[str, Setting],
        values: dict[str, tuple[Target, Setting]],
    ) -> None:
        """Set a parameter: for all, or for the states that conditions in brackets name."""
        found = read_path(path, self.sections)
        if isinstance(found, str):
            self._wrong(path, found)
            return
        own, target = found
        section, _, key = split_target(own)[0].partition(".")
        setting = self._parameter(path, section, key, value)
        if setting is None:
            return
        if target is None:
            settings[own] = setting
        else:
            values.pop(own, None)  # of several that name a state, the last set counts
            values[own] = target, setting

    def _parameter(
        self, path: str, name: str, key: str, value: Any, prefix: str = ""
    ) -> Setting | None:
        """Return a parameter's setting; None, with the problem noted, if there is no such key."""
        tables = self.sections if prefix else self.tables
        if name not in tables:
            others: tuple[str, ...] = ("date", "until") if prefix else ("events",)
            others = () if self.layer == "plausible" else others
            self._wrong(path, unknown_section(name, tables, others))
            return None
        if not key:
            self._wrong(path, f"{name} is a section; set one of its keys: {name}.KEY=VALUE")
            return None
        section = tables[name]
        setting = from_layer(fit_kind(section, key, value), self.layer)
        faults = check_section(name, section, {key: setting}, prefix=prefix)
        self.problems += faults
        return None if faults else setting

    def _event(
        self, path: str, rest: str, value: Any, events: Mapping[str, Draft], complete: bool
    ) -> None:
        name, _, key = rest.partition(".")
        if name not in events:
            if complete:
                advice = suggest(name, list(events), "events")
                self._wrong(path, f"the scenario has no event {name!r}; {advice}")
        elif key in ("date", "until"):
            setting = from_layer(value.item() if hasattr(value, "item") else value, self.layer)
            probe = Draft(name, events[name].origin, {key: setting})
            faults = check_event(probe, self.sections)
            self.problems += faults
            if not faults:
                events[name].settings[key] = setting
        else:
            section, _, parameter = key.partition(".")
            found = self._parameter(path, section, parameter, value, f"events.{name}.")
            if found is not None:
                events[name].settings[key] = found

"""Every value of a scenario, its range and its origin; and what to warn of.

Settings without effect are a value under a disabled switch, a late event, a factor of 0. They are
allowed, but more often a slip than meant: so each is a warning, and `--strict` makes it an error.
Switches declare the parameters that they govern, parameters whether they act at the start of a run
alone.

A value that is outside of what is plausible, or the same in all runs where the plausible sets leave
it open, may be meant, as in an ablation; in a policy it is more often a slip, where a relative
value is meant.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic.fields import FieldInfo

from sim.parameters import attribute
from sim.rules import Rules
from sim.scenario.file import EVENT_KEYS, EventForm, Key, find_key
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.scenario import DATES, EVENTS, TIMES, WHEN, Scenario, bare_key, quarter_of
from sim.scenario.scope import WHERE, Scope, is_for
from sim.scenario.toml_file import Origin, Problem, bounds, in_reading_order

EVIDENCE = ("plausible", "source", "evidence")
type Row = dict[str, Any]
"""A value with what its parameter declares, by name.

`path`: the dotted key. `value`. `default`: the schema's; None for values of events or for some
countries. `changed`: whether it differs from that; an event's always do. `origin`: where it comes
from. `section`: whose key it is; empty for dates of events. `event`: the event's name, or empty.
`unit`. `low`, `high`: what is allowed; None for a switch. `plausible`: the range that the evidence
leaves open, with `source` and `evidence`; None if it has none. `doc`: what it means.
"""


def describe(scenario: Scenario) -> list[Row]:
    """Return a row for each value: the horizon, sections, values of some countries, events."""
    return list(_rows(scenario))


def described(field: FieldInfo) -> Row:
    """Return what a parameter declares, without its path and value; see :data:`Row`."""
    low, high = bounds(field)
    return {
        "default": field.default,
        "unit": attribute(field, "unit") or "",
        "low": low,
        "high": high,
        **{name: attribute(field, name) for name in EVIDENCE},
        "doc": field.description or "",
    }


def _rows(scenario: Scenario) -> Iterator[Row]:
    tables = {"horizon": scenario.horizon, **scenario.sections}

    def row(path: str, value: Any, parameter: str = "", event: str = "", **said: Any) -> Row:
        section, _, key = bare_key(parameter).partition(".")
        field = type(tables[section]).model_fields[key] if parameter else FieldInfo()
        is_relative = parameter != bare_key(parameter)
        # What evidence says is of the value that applies without an event.
        silent = (*EVIDENCE, "low", "high") if is_relative else EVIDENCE if event else ()
        return {
            "path": path,
            "value": value,
            "changed": path != parameter or value != field.default,
            "origin": str(scenario.origins[path]),
            "section": section,
            "event": event,
            **described(field),
            **({} if path == parameter else {"default": None}),
            **dict.fromkeys(silent),
            **said,
        }

    for name, section in tables.items():
        for key in type(section).model_fields:
            yield row(f"{name}.{key}", getattr(section, key), f"{name}.{key}")
    for scoped in scenario.values:
        yield row(scoped.key, scoped.value, scoped.path)
    ends: Row = {"unit": "year", "low": scenario.horizon.start, "high": scenario.horizon.end + 1}
    for event in scenario.events:
        prefix = f"{EVENTS}.{event.name}."
        for key, date in zip(DATES, (event.date, event.until), strict=True):
            if date is not None:
                doc = EventForm.model_fields[key].description
                yield row(prefix + key, date, event=event.name, doc=doc, **ends)
        if event.when:
            doc = EventForm.model_fields[WHEN].description
            yield row(prefix + WHEN, str(event.when), event=event.name, doc=doc)
        if event.scope:
            doc = f"Countries: {len(event.scope.states)}."
            yield row(prefix + WHERE, event.scope.label, event=event.name, doc=doc)
        for path, value in event.sets.items():
            yield row(prefix + path, value, path, event.name)


# --- Settings without effect ----------------------------------------------------------------------


@dataclass(frozen=True)
class Governor:
    """A switch on which it depends whether a parameter acts.

    Attributes:
        path: The switch's dotted key.
        idle_at: Its position in which the parameter does not act.
        at_once: Whether the parameter ceases to act as soon as the switch is in that position;
            else only where it is so in all of a run, since what it did before lives on.
    """

    path: str
    idle_at: bool
    at_once: bool


_DECLARED = {
    "idle_while_off": (False, True),
    "idle_if_never_on": (False, False),
    "idle_if_never_off": (True, False),
}
"""Lists that a switch declares: its idle position, and whether it counts at once."""


@lru_cache(maxsize=8)
def governors(rules: Rules) -> Mapping[str, tuple[Governor, ...]]:
    """Return the switches that each parameter depends on, by dotted key."""
    fields = {
        f"{name}.{key}": field
        for name, section in rules.sections.items()
        for key, field in section.model_fields.items()
    }
    by_path: dict[str, tuple[Governor, ...]] = {}
    for switch, field in fields.items():
        name = switch.partition(".")[0]
        patterns = [
            (pattern if "." in pattern else f"{name}.{pattern}", Governor(switch, *how))
            for listed, how in _DECLARED.items()
            for pattern in attribute(field, listed) or ()
        ]
        # What names fewer parameters counts over what names a whole section.
        patterns.sort(key=lambda entry: not entry[0].endswith(".*"))
        governed = {p: how for pattern, how in patterns for p in fnmatch.filter(fields, pattern)}
        for path, governor in governed.items():
            if path != switch:
                by_path[path] = (*by_path.get(path, ()), governor)
    return by_path


def find_warnings(scenario: Scenario) -> list[Problem]:
    """Return what to warn of, each with its place, in the order of files and lines."""
    warnings = [*_ineffective_settings(scenario), *_narrowed_values(scenario)]
    if len(scenario.files) == 1 and not scenario.events and not scenario.values:
        text = (
            "the file neither extends a scenario nor has events: all that it does not set has its "
            'default, which is not the baseline; write extends = "baseline"'
        )
        warnings.append(Problem(Origin("file", scenario.files[0], 1), "", text))
    return in_reading_order(warnings)


def _keys_set(scenario: Scenario) -> dict[str, Key]:
    """Return what layers above the defaults set, but for the dates of events."""
    return {
        path: find_key(path, scenario.rules)
        for path, origin in scenario.origins.items()
        if origin.layer != "default" and path.rpartition(".")[2] not in EVENT_KEYS
    }


def _ineffective_settings(scenario: Scenario) -> Iterator[Problem]:
    """Yield what a scenario sets without effect.

    What a file sets and a later one switches off is meant, so it is no warning: only what stands in
    the same layer as the switch, or above.
    """
    origins, first = scenario.origins, scenario.first_quarter
    events = {event.name: event for event in scenario.events}
    values = {
        (code, quarter): scenario.values_in(quarter, code)
        for code in scenario.classes().representatives
        for quarter in scenario.change_quarters()
    }

    def rank(origin: Origin) -> int:
        """Return how high a layer stands, the files one above the other."""
        if origin.layer == "file":
            return scenario.files.index(origin.file)
        return -1 if origin.layer == "default" else len(scenario.files)

    def switched_off(key: Key, begin: int, origin: Origin, scope: Scope | None) -> str:
        """Return what to say of a value under a switch that is off from then on, or nothing."""
        for governor in governors(scenario.rules).get(key.bare, ()):
            switch, since = governor.path, begin if governor.at_once else first
            of_events = (f"{EVENTS}.{name}.{switch}" for name in events)
            setters = [origins[switch], *(origins[path] for path in of_events if path in origins)]
            meant = any(rank(setter) > rank(origin) for setter in setters)
            is_idle = all(
                now[switch] == governor.idle_at
                for (code, quarter), now in values.items()
                if quarter >= since and is_for(scope, code)
            )
            if is_idle and (origin.layer == "factor" or not meant):
                by = next((str(s) for s in reversed(setters) if s.layer != "default"), "by default")
                state = "on" if governor.idle_at else "off"
                return f"has no effect: {switch} is {state} ({by})"
        return ""

    def multiplies_zero(key: Key, begin: int, scope: Scope | None) -> bool:
        """Return whether a factor finds only zeros, in every parameter set."""
        varies = attribute(key.field, "plausible") is not None
        return not varies and not any(
            now[key.bare]
            for (code, quarter), now in values.items()
            if quarter >= begin and is_for(scope, code)
        )

    quarters = range(first, scenario.end_quarter)
    late = [
        event
        for event in scenario.events
        if event.when is None and not any(map(event.in_force, quarters))
    ]
    if late:
        horizon, origin = scenario.horizon, origins["horizon.end"]
        if origin.layer == "default":
            origin = origins["horizon.start"]
        names = ", ".join(event.name for event in late)
        text = f"{names}: outside {horizon.start}-{horizon.end}, without effect"
        yield Problem(origin, EVENTS, text)
    for path, key in _keys_set(scenario).items():
        event = events.get(key.event)
        if event in late:
            continue
        # What is known of one with a condition is that it does not begin the run.
        date = event.date if event else None
        begin = first if date is None else max(quarter_of(date), first)
        scope = event.scope if event else key.scope
        text = switched_off(key, begin, origins[path], scope)
        if key.how == TIMES and multiplies_zero(key, begin, scope):
            text = f"has no effect: {key.bare} is 0 there; {{ plus = … }} adds to it"
        is_later = event is not None and (date is None or begin > first)
        if is_later and attribute(key.field, "at_start"):
            begins = "then" if date is None else f"from {date:g} on"
            text = f"has no effect {begins}: it acts at the start of a run alone"
        if text:
            yield Problem(origins[path], path, text)


# --- Values that narrow ---------------------------------------------------------------------------

MEANT_IN = ("baseline", "ablation", "null")
"""Kinds of scenarios in which it is meant."""


def _narrowed_values(scenario: Scenario) -> Iterator[Problem]:
    """Yield what a scenario's own file sets to one number although it is open."""
    if scenario.kind in MEANT_IN:
        return
    sets = shipped_plausible()
    for path, key in _keys_set(scenario).items():
        origin = scenario.origins[path]
        is_number = key.field.annotation is float and not key.how
        if origin.file != scenario.files[-1] or not is_number:
            continue
        value, texts = _value_at(scenario, key), []
        if value in bounds(key.field):  # nothing at all, or everything, is meant for all runs
            continue
        low, high = attribute(key.field, "plausible") or (value, value)
        # The range is of what applies from the start, not of a dated change.
        if not key.event and not low <= value <= high:
            texts.append(f"is outside the plausible range, {low:g} to {high:g}")
        if column := sets.columns.get(key.bare):
            ends = f"{min(column):.3g} to {max(column):.3g}"
            texts.append(
                f"gives all runs one value, where theirs differ ({ends}); "
                "{ times = … } and { plus = … } change each run's"
            )
        if texts:
            yield Problem(origin, path, f"{value:g} {', and '.join(texts)}")


def _value_at(scenario: Scenario, key: Key) -> Any:
    if key.event:
        return next(e.sets[key.bare] for e in scenario.events if e.name == key.event)
    return next((v.value for v in scenario.values if v.key == key.path), scenario.value(key.bare))

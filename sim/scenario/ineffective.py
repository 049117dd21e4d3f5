"""Find settings without effect: a value under a disabled switch, a late event, a factor of 0.

They are allowed, but more often a slip than meant: so each is a warning, and `--strict` makes it an
error. Switches declare the parameters that they govern, parameters whether they act at the start of
a run alone.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sim.parameters import attribute
from sim.rules import Rules
from sim.scenario.relative import TIMES
from sim.scenario.scenario import EVENTS, Key, Scenario, quarter_of
from sim.scenario.scope import Scope, is_for
from sim.scenario.toml_file import Origin, Problem


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


def find_ineffective_settings(
    scenario: Scenario, keys: Mapping[str, Key], files: Sequence[str]
) -> Iterator[Problem]:
    """Yield what a scenario sets without effect, each with its place.

    What a file sets and a later one switches off is meant, so it is no warning: only what stands in
    the same layer as the switch, or above.

    Args:
        scenario: With all layers applied.
        keys: What is set, by dotted key.
        files: Its files as messages show them, the extended ones first.
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
            return files.index(origin.file)
        return -1 if origin.layer == "default" else len(files)

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
    for path, key in keys.items():
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

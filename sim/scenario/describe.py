"""Values of a scenario with range and origin; and warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from pydantic.fields import FieldInfo

from sim.model.parameters import attribute
from sim.model.register import Rules
from sim.scenario.acting import limits, listed_in, why_idle
from sim.scenario.forms import EVENT_KEYS, EventForm
from sim.scenario.keys import Key, find_key
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.resolve import DATES, EVENTS, TIMES, WHEN, change_quarters
from sim.scenario.scenario import Scenario
from sim.scenario.scope import WHERE, Scope, conditions_of, is_for, read_brackets, representatives
from sim.scenario.toml_file import DEFAULT, FACTOR, SET, Origin, Problem, bounds, in_reading_order
from sim.world.dates import quarter_of
from sim.world.seeds import shipped_seeds

EVIDENCE = ("plausible", "varied", "source", "evidence")
type Row = dict[str, Any]
"""A value and its parameter's declaration, by name.

`default` is the schema's; None for relative values, events and values for some countries.
`changed`: whether the scenario's own file or `--set` sets it; without `extends`, whether it differs
from the schema's. `section` is empty for dates of events, `event` outside events. `low` and `high`
are None for a switch, `plausible` where it has no range, `varied` where no study draws it.
"""


def describe(scenario: Scenario) -> list[Row]:
    """Return a row for each value: the horizon, sections, values for some countries, events."""
    paths = sorted(scenario.origins, key=lambda path: path.startswith(f"{EVENTS}."))
    return [_row(scenario, path) for path in paths]


def described(field: FieldInfo) -> Row:
    low, high = bounds(field)
    return {
        "default": field.default,
        "unit": attribute(field, "unit") or "",
        "low": low,
        "high": high,
        **{name: attribute(field, name) for name in EVIDENCE},
        "doc": " ".join(filter(None, (field.description, *limits(field)))),
    }


def _row(scenario: Scenario, path: str) -> Row:
    value, section, is_plain = scenario.value(path), "", False
    origin = scenario.origins[path]
    event, _, name = path.removeprefix(f"{EVENTS}.").partition(".")
    event = event if path.startswith(f"{EVENTS}.") else ""
    if event and name in EVENT_KEYS:
        declared = described(EventForm.model_fields[name])
        if name in DATES:
            start, end = scenario.horizon.start, scenario.horizon.end + 1
            declared |= {"low": start, "high": end}
        if name == WHERE:
            declared["doc"] = f"{countries_of(read_brackets(value), scenario)}."
    else:
        key = find_key(path, scenario.rules)
        section, is_plain = key.bare.partition(".")[0], path == key.bare
        # What evidence says is of the value that applies without an event.
        silent = (*EVIDENCE, "low", "high") if key.how else EVIDENCE if event else ()
        declared = described(key.field) | dict.fromkeys(silent)
    return {
        "path": path,
        "value": value,
        "changed": (
            origin.file in (scenario.files[-1], FACTOR.file, SET.file)
            if len(scenario.files) > 1
            else not is_plain or value != declared["default"]
        ),
        "origin": str(origin),
        "section": section,
        "event": event,
        **declared,
        "default": declared["default"] if is_plain else None,
    }


def countries_of(scope: Scope, scenario: Scenario) -> str:
    """Return number and names of a scope's countries: `2 countries: Kenya, Serbia`."""
    named = {state.iso3: state.name for state in (scenario.seeds or shipped_seeds()).countries}
    count = "1 country" if len(scope.states) == 1 else f"{len(scope.states)} countries"
    return f"{count}: {', '.join(named[code] for code in scope.states)}"


def groups_of(scenario: Scenario) -> list[str]:
    groups = {f"event {event.name}": event.scope for event in scenario.events}
    groups |= {given.path: given.scope for given in scenario.assignments}
    return [f"{of}: {countries_of(s, scenario)}" for of, s in groups.items() if s]


# --- Settings without effect ----------------------------------------------------------------------


@dataclass(frozen=True)
class Governor:
    """A switch that decides whether a parameter acts.

    Attributes:
        idle_at: Its position in which the parameter does not act.
        at_once: Whether that position counts from its date on; else only if it lasts all of a run.
    """

    path: str
    idle_at: bool
    # Where a switch does not count at once, earlier effects persist.
    at_once: bool


# Lists that a switch declares: its idle position, and whether it counts at once.
_DECLARED = {
    "idle_while_off": (False, True),
    "idle_if_never_on": (False, False),
    "idle_if_never_off": (True, False),
}


@lru_cache(maxsize=8)
def governors(rules: Rules) -> Mapping[str, tuple[Governor, ...]]:
    entries = [
        (not whole, switch, path, how)
        for mark, how in _DECLARED.items()
        for switch, path, whole in listed_in(rules, mark)
        if path != switch
    ]
    # What names fewer parameters counts over what names a whole section.
    entries.sort(key=itemgetter(0))
    governed = {(switch, path): Governor(switch, *how) for _, switch, path, how in entries}
    by_path: dict[str, tuple[Governor, ...]] = {}
    for (_, path), governor in governed.items():
        by_path[path] = (*by_path.get(path, ()), governor)
    return by_path


# Settings without effect, or one value where the evidence leaves a range open, are allowed but are
# often mistakes.
def find_warnings(scenario: Scenario) -> list[Problem]:
    keys = keys_of(scenario)
    warnings = [
        *find_ineffective(scenario, keys),
        *_unreachable_conditions(scenario),
        *_odd_scales(scenario),
        *_narrowed_values(scenario, keys),
    ]
    plain = all(given.is_usual for given in scenario.assignments)
    if len(scenario.files) == 1 and plain:
        text = (
            "the file neither extends a scenario nor has events: all that it does not set has its "
            'default, which is not the baseline; write extends = "baseline"'
        )
        warnings.append(Problem(Origin(scenario.files[0], 1), "", text))
    return in_reading_order(warnings)


def keys_of(scenario: Scenario) -> dict[str, Key]:
    """Return the parameters that files, factors and `--set` set, by path."""
    return {
        path: find_key(path, scenario.rules)
        for path, origin in scenario.origins.items()
        if origin != DEFAULT and path.rpartition(".")[2] not in EVENT_KEYS
    }


def find_ineffective(scenario: Scenario, keys: Mapping[str, Key]) -> Iterator[Problem]:
    """Yield the values of some keys that change nothing, or one outcome alone."""
    origins, first, horizon = scenario.origins, scenario.first_quarter, scenario.horizon
    files = (origin.file for origin in origins.values() if origin not in (FACTOR, SET))
    layers = [*dict.fromkeys((DEFAULT.file, *scenario.files, *files)), FACTOR.file, SET.file]
    own = (*scenario.files[-1:], SET.file)
    quarters = range(first, scenario.end_quarter)
    dated = [event for event in scenario.events if event.when is None]
    late = [event.name for event in dated if not any(map(event.in_force, quarters))]
    if late:
        ends = (origins["horizon.end"], origins["horizon.start"])
        origin = next((end for end in ends if end != DEFAULT), DEFAULT)
        text = f"{', '.join(late)}: outside {horizon.start}-{horizon.end}, without effect"
        yield Problem(origin, EVENTS, text)
    values = [
        (quarter, code, scenario.values_in(quarter, code, met))
        for met in range(1 << len(scenario.conditions))
        # Countries of one class have the same values, so that one of each is enough.
        for code in representatives(scenario.classes())
        for quarter in change_quarters(scenario.events, scenario.quarters)
    ]

    def seen(path: str, since: int, scope: Scope | None) -> list[Any]:
        return [now[path] for at, code, now in values if at >= since and is_for(scope, code)]

    events = {event.name: event for event in scenario.events}
    for path, key in keys.items():
        if key.event in late:
            continue
        origin, event, text = origins[path], events.get(key.event), ""
        # What is known of one with a condition is that it does not begin the run.
        date = event.date if event else None
        begin = first if date is None else max(quarter_of(date), first)
        until = event.until if event else None
        end = scenario.end_quarter if until is None else quarter_of(until)
        scope = event.scope if event else key.scope
        for governor in governors(scenario.rules).get(key.bare, ()):
            switch = governor.path
            setters = [origins.get(f"{EVENTS}.{name}.{switch}", DEFAULT) for name in events]
            setters = [s for s in (*reversed(setters), origins[switch]) if s != DEFAULT]
            # A value that a file sets and a later layer switches off is meant: only one in the
            # switch's layer, or above, is a mistake.
            meant = any(layers.index(s.file) > layers.index(origin.file) for s in setters)
            positions = seen(switch, begin if governor.at_once else first, scope)
            if {*positions} <= {governor.idle_at} and not meant:
                by = str(setters[0]) if setters else "by default"
                text = f"has no effect: {switch} is {'on' if governor.idle_at else 'off'} ({by})"
                break
        if not text and key.bare in scenario.rules.parameters:
            later, ever = (partial(seen, since=at, scope=scope) for at in (begin, first))
            text = why_idle(key.bare, scenario, scope, range(begin, end), later, ever)
        # In every parameter set, where it is the same in all.
        is_fixed = not attribute(key.field, "varied")
        if key.how == TIMES and is_fixed and not any(seen(key.bare, begin, scope)):
            text = f"has no effect: {key.bare} is 0 there; {{ plus = … }} adds to it"
        if event and (date is None or begin > first) and attribute(key.field, "at_start"):
            begins = "then" if date is None else f"from {date:g} on"
            text = f"has no effect {begins}: it acts at the start of a run alone"
        # Where runs have values of their own, a value for all of them changes most. A level of a
        # factor may be the usual value.
        is_one = key.how or is_fixed or origins[key.bare] != DEFAULT
        if not text and event and date is not None and is_one and origin.file in own:
            others = (given for given in scenario.assignments if given.event != event.name)
            bare = replace(scenario, assignments=tuple(others))
            cells = [(at, code, now[key.bare]) for at, code, now in values if event.in_force(at)]
            if all(bare.values_in(at, code)[key.bare] == value for at, code, value in cells):
                text = "has no effect: it has this value without the event, too"
        if text:
            yield Problem(origin, path, text)


def _unreachable_conditions(scenario: Scenario) -> Iterator[Problem]:
    fields = {s.name: s for mechanism in scenario.rules.mechanisms for s in mechanism.country}
    count = len((scenario.seeds or shipped_seeds()).countries)
    for event in scenario.events:
        outcome = scenario.rules.register[event.when.outcome] if event.when else None
        if event.when is None or outcome is None or outcome.of != "country" or outcome.over:
            continue
        times = count if outcome.form == "total" else 1
        low, high = (
            times * end for end in (fields[outcome.field].least, fields[outcome.field].most)
        )
        sign, threshold = event.when.sign, event.when.threshold
        if threshold >= high if sign > 0 else threshold <= low:
            text = f"{event.when}: never, as it is {low:g} to {high:g}; the event has no effect"
            yield Problem(scenario.origins[f"{EVENTS}.{event.name}.{WHEN}"], event.name, text)


AID_LIMITS = ("aid_below", "aid_from")
# Aid in % of GNI below which a limit is more likely a share; 20% is the highest limit in use.
LEAST_AID = 0.2


def _odd_scales(scenario: Scenario) -> Iterator[Problem]:
    places = {
        e.scope: scenario.origins[f"{EVENTS}.{e.name}.{WHERE}"] for e in scenario.events if e.scope
    }
    places |= {given.scope: given.origin for given in scenario.assignments if given.scope}
    for scope, origin in places.items():
        for name, limit in conditions_of(scope.label).items():
            if name in AID_LIMITS and limit < LEAST_AID:
                text = f"{limit:g} is {limit:g}% of GNI; write 5 for 5%"
                yield Problem(origin, f"{WHERE}.{name}", text)


# --- Values that narrow ---------------------------------------------------------------------------

MEANT_IN = ("baseline", "ablation", "null", "storyline")


def _narrowed_values(scenario: Scenario, keys: Mapping[str, Key]) -> Iterator[Problem]:
    columns = {} if scenario.kind in MEANT_IN else shipped_plausible().columns
    for path, key in keys.items():
        origin, value = scenario.origins[path], scenario.value(path)
        is_number = key.field.annotation is float and not key.how
        # Nothing at all, or everything, is meant for all runs.
        is_open = is_number and value not in bounds(key.field)
        if not columns or origin.file != scenario.files[-1] or not is_open:
            continue
        low, high = attribute(key.field, "plausible") or (value, value)
        texts = []
        if not low <= value <= high:
            texts.append(f"is outside the plausible range, {low:g} to {high:g}")
        if column := columns.get(key.bare):
            ends = f"{min(column):.3g} to {max(column):.3g}"
            texts.append(
                f"gives all runs one value, where theirs differ ({ends}); "
                "{ times = … } and { plus = … } change each run's"
            )
        if texts:
            yield Problem(origin, path, f"{value:g} {', and '.join(texts)}")

"""Parameter records of many points of a design, without loading a scenario for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.engine.records import Array, parameter_record
from sim.errors import InputError
from sim.model.parameters import derived_names
from sim.model.register import Rules
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO, find_key
from sim.scenario.scenario import DATES, ScopedValue, changed_by, in_effect_order, in_order
from sim.scenario.scope import Classes, classes_of, is_for, representatives
from sim.scenario.toml_file import DEFAULT, SET, bounds
from sim.world.arrays import Whole

# Points repeat the same keys.
_find_key = lru_cache(maxsize=1024)(find_key)


def _with_settings(
    scenario: Scenario, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], Scenario]:
    """Return values for all countries at the start, and the scenario with the other settings."""
    values: dict[str, Any] = {}
    given: dict[str, ScopedValue] = {}
    events = {event.name: event for event in scenario.events}
    for path, value in settings.items():
        key = _find_key(path, scenario.rules)
        if key.event:
            event = events[key.event]
            sets = {"sets": {**event.sets, key.setting: value}}
            changed = {key.bare: float(value)} if key.bare in DATES else sets
            events[key.event] = replace(event, **changed)
        elif key.scope or key.how:
            given[key.path] = ScopedValue(key.setting, key.scope, value)
        else:
            values[key.bare] = value
    before = {scoped.key: scoped for scoped in scenario.values}
    # Of several values that name a country the last counts: a file's, a point's, then `--set`.
    last = {key for key in before if scenario.origins[key] == SET}
    order = [key for key in before if key not in last and key not in given]
    order += [key for key in given if key not in last]
    order += [key for key in before if key in last]
    scoped_values = in_effect_order(given.get(key) or before[key] for key in order)
    scenario = replace(scenario, events=tuple(events.values()), values=scoped_values)
    return values, scenario


# A scenario's record is made once, and the values of each point are laid over copies.
def sets_of_points(
    scenarios: Mapping[str, Scenario], base: str, points: Sequence[Mapping[str, Any]]
) -> tuple[Array, Whole, Classes]:
    """Bring points of a design into the form that the engine reads.

    All `scenarios` have one horizon; `base` is the scenario of points that name none. `points` are
    checked settings by dotted key, perhaps with `scenario`.

    Returns:
        Parameter records by set, period and class; each quarter's period by set and by the
        conditions met; and the classes of countries with other parameters.
    """
    names = [settings.get(SCENARIO, base) for settings in points]
    laid = [
        _with_settings(scenarios[name], {k: v for k, v in settings.items() if k != SCENARIO})
        for name, settings in zip(names, points, strict=True)
    ]
    classes = classes_of(scope for _, scenario in laid for scope in scenario.scopes)
    codes = representatives(classes)
    variants = [scenario.variants() for _, scenario in laid]
    starts = [[variant.change_quarters() for variant in each] for each in variants]
    most = max(sum(map(len, each)) for each in starts)
    quarters = laid[0][1].quarters
    period_of = np.zeros((len(points), max(map(len, variants)), quarters), np.int64)
    record_of = {name: parameter_record(s.sections, s.rules) for name, s in scenarios.items()}
    rows = np.empty((len(names), most, len(codes)), record_of[names[0]].dtype)
    for at, (row, (values, scenario)) in enumerate(zip(rows, laid, strict=True)):
        row[...] = record_of[names[at]]
        always = [True] * most
        _lay_over(row, values, ...)
        for scoped in scenario.values:
            members = [is_for(scoped.scope, code) for code in codes]
            _lay_over(row, {scoped.path: scoped.value}, np.ix_(always, members))
        first = 0
        for met, (variant, changes) in enumerate(zip(variants[at], starts[at], strict=True)):
            for event in variant.events:
                periods = np.zeros(most, bool)
                periods[first : first + len(changes)] = [event.in_force(q) for q in changes]
                members = [is_for(event.scope, code) for code in codes]
                _lay_over(row, event.sets, np.ix_(periods, members))
            lengths = np.diff([*changes, scenario.end_quarter])
            period_of[at, met] = first + np.repeat(range(len(changes)), lengths)
            first += len(changes)
        _check_bounds(row, values, scenario)
    _derive(rows, scenarios[names[0]].rules)
    return rows, period_of, classes


def _lay_over(row: Array, values: Mapping[str, Any], cells: Any) -> None:
    for path, how, value in in_order(values):
        section, _, key = path.partition(".")
        column = row[section][key]
        column[cells] = changed_by(column[cells], how, value)


def _check_bounds(row: Array, values: Mapping[str, Any], scenario: Scenario) -> None:
    layers = [{v.path: v.value} for v in scenario.values] + [e.sets for e in scenario.events]
    for path in sorted({path for sets in layers for path, how, _ in in_order(sets) if how}):
        section, _, key = path.partition(".")
        low, high = bounds(scenario.rules.parameters[path])
        results = row[section][key]
        wrong = results[(results < low) | (results > high)]
        if len(wrong):
            before = values.get(path, scenario.value(path))
            raise InputError(
                f"{scenario.name}: {path} would be {wrong[0]:.6g} in a run whose value is "
                f"{before:.6g}; allowed: {low:g} to {high:g}"
            )


def _derive(rows: Array, rules: Rules) -> None:
    for name, kind in rules.sections.items():
        names = derived_names(kind)
        known: dict[bytes, list[float]] = {}
        for place in np.ndindex(rows.shape if names else (0,)):
            record = rows[name][place]
            # Most points share most sections: derived fields are computed once for equal bytes.
            same = record.tobytes()
            if same not in known:
                # What is derived comes last in a record.
                given = dict(zip(kind.model_fields, record.item(), strict=False))
                section = kind.model_construct(**given)
                known[same] = [getattr(section, derived)() for derived in names]
            for derived, value in zip(names, known[same], strict=True):
                record[derived] = value


def beneath(scenario: Scenario, row: Mapping[str, float]) -> dict[str, float]:
    """Return the values of a plausible set that no file, factor or `--set` overrides."""
    origins = scenario.origins
    return {key: value for key, value in row.items() if origins[key] == DEFAULT}

"""Many parameter sets of one scenario, made without loading it anew for each.

A sweep asks for thousands of points that differ in a few numbers. Checking and resolving a whole
scenario for each would take longer than running it, so the scenario is resolved once and the few
numbers are laid over its records, by the precedence that :func:`sim.scenario.load_scenario` states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.arrays import Whole
from sim.engine.records import Array, parameter_records
from sim.parameters import derived_names
from sim.scenario import Scenario
from sim.scenario.file import find_key
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.scenario import EVENTS, ScopedValue, as_declared, is_date
from sim.scenario.scope import Classes, bare_key, classes_of

SCENARIO = "scenario"
"""Key of a point's settings that names its scenario."""

type Cell = tuple[int, int]
"""A period and a class of states."""

MOST_STRUCTURES = 256
"""Scenarios with their own dates and keys of events that are kept resolved at a time."""


class VariedScenario:
    """A resolved scenario whose numbers can be replaced many times.

    Attributes:
        scenario: The scenario before any number is replaced.
        classes: The classes of states that have parameters of their own.
        records: Its parameters: by period and class.
        period_of: The period of each quarter.
    """

    def __init__(self, scenario: Scenario, classes: Classes | None = None) -> None:
        """Resolve every period between events, equal neighbours too: a set may part them.

        Args:
            scenario: Gives the parameters of every period.
            classes: Classes that tell apart at least what the scenario's scopes do; None: those.
        """
        self.scenario = scenario
        self.classes = scenario.classes() if classes is None else classes
        self._starts = scenario.change_quarters()
        self._codes = self.classes.representatives
        self._views = [scenario.for_state(code) for code in self._codes]
        self._sections = {
            (period, at): view.sections_in(start)
            for period, start in enumerate(self._starts)
            for at, view in enumerate(self._views)
        }
        records = parameter_records(self._sections.values(), scenario.rules)
        self.records = records.reshape(len(self._starts), -1)
        self._targets: dict[str, tuple[str, str, list[Cell]]] = {}
        lengths = np.diff([*self._starts, scenario.end_quarter])
        self.period_of: Whole = np.repeat(np.arange(len(lengths)), lengths)

    def sets(self, points: Sequence[Mapping[str, Any]]) -> Array:
        """Return parameter records with the settings of each point laid over.

        Args:
            points: Checked values by dotted key, `section.key`, `section.key[where]` or
                `events.NAME.section.key`.

        Returns:
            Records by point, period and class.
        """
        rows = np.tile(self.records, (len(points), 1, 1))
        changed: list[dict[tuple[str, Cell], dict[str, Any]]] = [{} for _ in points]
        for path in dict.fromkeys(path for settings in points for path in settings):
            section, key, cells = self._target(path)
            kind = self.scenario.rules.sections[section]
            derives = bool(derived_names(kind))
            periods, classes = [cell[0] for cell in cells], [cell[1] for cell in cells]
            for at, settings in enumerate(points):
                if path in settings:
                    value = as_declared(kind.model_fields[key], settings[path])
                    rows[section][key][at, periods, classes] = value
                    if derives:
                        for cell in cells:
                            changed[at].setdefault((section, cell), {})[key] = value
        for row, sections in zip(rows, changed, strict=True):
            self._derive(row, sections)
        return rows

    def added(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return those dotted keys that change which value counts where.

        They are those of an event which sets nothing of the kind itself, and all values for some
        states: of several that name a state the last counts, and these come after the files'.
        """
        known = {
            f"{EVENTS}.{event.name}.{key}" for event in self.scenario.events for key in event.sets
        }
        return tuple(
            path
            for path in paths
            if (path.partition(".")[0] == EVENTS and path not in known)
            or self._canonical(path).endswith("]")
        )

    def _canonical(self, path: str) -> str:
        return find_key(path, self.scenario.rules).path

    def _derive(self, row: Any, changed: Mapping[tuple[str, Cell], Mapping[str, Any]]) -> None:
        """Compute anew what follows from the changed values of each section, period and class."""
        known: dict[tuple[int, tuple[Any, ...]], tuple[float, ...]] = {}
        for (name, cell), values in changed.items():
            section = self._sections[cell][name]
            names = derived_names(type(section))
            # Most periods share a section, so what follows from it is computed once for all.
            same = (id(section), tuple(values.items()))
            if same not in known:
                whole = section.model_copy(update=dict(values))
                known[same] = tuple(getattr(whole, derived)() for derived in names)
            for derived, value in zip(names, known[same], strict=True):
                row[cell][name][derived] = value

    def _target(self, path: str) -> tuple[str, str, list[Cell]]:
        """Return section, key and the periods and classes in which a setting takes effect."""
        if path not in self._targets:
            own = self._canonical(path)
            bare, source = bare_key(own), own if own.endswith("]") else ""
            if bare.partition(".")[0] == EVENTS:
                _, name, bare = bare.split(".", 2)
                source = f"{EVENTS}.{name}"
            cells = [cell for cell in self._sections if self._winner(bare, cell) == source]
            section, _, key = bare.partition(".")
            self._targets[path] = (section, key, cells)
        return self._targets[path]

    def _winner(self, key: str, cell: Cell) -> str:
        """Return what sets a key in a period for a class: an event, a scoped value; else ''."""
        period, at = cell
        winner = ""
        for value in self.scenario.values:
            if value.path == key and self._codes[at] in value.scope.states:
                winner = value.key
        for event in self._views[at].events:
            if event.in_force(self._starts[period]) and key in event.sets:
                winner = f"{EVENTS}.{event.name}"
        return winner


def stacked(records: Sequence[Array], varied: Sequence[VariedScenario]) -> tuple[Array, Whole]:
    """Return records of scenarios, by set, period and class, one after another; and periods."""
    most = max(part.shape[1] for part in records)
    sets = [len(part) for part in records]
    joined = np.zeros((sum(sets), most, records[0].shape[2]), records[0].dtype)
    at = 0
    for part in records:
        joined[at : at + len(part), : part.shape[1]] = part
        at += len(part)
    period_of = np.stack([one.period_of for one in varied])
    return joined, np.repeat(period_of, sets, axis=0)


def sets_of_points(
    scenarios: Mapping[str, VariedScenario], base: str, points: Sequence[Mapping[str, Any]]
) -> tuple[Array, Whole, Classes]:
    """Bring points of a design into the form that the engine reads.

    Args:
        scenarios: The scenarios that points may name, all of one horizon.
        base: The scenario of points that name none.
        points: Checked settings of each point by dotted key; `scenario` chooses the scenario,
            `events.NAME.date` and `events.NAME.until` move its events.

    Returns:
        Parameter records by set, period and class; each quarter's period, a row a set; and the
        classes of states that have parameters of their own.
    """
    chosen: dict[VariedScenario, list[int]] = {}
    rests: list[dict[str, Any]] = []
    for at, settings in enumerate(points):
        rest = dict(settings)
        varied = scenarios[rest.pop(SCENARIO, base)]
        dates = tuple((path, rest.pop(path)) for path in settings if is_date(path))
        added = varied.added(rest)
        structure = restructured(varied, dates, added) if dates or added else varied
        chosen.setdefault(structure, []).append(at)
        rests.append(rest)
    classes = classes_of(scope for varied in chosen for scope in varied.scenario.scopes)
    shared = [regrouped(varied, classes) for varied in chosen]
    parts = [
        varied.sets([rests[at] for at in places])
        for varied, places in zip(shared, chosen.values(), strict=True)
    ]
    records, period_of = stacked(parts, shared)
    order = np.argsort([at for places in chosen.values() for at in places])
    return records[order], period_of[order], classes


@lru_cache(maxsize=MOST_STRUCTURES)
def restructured(
    varied: VariedScenario, dates: tuple[tuple[str, float], ...], added: tuple[str, ...] = ()
) -> VariedScenario:
    """Return a scenario whose events have other dates, or set more parameters.

    Args:
        varied: The scenario to change; it stays as it is.
        dates: Dates by dotted key, `events.NAME.date` or `events.NAME.until`; checked.
        added: What events set besides, and what some states have, as `VariedScenario.added` returns
            it. Which parameters they set decides whose value counts when; the value itself is laid
            over later.
    """
    scenario = varied.scenario
    events = {event.name: event for event in scenario.events}
    for path, date in dates:
        _, name, which = path.split(".")
        changed: dict[str, Any] = {which: float(date)}
        events[name] = replace(events[name], **changed)
    values = {value.key: value for value in scenario.values}
    over = [key for key in values if scenario.origins[key].layer == "set"]
    for path in added:
        if path.endswith("]"):
            own = find_key(path, scenario.rules)
            assert own.scope
            values.pop(own.path, None)
            values[own.path] = ScopedValue(own.bare, own.scope, scenario.value(own.bare))
            continue
        _, name, key = path.split(".", 2)
        event = events[name]
        events[name] = replace(event, sets={**event.sets, key: scenario.value(key)})
    ordered = [value for key, value in values.items() if key not in over]
    ordered += [values[key] for key in over]
    changed_events = tuple(events.values())
    return VariedScenario(replace(scenario, events=changed_events, values=tuple(ordered)))


@lru_cache(maxsize=MOST_STRUCTURES)
def regrouped(varied: VariedScenario, classes: Classes) -> VariedScenario:
    """Return a scenario with classes that it shares with others."""
    return varied if varied.classes == classes else VariedScenario(varied.scenario, classes)


type SetsOf = Callable[[Sequence[int]], tuple[Array, Whole, list[int]]]
"""From replicate numbers to parameter records, each quarter's period, and each replicate's set."""


def plausible_sets(scenario: Scenario, plausible: PlausibleSets) -> SetsOf:
    """Return what gives replicates of a scenario their sets of the plausible ones."""
    name = scenario.name
    varied = {name: VariedScenario(scenario)}

    def sets_of(replicates: Sequence[int]) -> tuple[Array, Whole, list[int]]:
        numbers = [plausible.number_of(replicate) for replicate in replicates]
        once = list(dict.fromkeys(numbers))
        points = [beneath(scenario, plausible.values(number)) for number in once]
        records, period_of, _ = sets_of_points(varied, name, points)
        return records, period_of, [once.index(number) for number in numbers]

    return sets_of


def beneath(scenario: Scenario, row: Mapping[str, float]) -> dict[str, float]:
    """Return those values of a plausible set that no file, factor or `--set` overrides."""
    origins = scenario.origins
    return {key: value for key, value in row.items() if origins[key].layer == "default"}

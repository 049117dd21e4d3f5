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
from numpy.typing import NDArray

from sim.engine.records import Array, parameter_records
from sim.parameters import Section, derived_names
from sim.scenario import Scenario
from sim.scenario.events import EVENTS, is_date
from sim.scenario.plausible import PlausibleSets
from sim.scenario.resolved import apply_events, change_quarters
from sim.scenario.schema import as_declared, fit_kind

SCENARIO = "scenario"
"""Key of a point's settings that names its scenario."""

MOST_STRUCTURES = 256
"""Scenarios with their own dates and keys of events that are kept resolved at a time."""


class VariedScenario:
    """A resolved scenario whose numbers can be replaced many times.

    Attributes:
        scenario: The scenario.
        records: Its parameters: a row a period.
        period_of: The period of each quarter.
    """

    def __init__(self, scenario: Scenario) -> None:
        """Resolve every period between events, equal neighbours too: a set may part them."""
        self.scenario = scenario
        first, end = scenario.first_quarter, scenario.first_quarter + scenario.quarters
        self._starts = change_quarters(scenario.events, first, end)
        self._sections = [
            apply_events(scenario.sections, scenario.events, start) for start in self._starts
        ]
        self.records = parameter_records(self._sections, scenario.rules)
        self._targets: dict[str, tuple[str, str, list[int]]] = {}
        lengths = np.diff([*self._starts, end])
        self.period_of: NDArray[np.int64] = np.repeat(np.arange(len(lengths)), lengths)

    def sets(self, points: Sequence[Mapping[str, Any]]) -> Array:
        """Return parameter records with the settings of each point laid over: (points, periods).

        Args:
            points: Checked values by dotted key, `section.key` or `events.NAME.section.key`.
        """
        rows = np.tile(self.records, (len(points), 1))
        changed: list[dict[tuple[str, int], dict[str, Any]]] = [{} for _ in points]
        for path in dict.fromkeys(path for settings in points for path in settings):
            section, key, periods = self._target(path)
            kind = self._kind(section)
            derives = bool(derived_names(kind))
            for at, settings in enumerate(points):
                if path in settings:
                    value = as_declared(kind, key, fit_kind(kind, key, settings[path]))
                    rows[section][key][at, periods] = value
                    if derives:
                        for period in periods:
                            changed[at].setdefault((section, period), {})[key] = value
        for row, sections in zip(rows, changed, strict=True):
            self._derive(row, sections)
        return rows

    def added(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return those dotted keys that are of an event which sets nothing of the kind itself."""
        known = {
            f"{EVENTS}.{event.name}.{key}" for event in self.scenario.events for key in event.sets
        }
        return tuple(
            path for path in paths if path.partition(".")[0] == EVENTS and path not in known
        )

    def _derive(self, row: Any, changed: Mapping[tuple[str, int], Mapping[str, Any]]) -> None:
        """Compute anew what follows from the changed values of each section and period."""
        known: dict[tuple[int, tuple[Any, ...]], tuple[float, ...]] = {}
        for (name, period), values in changed.items():
            section = self._sections[period][name]
            names = derived_names(type(section))
            # Most periods share a section, so what follows from it is computed once for all.
            same = (id(section), tuple(values.items()))
            if same not in known:
                whole = section.model_copy(update=dict(values))
                known[same] = tuple(getattr(whole, derived)() for derived in names)
            for derived, value in zip(names, known[same], strict=True):
                row[period][name][derived] = value

    def _kind(self, section: str) -> type[Section]:
        return type(self.scenario.sections[section])

    def _target(self, path: str) -> tuple[str, str, list[int]]:
        """Return section, key and the periods in which a setting of this path takes effect."""
        if path not in self._targets:
            first, _, rest = path.partition(".")
            name = ""
            if first == EVENTS:
                name, _, rest = rest.partition(".")
                first, _, rest = rest.partition(".")
            winners = [self._winner(f"{first}.{rest}", start) for start in self._starts]
            periods = [at for at, winner in enumerate(winners) if winner == name]
            self._targets[path] = (first, rest, periods)
        return self._targets[path]

    def _winner(self, key: str, quarter: int) -> str:
        """Return the name of the event whose value of a key counts in a quarter; '' for none."""
        winner = ""
        for event in self.scenario.events:
            if event.in_force(quarter) and key in event.sets:
                winner = event.name
        return winner


def sets_of_points(
    scenarios: Mapping[str, VariedScenario], base: str, points: Sequence[Mapping[str, Any]]
) -> tuple[Array, NDArray[np.int64]]:
    """Bring points of a design into the form that the engine reads.

    Args:
        scenarios: The scenarios that points may name, all of one horizon.
        base: The scenario of points that name none.
        points: Checked settings of each point by dotted key; `scenario` chooses the scenario,
            `events.NAME.date` and `events.NAME.until` move its events.

    Returns:
        Parameter records (points, periods) and each quarter's period (points, quarters).
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
    most = max(len(varied.records) for varied in chosen)
    quarters = scenarios[base].scenario.quarters
    records = np.zeros((len(points), most), scenarios[base].records.dtype)
    period_of = np.zeros((len(points), quarters), np.int64)
    for varied, places in chosen.items():
        found = varied.sets([rests[at] for at in places])
        records[places, : found.shape[1]] = found
        period_of[places] = varied.period_of
    return records, period_of


@lru_cache(maxsize=MOST_STRUCTURES)
def restructured(
    varied: VariedScenario, dates: tuple[tuple[str, float], ...], added: tuple[str, ...] = ()
) -> VariedScenario:
    """Return a scenario whose events have other dates, or set more parameters.

    Args:
        varied: The scenario.
        dates: Dates by dotted key, `events.NAME.date` or `events.NAME.until`; checked.
        added: What events set besides, as `VariedScenario.added` returns it. Which parameters they
            set decides whose value counts when; the value itself is laid over later.
    """
    events = list(varied.scenario.events)
    places = {event.name: at for at, event in enumerate(events)}
    for path, date in dates:
        _, name, which = path.split(".")
        at = places[name]
        events[at] = (
            replace(events[at], date=float(date))
            if which == "date"
            else replace(events[at], until=float(date))
        )
    for path in added:
        _, name, section, key = path.split(".")
        at = places[name]
        value = getattr(varied.scenario.sections[section], key)
        events[at] = replace(events[at], sets={**events[at].sets, f"{section}.{key}": value})
    return VariedScenario(replace(varied.scenario, events=tuple(events)))


type SetsOf = Callable[[Sequence[int]], tuple[Array, NDArray[np.int64], list[int]]]
"""From replicate numbers to parameter records, each quarter's period, and each replicate's set."""


def plausible_sets(scenario: Scenario, plausible: PlausibleSets) -> SetsOf:
    """Return what gives replicates of a scenario their sets of the plausible ones."""
    name = scenario.name
    varied = {name: VariedScenario(scenario)}

    def sets_of(replicates: Sequence[int]) -> tuple[Array, NDArray[np.int64], list[int]]:
        numbers = [plausible.number_of(replicate) for replicate in replicates]
        once = list(dict.fromkeys(numbers))
        points = [beneath(scenario, plausible.values(number)) for number in once]
        records, period_of = sets_of_points(varied, name, points)
        return records, period_of, [once.index(number) for number in numbers]

    return sets_of


def beneath(scenario: Scenario, row: Mapping[str, float]) -> dict[str, float]:
    """Return those values of a plausible set that no file, factor or `--set` overrides."""
    lowest = ("default", "plausible")
    return {key: value for key, value in row.items() if scenario.origins[key].layer in lowest}

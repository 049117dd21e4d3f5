"""Warnings of a design: values out of range or without effect, and points that repeat another."""

from __future__ import annotations

from collections.abc import Iterator

from sim.experiment.design import Experiment, Factor
from sim.model.parameters import Cell, attribute
from sim.model.register import Rules
from sim.scenario.acting import governing
from sim.scenario.describe import find_ineffective, governors, keys_of
from sim.scenario.keys import SCENARIO, find_key, of_point
from sim.scenario.resolve import DATES, EVENTS
from sim.world.own_tables import without_effect

MOST_NAMED = 8


def warnings_of(experiment: Experiment) -> list[str]:
    factors, rules = experiment.design.factors, experiment.rules
    return [
        *(text for factor in factors for text in _beyond(factor, rules)),
        *idle_factors(experiment),
        *_repeated(experiment),
    ]


def _beyond(factor: Factor, rules: Rules) -> Iterator[str]:
    cells: tuple[Cell, ...] = factor.options or (factor.low, factor.high)
    for path in (path for path in factor.keys if path != SCENARIO):
        key = find_key(path, rules)
        low, high = attribute(key.field, "plausible") or (None, None)
        if low is None or key.how:
            continue
        values = [factor.settings(cell).get(path, low) for cell in cells]
        outside = [f"{value:g}" for value in dict.fromkeys(values) if not low <= value <= high]
        if outside:
            unit = attribute(key.field, "unit")
            text = f"outside the plausible range, {low:g} to {high:g}"
            yield f"{factor.title}, {path}: {', '.join(outside)} ({unit}) {text}"


def _repeated(experiment: Experiment) -> Iterator[str]:
    # Equal except for idle values.
    first: dict[tuple[object, ...], int] = {}
    repeated = []
    for point in range(len(experiment.design.points)):
        settings = experiment.design.settings(point)
        scenario = experiment.scenarios[str(settings.get(SCENARIO, experiment.base))]
        dated = {path for event in scenario.events for path in event.sets}
        acting = {
            path: value
            for path, value in settings.items()
            if not any(
                governor.path not in dated
                and settings.get(governor.path, scenario.value(governor.path)) is governor.idle_at
                for governor in governors(experiment.rules).get(path, ())
            )
        }
        same = first.setdefault((*sorted(acting.items()),), point)
        if same != point:
            repeated.append(f"{point} is {same}")
    if repeated:
        named = ", ".join(repeated[:MOST_NAMED]) + ", …" * (len(repeated) > MOST_NAMED)
        yield (
            f"{len(repeated)} of {len(experiment.design.points)} points are the same scenario as"
            f" an earlier one, and their runs are made again: {named}"
        )


def ineffective(experiment: Experiment) -> list[str]:
    scenarios, covariates = experiment.scenarios.values(), experiment.rules.covariates
    problems = [p for scenario in scenarios for p in find_ineffective(scenario, keys_of(scenario))]
    # Who shortens a horizon knows that later events are left out.
    lines = [f"{p.origin}: {p.key} {p.text}." for p in problems if p.key != EVENTS]
    lines += [
        f"{text}."
        for scenario in scenarios
        if scenario.seeds
        for text in without_effect(scenario.seeds, covariates, scenario.end_quarter)
    ]
    return list(dict.fromkeys([*lines, *(f"{text}." for text in idle_factors(experiment))]))


def idle_factors(experiment: Experiment) -> Iterator[str]:
    at_first = _idle_at(0, experiment)
    acting = experiment.design.settings(0).keys() - at_first.keys()
    for factor in experiment.design.factors:
        for path in (path for path in factor.keys if path not in (SCENARIO, *acting)):
            if text := _idle(path, experiment):
                yield f"{factor.title}, {path}: {text}"


def _idle_at(point: int, experiment: Experiment, *paths: str) -> dict[str, str]:
    # Some keys of a point, or all, that change nothing there, with the reason.
    settings = experiment.design.settings(point)
    scenario = experiment.scenarios[str(settings.pop(SCENARIO, experiment.base))]
    keys = {path: find_key(path, scenario.rules) for path in paths or settings}
    keys = {path: key for path, key in keys.items() if key.bare not in DATES}
    found = find_ineffective(scenario.given(of_point(settings, scenario.rules)), keys)
    return {problem.key: problem.text for problem in found if problem.key in keys}


def _idle(path: str, experiment: Experiment) -> str:
    design, rules = experiment.design, experiment.rules
    bare, text = find_key(path, rules).bare, ""
    if bare in DATES:
        return ""
    decisive = {*governing(bare, rules), *(g.path for g in governors(rules).get(bare, ())), *DATES}
    others = [
        other
        for factor in design.factors
        for other in factor.keys
        if other == SCENARIO or find_key(other, rules).bare in decisive
    ]
    tried: set[tuple[object, ...]] = set()
    for point in range(len(design.points)):
        settings = design.settings(point)
        values = tuple(map(settings.get, others))
        if path not in settings or values in tried:
            continue
        tried.add(values)
        if not (text := _idle_at(point, experiment, path).get(path, "")):
            return ""
    return text

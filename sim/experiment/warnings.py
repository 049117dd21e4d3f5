"""Warnings of a design: values outside the plausible range, and points that repeat another."""

from __future__ import annotations

from collections.abc import Iterator

from sim.experiment.design import Experiment, Factor
from sim.parameters import Cell, attribute
from sim.rules import Rules
from sim.scenario.describe import governors
from sim.scenario.keys import SCENARIO, find_key

MOST_NAMED = 8


def warnings_of(experiment: Experiment) -> list[str]:
    """Return a line for each parameter with values out of range, and one for repeated points."""
    factors, rules = experiment.design.factors, experiment.rules
    return [
        *(text for factor in factors for text in _beyond(factor, rules)),
        *_repeated(experiment),
    ]


def _beyond(factor: Factor, rules: Rules) -> Iterator[str]:
    cells: tuple[Cell, ...] = factor.options or (factor.low, factor.high)
    for path in (path for path in factor.keys if path != SCENARIO):
        key = find_key(path, rules)
        low, high = attribute(key.field, "plausible") or (None, None)
        if low is None or key.how or key.event:
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

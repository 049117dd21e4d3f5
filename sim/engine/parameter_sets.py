"""Parameter records of many points of a design, without loading a scenario for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.arrays import Whole
from sim.engine.records import Array
from sim.errors import InputError
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO, of_point
from sim.scenario.resolve import beyond_bounds, derive
from sim.scenario.scope import Classes, classes_of, representatives


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
    # Points differ in usual values, such as those of their plausible sets; few in others.
    alike: dict[tuple[Any, ...], list[int]] = {}
    usual: list[dict[str, Any]] = []
    for at, settings in enumerate(points):
        name = settings.get(SCENARIO, base)
        known = scenarios[name].rules.parameters
        usual.append({path: value for path, value in settings.items() if path in known})
        others = (pair for pair in settings.items() if pair[0] not in known)
        alike.setdefault((name, *(p for p in others if p[0] != SCENARIO)), []).append(at)
    groups = [
        (scenarios[name].given(of_point(dict(others), scenarios[name].rules)), members)
        for (name, *others), members in alike.items()
    ]
    classes = classes_of(scope for scenario, _ in groups for scope in scenario.scopes)
    parts = []
    for scenario, members in groups:
        mine = [usual[at] for at in members]
        records, period_of = scenario.resolved(representatives(classes), mine)
        for given, at, text in beyond_bounds(scenario.assignments, records, scenario.rules):
            before = mine[at].get(given.bare, scenario.value(given.bare))
            where = f"in a run whose {given.bare} is {before:.6g}"
            raise InputError(f"{scenario.name}, {where}: it {text}")
        derive(records, scenario.rules)
        parts.append((members, records, period_of))
    first, periods = parts[0][1:]
    most, combinations = max(r.shape[1] for _, r, _ in parts), max(len(p) for *_, p in parts)
    sets = np.zeros((len(points), most, first.shape[2]), first.dtype)
    period_of = np.zeros((len(points), combinations, periods.shape[1]), np.int64)
    for members, records, periods in parts:
        sets[members, : records.shape[1]] = records
        period_of[members, : len(periods)] = periods
    return sets, period_of, classes

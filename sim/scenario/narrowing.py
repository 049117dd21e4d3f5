"""What a scenario takes from the uncertainty of its runs: values outside of what is plausible.

An absolute value is the same in all runs, also where the plausible sets leave it open. That may be
meant, as in an ablation; in a policy it is more often a slip, where a relative value is meant.
"""

from __future__ import annotations

from typing import Any

from sim.parameters import attribute
from sim.scenario.file import EVENT_KEYS, find_key
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.scenario import Key, Scenario
from sim.scenario.toml_file import Problem, bounds

MEANT_IN = ("baseline", "ablation", "null")
"""Kinds of scenarios in which it is meant."""


def find_narrowed_values(scenario: Scenario, file: str, sets: PlausibleSets) -> list[Problem]:
    """Return what a file sets to one number although it is open, each with its place.

    Args:
        scenario: The scenario.
        file: Its file, as messages show it; what it inherits is not looked at.
        sets: What is left open.
    """
    if scenario.kind in MEANT_IN:
        return []
    found = []
    for path, origin in scenario.origins.items():
        if origin.file != file or path.rpartition(".")[2] in EVENT_KEYS:
            continue
        key = find_key(path, scenario.rules)
        if key.how or key.field.annotation is not float:
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
            found.append(Problem(origin, path, f"{value:g} {', and '.join(texts)}"))
    return found


def _value_at(scenario: Scenario, key: Key) -> Any:
    if key.event:
        return next(e.sets[key.bare] for e in scenario.events if e.name == key.event)
    return next((v.value for v in scenario.values if v.key == key.path), scenario.value(key.bare))

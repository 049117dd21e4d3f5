"""The parameters that evidence leaves open, and points in the space of their plausible ranges.

Calibration and sensitivity studies vary the same parameters over the same ranges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.arrays import Floats
from sim.errors import InputError
from sim.experiment.experiment import Design, Factor
from sim.experiment.factors import find_key
from sim.experiment.points import spread
from sim.register import nearest
from sim.scenario import Scenario
from sim.text import listed

FREE = ("default", "plausible")
"""Layers of values that no file and no `--set` chose."""


def plausible_factors(
    scenario: Scenario, names: str | Sequence[str] | None = None
) -> tuple[Factor, ...]:
    """Return the parameters of a study, each over its plausible range.

    Args:
        scenario: Whose parameters.
        names: Dotted keys, or names of mechanisms for all of theirs, at least one; None: all. "All"
            are those that have a plausible range and whose value neither a scenario file nor
            `--set` chose, for varying those would ask of another scenario.

    Raises:
        InputError: For names that are no parameter, have no plausible range, are given twice or
            are set with `--set`.
    """
    known: dict[str, Factor] = {}
    fixed: list[str] = []
    kinds = {name: type(values) for name, values in scenario.sections.items()}
    for path in (f"{name}.{key}" for name, kind in kinds.items() for key in kind.model_fields):
        key = find_key(path, scenario.rules, {})
        if key.plausible is None:
            fixed.append(path)
        else:
            low, high = map(float, key.plausible)
            known[path] = Factor(
                path, key.title, key.unit, path, low=low, high=high, whole=key.kind is int
            )
    free = [key for key in known if scenario.origins[key].layer in FREE]
    if names is None:
        return tuple(known[key] for key in free)
    names = listed(names)
    whole = {name: [key for key in free if key.startswith(f"{name}.")] for name in names}
    names = [key for name in names for key in whole[name] or [name]]
    problems = [_fault(name, known, fixed, scenario) for name in names]
    problems += [f"{name}: given twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if not names:
        problems.append("name at least one parameter")
    if found := list(dict.fromkeys(filter(None, problems))):
        raise InputError(found, "parameters of the study:")
    return tuple(known[name] for name in names)


def _fault(name: str, known: Mapping[str, Factor], fixed: Sequence[str], scenario: Scenario) -> str:
    if name in fixed:
        return f"{name} has no plausible range, so there is nothing to vary it over"
    if name not in known:
        hint = nearest(name, known, "; `entrench describe baseline` lists them")
        return f"no parameter {name!r}{hint}"
    if scenario.origins[name].layer == "set":
        return f"{name} is set with --set, so it cannot be varied"
    return ""


def design_of(factors: Sequence[Factor], cube: Floats) -> Design:
    """Lay points of the unit cube over the parameters' ranges."""
    columns = [spread(factor, cube[:, at]) for at, factor in enumerate(factors)]
    return Design("list", tuple(factors), tuple(zip(*columns, strict=True)))

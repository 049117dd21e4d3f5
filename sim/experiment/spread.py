"""The parameters that evidence leaves open, and points in the space of their plausible ranges."""

from __future__ import annotations

from collections.abc import Sequence

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
LISTED = "; `entrench describe` lists them"


def plausible_factors(
    scenario: Scenario, names: str | Sequence[str] | None = None
) -> tuple[Factor, ...]:
    """Return parameters as factors, each over its plausible range.

    Args:
        scenario: Whose parameters.
        names: Dotted keys, or names of mechanisms for all of theirs; None: all that have a
            plausible range and whose value no file and no `--set` chose.

    Raises:
        InputError: A name is not a parameter with a plausible range.
    """
    known: dict[str, Factor] = {}
    kinds = {name: type(values) for name, values in scenario.sections.items()}
    for path in (f"{name}.{key}" for name, kind in kinds.items() for key in kind.model_fields):
        key = find_key(path, scenario.rules, {})
        if key.plausible is not None:
            low, high = map(float, key.plausible)
            whole = key.kind is int
            known[path] = Factor(path, key.title, key.unit, path, low=low, high=high, whole=whole)
    free = [key for key in known if scenario.origins[key].layer in FREE]
    wanted = free
    if names is not None:
        parts = {name: [k for k in free if k.startswith(f"{name}.")] for name in listed(names)}
        wanted = [key for name, keys in parts.items() for key in keys or [name]]
    wrong = [
        f"no parameter {name!r} with a plausible range{nearest(name, known, LISTED)}"
        for name in wanted
        if name not in known
    ]
    wrong += [
        f"{name} is set with --set"
        for name in wanted
        if name in known and scenario.origins[name].layer == "set"
    ]
    if wrong or not wanted:
        raise InputError(wrong or ["name at least one parameter"], "parameters of the study:")
    return tuple(known[name] for name in dict.fromkeys(wanted))


def lay_over(factors: Sequence[Factor], cube: Floats) -> Design:
    """Lay points of the unit cube over the ranges of factors."""
    columns = [spread(factor, cube[:, at]) for at, factor in enumerate(factors)]
    return Design("list", tuple(factors), tuple(zip(*columns, strict=True)))

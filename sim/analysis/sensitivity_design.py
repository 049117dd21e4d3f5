"""The points of a sensitivity study, and the sweep that runs them.

Points are drawn in the unit cube and laid over the plausible ranges of the parameters, each taken
as uniform and independent of the others. The designs are SALib's (Herman and Usher 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.errors import InputError
from sim.experiment.experiment import Cell, Design, Experiment, Factor, Keep
from sim.parameters import attribute
from sim.results.chunk import WORLD, Floats
from sim.results.outcomes import nearest
from sim.scenario import Scenario

type Method = Literal["morris", "sobol"]

LEVELS = 4
"""Levels of Morris' grid: a step moves a parameter by two thirds of its range."""
DIGITS = 12
"""Significant digits of a parameter's value."""
FREE = ("default", "plausible")
"""Layers of values that no file and no `--set` chose."""

TITLES: Mapping[Method, str] = {"morris": "Morris screening", "sobol": "Sobol' indices"}


@dataclass(frozen=True)
class Measured:
    """The number that a study explains.

    Attributes:
        outcome: Name of an outcome.
        year: Its value at the end of this year.
        kind: Kind of group.
        group: Name of the group.
    """

    outcome: str = "working"
    year: int = 2040
    kind: str = WORLD
    group: str = WORLD

    def __str__(self) -> str:
        """Return e.g. ``working, world, end of 2040``."""
        return f"{self.outcome}, {self.group}, end of {self.year}"


def plausible_factors(scenario: Scenario, names: Sequence[str] | None = None) -> tuple[Factor, ...]:
    """Return the parameters of a study, each over its plausible range.

    Args:
        scenario: Whose parameters.
        names: Dotted keys, at least one; None: all that have a plausible range and whose value
            neither a scenario file nor `--set` chose, for varying those would ask of another
            scenario.

    Raises:
        InputError: For names that are no parameter, have no plausible range, are given twice or
            are set with `--set`.
    """
    known: dict[str, Factor] = {}
    fixed: list[str] = []
    for section, values in scenario.sections.items():
        for key, field in type(values).model_fields.items():
            path = f"{section}.{key}"
            plausible = attribute(field, "plausible")
            if plausible is None:
                fixed.append(path)
                continue
            known[path] = Factor(
                name=path,
                title=path,
                unit=attribute(field, "unit") or "",
                key=path,
                low=float(plausible[0]),
                high=float(plausible[1]),
                whole=field.annotation is int,
            )
    if names is None:
        return tuple(f for f in known.values() if scenario.origins[f.name].layer in FREE)
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
        return f"no parameter {name!r}{nearest(name, known)}"
    if scenario.origins[name].layer == "set":
        return f"{name} is set with --set, so it cannot be varied"
    return ""


def morris_cube(width: int, trajectories: int, seed: int) -> Floats:
    """Return trajectories through the unit cube, on a grid of four levels.

    Args:
        width: Number of parameters.
        trajectories: How many; each has one point more than there are parameters.
        seed: Seed of the design.

    Returns:
        Shape (trajectories × (width + 1), width).
    """
    from SALib.sample import morris

    problem = unit_problem(width)
    cube: Floats = morris.sample(problem, trajectories, num_levels=LEVELS, seed=generator(seed))
    return np.clip(cube, 0.0, 1.0)


def sobol_cube(width: int, samples: int, seed: int) -> Floats:
    """Return Saltelli's arrangement of a scrambled Sobol' sequence in the unit cube.

    Args:
        width: Number of parameters.
        samples: Rows of the base sample: a power of two, at least 2.
        seed: Seed of the design.

    Returns:
        Shape (samples × (width + 2), width).

    Raises:
        InputError: The number of samples is no power of two.
    """
    if samples < 2 or samples & (samples - 1):
        below = max(2, 1 << (max(samples, 2).bit_length() - 1))
        raise InputError(
            f"--samples {samples}: must be a power of two, such as {below} or {2 * below}"
        )
    from SALib.sample import sobol

    cube: Floats = sobol.sample(
        unit_problem(width), samples, calc_second_order=False, seed=generator(seed)
    )
    return cube


def design_of(factors: Sequence[Factor], cube: Floats) -> Design:
    """Lay points of the unit cube over the parameters' ranges."""
    columns = [_cells(factor, cube[:, at]) for at, factor in enumerate(factors)]
    return Design("list", tuple(factors), tuple(zip(*columns, strict=True)))


def _cells(factor: Factor, uniform: Floats) -> list[Cell]:
    assert factor.low is not None and factor.high is not None
    low, high = factor.low, factor.high
    if factor.whole:
        # Each whole number has an equal stretch of the unit interval.
        count = round(high - low) + 1
        steps = np.minimum(np.floor(uniform * count), count - 1)
        return [int(low + step) for step in steps.tolist()]
    values = (low + uniform * (high - low)).tolist()
    return [min(max(float(f"{value:.{DIGITS}g}"), low), high) for value in values]


def experiment_of(
    method: Method,
    scenario: Scenario,
    design: Design,
    measured: Measured,
    *,
    source: str,
    overrides: Mapping[str, Any],
    replicates: int,
    seed: int,
) -> Experiment:
    """Return the sweep that a study runs; it keeps the one outcome, group and year.

    Args:
        method: Which method the points are of.
        scenario: The base, with overrides.
        design: The points.
        measured: What is measured.
        source: What :func:`sim.scenario.load_scenario` takes for the scenario.
        overrides: What `--set` gave.
        replicates: Runs at each point, with the same luck at all points.
        seed: Seed of the draws.
    """
    return Experiment(
        name=f"{method}-{scenario.name}",
        title=f"{TITLES[method]} of {scenario.name}",
        question=f"Which parameters does it depend on: {measured}?",
        base=scenario.name,
        scenarios={scenario.name: scenario},
        overrides=dict(overrides),
        design=design,
        replicates=replicates,
        seed=seed,
        keep=Keep(
            outcomes=(measured.outcome,),
            groups=() if measured.kind == WORLD else (measured.kind,),
            dates=(measured.year,),
        ),
        sources={scenario.name: source},
    )


def unit_problem(width: int) -> dict[str, Any]:
    """Return SALib's description of so many parameters from 0 to 1."""
    return {
        "num_vars": width,
        "names": [f"x{at}" for at in range(width)],
        "bounds": [[0.0, 1.0]] * width,
    }


def generator(seed: int) -> np.random.Generator:
    """Return a generator: SALib takes a seed of 0 for none."""
    return np.random.default_rng(seed)

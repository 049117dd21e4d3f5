"""The points of a sensitivity study.

Points are drawn in the unit cube and laid over the plausible ranges of the parameters, each taken
as uniform and independent of the others. The designs are SALib's (Herman and Usher 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.engine.chunk import Floats
from sim.errors import InputError
from sim.register import WORLD

type Method = Literal["morris", "sobol"]

LEVELS = 4
"""Levels of Morris' grid: a step moves a parameter by two thirds of its range."""

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

"""The points of a design: which values the factors take together.

The same design and seed give the same points everywhere. The unit cube's points come from
``scipy.stats.qmc`` (a Latin hypercube, or a scrambled Sobol' sequence), with an explicit seed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from sim.arrays import Floats
from sim.experiment.experiment import Factor, Kind
from sim.parameters import Cell
from sim.scenario.scenario import is_date
from sim.units import QUARTERS

MOST_POINTS = 1 << 20
"""Points of a design; also the most that a Sobol' sequence is asked for."""

DIGITS = 12
"""Significant digits of a computed value, so that the last bits of a logarithm do not show."""


def step_size(factor: Factor) -> float | None:
    """Return the step between a factor's neighbouring values: 1, a quarter, or None."""
    if factor.key is not None and is_date(factor.key):
        return 1.0 / QUARTERS
    return 1.0 if factor.whole else None


def options(factor: Factor) -> tuple[Cell, ...]:
    """Return a factor's listed values or labels; empty for a range."""
    return tuple(level.label for level in factor.levels) or factor.values


def count_steps(factor: Factor) -> float:
    """Return how many values a range holds; infinity if it is continuous."""
    step = step_size(factor)
    if step is None or factor.low is None or factor.high is None:
        return math.inf
    return round((factor.high - factor.low) / step) + 1


def divide(factor: Factor, steps: int) -> tuple[Cell, ...]:
    """Return evenly spaced values of a range, both ends among them.

    Whole numbers and quarters are the nearest to even spacing, so there may be fewer than asked.
    """
    low, high = factor.ends
    if factor.scale == "log":
        spaced = np.exp(np.linspace(math.log(low), math.log(high), steps))
    else:
        spaced = np.linspace(low, high, steps)
        # Where a range spans 0, rounding may leave 7e-18 in its place.
        spaced[np.abs(spaced) < (high - low) * 10.0**-DIGITS] = 0.0
    step = step_size(factor)
    if step is not None:
        spaced = np.floor((spaced - low) / step + 0.5) * step + low
    return tuple(dict.fromkeys(_cells(factor, spaced)))


def make_points(
    kind: Kind, factors: Sequence[Factor], count: int, seed: int
) -> tuple[tuple[Cell, ...], ...]:
    """Return the points of a grid, a Latin hypercube or a Sobol' sequence.

    Args:
        kind: Grid, Latin hypercube or Sobol' sequence.
        factors: The columns; in a grid, each with listed values or levels.
        count: Points; for a Sobol' sequence a power of two. Not used by a grid.
        seed: Seed of the design. Not used by a grid.
    """
    if kind == "grid":
        return tuple(itertools.product(*map(options, factors)))
    cube = _unit_cube(kind, len(factors), count, seed)
    columns = [spread(factor, cube[:, at]) for at, factor in enumerate(factors)]
    return tuple(zip(*columns, strict=True))


def _unit_cube(kind: Kind, width: int, count: int, seed: int) -> Floats:
    """Return points in the unit cube, shape (count, width)."""
    from scipy.stats import qmc

    random = np.random.default_rng(seed)
    if kind == "sobol":
        sobol = qmc.Sobol(width, scramble=True, rng=random)
        cube: Floats = sobol.random_base2(count.bit_length() - 1)
    else:
        cube = qmc.LatinHypercube(width, rng=random).random(count)
    return cube


def spread(factor: Factor, uniform: Floats) -> list[Cell]:
    """Return a factor's cells where shares of its values or its range are given, from 0 to 1."""
    listed = options(factor)
    if listed:
        picked = np.minimum(np.floor(uniform * len(listed)), len(listed) - 1).astype(int)
        return [listed[at] for at in picked.tolist()]
    (low, high), step = factor.ends, step_size(factor)
    # Each value has a stretch of its own, the last one too: [value, value + step).
    if factor.scale == "log":
        first, last = math.log(low), math.log(high + (step or 0.0))
        numbers = np.exp(first + uniform * (last - first))
        return _cells(factor, np.floor(numbers) if step else numbers)
    if step is None:
        return _cells(factor, low + uniform * (high - low))
    return _cells(factor, low + np.floor(uniform * count_steps(factor)) * step)


def _cells(factor: Factor, numbers: Floats) -> list[Cell]:
    """Return numbers as plain cells within the range."""
    low, high = factor.ends
    kept = numbers.tolist()
    if step_size(factor) is None:
        kept = [float(f"{number:.{DIGITS}g}") for number in kept]
    kept = [min(max(number, low), high) for number in kept]
    return [int(number) for number in kept] if factor.whole else kept

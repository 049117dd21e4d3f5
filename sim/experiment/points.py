"""The points of a design: which values the factors take together.

The same design and seed give the same points everywhere. The unit cube's points come from
``scipy.stats.qmc``, with an explicit seed.
"""

from __future__ import annotations

import itertools
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.arrays import Floats
from sim.errors import InputError
from sim.experiment.experiment import Design, Factor
from sim.parameters import Cell, attribute
from sim.register import nearest
from sim.rules import SHIPPED, Rules
from sim.scenario import Scenario
from sim.scenario.file import find_key
from sim.scenario.relative import TIMES
from sim.scenario.scenario import DATES, Key, is_date
from sim.text import listed
from sim.units import QUARTERS

MOST_POINTS = 1 << 20
"""Points of a design."""
DIGITS = 12
"""Significant digits of a computed value, so that the last bits of a logarithm do not show."""


def in_words(path: str, letters: int = 60) -> str:
    """Return what a dotted key means, in a few words and with the key, for figures."""
    try:
        meaning = factor_of(path, SHIPPED)[1].field.description or ""
    except ValueError:
        return path  # of a user's own mechanism, or a factor of named levels
    clause = re.split(r"[.:;,(]", meaning)[0]
    return f"{textwrap.shorten(clause, letters, placeholder=' ...')} ({path})"


def factor_of(path: str, rules: Rules) -> tuple[Factor, Key]:
    """Return a factor for a dotted key, without values or range, and the key.

    Raises:
        ValueError: There is no such key, or it cannot be varied.
    """
    key = find_key(path, rules)
    name = key.bare.rpartition(".")[2]
    if key.bare.startswith("horizon."):
        raise ValueError(
            "cannot be varied: all points share one horizon; set it in the base, or with --set"
        )
    if key.bare in DATES:
        title = f"{'Date' if key.bare == 'date' else 'End'} of {key.event}"
        return Factor(path, title, "year", path), key
    title = f"{name.replace('_', ' ').capitalize()} ({key.bare.partition('.')[0]})"
    title += f", {key.how}" if key.how else ""
    title += f" from {key.event} on" if key.event else ""
    title += f" where {key.scope.label}" if key.scope else ""
    kind = key.field.annotation
    unit = "" if kind is bool else attribute(key.field, "unit") or ""
    unit = "factor" if key.how == TIMES else unit
    return Factor(path, title, unit, path, whole=kind is int), key


def step_size(factor: Factor) -> float:
    """Return the step between a factor's neighbouring values: 1, a quarter, or 0 for none."""
    if factor.key is not None and is_date(factor.key):
        return 1.0 / QUARTERS
    return float(factor.whole)


def divide(factor: Factor, steps: int) -> tuple[Cell, ...]:
    """Return evenly spaced values of a range, both ends among them.

    Whole numbers and quarters are the nearest to even spacing, so there may be fewer than asked.
    """
    low, high = factor.low, factor.high
    spaced = (np.geomspace if factor.scale == "log" else np.linspace)(low, high, steps)
    if low < 0.0:  # rounding may leave 7e-18 in the place of 0
        spaced[np.abs(spaced) < (high - low) * 10.0**-DIGITS] = 0.0
    if step := step_size(factor):
        spaced = np.floor((spaced - low) / step + 0.5) * step + low
    return tuple(dict.fromkeys(_cells(factor, spaced)))


def make_points(
    factors: Sequence[Factor], count: int | None, seed: int
) -> tuple[tuple[Cell, ...], ...]:
    """Return the points of a grid or a Latin hypercube.

    Args:
        factors: The columns; in a grid, each with listed values or levels.
        count: Points of a Latin hypercube; None: a grid.
        seed: Seed of the design. Not used by a grid.

    Raises:
        ValueError: A grid has too many.
    """
    if count is None:
        count = math.prod(len(factor.options) for factor in factors)
        if count > MOST_POINTS:
            raise ValueError(f"{count} points; allowed: up to {MOST_POINTS}")
        return tuple(itertools.product(*(factor.options for factor in factors)))
    from scipy.stats import qmc

    random = np.random.default_rng(seed)
    return lay_over(factors, qmc.LatinHypercube(len(factors), rng=random).random(count)).points


def lay_over(factors: Sequence[Factor], cube: Floats) -> Design:
    """Lay points of the unit cube over the ranges of factors, or their listed values."""
    columns = [_spread(factor, cube[:, at]) for at, factor in enumerate(factors)]
    return Design("list", tuple(factors), tuple(zip(*columns, strict=True)))


def _spread(factor: Factor, uniform: Floats) -> list[Cell]:
    """Return a factor's cells where shares of its values or its range are given, from 0 to 1."""
    if listed := factor.options:
        picked = np.minimum(np.floor(uniform * len(listed)), len(listed) - 1).astype(int)
        return [listed[at] for at in picked.tolist()]
    low, high, step = factor.low, factor.high, step_size(factor)
    # Each value has a stretch of its own, the last one too: [value, value + step).
    if factor.scale == "log":
        first, last = math.log(low), math.log(high + step)
        numbers = np.exp(first + uniform * (last - first))
        return _cells(factor, np.floor(numbers) if step else numbers)
    if step:
        count = round((high - low) / step) + 1
        return _cells(factor, low + np.floor(uniform * count) * step)
    return _cells(factor, low + uniform * (high - low))


def _cells(factor: Factor, numbers: Floats) -> list[Cell]:
    """Return numbers as plain cells within the range."""
    cells = numbers.tolist()
    if not step_size(factor):
        cells = [float(f"{number:.{DIGITS}g}") for number in cells]
    cells = [min(max(number, factor.low), factor.high) for number in cells]
    return [int(number) for number in cells] if factor.whole else cells


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
    for section, values in scenario.sections.items():
        for name, field in type(values).model_fields.items():
            if plausible := attribute(field, "plausible"):
                low, high = map(float, plausible)
                factor, _ = factor_of(f"{section}.{name}", scenario.rules)
                known[factor.name] = replace(factor, low=low, high=high)
    free = [key for key in known if scenario.origins[key].layer == "default"]
    wanted = free
    if names is not None:
        parts = {name: [k for k in free if k.startswith(f"{name}.")] for name in listed(names)}
        wanted = [key for name, keys in parts.items() for key in keys or [name]]
    hint = "; `entrench describe` lists them"
    wrong = [
        f"no parameter {name!r} with a plausible range{nearest(name, known, hint)}"
        for name in wanted
        if name not in known
    ]
    over = [name for name in wanted if name in known and scenario.origins[name].layer == "set"]
    wrong += [f"{name} is set with --set" for name in over]
    if wrong or not wanted:
        raise InputError(wrong or ["name at least one parameter"], "parameters of the study:")
    return tuple(known[name] for name in dict.fromkeys(wanted))

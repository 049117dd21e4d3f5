"""The plausible set: parameter sets that calibration could not rule out, with weights.

Replicate *i* of a run takes one of them, the same in every scenario, so that bands hold what the
evidence leaves open as well as chance, and scenarios stay paired.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np

from sim.errors import InputError
from sim.rules import SHIPPED, Rules
from sim.scenario.toml_file import allowed, bounds, suggest
from sim.text import NUMBER, RowError, read_rows, read_text
from sim.world.locate import find_data_folder

FILE = "plausible.csv"
SET, WEIGHT = "set", "weight"
TOLERANCE = 1e-6
"""By how much the weights may miss 1: they are written with a few digits."""


@dataclass(frozen=True)
class PlausibleSets:
    """Parameter sets with weights.

    Attributes:
        keys: Dotted keys of the parameters.
        rows: A set a row, a value a key.
        weights: One a set; they add up to 1.
    """

    keys: tuple[str, ...]
    rows: tuple[tuple[float | int, ...], ...]
    weights: tuple[float, ...]

    @cached_property
    def _edges(self) -> list[float]:
        return list(accumulate(self.weights))

    def number_of(self, replicate: int) -> int:
        """Return the set that a replicate takes, from 0."""
        return set_of_replicate(self._edges, replicate)

    def values(self, number: int) -> dict[str, float | int]:
        """Return a set's values by dotted key."""
        return dict(zip(self.keys, self.rows[number], strict=True))


def set_of_replicate(edges: Sequence[float], replicate: int) -> int:
    """Return the set that a replicate takes, from 0.

    The replicate's bits in reverse order are a number between 0 and 1 (van der Corput), so that
    any first so many replicates take the sets about as often as their weights say.

    Args:
        edges: Sums of the sets' weights up to each.
        replicate: Its number, from 0.
    """
    place, half = 0.0, 0.5
    while replicate:
        place += half * (replicate & 1)
        replicate >>= 1
        half *= 0.5
    return min(bisect_right(edges, place * edges[-1]), len(edges) - 1)


def read_plausible(path: Path, rules: Rules = SHIPPED) -> PlausibleSets:
    """Read a table of parameter sets: columns `set`, `weight`, then dotted keys.

    Args:
        path: A CSV file.
        rules: Whose parameters they are.

    Raises:
        InputError: Everything that is wrong, with its line.
    """
    try:
        table = list(read_rows(read_text(path, "a table of parameter sets", "comma-separated")))
    except RowError as error:
        raise InputError(f"{path}:{error}") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    header = table[0][1] if table else []
    if header[:2] != [SET, WEIGHT] or len(header) < 3 or len(table) < 2:
        raise InputError(f"{path}: must begin with columns {SET},{WEIGHT} and then parameters")
    keys = tuple(header[2:])
    known = {
        f"{name}.{key}": field
        for name, section in rules.sections.items()
        for key, field in section.model_fields.items()
    }
    names = list(known)
    problems = [
        f"{path}:1: no parameter {key!r}; {suggest(key, names, 'there are')}"
        for key in keys
        if key not in known
    ]
    problems += [f"{path}:1: {key} is there twice" for key in set(keys) if keys.count(key) > 1]
    problems += [
        f"{path}:{line}: {len(cells)} cells; must be {len(header)}"
        for line, cells in table
        if len(cells) != len(header)
    ]
    if problems:
        raise InputError(problems)
    fields = [known[key] for key in keys]
    whole = np.array([field.annotation is int for field in fields])
    # A switch has no bounds, and no value but 0.
    ends = np.array([[end or 0.0 for end in bounds(field)] for field in fields])
    numbers = np.array([[_number(cell) for cell in cells[1:]] for _, cells in table[1:]])
    weights, values = numbers[:, 0], numbers[:, 1:]
    right = (ends[:, 0] <= values) & (values <= ends[:, 1]) & ~(whole & (values % 1 != 0))
    for row in np.flatnonzero(~(weights >= 0.0)):
        line, cells = table[row + 1]
        problems.append(f"{path}:{line}: weight {cells[1]!r}; must be a number from 0")
    for row, at in np.argwhere(~right):
        line, cells = table[row + 1]
        must = f"{keys[at]}: must be {allowed(fields[at])}"
        problems.append(f"{path}:{line}: {must}, not {cells[at + 2]!r}")
    if not problems and abs(weights.sum() - 1.0) > TOLERANCE:
        problems.append(f"{path}: the weights add up to {weights.sum():g}; must be 1")
    if problems:
        raise InputError(problems)
    rows = (
        tuple(int(v) if w else v for v, w in zip(row, whole, strict=True))
        for row in values.tolist()
    )
    return PlausibleSets(keys, tuple(rows), tuple(weights.tolist()))


def _number(text: str) -> float:
    """Return the number that a cell is; NaN where it is not a number."""
    return float(text) if NUMBER.fullmatch(text) else math.nan


@cache
def shipped_plausible() -> PlausibleSets | None:
    """The project's own plausible set; None before there is one."""
    path = find_data_folder("seeds") / FILE
    return read_plausible(path) if path.is_file() else None


def plausible_table(sets: PlausibleSets) -> tuple[list[str], list[list[object]]]:
    """Return columns and rows of the table of parameter sets, values to six digits."""
    rows = zip(sets.rows, sets.weights, strict=True)
    return [SET, WEIGHT, *sets.keys], [
        [number, f"{weight:.10g}", *(f"{value:.6g}" for value in row)]
        for number, (row, weight) in enumerate(rows)
    ]

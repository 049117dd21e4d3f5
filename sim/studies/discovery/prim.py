"""The patient rule induction method (PRIM): boxes in which a condition holds more often.

Friedman and Fisher (1999), as Bryant and Lempert (2010) use it for scenario discovery. Peeling and
pasting are the EMA Workbench's (Kwakkel 2017); what becomes of its boxes is decided here.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MISSING = "discovery needs the extra `discovery`: pip install 'entrench[discovery]'"

type Column = NDArray[Any]

PEEL = 0.05
"""Share of a box's points that a step of peeling takes off."""
LEAST_MASS = 0.05
"""Share of the points that a box holds at least."""
LEAST_BOX_POINTS = 10
"""Points that a box holds at least."""
SIGNIFICANCE = 0.05
"""Quasi-p-value above which a restriction is dropped."""


@dataclass(frozen=True)
class Side:
    """One side of a box: what it asks of a column.

    Attributes:
        column: Name of the column.
        low: Least value, or None.
        high: Largest value, or None. One of `low`, `high` and `labels` is given.
        labels: Labels that are allowed, or None.
        p: Quasi-p-value: the chance of so many points with the condition in the box, if this side
            made no difference (a one-sided binomial test; no more than a guide, for the side was
            sought in the same points).
    """

    column: str
    low: float | None = None
    high: float | None = None
    labels: tuple[str, ...] | None = None
    p: float = float("nan")

    def holds(self, values: Column) -> Flags:
        """Return where a column's values are on the right side."""
        if self.labels is not None:
            return np.isin(values, list(self.labels))
        return np.asarray(values >= self.low if self.low is not None else values <= self.high)


@dataclass(frozen=True)
class Step:
    """A box on the way of peeling and pasting.

    Attributes:
        coverage: Share of all points with the condition that it holds.
        density: Share of its points that have the condition.
        mass: Share of all points that it holds.
        restricted: Number of columns that it restricts.
    """

    coverage: float
    density: float
    mass: float
    restricted: int


def need_workbench() -> None:
    """Refuse where the extra that holds the algorithm is missing; costs nothing.

    Raises:
        InputError: It is missing.
    """
    if find_spec("ema_workbench") is None:
        raise InputError(MISSING)


def peel(
    columns: Mapping[str, Column], hits: Flags, among: Flags
) -> tuple[pd.DataFrame, list[tuple[Side, ...]]]:
    """Peel and paste among some points.

    Returns:
        The workbench's table of steps: the points of each box (`n`), those with the condition
        (`k`) and the number of columns it restricts (`res_dim`); and its sides.
    """
    import pandas as pd

    with warnings.catch_warnings():
        # It warns of parts that are missing and that are not used here.
        warnings.simplefilter("ignore")
        from ema_workbench.analysis import prim
    # Names of its own: the workbench reads some names, such as `scenario`, as more than a name.
    names = {f"x{at}": name for at, name in enumerate(columns)}
    table = pd.DataFrame({short: columns[name][among] for short, name in names.items()})
    with warnings.catch_warnings():
        # It uses what pandas is going to drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        search = prim.Prim(
            table,
            hits[among],
            peel_alpha=PEEL,
            mass_min=min(1.0, max(LEAST_MASS, LEAST_BOX_POINTS / len(table))),
        )
        box = search.find_box()
    sides = [_sides(limits, box.box_lims[0], names) for limits in box.box_lims]
    return box.peeling_trajectory, sides


def choose(
    ways: Sequence[tuple[Side, ...]],
    columns: Mapping[str, Column],
    hits: Flags,
    among: Flags,
    least_density: float | None,
) -> tuple[int, tuple[Side, ...], tuple[str, ...]]:
    """Return the best of the steps' boxes: its step, sides, and the columns of those dropped.

    Without sides, if none has a significant one.
    """
    best: tuple[int, tuple[Side, ...], tuple[str, ...]] = (0, (), ())
    best_score = 0.0
    for step, sides in enumerate(ways):
        kept, dropped = significant(sides, columns, hits, among)
        if not kept:
            continue
        inside = among & inside_of(kept, columns)
        points, met = int(inside.sum()), int(hits[inside].sum())
        coverage = met / int(hits.sum())
        score = coverage - points / int(among.sum())
        if least_density is not None:
            score = coverage if met >= least_density * points else 0.0
        # The first of equals is the largest.
        if score > best_score:
            best, best_score = (step, kept, dropped), score
    return best


def _sides(limits: Any, whole: Any, names: Mapping[str, str]) -> tuple[Side, ...]:
    """Translate the workbench's limits into sides."""
    sides: list[Side] = []
    for short, name in names.items():
        first, second = limits[short].tolist()
        if isinstance(first, set):
            if first != whole[short].tolist()[0]:
                sides.append(Side(name, labels=tuple(sorted(map(str, first)))))
            continue
        least, largest = whole[short].tolist()
        if first > least:
            sides.append(Side(name, low=float(first)))
        if second < largest:
            sides.append(Side(name, high=float(second)))
    return tuple(sides)


def inside_of(sides: Sequence[Side], columns: Mapping[str, Column]) -> Flags:
    """Return which points are on the right side of all."""
    inside = np.ones(len(next(iter(columns.values()))), dtype=bool)
    for side in sides:
        inside &= side.holds(columns[side.column])
    return inside


def significant(
    sides: Sequence[Side], columns: Mapping[str, Column], hits: Flags, among: Flags
) -> tuple[tuple[Side, ...], tuple[str, ...]]:
    """Drop sides that are not significant, the least significant first.

    Args:
        sides: Of a box.
        columns: Of the points.
        hits: Which points have the condition.
        among: Which points the box was sought in.

    Returns:
        The sides left, each with its quasi-p-value, and the columns of those dropped.
    """
    from scipy.special import bdtrc

    kept, dropped = list(sides), list[str]()
    outside = [~side.holds(columns[side.column]) for side in kept]
    while kept:
        broken = np.sum(outside, axis=0)
        inside = among & (broken == 0)
        points, met = int(inside.sum()), int(hits[inside].sum())
        chances = []
        for out in outside:
            # The box without this side: points that are outside on no other.
            without = among & (broken - out == 0)
            chances.append(float(bdtrc(met - 1, points, hits[without].mean())) if met else 1.0)
        worst = int(np.argmax(chances))
        if chances[worst] <= SIGNIFICANCE:
            found = (replace(side, p=p) for side, p in zip(kept, chances, strict=True))
            return tuple(found), tuple(dict.fromkeys(dropped))
        dropped.append(kept.pop(worst).column)
        outside.pop(worst)
    return (), tuple(dict.fromkeys(dropped))

"""The patient rule induction method (PRIM): boxes in which a condition holds more often.

Friedman and Fisher (1999), as Bryant and Lempert (2010) use it for scenario discovery. Peeling and
pasting are the EMA Workbench's (Kwakkel 2017); what becomes of its boxes is decided here.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError

MISSING = "discovery needs the extra `discovery`: pip install 'entrench[discovery]'"

type Mask = NDArray[np.bool_]
type Column = NDArray[Any]

PEEL = 0.05
"""Share of a box's points that a step of peeling takes off."""
LEAST_MASS = 0.05
"""Share of the points that a box holds at least."""
LEAST_BOX_POINTS = 10
"""Points that a box holds at least."""
SIGNIFICANCE = 0.05
"""Quasi-p-value above which a restriction is dropped."""
RESAMPLES = 20
"""Halves of the points in which the search is repeated."""


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

    def holds(self, values: Column) -> Mask:
        """Return where a column's values are on the right side."""
        inside: Mask
        if self.labels is not None:
            inside = np.isin(values, list(self.labels))
        elif self.low is not None:
            inside = values >= self.low
        else:
            inside = values <= self.high
        return inside


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


@dataclass(frozen=True)
class FoundBox:
    """A box.

    Attributes:
        sides: What it asks.
        inside: Which points it holds; none of an earlier box.
        steps: The way to it, from all remaining points on.
        chosen: Which of the steps it was, before restrictions were dropped.
        dropped: Columns on which a restriction was dropped because it was not significant.
        again: For each restricted column, in what share of the repetitions of the whole search on
            half of the points it was restricted, and significantly, too.
    """

    sides: tuple[Side, ...]
    inside: Mask
    steps: tuple[Step, ...]
    chosen: int
    dropped: tuple[str, ...]
    again: Mapping[str, float]


def find_boxes(
    columns: Mapping[str, Column],
    hits: Mask,
    *,
    most: int = 3,
    least_density: float | None = None,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> list[FoundBox]:
    """Return boxes one after the other, each sought among the points that no earlier one holds.

    Each box on the way of peeling and pasting loses its restrictions that are not significant, the
    least significant first. Of what remains the box is taken that holds most points with the
    condition beyond what as many points drawn at random would hold (its weighted relative accuracy,
    Lavrac and others 1999); or, if a density is asked for, the one with the largest coverage of
    those that reach it. A box that restricts nothing, or is no denser than all points together,
    ends the search.

    Args:
        columns: Columns of numbers or labels, each of shape (points,).
        hits: Which points have the condition: some, not all.
        most: How many boxes at most.
        least_density: Density that a box must reach, or None.
        seed: Seed of the repetitions on half of the points.
        resamples: How many of them.

    Raises:
        InputError: The EMA Workbench is not installed.
    """
    prim = _load_prim()
    varied = [name for name, values in columns.items() if len(set(values.tolist())) > 1]
    if not varied:
        return []
    left = np.ones(len(hits), dtype=bool)
    boxes: list[FoundBox] = []
    while len(boxes) < most and hits[left].any() and left.sum() >= LEAST_BOX_POINTS:
        seeded = np.random.default_rng([seed, len(boxes)])
        found = _find(prim, columns, varied, hits, left, least_density, seeded, resamples)
        if found is None:
            break
        boxes.append(found)
        left &= ~found.inside
    return boxes


def need_workbench() -> None:
    """Refuse where the extra that holds the algorithm is missing; costs nothing.

    Raises:
        InputError: It is missing.
    """
    if find_spec("ema_workbench") is None:
        raise InputError(MISSING)


def _load_prim() -> Any:
    try:
        with warnings.catch_warnings():
            # It warns of parts that are missing and that are not used here.
            warnings.simplefilter("ignore")
            from ema_workbench.analysis import prim
    except ImportError:
        raise InputError(MISSING) from None
    return prim


def _find(
    prim: Any,
    columns: Mapping[str, Column],
    varied: Sequence[str],
    hits: Mask,
    left: Mask,
    least_density: float | None,
    random: np.random.Generator,
    resamples: int,
) -> FoundBox | None:
    """Find one box among the points that are left, and repeat the search in halves of them."""
    own = hits & left
    steps, ways = _peel(prim, columns, varied, own, left)
    best = _choose(ways, columns, own, left, least_density)
    if best is None:
        return None
    inside = left & inside_of(best.sides, columns)
    if hits[inside].mean() <= hits.mean():
        return None
    again = dict.fromkeys((side.column for side in best.sides), 0.0)
    places = np.flatnonzero(left)
    for _ in range(resamples):
        half = np.zeros_like(left)
        half[random.choice(places, max(1, len(places) // 2), replace=False)] = True
        if not (hits & half).any():
            continue
        _, ways = _peel(prim, columns, varied, hits & half, half)
        repeated = _choose(ways, columns, hits & half, half, least_density)
        restricted = {side.column for side in repeated.sides} if repeated else set()
        for column in restricted & again.keys():
            again[column] += 1.0 / resamples
    total = hits.sum()
    told = tuple(
        Step(met / total, met / points, points / len(hits), restricted)
        for points, met, restricted in steps
    )
    return FoundBox(best.sides, inside, told, best.step, best.dropped, again)


def _peel(
    prim: Any, columns: Mapping[str, Column], varied: Sequence[str], hits: Mask, among: Mask
) -> tuple[list[tuple[int, int, int]], list[tuple[Side, ...]]]:
    """Peel and paste among some points.

    Returns:
        For each step the points of its box, those with the condition and the number of columns it
        restricts; and its sides.
    """
    import pandas as pd

    # Names of its own: the workbench reads some names, such as `scenario`, as more than a name.
    names = {f"x{at}": name for at, name in enumerate(varied)}
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
    trace = box.peeling_trajectory
    steps = [
        (int(points), int(met), int(restricted))
        for points, met, restricted in zip(trace["n"], trace["k"], trace["res_dim"], strict=True)
    ]
    return steps, [_sides(limits, box.box_lims[0], names) for limits in box.box_lims]


@dataclass(frozen=True)
class _Candidate:
    """The significant sides of a step's box."""

    step: int
    sides: tuple[Side, ...]
    dropped: tuple[str, ...]


def _choose(
    ways: Sequence[tuple[Side, ...]],
    columns: Mapping[str, Column],
    hits: Mask,
    among: Mask,
    least_density: float | None,
) -> _Candidate | None:
    """Return the best of the steps' boxes; None if none has a significant side."""
    best: _Candidate | None = None
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
            best, best_score = _Candidate(step, kept, dropped), score
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


def inside_of(sides: Sequence[Side], columns: Mapping[str, Column]) -> Mask:
    """Return which points are on the right side of all."""
    inside = np.ones(len(next(iter(columns.values()))), dtype=bool)
    for side in sides:
        inside &= side.holds(columns[side.column])
    return inside


def significant(
    sides: Sequence[Side], columns: Mapping[str, Column], hits: Mask, among: Mask
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

"""Scenario discovery: under which conditions of a sweep's factors something comes about.

The unit is the point: an outcome is averaged over a point's replicates, and the point has the
condition or has it not. :mod:`sim.studies.discovery.prim` holds what a search is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Flags, Floats
from sim.errors import InputError
from sim.register import WORLD
from sim.results.sweep import FactorInfo, SweepResults, replicate_means
from sim.studies.discovery.prim import (
    LEAST_BOX_POINTS,
    Column,
    Side,
    Step,
    choose,
    inside_of,
    peel,
)

LEAST_POINTS = 20
"""Points below which boxes would be found in chance alone."""
RESAMPLES = 20
"""Halves of the points in which the search is repeated."""


@dataclass(frozen=True)
class Condition:
    """What a point may have come to.

    Attributes:
        outcome: Name of an outcome.
        year: At the end of this year.
        relative_to: Divided by the outcome at the end of this year; None: not divided.
        above: Whether the value must lie above the threshold; else below.
        threshold: Of the point's value.
        kind: Kind of group.
        group: Name of the group.
    """

    outcome: str
    year: int
    relative_to: int | None
    above: bool
    threshold: float
    kind: str = WORLD
    group: str = WORLD

    @property
    def quantity(self) -> str:
        """What is compared: ``working in 2040 relative to 2029``."""
        of = "" if self.kind == WORLD else f" ({self.group})"
        base = "" if self.relative_to is None else f" relative to {self.relative_to}"
        return f"{self.outcome}{of} in {self.year}{base}"

    def __str__(self) -> str:
        """Return e.g. ``working in 2040 relative to 2029 is above 0.8``."""
        return f"{self.quantity} is {'above' if self.above else 'below'} {self.threshold:.3g}"

    def met(self, values: Floats) -> Flags:
        """Return which points have it."""
        return np.asarray(values > self.threshold if self.above else values < self.threshold)


@dataclass(frozen=True)
class Limit:
    """What a box asks of one factor.

    Attributes:
        factor: The factor.
        sides: One side, or two of a range that is bounded both ways.
        again: Share of the repetitions on half of the points that restrict the factor too.
    """

    factor: FactorInfo
    sides: tuple[Side, ...]
    again: float

    @property
    def p(self) -> float:
        """The larger of the sides' quasi-p-values."""
        return max(side.p for side in self.sides)

    @property
    def low(self) -> float | None:
        """Least value, or None."""
        return next((side.low for side in self.sides if side.low is not None), None)

    @property
    def high(self) -> float | None:
        """Largest value, or None."""
        return next((side.high for side in self.sides if side.high is not None), None)

    @property
    def labels(self) -> tuple[str, ...] | None:
        """Labels that are allowed; None for a factor of numbers."""
        return self.sides[0].labels

    @property
    def words(self) -> str:
        """What is allowed: ``above 1.4``, ``1.4 to 2``, ``offered or withdrawn``."""
        low, high = self.low, self.high
        if self.labels is not None:
            return " or ".join(self.labels)
        if low is not None and high is not None:
            return f"{low:.3g} to {high:.3g}"
        return f"above {low:.3g}" if low is not None else f"below {high:.3g}"

    def __str__(self) -> str:
        """Return e.g. ``contracts.exit_cost above 1.4``."""
        return f"{self.factor.name} {'from ' if len(self.sides) > 1 else ''}{self.words}"


@dataclass(frozen=True)
class Box:
    """A box in words and numbers.

    Attributes:
        limits: What it asks; the most significant first.
        points: Points that it holds.
        met: Points among them with the condition.
        coverage: Share of all points with the condition that it holds.
        density: Share of its points that have the condition.
        mass: Share of all points that it holds.
        overall: Share of all points that have the condition.
        steps: The way to it.
        chosen: Which step it was.
        dropped: Factors on which a restriction was dropped because it was not significant.
    """

    limits: tuple[Limit, ...]
    points: int
    met: int
    coverage: float
    density: float
    mass: float
    overall: float
    steps: tuple[Step, ...]
    chosen: int
    dropped: tuple[str, ...]

    def __str__(self) -> str:
        """Return the box in a sentence."""
        return (
            f"{' and '.join(map(str, self.limits))}: {100.0 * self.density:.0f} % of the points"
            f" there, against {100.0 * self.overall:.0f} % of all; it holds"
            f" {100.0 * self.coverage:.0f} % of all points with the condition"
        )


@dataclass(frozen=True)
class Discovery:
    """What was found.

    Attributes:
        condition: Sought for.
        factors: Of the sweep.
        columns: The points' cells, by factor.
        values: The points' values; NaN where undefined.
        hits: Which points have the condition.
        boxes: In the order found.
    """

    condition: Condition
    factors: tuple[FactorInfo, ...]
    columns: Mapping[str, Column]
    values: Floats
    hits: Flags
    boxes: tuple[Box, ...]

    @property
    def used(self) -> int:
        """Points with a value."""
        return int(np.isfinite(self.values).sum())

    @property
    def overall(self) -> float:
        """Share of these points that have the condition."""
        return float(self.hits.sum() / self.used)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a box and restricted factor, as in `boxes.csv`."""
        nan = float("nan")
        shares = ("points", "density", "coverage", "mass", "overall")
        return [
            {
                "box": number,
                **{name: getattr(box, name) for name in shares},
                "factor": limit.factor.name,
                "unit": limit.factor.unit,
                "low": nan if limit.low is None else limit.low,
                "high": nan if limit.high is None else limit.high,
                "labels": " ".join(limit.labels or ()),
                "quasi_p": limit.p,
                "again": limit.again,
            }
            for number, box in enumerate(self.boxes, 1)
            for limit in box.limits
        ]

    def step_rows(self) -> list[dict[str, Any]]:
        """Return a row a step on the way to each box, as in `trajectory.csv`."""
        return [
            {"box": number, "step": at, **vars(step), "chosen": int(at == box.chosen)}
            for number, box in enumerate(self.boxes, 1)
            for at, step in enumerate(box.steps)
        ]

    def point_rows(self) -> list[dict[str, Any]]:
        """Return a row a point, as in `points.csv`."""
        return [
            {"point": at, "value": float(value), "met": int(hit)}
            for at, (value, hit) in enumerate(zip(self.values, self.hits, strict=True))
        ]


def discover(
    condition: Condition,
    factors: Sequence[FactorInfo],
    columns: Mapping[str, Column],
    values: Floats,
    *,
    most: int = 3,
    least_density: float | None = None,
    seed: int = 1,
) -> Discovery:
    """Find the boxes of factors in which points have a condition more often.

    They are found one after the other, each sought among the points that no earlier one holds.

    Each box on the way of peeling and pasting loses its restrictions that are not significant, the
    least significant first. Of what remains the box is taken that holds most points with the
    condition beyond what as many points drawn at random would hold (its weighted relative accuracy,
    Lavrac and others 1999); or, if a density is asked for, the one with the largest coverage of
    those that reach it. A box that restricts nothing, or is no denser than all points together,
    ends the search.

    Args:
        condition: The condition.
        factors: Of the sweep.
        columns: The points' cells, by factor.
        values: The points' values; points without one (NaN) are left out.
        most: How many boxes at most.
        least_density: Density that a box must reach, or None.
        seed: Seed of the repetitions on half of the points.

    Raises:
        InputError: There are too few points, or none or all of them have the condition.
    """
    good = np.isfinite(values)
    hits = good & condition.met(np.where(good, values, 0.0))
    met = hits[good]
    _check(condition, values[good], met)
    kept = {factor.name: columns[factor.name][good] for factor in factors}
    varied = {name: cells for name, cells in kept.items() if len(set(cells.tolist())) > 1}
    left = np.ones(len(met), dtype=bool)
    boxes: list[Box] = []
    while varied and len(boxes) < most and met[left].any() and left.sum() >= LEAST_BOX_POINTS:
        seeded = np.random.default_rng([seed, len(boxes)])
        box = _find(factors, varied, met, left, least_density, seeded)
        if box is None:
            break
        boxes.append(box)
        left &= ~inside_of([side for limit in box.limits for side in limit.sides], varied)
    return Discovery(condition, tuple(factors), columns, values, hits, tuple(boxes))


def _check(condition: Condition, values: Floats, hits: Flags) -> None:
    if len(values) < LEAST_POINTS:
        raise InputError(
            f"{len(values)} points have a value; discovery needs at least {LEAST_POINTS}"
        )
    if hits.all() or not hits.any():
        low, middle, high = np.quantile(values, (0.0, 0.5, 1.0))
        raise InputError(
            f"{'every' if hits.all() else 'no'} point is one where {condition}, so there is nothing"
            f" to tell apart: it goes from {low:.3g} to {high:.3g}, and half of the points lie"
            f" above {middle:.3g}; choose another threshold with --above, --below or --quantile"
        )


def _find(
    factors: Sequence[FactorInfo],
    columns: Mapping[str, Column],
    hits: Flags,
    left: Flags,
    least_density: float | None,
    random: np.random.Generator,
) -> Box | None:
    """Find one box among the points that are left, and repeat the search in halves of them."""
    trace, ways = peel(columns, hits & left, left)
    chosen, sides, dropped = choose(ways, columns, hits & left, left, least_density)
    inside = left & inside_of(sides, columns)
    if not sides or hits[inside].mean() <= hits.mean():
        return None
    again = dict.fromkeys((side.column for side in sides), 0.0)
    places = np.flatnonzero(left)
    for _ in range(RESAMPLES):
        half = np.zeros_like(left)
        half[random.choice(places, max(1, len(places) // 2), replace=False)] = True
        if not (hits & half).any():
            continue
        _, ways = peel(columns, hits & half, half)
        _, repeated, _ = choose(ways, columns, hits & half, half, least_density)
        for column in {side.column for side in repeated} & again.keys():
            again[column] += 1.0 / RESAMPLES
    limits = [
        Limit(one, tuple(side for side in sides if side.column == one.name), again[one.name])
        for one in factors
        if one.name in again
    ]
    total, points, met = hits.sum(), int(inside.sum()), int(hits[inside].sum())
    steps = (
        Step(of_met / total, of_met / of_all, of_all / len(hits), int(restricted))
        for of_all, of_met, restricted in zip(trace["n"], trace["k"], trace["res_dim"], strict=True)
    )
    return Box(
        limits=tuple(sorted(limits, key=lambda limit: limit.p)),
        points=points,
        met=met,
        coverage=met / int(total),
        density=met / points,
        mass=points / len(hits),
        overall=float(hits.mean()),
        steps=tuple(steps),
        chosen=chosen,
        dropped=tuple(name for name in dropped if name not in again),
    )


def read_values(sweep: SweepResults, condition: Condition) -> Floats:
    """Return the value of each point that a condition is about: the mean over its replicates.

    Returns:
        Shape (points,); NaN where all runs failed, or what it is relative to is zero.

    Raises:
        InputError: For what was not kept.
    """

    def at(year: int) -> Floats:
        values = sweep.values_by_point(condition.outcome, year, condition.kind, condition.group)
        return replicate_means(values)

    means = at(condition.year)
    if condition.relative_to is None:
        return means
    base = at(condition.relative_to)
    return np.divide(means, base, out=np.full_like(means, np.nan), where=base > 0.0)

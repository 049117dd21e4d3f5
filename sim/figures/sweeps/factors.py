"""Factors as figures show them: their levels, how these are written, and the points they hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Floats
from sim.figures.sweeps.reading import design_kind
from sim.figures.text import FINER, number_texts, range_texts, with_unit
from sim.results.sweep import FactorInfo, SweepResults

MOST_LISTED = 12
"""Values of a number up to which each is shown by itself; more are put into bins."""
BINS = 10
POINTS_A_BIN = 3
"""Least points of a bin; a small design gets fewer bins."""
QUARTER = 0.25
"""Part of a factor's range that counts as its lowest and highest values."""
SWITCH_TEXTS = {"true": "on", "false": "off"}


@dataclass(frozen=True)
class Group:
    """Points that a figure shows together.

    Attributes:
        at: Where on the factor's axis: a number, or a label's place from 0.
        text: The value or the range that they share.
        points: Which they are, shape (points,).
    """

    at: float
    text: str
    points: Flags


def everything(points: int) -> Group:
    """All points that there are."""
    return Group(0.0, "", np.ones(points, dtype=bool))


def combined(groups: Sequence[Group], text: str) -> Group:
    """The points that several groups have in common."""
    return Group(0.0, text, np.all([group.points for group in groups], axis=0))


@dataclass(frozen=True)
class ShownFactor:
    """A factor as figures show it.

    Attributes:
        title: What figures call it.
        unit: Of its values.
        labelled: Whether its values are labels rather than numbers.
        log: Whether its axis is logarithmic.
        listed: Whether its values were listed rather than drawn from a range.
        levels: Its distinct values: numbers ascending, labels in the order of the experiment.
        places: The place among `levels` of each point's value, shape (points,).
        low: Lower end of its range (labels: 0).
        high: Upper end.
    """

    title: str
    unit: str
    labelled: bool
    log: bool
    listed: bool
    levels: tuple[Any, ...]
    places: NDArray[np.intp]
    low: float
    high: float

    @property
    def axis_text(self) -> str:
        """Title and unit."""
        return with_unit(self.title, self.unit)

    @property
    def numbers(self) -> Floats:
        """Where each level stands on the factor's axis."""
        if self.labelled:
            return np.arange(len(self.levels), dtype=np.float64)
        return np.array(self.levels, dtype=np.float64)

    @property
    def texts(self) -> list[str]:
        """How each level is written."""
        if self.labelled:
            return [label_text(level) for level in self.levels]
        return number_texts(self.numbers)

    @property
    def positions(self) -> Floats:
        """Numbers in whose steps the factor was varied: their logarithms on a log scale."""
        return np.log(self.numbers) if self.log else self.numbers

    @property
    def has_curve(self) -> bool:
        """Whether outcomes make a curve over it: it is a number that varies."""
        return not self.labelled and len(self.levels) > 1

    def groups(self) -> list[Group]:
        """Points by value; where a number has many drawn values, by bins of about equal size."""
        if self._one_by_one:
            return [
                Group(float(at), text, self.places == place)
                for place, (at, text) in enumerate(zip(self.numbers, self.texts, strict=True))
            ]
        return self._bins(max(2, min(BINS, self.places.size // POINTS_A_BIN)))

    def coarse_groups(self, most: int) -> list[Group]:
        """At most so many groups: some values from the lowest to the highest, or few wide bins."""
        if not self._one_by_one:
            return self._bins(min(3, most))
        groups = self.groups()
        chosen = np.round(np.linspace(0, len(groups) - 1, min(most, len(groups)))).astype(int)
        return [groups[place] for place in np.unique(chosen)]

    @property
    def _one_by_one(self) -> bool:
        """Whether each value is shown by itself."""
        return self.labelled or self.listed or len(self.levels) <= MOST_LISTED

    def ends(self) -> tuple[Group, Group]:
        """Points with the lowest and with the highest values of a number.

        Those are the least and the largest listed value, or the lowest and highest quarter of the
        range (in logarithms on a log scale).
        """
        low, high = self._scaled(self.low), self._scaled(self.high)
        at = self.positions[self.places]
        below, above = low + QUARTER * (high - low), high - QUARTER * (high - low)
        lower, upper = at <= below, at >= above
        if self._one_by_one or not lower.any() or not upper.any():
            groups = self.groups()
            return groups[0], groups[-1]
        texts = number_texts(np.array([self._unscaled(below), self._unscaled(above)]), FINER)
        return Group(below, f"≤ {texts[0]}", lower), Group(above, f"≥ {texts[1]}", upper)

    def _bins(self, wanted: int) -> list[Group]:
        """So many groups of about equal size, without empty ones; equal values stay together."""
        at = self.positions[self.places]
        edges = np.quantile(at, np.arange(1, wanted) / wanted)
        place = np.searchsorted(edges, at, side="right")
        masks = [place == k for k in range(len(edges) + 1)]
        masks = [mask for mask in masks if mask.any()]
        values = self.numbers[self.places]
        ends = np.array([[values[mask].min(), values[mask].max()] for mask in masks])
        texts = range_texts(ends)
        return [
            Group(self._unscaled(float(at[mask].mean())), text, mask)
            for mask, text in zip(masks, texts, strict=True)
        ]

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value

    def _unscaled(self, value: float) -> float:
        return math.exp(value) if self.log else value


def sides(factors: Sequence[ShownFactor]) -> tuple[ShownFactor, ShownFactor]:
    """The factors below and at the left, or of lines: the first two, labels where they fit."""
    first, second = factors[:2]
    return (second, first) if first.labelled and not second.labelled else (first, second)


def varied(sweep: SweepResults) -> list[ShownFactor]:
    """The factors that vary, in the experiment's order."""
    return [factor for factor in shown_factors(sweep) if len(factor.levels) > 1]


def shown_factors(sweep: SweepResults) -> list[ShownFactor]:
    """The factors that vary, in the experiment's order; if none does, the first one."""
    factors = [_shown(sweep, factor) for factor in sweep.factors]
    return [factor for factor in factors if len(factor.levels) > 1] or factors[:1]


def _shown(sweep: SweepResults, factor: FactorInfo) -> ShownFactor:
    column = np.asarray(sweep.design[factor.name])
    labelled = factor.kind != "number"
    levels: tuple[Any, ...]
    if labelled:
        cells = column.tolist()
        listed = [value for value in factor.values if value in cells]
        levels = tuple(dict.fromkeys([*listed, *cells]))
        places = np.array([levels.index(cell) for cell in cells], dtype=np.intp)
    else:
        distinct, places = np.unique(column.astype(np.float64), return_inverse=True)
        levels = tuple(distinct.tolist())
    numbers = [0.0] if labelled else [float(level) for level in levels]
    return ShownFactor(
        title=factor.title or factor.name,
        unit=factor.unit,
        labelled=labelled,
        log=not labelled and factor.scale == "log" and min(numbers) > 0.0,
        listed=_is_listed(sweep, factor),
        levels=levels,
        places=np.asarray(places, dtype=np.intp),
        low=min(numbers) if factor.low is None else float(factor.low),
        high=max(numbers) if factor.high is None else float(factor.high),
    )


def _is_listed(sweep: SweepResults, factor: FactorInfo) -> bool:
    """Whether each value stands for itself: in a grid, and where a draw is among given values."""
    match design_kind(sweep):
        case "grid":
            return True
        case "list":
            return len(sweep.factors) == 1
        case _:
            return len(factor.values) > 0


def label_text(level: Any) -> str:
    """How a label is written; a switch is on or off."""
    return SWITCH_TEXTS.get(str(level).lower(), str(level))

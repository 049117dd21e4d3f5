"""Curves as small as a line of text, for a terminal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.engine.chunk import quarter_of_year, year_of
from sim.register import WORLD
from sim.results.read import Results
from sim.units import QUARTERS

OUTCOMES = ("trained", "adopters", "working")
"""Outcomes that are shown, as far as they were kept: all counts of states, so on one scale."""
LEVELS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Spark:
    """A curve in a line of text.

    Attributes:
        label: Of the outcome.
        years: The first and the last.
        text: A block a year, the higher the more.
        highest: The highest mean of a year's end.
    """

    label: str
    years: tuple[int, int]
    text: str
    highest: float


def sparks_of(results: Results) -> list[Spark]:
    """Return the curves of some outcomes of the world, the ends of years, on one scale."""
    ends = [q for q in results.quarters if quarter_of_year(q) == QUARTERS]
    names = [name for name in OUTCOMES if name in results.outcomes]
    if not ends or not names:
        return []
    means = {name: results.values(name, WORLD, WORLD, ends).mean(axis=0) for name in names}
    top = max(float(values.max()) for values in means.values())
    years = (year_of(ends[0]), year_of(ends[-1]))
    return [
        Spark(results.outcomes[name].label, years, draw_spark(values, top), float(values.max()))
        for name, values in means.items()
    ]


def draw_spark(values: Floats, top: float) -> str:
    """Return a block for each value, the lowest for 0 and the highest for the top.

    Args:
        values: None below 0.
        top: What the highest block stands for; 0: all are low.
    """
    shares = np.asarray(values) / top if top > 0.0 else np.zeros(len(values))
    return "".join(LEVELS[round(float(share) * (len(LEVELS) - 1))] for share in shares)

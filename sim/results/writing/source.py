"""What the tables are made of: the parts of a whole batch without its failed runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Whole
from sim.engine.chunk import Layout
from sim.parameters import Outcome
from sim.results.failures import Failure
from sim.results.points import Points
from sim.results.writing.parts import Parts, Values

ALL = slice(None)


@dataclass(frozen=True)
class Source:
    """The good runs of a batch whose parts are all there.

    Attributes:
        parts: Where the runs' columns are read from.
        failures: The runs that failed, in order.
        points: What the runs of a sweep are of; None: all are replicates of one scenario.
    """

    parts: Parts
    failures: tuple[Failure, ...] = ()
    points: Points | None = None

    @property
    def layout(self) -> Layout:
        """Of the chunks."""
        return self.parts.layout

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """By name, in the order of columns."""
        return self.parts.outcomes

    @property
    def replicates(self) -> int:
        """Runs of a point, good or not."""
        return self.points.replicates if self.points else self.parts.runs

    @cached_property
    def failed(self) -> Whole:
        """Numbers of the runs that failed, in order."""
        return np.array([failure.run for failure in self.failures], dtype=np.int64)

    @property
    def good(self) -> int:
        """Number of good runs."""
        return self.parts.runs - len(self.failed)

    def good_of(self, runs: range) -> Whole:
        """Return the numbers of the good ones among some runs."""
        numbers = np.arange(runs.start, runs.stop, dtype=np.int64)
        first, stop = np.searchsorted(self.failed, (runs.start, runs.stop))
        return np.delete(numbers, self.failed[first:stop] - runs.start) if stop > first else numbers

    def read(self, wanted: Sequence[tuple[str, slice]], runs: range) -> tuple[Whole, list[Values]]:
        """Return the good ones among some runs, and their columns (see :meth:`Parts.read`)."""
        numbers = self.good_of(runs)
        columns = self.parts.read(wanted, runs)
        if len(numbers) < len(runs):
            columns = [values[numbers - runs.start] for values in columns]
        return numbers, columns

    def blocks(self, runs: range, step: int) -> Iterator[range]:
        """Return runs cut into blocks of so many."""
        for first in range(runs.start, runs.stop, step):
            yield range(first, min(first + step, runs.stop))

    def point_blocks(self, step: int) -> Iterator[range]:
        """Return the runs of whole points, together about as many as asked for; one at least."""
        several = max(1, step // self.replicates) * self.replicates
        return self.blocks(range(self.parts.runs), several)

"""How far what-ifs move a number, run by run on the same luck, and in which order.

Which what-if moves most is itself uncertain: runs are drawn again with replacement, the same for
all what-ifs, and the order is found anew each time (bootstrap; Efron and Tibshirani 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.engine.chunk import end_of
from sim.results.read import Results
from sim.studies.ask.question import Quantity
from sim.studies.comparison.method import Row, paired_difference

RESAMPLES = 2000
"""How often runs are drawn again."""
ENDS = (0.025, 0.975)
"""Intervals of means and ranks hold 95 % of that."""


@dataclass(frozen=True)
class WhatIf:
    """A scenario that is compared with the reference.

    Attributes:
        name: Of the scenario.
        title: For figures.
        begins: The date from which its events differ from the reference; None: it differs from the
            start: a mechanism is off, or a rule or a value is otherwise.
        event: Name and date of the first event by which it differs, beside that; None: there is
            none.
    """

    name: str
    title: str
    begins: float | None
    event: tuple[str, float] | None = None


@dataclass(frozen=True)
class Effect:
    """What a what-if does to a number.

    Attributes:
        what_if: Which.
        kind: Kind of group.
        group: Its name.
        runs: Number of paired runs.
        reference: Mean of the reference.
        mean: Mean difference from it, run by run.
        low: Lower end of the 95 % interval of that mean; NaN for a single run.
        high: Its upper end.
        q05: What 5 % of the differences stay below.
        q95: What 95 % of them stay below.
        rank: Place by the size of the mean, from 1.
        first: The highest place that it takes in 95 % of resamples; the rank for a single run.
        last: The lowest.
    """

    what_if: WhatIf
    kind: str
    group: str
    runs: int
    reference: float
    mean: float
    low: float
    high: float
    q05: float
    q95: float
    rank: int
    first: int
    last: int

    @property
    def clear(self) -> bool:
        """Whether its interval leaves out that nothing changes."""
        return self.low > 0.0 or self.high < 0.0

    def row(self) -> Row:
        """Its row in `effects.csv`."""
        numbers = {
            name: getattr(self, name)
            for name in ("runs", "reference", "mean", "low", "high", "q05", "q95", "rank")
        }
        what_if = {"what_if": self.what_if.name, "begins": self.what_if.begins}
        places = {"rank_first": self.first, "rank_last": self.last}
        return {"group_kind": self.kind, "group": self.group, **what_if, **numbers, **places}


def rank_effects(
    quantity: Quantity, base: Results, others: Sequence[tuple[WhatIf, Results]], *, seed: int
) -> list[Effect]:
    """Rank what-ifs by how far they move a number, for each group.

    Args:
        quantity: The number.
        base: Runs of the reference.
        others: What-ifs and their runs, paired with those of the reference.
        seed: Of the bootstrap.

    Returns:
        Group by group, the world first; in each the largest change first.
    """
    places = [
        np.intersect1d(base.run_numbers, one.run_numbers, assume_unique=True, return_indices=True)
        for _, one in others
    ]
    found: list[Effect] = []
    for kind, group in quantity.every:
        own, *rest = (
            one.values(quantity.outcome.name, kind, group, [end_of(quantity.year)])[:, 0]
            for one in (base, *(one for _, one in others))
        )
        each = np.full((len(others), base.runs_kept), np.nan)
        moves = []
        for row, (values, (_, here, there)) in enumerate(zip(rest, places, strict=True)):
            each[row, here] = values[there] - own[here]
            moves.append(paired_difference(own, values, (here, there)))
        means, first, last = _orders(each, seed)
        order = sorted(range(len(others)), key=lambda row: -abs(float(moves[row].mean)))
        for rank, row in enumerate(order, 1):
            moved = moves[row]
            ends = np.quantile(means[:, row], ENDS) if moved.runs > 1 else (np.nan, np.nan)
            found.append(
                Effect(
                    others[row][0], kind, group, moved.runs,
                    reference=float(moved.reference), mean=float(moved.mean),
                    low=float(ends[0]), high=float(ends[1]),
                    q05=float(moved.quantiles["q05"]), q95=float(moved.quantiles["q95"]),
                    rank=rank,
                    # The rank itself is always among those of resampled runs.
                    first=min(int(first[row]), rank), last=max(int(last[row]), rank),
                )
            )  # fmt: skip
    return found


def _orders(each: Floats, seed: int) -> tuple[Floats, Floats, Floats]:
    """Means of resampled differences, (resamples, what-ifs); ends of their ranks, (what-ifs,)."""
    runs = each.shape[1]
    draws = np.random.default_rng(seed).multinomial(runs, np.full(runs, 1.0 / runs), RESAMPLES)
    good = np.isfinite(each)
    sums, counts = draws @ np.where(good, each, 0.0).T, draws @ good.T.astype(np.float64)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0.0)
    # Equal sizes keep the order in which they were given.
    order = np.argsort(-np.abs(means), axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, len(each) + 1)[np.newaxis, :], axis=1)
    first, last = np.quantile(ranks, ENDS, axis=0, method="nearest")
    return means, first, last

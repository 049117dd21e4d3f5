"""How far what-ifs move a number, run by run on the same luck, and in which order.

Which what-if moves most is itself uncertain: parameter sets are drawn again with replacement, the
same for all what-ifs, and the order is computed anew each time (bootstrap of clusters; Efron and
Tibshirani 1993). Of many changes some seem to be beyond chance although nothing changes: p-values
are adjusted for all what-ifs, and for all groups if these are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Floats, Whole
from sim.engine.chunk import end_of
from sim.results.effects import FALSE_SHARE, adjusted, effect_of
from sim.results.read import Results
from sim.studies.ask.question import Quantity
from sim.studies.comparison.method import Row

RESAMPLES = 2000
"""How often sets are drawn again."""
ENDS = (0.025, 0.975)
"""Intervals of ranks contain 95 % of that."""


@dataclass(frozen=True)
class WhatIf:
    """A scenario that is compared with the reference.

    Attributes:
        name: Of the scenario.
        title: For figures.
        begins: The date from which its events differ from the reference; None: it differs from the
            start: a mechanism is off, or a rule or a value is otherwise.
        against: Name of the scenario that it is compared with.
        event: Name and date of the first event by which it differs, beside that; None: there is
            none.
    """

    name: str
    title: str
    begins: float | None
    against: str
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
        low: Lower end of the 95 % interval of that mean, clustered by set; NaN for a single run.
        high: Its upper end.
        adjusted_p: Of no change, adjusted for the number of cells of its table.
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
    adjusted_p: float
    q05: float
    q95: float
    rank: int
    first: int
    last: int

    @property
    def clear(self) -> bool:
        """Whether it changes beyond chance, of all that are looked at."""
        return self.adjusted_p <= FALSE_SHARE

    def row(self) -> Row:
        """Its row in `effects.csv`."""
        numbers = {
            name: getattr(self, name)
            for name in (
                "runs", "reference", "mean", "low", "high", "adjusted_p", "q05", "q95", "rank"
            )
        }  # fmt: skip
        what_if = {
            "what_if": self.what_if.name,
            "against": self.what_if.against,
            "begins": self.what_if.begins,
        }
        places = {"rank_first": self.first, "rank_last": self.last}
        return {"group_kind": self.kind, "group": self.group, **what_if, **numbers, **places}


def rank_effects(
    quantity: Quantity, what_ifs: Sequence[tuple[WhatIf, Results, Results]], *, seed: int
) -> list[Effect]:
    """Rank what-ifs by how far they move a number, for each group.

    Args:
        quantity: The number.
        what_ifs: Each with its runs and those that it is compared with.
        seed: Of the bootstrap.

    Returns:
        Group by group, the world first; in each the largest change first.
    """
    found = []
    for kind, group in quantity.every:
        pairs = [_paired(quantity, kind, group, *runs) for _, *runs in what_ifs]
        moves = [effect_of(before, after, sets) for before, after, sets in pairs]
        first, last = _ranks(pairs, seed)
        order = sorted(range(len(moves)), key=lambda row: -abs(float(moves[row].mean)))
        for rank, row in enumerate(order, 1):
            moved = moves[row]
            found.append(
                Effect(
                    what_ifs[row][0], kind, group, moved.runs,
                    reference=float(moved.reference), mean=float(moved.mean),
                    low=float(moved.low), high=float(moved.high),
                    adjusted_p=float(moved.p_value),
                    q05=float(moved.quantiles["q05"]), q95=float(moved.quantiles["q95"]),
                    rank=rank,
                    # The rank itself is always among those of resampled sets.
                    first=min(int(first[row]), rank), last=max(int(last[row]), rank),
                )
            )  # fmt: skip
    world, grouped = found[: len(what_ifs)], found[len(what_ifs) :]
    return [one for table in (world, grouped) for one in _adjusted(table)]


def _adjusted(table: Sequence[Effect]) -> list[Effect]:
    """Return effects with p-values that are adjusted for their number."""
    values = adjusted([one.adjusted_p for one in table])
    return [replace(one, adjusted_p=float(p)) for one, p in zip(table, values, strict=True)]


def _paired(
    quantity: Quantity, kind: str, group: str, alternative: Results, reference: Results
) -> tuple[Floats, Floats, Whole]:
    """Return the number in paired runs of both, and each run's parameter set."""
    _, here, there = np.intersect1d(
        reference.run_numbers, alternative.run_numbers, assume_unique=True, return_indices=True
    )
    before, after = (
        one.values(quantity.outcome.name, kind, group, [end_of(quantity.year)])[:, 0]
        for one in (reference, alternative)
    )
    return before[here], after[there], reference.parameter_sets[here]


def _ranks(pairs: Sequence[tuple[Floats, Floats, Whole]], seed: int) -> tuple[Floats, Floats]:
    """Return both ends of the ranks in resamples of the parameter sets: (what-ifs,)."""
    every, cluster = np.unique(np.concatenate([sets for *_, sets in pairs]), return_inverse=True)
    sums, counts = (np.zeros((len(every), len(pairs))) for _ in range(2))
    at = 0
    for row, (before, after, sets) in enumerate(pairs):
        own = cluster[at : at + len(sets)]
        at += len(sets)
        np.add.at(sums[:, row], own, after - before)
        np.add.at(counts[:, row], own, 1.0)
    many = len(every)
    draws = np.random.default_rng(seed).multinomial(many, np.full(many, 1.0 / many), RESAMPLES)
    total, of = draws @ sums, draws @ counts
    means = np.divide(total, of, out=np.zeros_like(total), where=of > 0.0)
    # Equal sizes keep the order in which they were given.
    order = np.argsort(-np.abs(means), axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, len(pairs) + 1)[np.newaxis, :], axis=1)
    first, last = np.quantile(ranks, ENDS, axis=0, method="nearest")
    return first, last

"""How far what-ifs move a number, run by run on the same luck, and in which order.

Of many changes some seem to be beyond chance although nothing changes: p-values are adjusted for
the number of what-ifs, and of all cells where groups are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.engine.chunk import end_of
from sim.results import effects
from sim.results.read import Results
from sim.studies.ask.question import Quantity
from sim.studies.comparison.method import Row

BASELINE = "baseline"
"""What what-ifs are compared with, unless it is said otherwise."""


@dataclass(frozen=True)
class WhatIf:
    """A scenario that is compared with the reference.

    Attributes:
        name: Of the scenario.
        title: For figures.
        begins: The date from which its events differ from the reference; None: it differs from the
            start: a mechanism is off, or a rule or a value is otherwise.
        against: Name of the scenario that it is compared with.
    """

    name: str
    title: str
    begins: float | None
    against: str


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

    @property
    def clear(self) -> bool:
        """Whether it changes beyond chance, of all that are looked at."""
        return self.adjusted_p <= effects.FALSE_SHARE

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
        return {"group_kind": self.kind, "group": self.group, **what_if, **numbers}


def baseline_of(effects: Sequence[Effect]) -> float:
    """Return the mean of the baseline; NaN where none of the effects is compared with it."""
    means = (one.reference for one in effects if one.what_if.against == BASELINE)
    return next(means, float("nan"))


def rank_effects(
    quantity: Quantity, what_ifs: Sequence[tuple[WhatIf, Results, Results]]
) -> list[Effect]:
    """Rank what-ifs by how far they move a number, for each group.

    Args:
        quantity: The number.
        what_ifs: Each with its runs and those that it is compared with.

    Returns:
        Group by group, the world first; in each the largest change first.
    """
    found = []
    for kind, group in quantity.every:
        moves = [(one, _effect(quantity, kind, group, *runs)) for one, *runs in what_ifs]
        moves.sort(key=lambda move: -abs(float(move[1].mean)))
        found += [
            Effect(
                what_if, kind, group, moved.runs,
                reference=float(moved.reference), mean=float(moved.mean),
                low=float(moved.low), high=float(moved.high), adjusted_p=float(moved.p_value),
                q05=float(moved.quantiles["q05"]), q95=float(moved.quantiles["q95"]), rank=rank,
            )
            for rank, (what_if, moved) in enumerate(moves, 1)
        ]  # fmt: skip
    world, grouped = found[: len(what_ifs)], found[len(what_ifs) :]
    return [one for table in (world, grouped) for one in _adjusted(table)]


def _adjusted(table: Sequence[Effect]) -> list[Effect]:
    """Return effects with p-values that are adjusted for their number."""
    values = effects.adjusted([one.adjusted_p for one in table])
    return [replace(one, adjusted_p=float(p)) for one, p in zip(table, values, strict=True)]


def _effect(
    quantity: Quantity, kind: str, group: str, alternative: Results, reference: Results
) -> effects.Effect:
    """Return what paired runs change of a group's number."""
    _, here, there = np.intersect1d(
        reference.run_numbers, alternative.run_numbers, assume_unique=True, return_indices=True
    )
    before, after = (
        one.values(quantity.outcome.name, kind, group, [end_of(quantity.year)])[:, 0]
        for one in (reference, alternative)
    )
    return effects.effect_of(before[here], after[there], reference.parameter_sets[here])

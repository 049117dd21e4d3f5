"""What is left behind of a ranking of what-ifs: a table and figures, and what people read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sim.figures.marks import date_text
from sim.register import WORLD
from sim.results.effects import BY_SET
from sim.results.in_words import NOT_FORECASTS
from sim.results.read import Results
from sim.results.table import in_digits
from sim.studies.ask.method import BASELINE, Effect, baseline_of
from sim.studies.ask.question import Quantity
from sim.studies.blocks import Block, Cell, Table
from sim.studies.numbers_as_text import of_runs, signed
from sim.studies.study import Row, Study
from sim.text import counted

EFFECTS = "effects.csv"
SHOWN_OF_GROUP = 3
"""What-ifs that the printed table names for each group; the file holds all."""
OF_GROUPS = (
    f"Of each at most {SHOWN_OF_GROUP} what-ifs that change it beyond chance, corrected for all"
    " {cells} cells (Benjamini-Hochberg, 5 % false discoveries); -: there is none."
)
FROM_START = "the start"
SPREAD = "90 % of runs"
CHANGES = f"Change: mean over paired runs (95 % interval). {BY_SET}"
KINDS = (
    "What differs from the start is a world whose rules or values are otherwise throughout, such as"
    " one without a mechanism; what begins at a date is something that could happen."
)


@dataclass(frozen=True, repr=False)
class Moved(Study):
    """What-ifs ranked by how far they move a number; what :func:`sim.ask` returns.

    Attributes:
        manifest: What identifies the runs.
        quantity: The number.
        effects: Of each group, the world first, the largest change first.
        runs: The results of the reference and of each what-if.
        shipped: Whether the what-ifs are those that come with the program.
    """

    quantity: Quantity
    effects: Sequence[Effect]
    runs: Sequence[Results] = field(repr=False)
    shipped: bool = True

    ROOM: ClassVar[str] = "ask"
    FACTS: ClassVar[str] = "ask.json"
    FILES: ClassVar[tuple[str, ...]] = (EFFECTS,)

    def of(self, kind: str, group: str) -> list[Effect]:
        """Return the effects on a group, the largest first."""
        return [one for one in self.effects if (one.kind, one.group) == (kind, group)]

    def tables(self) -> dict[str, list[Row]]:
        """Return a row a group and what-if."""
        return {EFFECTS: [one.row() for one in self.effects]}

    def shown(self) -> dict[str, Any]:
        """Return what the figures take."""
        grouped = {group: self.of(self.quantity.by, group) for group in self.quantity.groups}
        effects = self.of(WORLD, WORLD)
        return {**vars(self), "effects": effects, **({"grouped": grouped} if grouped else {})}

    def results_used(self) -> Sequence[Results]:
        """Return those of the reference and of each what-if."""
        return self.runs

    def blocks(self) -> Iterator[Block]:
        """Yield the ranking for the world, and what moves each group most."""
        quantity, world = self.quantity, self.of(WORLD, WORLD)
        outcome, runs = quantity.outcome, counted(int(self.manifest["runs"]), "run")
        yield (
            f"What moves it: {outcome.label} at the end of {quantity.year}, {outcome.unit};"
            f" {_mean(baseline_of(world))} in the baseline{self.settings} ({runs}, seed"
            f" {self.manifest['seed']})."
        )
        paired = min(one.runs for one in world)
        columns = {name: cell for name, cell in RANKING.items() if paired > 1 or name != SPREAD}
        yield Table.of(world, columns, if_wide=(SPREAD, "% of baseline"))
        if quantity.groups:
            rows = [row for name in quantity.groups for row in _rows(self.of(quantity.by, name))]
            yield Table((quantity.by, "baseline", "moved most by", "change"), rows)
            yield OF_GROUPS.format(cells=len(quantity.groups) * len(world))
        yield of_runs("Change", CHANGES, paired)
        yield KINDS
        if self.shipped:
            yield "Null models are left out: they test the model. --what-if NAME ranks them too."
        yield NOT_FORECASTS


def _rows(effects: Sequence[Effect]) -> list[tuple[str, ...]]:
    """Return the rows of a group: what moves it clearly, as far as that can be told."""
    moved = [one for one in effects if one.clear or (one.mean and one.runs == 1)]
    cells = [(name_of(one), change(one)) for one in moved[:SHOWN_OF_GROUP]] or [("-", "")]
    heads = [(effects[0].group, _mean(baseline_of(effects))), *[("", "")] * len(cells)]
    return [(*head, *cell) for head, cell in zip(heads, cells, strict=False)]


def _mean(value: float) -> str:
    return "-" if math.isnan(value) else in_digits(value)


def name_of(one: Effect) -> str:
    """The what-if, and what it is compared with where that is not the baseline."""
    beside = "" if one.what_if.against == BASELINE else f" (beside {one.what_if.against})"
    return one.what_if.name + beside


def begins(one: Effect) -> str:
    """Return from when a what-if differs."""
    return FROM_START if one.what_if.begins is None else date_text(one.what_if.begins)


def change(one: Effect) -> str:
    """A mean change with its interval, if that is known."""
    ends = f" ({signed(one.low)} to {signed(one.high)})" if one.low == one.low else ""
    return signed(one.mean) + ends


def share_of_baseline(one: Effect) -> str:
    """A mean change in percent of the reference."""
    return f"{signed(round(100.0 * one.mean / one.reference))} %" if one.reference else "-"


RANKING: dict[str, Cell[Effect]] = {
    "rank": "{0.rank}",
    "what-if": lambda one: name_of(one),
    "differs from": begins,
    "change": change,
    "% of baseline": share_of_baseline,
    SPREAD: lambda one: f"{signed(one.q05)} to {signed(one.q95)}",
}
"""Columns of the printed ranking."""

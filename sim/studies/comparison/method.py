"""Scenarios run by run: what differs between histories that share their luck.

Two scenarios with one seed draw the same numbers for the same state, quarter and purpose, so the
difference within a replicate is the scenario's doing, and varies less than the difference between
unrelated runs would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Singles
from sim.engine.chunk import quarter_of_year, year_of
from sim.errors import InputError
from sim.register import WORLD
from sim.results.effects import Effect, effect_of
from sim.studies.comparison.sides import Content, Side
from sim.studies.comparison.states import StateChange, state_changes

OUTCOMES = ("working", "adopters", "trained", "contracts_alive")
"""Outcomes that are compared if none is named."""
YEARS = (2025, 2030, 2035, 2040)
"""Ends of years that the table shows, as far as the runs reach."""

type Row = dict[str, str | int | float | None]
"""A row of a table, by column; None where there is no such number."""


def cell_of(effect: Effect, place: int | tuple[int, ...]) -> Row:
    """Return one of an effect's numbers as columns of `differences.csv`."""
    columns = {
        "reference_mean": effect.reference,
        "alternative_mean": effect.alternative,
        "mean": effect.mean,
        **effect.quantiles,
        "standard_error": effect.error,
        "mean_low": effect.low,
        "mean_high": effect.high,
    }
    return {name: float(values[place]) for name, values in columns.items()}


@dataclass(frozen=True)
class Comparison:
    """An alternative against the reference.

    Attributes:
        reference: What it is compared with.
        alternative: What is compared.
        content: What was kept of both.
        runs: Number of paired runs: those that are good in both.
        world: Of each outcome of the world: arrays of (quarters,).
        grouped: Of each outcome that has groups: arrays of (ends of years, groups).
        states: What changes for each state, first those that change beyond chance.
    """

    reference: str
    alternative: str
    content: Content
    runs: int
    world: Mapping[str, Effect]
    grouped: Mapping[str, Effect]
    states: Sequence[StateChange]

    @property
    def changed(self) -> list[StateChange]:
        """The states that change beyond chance; no other may be named or counted."""
        return [change for change in self.states if change.clear]

    def rows(self) -> Iterator[Row]:
        """A row per outcome, group and date, as in `differences.csv`."""
        content = self.content
        ends = [content.quarters[place] for place in content.group_places]
        for name in self.world:
            groups: list[tuple[str, str, Sequence[int], Effect, tuple[int, ...]]]
            groups = [(WORLD, WORLD, content.quarters, self.world[name], ())]
            groups += [
                (kind, group, ends, self.grouped[name], (place,))
                for place, (kind, group) in enumerate(content.groups_of(name))
            ]
            for kind, group, quarters, found, place in groups:
                for at, quarter in enumerate(quarters):
                    yield {
                        "alternative": self.alternative,
                        "reference": self.reference,
                        "year": year_of(quarter),
                        "quarter": quarter_of_year(quarter),
                        "outcome": name,
                        "group_kind": kind,
                        "group": group,
                        "runs": self.runs,
                        **cell_of(found, (at, *place)),
                    }

    def state_rows(self) -> Iterator[Row]:
        """A row per state, those that change beyond chance first, as in `countries.csv`."""
        for change in self.states:
            yield {"alternative": self.alternative, "reference": self.reference, **change.row()}


def compare_sides(reference: Side, others: Iterable[Side]) -> Iterator[Comparison]:
    """Compare a side with each of others, pairing runs by number.

    A side is let go before the next is asked for, so that no more than two are in memory.

    Raises:
        InputError: No run is good in both.
        ValueError: The sides hold different outcomes, quarters, groups or states.
    """
    others = iter(others)
    while (other := next(others, None)) is not None:
        comparison = compare_two(reference, other)
        del other
        yield comparison


def compare_two(reference: Side, alternative: Side) -> Comparison:
    """Compare two sides; see :func:`compare_sides`."""
    if alternative.content != reference.content:
        raise ValueError(f"{alternative.label} and {reference.label} keep different things")
    both, one, other = np.intersect1d(
        reference.runs, alternative.runs, assume_unique=True, return_indices=True
    )
    if not len(both):
        raise InputError(f"no run is good in both {reference.label} and {alternative.label}")
    sets = reference.sets[one]

    def paired(own: Mapping[str, Singles], others: Mapping[str, Singles]) -> dict[str, Effect]:
        return {
            name: effect_of(values[one], others[name][other], sets) for name, values in own.items()
        }

    return Comparison(
        reference=reference.label,
        alternative=alternative.label,
        content=reference.content,
        runs=len(both),
        world=paired(reference.world, alternative.world),
        grouped=paired(reference.grouped, alternative.grouped),
        states=state_changes(reference, alternative, (one, other)),
    )

"""What is left behind of an account of what is known: tables, and what people read of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sim.results.effects import BY_SET
from sim.results.in_words import NOT_FORECASTS
from sim.studies.blocks import Block, Table
from sim.studies.known.method import Decision, Elsewhere
from sim.studies.numbers_as_text import percent
from sim.studies.study import Row, Study
from sim.text import counted
from sim.units import QUARTERS

KNOWN, ELSEWHERE = "known.csv", "elsewhere.csv"
SPREAD = "held - free, 90 % of runs"
MEANING = (
    "Held histories take these decisions at these dates and not before; parameters are not weighted"
    " anew. A decision that few free histories take by its date is one that the model does not"
    " explain."
)


@dataclass(frozen=True, repr=False)
class Account(Study):
    """What holding histories to what is known means; what :func:`sim.known` returns.

    Attributes:
        manifest: What identifies the held runs.
        decisions: Each known one beside free histories.
        others: What became of the other states.
        states: How many states there are.
    """

    decisions: Sequence[Decision]
    others: Sequence[Elsewhere]
    states: int

    FACTS: ClassVar[str] = "account.json"
    FILES: ClassVar[tuple[str, ...]] = (KNOWN, ELSEWHERE)

    def tables(self) -> dict[str, list[Row]]:
        """Return a row a decision, and a row for what may happen elsewhere by a year."""
        return {
            KNOWN: [one.row() for one in self.decisions],
            ELSEWHERE: [vars(one) for one in self.others],
        }

    def blocks(self) -> Iterator[Block]:
        """Yield what is known, and what became of the others."""
        facts, runs = self.manifest["seeds"]["known"], int(self.manifest["runs"])
        touched = len({fact["iso3"] for fact in facts})
        yield (
            f"{len(facts)} known decisions of {touched} among {self.states:,} states, in"
            f" {counted(runs, 'run')} of {self.scenario_name}{self.settings} (seed"
            f" {self.manifest['seed']}), beside the same runs left free:"
        )
        yield Table.of(
            self.decisions,
            {
                "state": "{0.name}",
                "known": "{0.what}",
                "date": lambda one: _quarter(one.date),
                "free runs: by then": lambda one: (
                    f"{percent(one.free_by_then)}"
                    f" ({100 * one.free_by_then_low:.0f} to {100 * one.free_by_then_high:.0f})"
                ),
                "within a year": lambda one: percent(one.free_within_a_year),
                "median year": lambda one: _year(one.free_median),
            },
        )
        yield f"In brackets: 95 % intervals of the shares. {BY_SET}"
        yield "Of the other states, to how many it had happened (mean of runs):"
        yield Table.of(
            self.others,
            {
                "what": "{0.what}",
                "by the end of": "{0.year}",
                "held": "{0.held:.1f}",
                "free": "{0.free:.1f}",
                **({SPREAD: "{0.in_words}"} if runs > 1 else {}),
            },
        )
        yield MEANING
        yield NOT_FORECASTS


def _quarter(date: float) -> str:
    return f"{int(date)} Q{int(date % 1 * QUARTERS) + 1}"


def _year(date: float | None) -> str:
    return "never" if date is None or math.isinf(date) else str(int(date))

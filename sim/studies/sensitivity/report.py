"""What a sensitivity study leaves behind: tables, figures, and rankings for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from sim.experiment import Factor
from sim.results.read import Results
from sim.results.sweep import SweepResults
from sim.studies.blocks import Block, Cell, Table
from sim.studies.numbers_as_text import percent
from sim.studies.sensitivity.method import Indices, Screening
from sim.studies.sensitivity.plan import Method, Plan
from sim.studies.study import Drawing, Row, Study, drawings_of, origin_of

MOST_CHANCE = 0.5
"""Share of the variance between replicates beyond which a ranking is mostly luck."""
MOSTLY_CHANCE = (
    " More than half of what varies is chance: raise --replicates before you read the ranking."
)
SHOWN = 15
"""Parameters in the table on the screen; the files hold all."""
RANGE = "plausible range"
NOISE = 1e-9
"""Share of an effect below which its error is that of arithmetic."""


@dataclass(frozen=True)
class Part:
    """What one method found.

    Attributes:
        method: Which.
        sweep: Its runs.
        found: The measures.
    """

    method: Method
    sweep: SweepResults
    found: Screening | Indices

    def all_facts(self) -> dict[str, Any]:
        """Return of how much it is."""
        found = self.found
        return {
            "parameters": len(found.factors),
            "trajectories" if self.method == "morris" else "samples": found.used,
            "chance_share": None if math.isnan(found.noise) else round(found.noise, 6),
        }


@dataclass(frozen=True, repr=False)
class Sensitivity(Study):
    """Parameters by what an outcome owes to them; what :func:`sim.sensitivity` returns.

    Attributes:
        manifest: What identifies the runs of all methods.
        plan: What was asked.
        parts: What each method found.
    """

    plan: Plan
    parts: tuple[Part, ...]

    ROOM: ClassVar[str] = "sensitivity"
    FACTS: ClassVar[str] = "sensitivity.json"
    FILES: ClassVar[tuple[str, ...]] = ("morris.csv", "sobol.csv")

    def tables(self) -> dict[str, list[Row]]:
        """Return a row a parameter of each method, in order of rank."""
        return {f"{part.method}.csv": list(part.found.rows()) for part in self.parts}

    def figures(self) -> dict[str, Drawing]:
        """Return the ranking of each method, of as many points as it has."""
        from sim.studies.sensitivity.figures import text_of

        plan, drawings = self.plan, dict[str, Drawing]()
        name = plan.scenario.name + self.settings
        shown = plan.scenario.rules.register[plan.measured.outcome]
        for part in self.parts:
            manifest = origin_of(name, part.sweep.size, part.sweep.manifest)
            kind = "screening" if isinstance(part.found, Screening) else "indices"
            measured = {"measured": text_of(plan.measured, shown), "unit": shown.unit}
            drawings |= drawings_of(self.ROOM, {kind: part.found, "manifest": manifest, **measured})
        return drawings

    def own_facts(self) -> dict[str, Any]:
        """Return what was asked, and of how much each method is."""
        plan = self.plan
        return {
            "scenario": plan.scenario.name,
            **asdict(plan.measured),
            "replicates": plan.replicates,
            **{part.method: part.all_facts() for part in self.parts},
        }

    def results_used(self) -> list[Results]:
        """Return the sweep of each method."""
        return [part.sweep for part in self.parts]

    def blocks(self) -> Iterator[Block]:
        """Yield the most important parameters of each method."""
        for part in self.parts:
            if isinstance(part.found, Screening):
                yield from self._screening(part.found)
            else:
                yield from self._indices(part.found)
            yield self._noise(part.found.noise)

    def _screening(self, found: Screening) -> Iterator[Block]:
        yield _ranking(
            found,
            {
                "mu* ± 95 %": lambda at: _number(found.mu_star[at], found.mu_star_conf[at]),
                "mu": lambda at: f"{found.mu[at] + 0.0:+.3g}",
                "sigma": lambda at: f"{found.sigma[at]:.3g}",
            },
        )
        none = sum(value == 0.0 for value in found.mu_star)
        unit = self.plan.scenario.rules.register[self.plan.measured.outcome].unit
        yield (
            f"Effects on {self.plan.measured}{self.settings}, in {unit}, over the whole"
            f" plausible range (mu*: mean size, mu: mean, sigma: spread); {found.used}"
            f" trajectories. {none} of {len(found.factors)} parameters have no effect."
        )
        shown = found.order[:SHOWN]
        if any(_is_sure(found.mu_star[at], found.mu_star_conf[at]) for at in shown):
            yield (
                f"± 0: the effect is of one size in all {found.used} trajectories, so that to draw"
                " them again tells nothing of its error; more --trajectories do."
            )

    def _indices(self, found: Indices) -> Iterator[Block]:
        yield _ranking(
            found,
            {
                "S1 ± 95 %": lambda at: _number(found.first[at], found.first_conf[at]),
                "ST ± 95 %": lambda at: _number(found.total[at], found.total_conf[at]),
            },
        )
        yield (
            f"Shares of the variance of {self.plan.measured}{self.settings} (S1: alone, ST: with"
            f" all interactions); base sample of {found.used}. {_sum_in_words(found)}"
        )

    def _noise(self, share: float) -> str:
        if self.plan.replicates == 1:
            return (
                "Chance: not measured with one replicate; everything holds for one course of luck."
            )
        if math.isnan(share):
            return "Chance: nothing varies."
        return (
            f"Chance: {percent(share)} of the variance lies between the {self.plan.replicates}"
            " replicates at a point; measures are of their mean."
            + (MOSTLY_CHANCE if share > MOST_CHANCE else "")
        )


def _ranking(found: Screening | Indices, measures: Mapping[str, Callable[[int], str]]) -> Table:
    """Return the most important parameters with their measures, by heading."""
    ranks = {at: rank for rank, at in enumerate(found.order[:SHOWN], 1)}
    columns: dict[str, Cell[int]] = {
        "parameter": lambda at: f"{ranks[at]:2} {found.factors[at].name}",
        RANGE: lambda at: _range(found.factors[at]),
    }
    return Table.of(ranks, columns | dict(measures), if_wide=(RANGE,))


def _range(factor: Factor) -> str:
    unit = f" {factor.unit}" if factor.unit not in ("", "1") else ""
    return f"{factor.low:g} to {factor.high:g}{unit}"


def _sum_in_words(found: Indices) -> str:
    """What the shares add up to, and what that says of them; none can truly be above 1."""
    total = f"{found.first.sum():.2f}"
    told = f"S1 add up to {total}"
    small = "is error of the sample, which is too small: raise --samples"
    if float(total) > 1.0:
        return f"{told}; what exceeds 1 {small}."
    told += "; what is missing to 1 are interactions and error."
    if max(found.first.max(), found.total.max()) > 1.0:
        told += f" What exceeds 1 in a single share {small}."
    return told


def _number(value: float, half: float) -> str:
    return f"{value + 0.0:.3g} ± {0.0 if _is_sure(value, half) else half:.2g}"


def _is_sure(value: float, half: float) -> bool:
    """Tell whether an effect has no error, but for that of arithmetic."""
    return value != 0.0 and half <= NOISE * abs(value)

"""What happened in the runs of a scenario, in a few tables: what `entrench run` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from sim.results.implausibility import is_met
from sim.results.in_words import NOT_FORECASTS
from sim.results.read import Results
from sim.results.table import Cell as Band
from sim.results.table import Happened, RegimeRow, in_digits, what_happened
from sim.results.targets import TargetRow
from sim.studies.blocks import Block, Cell, Table
from sim.studies.numbers_as_text import BOUNDS, USES
from sim.studies.regime_blind import blind_shares
from sim.studies.runs.spark import Spark, sparks_of
from sim.studies.study import Row, Study
from sim.studies.watching import Watch
from sim.text import counted
from sim.world.countries import target_label


@dataclass(frozen=True, repr=False)
class RunSummary(Study):
    """What happened, the targets beside it, and what regimes have to do with it.

    Attributes:
        manifest: What identifies the runs.
        happened: What happened.
        blind: Shares ever trained without regime effects, by regime; empty if not run.
        curves: Of a few outcomes, as small as a line of text.
    """

    happened: Happened
    blind: Mapping[str, float]
    curves: Sequence[Spark] = ()

    @classmethod
    def of(
        cls,
        results: Results,
        threads: int | None = None,
        watch: Watch | None = None,
        *,
        blind: bool = True,
    ) -> Self:
        """Sum up the runs of a folder.

        Args:
            results: The folder.
            threads: Of the engine.
            watch: Shows how far histories without regime effects are.
            blind: Whether to run some of those to stand beside.
        """
        shares = blind_shares(results, threads=threads, watch=watch) if blind else {}
        return cls(results.manifest, what_happened(results), shares, sparks_of(results))

    def tables(self) -> dict[str, list[Row]]:
        """Return outcomes, targets and regimes as rows."""
        return {
            "outcomes": [
                {"outcome": row.outcome, "unit": row.unit, "year": year, **vars(cell)}
                for row in self.happened.rows
                for year, cell in zip(self.happened.years, row.cells, strict=True)
            ],
            "targets": [asdict(row) for row in self.happened.targets],
            "regimes": [
                {
                    "regime": row.regime,
                    "observed": row.observed,
                    "recorded": row.recorded.mean if row.recorded else None,
                    "without_regime_effects": self.blind.get(row.regime),
                }
                for row in self.happened.regimes
            ],
        }

    def blocks(self) -> Iterator[Block]:
        """Yield what people read."""
        if self.settings:
            runs = counted(int(self.manifest["runs"]), "run")
            yield f"{self.scenario_name}{self.settings}, {runs}, seed {self.manifest['seed']}:"
        if self.curves:
            first, last = self.curves[0].years
            span = f"{first} to {last}"
            columns: dict[str, Cell[Spark]] = {"mean of runs": "{0.label}", span: "{0.text}"}
            yield Table.of(self.curves, columns | {"highest": lambda one: in_digits(one.highest)})
        years = [str(year) for year in self.happened.years]
        yield Table(
            ("what happened", "unit", *years),
            [(r.label, r.unit, *(str(cell) for cell in r.cells)) for r in self.happened.rows],
        )
        shown = {row.outcome for row in self.happened.rows}
        if words := [text for name, text in EXPLAINED.items() if name in shown]:
            yield " ".join(words)
        yield Table.of(self.happened.targets, TARGETS)
        if self.happened.regimes:
            regimes: dict[str, Cell[RegimeRow]] = {
                "ever trained by 2025": "{0.regime}",
                "observed": lambda row: _known(row.observed),
                "recorded": lambda row: str(row.recorded or ""),
            }
            if self.blind:
                regimes["without regime effects"] = lambda row: _known(self.blind.get(row.regime))
            yield Table.of(self.happened.regimes, regimes)
        yield f"Means and 90 % bands over the runs. {USES} {ERRORS} {NOT_FORECASTS}"


def _known(value: float | None) -> str:
    return "" if value is None else in_digits(value)


def _recorded(row: TargetRow) -> str:
    if row.mean is None or row.q05 is None or row.q95 is None:
        return str(row.status)
    return str(Band(row.mean, row.q05, row.q95))


def _off(row: TargetRow) -> str:
    if row.deviation is not None and (row.bound != "value" or row.z is None):
        # Bounds, and figures without a published error, have a verdict all the same.
        return "met" if is_met(row.verdict) else "missed"
    if row.mean is not None and row.bound != "value":
        above = row.mean >= row.observed
        return "met" if above == (row.bound == "lower") else "missed"
    return "" if row.z is None else f"{row.z:+z.1f}"


EXPLAINED = {
    "lock_in": "Lock-in: what it would cost to leave, in years of what the systems are worth to"
    " their governments.",
    "revenue_sales_yearly": "Sales and maintenance: all vendors', Western ones included.",
}
"""What headings leave open, by outcome."""
TARGETS: dict[str, Cell[TargetRow]] = {
    "target": lambda row: target_label(row.id),
    "use": "{0.use}",
    "observed": lambda row: BOUNDS.get(row.bound, "") + in_digits(row.observed),
    "recorded in the model": _recorded,
    "standard errors off": _off,
}
"""Columns of the printed table of targets."""
ERRORS = (
    "Standard errors: of the published figure alone; `entrench validate` counts chance and the"
    " model's own error, too, and by these a figure without a published error is met or missed."
)
"""What that table leaves open."""

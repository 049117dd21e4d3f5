"""What happened in the runs of a scenario, in a few tables: what `entrench run` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from sim.results.table import Cell, Happened, in_digits, what_happened
from sim.results.targets import TargetRow
from sim.studies.opened import Runs
from sim.studies.runs.spark import Spark, sparks_of
from sim.studies.sources import Watch
from sim.studies.study import NOT_FORECASTS, Block, Row, Study, Table
from sim.studies.validation.regime_blind import blind_shares


@dataclass(frozen=True)
class RunSummary(Study):
    """What happened, the targets beside it, and what regimes have to do with it.

    Attributes:
        manifest: What identifies the runs.
        happened: What happened.
        blind: Shares ever trained without regime effects, by regime; empty if not run.
        curves: Of a few outcomes, as small as a line of text.
    """

    manifest: Mapping[str, Any]
    happened: Happened
    blind: Mapping[str, float]
    curves: Sequence[Spark] = ()

    @classmethod
    def of(
        cls,
        results: Runs,
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
        if self.curves:
            first, last = self.curves[0].years
            yield Table(
                ("mean of runs", f"{first} to {last}", "highest"),
                [(one.label, one.text, in_digits(one.highest)) for one in self.curves],
            )
        years = [str(year) for year in self.happened.years]
        yield Table(
            ("what happened", "unit", *years),
            [(r.label, r.unit, *(str(cell) for cell in r.cells)) for r in self.happened.rows],
        )
        yield Table(
            ("target", "use", "observed", "recorded in the model", "standard errors off"),
            [_target_cells(row) for row in self.happened.targets],
        )
        if self.happened.regimes:
            blind = ["without regime effects"] if self.blind else []
            rows = []
            for row in self.happened.regimes:
                cells = [
                    row.regime,
                    "" if row.observed is None else in_digits(row.observed),
                    "" if row.recorded is None else str(row.recorded),
                ]
                left = self.blind.get(row.regime)
                cells += ["" if left is None else in_digits(left) for _ in blind]
                rows.append(cells)
            yield Table(("ever trained by 2025", "observed", "recorded", *blind), rows)
        yield f"Means and 90 % bands over the runs. {NOT_FORECASTS}"


def _target_cells(row: TargetRow) -> tuple[str, ...]:
    bound = {"lower": "at least ", "upper": "at most "}.get(row.bound, "")
    band, deviation = str(row.status), ""
    if row.mean is not None and row.q05 is not None and row.q95 is not None:
        band = str(Cell(row.mean, row.q05, row.q95))
    if row.z is not None:
        deviation = f"{row.z:+.1f}"
    return row.id, row.use, bound + in_digits(row.observed), band, deviation

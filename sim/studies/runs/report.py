"""What happened in the runs of a scenario, in two tables: what `entrench run` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Self

from sim.results.implausibility import VERDICTS
from sim.results.in_words import NOT_FORECASTS
from sim.results.read import Results
from sim.results.table import Cell as Band
from sim.results.table import Happened, in_digits, what_happened
from sim.results.targets import TargetRow
from sim.studies.blocks import Block, Cell, Table
from sim.studies.numbers_as_text import BOUNDS, USES
from sim.studies.study import Row, Study
from sim.text import counted
from sim.world.countries import target_label


@dataclass(frozen=True, repr=False)
class RunSummary(Study):
    """What happened, and the targets beside it.

    Attributes:
        manifest: What identifies the runs.
        happened: What happened.
    """

    happened: Happened

    @classmethod
    def of(cls, results: Results) -> Self:
        """Sum up the runs of a folder."""
        return cls(results.manifest, what_happened(results))

    def tables(self) -> dict[str, list[Row]]:
        """Return outcomes and targets as rows."""
        return {
            "outcomes": [
                {"outcome": row.outcome, "unit": row.unit, "year": year, **vars(cell)}
                for row in self.happened.rows
                for year, cell in zip(self.happened.years, row.cells, strict=True)
            ],
            "targets": [asdict(row) for row in self.happened.targets],
        }

    def blocks(self) -> Iterator[Block]:
        """Yield what people read."""
        if self.settings:
            runs = counted(int(self.manifest["runs"]), "run")
            yield f"{self.scenario_name}{self.settings}, {runs}, seed {self.manifest['seed']}:"
        years = [str(year) for year in self.happened.years]
        yield Table(
            ("what happened", "unit", *years),
            [(r.label, r.unit, *(str(cell) for cell in r.cells)) for r in self.happened.rows],
        )
        if any(row.outcome.startswith("lock_in") for row in self.happened.rows):
            yield LOCK_IN
        yield Table.of(self.happened.targets, TARGETS)
        yield f"Means and 90 % bands over the runs. {USES} {ERRORS} {VERDICTS} {NOT_FORECASTS}"


def _recorded(row: TargetRow) -> str:
    if row.mean is None or row.q05 is None or row.q95 is None:
        return str(row.status)
    return str(Band(row.mean, row.q05, row.q95))


LOCK_IN = (
    "Lock-in: what it would cost to leave under contract, in years of what the systems are worth to"
    " their governments."
)
TARGETS: dict[str, Cell[TargetRow]] = {
    "target": lambda row: target_label(row.id),
    "use": "{0.use}",
    "observed": lambda row: BOUNDS.get(row.bound, "") + in_digits(row.observed),
    "recorded in the model": _recorded,
    "standard errors off": lambda row: "" if row.z is None else f"{row.z:+z.1f}",
    "verdict": lambda row: row.verdict or "",
}
"""Columns of the printed table of targets."""
ERRORS = "Standard errors: of the published figure alone."

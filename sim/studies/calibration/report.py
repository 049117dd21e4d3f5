"""What a calibration leaves behind: tables, figures, and what people read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from sim.results.claim import ASKED
from sim.results.files import inside, read_sealed, whole_file, write_csv
from sim.results.folder import MANIFEST
from sim.results.folder import clear as clear_results
from sim.scenario.parameter_sets import FILE, plausible_table
from sim.studies.blocks import Block, Cell, Table
from sim.studies.calibration.method import FINAL, Calibration
from sim.studies.calibration.recovery import FOLDER as TRUTHS
from sim.studies.calibration.recovery import Recovery
from sim.studies.calibration.tables import (
    ParameterSummary,
    TargetSummary,
    TradeOff,
    identity_of,
    known_rows,
    plausible_of,
    trade_offs,
    wave_rows,
)
from sim.studies.calibration.words import by_width, sentences
from sim.studies.numbers_as_text import percent
from sim.studies.study import Row, Study, origin_of
from sim.text import counted
from sim.world.countries import target_label

IDENTITY = "calibration.json"
SUMMARY = "summary.txt"
TARGETS, PARAMETERS, WAVES = "targets.csv", "parameters.csv", "waves.csv"
RECOVERY, CORRELATIONS, KNOWN = "recovery.csv", "correlations.csv", "known.csv"
SHOWN = 20
"""Parameters in the table on the screen; the files hold all."""

TARGET_COLUMNS: dict[str, Cell[TargetSummary]] = {
    "target": lambda one: target_label(one.aim.id),
    "observed": "{0.aim.observed:g} ± {0.aim.sigma:g}",
    "mean": "{0.mean:.3g}",
    "90 %": "{0.ends[q05]:.3g} to {0.ends[q95]:.3g}",
    "95 %": "{0.ends[q025]:.3g} to {0.ends[q975]:.3g}",
    "inside 95 %": lambda one: "yes" if one.inside else "no",
    "largest |I|": "{0.largest:.1f}",
}
IDENTIFIED_COLUMNS: dict[str, Cell[ParameterSummary]] = {
    "identified": "{0.factor.name}",
    "plausible range": "{0.factor.low:g} to {0.factor.high:g}",
    "default": "{0.default:g}",
    "median": "{0.ends[q50]:.3g}",
    "90 %": "{0.ends[q05]:.3g} to {0.ends[q95]:.3g}",
    "width ratio": "{0.width_ratio:.2f}",
}
KNOWN_COLUMNS: dict[str, Cell[dict[str, Any]]] = {
    "state": "{0[iso3]}",
    "known": "{0[what]}",
    "date": "{0[date]:g}",
    "within a year: by the figures": lambda row: percent(float(row["within_a_year_by_figures"])),
    "and by what is known": lambda row: percent(float(row["within_a_year"])),
    "reliability": "{0[reliability]:.2f}",
}
"""Columns of the printed tables."""


@dataclass(frozen=True, repr=False)
class Calibrated(Study):
    """The parameter sets that are not ruled out; what :func:`sim.calibrate` returns.

    Attributes:
        manifest: What identifies the runs.
        calibration: The sets, their runs and weights.
        targets: Each target beside the ensemble.
        parameters: Each parameter's posterior.
        recovery: Whether known truths are found again; None: not asked.
        folder: Where the waves are.
        temporary: The folder's keeper, if the folder goes with this object.
    """

    calibration: Calibration
    targets: tuple[TargetSummary, ...]
    parameters: tuple[ParameterSummary, ...]
    recovery: Recovery | None
    folder: Path
    temporary: Any = field(default=None, repr=False, compare=False)

    ROOM: ClassVar[str] = "calibration"
    FACTS: ClassVar[str] = IDENTITY
    FILES: ClassVar[tuple[str, ...]] = (
        FILE, SUMMARY, TARGETS, PARAMETERS, WAVES, CORRELATIONS, RECOVERY, KNOWN,
    )  # fmt: skip
    COLUMNS: ClassVar[Mapping[str, Sequence[str]]] = {CORRELATIONS: TradeOff._fields}

    def tables(self) -> dict[str, list[Row]]:
        """Return targets, parameters, waves, pairs that trade off, what was recovered and known."""
        return {
            TARGETS: [one.row() for one in self.targets],
            PARAMETERS: [one.row() for one in self.parameters],
            WAVES: wave_rows(self.calibration),
            CORRELATIONS: [pair._asdict() for pair in trade_offs(self.calibration)],
            RECOVERY: self.recovery.rows() if self.recovery else [],
            KNOWN: [*known_rows(self.calibration)],
        }

    def shown(self) -> dict[str, Any]:
        """Return what the figures take."""
        calibration, plan = self.calibration, self.calibration.plan
        size = (
            f"{len(calibration.chosen)} parameter sets kept of "
            f"{len(calibration.waves[-1].cube):,} × {plan.final_replicates} histories"
        )
        if plan.known:
            size += f" · weights hold {counted(len(plan.known), 'known fact')}"
        manifest = origin_of(plan.scenario.name + self.settings, size, self.manifest)
        return {"parameters": self.parameters, "targets": self.targets, "manifest": manifest}

    def own_facts(self) -> dict[str, Any]:
        """Return what identifies the calibration."""
        return identity_of(self.calibration.plan, self.calibration.aims)

    @cached_property
    def sentences(self) -> list[str]:
        """What was found, in sentences."""
        return [*sentences(self.calibration), *([self.recovery.words()] if self.recovery else [])]

    def write_more(self, folder: Path) -> None:
        """Write the sets and the summary."""
        write_csv(folder / FILE, *plausible_table(plausible_of(self.calibration)))
        with whole_file(folder / SUMMARY) as file:
            file.write("".join(f"{line}\n" for line in self.sentences).encode())

    @classmethod
    def clear(cls, folder: Path) -> None:
        """Remove an earlier calibration, and the runs of those waves that its record names."""
        waves = int(read_sealed(folder / IDENTITY)[ASKED]["waves"])
        names = [*(f"wave-{number}" for number in range(1, waves + 1)), FINAL, TRUTHS]
        for wave in (inside(folder, name) for name in names):
            if (wave / MANIFEST).is_file() and not clear_results(wave):
                (wave / MANIFEST).unlink()
                wave.rmdir()
        super().clear(folder)

    def blocks(self) -> Iterator[Block]:
        """Yield targets, parameters, and what was found."""
        yield Table.of(self.targets, TARGET_COLUMNS, if_wide=("90 %",))
        yield "|I|: distance of a kept set from the target, in standard deviations."
        known = [one for one in by_width(self.parameters) if one.identified]
        if known:
            yield Table.of(known[:SHOWN], IDENTIFIED_COLUMNS, if_wide=("plausible range",))
        if facts := known_rows(self.calibration):
            yield Table.of(facts, KNOWN_COLUMNS)
        yield from self.sentences

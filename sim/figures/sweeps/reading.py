"""What the figures of a sweep read of it, and what they all say of where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats, Whole
from sim.engine.chunk import end_of, year_of
from sim.errors import InputError
from sim.figures import register
from sim.figures.caption import counted, experiment_of, sentences
from sim.figures.curves import MOST_WIDE_BANDS, is_share, unit_text
from sim.figures.save import FORMATS
from sim.figures.sheet import Grid, new_sheet
from sim.figures.text import UNBROKEN, with_unit
from sim.parameters import Outcome
from sim.register import WORLD, nearest
from sim.results.parameter_sets import sets_in
from sim.results.sweep import SweepResults
from sim.units import PERCENT, QUARTERS

RANDOM_DESIGNS = ("latin-hypercube", "sobol")
"""Designs whose points are drawn, so that hardly two share a value."""


USUAL_OUTCOMES = ("working", "adopters", "trained")
"""Shown if none are named, as far as they were kept."""


@dataclass(frozen=True)
class Shown:
    """One outcome of the world in the unit that figures show.

    Attributes:
        outcome: Its name, unit and looks.
        values: Shape (points, replicates, years); NaN where a run failed.
        sets: The parameter set of each replicate: (replicates,).
    """

    outcome: Outcome
    values: Floats
    sets: Whole

    @property
    def unit(self) -> str:
        """Unit that figures show."""
        return unit_text(self.outcome)

    @property
    def axis_text(self) -> str:
        """What it is, with its unit."""
        return with_unit(self.outcome.label, self.unit)

    @property
    def failed(self) -> int:
        """Number of runs that failed."""
        return int(np.isnan(self.values).any(axis=2).sum())


def show(sweep: SweepResults, name: str, years: Sequence[int]) -> Shown:
    """Read an outcome of the world at the ends of years, which must have been kept."""
    outcome = sweep.outcomes[name]
    quarters = [end_of(year) for year in sorted(years)]
    by_run = sweep.values(name, WORLD, WORLD, quarters)
    values = np.full((sweep.points, sweep.replicates, len(quarters)), np.nan)
    values[sweep.point_of_run, sweep.replicate_of_run] = by_run
    sets = sets_in(sweep.manifest, np.arange(sweep.replicates))
    return Shown(outcome, values * PERCENT if is_share(outcome) else values, sets)


def last_of(shown: Shown) -> Shown:
    """The outcome at the last of its years alone."""
    return replace(shown, values=shown.values[:, :, -1:])


def reading_of(bands: bool, lines: int, *, dots: bool = False, binned: bool = False) -> str:
    """How to read lines and bands, or dots and bars."""
    what, ranges = ("Dots", "bars") if dots else ("Lines", "bands")
    if not bands:
        return f"{what}: one run at each value, so no {ranges}."
    both = f" and 90{UNBROKEN}%" if lines <= MOST_WIDE_BANDS else ""
    where = " in bins of points" if binned else ""
    return f"{what}: mean of runs{where}; {ranges}: 50{UNBROKEN}%{both} of runs."


def kept_years(sweep: SweepResults) -> list[int]:
    """The years whose ends were kept, ascending."""
    last = QUARTERS - 1
    return sorted(year_of(q) for q in sweep.quarters if q % QUARTERS == last)


def design_kind(sweep: SweepResults) -> str:
    """How the points were chosen: grid, latin-hypercube, sobol or list."""
    return str(experiment_of(sweep.manifest).get("design", {}).get("kind", "list"))


def is_random(sweep: SweepResults) -> bool:
    """Whether the points were drawn rather than chosen."""
    return design_kind(sweep) in RANDOM_DESIGNS


def described(sweep: SweepResults) -> dict[str, Any]:
    """The manifest as figures read it: without the scenarios' events that the experiment varies."""
    return {**sweep.manifest, "events": shared_events(sweep.manifest)}


def choices(
    sweep: SweepResults, outcomes: Iterable[str] | None = None, year: int | None = None
) -> dict[str, Any]:
    """What of a sweep is shown, as facts for the register.

    Args:
        sweep: A finished sweep.
        outcomes: Which outcomes; None: working systems, adopters and trained states, as far as
            they were kept, else the first that was.
        year: At whose end; None: the last one kept.

    Raises:
        InputError: An outcome or year was not kept. All faults are listed.
    """
    kept, years = list(sweep.outcomes), kept_years(sweep)
    asked = list(dict.fromkeys(outcomes or ()))
    faults = [f"the outcome {n!r} was not kept{nearest(n, kept)}" for n in asked if n not in kept]
    if not years:
        faults.append("the sweep kept no end of a year")
    elif year is not None and year not in years:
        faults.append(f"the end of {year} was not kept; there are: {_years_text(years)}")
    if faults:
        raise InputError(faults)
    usual = [name for name in USUAL_OUTCOMES if name in kept] or kept[:1]
    return {"sweep": sweep, "outcomes": asked or usual, "year": year or years[-1]}


def draw_sweep(
    sweep: SweepResults,
    folder: Path,
    names: Sequence[str] | None = None,
    formats: Sequence[str] = FORMATS,
    *,
    outcomes: Iterable[str] | None = None,
    year: int | None = None,
    threshold: float | None = None,
) -> list[Path]:
    """Draw figures of a sweep into a folder; see :func:`choices` and the register's `draw`.

    Args:
        sweep: A finished sweep.
        folder: Where the files go.
        names: Which figures; None: those that suit the design.
        formats: Endings of the files, such as `png`.
        outcomes: Names of outcomes; None: see :func:`choices`.
        year: At whose end; None: the last one kept.
        threshold: Where heat maps draw a line between what lies below and above.

    Raises:
        InputError: An outcome, year, figure or format is unknown or not possible. All faults are
            told.
    """
    faults: list[str] = []
    try:
        facts = choices(sweep, outcomes, year)
    except InputError as error:
        faults += error.messages
        facts = choices(sweep)
    if threshold is not None:
        facts["threshold"] = threshold
    faults += register.faults(register.SWEEP, facts, names, formats)
    if faults:
        raise InputError(faults)
    return register.draw(register.SWEEP, folder, facts, names, formats)


def _years_text(years: Sequence[int]) -> str:
    """Years, those in a row as a range."""
    rows: list[list[int]] = []
    for year in years:
        if rows and year == rows[-1][-1] + 1:
            rows[-1].append(year)
        else:
            rows.append([year])
    return ", ".join(str(row[0]) if len(row) == 1 else f"{row[0]}-{row[-1]}" for row in rows)


def question_of(sweep: SweepResults) -> str:
    """What the experiment asks."""
    return str(experiment_of(sweep.manifest).get("question") or "")


def shared_events(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The events that all scenarios of an experiment share, without those that it varies."""
    experiment = experiment_of(manifest)
    lists = [scenario.get("events", ()) for scenario in experiment.get("scenarios", {}).values()]
    factors = experiment.get("factors", ())
    keys = [str(factor.get("name", "")) for factor in factors]
    keys += [key for f in factors for level in f.get("levels", {}).values() for key in level]
    varied = {key.split(".")[1] for key in keys if key.startswith("events.") and key.count(".") > 1}
    dated = [{(event.get("name"), event.get("date")) for event in events} for events in lists]
    return [
        event
        for event in (lists[0] if lists else ())
        if event.get("name") not in varied
        and all((event.get("name"), event.get("date")) in others for others in dated)
    ]


def failures_text(shown: Shown) -> str:
    """What a caption says of runs that failed; empty if none did."""
    return f"Left out: {counted(shown.failed, 'failed run')}." if shown.failed else ""


PAIRED = (
    "Points share the draws of replicates, so that differences between points vary less than bands"
    " and ranges show."
)


def sheet_of_sweep(
    sweep: SweepResults, shown: Shown, title: str, grid: Grid, *notes: str, **rest: Any
) -> tuple[Figure, list[Axes]]:
    """Lay out a sheet for an outcome of a sweep; see :func:`sim.figures.sheet.new_sheet`.

    Args:
        sweep: What the experiment asks stands below the heading.
        shown: Of its runs that failed the caption tells.
        title: Heading.
        grid: Arrangement of the panels.
        *notes: How to read it.
        **rest: As there.
    """
    paired = PAIRED if sweep.points > 1 else ""
    note = sentences(*notes, paired, failures_text(shown))
    question = question_of(sweep)
    return new_sheet(described(sweep), title, grid, note=note, question=question, **rest)

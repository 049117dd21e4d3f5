"""Figures of results that no model made, through the register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim.figures import register
from sim.figures.curves import Held
from sim.figures.save import FORMATS
from sim.figures.sweeps.reading import choices, draw_sweep

RUN_FIGURES = register.figures_of(register.RUN)


def draw_run(name: str, results: Any) -> Figure:
    """One figure of a run."""
    ((_, figure),) = RUN_FIGURES[name].draw({"results": Held.of(results)})
    return figure


def save_run(
    results: Any,
    folder: Path,
    names: Iterable[str] | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Write figures of a run."""
    return register.draw(register.RUN, folder, {"results": results}, names, formats)


def save_sweep(
    sweep: Any,
    folder: Path,
    names: Iterable[str] | None = None,
    outcomes: Iterable[str] | None = None,
    year: int | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Write figures of a sweep."""
    return draw_sweep(sweep, folder, names, formats, outcomes=outcomes, year=year)


def sweep_names(sweep: Any) -> list[str]:
    """Names of the figures that are drawn of a sweep without being asked for."""
    return [one.name for one in register.choose(register.SWEEP, choices(sweep))]

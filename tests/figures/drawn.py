"""Figures of results that no model made, through the register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.figures import register
from sim.figures.curves import Held
from sim.figures.save import FORMATS
from sim.figures.sweeps.reading import choices, draw_sweep
from sim.figures.timeline import Timeline
from sim.world.names import find_state
from sim.world.seeds import shipped_seeds

RUN_FIGURES = register.figures_of(register.RUN)
SOME_FIGURES = [
    name if name in ("contracts", "map", "state") else pytest.param(name, marks=pytest.mark.slow)
    for name in RUN_FIGURES
]
"""Each, but only one of a kind in the default run."""


def facts_for(names: Iterable[str], results: Any) -> dict[str, Any]:
    """What figures of a run take, with what those ask for that are drawn on demand."""
    asked: dict[str, Any] = {"results": results}
    if "outcome" in names:
        asked |= {"outcomes": ["working_share"], "by": "region"}
    if "state" in names:
        held = Held.of(results)
        first = int(held.start)
        years = tuple(range(first, max(first + 1, int(held.end))))
        rise = np.linspace(0.0, 90.0, len(years))
        shares = {"trained": rise + 5.0, "adopters": rise, "platforms": rise / 2.0,
                  "working": rise * 0.8}  # fmt: skip
        state = find_state("KEN", shipped_seeds().countries)
        timeline = Timeline(state, 40, years, shares, {"no-exit-cost": rise / 3.0})
        asked |= {"state": timeline, "manifest": results.manifest}
    return asked


def draw_run(name: str, results: Any) -> Figure:
    """One figure of a run."""
    ((_, figure),) = RUN_FIGURES[name].draw(facts_for([name], Held.of(results)))
    return figure


def save_run(
    results: Any,
    folder: Path,
    names: Iterable[str] | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Write figures of a run."""
    names = names if names is None else list(names)
    return register.draw(register.RUN, folder, facts_for(names or (), results), names, formats)


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

"""One state's timeline: what had happened to it, and in which share of runs, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.engine.chunk import working_years
from sim.figures.axes import panel_title, share_axis
from sim.figures.caption import counted
from sim.figures.marks import history_end, marks_beside
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import SIGNS, Look, look_of
from sim.figures.text import UNBROKEN
from sim.register import register
from sim.results.effects import effective_sets
from sim.results.parameter_sets import sets_in
from sim.text import points_at_most
from sim.units import PERCENT
from sim.world.countries import CountrySeed
from sim.world.seeds import Seeds, shipped_seeds

HAPPENED = {
    "trained": "first_trained",
    "adopters": "first_adopted",
    "platforms": "first_adopted_platform",
}
"""Outcomes whose first date results keep of every state, and its column."""
WORKING = "working"
SHARE = "% of runs"
HEIGHT = 1.7
"""Inches of a panel."""


@dataclass(frozen=True)
class Timeline:
    """What happens to a state.

    Attributes:
        state: What the seeds say of it.
        runs: Number of runs.
        years: Years at whose ends it is asked.
        shares: By outcome the percentage of runs in which it had happened by then; of `working`:
            in which a system works then.
        beside: By scenario the percentage of runs in which a system works then.
    """

    state: CountrySeed
    runs: int
    years: tuple[int, ...]
    shares: Mapping[str, Floats]
    beside: Mapping[str, Floats]

    @property
    def dates(self) -> Floats:
        """The ends of the years as decimal years."""
        return np.array(self.years, dtype=np.float64) + 1.0


def timeline_of(
    state: CountrySeed,
    frame: pd.DataFrame,
    horizon: tuple[int, int],
    beside: Mapping[str, pd.DataFrame] | None = None,
) -> Timeline:
    """Read a state's timeline.

    Args:
        state: What the seeds say of it.
        frame: Its rows of `country_runs.parquet`, one a run.
        horizon: First and last year of the runs.
        beside: The same of other scenarios, by name.
    """
    first, last = horizon
    years = tuple(year for year in sorted(working_years(list(frame.columns)))
                  if first <= year <= last)  # fmt: skip
    ends = np.array(years, dtype=np.float64)[:, np.newaxis] + 1.0
    shares = {
        name: PERCENT * (frame[column].to_numpy(dtype=np.float64) < ends).mean(axis=1)
        for name, column in HAPPENED.items()
        if column in frame and len(frame)
    }
    shares[WORKING] = _working(frame, years)
    others = {name: _working(other, years) for name, other in (beside or {}).items()}
    return Timeline(state, len(frame), years, shares, others)


def _working(frame: pd.DataFrame, years: Sequence[int]) -> Floats:
    """Percentage of runs in which a system works at the end of each year."""
    names = working_years(list(frame.columns))
    return np.array([PERCENT * float(frame[names[y]].mean()) if y in names else np.nan
                     for y in years])  # fmt: skip


def draw_timeline(
    manifest: Mapping[str, Any], timeline: Timeline, years: tuple[int, int] | None = None
) -> Figure:
    """Draw it: what had happened, and below what other scenarios leave working.

    Args:
        manifest: What identifies the runs, for the caption.
        timeline: What :func:`timeline_of` read.
        years: First and last year; None: all.
    """
    outcomes = register()
    looks = {name: look_of(outcomes[name]) for name in timeline.shares}
    own = str(manifest["scenario"]["name"])
    used = {look.colour for look in looks.values()}
    signs = [sign for sign in SIGNS if sign[0] not in used] + list(SIGNS)
    others = {n: Look(n, *sign) for n, sign in zip(timeline.beside, signs, strict=False)}
    rows = 2 if others else 1
    grid = Grid(rows, panel_height=HEIGHT, title_rows=rows - 1, row_gap=0.1)
    first, last = years or (timeline.years[0], timeline.years[-1])
    start, end = float(first), float(last) + 1.0
    # The state's own dates, and the scenario's events from the end of history on.
    history = history_end(manifest)
    events = [e for e in manifest["scenario"].get("events", ()) if float(e["date"]) >= history]
    dates = state_dates(timeline.state, shipped_seeds())
    marked = [{"name": name, "date": date} for name, date in dates] + events
    marks = marks_beside({**manifest, "events": marked}, start, end, grid.panel_width)
    frame = Frame(start, end, marks)
    figure, panels = new_sheet(
        manifest,
        _finding(timeline) or f"{timeline.state.name}: trained, sold to, locked in",
        grid,
        frame,
        [*looks.values(), *others.values()],
        _note(timeline.runs, manifest),
        question=f"What happens to {timeline.state.name}, when, and how likely is it?",
    )
    lines = [(timeline.shares[name], look) for name, look in looks.items()]
    _draw(panels[0], timeline.dates, lines)
    if others:
        beside = [(timeline.beside[name], look) for name, look in others.items()]
        panel_title(panels[0], own, frame.title_lift(own, grid))
        _draw(panels[1], timeline.dates, [(timeline.shares[WORKING], looks[WORKING]), *beside])
        panel_title(panels[1], f"A working system: {own}, and other scenarios")
    return figure


def _draw(axes: Axes, dates: Floats, lines: Sequence[tuple[Floats, Look]]) -> None:
    for values, look in lines:
        axes.plot(dates, values, color=look.colour, linestyle=look.dash, label=look.label,
                  marker="o" if len(dates) == 1 else "")  # fmt: skip
    share_axis(axes, label=SHARE)


def _note(runs: int, manifest: Mapping[str, Any]) -> str:
    """How sure a share of so many runs is."""
    if not runs:
        return ""
    sets = effective_sets(sets_in(manifest, np.arange(runs)))
    error = points_at_most(sets).replace(" ", UNBROKEN, 1)
    return f"Shares of {counted(runs, 'run')}: a standard error of {error}."


def state_dates(state: CountrySeed, seeds: Seeds) -> list[tuple[str, float]]:
    """What is known to have happened to a state, each with the year in which it did."""
    row = [one.iso3 for one in seeds.countries].index(state.iso3)

    def since(*columns: str) -> int | None:
        """The first year in which one of these held."""
        held = np.flatnonzero(np.any([seeds.history[name][row] > 0.0 for name in columns], axis=0))
        return seeds.first_year + int(held[0]) if len(held) else None

    apart = np.flatnonzero(seeds.history["relations"][row] == 0.0)
    dates = {
        "Belt and Road": state.figures["bri_year"],
        "left Belt and Road": state.figures["bri_exit_year"],
        "Shanghai Cooperation": state.figures["sco_year"],
        "Western alliance": since("defence_pact", "five_eyes", "eu"),
        "rivalry with China": since("rivalry"),
        "ban on vendors": since("ban"),
        "ties with Beijing": seeds.first_year + int(apart[-1]) + 1 if len(apart) else None,
    }
    return [
        (name, float(year))
        for name, year in dates.items()
        if year and seeds.first_year < year <= seeds.last_year
    ]


def _finding(timeline: Timeline) -> str:
    """In which share of runs a system works in the end."""
    if not timeline.runs:
        return ""
    share = f"{timeline.shares[WORKING][-1]:.0f}{UNBROKEN}% of runs"
    ends = f"at the end of {timeline.years[-1]}"
    return f"{timeline.state.name}: a Chinese system works in {share} {ends}"

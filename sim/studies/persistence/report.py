"""What is left behind of what stays: tables and figures, and what people read of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from sim.results.in_words import NOT_FORECASTS
from sim.results.sweep import SweepResults
from sim.studies.blocks import Block, Cell, Table
from sim.studies.numbers_as_text import of_runs
from sim.studies.persistence.method import Persisted
from sim.studies.persistence.points import PointPersistence
from sim.studies.persistence.states import StateLeft
from sim.studies.study import Drawing, Row, Study, drawings_of
from sim.text import counted

PERSISTENCE, CURVES, STATES = "persistence.csv", "curves.csv", "states.csv"
MARKS = (5, 10)
"""Years after which the share left is told."""
HALF_OUT = "until half is out of service, years"
BAND = ("q05", "q95")
ENDS = ("_q05", "_q95")
SHARES = (
    "Left: works at that date, dark in between or not. Without interruption: worked at the end of"
    " every year until then. Shares: means and 90 % bands over runs, where more than one run says"
    " something."
)


class _Report(Study):
    """What both reports share."""

    ROOM: ClassVar[str] = "persistence"
    FACTS: ClassVar[str] = "persistence.json"
    FILES: ClassVar[tuple[str, ...]] = (PERSISTENCE, CURVES, STATES)


@dataclass(frozen=True, repr=False)
class Persistence(_Report):
    """What stays in one scenario, perhaps beside another; what :func:`sim.persistence` returns.

    Attributes:
        manifest: What identifies its runs.
        since: The year at whose end systems are counted.
        kinds: Kinds of groups.
        histories: Name and groups of each scenario, the first being looked at.
        states: Whether states stay.
    """

    since: int
    kinds: Sequence[str]
    histories: Sequence[tuple[str, Sequence[Persisted]]]
    states: Sequence[StateLeft]

    def tables(self) -> dict[str, list[Row]]:
        """Return what stays, its curves, and the states."""
        groups = [(name, group) for name, groups in self.histories for group in groups]
        return {
            PERSISTENCE: [
                {"scenario": name, "since": self.since, **summary_row(group)}
                for name, group in groups
            ],
            CURVES: [
                {"scenario": name, **row}
                for name, group in groups
                for row in curve_rows(group, self.since)
            ],
            STATES: [state.row() for state in self.states],
        }

    def shown(self) -> dict[str, Any]:
        """Return what the figures take."""
        from sim.studies.persistence.figures import Shown

        return {**vars(self), "shown": [Shown(*history) for history in self.histories]}

    def own_facts(self) -> dict[str, Any]:
        """Return what the report is of."""
        return {"scenario": self.scenario_name, "since": self.since}

    def blocks(self) -> Iterator[Block]:
        """Yield groups of states."""
        (name, groups), *others = self.histories
        runs, seed = int(self.manifest["runs"]), self.manifest["seed"]
        yield (
            f"{name}{self.settings}, {counted(runs, 'run')}, seed {seed}: what is left of the"
            f" systems that worked at the end of {self.since}"
        )
        columns: dict[str, Cell[Persisted]] = {"states": "{0.group}", **SYSTEMS}
        beside = {(g.kind, g.group): g for _, found in others[:1] for g in found}
        if others:
            columns[f"after {MARKS[-1]} years, {others[0][0]}"] = lambda group: _share_text(
                MARKS[-1], beside[group.kind, group.group]
            )
        yield Table.of(groups, columns, if_wide=("left after 5 years", HALF_OUT))
        yield f"{of_runs('Shares', SHARES, runs)} {NOT_FORECASTS}"


@dataclass(frozen=True, repr=False)
class SweepPersistence(_Report):
    """What stays at each point of a sweep; what :func:`sim.persistence` returns of one.

    Attributes:
        manifest: What identifies the sweep.
        sweep: The sweep.
        kinds: Kinds of groups.
        points: What stays.
    """

    sweep: SweepResults
    kinds: Sequence[str]
    points: Sequence[PointPersistence]

    def tables(self) -> dict[str, list[Row]]:
        """Return what stays at each point, and its curves."""
        summaries: list[Row] = []
        curves: list[Row] = []
        for point in self.points:
            key = {"point": point.point, **{n: _plain(cell) for n, cell in point.cells.items()}}
            for group in point.groups:
                about = {"measure": point.measure, "since": point.since}
                summaries.append({**key, **about, **summary_row(group)})
                curves += [{**key, **row} for row in curve_rows(group, point.since)]
        return {PERSISTENCE: summaries, CURVES: curves}

    def figures(self) -> dict[str, Drawing]:
        """Return the curves of the points, where the design allows them in one figure."""
        drawings = list(drawings_of(self.ROOM, vars(self)).values())
        return {"persistence": drawings[0]} if drawings else {}

    def own_facts(self) -> dict[str, Any]:
        """Return what the report is of."""
        since = sorted({point.since for point in self.points})
        name = self.manifest["experiment"]["name"]
        return {
            "experiment": name, "since": since[0] if len(since) == 1 else None
        }  # fmt: skip

    def blocks(self) -> Iterator[Block]:
        """Yield a row a point."""
        names = list(self.points[0].cells)
        cohort = self.points[0].measure == "cohort"
        what = "working systems' states" if cohort else "the number of working systems"
        yield f"{self.manifest['experiment']['name']}{self.settings}: what is left of {what}"
        systems = Table.of([point.groups[0] for point in self.points], SYSTEMS)
        rows = [
            [
                str(one.point),
                *(str(_plain(one.cells[name])) for name in names),
                str(one.since),
                *own,
            ]
            for one, own in zip(self.points, systems.rows, strict=True)
        ]
        yield Table(["point", *names, "since end of", *systems.heads], rows)
        runs = max(point.groups[0].runs for point in self.points)
        yield f"{of_runs('Shares', SHARES, runs)} {NOT_FORECASTS}"


def summary_row(group: Persisted) -> Row:
    """Return a group's row in `persistence.csv`."""
    row: dict[str, str | int | float] = {**_key(group), "runs": group.runs, "systems": group.before}
    for years in MARKS:
        for ending, which in (("", "mean"), ("_q05", "q05"), ("_q95", "q95")):
            row[f"left_{years}{ending}"] = group.left(years, which)
        row[f"left_{years}_error"] = group.error(years)
        row[f"uninterrupted_{years}"] = group.unbroken(years)
    return row | {f"half_out{end}": getattr(group, f"half_out{end}") for end in ("", *ENDS)}


def curve_rows(group: Persisted, since: int) -> Iterator[Row]:
    """Yield a group's rows in `curves.csv`, one a year."""
    for years in range(len(group.curves["mean"])):
        shares = {name: float(curve[years]) for name, curve in group.curves.items()}
        own = {"error": group.error(years), "uninterrupted": group.unbroken(years)}
        date = {"year": since + years, "years": years, "runs": group.runs}
        yield {**_key(group), **date, **shares, **own}


def _key(group: Persisted) -> dict[str, str]:
    return {"group_kind": group.kind, "group": group.group}


def half_out_text(group: Persisted) -> str:
    """Return until when half is out of service, with its band, in years: `7.4 (5.1 to > 11)`."""
    if not group.runs:
        return "-"
    last = len(group.curves["mean"]) - 1
    ends = [_years_text(end, last) for end in (group.half_out_q05, group.half_out_q95)]
    if ends[0] == ends[1]:
        return _years_text(group.half_out, last)
    return f"{_years_text(group.half_out, last)} ({ends[0]} to {ends[1]})"


def _years_text(years: float, last: int) -> str:
    return f"{years:.1f}" if math.isfinite(years) else f"> {last}"


def _share_text(years: int, group: Persisted) -> str:
    """Return a mean share with its band; a single run has none."""
    mean, low, high = (100 * group.left(years, which) for which in ("mean", *BAND))
    if math.isnan(mean):
        return "-"
    return f"{mean:.0f} %" + (f" ({low:.0f} to {high:.0f})" if group.runs > 1 else "")


SYSTEMS: dict[str, Cell[Persisted]] = {
    "systems": "{0.before:.1f}",
    **{f"left after {n} years": partial(_share_text, n) for n in MARKS},
    f"without interruption, {MARKS[-1]} years": lambda one: _percent(one.unbroken(MARKS[-1])),
    HALF_OUT: half_out_text,
}
"""Columns of what is left of a group's systems."""


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.0f} %"


def _plain(cell: Any) -> str | int | float:
    return cell if isinstance(cell, str) else float(f"{cell:.9g}")

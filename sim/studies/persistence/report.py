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
from sim.studies.persistence.states import (
    FEWEST_RANKED,
    FEWEST_RUNS,
    REACHED_AFTER,
    REACHED_BY,
    StateLeft,
    StateReached,
    can_be_ranked,
    likely_reached,
    most_and_least,
    with_runs,
)
from sim.studies.study import Drawing, Row, Study, drawings_of
from sim.text import counted

PERSISTENCE, CURVES, STATES, NEXT = "persistence.csv", "curves.csv", "states.csv", "next.csv"
MARKS = (5, 10)
"""Years after which the share left is told."""
SHOWN_STATES = 10
"""States of a printed table; files hold all."""
BAND = ("q05", "q95")
ENOUGH = f"{FEWEST_RUNS} runs or more"
SHARES = "Shares: means and 90 % bands over runs, where more than one run says something."


class _Report(Study):
    """What both reports share."""

    ROOM: ClassVar[str] = "persistence"
    FACTS: ClassVar[str] = "persistence.json"
    FILES: ClassVar[tuple[str, ...]] = (PERSISTENCE, CURVES, STATES, NEXT)


@dataclass(frozen=True, repr=False)
class Persistence(_Report):
    """What stays in one scenario, perhaps beside another; what :func:`sim.persistence` returns.

    Attributes:
        manifest: What identifies its runs.
        since: The year at whose end systems are counted.
        later: After how many years states are looked at.
        kinds: Kinds of groups.
        histories: Name and groups of each scenario, the first being looked at.
        states: Whether states stay.
        reached: Which states are reached next.
        reached_in: In which scenario.
    """

    since: int
    later: int
    kinds: Sequence[str]
    histories: Sequence[tuple[str, Sequence[Persisted]]]
    states: Sequence[StateLeft]
    reached: Sequence[StateReached]
    reached_in: str

    def tables(self) -> dict[str, list[Row]]:
        """Return what stays, its curves, the states, and those reached next."""
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
            NEXT: [{"scenario": self.reached_in, **state.row()} for state in self.reached],
        }

    def shown(self) -> dict[str, Any]:
        """Return what the figures take."""
        from sim.studies.persistence.figures import Shown

        return {**vars(self), "shown": [Shown(*history) for history in self.histories]}

    def own_facts(self) -> dict[str, Any]:
        """Return what the report is of."""
        return {"scenario": self.scenario_name, "since": self.since}

    def blocks(self) -> Iterator[Block]:
        """Yield groups of states, states most and least locked in, and those reached next."""
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
        yield Table.of(groups, columns)
        yield from self._state_blocks()
        yield from self._reached_blocks()
        yield " ".join([of_runs("Shares", SHARES, runs), *self._order_in_words(), NOT_FORECASTS])

    def _state_blocks(self) -> Iterator[Block]:
        """Yield states most and least locked in, or why there is no such ranking."""
        had = f"whose system worked at the end of {self.since} in {ENOUGH}"
        if not can_be_ranked(self.states):
            yield f"Most and least locked in are left out: {_too_few(self.states, had)}"
            return
        most, least = most_and_least(self.states, SHOWN_STATES)
        for title, states in (("most locked in", most), ("least locked in", least)):
            columns: dict[str, Cell[StateLeft]] = {
                title: "{0.state.name}",
                f"left after {self.later} years": "{0.left}",
                "of runs": "{0.runs}",
            }
            if states[0].standing:
                columns["with the offer standing"] = "{0.standing}"
            yield Table.of(states, columns)
        yield f"Ranked are {_of_all(self.states)} {had}."

    def _reached_blocks(self) -> Iterator[Block]:
        """Yield the states reached next, or why there are none."""
        if not self.reached:
            yield f"Reached next is left out: the runs end before {REACHED_BY[0]}."
            return
        had = f"without a Chinese contract by the end of {REACHED_AFTER} in {ENOUGH}"
        if shown := likely_reached(self.reached):
            columns: dict[str, Cell[StateReached]] = {
                f"reached next, {self.reached_in}": "{0.state.name}",
                **{f"by {year}": f"{{0.by[{year}]}}" for year in shown[0].by},
                "of runs": "{0.runs}",
            }
            yield Table.of(shown[:SHOWN_STATES], columns)
            yield f"Ranked are those ever reached of {_of_all(self.reached)} {had}."
        elif len(with_runs(self.reached)) < FEWEST_RANKED:
            yield f"Reached next is left out: {_too_few(self.reached, had)}"
        else:
            last = list(self.reached[0].by)[-1]
            known = _of_all(self.reached)
            yield f"Reached next is left out: of {known} {had}, at most one ever is by {last}."

    def _order_in_words(self) -> Iterator[str]:
        """Yield in which order states stand, where any are ranked."""
        orders = []
        if can_be_ranked(self.states):
            orders = ["most locked in by their lower end", "least by the upper one"]
        if likely_reached(self.reached):
            orders.append("reached next by the lower one")
        if orders:
            yield (
                f"States: 90 % intervals of the number of runs; {', '.join(orders)}, so that what"
                " is surest stands first."
            )


def _of_all[State: (StateLeft, StateReached)](states: Sequence[State]) -> str:
    """How many of the states have runs enough: `the 52 of 195 states`."""
    return f"the {len(with_runs(states))} of {len(states):,} states"


def _too_few[State: (StateLeft, StateReached)](states: Sequence[State], had: str) -> str:
    known, every = len(with_runs(states)), counted(len(states), "state")
    return (
        f"there {'is' if known == 1 else 'are'} {known or 'none'} of {every} {had}, and a ranking"
        f" takes {FEWEST_RANKED} states. More runs rank more states."
    )


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
    left = {
        f"left_{years}{ending}": group.left(years, which)
        for years in MARKS
        for ending, which in (("", "mean"), ("_q05", "q05"), ("_q95", "q95"))
    }
    half_lives = {
        f"half_life{end}": getattr(group, f"half_life{end}") for end in ("", "_q05", "_q95")
    }
    return {**_key(group), "runs": group.runs, "systems": group.before, **left, **half_lives}


def curve_rows(group: Persisted, since: int) -> Iterator[Row]:
    """Yield a group's rows in `curves.csv`, one a year."""
    for years, shares in enumerate(zip(*group.curves.values(), strict=True)):
        date = {"year": since + years, "years": years, "runs": group.runs}
        yield {**_key(group), **date, **dict(zip(group.curves, map(float, shares), strict=True))}


def _key(group: Persisted) -> dict[str, str]:
    return {"group_kind": group.kind, "group": group.group}


def half_life_text(group: Persisted) -> str:
    """Return the half-life with its band, in years: `7.4 (5.1 to > 11)`."""
    if not group.runs:
        return "-"
    last = len(group.curves["mean"]) - 1
    ends = [_years_text(end, last) for end in (group.half_life_q05, group.half_life_q95)]
    if ends[0] == ends[1]:
        return _years_text(group.half_life, last)
    return f"{_years_text(group.half_life, last)} ({ends[0]} to {ends[1]})"


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
    "half-life, years": half_life_text,
}
"""Columns of what is left of a group's systems."""


def _plain(cell: Any) -> str | int | float:
    return cell if isinstance(cell, str) else float(f"{cell:.9g}")

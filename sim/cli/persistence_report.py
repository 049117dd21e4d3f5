"""What ``entrench persistence`` leaves behind: files of numbers, figures, tables on the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sim.results.sweep import SweepResults
    from sim.studies.persistence.method import Persisted
    from sim.studies.persistence.points import PointPersistence
    from sim.studies.persistence.states import Odds, StateLeft, StateReached

PERSISTENCE, CURVES, STATES, NEXT = "persistence.csv", "curves.csv", "states.csv", "next.csv"
FACTS = "persistence.json"
"""Written last: where it stands, all else is whole."""
DRAWN = ("persistence", "persistence_by_regime", "persistence_by_region", "states", "next")
"""Names of the figures."""
MARKS = (5, 10)
"""Years after which the share left is told."""
SHOWN_STATES = 10
"""States of a printed table; files hold all."""
BAND = ("q05", "q95")

type Row = Mapping[str, str | int | float]


def check_folder(folder: Path) -> None:
    """Refuse a place that holds anything but an earlier report, as far as it would be lost.

    Raises:
        InputError: It is a file, the folder of a run, or has files that are not a report's.
    """
    from sim.errors import InputError

    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder} is a file, not a folder")
    if (folder / "manifest.json").exists():
        raise InputError(f"--out {folder} holds the results of a run; choose another folder")
    there = [name for name in (PERSISTENCE, CURVES, STATES, NEXT) if (folder / name).exists()]
    if there and not (folder / FACTS).exists():
        raise InputError(f"--out {folder} holds another {there[0]}; choose another folder")


@dataclass(frozen=True)
class RunReport:
    """What stays in one scenario, perhaps beside another.

    Attributes:
        manifest: What identifies its runs.
        since: The year at whose end systems are counted.
        later: After how many years states are looked at.
        kinds: Kinds of groups.
        shown: Name and groups of each scenario, the first being looked at.
        states: Whether states stay.
        reached: Which states are reached next.
        reached_in: In which scenario.
    """

    manifest: Mapping[str, Any]
    since: int
    later: int
    kinds: Sequence[str]
    shown: Sequence[tuple[str, Sequence[Persisted]]]
    states: Sequence[StateLeft]
    reached: Sequence[StateReached]
    reached_in: str

    def write(self, folder: Path, *, figures: bool) -> None:
        """Write tables, figures, and last what identifies them."""
        from sim.cli.studies import write_rows

        _make_way(folder)
        write_rows(
            folder / PERSISTENCE,
            [
                {"scenario": name, "since": self.since, **summary_row(group)}
                for name, groups in self.shown
                for group in groups
            ],
        )
        write_rows(
            folder / CURVES,
            [
                {"scenario": name, **row}
                for name, groups in self.shown
                for group in groups
                for row in curve_rows(group, self.since)
            ],
        )
        write_rows(folder / STATES, [state.row() for state in self.states])
        if self.reached:
            rows = [{"scenario": self.reached_in, **state.row()} for state in self.reached]
            write_rows(folder / NEXT, rows)
        if figures:
            self._draw(folder)
        _write_facts(folder, self.manifest, [name for name, _ in self.shown], self.since)

    def _draw(self, folder: Path) -> None:
        from sim.figures.save import figure_metadata, save
        from sim.studies.persistence.figures import Shown, figures_of

        found = figures_of(
            [Shown(name, groups) for name, groups in self.shown],
            self.states,
            self.reached,
            self.reached_in,
            since=self.since,
            later=self.later,
            kinds=self.kinds,
            manifest=self.manifest,
        )
        for name, title, figure in found:
            save(figure, folder, name, figure_metadata(self.manifest, title))

    def show(self) -> None:
        """Print tables."""
        from sim.cli.tables import print_table

        (name, groups), *others = self.shown
        runs, seed = self.manifest["runs"], self.manifest["seed"]
        typer.echo(
            f"{name}, {runs} {'run' if runs == 1 else 'runs'}, seed {seed}: what is left of the"
            f" systems that worked at the end of {self.since}"
        )
        heads = ["states", "systems", *_mark_heads(), "half-life"]
        beside = {(g.kind, g.group): g for g in others[0][1]} if others else {}
        heads += [f"after {MARKS[-1]} years, {others[0][0]}"] if others else []
        rows = []
        for group in groups:
            cells = [group.group, f"{group.before:.1f}", *_mark_cells(group), half_life_text(group)]
            if others:
                other = beside[group.kind, group.group]
                cells.append(_share_text(other, MARKS[-1]))
            rows.append(cells)
        print_table(heads, rows)
        self._show_states()
        self._show_reached()
        typer.echo(
            "Shares: means and 90 % bands over runs. States: 90 % intervals of the number of runs."
            " Scenarios, not forecasts."
        )

    def _show_states(self) -> None:
        from sim.cli.tables import print_table
        from sim.studies.persistence.states import least_left, most_left

        for title, found in (
            ("most locked in", most_left(self.states)),
            ("least locked in", least_left(self.states)),
        ):
            standing = bool(found) and found[0].standing is not None
            heads = [title, f"left after {self.later} years", "of runs"]
            heads += ["with the offer standing"] if standing else []
            rows = [
                (
                    state.state.name,
                    odds_text(state.left),
                    str(state.left.runs),
                    *([odds_text(state.standing)] if state.standing else []),
                )
                for state in found[:SHOWN_STATES]
            ]
            if rows:
                print_table(heads, rows)

    def _show_reached(self) -> None:
        from sim.cli.tables import print_table
        from sim.studies.persistence.states import likely_reached

        found = likely_reached(self.reached)[:SHOWN_STATES]
        if found:
            heads = [f"reached next, {self.reached_in}", *(f"by {y}" for y in found[0].by)]
            rows = [
                (s.state.name, *(odds_text(odds) for odds in s.by.values()), str(s.runs))
                for s in found
            ]
            print_table((*heads, "of runs"), rows)


@dataclass(frozen=True)
class SweepReport:
    """What stays at each point of a sweep.

    Attributes:
        sweep: The sweep.
        kinds: Kinds of groups.
        points: What stays.
    """

    sweep: SweepResults
    kinds: Sequence[str]
    points: Sequence[PointPersistence]

    def write(self, folder: Path, *, figures: bool) -> None:
        """Write tables, the figure, and last what identifies them."""
        from sim.cli.studies import write_rows

        _make_way(folder)
        summaries, curves = [], []
        for point in self.points:
            key = {"point": point.point, **{n: _plain(cell) for n, cell in point.cells.items()}}
            for group in point.groups:
                about = {"measure": point.measure, "since": point.since}
                summaries.append({**key, **about, **summary_row(group)})
                curves += [{**key, **row} for row in curve_rows(group, point.since)]
        write_rows(folder / PERSISTENCE, summaries)
        write_rows(folder / CURVES, curves)
        if figures:
            self._draw(folder)
        since = sorted({point.since for point in self.points})
        _write_facts(folder, self.sweep.manifest, [], since[0] if len(since) == 1 else None)

    def _draw(self, folder: Path) -> None:
        from sim.figures.save import save
        from sim.figures.sweeps.reading import sweep_metadata
        from sim.studies.persistence.point_figures import figure_points

        figure = figure_points(self.sweep, self.points)
        if figure:
            save(figure, folder, DRAWN[0], sweep_metadata(self.sweep, "What stays"))

    def show(self) -> None:
        """Print a row a point."""
        from sim.cli.tables import print_table

        names = list(self.points[0].cells)
        cohort = self.points[0].measure == "cohort"
        what = "working systems' states" if cohort else "the number of working systems"
        typer.echo(f"{self.sweep.manifest['experiment']['name']}: what is left of {what}")
        heads = ["point", *names, "since end of", "systems", *_mark_heads(), "half-life"]
        rows = []
        for point in self.points:
            world = point.groups[0]
            cells = [str(_plain(point.cells[name])) for name in names]
            tail = [f"{world.before:.1f}", *_mark_cells(world), half_life_text(world)]
            rows.append([str(point.point), *cells, str(point.since), *tail])
        print_table(heads, rows)
        typer.echo("Means and 90 % bands over runs. Scenarios, not forecasts.")


def summary_row(group: Persisted) -> dict[str, str | int | float]:
    """Return a group's row in `persistence.csv`."""
    row: dict[str, str | int | float] = {
        "group_kind": group.kind,
        "group": group.group,
        "runs": group.runs,
        "systems": group.before,
    }
    for years in MARKS:
        row[f"left_{years}"] = group.left(years)
        row |= {f"left_{years}_{which}": group.left(years, which) for which in BAND}
    row |= {
        "half_life": group.half_life,
        "half_life_q05": group.half_life_q05,
        "half_life_q95": group.half_life_q95,
    }
    return row


def curve_rows(group: Persisted, since: int) -> Iterator[dict[str, str | int | float]]:
    """Yield a group's rows in `curves.csv`, one a year."""
    for years in range(len(group.curves["mean"])):
        yield {
            "group_kind": group.kind,
            "group": group.group,
            "year": since + years,
            "years": years,
            "runs": group.runs,
            **{name: float(curve[years]) for name, curve in group.curves.items()},
        }


def half_life_text(group: Persisted) -> str:
    """Return the half-life with its band: `7.4 (5.1 to more than 11) years`."""
    if not group.runs:
        return "-"
    last = len(group.curves["mean"]) - 1
    ends = [_years_text(end, last) for end in (group.half_life_q05, group.half_life_q95)]
    if ends[0] == ends[1]:
        return f"{_years_text(group.half_life, last)} years"
    return f"{_years_text(group.half_life, last)} ({ends[0]} to {ends[1]}) years"


def _years_text(years: float, last: int) -> str:
    return f"{years:.1f}" if math.isfinite(years) else f"more than {last}"


def odds_text(odds: Odds) -> str:
    """Return a probability with its interval, in percent."""
    if not odds.runs:
        return "-"
    return f"{100 * odds.share:.0f} % ({100 * odds.low:.0f} to {100 * odds.high:.0f})"


def _mark_heads() -> list[str]:
    return [f"left after {years} years" for years in MARKS]


def _mark_cells(group: Persisted) -> list[str]:
    return [_share_text(group, years) for years in MARKS]


def _share_text(group: Persisted, years: int) -> str:
    mean, low, high = (100 * group.left(years, which) for which in ("mean", *BAND))
    return "-" if math.isnan(mean) else f"{mean:.0f} % ({low:.0f} to {high:.0f})"


def _plain(cell: Any) -> str | int | float:
    return cell if isinstance(cell, str) else float(f"{cell:.9g}")


def _make_way(folder: Path) -> None:
    """Make the folder; remove an earlier report."""
    from sim.figures.save import FORMATS

    folder.mkdir(parents=True, exist_ok=True)
    drawn = (f"{name}.{ending}" for name in DRAWN for ending in FORMATS)
    for name in (FACTS, PERSISTENCE, CURVES, STATES, NEXT, *drawn):
        (folder / name).unlink(missing_ok=True)


def _write_facts(
    folder: Path, manifest: Mapping[str, Any], scenarios: Sequence[str], since: int | None
) -> None:
    from sim.results.files import write_json

    known = {key: value for key, value in manifest.items() if key not in ("scenario", "experiment")}
    experiment = manifest.get("experiment")
    about = {"experiment": experiment["name"]} if experiment else {"scenarios": list(scenarios)}
    write_json(folder / FACTS, {**about, "since": since, **known})

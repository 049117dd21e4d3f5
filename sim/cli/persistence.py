"""``entrench persistence``: what stays when the offer stops, and who is reached next."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import Assignments, Point, chosen_sets
from sim.cli.persistence_sources import Source, is_sweep, open_beside, open_source
from sim.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.studies.persistence.method import History

RESULTS = Path("results")
WHAT, BESIDE = "offer-withdrawn-2030", "baseline"
"""What is looked at, and what stands beside a scenario, unless something is named."""
NOTHING = "none"
"""What `--against` takes for nothing."""


class By(StrEnum):
    """Kinds of groups."""

    regime = "regime"
    region = "region"
    both = "both"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds meant."""
        return ("regime", "region") if self is By.both else (self.value,)


def persistence(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[WHAT]",
            help="A scenario (name or file), the finished folder of a run, or that of a sweep.",
        ),
    ] = WHAT,
    since: Annotated[
        int | None,
        typer.Option(
            "--since",
            metavar="YEAR",
            help="Follow the systems that work at the end of this year; the year before the offer"
            " is withdrawn if not given.",
        ),
    ] = None,
    by: Annotated[By, typer.Option("--by", help="Groups of states beside the world.")] = By.both,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="NAME",
            help="Scenario or run's folder in which the offer stands. If not given: baseline,"
            " beside a scenario. none: nothing.",
        ),
    ] = None,
    runs: Annotated[int | None, typer.Option("--runs", help="Number of histories (200).")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of the draws (1).")] = None,
    assignments: Assignments = None,
    point: Point = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where files go; results/persistence-WHAT."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads of the engine; all cores if not given.")
    ] = None,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Tell what stays when the offer stops: half-life of systems, and states locked in.

    Follows the systems that work when the offer is withdrawn: how many are
    left after 5 and 10 years, in the world, by regime and region, by state;
    beside it the same histories with the offer standing, and the states most
    likely reached next. Of a sweep: a row a point.

    An earlier such report in the folder is replaced.
    """
    from sim.cli.persistence_report import check_folder
    from sim.errors import InputError
    from sim.scenario import parse_assignments

    if threads is not None and threads < 1:
        raise InputError(f"--threads {threads}: allowed: 1 or more")
    overrides = parse_assignments(assignments or [])
    if is_sweep(what):
        given: dict[str, Any] = {
            "--runs": runs, "--seed": seed, "--set": assignments, "--against": against,
        }  # fmt: skip
        named = [name for name, value in given.items() if value not in (None, [])]
        if named or point:
            named += ["--point"] if point else []
            raise InputError(f"{what} holds a finished sweep: leave out {' and '.join(named)}")
        folder = out or RESULTS / f"persistence-{Path(what).resolve().name}"
        check_folder(folder)
        _of_sweep(what, since, by, folder, figures, quiet)
        return
    plausible = chosen_sets(point)
    source = open_source(what, runs=runs, seed=seed, overrides=overrides, plausible=plausible)
    name = Path(what).resolve().name if source.results else source.label
    folder = out or RESULTS / f"persistence-{name}"
    check_folder(folder)
    if against is None and source.scenario and source.label != BESIDE:
        against = BESIDE
    beside = None
    if against not in (None, NOTHING):
        beside = open_beside(str(against), source, overrides, plausible)
    year = _year(source, since)
    _of_runs(source, beside, year, by, folder, threads, figures, quiet)


def _year(source: Source, since: int | None) -> int:
    """Return the year at whose end systems are counted."""
    from sim.errors import InputError
    from sim.studies.persistence.method import check_year, withdrawal_of, year_before

    horizon = source.content["horizon"]
    given = since is not None
    if since is None:
        date = withdrawal_of(source.content["events"])
        if date is None:
            raise InputError(
                f"the offer is not withdrawn in {source.label}: say with --since from the end of"
                " which year to count"
            )
        since = year_before(date)
    check_year(since, int(horizon["start"]), int(horizon["end"]), given=given)
    return since


def _of_runs(
    source: Source,
    beside: Source | None,
    since: int,
    by: By,
    folder: Path,
    threads: int | None,
    figures: bool,
    quiet: bool,
) -> None:
    from sim.cli.persistence_report import RunReport
    from sim.cli.studies import count_threads
    from sim.studies.persistence.method import persistence as what_stays
    from sim.studies.persistence.states import states_left, states_reached, years_later

    workers = count_threads(threads)
    to_do = [one.runs_to_do for one in (source, *([beside] if beside else []))]
    histories: list[History] = []
    with Progress(sum(to_do), quiet or not sum(to_do)) as tell:
        for one in (source, beside):
            if one:
                done = sum(to_do[: len(histories)])
                histories.append(one.history(workers, _further(tell, done)))
    own, standing = histories[0], histories[1] if beside else None
    reached_in = standing or own
    report = RunReport(
        manifest=source.manifest,
        since=since,
        later=years_later(own, since),
        kinds=by.kinds,
        shown=[(history.label, what_stays(history, since, by.kinds)) for history in histories],
        states=states_left(own, since, standing),
        reached=states_reached(reached_in),
        reached_in=reached_in.label,
    )
    report.write(folder, figures=figures)
    if not quiet:
        report.show()
        typer.echo(f"Files: {folder}")


def _further(tell: Callable[[int], None], before: int) -> Callable[[int], None]:
    """Tell how many runs are done, when so many were done before."""
    return lambda done: tell(before + done)


def _of_sweep(
    what: str, since: int | None, by: By, folder: Path, figures: bool, quiet: bool
) -> None:
    from sim.cli.persistence_report import SweepReport
    from sim.results.sweep import open_sweep
    from sim.studies.persistence.points import sweep_persistence

    sweep = open_sweep(what)
    report = SweepReport(sweep, by.kinds, sweep_persistence(sweep, since, by.kinds))
    report.write(folder, figures=figures)
    if not quiet:
        report.show()
        typer.echo(f"Files: {folder}")

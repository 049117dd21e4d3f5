"""``entrench compare``: scenarios or finished results, run by run on the same luck."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.compare_report import check_folder, facts_of, show, write_files
from sim.cli.compare_sources import RUNS, SEED, Plan, Source, make_plan
from sim.cli.options import Assignments, Point, chosen_sets
from sim.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.studies.comparison.method import Comparison
    from sim.studies.comparison.sides import Side

RESULTS = Path("results")


def compare(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C ...]",
            help="Names or files of scenarios, or finished results folders; the first is the"
            " reference.",
        ),
    ],
    outcomes: Annotated[
        list[str] | None,
        typer.Option(
            "--outcome",
            metavar="NAME",
            help="Compare this outcome; may be given again. If not given: working, adopters,"
            " trained, contracts_alive.",
        ),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option("--runs", help=f"Number of paired runs; {RUNS}, or as many as a folder has."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help=f"Seed of the draws; {SEED}, or a folder's.")
    ] = None,
    assignments: Assignments = None,
    point: Point = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where files go; results/compare-A-B if not."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads of the engine; all cores if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="No progress and no tables; files, and --json's output.")
    ] = False,
) -> None:
    """Compare scenarios with the first, run by run: same seed, same luck.

    Prints what differs, how sure that is, and how many runs that would take
    without shared luck; which states change, when, with what probability.

    Beside a results folder, scenarios are run with its runs, seed and parameters.
    """
    from sim.errors import InputError
    from sim.studies.comparison.method import OUTCOMES

    if threads is not None and threads < 1:
        raise InputError(f"--threads {threads}: allowed: 1 or more")
    plan = make_plan(
        sources,
        list(dict.fromkeys(outcomes or OUTCOMES)),
        runs=runs,
        seed=seed,
        assignments=assignments or [],
        plausible=chosen_sets(point),
    )
    folder = out or RESULTS / "compare-{}".format("-".join(_plain(s.label) for s in plan.sources))
    check_folder(folder)
    with Progress(plan.runs_to_do, quiet or not plan.runs_to_do) as tell:
        comparisons = _compare(plan, threads or os.cpu_count() or 1, tell)
    write_files(comparisons, plan.manifest, folder)
    if as_json:
        import json

        facts = facts_of(comparisons, plan.manifest)
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False))
    elif not quiet:
        show(comparisons, plan.manifest)
        typer.echo(f"Files: {folder}")


def _compare(plan: Plan, threads: int, tell: Callable[[int], None]) -> list[Comparison]:
    """Run or read one side after the other; when this returns, their runs are let go."""
    from sim.studies.comparison.method import compare_sides

    tell(0)
    sides = _sides(plan, threads, tell)
    return list(compare_sides(next(sides), sides))


def _sides(plan: Plan, threads: int, tell: Callable[[int], None]) -> Iterator[Side]:
    done = 0
    for source in plan.sources:
        yield _side(plan, source, threads, _further(tell, done))
        done += plan.runs if source.scenario else 0


def _further(tell: Callable[[int], None], before: int) -> Callable[[int], None]:
    """Tell how many runs are done, when so many were done before."""
    return lambda done: tell(before + done)


def _side(plan: Plan, source: Source, threads: int, tell: Callable[[int], None]) -> Side:
    from sim.studies.comparison.sides import read_side, run_side

    if source.results:
        return read_side(source.label, source.results, plan.content)
    assert source.scenario is not None
    return run_side(
        source.label,
        source.scenario,
        plan.content,
        runs=plan.runs,
        seed=int(plan.manifest["seed"]),
        threads=threads,
        plausible=plan.plausible,
        tell=tell,
    )


def _plain(label: str) -> str:
    """A label that can be part of a folder's name."""
    return re.sub(r"[^\w.-]+", "-", label).strip("-.") or "x"

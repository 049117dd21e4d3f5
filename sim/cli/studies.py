"""What verbs share that make runs of their own and analyse them."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.application import FAILED_RUNS
from sim.cli.options import clear_results, suggest_fresh
from sim.cli.progress import Progress

if TYPE_CHECKING:
    from sim.engine.chunk import Layout
    from sim.experiment import Experiment
    from sim.results.sweep import SweepResults

RESULTS = Path("results")
FIGURES = "figures"
DIGITS = 7
"""Significant digits of numbers in files."""

type Row = Mapping[str, str | int | float | None]

# Plain names: typer does not look into aliases made with `type`.

Group = Annotated[
    str,
    typer.Option(
        "--group",
        metavar="KIND:NAME",
        help="Of which states, such as regime:hybrid or region:Oceania; all if not given.",
    ),
]


def parse_group(text: str) -> tuple[str, str]:
    """Return kind and name of a group; a kind alone has the name of its kind, as the world has."""
    kind, colon, name = text.partition(":")
    return kind.strip(), name.strip() if colon else kind.strip()


def group_problems(outcome: str, kind: str, group: str, layout: Layout) -> list[str]:
    """Return what is wrong with an outcome and a group of it, each with the nearest name."""
    from sim.engine.outcomes import groups_of
    from sim.register import nearest, register
    from sim.scenario.problems import suggest

    known = register()
    problems = []
    if outcome not in known:
        problems.append(f"--outcome {outcome}: no such outcome{nearest(outcome, known)}")
    found = next((o for name, o in known.items() if name == outcome), None)
    kinds = list(layout.kind_parts)
    names = {k: [layout.groups[at].name for at in part] for k, part in layout.kind_parts.items()}
    if found and found.of == "vendor":
        kinds, names = ["world", "vendor"], {**names, "vendor": list(layout.vendors)}
    if kind not in kinds:
        problems.append(f"--group {kind}: no such kind; {suggest(kind, kinds, 'kinds')}")
    elif group not in names[kind]:
        problems.append(f"--group {kind}:{group}: {suggest(group, names[kind], 'groups')}")
    elif found and groups_of(found, kind, layout) is None:
        problems.append(f"--group {kind}:{group}: {outcome} is not known by {kind}")
    return problems


def count_threads(threads: int | None) -> int:
    """Return the number of threads: all cores if none is given."""
    return os.cpu_count() or 1 if threads is None else threads


def run_study(
    experiment: Experiment, folder: Path, *, threads: int, fresh: bool, quiet: bool
) -> SweepResults:
    """Run what is missing of a sweep and open its results.

    Args:
        experiment: The sweep.
        folder: Its results folder.
        threads: How many.
        fresh: Whether to replace results of another question.
        quiet: Whether to say nothing.

    Raises:
        InputError: The folder holds something else.
    """
    from sim.batch.executors import Crew
    from sim.batch.sweep import OtherResultsError, run_sweep
    from sim.results.sweep import open_sweep

    if fresh:
        clear_results(folder)
    with Progress(experiment.runs, quiet) as tell, suggest_fresh(OtherResultsError):
        report = run_sweep(experiment, folder, crew=Crew("threads", threads), tell=tell)
    if report.failed:
        typer.echo(
            f"{report.failed} of {experiment.runs} runs failed; they are listed in "
            f"{folder / 'failures.csv'} and left out",
            err=True,
        )
    return open_sweep(folder)


def end_with_failures(folders: Iterable[Path]) -> None:
    """Exit with the code for failed runs if any of these results folders lists some."""
    if any((folder / "failures.csv").exists() for folder in folders):
        raise typer.Exit(FAILED_RUNS)


def write_rows(path: Path, rows: Iterable[Row], columns: Sequence[str] = ()) -> None:
    """Write a CSV file, whole or not at all, numbers to seven digits.

    Args:
        path: Of the file; its folder is made.
        rows: All with the same keys; None and undefined numbers become empty cells.
        columns: Those of the file; the keys of the first row if not given.
    """
    from sim.results.files import whole_file

    text = io.StringIO(newline="")
    writer = None
    if columns:
        writer = _writer(text, columns)
    for row in rows:
        if writer is None:
            writer = _writer(text, list(row))
        writer.writerow({key: _cell(value) for key, value in row.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def _writer(text: io.StringIO, columns: Sequence[str]) -> csv.DictWriter[str]:
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    return writer


def _cell(value: str | int | float | None) -> str | int:
    if value is None:
        return ""
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value:.{DIGITS}g}"


def percent(share: float) -> str:
    """Return a share as text: `83 %`; small ones with one decimal."""
    number = 100.0 * share
    return f"{number:.1f} %" if 0.0 < number < 10.0 else f"{number:.0f} %"

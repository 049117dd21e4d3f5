"""What verbs share that run a sweep of their own and analyse it."""

from __future__ import annotations

import csv
import io
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.progress import Progress, say_if_first

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.results.chunk import Layout
    from sim.results.sweep import SweepResults

RESULTS = Path("results")
FIGURES = "figures"

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
    from sim.results.outcomes import groups_of, nearest, register
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
    from sim.batch.sweep import run_sweep
    from sim.errors import InputError
    from sim.results.sweep import open_sweep

    if fresh:
        _clear(folder)
    if not quiet:
        say_if_first()
    with Progress(experiment.runs, quiet) as tell:
        try:
            report = run_sweep(experiment, folder, crew=Crew("threads", threads), tell=tell)
        except InputError as error:
            hint = "name another folder with --out, or replace these results with --fresh"
            raise InputError([*error.messages, hint], error.headline) from None
    if report.failed:
        typer.echo(
            f"{report.failed} of {experiment.runs} runs failed; they are listed in "
            f"{folder / 'failures.csv'} and left out",
            err=True,
        )
    return open_sweep(folder)


def _clear(folder: Path) -> None:
    """Remove an earlier results folder, and nothing that is not one."""
    from sim.errors import InputError

    if not folder.exists():
        return
    if not (folder / "manifest.json").is_file():
        raise InputError(f"{folder} holds no manifest.json, so --fresh does not remove it")
    shutil.rmtree(folder)


def write_rows(path: Path, rows: Sequence[Mapping[str, str | int | float]]) -> None:
    """Write a CSV file, whole or not at all; undefined numbers are empty cells."""
    from sim.results.files import whole_file

    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def _cell(value: str | int | float) -> str | int:
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value:.7g}"


def percent(share: float) -> str:
    """Return a share as text: `83 %`; small ones with one decimal."""
    number = 100.0 * share
    return f"{number:.1f} %" if 0.0 < number < 10.0 else f"{number:.0f} %"

"""``entrench sweep``: an experiment's runs, resumable, on threads, processes or a cluster."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.application import FAILED, end_with
from sim.cli.options import Assignments, Strict, warn
from sim.cli.progress import in_time

if TYPE_CHECKING:
    from sim.batch.executors import Crew
    from sim.batch.fill import Report
    from sim.batch.forecast import Forecast
    from sim.batch.sweep import Shard
    from sim.cli.drawing import Drawing
    from sim.experiment import Experiment

RESULTS = Path("results")

DRAW = "sim.cli.sweep:_draw"
"""What draws a sweep's folder, for the process that does."""

MEBIBYTE = 2**20


class OnErrors(StrEnum):
    """What becomes of a run that fails."""

    record = "record"
    stop = "stop"


def sweep(
    experiment: Annotated[
        str,
        typer.Argument(metavar="EXPERIMENT", help="An experiment's name, or the path of its file."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Results folder; results/EXPERIMENT if not given."
        ),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option("--replicates", help="Runs at each point, instead of the file's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the draws, instead of the file's.")
    ] = None,
    assignments: Assignments = None,
    plausible: Annotated[
        bool | None,
        typer.Option(
            "--plausible/--point",
            help="Each replicate with a plausible parameter set, or all with the schema's defaults"
            " beneath the factors; instead of the file's.",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Run on threads: all cores if not given.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", help="Run on processes instead.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="ADDRESS", help="Run on a Dask cluster: its scheduler's address."
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard", metavar="I/N", help="Run only share I of N; entrench merge joins them."
        ),
    ] = None,
    on_error: Annotated[
        OnErrors, typer.Option("--on-error", help="If a run fails: record it, or stop.")
    ] = OnErrors.record,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Run a sample only: how long, how large?"),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace a results folder that holds something else.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    strict: Strict = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Run an experiment: every point of its design, with all replicates.

    The same command again resumes what a kill interrupted, and ends in the same bytes.

    Exit code 3: done, but some runs failed and are listed in failures.csv.
    """
    from sim.batch.sweep import Shard
    from sim.cli.drawing import Drawing
    from sim.experiment import load_experiment
    from sim.scenario import parse_assignments

    crew = _crew(threads, processes, cluster)
    part = Shard.parse(shard) if shard else None
    loaded = load_experiment(
        experiment,
        overrides=parse_assignments(assignments or []),
        replicates=replicates,
        seed=seed,
        parameters=None if plausible is None else "plausible" if plausible else "point",
    )
    warn(loaded.warnings, strict, quiet)
    if not quiet:
        for key, event, name in loaded.covered():
            typer.echo(f"note: event {event} of {name} sets {key}, over the factor", err=True)
    if dry_run:
        _print_forecast(loaded, crew, part)
        return
    folder = out or RESULTS / loaded.name
    with Drawing(DRAW, wanted=figures and not part) as drawing:
        report = _run(loaded, folder, crew, on_error, part, fresh, quiet)
        if part:
            if not quiet:
                typer.echo(
                    f"Shard {part.number} of {part.of} is done: {folder / part.folder}. When all "
                    f"are done: entrench merge {folder}"
                )
            return
        finish_sweep(folder, report.failed, loaded.runs, drawing, quiet, report)


def finish_sweep(
    folder: Path,
    failed: int,
    runs: int,
    drawing: Drawing,
    quiet: bool,
    report: Report | None = None,
) -> None:
    """Draw figures, say where everything is, and exit with 3 if runs failed."""
    if failed < runs:
        drawing.ask(folder)
    drawn = drawing.wait()
    if not quiet:
        if report and not report.runs:
            typer.echo("These results were already there and whole; nothing was run again.")
        elif report:
            typer.echo(f"{report.runs:,} runs in {in_time(report.seconds, tenths=True)}.")
        typer.echo(f"Results: {folder}" + (f" ({drawn} figure files in figures/)" if drawn else ""))
    end_with(failed, runs, folder)


def _crew(threads: int | None, processes: int | None, cluster: str | None) -> Crew:
    from sim.batch.executors import Crew
    from sim.errors import InputError

    given = {"--threads": threads, "--processes": processes, "--cluster": cluster}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise InputError(f"{' and '.join(named)} exclude each other: give one")
    if cluster is not None:
        return Crew("cluster", address=cluster)
    if processes is not None:
        return Crew("processes", processes)
    return Crew("threads", os.cpu_count() or 1 if threads is None else threads)


def _run(
    experiment: Experiment,
    folder: Path,
    crew: Crew,
    on_error: OnErrors,
    shard: Shard | None,
    fresh: bool,
    quiet: bool,
) -> Report:
    from sim.batch.cluster import KEPT
    from sim.batch.sweep import OtherResultsError, run_sweep, total_of
    from sim.batch.tasks import RunFailedError
    from sim.cli.options import clear_results, suggest_fresh
    from sim.cli.progress import Progress

    if fresh:
        clear_results(folder / shard.folder if shard else folder)
    with Progress(total_of(experiment, shard), quiet) as tell:
        try:
            with suggest_fresh(OtherResultsError):
                return run_sweep(
                    experiment, folder, crew=crew, on_error=on_error.value, shard=shard, tell=tell
                )
        except RunFailedError as error:
            failure = str(error)
    typer.echo(f"error: {failure}; {KEPT}", err=True)
    raise typer.Exit(FAILED)


def _draw(folder: Path) -> int:
    from sim.figures.gallery import FIGURES_FOLDER
    from sim.figures.sweeps.gallery import draw_sweep
    from sim.results.sweep import open_sweep

    return len(draw_sweep(open_sweep(folder), folder / FIGURES_FOLDER))


def _print_forecast(experiment: Experiment, crew: Crew, shard: Shard | None) -> None:
    from sim.batch.forecast import forecast
    from sim.batch.sweep import total_of

    found: Forecast = forecast(experiment, crew, total_of(experiment, shard))
    typer.echo(
        f"{found.points:,} points × {experiment.replicates:,} replicates = {found.runs:,} runs"
        + (f"; this shard: {found.asked:,}" if shard else "")
    )
    workers = f" on {crew.workers} {crew.where}" if crew.where != "cluster" else " on the cluster"
    typer.echo(f"about {in_time(found.seconds, tenths=True)}{workers} (figures not counted)")
    typer.echo(
        f"about {in_size(found.bytes)} of results; until they are finished, "
        f"{in_size(found.parts_bytes)} of parts"
    )
    typer.echo(f"Measured on a sample of {found.sample_runs} runs; nothing was kept.")


def in_size(size: int) -> str:
    """Return a size for people, in MiB or GiB."""
    mebibytes = size / MEBIBYTE
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:.1f} MiB"

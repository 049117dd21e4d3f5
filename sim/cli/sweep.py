"""``entrench sweep``: an experiment's runs, resumable, on threads or a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sim
from sim.cli.application import FAILED, end_with
from sim.cli.options import STRICT, SWEEPING, Option, Options, argument, choice, takes, warn
from sim.cli.progress import in_size, in_time, watch
from sim.cli.run import DRAW
from sim.cli.show import say_if_there, say_where

if TYPE_CHECKING:
    from sim.batch.executors import Workers
    from sim.batch.sweep import Shard
    from sim.cli.drawing import Drawing
    from sim.experiment import Experiment
    from sim.studies.runs.finished import Sweep


@takes(
    *SWEEPING, "out", "figures", "quiet",
    plausible=Option(
        bool,
        "Each replicate with a plausible parameter set, or all with the schema's defaults beneath"
        " the factors; instead of the file's.",
        name="--plausible/--point",
    ),
    cluster=Option(str, "Run on a Dask cluster: its scheduler's address.", "ADDRESS"),
    shard=Option(str, "Run only share I of N; entrench merge joins them.", "I/N"),
    on_error=choice(("record", "stop"), "If a run fails: record it, or stop.", "record"),
    strict=STRICT,
    out="Results folder; results/EXPERIMENT if not given.",
    seed="Seed of the draws, instead of the file's.",
    quiet="Print nothing but errors; files are written.",
)  # fmt: skip
def sweep(
    experiment: Annotated[
        str, argument("EXPERIMENT", "An experiment's name, or the path of its file.")
    ],
    *,
    options: Options,
) -> None:
    """Run an experiment: every point of its design, with all replicates.

    The same command again resumes what a kill interrupted, and ends in the same bytes.

    Exit code 3: done, but some runs failed and are listed in failures.csv.
    """
    from sim.batch.cluster import KEPT
    from sim.batch.sweep import Shard
    from sim.batch.tasks import RunFailedError
    from sim.cli.drawing import Drawing
    from sim.results.read import AllFailedError
    from sim.studies.run_options import SweepOptions, workers_of
    from sim.studies.runs import experiment_to_run

    own = options.own
    workers = workers_of(options.threads, own.get("cluster"))
    part = Shard.parse(own["shard"]) if "shard" in own else None
    asked, plausible = options.of(SweepOptions), own.get("plausible")
    loaded = experiment_to_run(experiment, asked, plausible=plausible)
    warn(loaded.warnings, own["strict"], options.quiet)
    if not options.quiet:
        for key, event, name in loaded.covered():
            typer.echo(f"note: event {event} of {name} sets {key}, over the factor", err=True)
    if options.dry_run:
        print_forecast(loaded, workers, part)
        return
    folder, swept = options.folder(loaded.name), None
    how = {name: value for name, value in own.items() if name != "plausible"}
    with Drawing(DRAW, wanted=options.figures and not part) as drawing:
        try:
            swept = sim.sweep(
                loaded, out=folder, threads=options.threads, fresh=options.fresh, figures=False,
                watch=watch(options.quiet), **how,
            )  # fmt: skip
        except RunFailedError as error:
            typer.echo(f"error: {error}; {KEPT}", err=True)
            raise typer.Exit(FAILED) from None
        except AllFailedError:
            pass  # which is told as of fewer
        if part:
            if not options.quiet:
                typer.echo(
                    f"Shard {part.number} of {part.of} is done: {swept}. When all are done:"
                    f" entrench merge {folder}"
                )
            return
        failed = len(swept.failures) if swept else loaded.runs
        finish_sweep(folder, failed, loaded.runs, drawing, options.quiet, swept)


def finish_sweep(
    folder: Path,
    failed: int,
    runs: int,
    drawing: Drawing,
    quiet: bool,
    swept: Sweep | None = None,
) -> None:
    """Draw figures, say where everything is, and exit with 3 if runs failed."""
    if failed < runs:
        drawing.ask(folder)
    drawn = drawing.wait()
    if not quiet:
        if swept and swept.report and not say_if_there(swept):
            report = swept.report
            typer.echo(f"{report.runs:,} runs in {in_time(report.seconds, tenths=True)}.")
        say_where(folder, drawn)
    end_with(failed, runs, folder)


def print_forecast(experiment: Experiment, workers: Workers, shard: Shard | None) -> None:
    """Print how many runs an experiment has, how long they take, how large they are."""
    from sim.batch.forecast import forecast
    from sim.batch.sweep import total_of

    found = forecast(experiment, workers, total_of(experiment, shard))
    typer.echo(
        f"{found.points:,} points × {experiment.replicates:,} replicates = {found.runs:,} runs"
        + (f"; this shard: {found.asked:,}" if shard else "")
    )
    on = "the cluster" if workers.where == "cluster" else f"{workers.count} {workers.where}"
    typer.echo(f"about {in_time(found.seconds, tenths=True)} on {on} (figures not counted)")
    typer.echo(
        f"about {in_size(found.bytes)} of results; until they are finished, "
        f"{in_size(found.parts_bytes)} of parts"
    )
    typer.echo(f"Measured on a sample of {found.sample_runs} runs; nothing was kept.")

"""``entrench sweep``: an experiment's runs, resumable, on threads or a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import sim
from sim.cli.application import FAILED, end_with
from sim.cli.options import STRICT, SWEEPING, Option, Options, argument, choice, takes, warn
from sim.cli.progress import in_time, watch
from sim.cli.show import say_if_there, say_where

if TYPE_CHECKING:
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
    from sim.batch.tasks import RunFailedError
    from sim.results.read import AllFailedError
    from sim.studies.run_options import SweepOptions, workers_of
    from sim.studies.runs import experiment_to_run

    own = options.own
    workers_of(options.threads, own.get("cluster"))
    asked, plausible = options.of(SweepOptions), own.get("plausible")
    loaded = experiment_to_run(experiment, asked, plausible=plausible)
    warn(loaded.warnings, own["strict"], options.quiet)
    if not options.quiet:
        for key, event, name in loaded.covered():
            typer.echo(f"note: event {event} of {name} sets {key}, over the factor", err=True)
    folder = options.folder(loaded.name)
    how = {name: value for name, value in own.items() if name != "plausible"}
    swept: Sweep | None = None
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
    drawn = len(swept.draw_all()) if swept and options.figures else 0
    if not options.quiet:
        if swept and swept.report and not say_if_there(swept):
            report = swept.report
            typer.echo(f"{report.runs:,} runs in {in_time(report.seconds, tenths=True)}.")
        say_where(folder, drawn)
    end_with(len(swept.failures) if swept else loaded.runs, loaded.runs, folder)

"""``entrench run``: an ensemble of a scenario, its table, its results folder and its figures."""

from __future__ import annotations

from pathlib import Path

import typer

from sim.cli.application import end_with
from sim.cli.options import RUNNING, SHOWING, STRICT, Options, ScenarioName, choice, takes, warn
from sim.cli.progress import watch
from sim.cli.show import forecast_runs, say_where, show

DRAW = "sim.cli.run:draw"
"""What draws a run's folder, for the process that does."""


@takes(
    *RUNNING, *SHOWING, "dry_run", "fresh",
    engine=choice(
        ("compiled", "mesa"), "Same numbers either way; mesa is far slower.", "compiled"
    ),
    strict=STRICT,
    out="Results folder; results/SCENARIO if not given.",
    runs="Number of histories (replicates); 200 if not given.",
    seed="Seed of the draws; 1 if not given.",
)  # fmt: skip
def run(scenario: ScenarioName, *, options: Options) -> None:
    """Run an ensemble of a scenario: table, results folder and figures.

    The same command again resumes what a kill interrupted. Given the
    manifest.json of a run, it repeats that run. Results are scenarios, not
    forecasts.

    Exit code 3: done, but some runs failed and are listed in failures.csv.
    """
    from sim.cli.drawing import Drawing
    from sim.errors import InputError
    from sim.results.failures import read_failures
    from sim.results.folder import is_complete
    from sim.studies.open_or_run import open_all
    from sim.studies.resolve import resolve
    from sim.studies.run_options import RunOptions

    asked = options.of(RunOptions)
    found = resolve(scenario, asked)
    if found.request is None:
        raise InputError(
            f"{scenario} holds finished runs: `entrench plot {scenario}` draws them; to repeat them"
            f" elsewhere: entrench run {scenario}/manifest.json --out DIR"
        )
    warn(found.request.scenario.warnings, options.own["strict"], options.quiet)
    if options.dry_run:
        forecast_runs([found], options.threads)
        return
    folder, runs = options.folder(found.name), found.runs_to_do
    before = _stamp(folder)
    # Run and drawn in two processes: each loads what the other does not need.
    with Drawing(DRAW, wanted=options.figures) as drawing:
        try:
            (results,) = open_all(
                [found], asked, [folder], fresh=options.fresh,
                engine=options.own["engine"],
            )  # fmt: skip
        except InputError:
            if is_complete(folder) and len(read_failures(folder)) == runs:
                say_where(folder)
                end_with(runs, runs, folder)
            raise
        drawing.ask(folder)
        if options.as_json or not options.quiet:
            from sim.studies.runs.report import RunSummary

            show(RunSummary.of(results, options.threads, watch(quiet=True)), options, None)
        drawn = drawing.wait()
    if options.talks:
        if before == _stamp(folder):
            typer.echo("These results were already there and whole; nothing was run again.")
        say_where(folder, drawn)
    end_with(len(results.failures), runs, folder)


def draw(folder: Path, which: slice = slice(None)) -> int:
    """Draw figures of a finished folder of a run or a sweep; return the number of files."""
    from sim.figures import register
    from sim.figures.sweeps.reading import choices
    from sim.results.read import Results
    from sim.studies.opened import open_folder

    opened = open_folder(folder)
    of, facts = (
        (register.RUN, {"results": opened})
        if isinstance(opened, Results)
        else (register.SWEEP, choices(opened))
    )
    names = [one.name for one in register.choose(of, facts)][which]
    return len(register.draw(of, folder / register.FIGURES_FOLDER, facts, names))


def _stamp(folder: Path) -> int | None:
    """Return what changes whenever anything is run into a folder; None before."""
    path = folder / "runtime.json"
    return path.stat().st_mtime_ns if path.is_file() else None

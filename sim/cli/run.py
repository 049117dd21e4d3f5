"""``entrench run``: an ensemble of a scenario, its table, its results folder and its figures."""

from __future__ import annotations

import sim
from sim.cli.application import end_with
from sim.cli.options import RUNNING, SHOWING, STRICT, Options, ScenarioName, choice, takes, warn
from sim.cli.progress import watch
from sim.cli.show import say_if_there, say_where, show


@takes(
    *RUNNING, *SHOWING, "fresh",
    engine=choice(
        ("compiled", "mesa"), "Same numbers either way; mesa is far slower.", "compiled"
    ),
    strict=STRICT,
    out="Results folder; results/SCENARIO if not given.",
    runs="Number of histories (replicates); 256 if not given.",
    seed="Seed of the draws; 1 if not given.",
)  # fmt: skip
def run(scenario: ScenarioName, *, options: Options) -> None:
    """Run an ensemble of a scenario: table, results folder and figures.

    The same command again resumes what a kill interrupted. Given the
    manifest.json of a run, it repeats that run. Results are scenarios, not
    forecasts.

    Exit code 3: done, but some runs failed and are listed in failures.csv.
    """
    from sim.results.read import AllFailedError
    from sim.studies.run_options import RunOptions
    from sim.studies.runs import scenario_to_run

    found, loaded = scenario_to_run(scenario, options.of(RunOptions))
    warn(loaded.warnings, options.own["strict"], options.quiet)
    folder = options.folder(found.name)
    given = options.given | {"figures": False, "watch": watch(options.quiet)}
    try:
        results = sim.run(scenario, out=folder, **options.own, **given)
    except AllFailedError as error:
        say_where(folder)
        end_with(error.runs, error.runs, folder)
        raise
    if options.as_json or not options.quiet:
        from sim.studies.runs.report import RunSummary

        show(RunSummary.of(results), options, None)
    drawn = len(results.draw_all()) if options.figures else 0
    if options.talks:
        say_if_there(results)
        say_where(folder, drawn)
    end_with(len(results.failures), found.runs_to_do, folder)

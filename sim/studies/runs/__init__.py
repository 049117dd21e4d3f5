"""Running scenarios and experiments, and opening what was run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Unpack

from sim.batch.executors import Crew
from sim.experiment import Experiment
from sim.results.sweep import SweepResults
from sim.studies.open_or_run import folder_or_temporary, open_all, run_experiment
from sim.studies.opened import open_folder, open_sweep
from sim.studies.resolve import Source, resolve
from sim.studies.run_options import RunOptions, SweepOptions, count_threads, experiment_of, seeds_of
from sim.studies.runs.finished import Runs, Sweep
from sim.studies.watching import Watch


def run(
    scenario: Source = "baseline",
    *,
    out: Path | str | None = None,
    engine: Literal["compiled", "mesa"] = "compiled",
    fresh: bool = False,
    **options: Unpack[RunOptions],
) -> Runs:
    """Run an ensemble of a scenario, as `entrench run` does; what is there already is not run.

    Args:
        scenario: A name, a file, the manifest of a run to repeat, or a scenario at hand.
        out: Results folder; None: a temporary one, which goes with what is returned.
        engine: The compiled engine or the Mesa model: the same numbers.
        fresh: Whether to replace results of another question in `out`.
        **options: `runs`, `seed`, `set`, `seeds`, `known`, `mechanisms`, `point`, `threads`,
            `watch`; see :class:`sim.studies.run_options.RunOptions`.

    Returns:
        The results: `series()`, `countries()`, `runs()`, `country_runs()`, `curve()`, `draw()`.

    Raises:
        InputError: The scenario, a number or the folder is wrong, or all runs failed.

    Examples:
        >>> import sim
        >>> short = sim.run("baseline", runs=3, set={"contracts.term": 5})
        >>> len(short.countries())
        195
    """
    folder = None if out is None else Path(out)
    asked = [resolve(scenario, options)]
    (found,) = open_all(asked, options, [folder], fresh=fresh, engine=engine)
    return Runs(found.folder, found.manifest, found.temporary)


def sweep(
    experiment: str | Path | Experiment,
    *,
    plausible: bool | None = None,
    out: Path | str | None = None,
    threads: int | None = None,
    crew: Crew | None = None,
    on_error: Literal["record", "stop"] = "record",
    fresh: bool = False,
    watch: Watch | None = None,
    **options: Unpack[SweepOptions],
) -> Sweep:
    """Run an experiment, as `entrench sweep` does: every point of its design, all replicates.

    Args:
        experiment: A name, a file, or an experiment at hand.
        plausible: Whether each replicate has a plausible parameter set; None: as the file says.
        out: Results folder; None: a temporary one, which goes with what is returned.
        threads: Of the engine; all cores if not given.
        crew: Who runs it instead of threads: a cluster.
        on_error: What becomes of a run that fails.
        fresh: Whether to replace results of another question in `out`.
        watch: Shows how far it is; in a notebook a bar if not given.
        **options: `seed`, `set`, `seeds`, `known`, `replicates`, `mechanisms`; see
            :class:`sim.studies.run_options.SweepOptions`.

    Raises:
        InputError: The experiment, a number or the folder is wrong, or all runs failed.

    Examples:
        >>> import sim
        >>> dates = sim.sweep("withdrawal-date", replicates=2)
        >>> dates.points, dates.replicates
        (13, 2)
    """
    if isinstance(experiment, Experiment):
        loaded = experiment.placed(seeds_of(options))
    else:
        loaded = experiment_of(experiment, options, plausible=plausible)
    crew = crew or Crew("threads", count_threads(threads))
    folder, temporary = folder_or_temporary(out, loaded.name)
    run_experiment(loaded, folder, crew=crew, on_error=on_error, fresh=fresh, watch=watch)
    return Sweep(open_sweep(folder, temporary).results)


def size_of(experiment: Experiment) -> str:
    """Return how large an experiment is, in words."""
    points = len(experiment.design.points)
    size = f"{points:,} points × {experiment.replicates} = {experiment.runs:,} runs"
    return f"{experiment.title}: {size}"


def open(folder: Path | str) -> Runs | Sweep:
    """Open the finished folder of a run or of a sweep, and see that it is whole.

    Raises:
        InputError: It is missing, of another kind, damaged, or not finished.
    """
    found = open_folder(folder)
    if isinstance(found, SweepResults):
        return Sweep(found.results)
    return Runs(found.folder, found.manifest)

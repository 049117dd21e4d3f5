"""Running scenarios and experiments, and opening what was run: from Python and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from sim.arguments import held_to_annotations
from sim.batch.ensemble import EngineName
from sim.batch.sweep import manifest_of, run_sweep
from sim.errors import InputError, refuse_warnings
from sim.experiment import Experiment
from sim.results.folder import MANIFEST
from sim.results.sweep import SweepResults
from sim.results.writing.parts import OnError
from sim.scenario import Scenario
from sim.studies.open_or_run import claim_results, folder_or_temporary, open_all
from sim.studies.opened import open_folder, open_sweep, study_kind
from sim.studies.resolve import Resolved, Source, is_folder, is_sweep, resolve
from sim.studies.run_options import (
    RunOptions,
    SweepOptions,
    experiment_of,
    given,
    seeds_of,
    workers_of,
)
from sim.studies.runs.finished import Runs, Sweep
from sim.studies.watching import Watch, watching

AS_LOADED = ("replicates", "seed", "set", "mechanisms", "plausible")
"""What is said of an experiment when it is loaded."""


@held_to_annotations
def run(
    scenario: Source = "baseline",
    *,
    out: Path | str | None = None,
    engine: EngineName = "compiled",
    fresh: bool = False,
    figures: bool = True,
    strict: bool = False,
    **options: Unpack[RunOptions],
) -> Runs:
    """Run an ensemble of a scenario, as `entrench run` does; what is there already is not run.

    Args:
        scenario: A name, a file, the manifest of a run to repeat, or a scenario at hand.
        out: Results folder; None: a temporary one, which goes with what is returned.
        engine: The compiled engine or the Mesa model: the same numbers.
        fresh: Whether to replace results of another question in `out`.
        figures: Whether to draw in `out`.
        strict: Whether what is set without effect is an error.
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
    found, loaded = scenario_to_run(scenario, options)
    if strict:
        refuse_warnings(loaded.warnings)
    folder = None if out is None else Path(out)
    (opened,) = open_all([found], options, [folder], fresh=fresh, engine=engine)
    results = Runs(opened.folder, opened.manifest, opened.temporary, opened.report)
    if folder and figures:
        results.draw_all()
    return results


def scenario_to_run(scenario: Source, options: RunOptions) -> tuple[Resolved, Scenario]:
    """Find a scenario that is to be run.

    Raises:
        InputError: Something is wrong, or it is finished.
    """
    # A folder cannot be run, whatever else was asked for.
    found = resolve(scenario, {} if is_folder(scenario) else options)
    if found.request is None:
        name = found.text
        raise InputError(
            f"{name} holds finished runs: `entrench plot {name}` draws them; to repeat them"
            f" elsewhere: entrench run {name}/manifest.json --out DIR"
        )
    return found, found.request.scenario


@held_to_annotations
def sweep(
    experiment: str | Path | Experiment,
    *,
    plausible: bool | None = None,
    out: Path | str | None = None,
    threads: int | None = None,
    cluster: str | None = None,
    on_error: OnError = "record",
    fresh: bool = False,
    figures: bool = True,
    strict: bool = False,
    watch: Watch | None = None,
    **options: Unpack[SweepOptions],
) -> Sweep:
    """Run an experiment, as `entrench sweep` does: every point of its design, all replicates.

    Args:
        experiment: A name, a file, or an experiment at hand.
        plausible: Whether each replicate has a plausible parameter set; None: as the file says.
        out: Results folder; None: a temporary one, which goes with what is returned.
        threads: Of the engine; all cores if not given.
        cluster: A Dask cluster to run on instead: its scheduler's address.
        on_error: What becomes of a run that fails.
        fresh: Whether to replace results of another question in `out`.
        figures: Whether to draw in `out`.
        strict: Whether what is set without effect is an error.
        watch: Shows how far it is; in a notebook a bar if not given.
        **options: `seed`, `set`, `seeds`, `known`, `replicates`, `mechanisms`; see
            :class:`sim.studies.run_options.SweepOptions`.

    Returns:
        The results.

    Raises:
        InputError: The experiment, a number or the folder is wrong, or all runs failed.

    Examples:
        >>> import sim
        >>> dates = sim.sweep("withdrawal-date", replicates=2)
        >>> dates.points, dates.replicates
        (13, 2)
    """
    workers = workers_of(threads, cluster)
    loaded = experiment_to_run(experiment, options, plausible=plausible)
    if strict:
        refuse_warnings(loaded.warnings)
    folder, temporary = folder_or_temporary(out, loaded.name)
    if not temporary:
        claim_results(folder, manifest_of(loaded), [experiment], fresh=fresh)
    with watching(watch, loaded.runs) as tell:
        report = run_sweep(loaded, folder, workers=workers, on_error=on_error, tell=tell)
    opened = open_sweep(folder, temporary, report)
    swept = Sweep(opened.folder, opened.manifest, temporary, report)
    if not temporary and figures:
        swept.draw_all()
    return swept


def experiment_to_run(
    experiment: str | Path | Experiment, options: SweepOptions, *, plausible: bool | None = None
) -> Experiment:
    """Load an experiment that is to be run, or take one at hand.

    Raises:
        InputError: Something is wrong, or it is a folder of results.
    """
    if isinstance(experiment, Experiment):
        if idle := given({**options, "plausible": plausible is not None}, *AS_LOADED):
            text = f"{experiment.name} is an experiment at hand: leave out {', '.join(idle)}"
            raise InputError(text)
        return experiment.in_world(seeds_of(options))
    if is_folder(experiment):
        runs = "a finished sweep" if is_sweep(experiment) else "finished runs"
        kind = runs if (Path(experiment) / MANIFEST).exists() else study_kind(Path(experiment))
        if kind:
            raise InputError(f"{experiment} holds {kind}; give an experiment's name or file")
    return experiment_of(experiment, options, plausible=plausible)


def size_of(experiment: Experiment) -> str:
    """Return how large an experiment is, in words."""
    points = len(experiment.design.points)
    size = f"{points:,} points × {experiment.replicates} = {experiment.runs:,} runs"
    return f"{experiment.title}: {size}"


@held_to_annotations
def open(folder: Path | str) -> Runs | Sweep:
    """Open the finished folder of a run or of a sweep, and see that it is whole.

    Raises:
        InputError: It is missing, of another kind, damaged, or not finished.
    """
    found = open_folder(folder)
    kind = Sweep if isinstance(found, SweepResults) else Runs
    return kind(found.folder, found.manifest)

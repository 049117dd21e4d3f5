"""A sweep: from an experiment to a finished results folder, resumable."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.batch.executors import Workers
from sim.batch.fill import (
    Tell,
    complete,
    fill,
    identity,
    parameters_in_words,
    taken,
)
from sim.batch.tasks import Plan, Work
from sim.engine import CHUNK_RUNS, Keeping, prepare
from sim.engine.chunk import end_of
from sim.experiment import Experiment
from sim.register import choose
from sim.results.folder import Report
from sim.results.points import Points
from sim.results.writing.parts import OnError
from sim.results.writing.store import Store

THOSE_OF_POINTS = "those of each point; bands at a point hold chance alone"


def manifest_of(experiment: Experiment) -> dict[str, Any]:
    """Return what identifies a sweep's results: question and rules, nothing of time or machine."""
    question = {
        "experiment": {"name": experiment.name, **experiment.manifest()},
        "runs": experiment.runs,
        "seed": experiment.seed,
        **parameters_in_words(experiment.plausible, THOSE_OF_POINTS),
    }
    seeds = experiment.scenarios[base_of(experiment)].seeds
    return identity(experiment.rules, seeds, question)


def base_of(experiment: Experiment) -> str:
    """Return the name of the base; of the first scenario, where every point chooses its own."""
    names = list(experiment.scenarios)
    return experiment.base if experiment.base in names else names[0]


def keeping_of(experiment: Experiment) -> Keeping:
    """Return what the engine keeps of an experiment's runs."""
    keep = experiment.keep
    return Keeping(tuple(keep.groups), keep.dates != "quarterly", keep.countries)


def open_store(experiment: Experiment, folder: Path) -> Store:
    """Open the results folder of a sweep, new or begun.

    Raises:
        InputError: The folder holds something else; the message says what differs.
        OSError: It cannot be written.
    """
    keep, keeping = experiment.keep, keeping_of(experiment)
    base = experiment.scenarios[base_of(experiment)]
    known = experiment.rules.register
    made = keeping.of(prepare(base, experiment.seed)).layout
    layout = made
    if not isinstance(keep.dates, str):
        layout = replace(made, quarters=tuple(end_of(year) for year in sorted(keep.dates)))
    names = tuple(factor.name for factor in experiment.design.factors)
    return Store.open(
        folder,
        manifest_of(experiment),
        layout,
        choose(known, keep.outcomes) if keep.outcomes else known,
        runs=experiment.runs,
        chunk_runs=CHUNK_RUNS,
        points=Points(names, experiment.design.points, experiment.replicates),
        made=made if layout != made else None,
    )


def plan_of(experiment: Experiment, store: Store, on_error: OnError = "record") -> Plan:
    """Return what all tasks of a sweep share, and which replicate and settings each run has."""
    base, keeping = base_of(experiment), keeping_of(experiment)
    work = Work(experiment.scenarios, base, experiment.seed, keeping, store.parts, on_error)
    return Plan(work, experiment.replicates, experiment.plausible, experiment.design.settings)


def run_sweep(
    experiment: Experiment,
    folder: Path,
    *,
    workers: Workers,
    on_error: OnError = "record",
    tell: Tell | None = None,
) -> Report:
    """Run what is missing of a sweep, and finish its folder.

    Args:
        experiment: The sweep, loaded.
        folder: The results folder.
        workers: Threads or a cluster; the same bytes come from each.
        on_error: What becomes of a run that fails.
        tell: Told how many runs are done, after each chunk.

    Raises:
        InputError: The folder holds something else.
        RunFailedError: A run failed, and `on_error` is `stop`.
        OSError: The folder cannot be written, or a worker died; finished parts are kept.
    """
    started = time.perf_counter()
    with taken(folder):
        store = open_store(experiment, folder)
        chunks = store.missing_chunks()
        plan = plan_of(experiment, store, on_error)
        return complete(
            store,
            chunks,
            experiment.runs,
            lambda tell: fill(store, plan, chunks, workers, tell),
            {"executor": workers.where, "workers": workers.count},
            since=started,
            tell=tell,
        )

"""The runs of a calibration: each wave is a sweep, read as the targets of each history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.batch.executors import Crew
from sim.batch.sweep import run_sweep
from sim.errors import InputError
from sim.experiment import Experiment
from sim.results.read import open_results
from sim.results.targets import counterpart_values
from sim.studies.calibration.plan import Aim, Plan, keep_of
from sim.studies.known.method import dates_of, is_close
from sim.studies.parameter_space import design_of
from sim.world.known import Known

type Floats = NDArray[np.float64]


def experiment_of(
    plan: Plan,
    aims: Sequence[Aim],
    cube: Floats,
    replicates: int,
    name: str,
    *,
    seed: int | None = None,
    countries: bool = False,
) -> Experiment:
    """Return the sweep of a wave.

    Args:
        plan: What to do.
        aims: The targets.
        cube: The sets as shares of their ranges: (sets, parameters).
        replicates: Histories of each.
        name: Of the wave.
        seed: Of the draws; None: the plan's.
        countries: Whether to keep what became of each state.
    """
    return Experiment(
        name=name,
        title=f"Calibration, {name}",
        question="Which parameter sets do the published figures not rule out?",
        base=plan.scenario.name,
        scenarios={plan.scenario.name: plan.scenario},
        overrides=dict(plan.overrides),
        design=design_of(plan.factors, cube),
        replicates=replicates,
        seed=plan.seed if seed is None else seed,
        keep=keep_of(aims, countries=countries),
        sources={plan.scenario.name: plan.source},
    )


def simulate(
    experiment: Experiment,
    aims: Sequence[Aim],
    folder: Path,
    crew: Crew,
    tell: Callable[[int], None] | None = None,
) -> tuple[Floats, int]:
    """Run what is missing of a wave, and read its targets.

    Args:
        experiment: The sweep of the wave.
        aims: The targets.
        folder: Of the calibration; the sweep's is one in it, of its name.
        crew: Who runs it.
        tell: Called with how many histories are done.

    Returns:
        Each target in each history, (sets, replicates, targets), NaN where it is undefined or the
        run failed; and how many runs failed.

    Raises:
        InputError: The folder holds another sweep, or the runs end before a target.
        OSError: The folder cannot be written.
    """
    run_sweep(experiment, folder / experiment.name, crew=crew, tell=tell)
    results = open_results(folder / experiment.name)
    values = np.full((experiment.runs, len(aims)), np.nan)
    for at, aim in enumerate(aims):
        found = counterpart_values(results, aim.id)
        if found is None:
            raise InputError(f"the runs end before target {aim.id}")
        values[results.run_numbers, at] = found
    failed = len(values) - len(results.run_numbers)
    return values.reshape(-1, experiment.replicates, len(aims)), failed


def facts_in(folder: Path, facts: Sequence[Known], sets: int) -> Floats:
    """Return what finished runs that are free say of known decisions.

    Args:
        folder: Of the sweep, which kept what became of each state.
        facts: Decisions with dates in free histories.
        sets: How many sets were run.

    Returns:
        Whether each came about within a year of its date, 1 or 0, NaN where the run failed:
        (facts, sets, replicates).
    """
    results = open_results(folder)
    said = np.full((len(facts), sets * results.replicates), np.nan)
    if facts:
        frame = results.country_runs({fact.iso3 for fact in facts})
        for at, fact in enumerate(facts):
            said[at, results.run_numbers] = is_close(fact, dates_of(fact, frame))
    return said.reshape(len(facts), sets, results.replicates)

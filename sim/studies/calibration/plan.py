"""What a calibration is to do, and its runs: each wave is a sweep, read as targets of histories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.batch.executors import Workers
from sim.batch.sweep import run_sweep
from sim.errors import InputError
from sim.experiment import Experiment, Factor, Keep
from sim.results.files import inside
from sim.results.implausibility import RULED_OUT, discrepancy_of
from sim.results.targets import COUNTERPARTS, RATED, REGION, counterpart_values
from sim.scenario import Scenario
from sim.studies.known.method import dates_of, is_close
from sim.studies.opened import open_sweep
from sim.studies.parameter_space import design_of
from sim.world.columns import CALIBRATE
from sim.world.known import Known
from sim.world.seeds import shipped_seeds

SHARE_UNIT = "share"
FINAL_LUCK = 0x9E3779B9
"""Bits of the seed that the final histories flip. Weights rest on these histories: with the seed of
the plan, which is that of most users, they would fit their runs by luck as well."""
LEAST_SHARE = 0.02
"""Share of the published figure below which a number counts as this share before its logarithm is
taken: a history without a single course would otherwise lie infinitely far away."""


@dataclass(frozen=True)
class Plan:
    """What a calibration is to do.

    Attributes:
        scenario: The base; its horizon reaches the last target.
        source: What `load_scenario` takes for it.
        overrides: What was laid over it.
        factors: The parameters, each over its plausible range.
        waves: Waves of history matching.
        points: Sets that are run in each wave.
        replicates: Histories of each of them.
        final_points: Sets that are run at the end.
        final_replicates: Histories of each of those.
        sets: Sets that the result holds at most.
        cut: Implausibility beyond which a set is ruled out.
        seed: Of designs and draws.
        known: Decisions by which the final sets are weighed; their histories are free.
    """

    scenario: Scenario
    source: str
    overrides: Mapping[str, Any]
    factors: tuple[Factor, ...]
    waves: int = 3
    points: int = 2000
    replicates: int = 4
    final_points: int = 2000
    final_replicates: int = 20
    sets: int = 250
    cut: float = RULED_OUT
    seed: int = 1
    known: tuple[Known, ...] = ()

    @property
    def sizes(self) -> dict[str, Any]:
        """How much is run, by name."""
        names = ("waves", "points", "replicates", "final_points", "final_replicates", "sets", "cut")
        return {name: getattr(self, name) for name in names}

    @property
    def final_seed(self) -> int:
        """Seed of the draws of the final histories: never that of the plan."""
        return self.seed ^ FINAL_LUCK

    @property
    def runs(self) -> int:
        """Histories of all waves together."""
        waves = self.waves * self.points * self.replicates
        return waves + self.final_points * self.final_replicates


@dataclass(frozen=True)
class Aim:
    """A target that calibration uses.

    Attributes:
        id: Its name.
        quantity: What it is, in words.
        observed: The published figure.
        sigma: Standard deviation of what is known of it.
        discrepancy: That of the model's own error.
        logarithm: Whether effects multiply: the logarithm is emulated.
    """

    id: str
    quantity: str
    observed: float
    sigma: float
    discrepancy: float
    logarithm: bool

    @property
    def noise(self) -> float:
        """Standard deviation of figure and discrepancy together."""
        return float(np.hypot(self.sigma, self.discrepancy))

    def scaled(self, values: Floats) -> Floats:
        """Return values on the scale that is emulated; NaN stays NaN."""
        if not self.logarithm:
            return values
        return np.asarray(np.log(np.maximum(values, LEAST_SHARE * self.observed)))

    @property
    def place(self) -> float:
        """The figure on that scale."""
        return float(self.scaled(np.asarray(self.observed)))

    @property
    def spread(self) -> float:
        """The noise on that scale, to first order."""
        return self.noise / self.observed if self.logarithm else self.noise


def aims_of_seeds() -> tuple[Aim, ...]:
    """Return the targets that calibration uses: never hold-outs, never checks."""
    return tuple(
        Aim(
            id=target.id,
            quantity=target.quantity,
            observed=target.value,
            sigma=target.sigma,
            discrepancy=float(discrepancy_of(target.value)),
            logarithm=target.unit != SHARE_UNIT,
        )
        for target in shipped_seeds().targets
        if target.use == CALIBRATE and target.sigma is not None
    )


def last_year_of(aims: Sequence[Aim]) -> int:
    """Return the last year that the targets need."""
    return max(year for aim in aims for year in COUNTERPARTS[aim.id].years)


def keep_of(aims: Sequence[Aim], *, countries: bool = False) -> Keep:
    """Return what of the runs the targets are read from, and whether what became of each state."""
    entries = [COUNTERPARTS[aim.id] for aim in aims]
    columns = dict.fromkeys(column for entry in entries for column in entry.columns)
    kinds = [k for k in (RATED, REGION) if k in {entry.group_kind for entry in entries}]
    return Keep(outcomes=tuple(columns), groups=tuple(kinds), dates="yearly", countries=countries)


def experiment_of(
    plan: Plan,
    aims: Sequence[Aim],
    cube: Floats,
    replicates: int,
    name: str,
    *,
    seed: int,
    countries: bool = False,
) -> Experiment:
    """Return the sweep of a wave.

    Args:
        plan: What the calibration's file asks for.
        aims: The targets whose outcomes are kept.
        cube: The sets as shares of their ranges: (sets, parameters).
        replicates: Histories of each.
        name: Name of the wave.
        seed: Of the draws.
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
        seed=seed,
        keep=keep_of(aims, countries=countries),
        sources={plan.scenario.name: plan.source},
    )


def simulate(
    experiment: Experiment,
    aims: Sequence[Aim],
    folder: Path,
    workers: Workers,
    tell: Callable[[int], None] | None = None,
) -> tuple[Floats, int]:
    """Run what is missing of a wave, and read its targets.

    Args:
        experiment: The sweep of the wave.
        aims: The targets to read.
        folder: Of the calibration; the sweep's is one in it, of its name.
        workers: Threads or a cluster.
        tell: Called with how many histories are done.

    Returns:
        Each target in each history, (sets, replicates, targets), NaN where it is undefined or the
        run failed; and how many runs failed.

    Raises:
        InputError: The folder holds another sweep, or the runs end before a target.
        OSError: The folder cannot be written.
    """
    own = inside(folder, experiment.name)
    run_sweep(experiment, own, workers=workers, tell=tell)
    sweep = open_sweep(own)
    values = []
    for aim in aims:
        found = counterpart_values(sweep, aim.id)
        if found is None:
            raise InputError(f"the runs end before target {aim.id}")
        values.append(sweep.by_point(found))
    return np.stack(values, axis=2), len(sweep.failures)


def facts_in(folder: Path, facts: Sequence[Known]) -> Floats:
    """Return what finished runs that are free say of known decisions.

    Args:
        folder: Of the sweep, which kept what became of each state.
        facts: Decisions with dates in free histories.

    Returns:
        Whether each came about within a year of its date, 1 or 0, NaN where the run failed:
        (facts, sets, replicates).
    """
    sweep = open_sweep(folder)
    if not facts:
        return np.zeros((0, sweep.points, sweep.replicates))
    frame = sweep.country_runs({fact.iso3 for fact in facts})
    return np.stack([sweep.by_point(is_close(fact, dates_of(fact, frame))) for fact in facts])

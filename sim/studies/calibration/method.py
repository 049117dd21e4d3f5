"""Calibration: which parameter sets the published figures do not rule out.

History matching in waves, then approximate Bayesian computation inside what is left (McCulloch et
al. 2022, JASSS 25(2):1). Every wave is a sweep in a folder of its own, so that a calibration that
was killed goes on where it stopped and ends in the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.arrays import Floats, Whole
from sim.batch.executors import Workers
from sim.errors import InputError
from sim.results.implausibility import implausibility
from sim.studies.calibration.approximate_bayes import (
    effective_size,
    log_kernel,
    normalised,
    resampled,
    weighted_quantiles,
)
from sim.studies.calibration.emulator import (
    LEAST_POINTS,
    Emulator,
    fit,
    moments,
    pooled,
    require_regression,
)
from sim.studies.calibration.plan import Aim, Plan, aims_of_seeds, experiment_of, facts_in, simulate
from sim.studies.calibration.weighing import Weighed, weigh
from sim.studies.known.method import dated
from sim.studies.watching import further

BATCH = 20_000
"""Candidate sets that are judged at once."""
MOST_BATCHES = 400
"""Batches after which no more are drawn."""
GENEROUS = 0.9
"""Share of the likely sets, by the emulator's posterior, that are taken in proportion to their
likelihood; the likeliest others are always taken, so that not too many candidates are thrown away.
Each set's weight undoes how it was taken."""
PILOT = 2000
"""Sets not ruled out by which that is judged."""
LEAST_SETS = 2 * LEAST_POINTS
"""Sets with which a wave goes on where fewer than asked for are not ruled out."""
FINAL = "final"


@dataclass(frozen=True)
class Wave:
    """What a wave found.

    Attributes:
        name: Its folder.
        cube: The sets that were run, as shares of their ranges: (sets, parameters).
        values: Each target in each history: (sets, replicates, targets).
        left: Share of the prior that the waves before had left.
        kept: Share of these sets within the cut on every target.
        explained: Share of the variance of ensemble means that each emulator explains.
        failed: Runs that failed; they are left out.
    """

    name: str
    cube: Floats
    values: Floats
    left: float
    kept: float
    explained: tuple[float, ...] = ()
    failed: int = 0


@dataclass(frozen=True)
class Calibration:
    """What a calibration found.

    Attributes:
        plan: What its file asks for.
        aims: The targets that it fits.
        waves: The waves, the final sets last.
        chosen: Rows of the final sets that stand for the posterior.
        weights: Their weights; they add up to 1.
        effective: Sets of equal weight that would be as informative as the final ones.
        weighed: What known facts did to the weights; None: none were given.
        emulators: One a wave of history matching.
    """

    plan: Plan
    aims: tuple[Aim, ...]
    waves: tuple[Wave, ...]
    chosen: Whole
    weights: Floats
    effective: float
    weighed: Weighed | None = None
    emulators: tuple[Emulator, ...] = field(repr=False, default=())

    @property
    def cube(self) -> Floats:
        """The chosen sets as shares of their ranges: (sets, parameters)."""
        return self.waves[-1].cube[self.chosen]

    @property
    def values(self) -> Floats:
        """Each target in each of their histories: (sets, replicates, targets)."""
        return self.waves[-1].values[self.chosen]


def calibrate(
    plan: Plan,
    folder: Path,
    workers: Workers,
    *,
    aims: tuple[Aim, ...] | None = None,
    say: Callable[[str], None] | None = None,
    tell: Callable[[int], None] | None = None,
) -> Calibration:
    """Run a calibration, or what is missing of it.

    Args:
        plan: What the calibration's file asks for.
        folder: A folder for the waves.
        workers: Threads or a cluster.
        aims: The targets; None: all that calibrate. A null model that lacks what makes a target can
            be asked for the others.
        say: Told in words what each wave found.
        tell: Told how many histories are done in all.

    Raises:
        InputError: The folder holds another calibration, or nothing is left of the prior.
        OSError: The folder cannot be written; what was finished is kept.
    """
    require_regression()
    aims = aims or aims_of_seeds()
    emulators: list[Emulator] = []
    waves: list[Wave] = []
    log_taken = np.zeros(0)
    done = 0
    for number in range(1, plan.waves + 2):
        last = number == plan.waves + 1
        name, replicates, points = f"wave-{number}", plan.replicates, plan.points
        if last:
            name, replicates, points = FINAL, plan.final_replicates, plan.final_points
        cube, left, log_taken = propose(plan, emulators, number, points, by_likelihood=last)
        keeps = last and bool(plan.known)
        seed = plan.final_seed if last else plan.seed
        experiment = experiment_of(plan, aims, cube, replicates, name, seed=seed, countries=keeps)
        values, failed = simulate(experiment, aims, folder, workers, tell and further(tell, done))
        done += experiment.runs
        explained: tuple[float, ...] = ()
        if not last:
            emulators.append(fit(cube, values, aims, name))
            explained = tuple(one.explained for one in emulators[-1].fitted)
        waves.append(Wave(name, cube, values, left, _kept(plan, aims, values), explained, failed))
        if say:
            say(_words(waves[-1]))
    logs = log_weights(plan, aims, waves[-1].values, log_taken)
    weighed = None
    if plan.known:
        facts = dated(plan.known)
        agrees = facts_in(folder / FINAL, facts)
        weighed = weigh(logs, facts, agrees, undated=len(plan.known) - len(facts))
        logs = weighed.logs
    chosen, weights, effective = choose(plan, logs)
    return Calibration(
        plan, aims, tuple(waves), chosen, weights, effective, weighed, tuple(emulators)
    )


def propose(
    plan: Plan,
    emulators: Sequence[Emulator],
    number: int,
    count: int,
    *,
    by_likelihood: bool = False,
) -> tuple[Floats, float, Floats]:
    """Return sets that no emulator rules out.

    Args:
        plan: What the calibration's file asks for.
        emulators: Those of the waves before.
        number: Of the wave, from 1.
        count: How many sets to return.
        by_likelihood: Whether sets are taken by the last emulator's likelihood: in proportion,
            the likeliest always.

    Returns:
        The sets as shares of their ranges, fewer than asked for if hardly any are left; the share
        of the prior that is not ruled out; the logarithm of each set's chance to be taken.

    Raises:
        InputError: Hardly anything of the prior is left.
    """
    from scipy.stats import qmc

    width = len(plan.factors)
    if not emulators:
        cube = qmc.LatinHypercube(width, rng=np.random.default_rng([plan.seed, 1])).random(count)
        return cube, 1.0, np.zeros(count)
    level = _level(plan, emulators, number) if by_likelihood else 0.0
    taken, logs = np.zeros((0, width)), np.zeros(0)
    left = seen = 0
    for cube, random in _batches(plan, emulators, number):
        seen += BATCH
        left += len(cube)
        log_chance = np.zeros(len(cube))
        if by_likelihood:
            log_chance = np.minimum(0.0, emulators[-1].log_likelihood(cube) - level)
            lucky = np.log(random.random(len(cube))) < log_chance
            cube, log_chance = cube[lucky], log_chance[lucky]
        taken, logs = np.concatenate([taken, cube]), np.concatenate([logs, log_chance])
        if len(taken) >= count:
            break
    if len(taken) < min(count, LEAST_SETS):
        raise InputError(
            f"wave {number}: of {seen:,} parameter sets only {len(taken)} are not ruled out and"
            " likely enough: the plausible ranges hardly reach the targets; widen those that"
            " evidence allows"
        )
    return taken[:count], left / seen, logs[:count]


def _batches(
    plan: Plan, emulators: Sequence[Emulator], number: int
) -> Iterator[tuple[Floats, np.random.Generator]]:
    """Yield the candidates of each batch that no emulator rules out, and its generator."""
    from scipy.stats import qmc

    for batch in range(MOST_BATCHES):
        random = np.random.default_rng([plan.seed, number, batch])
        cube = qmc.LatinHypercube(len(plan.factors), rng=random).random(BATCH)
        for emulator in emulators:
            cube = cube[emulator.within(cube, plan.cut)]
        yield cube, random


def _level(plan: Plan, emulators: Sequence[Emulator], number: int) -> float:
    """Return the log-likelihood from which candidates are always taken; see `GENEROUS`."""
    logs = np.zeros(0)
    for cube, _ in _batches(plan, emulators, number):
        logs = np.concatenate([logs, emulators[-1].log_likelihood(cube)])
        if len(logs) >= PILOT:
            break
    if not logs.size:
        return 0.0
    share = np.array([GENEROUS])
    return float(weighted_quantiles(logs[:, np.newaxis], normalised(logs), share)[0, 0])


def log_weights(plan: Plan, aims: Sequence[Aim], values: Floats, log_taken: Floats) -> Floats:
    """Return the logarithm of each final set's weight by the figures, up to a constant: (sets,).

    Args:
        plan: What the calibration's file asks for.
        aims: The targets, in the order of `values`.
        values: Each target in each history: (sets, replicates, targets).
        log_taken: Logarithm of each set's chance to have been taken.

    Raises:
        InputError: No set is left.
    """
    within = (distances(aims, values) <= plan.cut).all(axis=1)
    observed = np.array([aim.observed for aim in aims])
    noise = np.array([aim.noise for aim in aims])
    logs = np.where(within, log_kernel(values, observed, noise) - log_taken, -np.inf)
    if not np.isfinite(logs).any():
        raise InputError("no parameter set that was run is within the cut on every target")
    return logs


def choose(plan: Plan, logs: Floats) -> tuple[Whole, Floats, float]:
    """Return the final sets that stand for the posterior, their weights, and the effective size.

    Args:
        plan: What the calibration's file asks for.
        logs: Logarithm of each set's weight, up to a constant: (sets,).
    """
    weights = normalised(logs)
    times = resampled(weights, plan.sets, plan.seed)
    chosen = np.flatnonzero(times)
    return chosen, times[chosen] / times.sum(), effective_size(weights)


def distances(aims: Sequence[Aim], values: Floats) -> Floats:
    """Return the implausibility of each set on each target: (sets, targets).

    Infinite where no history of a set defines the target, which so rules the set out. A set whose
    single history defines it has the spread that sets have on average.
    """
    means, variances, counts = moments(values)
    found = np.full(means.shape, np.inf)
    for at, aim in enumerate(aims):
        defined = counts[:, at] > 0
        common = pooled(variances[:, at], counts[:, at])
        own = np.where(counts[:, at] > 1, variances[:, at], common)
        found[defined, at] = implausibility(
            aim.observed,
            means[defined, at],
            sigma=aim.sigma,
            ensemble_sd=np.sqrt(own[defined]),
            discrepancy=aim.discrepancy,
        )
    return found


def _kept(plan: Plan, aims: Sequence[Aim], values: Floats) -> float:
    return float((distances(aims, values) <= plan.cut).all(axis=1).mean())


def share_of_prior(left: float) -> str:
    """Return as text which share of the prior is left, which may be very little."""
    return f"{left:.2%}" if left >= 1e-4 or left == 0.0 else f"{left:.1e}"


def _words(wave: Wave) -> str:
    text = (
        f"{wave.name}: {share_of_prior(wave.left)} of the prior not ruled out before;"
        f" {len(wave.cube):,} sets of it run, {wave.kept:.0%} of them within the cut on every"
        " target"
    )
    return text + (f"; {wave.failed} runs failed" if wave.failed else "")

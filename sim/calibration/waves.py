"""History matching in waves, then approximate Bayesian computation in the remaining space.

The method is McCulloch et al. 2022, JASSS 25(2):1; docs/calibration.md describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import qmc

from sim.calibration.emulator import LEAST_POINTS, Emulator, fit, fit_record, moments, pooled
from sim.calibration.plan import FINAL, LUCK, CalibrationSpec, aims, counted
from sim.calibration.raking import effective_size, raked, unseen
from sim.errors import InputError
from sim.estimates.targets import (
    counterpart_counts,
    counterpart_values,
    distance,
    log_density,
    noise_of,
)
from sim.measures.counts import log_likelihood
from sim.runs.dataset import Results
from sim.runs.progress import Progress
from sim.runs.runner import run_design
from sim.runs.store import refuse_link
from sim.runs.workers import Workers
from sim.world.arrays import Floats, Whole
from sim.world.documented import PublishedFigure

BATCH = 20_000
MOST_BATCHES = 400
# Enough to redraw each parameter many times.
STEPS = 240
"""Metropolis steps of each final set."""
REDRAWN = (0.01, 0.05, 0.2)
"""Shares of the parameters that a step redraws, in turn."""
LEAST_SETS = 2 * LEAST_POINTS


@dataclass(frozen=True)
class Wave:
    """A wave's sets and runs.

    Attributes:
        cube: The sets, as shares of their ranges: (sets, parameters).
        values: Each target in each run: (sets, runs, targets).
        left: Share of the prior that earlier waves did not rule out.
        within: Share of these sets within the cut on every target.
    """

    name: str
    cube: Floats
    values: Floats
    left: float
    within: float


@dataclass(frozen=True)
class Calibration:
    """The result of a calibration.

    Attributes:
        chosen: Rows of the final sets that represent the posterior.
        weights: Raked, above 0, with the sum 1.
        drawn: Weights before raking: shares of the draws.
        likelihoods: Logarithm of each one's likelihood, by which it was chosen.
        evidence: Logarithm of the mean likelihood over the prior, up to a constant of the figures,
            and its standard error. Between two models its difference is the logarithm of a Bayes
            factor.
        emulators: An emulator per wave of history matching.
    """

    plan: CalibrationSpec
    aims: tuple[PublishedFigure, ...]
    waves: tuple[Wave, ...]
    chosen: Whole
    weights: Floats
    drawn: Floats
    likelihoods: Floats
    evidence: tuple[float, float]
    emulators: tuple[Emulator, ...] = field(repr=False, default=())

    @property
    def cube(self) -> Floats:
        return self.waves[-1].cube[self.chosen]

    @property
    def values(self) -> Floats:
        return self.waves[-1].values[self.chosen]

    @property
    def effective(self) -> float:
        return effective_size(self.weights)


def run_waves(
    plan: CalibrationSpec,
    folder: Path,
    workers: Workers,
    *,
    fresh: bool = False,
    say: Callable[[str], None] | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Run a calibration, or the missing part of it."""
    targets, record = aims(), counted()
    emulators: list[Emulator] = []
    waves: list[Wave] = []

    def run_stage(name: str, cube: Floats, runs: int, left: float) -> Results:
        design = plan.design(cube, runs, name, plan.seed ^ LUCK * (name == FINAL))
        target = refuse_link(folder / name)
        # A design in its own folder: an interrupted calibration continues and gives the same
        # numbers.
        results = run_design(design, target, workers=workers, fresh=fresh, progress=progress)
        values = target_values(results, targets)
        within = (distances(targets, values) <= plan.sizes.cut).all(axis=1)
        waves.append(Wave(name, cube, values, left, float(within.mean())))
        if say:
            say(
                f"{name}: {left:.2g} of the prior was not ruled out before; {len(cube):,} sets run,"
                f" {waves[-1].within:.0%} of them within the cut on every target"
            )
        return results

    for number in range(1, plan.sizes.waves + 1):
        name = f"wave-{number}"
        cube, left = propose(plan, emulators, number, plan.sizes.points)
        results = run_stage(name, cube, plan.sizes.runs, left)
        emulators.append(fit(cube, waves[-1].values, targets, name))
    counts = np.stack([pooled_counts(results, target) for target in record], axis=1)
    emulators[-1] = replace(emulators[-1], record=fit_record(cube, counts, record))
    number = plan.sizes.waves + 1
    cube, left = propose(plan, emulators, number, plan.sizes.final_points)
    emulated, doubt = log_mean(emulators[-1].log_likelihood(cube))
    log_taken = walk(plan, emulators, number, cube)
    results = run_stage(FINAL, cube, plan.sizes.final_runs, left)
    likelihoods = set_likelihoods(waves[-1].values, results, targets, record, plan.sizes.cut)
    # The emulator's mean likelihood, times the mean ratio of the runs' to the emulator's among sets
    # that its likelihood chose, is the mean of the runs'.
    logs = likelihoods - log_taken
    ratio, error = log_mean(logs)
    evidence = (float(np.log(left)) + emulated + ratio, float(np.hypot(doubt, error)))
    # Importance weights: sets were proposed by the emulator's likelihood, which is divided out.
    if not np.isfinite(logs).any():
        raise InputError("no parameter set that was run is within the cut on every target")
    times = resampled(softmax(logs), plan.sizes.sets, plan.seed)
    chosen = np.flatnonzero(times)
    own, drawn = cube[chosen], times[chosen] / times.sum()
    # Only parameters that no figure informs are balanced; the rest is the posterior's.
    free = unseen(own, drawn)
    fixed = np.hstack([own[:, ~free], moments(waves[-1].values[chosen])[0]])
    return Calibration(
        plan, targets, tuple(waves), chosen, raked(drawn, own[:, free], fixed), drawn,
        likelihoods[chosen], evidence, tuple(emulators),
    )  # fmt: skip


def target_values(results: Results, targets: Sequence[PublishedFigure]) -> Floats:
    """Return each target in each run of each point: (sets, runs, targets)."""
    values = []
    for aim in targets:
        each = [counterpart_values(results, aim.id, point) for point in range(results.n_points)]
        values.append(np.stack([numbers for numbers in each if numbers is not None]))
    return np.stack(values, axis=2)


def pooled_counts(results: Results, target: PublishedFigure) -> Floats:
    """Return events and exposure of a count over the runs of each point: (sets, 2)."""
    each = (counterpart_counts(results, target.id, at) for at in range(results.n_points))
    return np.stack([np.nansum(counts, axis=0) for counts in each if counts is not None])


def set_likelihoods(
    values: Floats,
    results: Results,
    targets: Sequence[PublishedFigure],
    record: Sequence[PublishedFigure],
    cut: float,
) -> Floats:
    """Return the logarithm of each set's likelihood, -inf beyond the cut: (sets,).

    `values` are those of :func:`target_values`; `record` are the counts.
    """
    observed, noise = np.array([(aim.value, noise_of(aim)) for aim in targets]).T
    # Exact for a model with that discrepancy (Wilkinson 2013), and few runs give an unbiased
    # estimate.
    logs = log_kernel(values, observed, noise)
    for target in record:
        logs = logs + log_likelihood(target, pooled_counts(results, target))
    within = (distances(targets, values) <= cut).all(axis=1)
    return np.where(within, logs, -np.inf)


def propose(
    plan: CalibrationSpec,
    emulators: Sequence[Emulator],
    number: int,
    count: int,
) -> tuple[Floats, float]:
    """Return sets that no emulator rules out, and the share of the prior that none does.

    The sets are shares of their ranges, and fewer than `count` if few remain.
    """
    width = len(plan.factors)
    if not emulators:
        cube = qmc.LatinHypercube(width, rng=np.random.default_rng([plan.seed, 1])).random(count)
        return cube, 1.0
    taken = np.zeros((0, width))
    seen = 0
    for batch in range(MOST_BATCHES):
        random = np.random.default_rng([plan.seed, number, batch])
        cube = qmc.LatinHypercube(width, rng=random).random(BATCH)
        for emulator in emulators:
            cube = cube[emulator.within(cube, plan.sizes.cut)]
        taken = np.concatenate([taken, cube])
        seen += BATCH
        if len(taken) >= count:
            break
    if len(taken) < min(count, LEAST_SETS):
        raise InputError(
            f"wave {number}: of {seen:,} parameter sets only {len(taken)} are not ruled out:"
            " widen the plausible ranges that evidence allows"
        )
    return taken[:count], len(taken) / seen


def walk(plan: CalibrationSpec, emulators: Sequence[Emulator], number: int, cube: Floats) -> Floats:
    """Spread sets, in place, by the last emulator's likelihood; return its logarithm: (sets,)."""
    # A stream that no batch of `propose` uses.
    random = np.random.default_rng([plan.seed, number, MOST_BATCHES])
    logs = emulators[-1].log_likelihood(cube)
    for step in range(STEPS):
        # Each set is a Metropolis chain whose steps redraw some parameters from the prior.
        redrawn = random.random(cube.shape) < REDRAWN[step % len(REDRAWN)]
        trial = np.where(redrawn, random.random(cube.shape), cube)
        trial_logs = emulators[-1].log_likelihood(trial)
        moves = np.flatnonzero(np.log(random.random(len(cube))) < trial_logs - logs)
        for emulator in emulators:
            moves = moves[emulator.within(trial[moves], plan.sizes.cut)]
        cube[moves], logs[moves] = trial[moves], trial_logs[moves]
    return logs


def distances(targets: Sequence[PublishedFigure], values: Floats) -> Floats:
    """Return the distance of each set from each target: (sets, targets)."""
    means, variances, counts = moments(values)
    # A set with a single defined run has no variance: it takes the common one.
    common = [pooled(*columns) for columns in zip(variances.T, counts.T, strict=True)]
    apart = distance(
        [aim.value for aim in targets],
        means,
        sigma=[aim.sigma or 0.0 for aim in targets],
        run_sd=np.sqrt(np.where(counts > 1, variances, common)),
    )
    # A target that no run defines rules the set out.
    return np.where(counts > 0, np.abs(apart), np.inf)


def log_kernel(values: Floats, observed: Floats, noise: Floats) -> Floats:
    """Return the logarithm of each set's weight, up to a constant: (sets,).

    `values` are (sets, runs, targets). A run with NaN for a target has weight zero. `noise` are
    standard deviations, discrepancy included.
    """
    log_each = log_density(values, observed, noise)
    return np.asarray(logsumexp(log_each, axis=1) - np.log(values.shape[1]))


def log_mean(logs: Floats) -> tuple[float, float]:
    """Return the logarithm of a mean, and its standard error, of numbers given by logarithms."""
    most = float(logs.max())
    numbers = np.exp(logs - most)
    mean = float(numbers.mean())
    return most + float(np.log(mean)), float(numbers.std(ddof=1)) / mean / len(logs) ** 0.5


def resampled(weights: Floats, count: int, seed: int) -> Whole:
    """Return how often each set is taken in `count` draws by weight (systematic resampling)."""
    # Each set is taken its expected number of times, rounded down or up.
    offset = np.random.default_rng(seed).random()
    teeth = (np.arange(count) + offset) / count
    edges = np.cumsum(weights) / weights.sum()
    places = np.searchsorted(edges, teeth, side="right")
    # Rounding may leave the last edge below 1: what lies beyond goes to the last set with weight.
    last = int(np.flatnonzero(weights)[-1])
    return np.bincount(np.minimum(places, last), minlength=len(weights))

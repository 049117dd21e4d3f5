"""Recovery: does calibration find parameters again that are known?

Synthetic truths are drawn from the sets of the last wave of history matching, which are spread
evenly over what the waves before had not ruled out. Each truth gets a history with luck that no set
of the calibration had, and an observation of it: that history's targets, with normal noise of its
own of what is known of the figures and of the model's discrepancy. All truths share that luck,
which hardly matters: it moved the share of intervals that hold 200 truths by half a point.
The posterior are weights of many sets from the same region by the likelihood of an emulator that
never saw the truths. Prior and truths being one distribution, 90 % intervals should hold 90 % of
the true values.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.arrays import Flags, Floats, Whole
from sim.batch.executors import Workers
from sim.draws import MOST_SEED
from sim.errors import InputError
from sim.experiment import Factor
from sim.experiment.points import spread
from sim.studies.calibration.approximate_bayes import effective_size, normalised, weighted_quantiles
from sim.studies.calibration.emulator import LEAST_POINTS, Emulator, fit
from sim.studies.calibration.method import Calibration, propose
from sim.studies.calibration.plan import experiment_of, simulate
from sim.studies.calibration.tables import NARROW, ONE_SIDED, PRIOR_WIDTH, WIDTH_ERROR
from sim.studies.study import Row
from sim.text import counted

PROPOSALS = 50_000
"""Sets that all truths are sought among."""
LUCKS = 5
"""Histories of each truth; observed is the first of those that define most targets."""
FOLDER = "recovery"
LEAST_COVERED, MOST_COVERED = 0.80, 0.98
"""What the coverage of 90 % intervals must lie between, so few truths being looked for."""
SHARES = np.array([0.05, 0.5, 0.95])
LEAST_JUDGED = 20
"""Intervals whose share is held against these limits; of fewer it says little."""
NOMINAL = 0.9
"""Share of true values that the intervals should hold."""
TOO_FEW = 0.05
"""Chance below which a share of true values is said to be too small."""


@dataclass(frozen=True)
class Recovery:
    """What was found again.

    Attributes:
        factors: The parameters.
        points: Number of each truth among the sets of the last wave.
        truths: The truths as shares of the ranges: (truths, parameters).
        ends: The 5th, 50th and 95th per cent of each posterior: (truths, 3, parameters).
        widths: Width of the 90 % intervals over that of the prior's: (truths, parameters).
        sizes: Effective number of sets behind each posterior: (truths,).
        identified: Which parameters the calibration identifies: (parameters,).
    """

    factors: tuple[Factor, ...]
    points: Whole
    truths: Floats
    ends: Floats
    widths: Floats
    sizes: Floats
    identified: Flags

    @property
    def covered(self) -> Flags:
        """Whether each 90 % interval holds the true value: (truths, parameters)."""
        return np.asarray((self.ends[:, 0] <= self.truths) & (self.truths <= self.ends[:, 2]))

    @property
    def narrowed(self) -> Flags:
        """Which intervals are narrow beyond sampling error: (truths, parameters)."""
        errors = ONE_SIDED * WIDTH_ERROR / np.sqrt(self.sizes)
        return np.asarray(self.widths + errors[:, np.newaxis] < NARROW)

    @property
    def judged(self) -> dict[str, Flags]:
        """Whether intervals hold the true value, by what the intervals are of."""
        return {
            "all": self.covered.ravel(),
            "the identified": self.covered[:, self.identified].ravel(),
            "the narrowed": self.covered[self.narrowed],
        }

    @property
    def coverage(self) -> dict[str, float]:
        """Share of intervals that hold the true value, by what they are of, if there are any."""
        return {name: float(held.mean()) for name, held in self.judged.items() if held.size}

    @property
    def within_limits(self) -> bool:
        """Whether every coverage of enough intervals lies between the limits."""
        enough = [held.mean() for held in self.judged.values() if held.size >= LEAST_JUDGED]
        return all(LEAST_COVERED <= share <= MOST_COVERED for share in enough)

    @property
    def too_narrow(self) -> dict[str, float]:
        """Kinds of intervals that hold fewer true values than 90 % and chance allow.

        By the binomial distribution at 5 %, one-sided. Of all intervals this is not asked: those of
        one truth stand and fall together, and most are as wide as their range.
        """
        from scipy.stats import binom

        chances = {
            name: float(binom.cdf(held.sum(), held.size, NOMINAL))
            for name, held in self.judged.items()
            if name != "all" and held.size
        }
        return {name: chance for name, chance in chances.items() if chance < TOO_FEW}

    def rows(self) -> list[Row]:
        """Return the rows of `recovery.csv`, values in the parameters' units."""
        covered = self.covered
        rows: list[Row] = []
        for truth, point in enumerate(self.points.tolist()):
            for at, factor in enumerate(self.factors):
                shares = np.array([self.truths[truth, at], *self.ends[truth, :, at]])
                true, low, middle, high = map(float, spread(factor, shares))
                rows.append(
                    {
                        "truth": truth,
                        "point": point,
                        "parameter": factor.name,
                        "true": true,
                        "q05": low,
                        "q50": middle,
                        "q95": high,
                        "width_ratio": float(self.widths[truth, at]),
                        "covered": "yes" if covered[truth, at] else "no",
                        "identified": "yes" if self.identified[at] else "no",
                        "effective_sets": float(self.sizes[truth]),
                    }
                )
        return rows

    def words(self) -> str:
        """Return what the study says in a sentence or two."""
        by_truth, sizes = self.covered.mean(axis=1), self.sizes
        identified = counted(int(self.identified.sum()), "identified parameter")
        of = {
            "all": "all true values",
            "the identified": f"those of the {identified}",
            "the narrowed": f"the {self.narrowed.sum()} that the synthetic figures narrow",
        }
        shares = ", ".join(f"{share:.0%} of {of[name]}" for name, share in self.coverage.items())
        limits = f"{LEAST_COVERED:.0%} to {MOST_COVERED:.0%}"
        text = (
            f"Recovery of {len(self.points)} synthetic truths: 90 % intervals hold {shares};"
            f" by truth {by_truth.min():.0%} to {by_truth.max():.0%}."
        )
        for name, chance in self.too_narrow.items():
            text += (
                f" Too narrow are those of {name}: so few by chance has probability {chance:.2g}."
            )
        if self.within_limits:
            text += f" Within the limits set, {limits}."
        else:
            text += f" Outside {limits}: the intervals are not to be trusted as they stand."
        if sizes.min() < LEAST_POINTS:
            text += (
                f" The poorest posterior rests on {sizes.min():.0f} effective sets of"
                f" {PROPOSALS:,}."
            )
        return text


def recover(
    calibration: Calibration,
    count: int,
    identified: Flags,
    folder: Path,
    workers: Workers,
) -> Recovery:
    """Draw synthetic truths, observe them, and seek them again.

    Args:
        calibration: The calibration whose waves emulate the model.
        count: How many truths to draw.
        identified: Which parameters it identifies: (parameters,).
        folder: The calibration's folder; the truths' histories go into one inside.
        workers: Threads or a cluster.

    Raises:
        InputError: The last wave has too few sets.
        OSError: The folder cannot be written.
    """
    plan, wave = calibration.plan, calibration.waves[-2]
    usable = np.flatnonzero(np.isfinite(wave.values).all(axis=2).any(axis=1))
    most = min(len(usable), len(wave.cube) - LEAST_POINTS)
    if not 1 <= count <= most:
        raise InputError(f"--recover {count}: {wave.name} has sets for 1 to {most} truths")
    random = np.random.default_rng([plan.seed, plan.waves + 2])
    points = np.sort(random.choice(usable, count, replace=False))
    held = np.isin(np.arange(len(wave.cube)), points)
    emulator = fit(wave.cube[~held], wave.values[~held], calibration.aims, wave.name)
    truths = wave.cube[points]
    seed = (plan.seed + 1) % (MOST_SEED + 1)
    experiment = experiment_of(plan, calibration.aims, truths, LUCKS, FOLDER, seed=seed)
    values, _ = simulate(experiment, calibration.aims, folder, workers)
    defined = np.isfinite(values).sum(axis=2)
    first = values[np.arange(len(truths)), defined.argmax(axis=1)]
    # What is observed of each truth, on the emulated scale: (truths, targets).
    scaled = [aim.scaled(first[:, at]) for at, aim in enumerate(calibration.aims)]
    noise = np.array([aim.spread for aim in calibration.aims])
    places = np.stack(scaled, axis=1) + random.normal(size=first.shape) * noise
    cube, _, _ = propose(plan, calibration.emulators[:-1], plan.waves + 2, PROPOSALS)
    ends, widths, sizes = seek(cube, emulator, places)
    return Recovery(plan.factors, points, truths, ends, widths, sizes, identified)


def seek(cube: Floats, emulator: Emulator, places: Floats) -> tuple[Floats, Floats, Floats]:
    """Return posteriors of observations: quantiles, width ratios, effective sizes.

    Args:
        cube: Sets of the prior as shares of their ranges: (sets, parameters).
        emulator: Gives the likelihood.
        places: Observations on the emulated scale, NaN where there is none: (truths, targets).

    Returns:
        Shapes (truths, 3, parameters), (truths, parameters) and (truths,). A width's prior is that
        of the sets themselves.
    """
    predicted = emulator.predict(cube)
    prior = np.quantile(cube, SHARES[[0, 2]], axis=0)
    prior_width = np.maximum(prior[1] - prior[0], PRIOR_WIDTH * 1e-6)
    ends, sizes = [], []
    for place in places:
        weights = normalised(emulator.log_density(predicted, place))
        ends.append(weighted_quantiles(cube, weights, SHARES))
        sizes.append(effective_size(weights))
    bounds = np.stack(ends)
    return bounds, (bounds[:, 2] - bounds[:, 0]) / prior_width, np.array(sizes)

"""Recovery: does calibration find parameters again that are known?

Synthetic truths are drawn from the sets of the last wave of history matching, which are spread
evenly over what the waves before had not ruled out. Each truth is observed: the targets of a run
with luck that no set of the calibration had, with normal noise of the figures' and the model's
error. The posterior are weights of many sets from the same region by the likelihood of an emulator
that never saw the truths. Prior and truths are one distribution, so 90 % intervals should contain
90 % of the true values.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.arrays import Flags
from sim.calibration.emulator import LEAST_POINTS, fit
from sim.calibration.waves import Calibration, propose, simulate
from sim.calibration.weights import effective_size, normalised, weighted_quantiles
from sim.draws import MOST_SEED
from sim.errors import InputError
from sim.results.cluster import Workers

PROPOSALS = 20_000
"""Sets among which all truths are sought."""
RUNS = 5
"""Runs of each truth; the first of those that define most targets is observed."""
SHARES = np.array([0.05, 0.5, 0.95])


def recover(
    calibration: Calibration, count: int, identified: Flags, folder: Path, workers: Workers
) -> pd.DataFrame:
    """Draw synthetic truths, observe them, and seek them again.

    Returns:
        A row per truth and parameter, values as shares of the range: `truth`, `parameter`, `true`,
        `q05`, `q50`, `q95`, `covered`, `identified`, `effective_sets`.
    """
    plan, wave = calibration.plan, calibration.waves[-2]
    usable = np.flatnonzero(np.isfinite(wave.values).all(axis=2).any(axis=1))
    most = min(len(usable), len(wave.cube) - LEAST_POINTS)
    if not 1 <= count <= most:
        raise InputError(f"--recover {count}: allowed: 1 to {most}")
    random = np.random.default_rng([plan.seed, plan.sizes.waves + 2])
    points = np.sort(random.choice(usable, count, replace=False))
    rest = ~np.isin(np.arange(len(wave.cube)), points)
    emulator = fit(wave.cube[rest], wave.values[rest], calibration.aims, wave.name)
    truths = wave.cube[points]
    seed = (plan.seed + 1) % (MOST_SEED + 1)
    values = simulate(
        plan, calibration.aims, truths, RUNS, "recovery", seed, folder, workers, fresh=True
    )
    defined = np.isfinite(values).sum(axis=2)
    first = values[np.arange(len(truths)), defined.argmax(axis=1)]
    scaled = np.stack([a.scaled(first[:, at]) for at, a in enumerate(calibration.aims)], axis=1)
    noise = np.array([aim.spread for aim in calibration.aims])
    places = scaled + random.normal(size=first.shape) * noise
    cube, _, _ = propose(plan, calibration.emulators[:-1], plan.sizes.waves + 2, PROPOSALS)
    predicted = emulator.predict(cube)
    table = []
    for truth, place in enumerate(places):
        weights = normalised(emulator.log_density(predicted, place))
        low, middle, high = weighted_quantiles(cube, weights, SHARES)
        table.append(
            pd.DataFrame(
                {
                    "truth": truth,
                    "parameter": [factor.name for factor in plan.factors],
                    "true": truths[truth],
                    "q05": low,
                    "q50": middle,
                    "q95": high,
                    "covered": (low <= truths[truth]) & (truths[truth] <= high),
                    "identified": identified,
                    "effective_sets": effective_size(weights),
                }
            )
        )
    return pd.concat(table, ignore_index=True)

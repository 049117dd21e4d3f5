"""Does calibration find parameters again that are known?

`uv run python docs/recovery.py results/calibration` asks it of a finished calibration and writes
`recovery.csv` into its folder.

Synthetic truths are drawn from the sets of the last wave of history matching, which are spread
evenly over what the waves before had not ruled out. Each truth is observed: the targets of a run
with luck that no set of the calibration had, with normal noise of the figures' and the model's
error. The posterior are weights of many sets from the same region by the likelihood of an emulator
that never saw the truths. Prior and truths are one distribution, so 90% intervals should contain
90% of the true values.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import softmax

from sim.arrays import Flags
from sim.calibration import parameter_table
from sim.calibration.emulator import LEAST_POINTS, fit
from sim.calibration.plan import load_calibration
from sim.calibration.raking import effective_size, weighted_quantiles
from sim.calibration.waves import Calibration, propose, run_waves, simulate
from sim.draws import MOST_SEED
from sim.errors import InputError
from sim.results.effects import wilson
from sim.results.runner import Workers
from sim.results.store import write_csv

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
        raise InputError(f"--truths {count}: allowed: 1 to {most}")
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
        weights = softmax(emulator.log_density(predicted, place))
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Seek synthetic truths again, and print in which share they are found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of a finished calibration")
    parser.add_argument("--file", default="calibration", help="the calibration's name or file")
    parser.add_argument("--truths", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    workers = Workers(asked.threads)
    calibration = run_waves(load_calibration(asked.file), asked.folder, workers)
    identified = parameter_table(calibration)["identified"].to_numpy()
    table = recover(calibration, asked.truths, identified, asked.folder, workers)
    write_csv(asked.folder / "recovery.csv", table)
    known = table[table["identified"]]
    for words, part in (("all true values", table), ("those of identified parameters", known)):
        if len(part):
            share = float(part["covered"].mean())
            low, high = (100 * end for end in wilson(share, len(part)))
            ends = f"{100 * share:.0f}% ({low:.0f} to {high:.0f})"
            print(f"90% intervals contain {ends} of {words}, of {asked.truths} truths.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

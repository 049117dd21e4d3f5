"""Does calibration find parameters again that are known?

`uv run python analyses/recovery.py results/calibration` asks it of a finished calibration and
writes `recovery.csv` into its folder. `--fates` asks it of the record of fates, without a
calibration.

Synthetic truths are drawn from the sets of the last wave of history matching, which are spread
evenly over what the waves before had not ruled out. Each truth is observed: the targets of a run
with luck that no set of the calibration had, with normal noise of the figures' and the model's
error. The posterior are weights of many sets from the same region by the likelihood of an emulator
that never saw the truths. Prior and truths are one distribution, so 90% intervals should contain
90% of the true values.

With `--fates`, worlds are runs of sets of the prior. The record of a world is that of its own
observer of fates, with as many expiries as were found in the press. All other sets are weighed by
its counts, pooled over further runs of each, as the last step of a calibration does. Their 90%
intervals of what is left ten years after the offer ends, and of the parameters, should contain
those of the world.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import softmax

from sim.calibration import parameter_table
from sim.calibration.emulator import LEAST_POINTS, fit
from sim.calibration.plan import counted, load_calibration
from sim.calibration.raking import effective_size, weighted_quantiles
from sim.calibration.waves import Calibration, propose, run_waves, simulate
from sim.errors import InputError
from sim.estimates.effects import wilson
from sim.estimates.targets import COUNTERPARTS, counterpart_counts
from sim.experiment import Keep, design_of
from sim.measures.bands import ENDS
from sim.measures.counts import is_share, log_likelihood
from sim.model.draws import MOST_SEED
from sim.runs.dataset import Results
from sim.runs.store import write_csv
from sim.runs.workers import Workers
from sim.scenario import load_scenario
from sim.studies.hindcast import prior_sets
from sim.studies.retention import surviving_share
from sim.studies.sources import run_experiment
from sim.world.arrays import Flags, Floats
from sim.world.documented import PublishedFigure

PROPOSALS = 20_000
"""Sets among which all truths are sought."""
RUNS = 5
"""Runs of each truth; the first of those that define most targets is observed."""
SHARES = np.array([ENDS[0], 0.5, ENDS[1]])
SETS, RUNS_OF_SET, WORLDS = 1000, 3, 80
"""Sets of the prior for `--fates`, runs of each, and how many of their first runs are worlds."""
WITHDRAWN, SINCE, YEARS_AFTER = "offer-withdrawn-2030", 2029, 10
LEFT = "survival"


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


def prior_runs(count: int, runs: int, folder: Path) -> Results:
    """Run sets of the prior with the offer withdrawn."""
    scenario = load_scenario(WITHDRAWN, overrides={"horizon.end": SINCE + YEARS_AFTER})
    columns = [column for target in counted() for column in COUNTERPARTS[target.id].columns]
    keep = Keep(outcomes=tuple(dict.fromkeys(columns)), countries=("working",))
    plausible, scenarios = prior_sets(scenario, count), {scenario.name: scenario}
    design = design_of(scenarios, runs=count * runs, seed=1, plausible=plausible, keep=keep)
    return run_experiment(design, {"out": folder / f"prior-{count}-{runs}"})


def record_of(
    target: PublishedFigure, counts: Floats, random: np.random.Generator
) -> PublishedFigure:
    """Return what the record of a run would count: of shares, so many cases as the real one has."""
    events, exposure = counts
    if is_share(target):
        cases = int(min(exposure, target.exposure or exposure))
        events = random.hypergeometric(events, exposure - events, cases) if cases else 0
        exposure = cases
    return replace(target, count=float(events), exposure=float(exposure))


def recover_fates(
    targets: Sequence[PublishedFigure],
    observed: Floats,
    pooled: Floats,
    values: pd.DataFrame,
    worlds: int,
    seed: int,
) -> pd.DataFrame:
    """Take runs as worlds, observe their fates, and seek them again among all other sets.

    Args:
        targets: What is counted.
        observed: Events and exposure of each in a run of every set: (targets, sets, 2).
        pooled: The same over its further runs.
        values: A row per set with what is sought.
        worlds: How many are sought.
        seed: Of the choice of worlds and cases.

    Returns:
        As :func:`recover`, `parameter` being a column of the values.
    """
    random = np.random.default_rng(seed)
    columns, table = values.to_numpy(), []
    for truth in np.sort(random.choice(len(columns), worlds, replace=False)):
        logs = np.zeros(len(columns))
        for target, own, others in zip(targets, observed, pooled, strict=True):
            record = record_of(target, own[truth], random)
            if record.exposure:  # who was never reported on says nothing
                logs += log_likelihood(record, others)
        logs[truth] = -np.inf
        weights = softmax(logs)
        low, middle, high = weighted_quantiles(columns, weights, SHARES)
        found = {"true": columns[truth], "q05": low, "q50": middle, "q95": high,
                 "covered": (low <= columns[truth]) & (columns[truth] <= high),
                 "effective_sets": effective_size(weights)}  # fmt: skip
        table.append(pd.DataFrame({"truth": truth, "parameter": values.columns, **found}))
    return pd.concat(table, ignore_index=True)


def of_prior(count: int, runs: int, worlds: int, folder: Path) -> pd.DataFrame:
    """Seek worlds of the prior again by their records of fates."""
    results = prior_runs(count, runs, folder)
    each = [counterpart_counts(results, target.id) for target in counted()]
    counts = np.stack([own for own in each if own is not None])
    order = np.argsort(results.set_of_run, kind="stable").reshape(count, runs)
    first = order[:, 0]
    left = surviving_share(results, 0, SINCE, YEARS_AFTER)[first]
    known = np.isfinite(left)
    sets = results.parameters.drop(columns="parameter_set").iloc[first]
    values = pd.concat([sets, pd.Series(left, sets.index, name=LEFT)], axis=1)[known]
    observed, pooled = counts[:, first], counts[:, order[:, 1:]].sum(axis=2)
    return recover_fates(counted(), observed[:, known], pooled[:, known], values, worlds, seed=1)


def narrowed(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is sought, by how much of its spread between worlds its intervals leave."""
    table = table.assign(width=table["q95"] - table["q05"])
    by = table.groupby("parameter", sort=False)
    low, high = (by["true"].quantile(end) for end in ENDS)
    rows = {"covered": by["covered"].mean(), "width": by["width"].mean() / (high - low)}
    return pd.DataFrame(rows).sort_values("width")


def main(arguments: Sequence[str] | None = None) -> None:
    """Seek synthetic truths again, and print in which share they are found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of a finished calibration; of prior runs")
    parser.add_argument("--file", default="calibration", help="the calibration's name or file")
    parser.add_argument("--truths", type=int, help=f"20; {WORLDS} of the record of fates")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fates", action="store_true", help="of the record of fates")
    asked = parser.parse_args(arguments)
    if asked.fates:
        table = of_prior(SETS, RUNS_OF_SET, asked.truths or WORLDS, asked.folder)
        write_csv(asked.folder / "recovery-fates.csv", table)
        left, exits = (table[table["parameter"].str.startswith(n)] for n in (LEFT, "contracts."))
        parts = (("all true values", table), ("parameters of contracts", exits))
        parts += (("the shares left", left),)
        print(narrowed(table).head(10).round(2).to_string())
    else:
        workers = Workers(asked.threads)
        calibration = run_waves(load_calibration(asked.file), asked.folder, workers)
        identified = parameter_table(calibration)["identified"].to_numpy()
        table = recover(calibration, asked.truths or 20, identified, asked.folder, workers)
        write_csv(asked.folder / "recovery.csv", table)
        known = table[table["identified"]]
        parts = (("all true values", table), ("those of identified parameters", known))
    for words, part in parts:
        if len(part):
            share = float(part["covered"].mean())
            low, high = (100 * end for end in wilson(share, len(part)))
            ends = f"{100 * share:.0f}% ({low:.0f} to {high:.0f})"
            print(f"90% intervals contain {ends} of {words}, of {part['truth'].nunique()} truths.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

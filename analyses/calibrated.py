"""The tables of a finished calibration in calibration.md, and whether the method finds truths.

`uv run --extra calibration python analyses/calibrated.py results/calibration` makes the tables:
what the figures move, and survival under prior and weights. `--truths` asks instead which share of
planted parameters is found again, and writes `recovery.csv` into the folder; `--fates` asks it of
the record of fates, without a calibration, and writes `recovery-fates.csv`.

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
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tables
from scipy.special import softmax

from sim.calibration import parameter_table
from sim.calibration.emulator import fit
from sim.calibration.plan import counted, load_calibration, scaled, spread_of
from sim.calibration.raking import (
    PRIOR_MEAN,
    PRIOR_SD,
    effective_size,
    unseen,
    weighted_quantiles,
    width_ratios,
)
from sim.calibration.waves import Calibration, propose, run_waves, target_values
from sim.estimates.effects import wilson
from sim.estimates.targets import COUNTERPARTS, counterpart_counts
from sim.experiment import Factor, Keep, design_of, lay_over, prior_sets
from sim.measures.bands import ENDS
from sim.measures.counts import is_share, log_likelihood
from sim.model.draws import MOST_SEED
from sim.runs.dataset import Results
from sim.runs.runner import run_design
from sim.runs.store import write_csv
from sim.runs.workers import Workers
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.withdrawal import WITHDRAWN
from sim.studies.report import text
from sim.studies.retention import surviving_share
from sim.studies.sources import run_experiment
from sim.world.arrays import Flags, Floats
from sim.world.documented import PublishedFigure

RUNS_OF_HEADLINE = 512
DRAWN, RAKED = "weighed by the figures", "and raked"
TRUTHS = 20

PROPOSALS = 20_000
"""Sets among which all truths are sought."""
RUNS = 5
"""Runs of each truth; the first of those that define most targets is observed."""
SHARES = np.array([ENDS[0], 0.5, ENDS[1]])
SETS, RUNS_OF_SET, WORLDS = 1000, 3, 80
"""Sets of the prior for `--fates`, runs of each, and how many of their first runs are worlds."""
SINCE, YEARS_AFTER = 2029, 10
LEFT = "survival"

type Weights = Mapping[str, Floats]
"""Weights of the sets, by words for them."""


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
    random = np.random.default_rng([plan.seed, plan.sizes.waves + 2])
    points = np.sort(random.choice(usable, count, replace=False))
    rest = ~np.isin(np.arange(len(wave.cube)), points)
    emulator = fit(wave.cube[rest], wave.values[rest], calibration.aims, wave.name)
    truths = wave.cube[points]
    seed = (plan.seed + 1) % (MOST_SEED + 1)
    design = plan.design(truths, RUNS, "recovery", seed)
    results = run_design(design, folder / "recovery", workers=workers, fresh=True)
    values = target_values(results, calibration.aims)
    defined = np.isfinite(values).sum(axis=2)
    first = values[np.arange(len(truths)), defined.argmax(axis=1)]
    seen = np.stack([scaled(of, first[:, at]) for at, of in enumerate(calibration.aims)], axis=1)
    noise = np.array([spread_of(aim) for aim in calibration.aims])
    places = seen + random.normal(size=first.shape) * noise
    cube, _ = propose(plan, calibration.emulators[:-1], plan.sizes.waves + 2, PROPOSALS)
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


def moved(factors: Sequence[Factor], cube: Floats, weights: Weights) -> str:
    """Return the parameters that the figures move, the most moved first.

    Moved is a parameter that raking would not set back to its prior, by the first of the weights.

    Args:
        factors: The parameters.
        cube: The sets as shares of their ranges: (sets, parameters).
        weights: Of the sets, by words for them.
    """
    first = next(iter(weights.values()))
    widths = width_ratios(cube, first)
    shifts = (np.average(cube, axis=0, weights=first) - PRIOR_MEAN) / PRIOR_SD
    places = np.flatnonzero(~unseen(cube, first))
    places = places[np.argsort(-np.maximum(np.abs(shifts), 1.0 - widths)[places], kind="stable")]
    shares = np.array([ENDS[0], 0.5, ENDS[1]])
    spans = [spelled(factors, np.full((len(factors), 3), shares).T)]
    spans += [spelled(factors, weighted_quantiles(cube, own, shares)) for own in weights.values()]
    rows = [
        (f"`{factors[at].name}`", factors[at].unit, *(each[at] for each in spans),
         f"{round(shifts[at], 1) + 0.0:+.1f}".replace("-", "−"), f"{100 * widths[at]:.0f}%")
        for at in places.tolist()
    ]  # fmt: skip
    return tables.table(
        ("parameter", "unit", "prior", *weights, "mean, prior's deviations", "width"), rows
    )


def spelled(factors: Sequence[Factor], shares: Floats) -> list[str]:
    """Return medians with their 90% intervals, of shares of the ranges: (3, parameters)."""
    ends: Any = np.array(lay_over(factors, shares).points, np.float64).T
    return [f"{text(middle)} ({text(low)} to {text(high)})" for low, middle, high in ends]


def headline(
    keys: Sequence[str], columns: Mapping[str, PlausibleSets], runs: int, folder: Path
) -> str:
    """Return what is left where the offer is withdrawn, under the prior and each of the weights."""
    import findings

    findings.TRIAL["folder"] = folder
    columns = {"prior": prior_sets(load_scenario("baseline"), runs, keys), **columns}
    cells = {words: findings.prior_column(words, sets, runs) for words, sets in columns.items()}
    rows = [(name, *(own[name] for own in cells.values())) for name in cells["prior"]]
    return tables.table(("where the offer is withdrawn", *cells), rows)


def tables_of(found: Calibration, folder: Path) -> dict[str, str]:
    """Return the tables of a calibration; survival is simulated."""
    factors, cube = found.plan.factors, found.cube
    weights = {DRAWN: found.drawn, RAKED: found.weights}
    names, rows = tuple(factor.name for factor in factors), lay_over(factors, cube).points
    sets: Any = {of: PlausibleSets(names, rows, tuple(own)) for of, own in weights.items()}
    sizes = [f"{effective_size(own):.0f} {words}" for words, own in weights.items()]
    return {
        "headline": headline(names, sets, RUNS_OF_HEADLINE, folder),
        "moved": f"{moved(factors, cube, weights)}\n\n{len(cube)} sets, worth of equal weight:"
        f" {', '.join(sizes)}.",
    }


def main() -> None:
    """Rewrite the tables, or print in which share the record of fates finds truths."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of a finished calibration; of prior runs")
    parser.add_argument("--file", default="calibration", help="the calibration's name or file")
    parser.add_argument("--truths", action="store_true", help="seek planted parameters")
    parser.add_argument("--fates", action="store_true", help="seek them by the record of fates")
    asked = parser.parse_args()
    if asked.fates:
        table = of_prior(SETS, RUNS_OF_SET, WORLDS, asked.folder)
        left, exits = (table[table["parameter"].str.startswith(n)] for n in (LEFT, "contracts."))
        parts = {"all": table, "of contracts": exits, "survival": left}
        print(narrowed(table).head(10).round(2).to_string())
        print("rank correlation:", left["q50"].corr(left["true"], method="spearman"))
    else:
        workers = Workers(2)
        found = run_waves(load_calibration(asked.file), asked.folder, workers)
        if not asked.truths:
            with tempfile.TemporaryDirectory() as temporary:
                tables.rewrite(tables_of(found, Path(temporary)), "calibration.md")
            return
        identified = parameter_table(found)["identified"].to_numpy()
        table = recover(found, TRUTHS, identified, asked.folder, workers)
        parts = {"all": table, "identified": table[table["identified"]]}
    write_csv(asked.folder / f"recovery{'-fates' if asked.fates else ''}.csv", table)
    for words, part in parts.items():
        share = float(part["covered"].mean())
        low, high = (100 * end for end in wilson(share, len(part)))
        print(f"{words}: 90% intervals contain {100 * share:.0f}% ({low:.0f} to {high:.0f})")


if __name__ == "__main__":
    main()

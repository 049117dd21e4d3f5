"""Do figures up to a year predict the later ones? The tables of the hindcast in calibration.md.

`uv run python analyses/hindcast.py` runs sets of the prior once, for all years of the page: some
two minutes. `--keep DIR` keeps the runs there, `--runs N` makes so many.

The shipped sets would not do: all figures chose them. Each run of the prior counts by the
likelihood of the earlier figures; where that leaves few sets, by a power of it, and a linear
regression is the rest, as in the bridge between particle and Kalman filters of Frei & Künsch (2013,
Biometrika 100).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tables
from scipy.optimize import brentq
from scipy.special import softmax
from scores import Forecast, persistence

from sim.estimates import targets
from sim.experiment import Keep, design_of, prior_sets
from sim.measures.bands import ENDS
from sim.model.units import RATED, REGION
from sim.runs.dataset import Results
from sim.scenario import BASELINE, load_scenario
from sim.studies.report import bands, text
from sim.studies.sources import run_experiment
from sim.world.arrays import Floats, Whole
from sim.world.documented import PublishedFigure
from sim.world.seeds import shipped_seeds

YEARS, RUNS = (2015, 2018, 2019, 2021), 8192
FEWEST_SETS = 20.0
"""Effective sets below which predictions depend on the linear step."""
ENOUGH_SETS = 100.0
"""With fewer, the ends of a 90% interval rest on a few sets each."""
LEAST_POWER = 1e-6
DRAWS = 20261129
MODEL, PRIOR, SIMPLE = "model", "prior", "persistence"
SIGMAS = 2.0


@dataclass(frozen=True)
class Conditioned:
    """Runs, conditioned on figures.

    Attributes:
        values: Later numbers of each run, moved by the linear step: (runs, later).
        weights: They add up to 1: (runs,).
        power: Power of the likelihood behind the weights; 1: no linear step.
        effective: Effective sets under the whole likelihood.
    """

    values: Floats
    weights: Floats
    power: float
    effective: float


def effective_sets(weights: Floats, sets: Whole) -> float:
    """Return the effective number of parameter sets (Kish 1965)."""
    sums = np.bincount(sets, weights)
    return float(sums.sum() ** 2 / (sums**2).sum())


def condition(
    earlier: Floats, observed: Floats, noise: Floats, later: Floats, sets: Whole
) -> Conditioned:
    """Return the later numbers of runs, given earlier figures.

    Args:
        earlier: Each run's number for each figure, (runs, figures); with a NaN it has no weight.
        observed: The figures.
        noise: Their standard errors.
        later: Numbers to predict, (runs, later); NaN stays NaN.
        sets: The parameter set of each run.
    """
    logs = targets.log_density(earlier, observed, noise)
    good = np.isfinite(logs)
    logs = np.where(good, logs, logs[good].min())

    def weighed(power: float) -> Floats:
        weights = np.where(good, softmax(power * logs), 0.0)
        return np.asarray(weights / weights.sum())

    # Weights are a power of the likelihood, the largest up to 1 that leaves enough sets.
    effective, power = effective_sets(weighed(1.0), sets), 1.0
    enough = min(ENOUGH_SETS, 0.9 * effective_sets(weighed(LEAST_POWER), sets))
    if effective < enough:
        power = float(brentq(lambda p: effective_sets(weighed(p), sets) - enough, LEAST_POWER, 1.0))
    weights = weighed(power)
    if power == 1.0:
        return Conditioned(later, weights, power, effective)
    # The rest of the likelihood moves later numbers by their linear regression on earlier ones, as
    # in the ensemble Kalman filter.
    scaled = np.where(good[:, np.newaxis], (earlier - observed) / noise, 0.0)
    known = np.where(np.isfinite(later), later, np.nanmean(later, axis=0))
    apart = scaled - weights @ scaled
    both = (weights[:, np.newaxis] * apart).T
    left = np.eye(len(observed)) / (1.0 - power)
    gain = np.linalg.solve(both @ apart + left, both @ (known - weights @ known))
    errors = np.random.default_rng(DRAWS).normal(size=scaled.shape) / np.sqrt(1.0 - power)
    return Conditioned(later - (scaled + errors) @ gain, weights, power, effective)


def date_of(target: PublishedFigure) -> tuple[int, float]:
    """Return the last year that a figure needs, and its place in time, between ends of years."""
    entry = targets.COUNTERPARTS[target.id]
    return max(entry.years), float(np.mean(entry.years)) + 1.0


def quantity(target: PublishedFigure) -> tuple[Any, ...]:
    """Return what a figure counts, whatever its date."""
    entry = targets.COUNTERPARTS[target.id]
    return entry.columns, entry.kind, entry.group


def dated_figures() -> list[PublishedFigure]:
    """Return the figures that can be scored."""
    # Exposures of the counts of the record of fates are on both sides of any year, and of a figure
    # within two errors of zero no score is a share.
    return [
        target
        for target in shipped_seeds().targets
        if target.bound == "value" and target.use != targets.JUDGED and target.count is None
        and target.value > SIGMAS * (target.sigma or 0.0)
    ]  # fmt: skip


def earlier_and_later(year: int) -> tuple[list[PublishedFigure], list[PublishedFigure]]:
    """Return the fitted figures dated up to a year, and all later ones."""
    known = dated_figures()
    earlier = [t for t in known if t.use == targets.FITTED and date_of(t)[0] <= year]
    # A figure that is read in several ways is scored in the first.
    later = {
        (target.source, target.value, target.period): target
        for target in reversed(known)
        if date_of(target)[0] > year
    }
    quantities = [quantity(target) for target in known]
    order = sorted(later.values(), key=lambda t: (quantities.index(quantity(t)), date_of(t)[1]))
    return earlier, order


def numbers(results: Results, figures: Sequence[PublishedFigure]) -> Floats:
    """Return what each run says of figures: (runs, figures)."""
    each = (targets.counterpart_values(results, target.id) for target in figures)
    return np.stack([values for values in each if values is not None], axis=1)


def scores(results: Results, year: int) -> tuple[pd.DataFrame, Conditioned]:
    """Return a row per figure after the year and method of prediction, and the weights."""
    earlier, later = earlier_and_later(year)
    observed, noise = np.array([(t.value, targets.noise_of(t)) for t in earlier]).T
    own = numbers(results, later)
    given = condition(numbers(results, earlier), observed, noise, own, results.set_of_run)
    rows = []
    for at, target in enumerate(later):
        width, prior = targets.noise_of(target), own[:, at][np.isfinite(own[:, at])]
        known = np.isfinite(given.values[:, at]) & (given.weights > 0.0)
        methods = {
            MODEL: Forecast(given.values[known, at], given.weights[known], width),
            PRIOR: Forecast(prior, np.ones(len(prior)), width),
        }
        same = [t for t in dated_figures() if quantity(t) == quantity(target)
                and date_of(t)[0] <= year]  # fmt: skip
        if same and targets.COUNTERPARTS[target.id].formula in ("last", "mean"):
            last = max(same, key=lambda t: date_of(t)[1])
            methods[SIMPLE] = persistence(last.value, targets.noise_of(last), width)
        for method, forecast in methods.items():
            pit = forecast.below(target.value)
            low, high = (forecast.quantile(end) for end in ENDS)
            error = forecast.crps(target.value) / target.value
            rows.append(
                (target.id, target.value, str(quantity(target)), method, forecast.mean, low, high,
                 ENDS[0] <= pit <= ENDS[1], pit, error)
            )  # fmt: skip
    columns = ["target", "observed", "quantity", "method", "mean", "q05", "q95", "inside", "pit",
               "error"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns), given


def error_of(table: pd.DataFrame, method: str, among: pd.Series[str] | None = None) -> str:
    """Return a mean error in percent; several figures of one quantity count as one."""
    own = table[table["method"] == method]
    own = own if among is None else own[own["target"].isin(among)]
    return text(100.0 * own.groupby("quantity")["error"].mean().mean())


def summary(found: dict[int, tuple[pd.DataFrame, Conditioned]]) -> str:
    """Return the table of years: what the figures leave, and how well they predict."""
    rows = []
    for year, (table, given) in found.items():
        own = table[table["method"] == MODEL]
        simple = table.loc[table["method"] == SIMPLE, "target"]
        few = " ?" if given.effective < FEWEST_SETS else ""
        beside = f"{error_of(table, SIMPLE)}; {error_of(table, MODEL, simple)}"
        rows.append(
            (str(year), f"{given.effective:.0f}{few}", f"{given.power:.2f}",
             f"{own['inside'].sum()} of {len(own)}", text(own["pit"].mean()),
             error_of(table, MODEL), error_of(table, PRIOR), beside if len(simple) else "")
        )  # fmt: skip
    heads = ("figures to", "effective sets", "power of the weights", "inside 90%", "mean PIT",
             "error, %", "of the prior", "of persistence; the model's on the same")  # fmt: skip
    return tables.table(heads, rows)


def predictions(found: dict[int, tuple[pd.DataFrame, Conditioned]]) -> str:
    """Return the table of figures and what each year's hindcast predicts; misses are bold."""
    columns = {}
    for year, (table, _) in found.items():
        own = table[table["method"] == MODEL]
        cells = [
            cell if inside else f"**{cell}**"
            for cell, inside in zip(bands(own), own["inside"], strict=True)
        ]
        columns[year] = pd.Series(cells, own["target"])
    first = found[YEARS[0]][0]
    rows = [
        (
            f"`{row.target}`",
            f"{row.observed:,.4g}",
            *(columns[y].get(row.target, "") for y in YEARS),
        )
        for row in first[first["method"] == MODEL].itertuples()
    ]
    heads = ("figure", "published", *(f"from figures to {year}" for year in YEARS))
    return tables.table(heads, rows)


def main() -> None:
    """Run, and rewrite the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    parser.add_argument("--runs", type=int, default=RUNS)
    asked = parser.parse_args()
    known = dated_figures()
    # Years after the last figure cost time and change nothing.
    last = max(date_of(target)[0] for target in known)
    scenario = load_scenario(BASELINE, overrides={"horizon.end": last})
    entries = [targets.COUNTERPARTS[target.id] for target in known]
    columns = dict.fromkeys(column for entry in entries for column in entry.columns)
    keep = Keep(outcomes=tuple(columns), groups=(RATED, REGION))
    design = design_of(
        {BASELINE: scenario}, runs=asked.runs, seed=1, plausible=prior_sets(scenario, asked.runs),
        keep=keep,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        results = run_experiment(design, {"out": asked.keep or Path(temporary) / "hindcast"})
        found = {year: scores(results, year) for year in YEARS}
    tables.rewrite(
        {"hindcast": summary(found), "predictions": predictions(found)}, "calibration.md"
    )


if __name__ == "__main__":
    main()

"""Effects and means over runs: the one place where an error, an interval or a test is computed.

Effects of a dataset's points against its reference point stand in two tables: of outcomes, and of
countries.

Each run has one of the plausible parameter sets, and runs of a set are alike. Most of what differs
between runs differs between sets: as if all runs were independent, errors would go on falling with
the number of runs, while what is known of the parameters stays the same. So errors are **clustered
by parameter set**: what is left over is summed within each set, and the sets are the sample. Sets
are dealt to runs by their weights, so that a heavy set has more runs and counts for more.

Where each run has a set of its own, or all share the documented values, a run is its own cluster,
and all formulas become the usual ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.arrays import Flags, Floats, Whole
from sim.errors import InputError
from sim.results.bands import quantiles
from sim.results.dataset import Results
from sim.results.variables import PARAMETER_SET, POINT, RUN, YEAR
from sim.rules import choose
from sim.units import VENDOR, WORLD

CONFIDENCE = 0.95
"""Of intervals of means and shares."""
FALSE_SHARE = 0.05
"""Share of false ones among the changes that are named, in expectation."""
RESAMPLED = 1000
"""How often parameter sets are resampled for an interval."""
BY_SET = (
    "Errors and 95% intervals are clustered by parameter set: beyond a few hundred runs, more runs"
    " narrow them little."
)


def by_set(results: Results) -> str:
    """Return what stands below effects: the runs' parameters, and how errors are taken."""
    parameters = f"Parameters: {results.basis}."
    if any(folder.n_runs > results.n_runs for folder in results.folders):
        parameters = f"Of all, the first {results.n_runs:,} runs are paired. {parameters}"
    return f"{parameters} {BY_SET}" if results.plausible_sha256 else parameters


BEYOND_CHANCE = (
    "Named: a country that changes beyond chance (exact sign test over parameter sets, 5% false"
    " discoveries among all countries)."
)
"""What stands below whatever names countries that change."""


def sizes_of(sets: Whole) -> tuple[Whole, float]:
    """Return each run's cluster from 0, and the effective number of clusters.

    Args:
        sets: The parameter set of each run.

    Returns:
        The effective number is that of equally large clusters that would tell as much (Kish 1965).
        A single set is no sample: its runs are then the clusters.
    """
    _, cluster, counts = np.unique(sets, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        cluster, counts = np.arange(len(sets)), np.ones(len(sets), np.int64)
    shares = counts / counts.sum()
    return cluster, float(1.0 / (shares**2).sum()) if len(shares) else 0.0


def sums_by(cluster: Whole, values: Floats) -> Floats:
    """Return the sum of runs in each cluster: (clusters, ...).

    Args:
        cluster: Of each run, from 0, none left out.
        values: (runs, ...).
    """
    order = np.argsort(cluster, kind="stable")
    starts = np.searchsorted(cluster[order], np.arange(cluster.max() + 1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))


@dataclass(frozen=True)
class Mean:
    """A mean over runs; all arrays have the shape of one run's values.

    Attributes:
        mean: Of all runs.
        error: Its standard error, clustered by parameter set; NaN for a single run.
        low: Lower end of the 95% interval of the mean; NaN likewise.
        high: Its upper end.
        sets: Effective number of parameter sets on which the interval rests.
    """

    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    sets: float

    @property
    def p_value(self) -> Floats:
        """Of the hypothesis that the mean is zero, by Student's t; 1 for a single run."""
        from scipy.special import stdtr  # `scipy.stats` takes 40 MB

        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.where(self.mean == 0.0, 0.0, np.abs(self.mean) / self.error)
        p = 2.0 * stdtr(max(self.sets - 1.0, 1.0), -size)
        return np.asarray(np.where(np.isnan(p), 1.0, p))


def mean_of(values: Floats, sets: Whole) -> Mean:
    """Return the mean over runs with its error, clustered by parameter set.

    The error is that of a weighted mean of the sets' means (the "sandwich" of survey statistics),
    with the correction that makes it unbiased where sets are equally large.

    Args:
        values: (runs, ...).
        sets: The parameter set of each run: (runs,).
    """
    from scipy.special import stdtrit

    cluster, size = sizes_of(sets)
    mean = values.mean(axis=0)
    if size <= 1.0:
        unknown = np.full(np.shape(mean), np.nan)
        return Mean(mean, unknown, unknown, unknown, size)
    rest = sums_by(cluster, values - mean) / len(values)
    error = np.sqrt((rest**2).sum(axis=0) * size / (size - 1.0))
    reach = stdtrit(size - 1.0, (1.0 + CONFIDENCE) / 2.0) * error
    return Mean(mean, error, mean - reach, mean + reach, size)


def effect_of(reference: ArrayLike, alternative: ArrayLike, sets: Whole) -> pd.DataFrame:
    """Compare two arrays run by run: alternative less reference.

    Args:
        reference: (runs, ...).
        alternative: The same shape; runs in the same order.
        sets: The parameter set of each run.

    Returns:
        A row per number of a run: `reference_mean`, `alternative_mean`, and of the difference
        `mean`, `q05` to `q95` (they contain 90% of runs), `standard_error`, `low`, `high` (95%
        interval of the mean), `share_up` and `share_down` (shares of runs in which it rises and
        falls; in all others it is exactly the same) and `p_value`.
    """
    before, after = (np.asarray(values, np.float64) for values in (reference, alternative))
    each = after - before
    mean = mean_of(each, sets)
    columns = {
        "reference_mean": before.mean(axis=0),
        "alternative_mean": after.mean(axis=0),
        **quantiles(each, axis=0),
        "standard_error": mean.error,
        "low": mean.low,
        "high": mean.high,
        "share_up": (each > 0.0).mean(axis=0),
        "share_down": (each < 0.0).mean(axis=0),
        "p_value": mean.p_value,
    }
    return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})


def rank_correlations(values: pd.DataFrame, outcome: ArrayLike) -> pd.DataFrame:
    """Return Spearman's rank correlation of each column with an outcome of the same runs.

    Args:
        values: A row per run, each with a parameter set of its own.
        outcome: (runs,).

    Returns:
        A row per column: `rank_correlation`, `low`, `high` (95% interval: Bonett & Wright 2000).
    """
    result = pd.Series(np.asarray(outcome), values.index)
    ranks = values.corrwith(result, method="spearman").fillna(0.0)
    error = np.sqrt((1.0 + ranks**2 / 2.0) / (len(values) - 3.0))
    reach = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0) * error
    middle = np.arctanh(ranks)
    ends = {"low": np.tanh(middle - reach), "high": np.tanh(middle + reach)}
    return pd.DataFrame({"rank_correlation": ranks, **ends})


class Factor(NamedTuple):
    """How much likelier one model makes the figures than another.

    Attributes:
        factor: Bayes factor of the first against the second; NaN if neither can give the figures.
        low: Lower end of its 95% interval, by resampling parameter sets.
        high: Upper end.
        sets: Equally heavy parameter sets on which it rests (Kish 1965), those of the model that
            rests on fewer.
    """

    factor: float
    low: float
    high: float
    sets: float


def bayes_factor(first: Floats, second: Floats, chosen: Floats, sets: Whole) -> Factor:
    """Return the Bayes factor of a model against another, with one prior and the same draws.

    Sets were dealt to runs by weights that their likelihood gave them. Divided by that likelihood,
    runs stand for the prior where calibration looked, so that the mean likelihood of each model's
    runs estimates its evidence, up to the same constant (importance sampling: Kass & Raftery 1995,
    4.1). The runs must be others than those that gave the weights. Where one model's best
    parameters lie elsewhere, its evidence is understated.

    Args:
        first: Logarithm of the likelihood of each run of the first model: (runs,).
        second: The same of the second, run by run with the same set and draws.
        chosen: Logarithm of the likelihood by which each run's set was chosen: (runs,).
        sets: The parameter set of each run.
    """
    logs = np.stack([first, second]) - chosen
    largest = logs.max(initial=-np.inf)
    if not np.isfinite(largest):
        return Factor(np.nan, np.nan, np.nan, 0.0)
    # A column per set: what its runs add to either sum.
    sums = sums_by(sizes_of(sets)[0], np.exp(logs - largest).T).T
    random = np.random.default_rng(RESAMPLED)
    count = sums.shape[1]
    times = random.multinomial(count, np.full(count, 1.0 / count), RESAMPLED)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = float(np.divide(*sums.sum(axis=1)))
        again = np.divide(*(sums @ times.T))
        size = np.nan_to_num(sums.sum(axis=1) ** 2 / (sums**2).sum(axis=1)).min()
    ends = np.nanquantile(again, ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0))
    return Factor(factor, float(ends[0]), float(ends[1]), float(size))


class Share(NamedTuple):
    """The share of runs in which something happened.

    Attributes:
        runs: Runs in which it could.
        share: Their ratio; NaN without runs.
        low: Lower end of its 95% interval, clustered by parameter set.
        high: Upper end.
    """

    runs: int
    share: float
    low: float
    high: float


def share_of(happened: Flags, sets: Whole) -> Share:
    """Return the share of runs in which something happened, with its interval.

    Wilson's interval of as many independent runs as would have the clustered error: never more than
    there are runs, and never fewer than there are sets, as runs of a set can be no more than alike.
    What happened in all runs or in none counts as known from the sets alone.

    Args:
        happened: In each run: (runs,).
        sets: The parameter set of each run.
    """
    runs = len(happened)
    if not runs:
        return Share(0, np.nan, 0.0, 1.0)
    mean, share = mean_of(happened.astype(np.float64), sets), float(happened.mean())
    variance = np.nan_to_num(float(mean.error)) ** 2
    alike = share * (1.0 - share) / variance if variance else 0.0
    return Share(runs, share, *wilson(share, min(max(alike, mean.sets), runs)))


def wilson(share: float, runs: float) -> tuple[float, float]:
    """Return Wilson's 95% interval of a share (Wilson 1927).

    Args:
        share: How often it happened, from 0 to 1.
        runs: Of how many times; no whole number where runs are clustered.
    """
    scale = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0) ** 2 / runs
    reach = math.sqrt(share * (1.0 - share) * scale + scale**2 / 4.0)
    low, high = ((share + scale / 2.0 + way * reach) / (1.0 + scale) for way in (-1, 1))
    return max(0.0, low), min(1.0, high)


def sign_test(changes: ArrayLike, sets: Whole) -> Floats:
    """Return the p-value of each column's changes: the paired exact sign test over parameter sets.

    A set counts once, by the sign of what its runs gain less what they lose; one that does neither
    is left out. If nothing changes in either direction, half of the others gain: a two-sided
    binomial test asks for that (of single runs it is McNemar's). It is taken over sets, not over
    runs, because runs of a set change together: where some sets gain and others lose, a test over
    1,600 runs of some 200 sets would find a change far more often than its 5% even if the sets are
    divided evenly. With at most a run a set, both are the same.

    Args:
        changes: Above 0 where it happens in the alternative alone, below in the reference alone:
            (runs, ...).
        sets: The parameter set of each run.
    """
    from scipy.stats import binom

    net = sums_by(sizes_of(sets)[0], np.asarray(changes, np.float64)).round(9)
    gained, lost = (net > 0).sum(axis=0), (net < 0).sum(axis=0)
    p_values = 2.0 * binom.cdf(np.minimum(gained, lost), gained + lost, 0.5)
    return np.asarray(np.minimum(1.0, p_values))


def adjusted(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted for how many there are (Benjamini and Hochberg 1995).

    At most 5% of what has an adjusted value of 0.05 or less is false, in expectation.
    """
    given = np.asarray(p_values, np.float64)  # `scipy.stats`, which has it, takes 40 MB
    order = np.argsort(given)
    steps = given[order] * (len(given) / np.arange(1, len(given) + 1))
    least = np.minimum.accumulate(steps[::-1])[::-1].clip(0.0, 1.0)
    return least[np.argsort(order)]


FIRST_COLUMNS = ["point", "alternative", "outcome", "unit", "group_kind", "group", "year"]


def effect_table(
    results: Results,
    outcomes: Sequence[str],
    *,
    by: Sequence[str] = (WORLD,),
    years: Sequence[int] | None = None,
    reference: int = 0,
) -> pd.DataFrame:
    """Return paired effects: each point less the reference point, run by run.

    Args:
        results: Points × runs.
        outcomes: Names of outcomes.
        by: Kinds of groups.
        years: Ends of years; None: all that are kept.
        reference: The point that the others are compared with.

    Returns:
        A row per point, outcome, group and year: `point`, `alternative`, `outcome`, `unit`,
        `group_kind`, `group`, `year`; `reference_mean`, `alternative_mean`, and of the difference
        `mean`, `q05` to `q95` (of runs), `standard_error`, `low`, `high` (95% interval of the
        mean, clustered by parameter set), `share_up`, `share_down` (of runs) and `p_value`.

    Raises:
        InputError: There is one point only, or an outcome, kind or year was not kept.
    """
    if results.n_points < 2:
        raise InputError(f"{results.name} has one point: an effect needs at least two")
    chosen = list(years or results.years)
    others = [point for point in range(results.n_points) if point != reference]
    frames = []
    for name, outcome in choose(results.outcomes, outcomes).items():
        for kind in by:
            every = results.values(name, kind, years=chosen)
            if kind != WORLD and not np.isfinite(every).any():
                continue
            values = every.dropna(RUN)
            sets, before = values[PARAMETER_SET].to_numpy(), values.isel({POINT: reference})
            effects = pd.concat(
                effect_of(before, values.isel({POINT: point}), sets) for point in others
            )
            axes = {"point": others, "year": chosen, "group": results.groups[kind]}
            index = pd.MultiIndex.from_product(axes.values(), names=axes)
            frame = effects.set_index(index).reset_index()
            keys = {"outcome": name, "unit": outcome.unit, "group_kind": kind}
            labels = [results.labels[point] for point in frame["point"]]
            frames.append(frame.assign(alternative=labels, **keys))
    table = pd.concat(frames, ignore_index=True)
    return table[[*FIRST_COLUMNS, *(name for name in table if name not in FIRST_COLUMNS)]]


FEWEST_COUNTRIES = 5
"""Of a group that is named or drawn: means over fewer lie outside most of their runs."""


def large_groups(results: Results, kind: str) -> list[str]:
    """Return the groups of a kind that have enough countries; all where none has, or of vendors."""
    groups = results.groups[kind]
    if kind not in results.country_groups:
        return groups
    sizes = results.country_groups[kind].value_counts()
    return [name for name in groups if sizes.get(name, 0) >= FEWEST_COUNTRIES] or groups


LOT = 8
"""Outcomes that are read at a time."""


def moved(results: Results) -> list[list[str]]:
    """Return, for each point after the first, the outcomes that differ from it in any run and date.

    All others are exactly the same, so that they say: what was changed does not act on them.
    """
    names: list[list[str]] = [[] for _ in range(results.n_points - 1)]
    for kind in (WORLD, VENDOR):
        of_kind = [n for n, o in results.outcomes.items() if (o.of == VENDOR) == (kind == VENDOR)]
        for at in range(0, len(of_kind) if kind in results.groups else 0, LOT):
            for name, values in results.read(kind, of_kind[at : at + LOT]).items():
                differs = (values != values[0]) & np.isfinite(values) & np.isfinite(values[0])
                for point in np.flatnonzero(differs[1:].any(axis=(1, 2, 3))):
                    names[point].append(name)
    return names


def conditions_met(results: Results) -> list[str]:
    """Return, for each event that waits for a condition, in how many runs this is met.

    It is looked for at the dates that are kept; runs ask for it in every quarter.
    """
    texts = []
    for point, label in enumerate(results.labels):
        for event in results.events(point):
            asked = event.when
            if asked is None or asked.outcome not in results.outcomes:
                continue
            beyond = asked.sign * (
                results.values(asked.outcome).isel({POINT: point}) - asked.threshold
            )
            met = int((beyond > 0.0).any(YEAR).sum())
            texts.append(
                f"Event {event.name} of {label}: {asked} in {met:,} of {results.n_runs:,} runs, at"
                " the dates that are kept."
            )
    return texts


def country_effects(results: Results, year: int) -> pd.DataFrame:
    """Return for each country whether its having a working system changes beyond chance.

    Returns:
        A row per point after the first and country: `point`, `alternative`, `iso3`, `name`,
        `region`, `regime`; `p_reference`, `p_alternative` (shares of runs), `difference`,
        `gained`, `lost` (shares of runs), `p_value` (exact sign test), `adjusted`
        (Benjamini-Hochberg over countries) and `changed`. The largest differences of a point come
        first.
    """
    values = results.panel("working", [year]).isel({YEAR: 0}).dropna(RUN).astype(np.float64)
    sets = values[PARAMETER_SET].to_numpy()
    before, *alternatives = values.to_numpy()
    frames = []
    for point, after in enumerate(alternatives, start=1):
        changes = after - before
        p_values = sign_test(changes, sets)
        frame = results.country_groups.reset_index().assign(
            p_reference=before.mean(axis=0),
            p_alternative=after.mean(axis=0),
            difference=changes.mean(axis=0),
            standard_error=mean_of(changes, sets).error,
            gained=(changes > 0).mean(axis=0),
            lost=(changes < 0).mean(axis=0),
            p_value=p_values,
            adjusted=adjusted(p_values),
        )
        frame["changed"] = frame["adjusted"] <= FALSE_SHARE
        frame.insert(0, "point", point)
        frame.insert(1, "alternative", results.labels[point])
        frames.append(frame.sort_values("difference", key=lambda d: -d.abs(), kind="stable"))
    return pd.concat(frames, ignore_index=True)

"""Effects and means over runs, with errors clustered by parameter set.

Everywhere `sets` has the parameter set of each run: (runs,).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.errors import InputError
from sim.measures.bands import quantiles
from sim.measures.variables import PARAMETER_SET, YEAR
from sim.model.register import choose
from sim.model.units import WORLD
from sim.runs.dataset import Results
from sim.world.arrays import Flags, Floats, Whole

CONFIDENCE = 0.95
# Expected share of false discoveries among the named changes.
FALSE_SHARE = 0.05
RESAMPLED = 1000
BY_SET = (
    "Errors and 95% intervals are clustered by parameter set: beyond a few hundred runs, more runs"
    " narrow them little."
)


def by_set(results: Results) -> str:
    return f"Parameters: {results.basis}. {BY_SET if results.plausible_sha256 else ''}".rstrip()


BEYOND_CHANCE = (
    "Named: a country that changes beyond chance (exact sign test over parameter sets, 5% false"
    " discoveries among all countries)."
)


def sizes_of(sets: Whole) -> tuple[Whole, float]:
    """Return each run's cluster from 0, and the effective number of clusters (Kish 1965)."""
    _, cluster, counts = np.unique(sets, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        # A single set is not a sample.
        cluster, counts = np.arange(len(sets)), np.ones(len(sets), np.int64)
    shares = counts / counts.sum()
    return cluster, float(1.0 / (shares**2).sum()) if len(shares) else 0.0


def sums_by(cluster: Whole, values: Floats) -> Floats:
    """Return the sum of runs, (runs, ...), in each cluster: (clusters, ...)."""
    order = np.argsort(cluster, kind="stable")
    starts = np.searchsorted(cluster[order], np.arange(cluster.max() + 1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))


@dataclass(frozen=True)
class Mean:
    """A mean over runs; all arrays have the shape of one run's values.

    Attributes:
        error: Its standard error; NaN for a single run.
        low: Lower end of its 95% interval.
        high: Upper end.
        sets: Effective number of parameter sets.
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
    """Return the mean of runs, (runs, ...), with its error.

    The error is of a weighted mean of the sets' means (the "sandwich" of survey statistics).
    """
    from scipy.special import stdtrit

    cluster, size = sizes_of(sets)
    mean = values.mean(axis=0)
    if size <= 1.0:
        unknown = np.full(np.shape(mean), np.nan)
        return Mean(mean, unknown, unknown, unknown, size)
    # Most of the difference between runs comes from their sets. With runs as the sample, errors
    # would shrink with their number, while our knowledge of the parameters stays the same.
    rest = sums_by(cluster, values - mean) / len(values)
    # The correction makes it unbiased for sets of equal size.
    error = np.sqrt((rest**2).sum(axis=0) * size / (size - 1.0))
    reach = stdtrit(size - 1.0, (1.0 + CONFIDENCE) / 2.0) * error
    return Mean(mean, error, mean - reach, mean + reach, size)


def effect_of(reference: ArrayLike, alternative: ArrayLike, sets: Whole) -> pd.DataFrame:
    """Compare two arrays run by run: alternative minus reference.

    Both are (runs, ...), with runs in the same order.

    Returns:
        A row per number of a run: `reference_mean`, `alternative_mean`, and of the difference
        `mean`, `q05` to `q95` (they contain 90% of runs), `standard_error`, `low`, `high` (95%
        interval of the mean), `share_up` and `share_down` (shares of runs in which it rises and
        falls), `p_value`, and `runs`: how many.
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
        "runs": np.full(np.shape(mean.mean), len(each)),
    }
    return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})


class Factor(NamedTuple):
    """Likelihood of the figures under one model relative to another.

    Attributes:
        factor: Bayes factor; NaN if neither can give the figures.
        low: Lower end of its 95% interval, by resampling parameter sets.
        high: Upper end.
        sets: Effective parameter sets, of the model with fewer.
    """

    factor: float
    low: float
    high: float
    sets: float


def bayes_factor(first: Floats, second: Floats, chosen: Floats, sets: Whole) -> Factor:
    """Return the Bayes factor of the first model against the second (Kass & Raftery 1995, 4.1).

    Both have one prior and the same draws, in other runs than those behind the weights of sets. If
    a model's best parameters are elsewhere, its evidence is understated.

    `first` and `second` have the log likelihood of each run, `chosen` the one by which its set was
    chosen.
    """
    # Sets have runs in proportion to the likelihood by which they were chosen. Divided by it, runs
    # represent the prior where calibration looked (importance sampling).
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
    """The share of runs with an event.

    Attributes:
        runs: Runs in which it could happen.
        share: Their ratio; NaN without runs.
        low: Lower end of its 95% interval.
        high: Upper end.
    """

    runs: int
    share: float
    low: float
    high: float


def share_of(happened: Flags, sets: Whole) -> Share:
    """Return the share of runs with an event, with Wilson's interval; arrays are (runs,)."""
    runs = len(happened)
    if not runs:
        return Share(0, np.nan, 0.0, 1.0)
    # As many independent runs as would have the clustered error.
    mean, share = mean_of(happened.astype(np.float64), sets), float(happened.mean())
    variance = np.nan_to_num(float(mean.error)) ** 2
    # Without a variance, in all runs or in none, only the sets count as independent.
    alike = share * (1.0 - share) / variance if variance else 0.0
    return Share(runs, share, *wilson(share, min(max(alike, mean.sets), runs)))


def wilson(share: float, runs: float) -> tuple[float, float]:
    """Return Wilson's 95% interval of a share (Wilson 1927).

    `runs` need not be whole.
    """
    scale = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0) ** 2 / runs
    reach = math.sqrt(share * (1.0 - share) * scale + scale**2 / 4.0)
    low, high = ((share + scale / 2.0 + way * reach) / (1.0 + scale) for way in (-1, 1))
    return max(0.0, low), min(1.0, high)


def sign_test(changes: ArrayLike, sets: Whole) -> Floats:
    """Return the p-value of each column: the paired exact sign test over parameter sets.

    A set counts once, by the sign of the sum over its runs; 0 is left out. For single runs it is
    McNemar's test. `changes`, (runs, ...), are above 0 where an event happens only in the
    alternative, below 0 where only in the reference.
    """
    from scipy.stats import binom

    # Over sets and not runs: runs of a set change together, so that a test over 1,600 runs of some
    # 200 sets would find a change far more often than its 5%. Rounded, so that sums of equal gains
    # and losses are 0.
    net = sums_by(sizes_of(sets)[0], np.asarray(changes, np.float64)).round(9)
    gained, lost = (net > 0).sum(axis=0), (net < 0).sum(axis=0)
    p_values = 2.0 * binom.cdf(np.minimum(gained, lost), gained + lost, 0.5)
    return np.asarray(np.minimum(1.0, p_values))


def adjusted(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted for multiple tests (Benjamini and Hochberg 1995)."""
    given = np.asarray(p_values, np.float64)  # `scipy.stats`, which has it, is slow to import
    order = np.argsort(given)
    steps = given[order] * (len(given) / np.arange(1, len(given) + 1))
    least = np.minimum.accumulate(steps[::-1])[::-1].clip(0.0, 1.0)
    return least[np.argsort(order)]


type Pair = tuple[int, Floats, Floats, Whole]
"""A point; values at the reference and there, (runs, ...); the sets of runs."""


def pairs(values: Any, reference: int = 0) -> Iterator[Pair]:
    """Yield each point but the reference; `values` are labelled: (points, runs, ...)."""
    cells, sets = values.to_numpy(), values[PARAMETER_SET].to_numpy()
    for point, after in enumerate(cells):
        if point != reference:
            yield point, cells[reference], after, sets


FIRST_COLUMNS = ["point", "alternative", "outcome", "unit", "group_kind", "group", "year"]


def effect_table(
    results: Results,
    outcomes: Sequence[str],
    *,
    by: Sequence[str] = (WORLD,),
    years: Sequence[int] | None = None,
    reference: int = 0,
) -> pd.DataFrame:
    """Return paired effects: each point minus the reference point, run by run.

    Args:
        results: Points × runs.
        outcomes: Names of outcomes.
        by: Kinds of groups.
        years: Ends of years; None: all that are kept.
        reference: The point to compare with.

    Returns:
        A row per point, outcome, group and year: `point`, `alternative`, `outcome`, `unit`,
        `group_kind`, `group`, `year`; then the columns of :func:`effect_of`.

    Raises:
        InputError: There is only one point; or an outcome, kind or year was not kept.
    """
    if results.n_points < 2:
        raise InputError(f"{results.name} has one point: an effect needs at least two")
    chosen, frames = list(years or results.years), []
    for name, outcome in choose(results.outcomes, outcomes).items():
        for kind in by:
            if results.lacks(name, kind):
                continue
            every = pairs(results.values(name, kind, years=chosen), reference)
            points, before, after, sets = zip(*every, strict=True)
            effects = pd.concat(map(effect_of, before, after, sets))
            axes = {"point": points, "year": chosen, "group": results.groups[kind]}
            index = pd.MultiIndex.from_product(axes.values(), names=axes)
            frame = effects.set_index(index).reset_index()
            keys = {"outcome": name, "unit": outcome.unit, "group_kind": kind}
            labels = [results.labels[point] for point in frame["point"]]
            frames.append(frame.assign(alternative=labels, **keys))
    table = pd.concat(frames, ignore_index=True)
    return table[[*FIRST_COLUMNS, *(name for name in table if name not in FIRST_COLUMNS)]]


# Means over fewer are outside most of their runs.
FEWEST_COUNTRIES = 5


def large_groups(results: Results, kind: str) -> list[str]:
    """Return the groups of a kind that have enough countries; all where none has."""
    groups, members = results.groups[kind], results.members(kind)
    large = [name for name, which in members.items() if which.sum() >= FEWEST_COUNTRIES]
    return large or groups


OF_COUNTRIES = {
    "reference_mean": "p_reference",
    "alternative_mean": "p_alternative",
    "mean": "difference",
    "standard_error": "standard_error",
    "share_up": "gained",
    "share_down": "lost",
}


def country_effects(results: Results, year: int) -> pd.DataFrame:
    """Return for each country whether the chance of a working system changes beyond chance.

    Returns:
        A row per point after the first and country: `point`, `alternative`, `iso3`, `name`,
        `region`, `regime`; `p_reference`, `p_alternative` (shares of runs), `difference`,
        `standard_error`, `gained`, `lost` (shares of runs), `p_value` (exact sign test), `adjusted`
        (Benjamini-Hochberg over countries) and `changed`; largest differences first.
    """
    values = results.panel("working", [year]).isel({YEAR: 0}).astype(np.float64)
    countries, frames = results.country_groups.reset_index(), []
    for point, before, after, sets in pairs(values):
        found = effect_of(before, after, sets)[[*OF_COUNTRIES]].rename(columns=OF_COUNTRIES)
        p_values = sign_test(after - before, sets)
        found = found.assign(p_value=p_values, adjusted=adjusted(p_values))
        found["changed"] = found["adjusted"] <= FALSE_SHARE
        frame = countries.join(found)
        frame.insert(0, "point", point)
        frame.insert(1, "alternative", results.labels[point])
        frames.append(frame.sort_values("difference", key=lambda d: -d.abs(), kind="stable"))
    return pd.concat(frames, ignore_index=True)

"""Effects and means over runs: the one place where an error, an interval or a test is computed.

Each run has one of the plausible parameter sets, and runs of a set are alike. Most of what differs
between runs differs between sets: as if all runs were independent, errors would go on falling with
the number of runs, while what is known of the parameters stays the same. So errors are **clustered
by parameter set**: what is left over is summed within each set, and the sets are the sample. Sets
are dealt to runs by their weights, so that a heavy set has more runs and counts for more.

Where each run has a set of its own, or all share the documented values, a run is its own cluster,
and all formulas become the usual ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Flags, Floats, Whole
from sim.results.summary import QUANTILES

CONFIDENCE = 0.95
"""Of intervals of means and shares."""
FALSE_SHARE = 0.05
"""Share of false ones among the changes that are named, in expectation."""
BY_SET = (
    "Errors and 95 % intervals are clustered by parameter set: more runs do not narrow them beyond"
    " the number of sets."
)
"""What stands below a table or figure with intervals."""
BEYOND_CHANCE = (
    "Named: a country that changes beyond chance (exact sign test over parameter sets, 5 % false"
    " discoveries among all countries)."
)
"""What stands below whatever names countries that change."""


def sizes_of(sets: Whole) -> tuple[Whole, Floats, float]:
    """Return each run's cluster from 0, the clusters' shares of runs, and their effective number.

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
    return cluster, shares, float(1.0 / (shares**2).sum()) if len(shares) else 0.0


def effective_sets(sets: Whole) -> float:
    """Return how many equally large clusters would tell as much as these runs."""
    return sizes_of(sets)[2]


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
        low: Lower end of the 95 % interval of the mean; NaN likewise.
        high: Its upper end.
        sets: Effective number of parameter sets on which the interval rests.
    """

    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    sets: float

    @property
    def clear(self) -> Flags:
        """Whether the interval leaves out zero."""
        return np.asarray((self.low > 0.0) | (self.high < 0.0))

    @property
    def p_value(self) -> Floats:
        """Of the hypothesis that the mean is zero, by Student's t; 1 for a single run."""
        from scipy.stats import t

        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.where(self.mean == 0.0, 0.0, np.abs(self.mean) / self.error)
        p = 2.0 * t.sf(size, max(self.sets - 1.0, 1.0))
        return np.asarray(np.where(np.isnan(p), 1.0, p))


def mean_of(values: Floats, sets: Whole) -> Mean:
    """Return the mean over runs with its error, clustered by parameter set.

    The error is that of a weighted mean of the sets' means (the "sandwich" of survey statistics),
    with the correction that makes it unbiased where sets are equally large.

    Args:
        values: (runs, ...).
        sets: The parameter set of each run: (runs,).
    """
    from scipy.stats import t

    cluster, _, size = sizes_of(sets)
    mean = values.mean(axis=0)
    if size <= 1.0:
        unknown = np.full(np.shape(mean), np.nan)
        return Mean(mean, unknown, unknown, unknown, size)
    rest = sums_by(cluster, values - mean) / len(values)
    error = np.sqrt((rest**2).sum(axis=0) * size / (size - 1.0))
    reach = t.ppf((1.0 + CONFIDENCE) / 2.0, size - 1.0) * error
    return Mean(mean, error, mean - reach, mean + reach, size)


@dataclass(frozen=True)
class Effect(Mean):
    """A paired difference, alternative less reference, run by run.

    Attributes:
        runs: Number of paired runs.
        reference: Mean of the reference.
        alternative: Mean of the alternative.
        quantiles: Of single runs' differences, by column name: q05 to q95 contain 90 % of runs.
    """

    runs: int
    reference: Floats
    alternative: Floats
    quantiles: Mapping[str, Floats]


def effect_of(reference: ArrayLike, alternative: ArrayLike, sets: Whole) -> Effect:
    """Compare two arrays run by run.

    Args:
        reference: (runs, ...).
        alternative: The same shape; runs in the same order.
        sets: The parameter set of each run.
    """
    one, other = (np.asarray(values, np.float64) for values in (reference, alternative))
    if one.shape != other.shape or len(one) != len(sets):
        raise ValueError(f"shapes differ: {one.shape}, {other.shape} and {len(sets)} sets")
    each = other - one
    found = mean_of(each, sets)
    # A number's runs side by side are faster to sort.
    quantiles = np.quantile(np.ascontiguousarray(np.moveaxis(each, 0, -1)),
                            list(QUANTILES.values()), axis=-1, overwrite_input=True)  # fmt: skip
    return Effect(
        **vars(found),
        runs=len(each),
        reference=one.mean(axis=0),
        alternative=other.mean(axis=0),
        quantiles=dict(zip(QUANTILES, quantiles, strict=True)),
    )


@dataclass(frozen=True)
class Share:
    """The share of runs in which something happened.

    Attributes:
        count: Runs in which it happened.
        runs: Runs in which it could.
        share: Their ratio; NaN without runs.
        low: Lower end of its 95 % interval, clustered by parameter set.
        high: Upper end.
    """

    count: int
    runs: int
    share: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it with its interval, in percent."""
        if not self.runs:
            return "-"
        return f"{100 * self.share:.0f} % ({100 * self.low:.0f} to {100 * self.high:.0f})"


def share_of(happened: Flags, sets: Whole) -> Share:
    """Return the share of runs in which something happened, with its interval.

    Wilson's interval of as many independent runs as would have the clustered error: never more than
    there are runs, and never fewer than there are sets, as runs of a set can be no more than alike.
    What happened in all runs or in none counts as known from the sets alone.

    Args:
        happened: In each run: (runs,).
        sets: The parameter set of each run.
    """
    runs, count = len(happened), int(happened.sum())
    if not runs:
        return Share(0, 0, np.nan, 0.0, 1.0)
    found, share = mean_of(happened.astype(np.float64), sets), count / runs
    variance = np.nan_to_num(float(found.error)) ** 2
    alike = share * (1.0 - share) / variance if variance else 0.0
    return Share(count, runs, share, *wilson(share, min(max(alike, found.sets), runs)))


def wilson(share: float, runs: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's interval of a share (Wilson 1927); from 0 to 1 where there are no runs.

    Args:
        share: How often it happened, from 0 to 1.
        runs: Of how many times; no whole number where runs are clustered.
        confidence: Of the interval.
    """
    from scipy.stats import norm

    if not runs:
        return 0.0, 1.0
    z = float(norm.ppf((1.0 + confidence) / 2.0))
    middle = (share + z * z / (2.0 * runs)) / (1.0 + z * z / runs)
    reach = (
        z * np.sqrt(share * (1.0 - share) / runs + (z / (2.0 * runs)) ** 2) / (1.0 + z * z / runs)
    )
    return max(0.0, middle - float(reach)), min(1.0, middle + float(reach))


def sign_test(changes: ArrayLike, sets: Whole) -> Floats:
    """Return the p-value of each column's changes: the paired exact sign test over parameter sets.

    A set counts once, by the sign of what its runs gain less what they lose; one that does neither
    is left out. If nothing changes in either direction, half of the others gain: a two-sided
    binomial test asks for that (of single runs it is McNemar's). It is taken over sets, not over
    runs, because runs of a set change together: where some sets gain and others lose, a test over
    1,600 runs of 217 sets would find a change far more often than its 5 % even if the sets are
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

    At most 5 % of what has an adjusted value of 0.05 or less is false, in expectation.
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(p_values, np.float64)
    return np.asarray(false_discovery_control(values) if values.size else values)

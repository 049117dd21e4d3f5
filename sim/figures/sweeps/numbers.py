"""Means, bands and standard errors of a sweep's runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Flags, Floats, Whole
from sim.figures.sweeps.factors import ShownFactor
from sim.figures.sweeps.reading import Shown
from sim.results.effects import mean_of
from sim.results.writing.summary import QUANTILES


def good_runs(values: Floats, points: Flags) -> Floats:
    """The runs at some points that did not fail: shape (runs, years).

    Args:
        values: Shape (points, replicates, years); NaN where a run failed.
        points: Which points, shape (points,).
    """
    runs = values[points].reshape(-1, values.shape[2])
    good: Floats = runs[~np.isnan(runs).any(axis=1)]
    return good


def spread(runs: Floats) -> dict[str, Floats]:
    """Mean and quantiles over runs, each of shape (years,); NaN if there are no runs."""
    if len(runs) == 0:
        nothing = np.full(runs.shape[1], np.nan)
        return {name: nothing for name in ("mean", *QUANTILES)}
    quantiles = np.quantile(runs, list(QUANTILES.values()), axis=0)
    return {"mean": runs.mean(axis=0), **dict(zip(QUANTILES, quantiles, strict=True))}


def spreads(values: Floats, groups: Sequence[Flags]) -> pd.DataFrame:
    """How many good runs each group has (`runs`), their mean and quantiles: a row a group.

    Args:
        values: Of one year, shape (points, replicates, 1).
        groups: Points of each group.
    """
    good = [good_runs(values, points) for points in groups]
    rows = [{name: value[0] for name, value in spread(runs).items()} for runs in good]
    return pd.DataFrame(rows).assign(runs=list(map(len, good)))


def standard_error(values: Floats, sets: Whole, points: Flags, *, drawn: bool) -> float:
    """Standard error of the mean over some points' runs.

    Replicates have the same luck and parameter set at all points, so more points do not average
    that out: it follows from the spread of the means of each replicate over the points, clustered
    by parameter set. Where the points were drawn, they are a sample too, and the spread of their
    means is added. (What points and replicates do to each other counts in both: the error is rather
    too large than too small.)

    Args:
        values: Of one year, shape (points, replicates, 1).
        sets: The parameter set of each replicate.
        points: Which points count, shape (points,).
        drawn: Whether the points were drawn.

    Returns:
        The error; NaN if fewer than two means are left. Of drawn points with a single replicate
        it holds the sampling of points alone.
    """
    runs = pd.DataFrame(values[points, :, 0])
    of_replicates = _error_by_set(runs.mean(), sets)
    return _together(_error_of(runs.mean(axis=1)), of_replicates) if drawn else of_replicates


def _error_of(means: pd.Series) -> float:
    """Standard error of the mean of means; NaN if fewer than two are known."""
    error: Any = means.sem()
    return float(error)


def _error_by_set(means: pd.Series, sets: Whole) -> float:
    """The same of means of replicates, clustered by parameter set."""
    known = means.notna().to_numpy()
    return float(mean_of(means[known].to_numpy(), sets[known]).error) if known.any() else np.nan


def _together(first: float, *others: float) -> float:
    """Errors that add up as variances, those that are not known left out; NaN without the first."""
    return float(np.sqrt(first**2 + sum(np.nan_to_num(one) ** 2 for one in others)))


@dataclass(frozen=True)
class End:
    """What a factor at one end of its values makes of the outcome.

    Attributes:
        text: The factor's values.
        mean: Over the runs of its points.
        error: Standard error of how far that is from the mean of all runs; NaN if unknown.
        points: Which points have them, shape (points,).
    """

    text: str
    mean: float
    error: float
    points: Flags


@dataclass(frozen=True)
class Swing:
    """What a factor makes of the outcome between its two ends.

    Attributes:
        factor: What is varied.
        low: At its lowest values; of labels, the one with the lowest mean.
        high: At its highest values; of labels, the one with the highest mean.
    """

    factor: ShownFactor
    low: End
    high: End

    @property
    def span(self) -> float:
        """Distance between the means at both ends."""
        return abs(self.high.mean - self.low.mean)


def swings(shown: Shown, factors: Sequence[ShownFactor], *, drawn: bool) -> list[Swing]:
    """What each factor makes of the outcome, the widest first.

    Factors for which an end has no good run are left out.

    Args:
        shown: The outcome of one year.
        factors: What is varied.
        drawn: Whether the points were drawn.
    """
    values, sets = shown.values, shown.sets
    runs = pd.DataFrame(values[:, :, 0])
    # Within a replicate all points have the same luck, which is no part of how far they are apart.
    apart = (runs - runs.mean()).to_numpy()[:, :, np.newaxis]
    all_swings = []
    for factor in factors:
        groups = factor.groups() if factor.labelled else factor.ends()
        means = spreads(values, [group.points for group in groups])["mean"]
        ends = [
            End(
                group.text,
                mean,
                standard_error(apart, sets, group.points, drawn=drawn),
                group.points,
            )
            for group, mean in zip(groups, means, strict=True)
            if not np.isnan(mean)
        ]
        if len(ends) < 2:
            continue
        if factor.labelled:
            ends.sort(key=lambda end: end.mean)
        low, high = ends[0], ends[-1]
        all_swings.append(Swing(factor, low, high))
    return sorted(all_swings, key=lambda swing: -swing.span)

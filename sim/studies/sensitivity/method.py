"""Which parameters an outcome depends on: Morris' elementary effects and Sobol' indices.

From the values of a study's sweep to its measures. The estimators and their bootstrap intervals are
SALib's (Herman and Usher 2017); :mod:`sim.studies.sensitivity.plan` makes the points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from sim.arrays import Flags, Floats
from sim.errors import InputError
from sim.experiment.experiment import Factor
from sim.results.sweep import replicate_means
from sim.studies.sensitivity.plan import LEVELS, unit_problem

RESAMPLES = 500
"""Bootstrap samples of trajectories, or of rows, behind each interval."""
CONFIDENCE = 0.95
"""Of the intervals."""


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Measures of parameters, which rank them; arrays have an entry a parameter.

    Attributes:
        COLUMNS: Fields with an entry a parameter, by their column in the study's table and by
            SALib's name, which is the same.
        RANKED_BY: The field by which they are ranked, the largest first.
        factors: What was varied.
        used: Trajectories, or rows of the base sample, used; those with a failed point are left
            out.
        noise: See :func:`replicate_share`.
    """

    COLUMNS: ClassVar[Mapping[str, str]]
    RANKED_BY: ClassVar[str]
    factors: tuple[Factor, ...]
    used: int
    noise: float

    @classmethod
    def of(
        cls, factors: Sequence[Factor], by_name: Mapping[str, Any], used: int, values: Floats
    ) -> Self:
        """Return the measures that SALib found.

        Args:
            factors: What was varied.
            by_name: The measures by SALib's names.
            used: Of how many trajectories or rows.
            values: The outcome, (points, replicates).
        """
        measures: dict[str, Any] = {
            name: np.asarray(by_name[column], dtype=np.float64).ravel()
            for column, name in cls.COLUMNS.items()
        }
        return cls(factors=tuple(factors), used=used, noise=replicate_share(values), **measures)

    @property
    def order(self) -> list[int]:
        """Places of the parameters, the most important first; ties keep their order."""
        places: list[int] = np.argsort(-getattr(self, self.RANKED_BY), kind="stable").tolist()
        return places

    def rows(self) -> list[dict[str, str | int | float]]:
        """Return a row a parameter in order of rank, as in the study's table."""
        return [
            {
                "parameter": self.factors[at].name,
                **{name: float(getattr(self, of)[at]) for name, of in self.COLUMNS.items()},
                "rank": rank,
            }
            for rank, at in enumerate(self.order, 1)
        ]


@dataclass(frozen=True, kw_only=True)
class Screening(Ranked):
    """Elementary effects of each parameter, in units of the outcome a whole plausible range.

    Attributes:
        mu: Mean effect.
        mu_star: Mean of its size.
        mu_star_conf: Half the width of its 95 % interval, from a bootstrap over trajectories.
        sigma: Standard deviation of the effect: large where it depends on the other parameters.
    """

    mu: Floats
    mu_star: Floats
    mu_star_conf: Floats
    sigma: Floats

    COLUMNS: ClassVar = {name: name for name in ("mu", "mu_star", "mu_star_conf", "sigma")}
    RANKED_BY: ClassVar = "mu_star"

    def most(self, count: int) -> tuple[Factor, ...]:
        """Return the most important parameters, none that has no effect at all."""
        return tuple(self.factors[at] for at in self.order[:count] if self.mu_star[at] > 0.0)


@dataclass(frozen=True, kw_only=True)
class Indices(Ranked):
    """Shares of the outcome's variance over all plausible ranges together.

    Attributes:
        first: S1: share explained by the parameter alone; estimates may be a little below zero.
        first_conf: Half the width of its 95 % interval, from a bootstrap over rows.
        total: ST: share in which the parameter has any part, with all interactions.
        total_conf: The same for ST.
    """

    first: Floats
    first_conf: Floats
    total: Floats
    total_conf: Floats

    COLUMNS: ClassVar = {
        "S1": "first", "S1_conf": "first_conf", "ST": "total", "ST_conf": "total_conf",
    }  # fmt: skip
    RANKED_BY: ClassVar = "total"


def replicate_share(values: Floats) -> float:
    """Return the share of all variance that lies between the replicates of a point: chance.

    The variance within points over that plus the variance between points' true means, whose
    estimate is corrected for the chance left in their averages.

    Args:
        values: Shape (points, replicates); NaN where a run failed.

    Returns:
        A share, or NaN where there is but one replicate, or nothing varies.
    """
    counts = np.isfinite(values).sum(axis=1)
    several = values[counts > 1]
    if len(several) < 2:
        return float("nan")
    within = float(np.nanvar(several, axis=1, ddof=1).mean())
    means = np.nanmean(several, axis=1)
    left = within * float((1.0 / counts[counts > 1]).mean())
    between = max(0.0, float(means.var(ddof=1)) - left)
    return within / (within + between) if within + between > 0.0 else float("nan")


def screen(factors: Sequence[Factor], cube: Floats, values: Floats, *, seed: int = 1) -> Screening:
    """Compute elementary effects.

    Args:
        factors: What was varied.
        cube: What :func:`morris_cube` returned.
        values: The outcome, shape (points, replicates); NaN where a run failed.
        seed: Seed of the bootstrap.

    Raises:
        InputError: Fewer than two trajectories have a value at all their points.
    """
    from SALib.analyze import morris

    width = len(factors)
    means, kept = _whole_blocks(values, width + 1, "trajectories")
    points = cube.reshape(-1, width + 1, width)[kept].reshape(-1, width)
    measures = morris.analyze(
        unit_problem(width),
        points,
        means.ravel(),
        num_levels=LEVELS,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        seed=np.random.default_rng(seed),
    )
    return Screening.of(factors, measures, len(means), values)


def decompose(factors: Sequence[Factor], values: Floats, *, seed: int = 1) -> Indices:
    """Compute first-order and total Sobol' indices.

    Args:
        factors: What was varied.
        values: The outcome at the points of :func:`sobol_cube`, shape (points, replicates); NaN
            where a run failed.
        seed: Seed of the bootstrap.

    Returns:
        The indices; all zero if the outcome is the same everywhere.

    Raises:
        InputError: Fewer than two rows have a value at all their points.
    """
    from SALib.analyze import sobol

    width = len(factors)
    means, _ = _whole_blocks(values, width + 2, "rows of the sample")
    if np.ptp(means) > 0.0:
        measures: Mapping[str, Any] = sobol.analyze(
            unit_problem(width),
            means.ravel(),
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            # SALib takes 0 for no seed at all.
            seed=seed + 1,
        )
    else:
        measures = dict.fromkeys(Indices.COLUMNS, np.zeros(width))
    return Indices.of(factors, measures, len(means), values)


def _whole_blocks(values: Floats, size: int, what: str) -> tuple[Floats, Flags]:
    """Average over replicates; drop blocks of points of which one has no good run.

    A block is what the estimators compare, so the rest remains a sound design.
    """
    blocks = replicate_means(values).reshape(-1, size)
    kept = np.isfinite(blocks).all(axis=1)
    if kept.sum() < 2:
        raise InputError(f"too many runs failed: {kept.sum()} of {len(kept)} {what} are whole")
    return blocks[kept], kept

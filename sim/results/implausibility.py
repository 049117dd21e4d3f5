"""How far the model is from a published figure: the implausibility, and the words for it.

The formula (Craig et al. 1997; Vernon, Goldstein & Bower 2010) measures the distance between a
figure and the mean of the model's histories in standard deviations of all that keeps them apart:

    I = (mean - observed) / sqrt(observation variance + ensemble variance + discrepancy variance)

- *Observation variance*: the square of `sigma` in `seeds/targets.csv`. An unknown sigma counts as
  0, so that |I| is overstated rather than understated.
- *Ensemble variance*: the variance of a **single** history over the runs of one set of parameters,
  not that of their mean. The world is one history; the mean of many need not come about.
- *Discrepancy variance*: what a perfect choice of parameters would still get wrong, because the
  model is simpler than the world. It is judged, not measured: `DISCREPANCY_SHARE` of the figure.

Bounds ("at least 40") are one-sided: a mean beyond the bound is at distance 0.

All that compare take the formula, its constants and what counts as met from here. All functions of
numbers work on arrays as well, element by element.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Floats
from sim.world.columns import CALIBRATE, HOLD_OUT, Bound

type Verdict = Literal["met", "missed", "fitted"]
"""What is said of a target, everywhere; :data:`VERDICTS` says what the words mean. None:
the runs give no figure, or have no spread to judge it by."""

INSIDE = 2.0
"""Standard deviations within which a target counts as met: about 95 % of a normal distribution."""

VERDICTS = (
    "Met: the mean of runs is within 2 standard deviations of published error, single run and the"
    " model's own error together; of a bound, on its right side. Fitted: the same of a figure that"
    " parameters were fitted to. Missed: neither."
)
"""How verdicts are explained to readers."""

RULED_OUT = 3.0
"""Standard deviations beyond which parameters are ruled out. At least 95 % of any distribution with
one peak lie within three standard deviations of its mean (Pukelsheim 1994)."""

DISCREPANCY_SHARE = 0.05
"""Standard deviation of the model's own discrepancy, as a share of the observed figure. An
assumption: quarters, one system a state and classes of regimes are coarse to about this degree. At
0 the model is held to be perfect."""


def discrepancy_of(observed: ArrayLike, share: float = DISCREPANCY_SHARE) -> Floats:
    """Return the standard deviation of the model's discrepancy, in the unit of the figure.

    Args:
        observed: Published figures.
        share: Share of them.

    Raises:
        ValueError: The share is negative or no number.
    """
    if not (0.0 <= share < np.inf):
        raise ValueError(f"share of the discrepancy {share}: allowed: 0 or more")
    return np.asarray(share * np.abs(np.asarray(observed, dtype=np.float64)))


def deviation(
    observed: ArrayLike,
    mean: ArrayLike,
    *,
    sigma: ArrayLike,
    ensemble_sd: ArrayLike,
    discrepancy: ArrayLike,
    bound: Bound = "value",
) -> Floats:
    """Return the signed standardised distance I: above 0 where the model is too high.

    Args:
        observed: Published figures.
        mean: Means over the model's histories; NaN where there is none.
        sigma: Standard deviation of what is known of the figure; 0 if unknown.
        ensemble_sd: Standard deviation of a single history.
        discrepancy: Standard deviation of the model's discrepancy.
        bound: Whether the figure is a value, or a lower or upper bound.

    Returns:
        Standard deviations, in the arguments' common shape. 0 where a bound is met; infinite where
        nothing may keep model and figure apart and yet they differ; NaN without a mean.
    """
    distance = np.asarray(mean, dtype=np.float64) - np.asarray(observed, dtype=np.float64)
    if bound == "lower":
        distance = np.minimum(distance, 0.0)
    elif bound == "upper":
        distance = np.maximum(distance, 0.0)
    parts = [np.asarray(part, dtype=np.float64) for part in (sigma, ensemble_sd, discrepancy)]
    if any(bool((part < 0.0).any()) for part in parts):
        raise ValueError("a standard deviation is below 0")
    spread = np.sqrt(sum((np.square(part) for part in parts), start=np.zeros(())))
    with np.errstate(divide="ignore", invalid="ignore"):
        # 0 / 0: they agree, although nothing was allowed to keep them apart.
        return np.asarray(np.where(distance == 0.0, 0.0, distance / spread))


def implausibility(observed: ArrayLike, mean: ArrayLike, **parts: Any) -> Floats:
    """Return |I|; the arguments are those of :func:`deviation`."""
    return np.abs(deviation(observed, mean, **parts))


def verdict_of(size: float, bound: Bound, use: str) -> Verdict | None:
    """Return the verdict on a target at a distance |I|; None for NaN.

    Args:
        size: The distance.
        bound: Whether the figure is a value, or a lower or upper bound.
        use: What the target is for, one of :data:`sim.world.columns.TARGET_USES`.
    """
    if np.isnan(size):
        return None
    if size > (INSIDE if bound == "value" else 0.0):
        return "missed"
    return "fitted" if use == CALIBRATE else "met"


def hold_outs_met(verdicts: Iterable[tuple[str, Verdict | None]]) -> str:
    """Return how many of the hold-outs are met, in words; empty if none has a verdict.

    Args:
        verdicts: Use and verdict of each target: all but hold-outs are left out.
    """
    known = [verdict for use, verdict in verdicts if use == HOLD_OUT and verdict]
    if not known:
        return ""
    return f"{known.count('met')} of {len(known)} published figures kept apart are met"

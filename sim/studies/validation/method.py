"""A model beside the published figures: how far it is from each, and from all of a kind.

Compared is what the model's observer *recorded*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.results.implausibility import (
    DISCREPANCY_SHARE,
    RULED_OUT,
    Verdict,
    discrepancy_of,
)
from sim.results.read import Results
from sim.results.targets import compare_targets, counterpart_values
from sim.world.columns import TARGET_USES
from sim.world.countries import Target

type Role = Literal["model", "ensemble", "null", "ablation"]
"""What stands beside the figures: the model with one parameter set, the model under the plausible
sets, a null model, the model with a part taken out."""

QUANTILES = {"q025": 0.025, "q05": 0.05, "q95": 0.95, "q975": 0.975}
"""Ends of the 95 % and the 90 % band over runs."""

COLUMNS = (
    "target", "use", "quantity", "model", "observed", "sigma", "bound", "runs", "mean", *QUANTILES,
    "ensemble_sd", "discrepancy", "deviation", "implausibility", "verdict",
)  # fmt: skip
"""Columns of `validation.csv`."""


@dataclass(frozen=True)
class Fit:
    """A target beside what one model's runs recorded.

    Attributes:
        target: The published figure.
        model: Name of the model.
        verdict: See :data:`sim.results.implausibility.Verdict`.
        runs: Runs that define the counterpart.
        mean: Over them; NaN without a figure, as all that follow.
        quantiles: Over them, by the names of `QUANTILES`.
        ensemble_sd: Standard deviation of a single history.
        discrepancy: Standard deviation of the model's discrepancy.
        deviation: Signed standardised distance.
    """

    target: Target
    model: str
    verdict: Verdict | None
    runs: int
    mean: float
    quantiles: Mapping[str, float]
    ensemble_sd: float
    discrepancy: float
    deviation: float

    @property
    def implausibility(self) -> float:
        """|I|; NaN without a figure."""
        return abs(self.deviation)

    @property
    def has_figure(self) -> bool:
        """Whether the runs give a number to compare."""
        return bool(np.isfinite(self.mean))

    @property
    def rules_out(self) -> bool:
        """Whether it is so far off that it rules the model's parameters out."""
        return self.implausibility > RULED_OUT

    def row(self) -> dict[str, Any]:
        """A row of `validation.csv`."""
        target = self.target
        values: tuple[Any, ...] = (
            target.id, target.use, target.quantity, self.model, target.value, target.sigma,
            target.bound, self.runs, self.mean, *self.quantiles.values(), self.ensemble_sd,
            self.discrepancy, self.deviation, self.implausibility, self.verdict,
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))


class Summary(NamedTuple):
    """How one model meets the targets of one use: a row of `validation_summary.csv`.

    Attributes:
        model: Its name.
        role: What it is.
        use: What the targets are for.
        targets: Those with a figure.
        without_figure: Those without.
        sum_of_squares: Of |I| over those with a figure.
        outside: How many of them lie beyond `RULED_OUT`.
        largest: The largest |I|; NaN if none has a figure.
    """

    model: str
    role: Role
    use: str
    targets: int
    without_figure: int
    sum_of_squares: float
    outside: int
    largest: float


@dataclass(frozen=True)
class ModelFit:
    """One model beside all targets.

    Attributes:
        name: Its scenario's.
        role: The model, a null model or an ablation.
        fits: One for each target, in their order.
    """

    name: str
    role: Role
    fits: tuple[Fit, ...]

    def summary(self, use: str) -> Summary:
        """How it meets the targets of one use."""
        chosen = [fit for fit in self.fits if fit.target.use == use]
        known = [fit for fit in chosen if fit.has_figure]
        sizes = [fit.implausibility for fit in known]
        return Summary(
            model=self.name,
            role=self.role,
            use=use,
            targets=len(sizes),
            without_figure=len(chosen) - len(sizes),
            sum_of_squares=sum(size * size for size in sizes),
            outside=sum(fit.rules_out for fit in known),
            largest=max(sizes, default=float("nan")),
        )

    def summaries(self) -> list[Summary]:
        """How it meets the targets of each use."""
        return [self.summary(use) for use in TARGET_USES]


def fit_of(
    results: Results,
    name: str,
    role: Role,
    targets: Iterable[Target],
    discrepancy_share: float = DISCREPANCY_SHARE,
) -> ModelFit:
    """Compare a finished folder with targets.

    Args:
        results: The folder.
        name: What the model is called.
        role: What it is.
        targets: The published figures.
        discrepancy_share: See :func:`sim.results.implausibility.discrepancy_of`.
    """
    return ModelFit(
        name, role, tuple(_fit(results, name, target, discrepancy_share) for target in targets)
    )


def _fit(results: Results, name: str, target: Target, share: float) -> Fit:
    (row,) = compare_targets(results, [target], share)
    discrepancy = float(discrepancy_of(target.value, share))
    if row.mean is None or row.sd is None or row.deviation is None:
        nan = float("nan")
        nothing = dict.fromkeys(QUANTILES, nan)
        return Fit(target, name, row.verdict, 0, nan, nothing, nan, discrepancy, nan)
    values = counterpart_values(results, target.id)
    assert values is not None
    values = values[np.isfinite(values)]
    edges = np.quantile(values, list(QUANTILES.values()))
    return Fit(
        target=target,
        model=name,
        verdict=row.verdict,
        runs=len(values),
        mean=row.mean,
        quantiles=dict(zip(QUANTILES, map(float, edges), strict=True)),
        ensemble_sd=row.sd,
        discrepancy=discrepancy,
        deviation=row.deviation,
    )

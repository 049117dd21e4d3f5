"""What a calibration found, as tables: targets, parameters, waves, correlations, parameter sets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from sim import __version__
from sim.arrays import Floats
from sim.engine import own_world, source_hash
from sim.engine.identity import mechanisms_in_words
from sim.experiment import Factor
from sim.results.files import hash_of
from sim.scenario.parameter_sets import PlausibleSets
from sim.studies.calibration.approximate_bayes import (
    effective_size,
    rank_correlations,
    weighted_quantiles,
)
from sim.studies.calibration.method import Calibration, distances
from sim.studies.calibration.plan import Aim, Plan
from sim.studies.parameter_space import design_of
from sim.studies.study import Row

ENDS = {
    "q025": 0.025, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q975": 0.975,
}  # fmt: skip
"""Quantiles by their name in tables."""
PRIOR_WIDTH = 0.9
"""Width of the middle 90 % of a range on which nothing is known."""
NARROW = 0.8
"""A parameter is identified if its 90 % interval is narrower than this share of the prior's, with
what the sampling error of the width may account for taken off."""
ONE_SIDED = 1.645
"""Standard errors that the width must lie below that share: one-sided, at 5 %."""
WIDTH_ERROR = math.sqrt(0.1 * 0.9) / PRIOR_WIDTH
"""Standard error of the width ratio of a uniform sample, times the root of its size: the distance
of its 5th and 95th per cent has a beta distribution with variance 0.9 * 0.1 / size."""
KNOWN, KNOWN_DIGEST = "known", "known_sha256"
"""Keys of what identifies a calibration: facts by which sets are weighed."""
TRADE_OFF = 0.3
"""Rank correlation from which two parameters are said to trade off, unless chance among all pairs
reaches more."""


@dataclass(frozen=True)
class TargetSummary:
    """A target beside the weighted ensemble of single histories.

    Attributes:
        aim: The target.
        mean: Over the histories that define it.
        ends: Quantiles of them by name; see `ENDS`.
        defined: Share of the weighted histories that define it.
        largest: Largest |I| of a kept set.
    """

    aim: Aim
    mean: float
    ends: Mapping[str, float]
    defined: float
    largest: float

    @property
    def inside(self) -> bool:
        """Whether the figure lies inside the 95 % band."""
        return self.ends["q025"] <= self.aim.observed <= self.ends["q975"]

    def row(self) -> Row:
        """Return a row of `targets.csv`."""
        aim = self.aim
        return {
            "target": aim.id,
            "observed": aim.observed,
            "sigma": aim.sigma,
            "discrepancy": aim.discrepancy,
            "mean": self.mean,
            **self.ends,
            "inside_95": "yes" if self.inside else "no",
            "largest_implausibility": self.largest,
            "defined": self.defined,
        }


@dataclass(frozen=True)
class ParameterSummary:
    """A parameter's posterior.

    Attributes:
        factor: The parameter with its plausible range.
        default: Its value in the base scenario.
        ends: Quantiles of the posterior by name, in the parameter's unit.
        places: The same as shares of the range.
        width_ratio: Width of the posterior's 90 % interval over the prior's.
        error: Standard error of that ratio by sampling.
    """

    factor: Factor
    default: float
    ends: Mapping[str, float]
    places: Mapping[str, float]
    width_ratio: float
    error: float

    @property
    def identified(self) -> bool:
        """Whether the evidence narrows it; see `NARROW`."""
        return self.width_ratio + ONE_SIDED * self.error < NARROW

    @property
    def sign_open(self) -> bool:
        """Whether the middle 90 % of the range hold both signs, before any figure is looked at."""
        low, high = self.factor.low, self.factor.high
        assert low is not None and high is not None
        outer = (1.0 - PRIOR_WIDTH) / 2.0 * (high - low)
        return low + outer < 0.0 < high - outer

    def row(self) -> Row:
        """Return a row of `parameters.csv`."""
        factor = self.factor
        assert factor.low is not None and factor.high is not None
        return {
            "parameter": factor.name,
            "unit": factor.unit,
            "low": factor.low,
            "high": factor.high,
            "default": self.default,
            **{name: self.ends[name] for name in ("q05", "q25", "q50", "q75", "q95")},
            "width_ratio": self.width_ratio,
            "width_error": self.error,
            "identified": "yes" if self.identified else "no",
        }


class TradeOff(NamedTuple):
    """Two parameters of which the evidence fixes a combination; a row of `correlations.csv`.

    Attributes:
        first: One.
        second: The other.
        rank_correlation: Theirs, weighted.
    """

    first: str
    second: str
    rank_correlation: float


def sample_size(calibration: Calibration) -> float:
    """Return how many independent sets the kept ones are worth.

    They are drawn from the final sets, so they hold no more than those, nor more than their own
    number and weights.
    """
    return min(calibration.effective, effective_size(calibration.weights))


def target_summaries(calibration: Calibration) -> tuple[TargetSummary, ...]:
    """Return each target beside the ensemble; every history of a set has its share of the weight.

    Histories that do not define a target are left out of its numbers.
    """
    values = calibration.values
    each = np.repeat(calibration.weights / values.shape[1], values.shape[1])
    sizes = distances(calibration.aims, values)
    summaries = []
    for at, aim in enumerate(calibration.aims):
        flat = values[:, :, at].ravel()
        defined = np.isfinite(flat)
        own, weights = flat[defined], each[defined]
        (ends,) = _ends(own[:, np.newaxis], weights)
        summaries.append(
            TargetSummary(
                aim,
                float(np.average(own, weights=weights)),
                ends,
                float(weights.sum() / each.sum()),
                float(sizes[:, at].max()),
            )
        )
    return tuple(summaries)


def parameter_summaries(calibration: Calibration) -> tuple[ParameterSummary, ...]:
    """Return each parameter's posterior."""
    plan = calibration.plan
    cells = np.array(design_of(plan.factors, calibration.cube).points, dtype=np.float64)
    ends, places = _ends(cells, calibration.weights), _ends(calibration.cube, calibration.weights)
    error = WIDTH_ERROR / math.sqrt(sample_size(calibration))
    summaries = []
    for factor, values, shares in zip(plan.factors, ends, places, strict=True):
        default = float(plan.scenario.value(factor.name))
        width = (shares["q95"] - shares["q05"]) / PRIOR_WIDTH
        summaries.append(ParameterSummary(factor, default, values, shares, width, error))
    return tuple(summaries)


def _ends(values: Floats, weights: Floats) -> list[dict[str, float]]:
    """Return the weighted quantiles of each column by name."""
    quantiles = weighted_quantiles(values, weights, np.array(list(ENDS.values())))
    return [dict(zip(ENDS, column, strict=True)) for column in quantiles.T.tolist()]


def least_correlation(pairs: int, size: float) -> float:
    """Return the rank correlation from which a pair is listed.

    At least `TRADE_OFF`; more where a sample of this size would show more among so many
    independent pairs by chance, with 5 % over all pairs (Bonferroni).

    Args:
        pairs: How many pairs are looked at.
        size: Sets of equal weight that the sample is worth.
    """
    from scipy.stats import norm

    if not pairs:
        return TRADE_OFF
    chance = float(norm.isf(0.025 / pairs)) / math.sqrt(max(size - 1.0, 1.0))
    return min(1.0, max(TRADE_OFF, chance))


def trade_offs(calibration: Calibration) -> tuple[TradeOff, ...]:
    """Return the pairs of parameters that the posterior ties together, strongest first."""
    names = [factor.name for factor in calibration.plan.factors]
    matrix = rank_correlations(calibration.cube, calibration.weights)
    least = least_correlation(len(names) * (len(names) - 1) // 2, sample_size(calibration))
    pairs = [
        TradeOff(names[a], names[b], float(matrix[a, b]))
        for a, b in combinations(range(len(names)), 2)
        if abs(matrix[a, b]) > least
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair.rank_correlation)))


def wave_rows(calibration: Calibration) -> list[Row]:
    """Return the rows of `waves.csv`; the final sets have no emulator."""
    rows: list[Row] = []
    for wave in calibration.waves:
        explained = wave.explained or (float("nan"),) * len(calibration.aims)
        shares = zip(calibration.aims, explained, strict=True)
        rows.append(
            {
                "wave": wave.name,
                "sets": len(wave.cube),
                "replicates": wave.values.shape[1],
                "failed_runs": wave.failed,
                "share_of_prior": wave.left,
                "within_cut": wave.kept,
                **{f"r2_{aim.id}": share for aim, share in shares},
            }
        )
    return rows


def plausible_of(calibration: Calibration) -> PlausibleSets:
    """Return the kept sets with their weights, in the parameters' units."""
    points: Any = design_of(calibration.plan.factors, calibration.cube).points
    names = tuple(factor.name for factor in calibration.plan.factors)
    return PlausibleSets(names, tuple(points), tuple(calibration.weights.tolist()))


def identity_of(plan: Plan, aims: tuple[Aim, ...]) -> dict[str, Any]:
    """Return what identifies a calibration: question and rules, nothing of time or machine."""
    facts = [fact.described() for fact in plan.known]
    return {
        "version": __version__,
        "rules": source_hash(),
        **mechanisms_in_words(plan.scenario.rules),
        "base": plan.scenario.name,
        "scenario": plan.scenario.to_dict(),
        "overrides": dict(plan.overrides),
        "parameters": [factor.to_dict() for factor in plan.factors],
        "targets": [vars(aim) for aim in aims],
        **plan.sizes,
        "seed": plan.seed,
        **own_world(plan.scenario.seeds),
        **({KNOWN: facts, KNOWN_DIGEST: hash_of({KNOWN: facts})} if facts else {}),
    }


def known_rows(calibration: Calibration) -> list[dict[str, Any]]:
    """Return the rows of `known.csv`: what is known beside free histories, a row a fact."""
    if calibration.weighed is None:
        return []
    weighed = calibration.weighed
    each = zip(weighed.facts, weighed.before, weighed.after, weighed.reliability, strict=True)
    return [
        {
            "iso3": fact.iso3,
            "what": fact.what,
            "date": fact.date,
            "within_a_year_by_figures": before,
            "within_a_year": after,
            "reliability": reliability,
            "source": fact.source,
        }
        for fact, before, after, reliability in each
    ]

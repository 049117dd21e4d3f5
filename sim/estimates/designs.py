"""Main effects and interactions of a design's factors, and their shares of the variance.

A **factorial** has every combination of levels, each the same number of times. Other points are a
sample, and their effects those of a regression on the ranks of factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.estimates.effects import FALSE_SHARE, Mean, effect_of, mean_of, sizes_of, sums_by
from sim.runs.dataset import Results
from sim.runs.numbers import level
from sim.world.arrays import Floats, Whole

# With more levels, a factor's values count as a sample.
MOST_LEVELS = 20
# A sample's values are shown in thirds; up to so few values, each is a level.
THIRDS, FEW = ("low", "middle", "high"), 6
SIMULATED = 2000
MAIN, PAIR, REST, WITHIN = "main effect", "interaction", "rest", "within points"
OVER_RANGES, BEYOND_SUM = "Over the range of each factor", "Both changes, beyond their sum"
RESTS = {True: "interactions of three or more factors", False: "interactions and bends"}


@dataclass(frozen=True)
class Levels:
    """A factor of a design, and the level of each point.

    Attributes:
        names: Its levels with their unit, in order; of a sample, thirds of its values.
        codes: The level of each point: (points,).
        columns: Its columns in a regression, centred: (points, columns).
        steps: The range of values, or a level, of each column.
    """

    title: str
    names: Sequence[str]
    codes: Whole
    columns: Floats
    steps: Sequence[str]


class Plan(NamedTuple):
    factors: Sequence[Levels]
    is_factorial: bool

    @property
    def is_readable(self) -> bool:
        """Whether points are enough for a regression on all factors."""
        return self.is_factorial or (len(self.factors) > 0 and _fit(self).free > 0)


def plan_of(results: Results) -> Plan:
    design = results.design.loc[:, results.design.nunique() > 1]
    if design.empty:
        return Plan([], is_factorial=False)
    counts, combined = design.nunique(), design.value_counts()
    is_factorial = bool(
        counts.max() <= MOST_LEVELS and len(combined) == counts.prod() and combined.nunique() == 1
    )
    return Plan([_levels(results, design[name], is_factorial) for name in design], is_factorial)


def _levels(results: Results, cells: pd.Series, is_factorial: bool) -> Levels:
    described = results.factors.get(str(cells.name), {})
    is_number = pd.api.types.is_numeric_dtype(cells) and cells.dtype != bool
    codes, values = pd.factorize(cells, sort=is_number)
    names, columns = [level(value, described) for value in values], _centred(codes)
    steps = names[1:]
    if is_number and not is_factorial:
        ranks = cells.rank().to_numpy()
        columns = ((ranks - ranks.mean()) / np.ptp(ranks))[:, np.newaxis]
        steps = [_range(names[0], names[-1])]
        if len(values) > FEW:
            third = np.arange(len(values)) * len(THIRDS) // len(values)
            ends = [np.flatnonzero(third == at)[[0, -1]] for at in range(len(THIRDS))]
            pairs, codes = zip(THIRDS, ends, strict=True), third[codes]
            names = [f"{word}, {_range(names[low], names[high])}" for word, (low, high) in pairs]
    return Levels(described.get("title", str(cells.name)), names, codes, columns, steps)


def _range(low: str, high: str) -> str:
    number, _, unit = low.partition(" ")
    return f"{number if high.endswith(f' {unit}') else low} to {high}"


def _centred(codes: Whole) -> Floats:
    # A column per level except the first, less its mean.
    columns = (codes[:, np.newaxis] == np.arange(1, codes.max() + 1)).astype(float)
    return np.asarray(columns - columns.mean(axis=0))


class _Fit(NamedTuple):
    """A regression of numbers of points.

    Attributes:
        names: The factors of each term, in words: mains first.
        parts: The columns of each term.
        columns: Centred: (points, columns).
        inverse: Of their products.
        free: Points beyond those that the columns take.
    """

    names: list[str]
    parts: list[slice]
    columns: Floats
    inverse: Floats
    free: int

    def slopes(self, points: Floats) -> Floats:
        """Return coefficients: (rows, points) to (rows, columns)."""
        return np.asarray(points @ self.columns @ self.inverse)

    def squares(self, slopes: Floats) -> Floats:
        """Return the sum of squares of each term: (rows, terms)."""
        found = [
            np.einsum("ri,ij,rj->r", slopes[:, p], np.linalg.inv(self.inverse[p, p]), slopes[:, p])
            for p in self.parts
        ]
        return np.stack(found, axis=1)

    def rest(self, points: Floats) -> Floats:
        return np.asarray(((points - self.slopes(points) @ self.columns.T) ** 2).sum(axis=1))


def _fit(plan: Plan) -> _Fit:
    names, columns = [f.title for f in plan.factors], [f.columns for f in plan.factors]
    for a, b in combinations(plan.factors, 2) if plan.is_factorial else ():
        both = np.einsum("pi,pj->pij", a.columns, b.columns).reshape(len(a.codes), -1)
        names, columns = [*names, f"{a.title} × {b.title}"], [*columns, both - both.mean(axis=0)]
    ends = np.cumsum([0, *(part.shape[1] for part in columns)]).tolist()
    together = np.hstack(columns)
    inverse = np.linalg.pinv(together.T @ together)
    parts = [slice(*of) for of in pairwise(ends)]
    return _Fit(names, parts, together, inverse, len(together) - 1 - ends[-1])


def variance_shares(values: Floats, plan: Plan, sets: Whole) -> pd.DataFrame:
    """Return the share of the variance of single runs that each factor and interaction has.

    `values` are (points, runs). Shares are less the part that chance alone would have.

    Returns:
        A row per factor and interaction, those within points last: `kind`, `factors`, `share`,
        `chance` (its line; NaN of the rest and of single runs), `beyond_chance`, and `of_points`,
        its share of the variance between points. Of a sample, interactions are one row with bends.
    """
    fit, mains = _fit(plan), len(plan.factors)
    means = values.mean(axis=1)
    centred = means - means.mean()
    total = max(values.var() * len(values), 1e-300)
    cluster, size = sizes_of(sets)
    apart = values - means[:, np.newaxis] - values.mean(axis=0) + means.mean()
    free = max(size - 1.0, 1.0)
    noise = sums_by(cluster, apart.T) / len(sets) * np.sqrt(size / free)
    own = fit.squares(fit.slopes(centred[np.newaxis]))[0]
    expected = fit.squares(fit.slopes(noise)).sum(axis=0)
    rest = float(fit.rest(centred[np.newaxis])[0] - fit.rest(noise).sum())
    random = np.random.default_rng(1)
    # Residuals of runs are drawn at random, set by set: in 95 of 100 designs without any effect all
    # terms stay below the chance line.
    drawn = random.normal(size=(SIMULATED, len(noise))) @ fit.slopes(noise)
    drawn /= np.sqrt(random.chisquare(free, (SIMULATED, 1)) / free)
    if not plan.is_factorial and fit.free > 0 and rest > 0.0:
        # Points are a sample: what lies between them beyond chance is an error of all terms.
        lack = random.multivariate_normal(
            np.zeros(drawn.shape[1]), fit.inverse * rest / fit.free, SIMULATED
        )
        expected, drawn = expected + fit.squares(lack).mean(axis=0), drawn + lack
    line = np.quantile(fit.squares(drawn), 1.0 - FALSE_SHARE / len(own), axis=0)
    known = size > 1.0
    rows = pd.DataFrame({"kind": PAIR, "factors": fit.names}).assign(
        share=np.maximum(own - expected, 0.0) / total,
        chance=np.maximum(line - expected, 0.0) / total if known else np.nan,
        beyond_chance=(own > line) & known,
    )
    rows.loc[: mains - 1, "kind"] = MAIN
    if fit.free > 0:
        rest_share = max(rest, 0.0) / total
        rows.loc[len(rows)] = [REST, RESTS[plan.is_factorial], rest_share, np.nan, False]
    rows["of_points"] = rows["share"] / max(rows["share"].sum(), 1e-300)
    within = 1.0 - ((centred**2).sum() - (noise**2).sum()) / total
    rows.loc[len(rows)] = [WITHIN, "parameters and chance", within, np.nan, False, np.nan]
    return rows


def design_effects(values: Floats, plan: Plan, sets: Whole, reference: int) -> pd.DataFrame:
    """Return main effects and two-factor interactions, taken in each run.

    `values` are (points, runs); effects compare with the levels of the point `reference`.

    Returns:
        A row per effect: `kind`, `factors`, `comparison` and `level` in words, and the columns of
        `effect_of` except the means of both sides.
    """
    rows, weights = _contrasts(plan, reference)
    ahead, behind = np.maximum(weights, 0.0), np.maximum(-weights, 0.0)
    # Rounded, so that slopes of nothing are 0.
    effects = effect_of((behind @ values).T.round(9), (ahead @ values).T.round(9), sets)
    effects = effects.drop(columns=["reference_mean", "alternative_mean"])
    fit = _fit(plan)
    if not plan.is_factorial and fit.free > 0:
        # Points are a sample, so the residuals between points are an error, too.
        rest = fit.rest((values.mean(axis=1) - values.mean())[np.newaxis]) / fit.free
        mean = mean_of((weights @ values).T, sets)
        wider = np.sqrt(1.0 + rest * (weights**2).sum(axis=1) / np.maximum(mean.error**2, 1e-300))
        reach = wider * (mean.high - mean.mean)
        ends = mean.mean - reach, mean.mean + reach
        mean = Mean(mean.mean, wider * mean.error, *ends, mean.sets)
        columns = ("standard_error", "low", "high", "p_value")
        effects[[*columns]] = np.stack([mean.error, *ends, mean.p_value], axis=1)
    return pd.DataFrame(rows, columns=["kind", "factors", "comparison", "level"]).join(effects)


def _contrasts(plan: Plan, reference: int) -> tuple[list[tuple[str, ...]], Floats]:
    """Return kind, factors, comparison, level of each effect, and the weights of points in it."""
    rows: list[tuple[str, ...]] = []
    weights, factors = [], plan.factors
    if not plan.is_factorial:
        fit = _fit(plan)
        for f in factors:
            rows += [(MAIN, f.title, OVER_RANGES, f"{f.title}, {step}") for step in f.steps]
        return rows, fit.inverse @ fit.columns.T
    # A level is compared with that of the reference point, over all other factors. An interaction
    # is the change by both factors less the sum of both changes.
    bases = [int(f.codes[reference]) for f in factors]
    lasts = [len(f.names) - 1 for f in factors]
    ends = [0 if base == last else last for base, last in zip(bases, lasts, strict=True)]
    for f, base in zip(factors, bases, strict=True):
        for code in (code for code in range(len(f.names)) if code != base):
            head = f"{f.title}, against {f.names[base]}"
            rows.append((MAIN, f.title, head, f.names[code]))
            weights.append(_at(f, code) / _at(f, code).sum() - _at(f, base) / _at(f, base).sum())
    for a, b in combinations(range(len(factors)), 2):
        both = [(factors[at], ends[at], bases[at]) for at in (a, b)]
        texts = [f"{f.title}, {_range(f.names[base], f.names[end])}" for f, end, base in both]
        change, other = (_at(f, end) - _at(f, base) for f, end, base in both)
        of = " × ".join(factors[at].title for at in (a, b))
        rows.append((PAIR, of, BEYOND_SUM, " × ".join(texts)))
        weights.append(change * other / ((change * other) > 0.0).sum() * 2.0)
    return rows, np.array(weights)


def _at(factor: Levels, code: int) -> Floats:
    return np.asarray(factor.codes == code, np.float64)

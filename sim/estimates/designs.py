"""What the factors of a design do: effects and shares of the variance in a grid, else correlations.

A **factorial** has every combination of levels, each the same number of times. Other points are a
sample, which says how ranks of points go with ranks of factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.estimates.effects import FALSE_SHARE, effect_of, sizes_of, sums_by
from sim.runs.dataset import Results
from sim.runs.numbers import level
from sim.world.arrays import Floats, Whole

# With more levels, a factor's values count as a sample.
MOST_LEVELS = 20
# A sample's values are shown in thirds; up to so few values, each is a level.
THIRDS, FEW = ("low", "middle", "high"), 6
SIMULATED = 2000
# With fewer points, ranks say little.
FEWEST_POINTS = 10
MAIN, PAIR, REST, WITHIN = "main effect", "interaction", "rest", "within points"
BEYOND_SUM = "Both changes, beyond their sum"


@dataclass(frozen=True)
class Levels:
    """A factor of a design, and the level of each point.

    Attributes:
        names: Its levels with their unit, in order; of a sample, thirds of its values.
        codes: The level of each point: (points,).
    """

    title: str
    names: Sequence[str]
    codes: Whole


class Plan(NamedTuple):
    factors: Sequence[Levels]
    is_factorial: bool


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
    names = [level(value, described) for value in values]
    if is_number and not is_factorial and len(values) > FEW:
        third = np.arange(len(values)) * len(THIRDS) // len(values)
        ends = [np.flatnonzero(third == at)[[0, -1]] for at in range(len(THIRDS))]
        pairs, codes = zip(THIRDS, ends, strict=True), third[codes]
        names = [f"{word}, {_range(names[low], names[high])}" for word, (low, high) in pairs]
    return Levels(described.get("title", str(cells.name)), names, codes)


def _range(low: str, high: str) -> str:
    number, _, unit = low.partition(" ")
    return f"{number if high.endswith(f' {unit}') else low} to {high}"


def _parts(factors: Sequence[Levels], points: Floats) -> list[Floats]:
    """Return what each main effect and interaction adds: (rows, points) to (rows, cells) of each.

    Scaled, so that the squares of a part sum up to its sum of squares over points.
    """
    apart = (points - points.mean(axis=1, keepdims=True)).T

    def means(codes: Whole) -> Floats:
        return sums_by(codes, apart) / np.bincount(codes)[:, np.newaxis]

    parts = [means(factor.codes) for factor in factors]
    for (a, of_a), (b, of_b) in combinations(zip(factors, parts[:], strict=True), 2):
        alone = of_a[:, np.newaxis] + of_b
        both = means(a.codes * len(b.names) + b.codes)
        parts.append(both - alone.reshape(both.shape))
    return [np.sqrt(len(apart) / len(part)) * part.T for part in parts]


def _squares(parts: Sequence[Floats]) -> Floats:
    return np.stack([(part**2).sum(axis=1) for part in parts], axis=1)


def variance_shares(values: Floats, factors: Sequence[Levels], sets: Whole) -> pd.DataFrame:
    """Return the share of the variance of single runs that a grid's factors and interactions have.

    `values` are (points, runs). Shares are less the part that chance alone would have.

    Returns:
        A row per factor and interaction, those within points last: `kind`, `factors`, `share`,
        `chance` (its line; NaN of the rest and of single runs), `beyond_chance`, and `of_points`,
        its share of the variance between points.
    """
    means = values.mean(axis=1)
    centred = means - means.mean()
    total = max(values.var() * len(values), 1e-300)
    cluster, size = sizes_of(sets)
    apart = values - means[:, np.newaxis] - values.mean(axis=0) + means.mean()
    free = max(size - 1.0, 1.0)
    noise = sums_by(cluster, apart.T) / len(sets) * np.sqrt(size / free)
    own, by_chance = _squares(_parts(factors, centred[np.newaxis]))[0], _parts(factors, noise)
    expected = _squares(by_chance).sum(axis=0)
    random = np.random.default_rng(1)
    # Residuals of runs are drawn at random, set by set: in 95 of 100 designs without any effect all
    # terms stay below the chance line.
    normal = random.normal(size=(SIMULATED, len(noise)))
    normal /= np.sqrt(random.chisquare(free, (SIMULATED, 1)) / free)
    drawn = _squares([normal @ part for part in by_chance])
    line = np.quantile(drawn, 1.0 - FALSE_SHARE / len(own), axis=0)
    known, both = size > 1.0, combinations((factor.title for factor in factors), 2)
    names = [*(factor.title for factor in factors), *map(" × ".join, both)]
    kinds = [MAIN] * len(factors) + [PAIR] * (len(own) - len(factors))
    rows = pd.DataFrame({"kind": kinds, "factors": names}).assign(
        share=np.maximum(own - expected, 0.0) / total,
        chance=np.maximum(line - expected, 0.0) / total if known else np.nan,
        beyond_chance=(own > line) & known,
    )
    between = (centred**2).sum() - (noise**2).sum()
    if len(factors) > 2:
        rest = max(between - (own - expected).sum(), 0.0) / total
        name = "interactions of three or more factors"
        rows.loc[len(rows)] = [REST, name, rest, np.nan, False]
    rows["of_points"] = rows["share"] / max(rows["share"].sum(), 1e-300)
    within = 1.0 - between / total
    rows.loc[len(rows)] = [WITHIN, "parameters and chance", within, np.nan, False, np.nan]
    return rows


def design_effects(
    values: Floats, factors: Sequence[Levels], sets: Whole, reference: int
) -> pd.DataFrame:
    """Return a grid's main effects and two-factor interactions, taken in each run.

    `values` are (points, runs); effects compare with the levels of the point `reference`.

    Returns:
        A row per effect: `kind`, `factors`, `comparison` and `level` in words, and the columns of
        `effect_of` except the means of both sides.
    """
    # A level is compared with that of the reference point, over all other factors. An interaction
    # is the change by both factors less the sum of both changes.
    rows: list[tuple[str, ...]] = []
    weights, changes = [], []
    for f in factors:
        base, last = int(f.codes[reference]), len(f.names) - 1
        for code in (code for code in range(len(f.names)) if code != base):
            rows.append((MAIN, f.title, f"{f.title}, against {f.names[base]}", f.names[code]))
            weights.append(_at(f, code) / _at(f, code).sum() - _at(f, base) / _at(f, base).sum())
        end = 0 if base == last else last
        words = f"{f.title}, {_range(f.names[base], f.names[end])}"
        changes.append((f.title, words, _at(f, end) - _at(f, base)))
    for (a, from_a, by_a), (b, from_b, by_b) in combinations(changes, 2):
        rows.append((PAIR, f"{a} × {b}", BEYOND_SUM, f"{from_a} × {from_b}"))
        weights.append(by_a * by_b / ((by_a * by_b) > 0.0).sum() * 2.0)
    ahead, behind = np.maximum(weights, 0.0), np.maximum(np.negative(weights), 0.0)
    # Rounded, so that differences of nothing are 0.
    effects = effect_of((behind @ values).T.round(9), (ahead @ values).T.round(9), sets)
    effects = effects.drop(columns=["reference_mean", "alternative_mean"])
    return pd.DataFrame(rows, columns=["kind", "factors", "comparison", "level"]).join(effects)


def _at(factor: Levels, code: int) -> Floats:
    return np.asarray(factor.codes == code, np.float64)


def rank_correlations(design: pd.DataFrame, means: Floats) -> pd.DataFrame:
    """Return how a sample's points go with each factor, the strongest first.

    `design` has a column per factor, `means` a number per point.

    Returns:
        A row per factor, or label of one: `factor`, `level` (the label), `rank_correlation`
        (Spearman's), its `chance` line, and `beyond_chance`.
    """
    columns = {
        name: of.to_frame("") if pd.api.types.is_numeric_dtype(of) else pd.get_dummies(of)
        for name, of in design.reset_index(drop=True).items()
    }
    ranks = pd.concat(columns, axis="columns", names=["factor", "level"]).rank()
    found = ranks.corrwith(pd.Series(means).rank()).fillna(0.0)
    # One sample in twenty has a row above the line by chance.
    line = NormalDist().inv_cdf(1.0 - FALSE_SHARE / 2.0 / len(found)) / np.sqrt(len(means) - 1.0)
    table = found.rename("rank_correlation").reset_index()
    table = table.assign(chance=line, beyond_chance=table["rank_correlation"].abs() > line)
    return table.sort_values(
        "rank_correlation", key=lambda of: -of.abs(), kind="stable", ignore_index=True
    )

"""The effects of a sweep's factors in tables, sentences and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.estimates.designs import (
    FEWEST_POINTS,
    MAIN,
    PAIR,
    Levels,
    Plan,
    design_effects,
    plan_of,
    rank_correlations,
    variance_shares,
)
from sim.estimates.effects import adjusted
from sim.figures import draw
from sim.figures.designs import curves, heat
from sim.figures.findings import without_sections
from sim.measures.variables import PARAMETER_SET, RUN, YEAR
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.studies.report import CHANGES, Table, changes, text, wide
from sim.world.arrays import Floats

# Only the largest interactions are shown and drawn.
MOST_PAIRS = 8
SHARES = (
    "Shares of the variance of single runs (analysis of variance), less the part that chance adds;"
    " in brackets: of the differences between points; *: beyond chance. Parameters and chance:"
    " differences between the runs of a point. Shares depend on the levels chosen: a factor has"
    " more over a wide range, and points at which it cannot act count too."
)
CORRELATIONS = (
    "Spearman's rank correlation over {:,} points, of the mean of runs, from −1 to 1; *: beyond"
    " chance. A factor that first raises and then lowers an outcome may have 0."
)
NAMES = {"factors": "factor or interaction", "comparison": "factor or interaction"}
"""Headings of printed tables."""


class Reading(NamedTuple):
    """Content of a report; `effects` are those drawn."""

    tables: Mapping[str, pd.DataFrame]
    shown: Sequence[str | Table]
    figures: Mapping[str, Callable[[], Figure]]
    effects: pd.DataFrame


def read_design(results: Results, names: Sequence[str], year: int, reference: int) -> Reading:
    """Return what a sweep's factors do by the end of a year; without `tables` of too few points.

    Figures show the first outcome; `reference` is the point with whose levels others are compared.
    """
    plan = plan_of(results)
    if not plan.is_factorial:
        return _read_sample(results, names, year, plan)
    effects, shares = [], []
    for name in names:
        values = results.values(name, years=year).isel({YEAR: 0})
        given = values.to_numpy(), plan.factors, values[PARAMETER_SET].to_numpy()
        of = {"outcome": name, "unit": results.outcomes[name].unit, "year": year}
        effects.append(design_effects(*given, reference).assign(**of))
        shares.append(variance_shares(*given).assign(**of))
    largest = effects[0].sort_values("mean", key=lambda means: -means.abs(), kind="stable").index
    kinds = effects[0]["kind"]
    mains, pairs = kinds.index[kinds == MAIN], [at for at in largest if kinds[at] == PAIR]
    every, rows = [*mains, *pairs], [*mains, *sorted(pairs[:MOST_PAIRS])]
    drawn = effects[0].loc[rows].rename(columns={"level": "row", "comparison": "head"})
    titled = drawn["factors"] + " " + drawn["row"]
    drawn["name"] = titled.where(drawn["kind"] == MAIN, drawn["row"])
    drawn["adjusted_p"] = adjusted(drawn["p_value"].fillna(1.0))
    tables = {"main_effects": pd.concat(effects), "variance": pd.concat(shares)}
    of_factors = shares[0].loc[shares[0]["kind"] == MAIN, "share"]
    order = [plan.factors[at] for at in of_factors.sort_values(ascending=False).index]
    return Reading(
        tables,
        _shown(results, plan, pd.concat(t.loc[every] for t in effects), tables["variance"]),
        _figures(results, names[0], year, plan, order),
        drawn,
    )


def _read_sample(results: Results, names: Sequence[str], year: int, plan: Plan) -> Reading:
    design = results.design.loc[:, results.design.nunique() > 1]
    factors = dict(zip(design, plan.factors, strict=True))
    if not factors or len(design) < FEWEST_POINTS:
        figures = _figures(results, names[0], year, plan, plan.factors)
        return Reading({}, [], figures, pd.DataFrame())
    found = []
    for name in names:
        means = results.values(name, years=year).mean(RUN).to_numpy().squeeze(-1)
        found.append(rank_correlations(design, means).assign(outcome=name, year=year))
    table = pd.concat(found, ignore_index=True)
    rows = zip(table["factor"], table["level"], strict=True)
    cells = table["rank_correlation"].round(2).map(text)
    printed = wide(
        table.assign(
            factor=[": ".join(filter(None, (factors[of].title, label))) for of, label in rows],
            outcome=[results.outcomes[name].label for name in table["outcome"]],
        ),
        ["factor"],
        "outcome",
        cells + np.where(table["beyond_chance"], "*", ""),
    )
    title = f"Rank correlation with each factor at the end of {year}"
    strongest = [factors[name] for name in found[0]["factor"].drop_duplicates()]
    return Reading(
        {"rank_correlations": table},
        [Table(printed, title), CORRELATIONS.format(len(design))],
        _figures(results, names[0], year, plan, strongest),
        pd.DataFrame(),
    )


def _shown(
    results: Results, plan: Plan, effects: pd.DataFrame, shares: pd.DataFrame
) -> list[str | Table]:
    labels = {name: outcome.label for name, outcome in results.outcomes.items()}
    cells = [
        f"{shown(PERCENT * row.share)}%{'*' * bool(row.beyond_chance)}"
        + f" ({PERCENT * row.of_points:.0f}%)" * bool(np.isfinite(row.of_points))
        for row in shares.itertuples()
    ]
    table = wide(shares.assign(label=shares["outcome"].map(labels)), ["factors"], "label", cells)
    title = f"Share of the variance at the end of {shares['year'].iloc[0]}"
    blocks: list[str | Table] = [
        Table(table.rename(columns=NAMES), title),
        SHARES,
    ]
    if len(plan.factors) > 1:
        frame = effects.assign(label=effects["outcome"].map(labels))
        table = wide(frame, ["comparison", "level"], "label", changes(effects))
        again = table["comparison"] == table["comparison"].shift()
        table["comparison"] = table["comparison"].mask(again, "")
        title = f"Main effects and interactions: {CHANGES}"
        most = MOST_PAIRS + (effects["kind"] == MAIN).sum() // effects["outcome"].nunique()
        blocks.insert(0, Table(table.rename(columns=NAMES), title, most, "main_effects"))
    return blocks


def _figures(
    results: Results, name: str, year: int, plan: Plan, order: Sequence[Levels]
) -> Mapping[str, Callable[[], Figure]]:
    outcome = results.outcomes[name]
    drawn: dict[str, Callable[[], Figure]] = {}
    of_runs = draw.scale_of(outcome) * results.values(name, years=year).to_numpy().squeeze(-1)
    dated, unit, means = f"at the end of {year}", draw.unit_of(outcome), of_runs.mean(axis=1)
    found = f"{outcome.label} in the model {dated}: {{}} to {{}} {unit}, by {{}}".replace(" %", "%")
    if order and len(results.years) > 1:
        title = _by_levels(found, means, order[:1])
        drawn["curves"] = partial(curves, results, name, title, order)
    if plan.is_factorial and len(order) > 1:
        label = f"{outcome.label}, {unit}"
        drawn["heat"] = heat_of(results, found, label, dated, means, plan.factors)
    return drawn


def _by_levels(title: str, means: Floats, factors: Sequence[Levels]) -> str:
    cells = pd.Series(means).groupby([factor.codes for factor in factors]).mean()
    by = " and ".join(f"“{name}”" for name in without_sections([f.title for f in factors]))
    return title.format(shown(cells.min()), shown(cells.max()), by)


def heat_of(
    results: Results, title: str, label: str, dated: str, means: Floats, factors: Sequence[Levels]
) -> Callable[[], Figure]:
    """Return a heat table of the two factors with the most levels.

    `title` has places for the least and the largest mean, and for the factors.
    """
    pair = sorted(factors, key=lambda factor: -len(factor.names))[:2]
    return partial(heat, results, _by_levels(title, means, pair), label, dated, means, pair)

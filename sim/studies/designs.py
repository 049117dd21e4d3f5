"""The effects of a sweep's factors in tables, sentences and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.estimates.designs import MAIN, PAIR, Levels, Plan, design_effects, plan_of, variance_shares
from sim.estimates.effects import adjusted
from sim.figures import draw
from sim.figures.designs import curves, heat
from sim.figures.findings import lowered, without_sections
from sim.measures.variables import PARAMETER_SET, YEAR
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.studies.report import CHANGES, Table, changes, wide
from sim.world.arrays import Floats

# Only the largest interactions are shown and drawn.
MOST_PAIRS = 8
HOW = {
    True: "analysis of variance",
    False: "regression on the ranks of factors, as points are a sample",
}
EFFECTS = {
    True: "Means over all other factors.",
    False: "Slopes of a regression on ranks, over the whole range.",
}
SHARES = (
    "Shares of the variance of single runs ({how}), less the part that chance adds; in brackets: of"
    " the differences between points; *: beyond chance. Parameters and chance: differences between"
    " the runs of a point. Shares depend on the levels chosen: a factor has more over a wide range,"
    " and points at which it cannot act count too."
)
WHAT = {True: "main effects and interactions", False: "main effects"}
OF_ONE = "changes of one factor"
NAMES = {"factors": "factor or interaction", "comparison": "factor or interaction"}
"""Headings of printed tables."""


class Reading(NamedTuple):
    """Content of a report; `effects` are those drawn."""

    tables: Mapping[str, pd.DataFrame]
    shown: Sequence[str | Table]
    figures: Mapping[str, Callable[[], Figure]]
    effects: pd.DataFrame


def read_design(results: Results, names: Sequence[str], year: int, reference: int) -> Reading:
    """Return the effects of a sweep's factors at the end of a year.

    Figures show the first outcome; `reference` is the point with whose levels others are compared.
    """
    plan = plan_of(results)
    effects, shares = [], []
    for name in names if plan.is_readable else ():
        values = results.values(name, years=year).isel({YEAR: 0})
        given = values.to_numpy(), plan, values[PARAMETER_SET].to_numpy()
        of = {"outcome": name, "unit": results.outcomes[name].unit, "year": year}
        effects.append(design_effects(*given, reference).assign(**of))
        shares.append(variance_shares(*given).assign(**of))
    if not effects:
        return Reading({}, [], _figures(results, names[0], year, plan), pd.DataFrame())
    largest = effects[0].sort_values("mean", key=lambda means: -means.abs(), kind="stable").index
    kinds = effects[0]["kind"]
    mains, pairs = kinds.index[kinds == MAIN], [at for at in largest if kinds[at] == PAIR]
    every, rows = [*mains, *pairs], [*mains, *sorted(pairs[:MOST_PAIRS])]
    drawn = effects[0].loc[rows].rename(columns={"level": "row", "comparison": "head"})
    titled = drawn["factors"] + " " + drawn["row"]
    drawn["name"] = titled.where((drawn["kind"] == MAIN) & plan.is_factorial, drawn["row"])
    drawn["adjusted_p"] = adjusted(drawn["p_value"].fillna(1.0))
    tables = {"main_effects": pd.concat(effects), "variance": pd.concat(shares)}
    return Reading(
        tables,
        _shown(results, plan, pd.concat(t.loc[every] for t in effects), tables["variance"]),
        _figures(results, names[0], year, plan, shares[0]),
        drawn,
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
        SHARES.format(how=HOW[plan.is_factorial]),
    ]
    if len(plan.factors) > 1:
        frame = effects.assign(label=effects["outcome"].map(labels))
        table = wide(frame, ["comparison", "level"], "label", changes(effects))
        again = table["comparison"] == table["comparison"].shift()
        table["comparison"] = table["comparison"].mask(again, "")
        title = f"{WHAT[plan.is_factorial].capitalize()}: {CHANGES}"
        most = MOST_PAIRS + (effects["kind"] == MAIN).sum() // effects["outcome"].nunique()
        blocks.insert(0, Table(table.rename(columns=NAMES), title, most, "main_effects"))
    return blocks


def _figures(
    results: Results, name: str, year: int, plan: Plan, shares: pd.DataFrame | None = None
) -> Mapping[str, Callable[[], Figure]]:
    outcome, order = results.outcomes[name], [*plan.factors]
    if shares is not None:
        mains = shares.loc[shares["kind"] == MAIN, "share"].sort_values(ascending=False)
        order = [plan.factors[at] for at in mains.index]
    drawn: dict[str, Callable[[], Figure]] = {}
    if order and len(results.years) > 1:
        title = f"{outcome.label} in the model, by level of each factor"
        drawn["curves"] = partial(curves, results, name, title, order)
    if plan.is_factorial and len(order) > 1:
        of_runs = draw.scale_of(outcome) * results.values(name, years=year).to_numpy().squeeze(-1)
        dated, unit = f"at the end of {year}", draw.unit_of(outcome)
        found = f"{outcome.label} in the model {dated}: {{}} to {{}} {unit}, by {{}}"
        found, label = found.replace(" %", "%"), f"{outcome.label}, {unit}"
        means = np.nanmean(of_runs, axis=1)
        drawn["heat"] = heat_of(results, found, label, dated, means, plan.factors)
    return drawn


def heat_of(
    results: Results, title: str, label: str, dated: str, means: Floats, factors: Sequence[Levels]
) -> Callable[[], Figure]:
    """Return a heat table of the two factors with the most levels.

    `title` has places for the least and the largest mean, and for the factors.
    """
    pair = sorted(factors, key=lambda factor: -len(factor.names))[:2]
    cells = pd.Series(means).groupby([factor.codes for factor in pair]).mean()
    by = " and ".join(without_sections([lowered(factor.title) for factor in pair]))
    title = title.format(shown(cells.min()), shown(cells.max()), by)
    return partial(heat, results, title, label, dated, means, pair)

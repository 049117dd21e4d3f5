"""Compare scenarios run by run: the effect of each against the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import InputError, listed
from sim.figures.draw import Line, Panel, change_unit, factor_of, looks, maps, over_time, source
from sim.figures.style import OPPOSED
from sim.results.dataset import Results
from sim.results.effects import BEYOND_CHANCE, BY_SET, country_effects, effect_table
from sim.rules import WORLD
from sim.studies.report import CHANGES, NONE, Report, Table, changes, signed, text, wide
from sim.studies.sources import RunOptions, Source, is_finished, results_of
from sim.units import PERCENT

OUTCOMES = ("working", "adopters", "trained", "contracts_chinese")
COUNTRIES_SHOWN = 6
REACHES = (10.0, 25.0, 50.0, 100.0)
"""Ends of a map's scale: the first that contains all changes."""
BEFORE = 3
"""Years that figures show before the first change."""
KINDS = (WORLD, "regime", "region", "aid")


def compare(
    *sources: Source, outcomes: str | Sequence[str] = OUTCOMES, **options: Unpack[RunOptions]
) -> Report:
    """Compare scenarios, or finished results, with the first, run by run.

    Args:
        *sources: Names or files of scenarios, or results folders; the first is the reference.
        outcomes: Outcomes to compare.
        **options: See :class:`sim.studies.sources.RunOptions`.
    """
    if len(sources) < 2 and not any(map(is_finished, sources)):
        raise InputError("name two or more scenarios or folders: the first is the reference")
    return report(results_of(sources, options), listed(outcomes))


def report(results: Results, outcomes: Sequence[str]) -> Report:
    """Return the effects of all points against the first."""
    differences = effect_table(
        results, outcomes, by=[kind for kind in KINDS if kind in results.groups]
    )
    last = results.years[-1]
    countries = country_effects(results, last) if results.has_panel else pd.DataFrame()
    changed = len(countries) > 0 and countries["changed"].any()
    return Report(
        kind="comparison",
        results=results,
        tables={"differences": differences, "country_differences": countries},
        shown=_shown(results, differences, countries, last),
        figures={
            "differences": lambda: _figure(results, differences, outcomes),
            **({"map": lambda: _map(results, countries, last)} if changed else {}),
        },
        facts={"reference": results.labels[0], "alternatives": results.labels[1:]},
    )


def _shown(
    results: Results, differences: pd.DataFrame, countries: pd.DataFrame, last: int
) -> list[str | Table]:
    world = differences.query("group_kind == @WORLD and year == @last")
    labels = [results.outcomes[name].named for name in world["outcome"]]
    table = wide(world.assign(label=labels), ["alternative"], "label", changes(world))
    blocks: list[str | Table] = [
        Table(table, f"Change by {last} against {results.labels[0]}: {CHANGES}"),
        BY_SET,
    ]
    if len(countries):
        rows = []
        for label in results.labels[1:]:
            changed = countries[(countries["alternative"] == label) & countries["changed"]]
            largest = changed.head(COUNTRIES_SHOWN)
            pairs = zip(largest["name"], PERCENT * largest["difference"], strict=True)
            names = [f"{name} {signed(float(round(points)))}" for name, points in pairs]
            rows.append((label, len(changed), "; ".join(names) or NONE))
        columns = ["alternative", "countries", "largest changes, percentage points of runs"]
        title = (
            f"Countries that change beyond chance: a working Chinese system at the end of {last}"
        )
        blocks += [Table(pd.DataFrame(rows, columns=columns), title), BEYOND_CHANCE]
    return blocks


def _figure(results: Results, differences: pd.DataFrame, outcomes: Sequence[str]) -> Figure:
    """Draw the paired difference of each outcome over time."""
    world = differences[differences["group_kind"] == WORLD]
    changed = world.loc[world[["q05", "q95"]].any(axis=1), "year"]
    world = world[world["year"] >= (changed.min() - BEFORE if len(changed) else 0)]
    signs = looks(results.labels[1:])
    panels = []
    for name in outcomes:
        outcome = results.outcomes[name]
        lines = []
        for point, look in enumerate(signs, start=1):
            rows = world[(world["outcome"] == name) & (world["point"] == point)]
            numbers = factor_of(outcome) * rows[["mean", "q05", "q25", "q50", "q75", "q95"]]
            lines.append(Line(look, numbers.set_index(rows["year"])))
        panels.append(Panel(outcome.label, change_unit(outcome), lines))
    title = f"Change against {results.labels[0]} to {results.years[-1]}"
    if results.n_points == 2:
        first, last = results.outcomes[outcomes[0]], results.years[-1]
        rows = world[(world["outcome"] == first.name) & (world["year"] == last)]
        cells = (factor_of(first) * rows[["mean", "low", "high", "q05", "q95"]]).iloc[0]
        title = (
            f"{first.label}: {signed(cells['mean'])} {change_unit(first)} by {last} in"
            f" {results.labels[1]} (95 % of the mean: {text(cells['low'])} to"
            f" {text(cells['high'])}; 90 % of runs: {text(cells['q05'])} to {text(cells['q95'])})"
        )
    return over_time(
        results,
        title,
        panels,
        "How many more or fewer, run by run?",
        columns=2,
        note="Differences of paired runs.",
    )


def _map(results: Results, countries: pd.DataFrame, last: int) -> Figure:
    """Draw which countries change beyond chance, for every alternative."""
    shown, none = {}, []
    for label in results.labels[1:]:
        rows = countries[countries["alternative"] == label]
        values = np.where(rows["changed"], PERCENT * rows["difference"], np.nan)
        count = int(rows["changed"].sum())
        if count:
            shown[f"{label}: {count} countries"] = dict(zip(rows["iso3"], values, strict=True))
        else:
            none.append(label)
    white = f"White: no change beyond chance{'; in none: ' * bool(none)}{', '.join(none)}."
    largest = max(np.nanmax(np.abs([*values.values(), 0.0])) for values in shown.values())
    reach = next(reach for reach in REACHES if reach >= largest)
    return maps(
        f"A working Chinese system at the end of {last}: changes beyond chance",
        shown,
        "percentage points of runs",
        (-reach, reach),
        f"In which share of the runs more or less than in {results.labels[0]}?",
        f"{source(results)} {white} {BEYOND_CHANCE.replace('Named', 'Coloured')}",
        colours=OPPOSED,
    )

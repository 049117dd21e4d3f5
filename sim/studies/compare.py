"""Compare scenarios run by run: the effect of each against the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import InputError
from sim.figures.draw import Line, Panel, change_unit, factor_of, looks, maps, over_time, source
from sim.figures.style import OPPOSED
from sim.register import WORLD
from sim.results.dataset import Results
from sim.results.effects import BEYOND_CHANCE, BY_SET, country_effects, effect_table
from sim.studies.report import Report, Table, changes, percent, ranges, wide
from sim.studies.sources import RunOptions, Source, is_folder, results_of
from sim.text import listed

OUTCOMES = ("working", "adopters", "trained", "contracts_chinese")
YEARS = (2025, 2030, 2035, 2040)
COUNTRIES_SHOWN = 12
KINDS = (WORLD, "regime", "region")


def compare(
    *sources: Source, outcomes: str | Sequence[str] = OUTCOMES, **options: Unpack[RunOptions]
) -> Report:
    """Compare scenarios, or finished results, with the first, run by run.

    Args:
        *sources: Names or files of scenarios, or results folders; the first is the reference.
        outcomes: Outcomes to compare.
        **options: See :class:`sim.studies.sources.RunOptions`.
    """
    if len(sources) < 2 and not any(isinstance(s, Results) or is_folder(s) for s in sources):
        raise InputError("name two or more scenarios or folders: the first is the reference")
    return report(results_of(sources, options), listed(outcomes))


def report(results: Results, outcomes: Sequence[str]) -> Report:
    """Return the effects of all points against the first."""
    differences = effect_table(results, outcomes, by=KINDS)
    last = results.years[-1]
    countries = country_effects(results, last) if results.has_panel else pd.DataFrame()
    return Report(
        kind="comparison",
        results=results,
        tables={"differences": differences, "country_differences": countries},
        shown=_shown(results, differences, countries, last),
        figures={
            "differences": lambda: _figure(results, differences, outcomes),
            **({"map": lambda: _map(results, countries, last)} if len(countries) else {}),
        },
        facts={"reference": results.labels[0], "alternatives": results.labels[1:]},
    )


def _shown(
    results: Results, differences: pd.DataFrame, countries: pd.DataFrame, last: int
) -> list[str | Table]:
    years = [year for year in YEARS if year in results.years] or [last]
    world = differences.query("group_kind == @WORLD and year in @years")
    final = world[world["year"] == years[-1]].assign(year=f"mean {years[-1]}, 95 %")
    cells = [*changes(world), *ranges(final, "low", "high")]
    table = wide(pd.concat([world, final]), ["alternative", "outcome"], "year", cells)
    table["outcome"] = [results.outcomes[name].label for name in table["outcome"]]
    blocks: list[str | Table] = [
        Table(table, f"Change against {results.labels[0]}: mean of paired runs (90 % of runs)"),
        BY_SET,
    ]
    for label in results.labels[1:] if len(countries) else ():
        changed = countries[(countries["alternative"] == label) & countries["changed"]]
        if changed.empty:
            blocks.append(f"{label}: no country changes beyond chance by {last}.")
            continue
        rows = changed.head(COUNTRIES_SHOWN)
        columns = {"p_reference": results.labels[0], "p_alternative": label, "lost": "lost",
                   "gained": "gained"}  # fmt: skip
        frame = rows[list(columns)].map(percent).rename(columns=columns)
        frame.insert(0, "country", rows["name"])
        title = f"{len(changed)} countries change beyond chance in {label}: a working system {last}"
        blocks += [Table(frame, title), BEYOND_CHANCE]
    return blocks


def _figure(results: Results, differences: pd.DataFrame, outcomes: Sequence[str]) -> Figure:
    """Draw the paired difference of each outcome over time."""
    world = differences[differences["group_kind"] == WORLD]
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
    others = ", ".join(results.labels[1:])
    return over_time(
        results,
        f"Change against {results.labels[0]}: {others}",
        panels,
        "How many more or fewer, run by run?",
        columns=2,
        note="Differences of paired runs.",
    )


def _map(results: Results, countries: pd.DataFrame, last: int) -> Figure:
    """Draw which countries change beyond chance, for every alternative."""
    shown = {}
    for label in results.labels[1:]:
        rows = countries[countries["alternative"] == label]
        values = np.where(rows["changed"], 100.0 * rows["difference"], 0.0)
        count = int(rows["changed"].sum())
        shown[f"{label}: {count} countries change beyond chance"] = dict(
            zip(rows["iso3"], values, strict=True)
        )
    return maps(
        f"A working Chinese system at the end of {last}",
        shown,
        "percentage points of runs",
        (-100.0, 100.0),
        "Which countries change beyond chance?",
        f"{source(results)} {BEYOND_CHANCE}",
        colours=OPPOSED,
    )

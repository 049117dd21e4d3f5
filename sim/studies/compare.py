"""Compare run by run: scenarios with the first, or points of a sweep with its reference point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import InputError, listed
from sim.figures import draw
from sim.figures.style import INK, PALE_INK, Look
from sim.parameters import Outcome
from sim.results.dataset import Results
from sim.results.effects import (
    BEYOND_CHANCE,
    BY_SET,
    by_set,
    conditions_met,
    country_effects,
    effect_table,
)
from sim.rules import choose
from sim.studies.report import (
    CHANGES,
    NONE,
    SAME,
    Report,
    Table,
    changes,
    identical,
    more,
    mostly_same,
    signed,
    spreads,
    text,
    wide,
)
from sim.studies.sources import RunOptions, Source, is_finished, results_of
from sim.units import PERCENT, READ_BY, WORLD

OUTCOMES = ("working", "adopters", "trained", "contracts_chinese")
MAIN_OUTCOMES = OUTCOMES[:3]
"""Outcomes of a sweep's table, of those that are kept, if none are named."""
COUNTRIES_SHOWN = 6
POINTS_SHOWN = 30
MOST_ROWS = 40
"""Points of a sweep up to which its effects are drawn."""
REACHES = (10.0, 25.0, 50.0, 100.0)
"""Ends of a map's scale: the first that contains all changes."""
BEFORE = 3
"""Years that figures show before the first change."""
DIRECTIONS = ["share_up", "share_down"]
RUN_BANDS, MEAN_BAND = ("q05", "q25", "q50", "q75", "q95"), ("low", "high")
"""Bands of curves: of runs; or of their mean, where most runs stay the same."""


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
        results, outcomes, by=[kind for kind in (WORLD, *READ_BY) if kind in results.groups]
    )
    last = results.years[-1]
    countries = country_effects(results, last) if results.has_panel else pd.DataFrame()
    changed = len(countries) > 0 and countries["changed"].any()
    moves = differences.query("group_kind == @WORLD")[DIRECTIONS].any(axis=None)
    return Report(
        kind="comparison",
        results=results,
        tables={"differences": differences, "country_differences": countries},
        shown=_shown(results, differences, countries, last),
        figures={
            **({"differences": lambda: _figure(results, differences, outcomes)} if moves else {}),
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
        *identical(results),
        *conditions_met(results),
        by_set(results),
    ]
    if len(countries):
        cells = []
        for label in results.labels[1:]:
            changed = countries[(countries["alternative"] == label) & countries["changed"]]
            largest = changed.head(COUNTRIES_SHOWN)
            pairs = zip(largest["name"], PERCENT * largest["difference"], strict=True)
            names = [f"{name} {signed(float(round(points)))}" for name, points in pairs]
            cells.append((label, len(changed), "; ".join(names) or NONE))
        columns = ["alternative", "countries", "largest changes, percentage points of runs"]
        title = "Countries that change beyond chance: a working Chinese system at the end of"
        blocks += [Table(pd.DataFrame(cells, columns=columns), f"{title} {last}"), BEYOND_CHANCE]
    return blocks


def _figure(results: Results, differences: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw the paired difference of each outcome that moves over time."""
    world = differences[differences["group_kind"] == WORLD]
    moving = world[world[DIRECTIONS].any(axis=1)]
    outcomes = [name for name in names if name in set(moving["outcome"])]
    still = {results.outcomes[n].label for n in world["outcome"] if n not in outcomes}
    world = world[world["year"] >= moving["year"].min() - BEFORE]
    signs = draw.looks(results.labels[1:])
    panels = []
    for name in outcomes:
        outcome = results.outcomes[name]
        lines = []
        for point, look in enumerate(signs, start=1):
            curve = world[(world["outcome"] == name) & (world["point"] == point)]
            band = MEAN_BAND if mostly_same(curve).all() else RUN_BANDS
            numbers = draw.factor_of(outcome) * curve[["mean", *band]]
            lines.append(draw.Line(look, numbers.set_index(curve["year"])))
        panels.append(draw.Panel(outcome.label, draw.change_unit(outcome), lines))
    narrow = "Where most runs stay the same, bands are the 95% interval of the mean."
    same = f"{SAME.capitalize()}: {', '.join(sorted(still))}." if still else ""
    is_narrow = any("low" in line.curve for panel in panels for line in panel.lines)
    title = f"Change against {results.labels[0]} to {results.years[-1]}"
    if results.n_points == 2:
        first, last = results.outcomes[outcomes[0]], results.years[-1]
        end = world[(world["outcome"] == first.name) & (world["year"] == last)]
        scaled = ["mean", "low", "high", "q05", "q95"]
        end = end.assign(**draw.factor_of(first) * end[scaled])
        cells, (spread,) = end.iloc[0], spreads(end)
        share = "" if mostly_same(end).all() else "90% of runs: "
        title = (
            f"{first.label}: {signed(cells['mean'])} {draw.change_unit(first)} by {last} in"
            f" {results.labels[1]} (95% of the mean: {text(cells['low'])} to"
            f" {text(cells['high'])}; {share}{spread})"
        )
    return draw.over_time(
        results,
        title,
        panels,
        "How many more or fewer, run by run?",
        columns=2,
        note=" ".join(filter(None, ["Differences of paired runs.", narrow * is_narrow, same])),
    )


def _map(results: Results, countries: pd.DataFrame, last: int) -> Figure:
    """Draw which countries change beyond chance, for every alternative."""
    shown, none = {}, []
    for label in results.labels[1:]:
        part = countries[countries["alternative"] == label]
        values = np.where(part["changed"], PERCENT * part["difference"], np.nan)
        count = int(part["changed"].sum())
        if count:
            shown[f"{label}: {count} countries"] = dict(zip(part["iso3"], values, strict=True))
        else:
            none.append(label)
    white = f"White: no change beyond chance{'; in none: ' * bool(none)}{', '.join(none)}."
    largest = PERCENT * countries.loc[countries["changed"], "difference"].abs().max()
    reach = next(reach for reach in REACHES if reach >= largest)
    return draw.maps(
        f"A working Chinese system at the end of {last}: changes beyond chance",
        shown,
        "percentage points of runs",
        (-reach, reach),
        f"In which share of the runs more or less than in {results.labels[0]}?",
        f"{draw.source(results)} {white} {BEYOND_CHANCE.replace('Named', 'Coloured')}",
    )


def sweep_report(
    results: Results,
    outcomes: str | Sequence[str] | None = None,
    *,
    year: int | None = None,
    reference: int = 0,
) -> Report:
    """Return the effects of a sweep's points against its reference point.

    Args:
        results: A sweep.
        outcomes: Outcomes that are shown.
        year: At whose end; the last that is kept if None.
        reference: The point that the others are compared with.
    """
    usual = [name for name in MAIN_OUTCOMES if name in results.outcomes]
    names = list(choose(results.outcomes, outcomes or ())) or usual or list(results.outcomes)[:1]
    if not 0 <= reference < results.n_points:
        raise InputError(f"--reference {reference}: allowed: 0 to {results.n_points - 1}")
    last = results.years[-1] if year is None else year
    if last not in results.years:
        raise InputError(f"--year {year}: kept are {', '.join(map(str, results.years))}")
    effects = effect_table(results, names, years=[last], reference=reference)
    effects = results.design.reset_index().merge(effects, on="point", how="right")
    factors = [name for name in results.design if results.design[name].nunique() > 1]
    words = {name: results.factor_titles.get(name, name) for name in factors}
    at = results.design.iloc[reference]
    first = "; ".join(f"{word}: {_level(at[name])}" for name, word in words.items())
    named = effects.assign(label=[results.outcomes[name].label for name in effects["outcome"]])
    named[factors] = named[factors].map(_level)
    table = wide(named, ["point", *factors], "label", changes(effects)).rename(columns=words)
    further = more(len(table) - POINTS_SHOWN)

    def figure() -> Figure:
        outcome = results.outcomes[names[0]]
        part = named[named["outcome"] == outcome.name]
        usual = {name: _level(at[name]) for name in factors}
        rows = [
            "; ".join(f"{words[n]}: {row[n]}" for n in factors if row[n] != usual[n])
            for row in part.to_dict("records")
        ]
        title = f"{outcome.label} at the end of {last}: what changes if one or more factors do"
        question = f"How many more or fewer, run by run? Compared with: {first}."
        return effects_figure(results, outcome, part, rows, title, question)

    return Report(
        kind="sweep",
        results=results,
        tables={"effects": effects},
        shown=[
            f"{results.title}: {results.n_points:,} points × {results.n_runs:,} runs. Parameters:"
            f" {results.basis}.",
            Table(table.head(POINTS_SHOWN), f"Change by {last} against {first}: {CHANGES}"),
            *(f"{text}: see effects.csv." for text in further),
            by_set(results),
        ],
        figures={"effects": figure} if results.n_points <= MOST_ROWS else {},
        facts={"reference": reference, "year": last},
    )


def _level(value: object) -> str:
    """Return a factor's level as people write it: 2030.0 as 2030."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def effects_figure(
    results: Results,
    outcome: Outcome,
    effects: pd.DataFrame,
    names: Sequence[str],
    title: str,
    question: str,
    note: str = "",
) -> Figure:
    """Draw paired effects on an outcome, a row each; pale where they may be chance.

    Args:
        results: The runs.
        outcome: The outcome.
        effects: A row per effect; `beyond_chance`, if it has that, chooses the colour.
        names: Names of the rows.
        title: Heading.
        question: The question that the figure answers.
        note: What the caption adds.
    """
    looks = {Look("", INK): effects["mean"].notna()}
    if "beyond_chance" in effects:
        clear = effects["beyond_chance"]
        looks = {Look("beyond chance", INK): clear, Look("not beyond chance", PALE_INK): ~clear}
    numbers = draw.factor_of(outcome) * effects[["mean", "low", "high", "q05", "q95"]]
    numbers.loc[mostly_same(effects), ["q05", "q95"]] = np.nan
    dots = [
        draw.dots_of(look, numbers.where(shown), *ends, thin=ends[0] == "q05")
        for ends in (("q05", "q95"), ("low", "high"))
        for look, shown in looks.items()
    ]
    lines = "Thin: 90% of runs, if fewer than half stay the same; thick: 95% interval of the mean."
    by_sets = BY_SET * bool(results.plausible_sha256)
    caption = " ".join(filter(None, [draw.source(results), lines, note, by_sets]))
    return draw.rows(title, names, dots, draw.change_unit(outcome), question, caption, zero=True)

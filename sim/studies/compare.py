"""Compare run by run: scenarios with the first, or points of a sweep with its reference point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.engine.plugins import load_rules
from sim.errors import InputError, listed
from sim.experiment import Experiment
from sim.figures import draw
from sim.figures.draw import title_of
from sim.figures.findings import against
from sim.figures.map import maps
from sim.figures.rows import EMPTY, THICK, dots_of
from sim.figures.rows import rows as rows_of
from sim.figures.style import CHINA, INK, ONE_AND_HALF, PALE_INK, QUIET_INK, TWO, Look
from sim.parameters import Outcome
from sim.results.costs import PAYERS, cost_table
from sim.results.dataset import Results
from sim.results.effects import (
    BEYOND_CHANCE,
    FALSE_SHARE,
    adjusted,
    by_set,
    conditions_met,
    country_effects,
    effect_table,
    repeated,
)
from sim.results.equivalence import smaller_effects
from sim.results.numbers import level, shown
from sim.rules import choose
from sim.scenario.own_groups import OWN, limited, slug, split_outcome
from sim.studies.depends import with_dependence
from sim.studies.designs import read_design
from sim.studies.report import (
    CHANGES,
    NONE,
    Report,
    Table,
    changes,
    countries_missing,
    identical,
    more,
    mostly_same,
    own_changes,
    signed,
    wide,
    with_smaller,
)
from sim.studies.sources import (
    RunOptions,
    Source,
    is_finished,
    limiting,
    results_of,
    swept,
)
from sim.units import PERCENT, WORLD

OUTCOMES = ("working", "adopters", "trained", "contracts_chinese")
MAIN_OUTCOMES = OUTCOMES[:3]
COUNTRIES_SHOWN = 6
POINTS_SHOWN = 30
# Effects of more points are not drawn.
MOST_ROWS = 40
# Million US$ in a billion.
MILLIONS = 1000.0
NO_PRICE = "no effect beyond chance: no cost per system"
COST_NOTE = "run by run; and for each working Chinese system fewer or more at that date"
# Ends of a map's scale: the first that contains all changes.
REACHES = (10.0, 25.0, 50.0, 100.0)
BEFORE = 3
# Share of rows for which a figure's axis is made, and its length as a multiple of their reach:
# larger changes get an arrow at the edge and their number.
MOST_LARGE, LARGE = 0.75, 4.0
DIRECTIONS = ["share_up", "share_down"]
# Bands of runs; or of their mean, where most runs stay the same.
RUN_BANDS, MEAN_BAND = ("q05", "q25", "q50", "q75", "q95"), ("low", "high")


def compare(
    *sources: Source,
    outcomes: str | Sequence[str] = OUTCOMES,
    smaller_than: float | None = None,
    depends: bool = False,
    year: int | None = None,
    **options: Unpack[RunOptions],
) -> Report:
    """Compare scenarios, or finished results, with the first, run by run.

    Args:
        *sources: Names or files of scenarios, or results folders; the first is the reference.
        outcomes: Outcomes to compare.
        smaller_than: Effects smaller than this, in the outcome's unit, are named.
        depends: Whether to name the parameters that effects depend on.
        year: Effects are reported at its end; None: the last.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Example:
        >>> found = sim.compare("baseline", "no-peers", runs=2, set={"horizon.end": 2003})
        >>> found.tables["differences"]["alternative"].unique().tolist()
        ['no-peers']
    """
    if len(sources) < 2 and not any(map(is_finished, sources)):
        raise InputError("name two or more scenarios or folders: the first is the reference")
    if not any(map(is_finished, sources)):  # before they are run
        names = [split_outcome(name)[0] for name in listed(outcomes)]
        choose(load_rules(options.get("mechanisms")).register, names)
    results = results_of(sources, limiting(options, outcomes)).asking(outcomes=outcomes)
    last = results.years[-1] if year is None else year
    if last not in results.years:
        raise InputError(f"--year {year}: kept are {', '.join(map(str, results.years))}")
    found = report(results, listed(outcomes), last)
    if depends:
        found = with_dependence(found, listed(outcomes), last)
    if smaller_than is None:
        return found
    return with_smaller(found, smaller_effects(results, listed(outcomes), smaller_than, last))


def report(results: Results, outcomes: Sequence[str], year: int | None = None) -> Report:
    differences = effect_table(results, outcomes, by=[WORLD, *results.read_by])
    last = results.years[-1] if year is None else year
    countries = country_effects(results, last) if results.has_panel else pd.DataFrame()
    costs = cost_table(results, last)
    priced = {"costs": costs} if len(costs) else {}
    changed = len(countries) > 0 and countries["changed"].any()
    moves = differences.query("group_kind == @WORLD")[DIRECTIONS].any(axis=None)
    return Report(
        kind="comparison",
        results=results,
        tables={"differences": differences, "country_differences": countries, **priced},
        shown=[*_shown(results, differences, countries, last), *_costs(costs)],
        figures={
            **(
                {"differences": partial(_figure, results, differences, outcomes, last)}
                if moves
                else {}
            ),
            **_figures_of_own(results, differences, outcomes, last),
            **({"map": partial(_map, results, countries, last)} if changed else {}),
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
        *own_changes(results, differences.query("year == @last"), results.labels[0]),
        *identical(results),
        *conditions_met(results),
        by_set(results),
        *countries_missing(results),
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


def _costs(costs: pd.DataFrame) -> list[str | Table]:
    # Only policies that donors pay for are priced.
    if costs.empty:
        return []
    of_donors = costs[(costs["payer"] == PAYERS["donors_paid"]) & (costs["mean"] != 0.0)]
    paid = costs[costs["point"].isin(of_donors["point"])]
    if paid.empty:
        return []
    spent = [
        f"{signed(mean)} ({shown(low)} to {shown(high)})"
        for mean, low, high in (paid[["mean", "low", "high"]] / MILLIONS).itertuples(index=False)
    ]
    each = []
    for systems, *ends in paid[["systems", "per_system", "per_low", "per_high"]].to_numpy():
        way, sign = ("fewer", 1.0) if systems < 0.0 else ("more", -1.0)
        mean, low, high = (sign * end for end in ends)
        low, high = min(low, high), max(low, high)
        text = f"{shown(mean)} ({shown(low)} to {shown(high)}) for each {way}"
        each.append(text if np.isfinite(mean) else NO_PRICE)
    frame = paid[["alternative", "payer"]].assign(
        **{"change, billion US$ (95%)": spent, "million US$ per system (95%)": each}
    )
    return [Table(frame, f"What the policy costs by {costs['year'].max()}, {COST_NOTE}")]


def _figures_of_own(
    results: Results, differences: pd.DataFrame, names: Sequence[str], year: int
) -> dict[str, Callable[[], Figure]]:
    own = differences[differences["group_kind"] == OWN].groupby("group", sort=False)
    moving = {str(of): part for of, part in own if part[DIRECTIONS].any(axis=None)}
    return {
        f"differences-{slug(group)}": partial(
            _figure,
            results,
            part,
            [name for name in names if name in {*part["outcome"]}],
            year,
            group,
        )
        for group, part in moving.items()
    }


def _figure(
    results: Results,
    differences: pd.DataFrame,
    names: Sequence[str],
    year: int,
    group: str = WORLD,
) -> Figure:
    world = differences[differences["group"] == group]
    moving = world[world[DIRECTIONS].any(axis=1)]
    ends = world[world["year"] == year].set_index("outcome")
    # Outcomes without a clear change are named below the figure instead, if others have one.
    clear = {name for name in names if (ends.loc[[name], "p_value"] <= FALSE_SHARE).any()}
    outcomes = [name for name in names if name in (clear or {*moving["outcome"]})]
    still = [results.outcomes[name].label for name in names if name not in outcomes]
    last = ends.loc[[outcomes[0]]]
    p_values = pd.Series(adjusted(last["p_value"].fillna(1.0)))
    world = world[world["year"] >= moving["year"].min() - BEFORE]
    signs = draw.looks(title_of(results, point) for point in range(1, results.n_points))
    panels = []
    for name in outcomes:
        outcome = results.outcomes[name]
        lines = []
        for point, look in enumerate(signs, start=1):
            curve = world[(world["outcome"] == name) & (world["point"] == point)]
            band = MEAN_BAND if mostly_same(curve).all() else RUN_BANDS
            numbers = draw.factor_of(outcome) * curve[["mean", *band]]
            lines.append(draw.Line(look, numbers.set_index(curve["year"])))
        title = "" if len(outcomes) == 1 else outcome.label
        panels.append(draw.Panel(title, draw.change_unit(outcome), lines))
    is_narrow = any("low" in line.curve for panel in panels for line in panel.lines)
    narrow = " Where most runs stay the same, bands and bars are the 95% interval of the mean."
    unchanged = f"Not drawn, no change beyond chance by {year}: {', '.join(still)}."
    first, among = results.outcomes[outcomes[0]], f" in {group}" * (group != WORLD)
    finding = _in_group(first, group)
    alone = f": {first.label}, {draw.change_unit(first)}" if len(outcomes) == 1 else ""
    return draw.over_time(
        results,
        against(results, finding, last, p_values, signs[0].label, year=year),
        panels,
        f"Change{among} against “{title_of(results, 0)}”, run by run, at the year's end{alone}."
        f"{narrow * is_narrow}",
        columns=2,
        note=unchanged if still else "",
        width=TWO if results.n_points > 2 or len(panels) > 1 else ONE_AND_HALF,
    )


def _map(results: Results, countries: pd.DataFrame, last: int) -> Figure:
    shown, none = {}, []
    changed = countries[countries["changed"]]
    for point in range(1, results.n_points):
        part, title = countries[countries["point"] == point], title_of(results, point)
        values = np.where(part["changed"], PERCENT * part["difference"], np.nan)
        if part["changed"].any():
            counts = f"{(values > 0).sum()} more often, {(values < 0).sum()} less"
            shown[f"{title}: {counts}"] = dict(zip(part["iso3"], values, strict=True))
        else:
            none.append(title)
    among = f"; none in {', '.join(none)}" if none else ""
    differences = PERCENT * changed["difference"]
    reach = next(reach for reach in REACHES if reach >= differences.abs().max())
    count = changed["iso3"].nunique()
    return maps(
        f"In {count} of {countries['iso3'].nunique()} countries a Chinese system works more often"
        f" or less in the model's runs at the end of {last}, beyond chance",
        shown,
        "percentage points of runs",
        (-reach * bool((differences < 0).any()), reach * bool((differences > 0).any())),
        f"Change of the share of runs against “{title_of(results, 0)}”. White: no change beyond"
        f" chance{among}.",
        f"{draw.source(results)} {BEYOND_CHANCE.replace('Named', 'Coloured')}",
    )


def sweep(
    experiment: Source | Experiment | pd.DataFrame,
    *,
    base: str | Path = "baseline",
    outcomes: str | Sequence[str] | None = None,
    year: int | None = None,
    reference: int = 0,
    smaller_than: float | None = None,
    **options: Unpack[RunOptions],
) -> Report:
    """Run an experiment: the effect of each point of its design against the reference point.

    Args:
        experiment: An experiment as in :func:`sim.make_runs`, or the folder of a sweep.
        base: The scenario that the points of a data frame change.
        outcomes: Outcomes to show; by default systems working, adopters and the trained.
        year: At the end of this year; by default the last that is kept.
        reference: Number of the point that the others are compared with.
        smaller_than: Effects smaller than this, in the outcome's unit, are named.
        **options: See :class:`sim.studies.sources.RunOptions`; `runs` is per point.

    Example:
        >>> points = pd.DataFrame({"contracts.term": [5, 10]})
        >>> sim.sweep(points, runs=2, set={"horizon.end": 2003}).facts
        {'reference': 0, 'year': 2003}
    """
    results = swept(experiment, limiting(options, outcomes), base=base).asking(outcomes=outcomes)
    found = sweep_report(results, outcomes, year=year, reference=reference)
    if smaller_than is None:
        return found
    names, last = found.tables["effects"]["outcome"].unique(), found.facts["year"]
    return with_smaller(found, smaller_effects(results, names, smaller_than, last, reference))


def sweep_report(
    results: Results,
    outcomes: str | Sequence[str] | None = None,
    *,
    year: int | None = None,
    reference: int = 0,
) -> Report:
    usual = [name for name in MAIN_OUTCOMES if name in results.outcomes]
    names = list(choose(results.outcomes, outcomes or ())) or usual or list(results.outcomes)[:1]
    if not 0 <= reference < results.n_points:
        raise InputError(f"--reference {reference}: allowed: 0 to {results.n_points - 1}")
    last = results.years[-1] if year is None else year
    if last not in results.years:
        raise InputError(f"--year {year}: kept are {', '.join(map(str, results.years))}")
    by = [WORLD, *results.own_kinds]
    effects = effect_table(results, names, by=by, years=[last], reference=reference)
    effects = results.design.reset_index().merge(effects, on="point", how="right")
    factors = [name for name in results.design if results.design[name].nunique() > 1]
    described = {name: results.factors.get(name, {}) for name in factors}
    words = {name: of.get("title", name) for name, of in described.items()}
    at, first = results.design.iloc[reference], results.labels[reference]
    named = effects[effects["group_kind"].isin([WORLD, OWN])].reset_index(drop=True)
    named["label"] = [results.outcomes[name].label for name in named["outcome"]]
    for name, of in described.items():
        named[name] = [level(cell, of) for cell in named[name]]
    tables = []
    for group, part in named.groupby("group", sort=False):
        table = wide(part, ["point", *factors], "label", changes(part)).rename(columns=words)
        among = f" in {group}" * (group != WORLD)
        title = f"Change by {last}{among} against {first}: {CHANGES}"
        tables.append(Table(table.head(POINTS_SHOWN), title))
    further = more(results.n_points - 1 - POINTS_SHOWN)

    def figure(group: str = WORLD) -> Figure:
        outcome = _in_group(results.outcomes[names[0]], group)
        part = named[(named["outcome"] == outcome.name) & (named["group"] == group)]
        usual = {name: level(at[name], of) for name, of in described.items()}
        rows = [
            "; ".join(f"{words[n]}: {row[n]}" for n in factors if row[n] != usual[n])
            for row in part.to_dict("records")
        ]
        return effects_figure(
            results,
            outcome,
            part.assign(row=rows),
            last,
            f"Compared with: {first}.",
            "combinations of levels",
        )

    def factors_figure() -> Figure:
        rows = read.effects.assign(row=read.effects["level"])
        heads = rows.loc[~rows["term"].duplicated(), "term"]
        places = {[*rows.index].index(at): words for at, words in heads.items()}
        return effects_figure(
            results,
            results.outcomes[names[0]],
            rows,
            last,
            read.how,
            "main effects and interactions",
            heads=places,
        )

    read = read_design(results, names, last, reference)
    drawn: dict[str, Callable[[], Figure]] = {
        f"effects-{slug(group)}".removesuffix(f"-{WORLD}"): partial(figure, group)
        for group in (WORLD, *named.loc[named["outcome"] == names[0], "group"].unique())
        if results.n_points <= MOST_ROWS
    }
    if len(read.effects) and read.effects["term"].nunique() > 1:
        drawn = {"main-effects": factors_figure, **drawn}
    return Report(
        kind="sweep",
        results=results,
        tables={"effects": effects, **read.tables},
        shown=[
            f"{results.title}: {results.n_points:,} points × {results.n_runs:,} runs. Parameters:"
            f" {results.basis}.",
            *read.shown,
            *tables,
            *(f"{text}: see effects.csv." for text in further),
            *repeated(results),
            by_set(results),
        ],
        figures={**read.figures, **drawn},
        facts={"reference": reference, "year": last},
    )


def _in_group(outcome: Outcome, group: str) -> Outcome:
    return outcome if group == WORLD else limited(outcome, outcome.name, group)


def effects_figure(
    results: Results,
    outcome: Outcome,
    effects: pd.DataFrame,
    year: int,
    deck: str,
    what: str,
    note: str = "",
    heads: Mapping[int, str] = EMPTY,
) -> Figure:
    """Draw paired effects on an outcome, a row each; hollow where they may be chance.

    `effects` has a `row` with each name, and `adjusted_p` if several others were tested as well;
    `deck` names the reference, `what` the rows in the plural.
    """
    effects = effects.reset_index(drop=True)
    p_values = effects.get("adjusted_p", pd.Series(adjusted(effects["p_value"].fillna(1.0))))
    clear = (p_values <= FALSE_SHARE) & effects["p_value"].notna()
    numbers = draw.factor_of(outcome) * effects[["mean", "low", "high", "q05", "q95"]]
    numbers.loc[mostly_same(effects), ["q05", "q95"]] = np.nan
    looks = {Look("", CHINA): clear, Look("", PALE_INK, hollow=True): ~clear}
    dots = [
        dots_of(look, numbers[part].reindex(numbers.index), *ends, line=line)
        for ends, line in ((("q05", "q95"), 0.8), (("low", "high"), THICK))
        for look, part in looks.items()
    ]
    return rows_of(
        against(results, outcome, effects, p_values, effects["row"].iloc[0], what, year),
        effects["row"].tolist(),
        dots,
        f"{outcome.label} at the end of {year}: change in {draw.change_unit(outcome)}, run by run."
        f" {deck} Thin line: middle 90% of runs, if fewer than half stay the same; thick: 95%"
        " interval of the mean; hollow: not beyond chance.",
        " ".join(filter(None, [draw.source(results), note])),
        columns={"mean": [signed(value) for value in numbers["mean"]]},
        colours=[INK if of else QUIET_INK for of in clear],
        bounds=_bounds(numbers),
        zero=True,
        heads=heads,
    )


def _bounds(numbers: pd.DataFrame) -> tuple[float, float]:
    # A few large changes must not squeeze all others.
    extents = np.sort(numbers[["mean", "low", "high"]].abs().max(axis=1).fillna(0.0))
    usual = extents[int(MOST_LARGE * (len(extents) - 1))]
    within = numbers[numbers["mean"].abs() <= LARGE * max(usual, 1e-9)]
    widest = within[["low", "high", "q05", "q95"]].fillna(0.0)
    low, high = min(widest.min(axis=None), 0.0), max(widest.max(axis=None), 0.0)
    edge = 0.05 * max(high - low, 1e-9)
    return low - edge, high + edge

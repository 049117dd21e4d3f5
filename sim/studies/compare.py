"""Compare scenarios with the first, run by run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import InputError, listed
from sim.estimates.costs import PAYERS, cost_table
from sim.estimates.effects import (
    BEYOND_CHANCE,
    FALSE_SHARE,
    adjusted,
    by_set,
    country_effects,
    effect_table,
)
from sim.experiment import Experiment
from sim.figures import draw
from sim.figures.canvas import sheet
from sim.figures.findings import against
from sim.figures.map import maps, unclaimed
from sim.figures.style import ONE_AND_HALF, TWO
from sim.model.register import choose
from sim.model.units import PERCENT, WORLD
from sim.runs.dataset import Results
from sim.runs.titles import title_of, titles
from sim.scenario.own_groups import OWN, limited, slug, split_outcome
from sim.studies.report import (
    LEVELS,
    NONE,
    Report,
    Table,
    bands,
    beside_levels,
    countries_missing,
    mostly_same,
    own_changes,
    signed,
    wide,
)
from sim.studies.sources import RunOptions, Source, is_finished, limiting, results_of
from sim.world.seeds import shipped_seeds

OUTCOMES = ("working", "adopters", "trained", "contracts_chinese")
MAIN_OUTCOMES = OUTCOMES[:3]
COUNTRIES_SHOWN = 6
# Million US$ in a billion.
MILLIONS = 1000.0
NO_PRICE = "no effect beyond chance: no cost per system"
COST_NOTE = (
    "run by run; and for each working Chinese system fewer at that date (below 0: for one more)"
)
PER_SYSTEM = ("per_system", "per_low", "per_high")
# Ends of a map's scale: the first that contains all changes.
REACHES = (10.0, 25.0, 50.0, 75.0, 100.0)
BEFORE = 3
DIRECTIONS = ["share_up", "share_down"]
# Bands of runs; or of their mean, where most runs stay the same.
RUN_BANDS, MEAN_BAND = ("q05", "q25", "q50", "q75", "q95"), ("low", "high")


def compare(
    *sources: Source,
    outcomes: str | Sequence[str] | None = None,
    year: int | None = None,
    **options: Unpack[RunOptions],
) -> Report:
    """Compare scenarios, or finished results, with the first, run by run.

    Args:
        *sources: Names or files of scenarios, or results folders; the first is the reference.
        outcomes: By default systems working, adopters, the trained, Chinese contracts.
        year: Effects are reported at its end; None: the last.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> found = sim.compare("baseline", "no-peers", runs=2, set={"horizon.end": 2003})
        >>> found.tables["differences"]["alternative"].unique().tolist()
        ['no-peers']
    """
    if len(sources) < 2 and not any(map(is_finished, sources)):
        raise InputError("name two or more scenarios or folders: the first is the reference")
    outcomes = listed(outcomes) or OUTCOMES
    options = before_runs(options, year, outcomes)
    results = results_of(sources, limiting(options, outcomes)).asking(outcomes=outcomes)
    return report(results, outcomes, last_year(results, year))


def report(results: Results, outcomes: Sequence[str], year: int | None = None) -> Report:
    differences = effect_table(results, outcomes, by=[WORLD, *results.read_by])
    last = results.years[-1] if year is None else year
    countries = country_effects(results, last) if results.has_panel else pd.DataFrame()
    costs = cost_table(results, last)
    priced = {"costs": costs} if len(costs) else {}
    crossed = unclaimed(shipped_seeds())
    claimed = countries[~countries["iso3"].isin(crossed)] if len(countries) else countries
    changed = len(claimed) > 0 and claimed["changed"].any()
    given = results, differences, outcomes, last
    moves = differences.query("group_kind == @WORLD")[DIRECTIONS].any(axis=None)
    return Report(
        kind="comparison",
        results=results,
        tables={"differences": differences, "country_differences": countries, **priced},
        shown=[*_shown(results, differences, countries, last), *_costs(results, costs)],
        figures={
            **({"differences": partial(_figure, *given)} if moves else {}),
            **_figures_of_own(*given),
            **({"map": partial(_map, results, claimed, last)} if changed else {}),
        },
        facts={"reference": results.labels[0], "alternatives": results.labels[1:]},
    )


def _shown(
    results: Results, differences: pd.DataFrame, countries: pd.DataFrame, last: int
) -> list[str | Table]:
    final = differences.query("year == @last")
    world = beside_levels(results, final.query("group_kind == @WORLD"))
    labels = [results.outcomes[name].named for name in world["outcome"]]
    table = wide(world.assign(label=labels), ["alternative"], "label", world["cell"])
    blocks: list[str | Table] = [
        Table(table, f"Change by {last} against {results.labels[0]}: {LEVELS}"),
        *own_changes(results, final),
        by_set(results),
        *countries_missing(results),
    ]
    if len(countries):
        cells = []
        for point, label in list(enumerate(titles(results)))[1:]:
            changed = countries[(countries["point"] == point) & countries["changed"]]
            largest = changed.head(COUNTRIES_SHOWN)
            pairs = zip(largest["name"], PERCENT * largest["difference"], strict=True)
            names = [f"{name} {signed(float(round(points)))}" for name, points in pairs]
            cells.append((label, len(changed), "; ".join(names) or NONE))
        columns = ["alternative", "countries", "largest changes, percentage points of runs"]
        title = "Countries that change beyond chance: a working Chinese system at the end of"
        blocks += [Table(pd.DataFrame(cells, columns=columns), f"{title} {last}"), BEYOND_CHANCE]
    return blocks


def _costs(results: Results, costs: pd.DataFrame) -> list[str | Table]:
    # Only policies that donors pay for are priced.
    if costs.empty:
        return []
    of_donors = costs[(costs["payer"] == PAYERS["donors_paid"]) & (costs["mean"] != 0.0)]
    paid = costs[costs["point"].isin(of_donors["point"])]
    if paid.empty:
        return []
    named, year = titles(results), int(costs["year"].max())
    spent = paid[["mean", "low", "high"]] / MILLIONS
    each = bands(paid, *PER_SYSTEM, write=signed)
    cells = {
        "alternative": [named[point] for point in paid["point"]],
        "payer": paid["payer"],
        "change, billion US$ (95%)": bands(spent, "mean", "low", "high", signed),
        "million US$ for each system fewer (95%)": [price or NO_PRICE for price in each],
    }
    return [Table(pd.DataFrame(cells), f"What the policy costs by {year}, {COST_NOTE}")]


def _figures_of_own(
    results: Results, differences: pd.DataFrame, names: Sequence[str], year: int
) -> dict[str, Callable[[], Figure]]:
    own = differences[differences["group_kind"] == OWN].groupby("group", sort=False)
    moving = {str(of): part for of, part in own if part[DIRECTIONS].any(axis=None)}
    return {
        f"differences-{slug(group)}": partial(
            _figure, results, part, [n for n in names if n in {*part["outcome"]}], year, group
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
    # The first is what was asked. Others without a clear change are named below the figure instead.
    clear = {name for name in names if (ends.loc[[name], "p_value"] <= FALSE_SHARE).any()}
    drawn = {names[0], *(clear or moving["outcome"])}
    outcomes = [name for name in names if name in drawn]
    still = [results.outcomes[name].label for name in names if name not in outcomes]
    last = ends.loc[[outcomes[0]]]
    p_values = pd.Series(adjusted(last["p_value"].fillna(1.0)))
    world = world[world["year"] >= moving["year"].min() - BEFORE]
    names_of = [title_of(results, point) for point in range(1, results.n_points)]
    signs = draw.looks(names_of)
    panels = []
    for name in outcomes:
        outcome = results.outcomes[name]
        curves = [part for _, part in world[world["outcome"] == name].groupby("point")]
        # A panel has one kind of bands.
        band = MEAN_BAND if any(mostly_same(curve).all() for curve in curves) else RUN_BANDS
        numbers = [
            draw.scale_of(outcome) * curve.set_index("year")[["mean", *band]] for curve in curves
        ]
        lines = [*map(draw.Line, signs, numbers)]
        title = "" if len(outcomes) == 1 else outcome.label
        panels.append(draw.Panel(title, draw.change_unit(outcome), lines))
    is_narrow = any("low" in line.curve for panel in panels for line in panel.lines)
    narrow = " Bands and bars of panels in which most runs stay the same: 95% interval of the mean."
    unchanged = f"Not drawn, no change beyond chance by {year}: {', '.join(still)}."
    first, among = results.outcomes[outcomes[0]], f" in {group}" * (group != WORLD)
    finding = first if group == WORLD else limited(first, first.name, group)
    alone = f"{first.label}, {draw.change_unit(first)}" if len(outcomes) == 1 else ""
    title = against(results, finding, last, p_values, names_of, year=year)
    margin = " ±: 95% interval of the mean." * ("±" in title)
    return draw.over_time(
        results,
        title,
        panels,
        f"Change{among} against “{title_of(results, 0)}”, run by run, at the year's end"
        f"{alone and f': {alone}'}.{margin}{narrow * is_narrow}",
        columns=1 if (sheet().width or TWO) < ONE_AND_HALF else 2,
        note=unchanged if still else "",
        unit=alone and f"change: {alone}",
        width=TWO if results.n_points > 2 or len(panels) > 1 else ONE_AND_HALF,
    )


def _map(results: Results, countries: pd.DataFrame, last: int) -> Figure:
    shown, none = {}, []
    named = [title_of(results, point) for point in range(results.n_points)]
    changed = countries[countries["changed"]]
    for point in range(1, results.n_points):
        part, title = countries[countries["point"] == point], named[point]
        values = np.where(part["changed"], PERCENT * part["difference"], np.nan)
        if part["changed"].any():
            head = f"{title}; countries: {part['changed'].sum()}"
            shown[head] = dict(zip(part["iso3"], values, strict=True))
        else:
            none.append(title)
    among = f"; none in {', '.join(none)}" if none else ""
    differences = PERCENT * changed["difference"]
    reach = next(reach for reach in REACHES if reach >= differences.abs().max())
    count, signs = changed["iso3"].nunique(), {*np.sign(differences)}
    often = "more often or less" if len(signs) > 1 else "more often" if 1 in signs else "less often"
    (only, *_) = changed["point"]
    some = " in one scenario or more" if len(shown) > 1 else f" with “{named[only]}”"
    return maps(
        f"In {count} of {countries['iso3'].nunique()} countries a Chinese system works {often} in"
        f" the model's runs at the end of {last}{some}, beyond chance",
        shown,
        "percentage points of runs",
        (-reach * bool((differences < 0).any()), reach * bool((differences > 0).any())),
        f"Change of the share of runs against “{named[0]}”. White: no change beyond chance{among}."
        f"{' Dotted: less often.' * (len(signs) > 1)} Crosses: the model claims nothing.",
        f"{draw.source(results)} {BEYOND_CHANCE.replace('Named', 'Shaded')}",
        unclaimed(shipped_seeds()),
    )


def usual_outcomes(results: Results) -> list[str]:
    """Return the outcomes shown by default: the main ones, or the first that is kept."""
    return [n for n in MAIN_OUTCOMES if n in results.outcomes] or [*results.outcomes][:1]


def last_year(results: Results, year: int | None) -> int:
    refuse_year(year, results.years)
    return results.years[-1] if year is None else year


def refuse_year(year: int | None, years: Sequence[int]) -> None:
    if year is not None and year not in years:
        raise InputError(f"--year {year}: kept are {', '.join(map(str, years))}")


def before_runs(
    options: RunOptions, year: int | None, outcomes: str | Sequence[str] | None, reference: int = 0
) -> RunOptions:
    """Return options that refuse a year, an outcome or a reference before runs are made."""
    also = options.get("check")

    def check(design: Experiment) -> None:
        choose(design.rules.register, [split_outcome(name)[0] for name in listed(outcomes)])
        refuse_year(year, design.years)
        refuse_reference(reference, len(design.design.points))
        if also:
            also(design)

    return {**options, "check": check}


def refuse_reference(reference: int, points: int) -> None:
    if not 0 <= reference < points:
        raise InputError(f"--reference {reference}: allowed: 0 to {points - 1}")

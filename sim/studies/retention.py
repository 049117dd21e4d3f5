"""Survival of systems after the end of the offer: `entrench persistence`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arguments import without
from sim.errors import InputError
from sim.estimates.designs import plan_of
from sim.estimates.effects import by_set, effect_of, large_groups, mean_of
from sim.figures.draw import Line, Panel, looks, over_time
from sim.figures.findings import without_sections
from sim.figures.style import DOTTED, PALE_INK, Look
from sim.measures.bands import ENDS, quantiles
from sim.measures.variables import COUNTRY, GROUP, GROUP_KIND, PARAMETER_SET, POINT
from sim.model.units import PERCENT, WORLD
from sim.runs.dataset import Results
from sim.runs.titles import title_of, titles
from sim.scenario import BASELINE, withdrawal
from sim.scenario.keys import SCENARIO
from sim.scenario.own_groups import OWN, slug
from sim.studies.designs import heat_of
from sim.studies.report import Report, Table, bands, shares, signed
from sim.studies.sources import RunOptions, Source, is_finished, results_of, scenarios_from
from sim.world.arrays import Flags, Floats

SOURCES = (withdrawal.WITHDRAWN, *withdrawal.WITHOUT, BASELINE)
NO_WITHDRAWAL = "no scenario of {} withdraws the offer: give --since YEAR"
CHANGES_NOTE = (
    "Change: mean difference of paired runs (90% of runs). Where a reason is taken away when the"
    " offer ends, a change below 0 means that it kept systems, one above 0 that it ended them."
    " Reasons overlap, so changes do not add up. A taste that lasts may also be a wish: choices by"
    " taste count as against the better option."
)
MARKS = (5, 10)
HALF = 0.5
SURVIVING, UNINTERRUPTED = MEASURES = ("surviving", "uninterrupted")
MOST_DRAWN = 6
KEYS = [POINT, SCENARIO, "since", GROUP_KIND, GROUP]
HALF_LIFE = ["years_to_half", "years_to_half_q05", "years_to_half_q95"]
NOTE = (
    "Surviving: works at that date. No break: worked at the end of every year until then. Shares:"
    " mean of runs (90% of runs). Owners weigh exit cost, and for switching off a share of it"
    " without new equipment (contracts.switch_off_cost); published figures identify neither."
)


@without("countries")
def persistence(
    *sources: Source, since: int | None = None, **options: Unpack[RunOptions]
) -> Report:
    """Follow the systems that work when the offer ends.

    Args:
        *sources: Scenarios or results folders; the first says when the offer ends. By default the
            withdrawn offer, the same with free exit, all fees paid or the better option always
            taken, and the baseline. If none withdraws it, each is run with the offer withdrawn in
            2030.
        since: The year at whose end systems are counted; None: the year before the withdrawal.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> found = sim.persistence("offer-withdrawn-2030", runs=2)
        >>> sorted(found.tables)
        ['curves', 'persistence']
        >>> both = sim.persistence("offer-withdrawn-2030", "baseline", runs=2)
        >>> sorted(both.tables)
        ['changes', 'curves', 'persistence']
    """
    named = sources or SOURCES
    if since is None and not any(map(is_finished, named)):
        loaded = scenarios_from(named, options)
        if not any(withdrawal.year_before_withdrawal(s.events) for s in loaded):
            # They have the values, mechanisms and tables that were asked for.
            named, options = tuple(map(withdrawal.withdrawn, loaded)), {**options, "set": None}
    return report(results_of(named, options, countries=True), since)


def report(results: Results, since: int | None = None) -> Report:
    starts = [_start(results, point, since) for point in range(results.n_points)]
    curves = pd.concat(
        [_curves(results, point, start) for point, start in enumerate(starts)], ignore_index=True
    )
    table, changed = summarise(curves), changes_of(results, starts)
    tables = {"persistence": table, "curves": curves.drop(columns=HALF_LIFE)}
    return Report(
        kind="persistence",
        results=results,
        tables=tables if changed.empty else {**tables, "changes": changed},
        shown=_shown(results, table, changed),
        figures={
            "persistence": partial(_figure, results, curves),
            **_heat(results, curves),
            **{
                f"persistence-{slug(group)}": partial(_figure, results, curves, OWN, group)
                for group in results.groups.get(OWN, ())
            },
        },
        facts={"since": starts[0]},
    )


def _start(results: Results, point: int, since: int | None) -> int:
    if since is None:
        given, events = results.design.iloc[point], results.events(point)
        dates = [float(given.get(f"events.{of.name}.date") or of.date) for of in events]
        dated = [replace(of, date=date) for of, date in zip(events, dates, strict=True)]
        since = withdrawal.year_before_withdrawal(dated) or end_of_offer(results)
    if since is None:
        raise InputError(NO_WITHDRAWAL.format(results.name))
    years = results.years
    if not years[0] <= since < years[-1]:
        raise InputError(f"--since {since}: allowed: {years[0]} to {years[-2]}")
    return since


def end_of_offer(results: Results) -> int | None:
    """Return the year before the first withdrawal; None: no withdrawal."""
    events = [results.events(point) for point in range(results.n_points)]
    return next(filter(None, map(withdrawal.year_before_withdrawal, events)), None)


def _curves(results: Results, point: int, since: int) -> pd.DataFrame:
    panel = results.panel("working", range(since, results.years[-1] + 1))
    works = panel.isel({POINT: point}) > 0
    sets = works[PARAMETER_SET].to_numpy()
    frames = []
    for kind, group, members in groups_of(results):
        before, measured = cohort_shares(works.isel({COUNTRY: members}).to_numpy())
        for measure, values in zip(MEASURES, measured, strict=True):
            counted = np.isfinite(values).all(axis=1)
            used = counted if counted.any() else ~counted  # of no run: NaN
            mean = mean_of(values[used], sets[used])
            ends = np.quantile(years_to_half(values[used]), ENDS, method="lower")
            columns = {
                **dict(zip(KEYS, (point, results.labels[point], since, kind, group), strict=True)),
                "measure": measure,
                "years": np.arange(values.shape[1]),
                "systems": before.mean(),
                "runs": int(counted.sum()),
                **quantiles(values[used], axis=0),
                "standard_error": mean.error,
                "low": mean.low,
                "high": mean.high,
                **dict(zip(HALF_LIFE, (float(years_to_half(mean.mean)), *ends), strict=True)),
            }
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def groups_of(results: Results) -> list[tuple[str, str, Flags]]:
    groups = [(WORLD, WORLD, np.ones(len(results.country_groups), np.bool_))]
    for kind in results.read_by:
        members = results.members(kind).items()
        groups += [(kind, name, which) for name, which in members if which.any()]
    return groups


def cohort_shares(works: Flags) -> tuple[Floats, tuple[Floats, Floats]]:
    """Return the cohort's size, and the shares that survive and that survive uninterrupted.

    `works` says whether systems work at the ends of years: (runs, countries, years).

    Returns:
        Systems in the first year: (runs,); shares: (runs, years) each, NaN without systems.
    """
    cohort = works[:, :, :1]
    before = cohort.sum(axis=(1, 2)).astype(np.float64)
    size = np.where(before > 0.0, before, np.nan)[:, np.newaxis]
    surviving = (works & cohort).sum(axis=1) / size
    # No system is lost from sight before the runs end: this is also the Kaplan-Meier estimate.
    unbroken = np.logical_and.accumulate(works, axis=2).sum(axis=1) / size
    return before, (surviving, unbroken)


def changes_of(results: Results, starts: Sequence[int]) -> pd.DataFrame:
    """Return by how many points the share that survives differs from the first scenario's.

    A row per later point and group, with the columns of :func:`sim.results.effects.effect_of`.
    """
    years, rows = longest(results.years[-1] - max(starts)), []
    for kind, group, members in groups_of(results) if years else ():
        each = [surviving_share(results, *of, years, members) for of in enumerate(starts)]
        for point, share in enumerate(each[1:], 1):
            known = np.isfinite(each[0] - share)
            if known.any():
                before, after = (PERCENT * values[known] for values in (each[0], share))
                effect = effect_of(before, after, results.set_of_run[known])
                keys = (point, results.labels[point], starts[point], kind, group, years)
                rows.append(pd.DataFrame([keys], columns=[*KEYS, "years"]).join(effect))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def longest(last: int) -> int:
    """Return the most of `MARKS` that so many years contain; 0: none."""
    return max((mark for mark in MARKS if mark <= last), default=0)


def _each(starts: pd.Series) -> str:
    # The points of a sweep may end the offer in different years.
    return " or ".join(map(str, sorted({*starts})))


def years_to_half(shares: Floats) -> Floats:
    """Return the years until shares, (..., years), first fall below a half.

    Infinite: never; NaN: without systems.
    """
    below = shares < HALF
    at = below.argmax(axis=-1)
    after = np.take_along_axis(shares, at[..., np.newaxis], -1)[..., 0]
    prior = np.take_along_axis(shares, np.maximum(at - 1, 0)[..., np.newaxis], -1)[..., 0]
    # Between years the share falls in a straight line.
    fall = np.where(prior > after, prior - after, 1.0)
    unknown = np.isnan(shares).any(axis=-1)
    never = np.where(unknown, np.nan, np.inf)
    return np.where(below.any(axis=-1), at - 1 + (prior - HALF) / fall, never)


def summarise(curves: pd.DataFrame) -> pd.DataFrame:
    """Return a row per point and group: shares surviving 5 and 10 years, years to half."""
    by_group = curves.set_index(KEYS)
    first = by_group[(by_group["measure"] == SURVIVING) & (by_group["years"] == 0)]
    table = first[["systems", "runs"]].copy()
    for measure, years, name in product(MEASURES, MARKS, ("mean", "q05", "q95", "low", "high")):
        marked = (by_group["measure"] == measure) & (by_group["years"] == years)
        ending = "" if name == "mean" else f"_{name}"
        table[f"{measure}_{years}{ending}"] = by_group.loc[marked, name]
    return table.join(first[HALF_LIFE]).reset_index()


def _shown(results: Results, table: pd.DataFrame, changed: pd.DataFrame) -> list[str | Table]:
    named, since = titles(results), int(table["since"].max())
    last = results.years[-1] - since
    mark = longest(last) or MARKS[0]
    title = (
        f"Of the systems that work at the end of {_each(table['since'])}: share that works {mark}"
        f" years later; {results.n_runs:,} runs"
    )
    short = (
        f"These runs end {last} years after {since}: the share after {MARKS[-1]} years needs"
        f" horizon.end = {since + MARKS[-1]}."
    )
    world, first = table[table["group_kind"] == WORLD], table[table["point"] == 0]
    frame = pd.DataFrame({"scenario": named, **_columns(world, mark)})
    large = {name for kind in {*first["group_kind"]} for name in large_groups(results, kind)}
    groups = first[first["group"].isin(large) & (first["group_kind"] != WORLD)]
    columns = {"countries": groups["group"], "systems": groups["systems"]}
    by_group = pd.DataFrame({**columns, **_columns(groups, mark)})
    if len(changed):
        places = zip(changed["point"], changed["group"], strict=True)
        moved = dict(zip(places, bands(changed, write=signed), strict=True))
        frame["change"] = [moved.get((point, WORLD), "") for point in frame.index]
        if len(named) == 2:
            by_group["change"] = [moved.get((1, group), "") for group in by_group["countries"]]
    notes = [NOTE, *[CHANGES_NOTE] * bool(len(changed)), by_set(results)]
    heading = f"By group: {named[0]}. All groups and scenarios: persistence.csv, changes.csv"
    tables = Table(frame, title), Table(by_group, heading)
    return [*[short] * (last < MARKS[-1]), tables[0], *notes, tables[1]]


def _columns(table: pd.DataFrame, mark: int) -> dict[str, list[str]]:
    columns = {"works": f"{SURVIVING}_{mark}", "without a break": f"{UNINTERRUPTED}_{mark}"}
    return {words: shares(table, of, f"{of}_q05", f"{of}_q95") for words, of in columns.items()}


def _figure(
    results: Results, curves: pd.DataFrame, kind: str = WORLD, group: str = WORLD
) -> Figure:
    last = int(curves.groupby(POINT)["years"].max().min())
    # As the table, if runs are long enough.
    after = longest(last) or last
    # The curves end with what the title says, if there is little more.
    end = after if last < 2 * after else curves["years"].max()
    of_group = curves[(curves["group_kind"] == kind) & (curves["group"] == group)]
    of_group = of_group[of_group["years"] <= end]
    of_point = dict(tuple(of_group.groupby(["measure", "point"])))
    points = range(min(MOST_DRAWN, results.n_points))
    named = without_sections([title_of(results, point) for point in points])
    lines = [
        Line(look, _percent(of_point[SURVIVING, point])) for point, look in enumerate(looks(named))
    ]
    unbroken = Look(f"{named[0]}, without a break", PALE_INK, DOTTED)
    lines.append(Line(unbroken, _percent(of_point[UNINTERRUPTED, 0])))
    cohorts = [of_point[SURVIVING, point].set_index("years") for point in points]
    ends = pd.DataFrame([cohort.loc[after] for cohort in cohorts])
    since = _each(ends["since"])
    texts = shares(ends, "mean", "q05", "q95")
    ended = [point for point in points if point == 0 or results.labels[point] != BASELINE]
    systems = f"the systems of {since}" + f" in {group}" * (kind != WORLD)
    title = f"In the model {texts[0]} of {systems} work in {_each(ends['since'] + after)}"
    if len(ended) > 1:
        title += f" with “{named[0]}”"
    if len(ended) == 2:
        title += f", {texts[ended[1]]} with “{named[ended[1]]}”"
    if BASELINE in results.labels[1 : len(points)]:
        title += f"; {texts[results.labels.index(BASELINE)]} if China goes on"
    every = results.n_points
    return over_time(
        results,
        title,
        [Panel("", "% of systems", lines, (0.0, 100.0))],
        f"% of the Chinese systems that work at the end of {since} which work at the end of a later"
        " year, interrupted or not. In brackets: middle 90% of runs.",
        note=f"Drawn: the first {len(points)} of {every} points." * (every > len(points)),
    )


def _heat(results: Results, curves: pd.DataFrame) -> dict[str, Callable[[], Figure]]:
    # Of a grid: the share that survives at each two levels of the factors with the most levels.
    plan, last = plan_of(results), curves.groupby(POINT)["years"].max().min()
    if not plan.is_factorial or len(plan.factors) < 2:
        return {}
    after = longest(last) or last
    world = curves.query("group_kind == @WORLD and measure == @SURVIVING and years == @after")
    means = PERCENT * world["mean"].to_numpy()
    title = f"In the model {{}} to {{}}% of the systems work {after} years later, by {{}}"
    dated = f"{after} years later"
    heat = heat_of(results, title, "Systems that work, %", dated, means, plan.factors)
    return {"persistence-heat": heat}


def _percent(rows_of: pd.DataFrame) -> pd.DataFrame:
    names = ["mean", "q05", "q25", "q50", "q75", "q95"]
    return PERCENT * rows_of.set_index(rows_of["since"] + rows_of["years"])[names]


def surviving_share(
    results: Results,
    point: int,
    since: int,
    years: int,
    members: Flags | slice = slice(None),
    *,
    unbroken: bool = False,
) -> Floats:
    """Return the share of each run's cohort that works so many years later, or all that time."""
    read = range(since, since + years + 1) if unbroken else [since, since + years]
    works = results.panel("working", read).isel({POINT: point, COUNTRY: members})
    return cohort_shares((works > 0).to_numpy())[1][unbroken][:, -1]

"""Compare the points of a sweep with its reference point, run by run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.estimates.designs import PAIR, plan_of
from sim.estimates.effects import FALSE_SHARE, adjusted, by_set, effect_table
from sim.figures import draw
from sim.figures.findings import against
from sim.figures.rows import THICK, dots_of
from sim.figures.rows import rows as rows_of
from sim.figures.style import CHINA, INK, PALE_INK, QUIET_INK, Look
from sim.model.parameters import Outcome
from sim.model.register import choose
from sim.model.units import WORLD
from sim.runs.dataset import Results
from sim.runs.numbers import named_level
from sim.runs.titles import levels_of, title_of
from sim.scenario.own_groups import OWN
from sim.studies import report
from sim.studies.compare import before_runs, last_year, refuse_reference, usual_outcomes
from sim.studies.designs import read_design
from sim.studies.sources import RunOptions, Source, limiting, swept

POINTS_SHOWN = 30
# Effects of more points are not drawn.
MOST_ROWS = 40


def sweep(
    experiment: Source | pd.DataFrame,
    *,
    outcomes: str | Sequence[str] | None = None,
    year: int | None = None,
    reference: int = 0,
    **options: Unpack[RunOptions],
) -> report.Report:
    """Run an experiment: the effect of each point of its design against the reference point.

    Args:
        experiment: An experiment as in :func:`sim.make_runs`, or the folder of a sweep.
        outcomes: By default systems working, adopters and the trained.
        year: At the end of this year; by default the last that is kept.
        reference: Number of the point to compare with.
        **options: See :class:`sim.studies.sources.RunOptions`; `runs` is per point.

    Examples:
        >>> points = pd.DataFrame({"contracts.term": [5, 10]})
        >>> sim.sweep(points, runs=2, set={"horizon.end": 2003}).facts
        {'reference': 0, 'year': 2003}
    """
    options = before_runs(options, year, outcomes, reference)
    results = swept(experiment, limiting(options, outcomes)).asking(outcomes=outcomes)
    return sweep_report(results, outcomes, year=year, reference=reference)


def sweep_report(
    results: Results,
    outcomes: str | Sequence[str] | None = None,
    *,
    year: int | None = None,
    reference: int = 0,
) -> report.Report:
    names = list(choose(results.outcomes, outcomes or ())) or usual_outcomes(results)
    refuse_reference(reference, results.n_points)
    last = last_year(results, year)
    by = [WORLD, *results.own_kinds]
    effects = effect_table(results, names, by=by, years=[last], reference=reference)
    effects = results.design.reset_index().merge(effects, on="point", how="right")
    levels = levels_of(results)
    words = {name: results.factors.get(name, {}).get("title", name) for name in levels}
    first = results.labels[reference] or f"point {reference}"
    named = effects[effects["group_kind"].isin([WORLD, OWN])].reset_index(drop=True)
    read, plan = read_design(results, names, last, reference), plan_of(results)
    # Points of a sample say nothing one by one.
    each_point = plan.is_factorial or not read.tables
    tables = []
    for group, part in named.groupby("group", sort=False) if each_point else ():
        rows = report.beside_levels(results, part, reference)
        rows["label"] = [results.outcomes[name].label for name in rows["outcome"]]
        for name, cells in levels.items():
            rows[name] = [cells[point] for point in rows["point"]]
        table = report.wide(rows, ["point", *words], "label", rows["cell"]).rename(columns=words)
        among = f" in {group}" * (group != WORLD)
        title = f"Change by {last}{among} against {first}: {report.LEVELS}"
        tables.append(report.Table(table, title, POINTS_SHOWN + 1, "effects"))

    outcome = results.outcomes[names[0]]
    world = named[(named["outcome"] == names[0]) & (named["group"] == WORLD)]
    drawn: dict[str, Callable[[], Figure]] = {}
    if each_point and results.n_points <= MOST_ROWS:
        drawn["effects"] = partial(_figure, results, outcome, world, last, reference)
    if len(read.effects) > 1 and len(plan.factors) > 1:
        told = "Means over all other factors.", "changes of one factor"
        main = (results, outcome, read.effects, last, *told)
        drawn = {"main-effects": partial(effects_figure, *main), **drawn}
    return report.Report(
        kind="sweep",
        results=results,
        tables={"effects": effects, **read.tables},
        shown=[
            f"{results.title}: {results.n_points:,} points × {results.n_runs:,} runs. Parameters:"
            f" {results.basis}.",
            *read.shown,
            *tables,
            *(["All points: see effects.csv."] * (not each_point)),
            by_set(results),
        ],
        figures={**read.figures, **drawn},
        facts={"reference": reference, "year": last},
    )


def _figure(
    results: Results, outcome: Outcome, effects: pd.DataFrame, year: int, first: int
) -> Figure:
    design, factors = results.design.loc[effects["point"]], [*levels_of(results)]
    named = pd.DataFrame({n: [named_level(level, results.factors.get(n, {})) for level in design[n]]
                          for n in factors})  # fmt: skip
    titled = {label: title_of(results, point) for point, label in enumerate(results.labels)}
    named = named.replace(titled)
    changed = named.where((design[factors] != results.design.loc[first, factors]).to_numpy(), "")
    # Of several factors, levels of the first are headings.
    heads = {"head": named[factors[0]].to_numpy()} if len(factors) > 1 else {}
    rows, names = (
        ["; ".join(filter(None, cells)) or "all else the same" for cells in part.to_numpy()]
        for part in (changed[factors[len(heads) :]], changed)
    )
    reference = titled[results.labels[first]] or f"point {first}"
    names = [f"{name} instead of {_other(name, reference)}" for name in names]
    effects = effects.assign(row=rows, name=names, **heads)
    what = "combinations of levels" if heads else "levels"
    return effects_figure(results, outcome, effects, year, f"Compared with: {reference}.", what)


def _other(name: str, reference: str) -> str:
    # Of “Offer withdrawn in 2038 instead of 2026”, the words are said once.
    words, _, number = name.rpartition(" ")
    same, _, other = reference.rpartition(" ")
    return other if words == same and number.isdigit() else reference


def effects_figure(
    results: Results,
    outcome: Outcome,
    effects: pd.DataFrame,
    year: int,
    deck: str,
    what: str,
    note: str = "",
) -> Figure:
    """Draw paired effects on an outcome, a row each; hollow where they may be chance.

    `effects` has a `row` with each name, a `head` if rows have headings, a `name` if titles call
    rows otherwise, and `adjusted_p` if several others were tested as well; `deck` names the
    reference, `what` the rows in the plural. Titles leave out interactions, which are
    differences between effects.
    """
    effects = effects.reset_index(drop=True)
    p_values = effects.get("adjusted_p", pd.Series(adjusted(effects["p_value"].fillna(1.0))))
    clear = (p_values <= FALSE_SHARE) & effects["p_value"].notna()
    numbers = draw.scale_of(outcome) * effects[["mean", "low", "high", "q05", "q95"]]
    numbers.loc[report.mostly_same(effects), ["q05", "q95"]] = np.nan
    heads, titled = effects.get("head"), effects.get("kind", pd.Series("", effects.index)) != PAIR
    names = effects.get("name", effects["row"])[titled]
    looks = {Look("", CHINA): clear, Look("", PALE_INK, hollow=True): ~clear}
    dots = [
        dots_of(look, numbers[part].reindex(numbers.index), *ends, line=line)
        for ends, line in ((("q05", "q95"), 0.8), (("low", "high"), THICK))
        for look, part in looks.items()
    ]
    return rows_of(
        against(results, outcome, effects[titled], p_values[titled], [*names], what, year),
        effects["row"].tolist(),
        dots,
        f"{outcome.label} at the end of {year}: change in {draw.change_unit(outcome)}, run by run."
        f" {deck} Thin line: middle 90% of runs, if fewer than half stay the same; thick: 95%"
        " interval of the mean; hollow: not beyond chance.",
        " ".join(filter(None, [draw.source(results), note])),
        columns={"mean": [report.signed(value) for value in numbers["mean"]]},
        colours=[INK if of else QUIET_INK for of in clear],
        zero=True,
        heads={} if heads is None else heads[heads != heads.shift()].to_dict(),
        unit=f"change, {draw.change_unit(outcome)}",
    )

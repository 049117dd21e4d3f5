"""Parameters on which the effect of a scenario depends, in words, a table and a tornado."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from sim.estimates.depends import FEWEST_SETS, dependence
from sim.estimates.effects import pairs
from sim.experiment.design import factor_of
from sim.figures import draw
from sim.figures.findings import lowered, without_sections
from sim.figures.rows import THICK, dots_of, rows
from sim.figures.style import CHINA, INK, MODEL, PALE_INK, QUIET_INK, THIN_LINE, Look
from sim.measures.variables import PARAMETER_SET, YEAR
from sim.runs.dataset import Results
from sim.runs.numbers import level, shown
from sim.runs.titles import title_of, titles
from sim.studies.report import Report, Table, signed, text

MOST_SENTENCES = 5
MOST_ROWS = 12
LOOKS = {"low": Look("low third", MODEL, marker="s"), "high": Look("high third", CHINA)}
NOTE = (
    "Sets: those that published figures do not rule out. A parameter that they narrow shows less"
    " than over its whole range, and parameters that are correlated in them may take each other's"
    " place. Chance line: {line}, which one comparison in twenty passes by chance."
)
SAME_IN_ALL = "No parameter is named on which the effect depends: it is the same in all runs."
FEW = (
    f"No parameter is named on which the effect depends: that needs {FEWEST_SETS} parameter sets,"
    " and these runs have {sets}. Give more --runs, without --defaults."
)


def with_dependence(report: Report, outcomes: Sequence[str], year: int) -> Report:
    """Return a comparison that also says what its effects depend on.

    Sentences and figures are of the first outcome.
    """
    results, frames = report.results, []
    for name in outcomes:
        parameters = results.parameters.drop(columns=PARAMETER_SET, errors="ignore")
        paired = pairs(results.values(name, years=year).isel({YEAR: 0}))
        for point, before, after, runs, sets in paired if parameters.columns.size else ():
            given = parameters.iloc[runs].reset_index(drop=True)
            table = dependence(after - before, given, sets)
            of = {"point": point, "alternative": results.labels[point], "outcome": name}
            mean = float((after - before).mean())
            if len(table):
                frames.append(table.assign(**of, unit=results.outcomes[name].unit, mean=mean))
    if not frames:
        count = 0 if results.parameters.empty else len({*results.set_of_run})
        said = SAME_IN_ALL if count >= FEWEST_SETS else FEW.format(sets=count)
        return replace(report, shown=[*report.shown, said])
    every = pd.concat(frames, ignore_index=True)
    first = every[every["outcome"] == every["outcome"].iloc[0]]
    points = [int(point) for point in first["point"].unique()]
    names = {p: "depends" if points == [1] else f"depends-{p}" for p in points}
    drawn = {
        names[point]: partial(_figure, results, first[first["point"] == point], year)
        for point in points
    }
    return replace(
        report,
        tables={**report.tables, "depends": every},
        shown=[*report.shown, *_shown(results, first)],
        figures={**report.figures, **drawn},
    )


def _name(results: Results, row: pd.Series) -> tuple[str, str, str]:
    factor, _ = factor_of(row["parameter"], results.rules)
    low, high = (level(row[f"{end}_value"], factor.to_dict()) for end in ("low", "high"))
    return factor.title, low, high


def _shown(results: Results, first: pd.DataFrame) -> list[str | Table]:
    outcome = results.outcomes[first["outcome"].iloc[0]]
    factor, words = draw.factor_of(outcome), lowered(outcome.label)
    beyond = first[first["beyond_chance"]]
    strongest = beyond["rank_correlation"].abs().nlargest(MOST_SENTENCES).index
    blocks, named = list[str | Table](), titles(results)
    for _, row in beyond.loc[sorted(strongest)].iterrows():
        title, low, high = _name(results, row)
        texts = {
            end: f"{signed(factor * row[f'{end}_mean'])} (95%: {shown(factor * row[f'{end}_low'])}"
            f" to {shown(factor * row[f'{end}_high'])})"
            for end in ("low", "high")
        }
        larger = "high" if abs(row["high_mean"]) > abs(row["low_mean"]) else "low"
        where = {"low": f"at {low} or less", "high": f"at {high} or more"}
        other = "low" if larger == "high" else "high"
        blocks.append(
            f"{named[row['point']]}: the effect on {words} ({signed(factor * row['mean'])}"
            f" {draw.change_unit(outcome)}) is larger where {title} is {larger}: {texts[larger]}"
            f" {where[larger]}, {texts[other]} {where[other]}."
        )
    for point in first["point"].unique():
        if point not in set(beyond["point"]):
            blocks.append(
                f"{named[point]}: no parameter moves the effect on {words} beyond chance."
            )
    if len(beyond) > MOST_SENTENCES:
        blocks.append(f"{len(beyond)} parameters are beyond chance: see depends.csv.")
    lines = dict.fromkeys(f"{line:.2f}" for line in first["chance"])
    return [*blocks, NOTE.format(line=f"rank correlations of ± {', '.join(lines)}")]


def _figure(results: Results, table: pd.DataFrame, year: int) -> Figure:
    outcome, top = results.outcomes[table["outcome"].iloc[0]], table.head(MOST_ROWS)
    factor, count = draw.factor_of(outcome), int(table["beyond_chance"].sum())
    dots = [
        dots_of(look if count else replace(look, colour=grey), top, f"{end}_low", f"{end}_high",
                middle=f"{end}_mean", factor=factor, line=THICK)
        for (end, look), grey in zip(LOOKS.items(), (PALE_INK, QUIET_INK), strict=True)
    ]  # fmt: skip
    alternative, words = title_of(results, int(top["point"].iloc[0])), lowered(outcome.label)
    first = top.iloc[0]
    larger = "high" if abs(first["high_mean"]) > abs(first["low_mean"]) else "low"
    strongest = lowered(*without_sections([_name(results, first)[0]]))
    rank = f"one of {count} links" if count > 1 else "the only link"
    finding = (
        f"is larger where {strongest} is {larger}, {rank} beyond chance"
        if count
        else "depends on no parameter beyond chance"
    )
    heads = {count: "Not beyond chance"} if count < len(top) else {}
    figure = rows(
        f"{alternative}: the effect on {words} in the model {finding}",
        [_name(results, row)[0] for _, row in top.iterrows()],
        dots,
        f"Change of {words} against “{title_of(results, 0)}” at the end of {year},"
        f" in {draw.change_unit(outcome)}: mean of the runs in the low and in the high third of a"
        " parameter's values, with 95% intervals. Vertical line: mean of all runs. r: rank"
        f" correlation over parameter sets; beyond chance: {table['chance'].iloc[0]:.2f} or more.",
        draw.source(results),
        heads={**({0: "Beyond chance"} if count else {}), **heads},
        unit=f"change, {draw.change_unit(outcome)}",
        columns={"r": [text(round(r, 2)) for r in top["rank_correlation"]]},
    )
    figure.axes[0].axvline(factor * top["mean"].iloc[0], color=INK, lw=THIN_LINE, zorder=1.5)
    return figure

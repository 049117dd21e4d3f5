"""Parameters on which the effect of a scenario depends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from sim.estimates.depends import ENDS, FEWEST_SETS, dependence
from sim.estimates.effects import pairs
from sim.experiment.design import factor_of
from sim.measures.variables import PARAMETER_SET, YEAR
from sim.runs.dataset import Results
from sim.runs.numbers import level
from sim.runs.titles import titles
from sim.studies.report import Report, Table, bands, signed, text

MOST_ROWS = 12
WHERE = {"low": "{} or less", "high": "{} or more"}
TITLE = "What the effects depend on: their mean where a parameter is low and where it is high (95%)"
NOTE = (
    "Low and high: the lowest and the highest third of a parameter's values in the sets that"
    " published figures do not rule out. A parameter that they narrow shows less than over its"
    " whole range, and parameters that are correlated in them may take each other's place. r: rank"
    " correlation; one comparison in twenty names a parameter by chance."
)
NO_PARAMETER = "No parameter moves an effect beyond chance."
FEW = (
    f"No parameter is named on which the effect depends: that needs {FEWEST_SETS} parameter sets"
    " and an effect that differs between them. Give more --runs, without --defaults."
)


def with_dependence(report: Report, outcomes: Sequence[str], year: int) -> Report:
    """Return a comparison that also says what its effects depend on."""
    results, frames = report.results, [pd.DataFrame()]
    parameters = results.parameters.drop(columns=PARAMETER_SET, errors="ignore")
    for name in outcomes if parameters.columns.size else ():
        values = results.values(name, years=year).isel({YEAR: 0})
        for point, before, after, runs, sets in pairs(values):
            given = parameters.iloc[runs].reset_index(drop=True)
            mean, unit = float((after - before).mean()), results.outcomes[name].unit
            of = {"point": point, "alternative": results.labels[point], "outcome": name}
            frames.append(
                dependence(after - before, given, sets).assign(**of, unit=unit, mean=mean)
            )
    every = pd.concat(frames, ignore_index=True)
    if every.empty:
        return replace(report, shown=[*report.shown, FEW])
    tables = {**report.tables, "depends": every}
    return replace(report, tables=tables, shown=[*report.shown, *_shown(results, every)])


def _shown(results: Results, every: pd.DataFrame) -> list[str | Table]:
    beyond = every[every["beyond_chance"]]
    if beyond.empty:
        return [NO_PARAMETER]
    factors = [factor_of(key, results.rules)[0] for key in beyond["parameter"]]
    named = titles(results)
    cells = {
        "alternative": [named[point] for point in beyond["point"]],
        "effect on": [results.outcomes[name].named for name in beyond["outcome"]],
        "parameter": [factor.title for factor in factors],
        "r": [text(round(r, 2)) for r in beyond["rank_correlation"]],
    }
    for end in ENDS:
        places = [
            WHERE[end].format(level(value, factor.to_dict()))
            for value, factor in zip(beyond[f"{end}_value"], factors, strict=True)
        ]
        effects = bands(beyond, f"{end}_mean", f"{end}_low", f"{end}_high", signed)
        cells[end] = [f"{place}: {effect}" for place, effect in zip(places, effects, strict=True)]
    return [Table(pd.DataFrame(cells), TITLE, MOST_ROWS, "depends"), NOTE]

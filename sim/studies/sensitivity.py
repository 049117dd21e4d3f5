"""Parameters on which an outcome depends: Morris' elementary effects and Sobol' indices.

Designs, estimators and bootstrap intervals are SALib's (Herman and Usher 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arguments import without
from sim.errors import InputError, require_extra
from sim.experiment import Factor, Keep, design_of, lay_over, plausible_factors
from sim.figures.draw import source
from sim.figures.rows import THICK, Dots, rows
from sim.figures.style import CHINA, INK, Look
from sim.measures.variables import YEAR
from sim.model.register import choose
from sim.model.units import WORLD
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.scenario import BASELINE
from sim.scenario.own_groups import read_where, split_outcome
from sim.studies import sources
from sim.studies.report import Report, Table
from sim.world.arrays import Floats

# A step moves a parameter by two thirds of its range.
LEVELS = 4
RESAMPLES = 500
ROWS_SHOWN = 15
TRAJECTORIES, TOP, SAMPLES = 20, 12, 2048


@dataclass(frozen=True)
class Method:
    """Presentation of a method's measures.

    Attributes:
        by: The measure that ranks parameters.
        drawn: The measures in its figure, with their looks.
    """

    by: str
    axis: str
    note: str
    columns: tuple[str, ...]
    drawn: Mapping[str, Look]


METHODS = {
    "morris": Method(
        "mu_star",
        "Mean size of the effect of a whole plausible range, without its sign, so at least 0",
        "mu*: mean size of the effect of a whole plausible range (95% interval); sigma: spread of"
        " the effect, large where it depends on other parameters. Sizes have no sign, so that"
        " differences by chance count too.",
        ("mu_star", "mu_star_conf", "mu", "sigma"),
        {"mu_star": Look("", CHINA)},
    ),
    "sobol": Method(
        "ST",
        "Share of variance by the parameter alone, and with its interactions (in the title)",
        "S1: share of the variance by the parameter alone; ST: with all interactions (95%"
        " intervals).",
        ("S1", "S1_conf", "ST", "ST_conf"),
        {"S1": Look("alone", INK, marker="D"), "ST": Look("with interactions", CHINA)},
    ),
}


@without("defaults")
def sensitivity(
    scenario: str | Path = BASELINE,
    *,
    method: Literal["both", "morris", "sobol"] = "both",
    outcome: str = "working",
    year: int = 2040,
    parameters: str | Sequence[str] | None = None,
    trajectories: int = TRAJECTORIES,
    top: int = TOP,
    samples: int = SAMPLES,
    **options: Unpack[sources.RunOptions],
) -> Report:
    """Explain an outcome by the parameters of a scenario.

    Parameters vary uniformly and independently over their plausible ranges.

    Args:
        scenario: A name or file.
        method: Both: Morris' screening of all parameters, Sobol' indices of the first of them.
        outcome: The outcome to explain.
        year: At the end of which year.
        parameters: Only these; None: all that are varied.
        trajectories: Trajectories of the screening.
        top: Most parameters of the Sobol' indices.
        samples: Their base sample, a power of two.
        **options: See :class:`sim.studies.sources.RunOptions`; `runs` are those at each point, 2.

    Examples:
        >>> few = ["contracts.term", "procurement.base"]
        >>> found = sim.sensitivity(parameters=few, trajectories=2, samples=2, runs=1)
        >>> sorted(found.tables)
        ['morris', 'sobol']
    """
    require_extra("SALib", "sensitivity")
    (loaded,) = sources.scenarios_from([scenario], options)
    factors = list(plausible_factors(loaded, parameters))
    plain, conditions = split_outcome(outcome)
    register = choose(loaded.rules.register, [plain])
    group = next(iter(read_where(conditions))) if conditions else WORLD
    measured = f"{register[plain].label}, {group}, end of {year}"
    # The screening alone has no base sample; indices alone are of all parameters.
    others = {"morris": samples != SAMPLES, "sobol": trajectories != TRAJECTORIES}
    if others.get(method) or (method != "both" and top != TOP):
        of = "--trajectories is of morris, --samples of sobol, --top of both"
        raise InputError(f"--method {method}: {of}")
    if samples < 2 or samples & (samples - 1):
        raise InputError(f"--samples {samples}: allowed: a power of two")
    seed = sources.whole_number(options.get("seed"), 1, "--seed", 0)
    runs = sources.number_of_runs(options, 2)
    trajectories = sources.whole_number(trajectories, TRAJECTORIES, "--trajectories", 2)
    top = sources.whole_number(top, TOP, "--top", 1)
    keep = Keep(outcomes=(plain,), dates=(year,))
    once = design_of({loaded.name: loaded}, runs=runs, seed=seed, plausible=None, keep=keep)
    tables: dict[str, pd.DataFrame] = {}
    ran: dict[str, Results] = {}
    shown: list[str | Table] = []
    for which, count in (("morris", trajectories), ("sobol", samples)):
        if method not in ("both", which) or not factors:
            continue
        cube = points_of(which, factors, count, seed)
        design = replace(
            once,
            name=f"{which}-{loaded.name}",
            title=f"{which.capitalize()} of {loaded.name}",
            question=f"Which parameters does it depend on: {measured}?",
            design=lay_over(factors, cube),
        )
        limited = sources.limiting(sources.within(options, which), outcome)
        ran[which] = sources.run_experiment(design, limited).asking(outcomes=outcome)
        values = ran[which].values(outcome, years=[year]).isel({YEAR: 0}).to_numpy()
        if which == "sobol":
            tables[which] = decompose(factors, values)
        else:
            tables[which] = screen(factors, cube, values)
            leading = tables[which].query("mu_star > 0")["parameter"].head(top)
            factors = [factors[place] for place in leading.index]
        frame = tables[which][["rank", "parameter", *METHODS[which].columns]]
        title = f"{which.capitalize()}: {measured}"
        shown += [Table(frame, title, ROWS_SHOWN, which), METHODS[which].note]
    return Report(
        kind="sensitivity",
        results=next(iter(ran.values())),
        tables=tables,
        shown=shown,
        figures={
            name: partial(_figure, ran[name], measured, METHODS[name], tables[name])
            for name in tables
        },
        facts={"measured": measured},
    )


def points_of(method: str, factors: Sequence[Factor], count: int, seed: int) -> Floats:
    from SALib.sample import morris, sobol

    given: Any = {"problem": problem(factors), "N": count, "seed": np.random.default_rng(seed)}
    if method == "morris":
        cube = morris.sample(**given, num_levels=LEVELS)
    else:
        cube = sobol.sample(**given, calc_second_order=False)
    return np.asarray(np.clip(cube, 0.0, 1.0))


def problem(factors: Sequence[Factor]) -> dict[str, Any]:
    return {
        "num_vars": len(factors),
        "names": [factor.name for factor in factors],
        "bounds": [[0.0, 1.0]] * len(factors),
    }


def screen(factors: Sequence[Factor], cube: Floats, values: Floats) -> pd.DataFrame:
    """Return the elementary effects of each parameter, the largest first.

    `cube` has points in the unit cube, `values` the outcome: (points, runs).
    """
    from SALib.analyze import morris

    indices = morris.analyze(
        problem(factors), cube, values.mean(axis=1), num_levels=LEVELS, num_resamples=RESAMPLES,
        seed=np.random.default_rng(1),
    )  # fmt: skip
    return _ranked(factors, indices, METHODS["morris"].columns, "mu_star")


def decompose(factors: Sequence[Factor], values: Floats) -> pd.DataFrame:
    """Return first-order and total Sobol' indices of each parameter, the largest total first."""
    from SALib.analyze import sobol

    means, columns = values.mean(axis=1), METHODS["sobol"].columns
    indices: Mapping[str, Any] = dict.fromkeys(columns, np.zeros(len(factors)))
    if np.ptp(means) > 0.0:
        indices = sobol.analyze(
            problem(factors), means, calc_second_order=False, num_resamples=RESAMPLES,
            seed=2,
        )  # fmt: skip
    return _ranked(factors, indices, columns, "ST")


def _ranked(
    factors: Sequence[Factor], indices: Mapping[str, Any], columns: Sequence[str], by: str
) -> pd.DataFrame:
    names = {"parameter": [f.name for f in factors], "title": [f.title for f in factors]}
    frame = pd.DataFrame({**names, **{k: np.asarray(indices[k], float) for k in columns}})
    frame = frame.sort_values(by, ascending=False, kind="stable")
    return frame.assign(rank=range(1, len(frame) + 1))


def _figure(results: Results, measured: str, method: Method, table: pd.DataFrame) -> Figure:
    leading, first, dots = table.head(ROWS_SHOWN), table.iloc[0], []
    unit = f"effect, {next(iter(results.outcomes.values())).unit}"
    unit = "share of the variance" if method.by == "ST" else unit
    for column, look in method.drawn.items():
        middle, reach = leading[column], leading[f"{column}_conf"]
        low = middle - reach if method.by == "ST" else np.maximum(middle - reach, 0.0)
        dots.append(Dots(look, middle, low, middle + reach, THICK))
    return rows(
        f"{measured}: “{first['title']}” is the first of {len(table)} parameters, with"
        f" {shown(first[method.by])} ± {shown(first[f'{method.by}_conf'])} ({unit})",
        leading["title"].tolist(),
        dots,
        f"{method.axis}, with 95% interval. Drawn: {len(leading)} parameters.",
        source(results, f"{len(table)} parameters varied over their plausible ranges"),
        zero=True,
        unit=unit,
    )

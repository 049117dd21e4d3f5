"""Run an experiment: every point of its design, and the effect of each against the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import pandas as pd
from matplotlib.figure import Figure

from sim.engine.plugins import load_rules
from sim.errors import InputError
from sim.experiment import Experiment, load_experiment
from sim.figures.draw import change_unit, dots_of, factor_of, rows, source
from sim.figures.style import INK, PALE_INK, Look
from sim.parameters import Outcome
from sim.results.dataset import Results
from sim.results.effects import BY_SET, effect_table
from sim.rules import choose
from sim.studies.report import CHANGES, Report, Table, changes, wide
from sim.studies.sources import RunOptions, run_experiment, settings_of, whole_number
from sim.world.seeds import seeds_from

OUTCOMES = ("working", "adopters", "trained")
POINTS_SHOWN = 30
MOST_ROWS = 40


def sweep(experiment: str | Path | Experiment, **options: Unpack[RunOptions]) -> Results:
    """Run an experiment: all points of its design, the same runs at each.

    Args:
        experiment: A name, a file, or an experiment.
        **options: See :class:`sim.studies.sources.RunOptions`; `runs` is per point.
    """
    if isinstance(experiment, Experiment):
        loaded = experiment
    else:
        loaded = load_experiment(
            experiment,
            overrides=settings_of(options.get("set")),
            rules=load_rules(options.get("mechanisms")),
        ).in_world(seeds_from(options.get("seeds"), options.get("known")))
        loaded = replace(
            loaded,
            replicates=whole_number(options.get("runs"), loaded.replicates, "--runs", 1),
            seed=whole_number(options.get("seed"), loaded.seed, "--seed", 0),
            plausible=None if options.get("defaults") else loaded.plausible,
        )
    return run_experiment(loaded, options)


def report(
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
    names = list(choose(results.outcomes, outcomes or ()))
    names = names or [name for name in OUTCOMES if name in results.outcomes]
    names = names or list(results.outcomes)[:1]
    if not 0 <= reference < results.n_points:
        raise InputError(f"--reference {reference}: allowed: 0 to {results.n_points - 1}")
    last = results.years[-1] if year is None else year
    if last not in results.years:
        raise InputError(f"--year {year}: kept are {', '.join(map(str, results.years))}")
    effects = effect_table(results, names, years=[last], reference=reference)
    effects = results.design.reset_index().merge(effects, on="point", how="right")
    factors = [name for name in results.design if results.design[name].nunique() > 1]
    titles = {factor["name"]: factor["title"] for factor in results.manifest["factors"]}
    at = results.design.iloc[reference]
    first = ", ".join(f"{titles.get(name, name)} {_level(at[name])}" for name in factors)
    named = effects.assign(label=[results.outcomes[name].label for name in effects["outcome"]])
    named[factors] = named[factors].map(_level)
    table = wide(named, ["point", *factors], "label", changes(effects)).head(POINTS_SHOWN)
    table = table.rename(columns=titles)
    shown = effects[effects["outcome"] == names[0]]

    def draw() -> Figure:
        outcome = results.outcomes[names[0]]
        rows_are = ", ".join(titles.get(name, name) for name in factors)
        return effects_figure(
            results,
            outcome,
            shown,
            [", ".join(map(_level, row)) for row in shown[factors].itertuples(index=False)],
            f"{outcome.label} at the end of {last}: change against {first}",
            f"How many more or fewer, run by run? Rows: {rows_are}.",
        )

    return Report(
        kind="sweep",
        results=results,
        tables={"effects": effects},
        shown=[
            f"{results.title}: {results.n_points:,} points × {results.n_runs:,} runs. Parameters:"
            f" {results.manifest['parameters']}.",
            Table(table, f"Change by {last} against {first}: {CHANGES}"),
            BY_SET,
        ],
        figures={"effects": draw} if results.n_points <= MOST_ROWS else {},
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
    numbers = factor_of(outcome) * effects[["mean", "low", "high", "q05", "q95"]]
    dots = [
        dots_of(look, numbers.where(shown), *ends, thin=ends[0] == "q05")
        for ends in (("q05", "q95"), ("low", "high"))
        for look, shown in looks.items()
    ]
    lines = f"Thin: 90 % of runs; thick: 95 % interval of the mean. {note}".rstrip()
    caption = f"{source(results)} {lines} {BY_SET}"
    return rows(title, names, dots, change_unit(outcome), question, caption, zero=True)

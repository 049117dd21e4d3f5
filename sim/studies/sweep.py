"""Run an experiment: every point of its design, and the effect of each against the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.engine.plugins import load_rules
from sim.errors import InputError
from sim.experiment import Experiment, load_experiment
from sim.figures.canvas import canvas
from sim.figures.draw import (
    BANDS,
    Line,
    change_unit,
    dots_of,
    draw_line,
    factor_of,
    rows,
    source,
)
from sim.figures.style import INK, OPPOSED, SETTINGS, Look, ink_on, look_of
from sim.register import WORLD, choose
from sim.results.dataset import Results, quantiles
from sim.results.effects import BY_SET, effect_table
from sim.studies.report import CHANGES, Report, Table, changes, signed, text, wide
from sim.studies.sources import RunOptions, run_experiment, settings_of, whole_number
from sim.world.seeds import seeds_from

OUTCOMES = ("working", "adopters", "trained")
POINTS_SHOWN = 30
MOST_ROWS = 40


def sweep(
    experiment: str | Path | Experiment,
    *,
    strict: bool = False,
    **options: Unpack[RunOptions],
) -> Results:
    """Run an experiment: all points of its design, the same runs at each.

    Args:
        experiment: A name, a file, or an experiment.
        strict: Whether failed runs are errors.
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
    return run_experiment(loaded, options, strict=strict)


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
    named = results.design.iloc[reference].items()
    first = ", ".join(
        f"{name} {cell}" for name, cell in named if len(set(results.design[name])) > 1
    )
    title = f"Change by {last} against {first}: {CHANGES}"
    factors = [name for name in results.design if results.design[name].nunique() > 1]
    numeric = [name for name in factors if pd.api.types.is_numeric_dtype(results.design[name])]
    figures = {"effects": lambda: _rows(results, effects, factors, names[0], last, first)}
    if len(numeric) == 1 and len(factors) == 1:
        figures["response"] = lambda: _response(results, names, numeric[0], last, reference)
    if len(numeric) == 2 and len(factors) == 2:
        figures["heat-map"] = lambda: _heat_map(results, effects, names[0], numeric, last, first)
    return Report(
        kind="sweep",
        results=results,
        tables={"effects": effects},
        shown=[
            f"{results.title}: {results.n_points:,} points × {results.n_runs:,} runs. Parameters:"
            f" {results.manifest['parameters']}.",
            Table(_wide(results, effects, factors), title),
            BY_SET,
        ],
        figures=figures,
        facts={"reference": reference, "year": last},
    )


def _wide(results: Results, effects: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    named = effects.assign(label=[results.outcomes[name].label for name in effects["outcome"]])
    table: pd.DataFrame = wide(named, ["point", *factors], "label", changes(effects))
    return table.head(POINTS_SHOWN)


def _rows(
    results: Results,
    effects: pd.DataFrame,
    factors: Sequence[str],
    name: str,
    year: int,
    first: str,
) -> Figure:
    """Draw the paired effect of each point, largest first if there are many."""
    outcome = results.outcomes[name]
    part = effects[effects["outcome"] == name]
    if len(part) > MOST_ROWS:
        part = part.iloc[np.argsort(-np.abs(part["mean"].to_numpy()))[:MOST_ROWS]]
    factor = factor_of(outcome)
    return rows(
        f"{outcome.label} at the end of {year}: change against {first}",
        list(part["alternative"]),
        [
            dots_of(Look("", INK), part, factor=factor),
            dots_of(Look("", INK), part, "low", "high", factor=factor, thin=False),
        ],
        change_unit(outcome),
        f"How many more or fewer, run by run? Rows: {', '.join(factors)}.",
        f"{source(results)} Thin: 90 % of runs; thick: 95 % interval of the mean. {BY_SET}",
        zero=True,
    )


def _response(
    results: Results, names: Sequence[str], factor: str, year: int, reference: int
) -> Figure:
    """Draw the paired change along a factor."""
    figure, axes = canvas(
        f"Change by {year} along {factor}, against {factor} {results.labels[reference]}",
        "How does the answer depend on it, run by run?",
        f"{source(results)} {BANDS} Changes are differences of paired runs.",
        rows=len(names),
        panel_height=1.4,
        sharex=True,
    )
    along = results.design[factor].to_numpy(float)
    order = np.argsort(along)
    with matplotlib.rc_context(SETTINGS):
        for ax, name in zip(axes, names, strict=True):
            outcome = results.outcomes[name]
            look = look_of(outcome)
            values = factor_of(outcome) * results.values(name, WORLD, years=[year])[..., 0]
            change = (values - values[reference])[order]
            draw_line(ax, Line(look, pd.DataFrame(quantiles(change, axis=1), along[order])))
            ax.axhline(0.0, color="#222222", lw=0.6)
            ax.set_title(outcome.label)
            ax.set_ylabel(change_unit(outcome))
        axes[-1].set_xlabel(factor)
    return figure


def _heat_map(
    results: Results,
    effects: pd.DataFrame,
    name: str,
    factors: Sequence[str],
    year: int,
    first: str,
) -> Figure:
    """Draw the mean paired change over two factors."""
    outcome = results.outcomes[name]
    part = effects[effects["outcome"] == name]
    table = part.pivot_table(index=factors[1], columns=factors[0], values="mean")
    table = factor_of(outcome) * table
    reach = float(np.nanmax(np.abs(table.to_numpy()))) or 1.0
    figure, (ax,) = canvas(
        f"{outcome.label} at the end of {year}: mean change against {first}",
        f"How do {factors[0]} and {factors[1]} act together?",
        f"{source(results)} Empty: the reference point, or no such point.",
        panel_height=2.8,
    )
    with matplotlib.rc_context(SETTINGS):
        ax.grid(visible=False)
        image = ax.imshow(
            table.to_numpy(), origin="lower", aspect="auto", cmap=OPPOSED, vmin=-reach, vmax=reach
        )
        ax.set_xticks(range(table.shape[1]), [text(v) for v in table.columns])
        ax.set_yticks(range(table.shape[0]), [text(v) for v in table.index])
        ax.set(xlabel=factors[0], ylabel=factors[1])
        figure.colorbar(image, ax=ax, label=change_unit(outcome), shrink=0.8)
        if table.size <= 100:
            for (y, x), value in np.ndenumerate(table.to_numpy()):
                if np.isfinite(value):
                    ink = ink_on(tuple(image.to_rgba(value)))
                    ax.text(x, y, signed(value), ha="center", va="center", fontsize=7, color=ink)
    return figure

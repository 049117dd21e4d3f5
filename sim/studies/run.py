"""Run a scenario, or open finished runs: what happens, beside the published figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from sim.errors import InputError, refuse_warnings
from sim.results.dataset import Results, open_results, quantiles
from sim.results.runner import EngineName
from sim.results.targets import HOLD_OUT, HOW_MET, USES, count_met, published, target_table
from sim.studies.report import Figures, Report, Table, bands, wide
from sim.studies.sources import RunOptions, Source, results_of, scenario_from

YEARS = (2010, 2019, 2025, 2030, 2040)
YEARS_SHOWN = 3
"""Years that the first table shows: the last of them."""
SHOWN = (
    "trained",
    "adopters",
    "platforms",
    "working",
    "contracts_chinese",
    "contracts_active",
    "lock_in_chinese",
    "lock_in",
    "sales_chinese_yearly",
    "revenue_sales_yearly",
    "maintenance_chinese_yearly",
    "revenue_maintenance_yearly",
)
"""Outcomes that the first table shows: Chinese ones before all vendors'."""
LOCK_IN = (
    "Lock-in: what it would cost to leave, in years of what the systems are worth to their"
    " governments. Platform: a safe city or more."
)


def run(
    scenario: Source = "baseline",
    *,
    engine: EngineName = "compiled",
    strict: bool = False,
    **options: Unpack[RunOptions],
) -> Results:
    """Run a scenario; runs that its folder has already are not made again.

    Args:
        scenario: A name, a file, the manifest of a run to repeat, or a scenario.
        engine: The compiled engine or the Mesa model: the same numbers.
        strict: Whether values without effect, and failed runs, are errors.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Returns:
        The dataset: `data`, `runs()`, `country_runs()`, `series()`, `countries()`, `curve()`.
    """
    if engine not in ("compiled", "mesa"):
        raise InputError(f"--engine {engine}: allowed: compiled, mesa")
    if strict and not isinstance(scenario, Results):
        refuse_warnings(scenario_from(scenario, options).warnings)
    return results_of([scenario], options, engine=engine, strict=strict)


def open(folder: Path | str) -> Results:
    """Open a finished results folder."""
    return open_results(folder)


def summary(results: Results) -> Report:
    """Return what happens in the runs of a scenario, beside the published figures."""
    outcomes = _outcomes(results)
    targets = target_table(results)
    return Report(
        kind="summary",
        results=results,
        tables={"outcomes": outcomes, "targets": targets},
        shown=_shown(results, outcomes, targets),
        figures=Figures(lambda: _figures(results)),
    )


def _figures(results: Results) -> Mapping[str, Any]:
    from sim.figures.of_runs import figures_of  # loads matplotlib

    return figures_of(results)


def _outcomes(results: Results) -> pd.DataFrame:
    years = [year for year in YEARS if year in results.years] or results.years[-1:]
    frames = []
    for name in [name for name in SHOWN if name in results.outcomes]:
        outcome = results.outcomes[name]
        spread = pd.DataFrame(quantiles(results.values(name, years=years)[0], axis=0))
        frame = spread[["mean", "q05", "q95"]]
        frame.insert(0, "outcome", name)
        frame.insert(1, "label", outcome.label)
        frame.insert(2, "unit", outcome.unit)
        frame.insert(3, "year", years)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _shown(results: Results, outcomes: pd.DataFrame, targets: pd.DataFrame) -> list[str | Table]:
    last = outcomes[outcomes["year"].isin(sorted(set(outcomes["year"]))[-YEARS_SHOWN:])]
    table = wide(last, ["label", "unit"], "year", bands(last))
    compared = pd.DataFrame(
        {
            "published figure": targets["label"],
            "use": targets["use"].map(USES),
            "published": published(targets),
            "recorded in the model": bands(targets),
            "real in the model": bands(targets, "real"),
            "": targets["verdict"],
        }
    )
    met, known = count_met(targets, HOLD_OUT)
    sets = results.manifest["parameters"]
    return [
        Table(table, f"{results.name}: mean of {results.n_runs:,} runs (90 % of runs)"),
        f"{LOCK_IN} Parameters: {sets}.",
        Table(compared, f"{met} of {known} published figures that were kept apart are met"),
        "Recorded: what lists and records would contain; real: what happened, where a figure counts"
        f" what somebody recorded. {HOW_MET} Scenarios, not forecasts.",
    ]

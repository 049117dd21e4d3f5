"""``entrench run``: an ensemble of a scenario, its table, its results folder and its figures."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.application import end_with
from sim.cli.options import (
    Assignments,
    Point,
    ScenarioName,
    Strict,
    chosen_sets,
    clear_results,
    suggest_fresh,
    warn,
)
from sim.cli.progress import Progress

if TYPE_CHECKING:
    from sim.results.table import Happened

RESULTS = Path("results")

DRAW = "sim.cli.run:_draw"
"""What draws a run's folder, for the process that does."""

BLIND_RUNS = 50
"""Replicates of the regime-blind null model beside a run: enough for whole percentages."""


class Engine(StrEnum):
    """Ways of running."""

    compiled = "compiled"
    mesa = "mesa"


def run(
    scenario: ScenarioName,
    runs: Annotated[int, typer.Option("--runs", help="Number of histories (replicates).")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draws.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Results folder; results/SCENARIO if not given."),
    ] = None,
    assignments: Assignments = None,
    point: Point = False,
    engine: Annotated[
        Engine, typer.Option("--engine", help="Same numbers either way; mesa is far slower.")
    ] = Engine.compiled,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads of the engine; all cores if not given.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace a results folder that holds something else.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    strict: Strict = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Run an ensemble of a scenario: table, results folder and figures.

    The same command again resumes what a kill interrupted. Results are scenarios, not forecasts.

    Exit code 3: done, but some runs failed and are listed in failures.csv.
    """
    from sim.batch.ensemble import Request, run_to_folder
    from sim.cli.drawing import Drawing
    from sim.errors import InputError
    from sim.scenario import load_scenario, parse_assignments
    from sim.studies.validation.regime_blind import blind_shares

    if threads is not None and threads < 1:
        raise InputError(f"--threads {threads}: allowed: 1 or more")
    loaded = load_scenario(scenario, overrides=parse_assignments(assignments or []))
    warn(loaded.warnings, strict, quiet)
    plausible = chosen_sets(point)
    request = Request(loaded, runs, seed, plausible)
    folder = out or RESULTS / loaded.name
    if fresh:
        clear_results(folder)
    # Run and drawn in two processes: each loads what the other does not need.
    with Drawing(DRAW, wanted=figures) as drawing:
        with Progress(runs, quiet) as tell, suggest_fresh():
            report = run_to_folder(
                request,
                folder,
                engine=engine.value,
                threads=threads or os.cpu_count() or 1,
                progress=tell,
            )
        some = report.failed < runs
        if some:
            drawing.ask(folder)
        if some and not quiet:
            blind = blind_shares(
                loaded,
                scenario,
                parse_assignments(assignments or []),
                runs=min(runs, BLIND_RUNS),
                seed=seed,
                plausible=plausible,
            )
            _print_summary(folder, blind)
        drawn = drawing.wait()
    if not quiet:
        if not report.runs:
            typer.echo("These results were already there and whole; nothing was run again.")
        typer.echo(f"Results: {folder}" + (f" ({drawn} figure files in figures/)" if drawn else ""))
    end_with(report.failed, runs, folder)


def _draw(folder: Path) -> int:
    from sim.figures.gallery import FIGURES_FOLDER, draw_views
    from sim.results.read import open_results

    return len(draw_views(open_results(folder), folder / FIGURES_FOLDER))


def _print_summary(folder: Path, blind: dict[str, float]) -> None:
    from sim.results.read import open_results
    from sim.results.table import what_happened

    results = open_results(folder)
    happened = what_happened(results)
    _print_happened(happened)
    _print_targets(happened)
    if happened.regimes:
        _print_regimes(happened, blind)
    typer.echo("Means and 90 % bands over the runs. Scenarios, not forecasts.")


def _print_happened(happened: Happened) -> None:
    from sim.cli.tables import print_table

    years = [str(year) for year in happened.years]
    rows = [(row.label, row.unit, *(str(cell) for cell in row.cells)) for row in happened.rows]
    print_table(("what happened", "unit", *years), rows, if_wide=("unit",))


def _print_regimes(happened: Happened, blind: dict[str, float]) -> None:
    """Shares ever trained by 2025 among rated states, and what is left without regime effects."""
    from sim.cli.tables import print_table
    from sim.results.table import in_digits

    rows = []
    for row in happened.regimes:
        left = blind.get(row.regime)
        rows.append(
            (
                row.regime,
                "" if row.observed is None else in_digits(row.observed),
                "" if row.recorded is None else str(row.recorded),
                "" if left is None else in_digits(left),
            )
        )
    print_table(("ever trained by 2025", "observed", "recorded", "if regime-blind"), rows)


def _print_targets(happened: Happened) -> None:
    from sim.cli.tables import print_table
    from sim.results.table import Cell, in_digits

    rows: list[tuple[str, ...]] = []
    for row in happened.targets:
        bound = {"lower": "at least ", "upper": "at most "}.get(row.bound, "")
        observed = bound + in_digits(row.observed)
        band, deviation = str(row.status), ""
        if row.mean is not None and row.q05 is not None and row.q95 is not None:
            band = str(Cell(row.mean, row.q05, row.q95))
        if row.z is not None:
            deviation = f"{row.z:+.1f}"
        rows.append((row.id, row.use, observed, band, deviation))
    print_table(
        ("target", "use", "observed", "recorded in the model", "sigmas off"),
        rows,
    )

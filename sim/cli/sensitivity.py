"""``entrench sensitivity``: which parameters an outcome depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import Assignments, file_in_the_way
from sim.cli.sensitivity_report import draw, show_indices, show_screening, write
from sim.cli.studies import (
    RESULTS,
    Group,
    count_threads,
    end_with_failures,
    group_problems,
    parse_group,
    run_study,
)

if TYPE_CHECKING:
    from sim.experiment import Experiment, Factor
    from sim.scenario import Scenario
    from sim.studies.sensitivity.design import Measured, Method

MOST_AT_ONCE = 40
"""Parameters up to which Sobol' indices are computed without a screening."""
MOST_TRAJECTORIES, MOST_SAMPLES = 10_000, 1 << 20


class Methods(StrEnum):
    """Which measures."""

    both = "both"
    morris = "morris"
    sobol = "sobol"


@dataclass(frozen=True)
class Study:
    """What was asked: see the options of :func:`sensitivity`."""

    scenario: Scenario
    source: str
    overrides: Mapping[str, Any]
    factors: tuple[Factor, ...]
    measured: Measured
    trajectories: int
    samples: int
    top: int
    replicates: int
    seed: int

    def experiment(self, method: Method, factors: tuple[Factor, ...]) -> tuple[Experiment, Any]:
        """Return the sweep of a method, and its points in the unit cube."""
        from sim.studies.parameter_space import design_of
        from sim.studies.sensitivity.design import experiment_of, morris_cube, sobol_cube

        make, count = (
            (morris_cube, self.trajectories) if method == "morris" else (sobol_cube, self.samples)
        )
        cube = make(len(factors), count, self.seed)
        experiment = experiment_of(
            method,
            self.scenario,
            design_of(factors, cube),
            self.measured,
            source=self.source,
            overrides=self.overrides,
            replicates=self.replicates,
            seed=self.seed,
        )
        return experiment, cube


def sensitivity(
    scenario: Annotated[
        str,
        typer.Argument(metavar="SCENARIO", help="A scenario's name, or the path of its file."),
    ] = "baseline",
    method: Annotated[
        Methods,
        typer.Option("--method", help="Screen all parameters, decompose the variance, or both."),
    ] = Methods.both,
    outcome: Annotated[str, typer.Option("--outcome", help="The outcome to explain.")] = "working",
    group: Group = "world",
    year: Annotated[int, typer.Option("--year", help="At the end of which year.")] = 2040,
    parameters: Annotated[
        str | None,
        typer.Option(
            "--parameters",
            metavar="A.B,C.D",
            help="Only these; all that have a plausible range if not given.",
        ),
    ] = None,
    trajectories: Annotated[int, typer.Option("--trajectories", help="Morris trajectories.")] = 20,
    top: Annotated[
        int, typer.Option("--top", help="How many parameters the Sobol' indices are for.")
    ] = 12,
    samples: Annotated[
        int, typer.Option("--samples", help="Sobol' base sample, a power of two.")
    ] = 2048,
    replicates: Annotated[
        int, typer.Option("--replicates", help="Runs at each point, with the same luck at all.")
    ] = 2,
    seed: Annotated[int, typer.Option("--seed", help="Seed of designs and draws.")] = 1,
    assignments: Assignments = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder; results/sensitivity-SCENARIO if none."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads; all cores if not given.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many runs and how long; run a sample.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace a folder that answers another question.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Rank parameters by what an outcome owes to them.

    Morris' method screens all parameters over their plausible ranges; Sobol' indices then divide
    the variance among those that matter most. The same command again resumes. Exit code 3: done,
    but some runs failed.
    """
    from sim.scenario import load_scenario, parse_assignments

    overrides = parse_assignments(assignments or [])
    loaded = load_scenario(scenario, overrides=overrides)
    folder = out or RESULTS / f"sensitivity-{loaded.name}"
    numbers = {
        "--trajectories": (trajectories, 2, MOST_TRAJECTORIES),
        "--samples": (samples, 2, MOST_SAMPLES),
        "--top": (top, 1, MOST_AT_ONCE),
    }
    measured, factors = _check(
        loaded, outcome, group, year, parameters, numbers, replicates, seed, threads, method, folder
    )
    study = Study(
        loaded, scenario, overrides, factors, measured,
        trajectories, samples, top, replicates, seed,
    )  # fmt: skip
    if dry_run:
        _forecast(study, method, count_threads(threads))
        return
    _work(study, method, folder, count_threads(threads), fresh, figures, quiet)


def _check(
    scenario: Scenario,
    outcome: str,
    group: str,
    year: int,
    parameters: str | None,
    numbers: Mapping[str, tuple[int, int, int]],
    replicates: int,
    seed: int,
    threads: int | None,
    method: Methods,
    folder: Path,
) -> tuple[Measured, tuple[Factor, ...]]:
    """Return what is measured and varied, or raise all that is wrong at once."""
    from sim.draws import MOST_REPLICATES, MOST_SEED
    from sim.engine import prepare
    from sim.errors import InputError
    from sim.studies.parameter_space import plausible_factors
    from sim.studies.sensitivity.design import Measured

    numbers = {
        **numbers,
        "--replicates": (replicates, 1, MOST_REPLICATES),
        "--seed": (seed, 0, MOST_SEED),
        "--threads": (count_threads(threads), 1, MOST_REPLICATES),
        "--year": (year, scenario.horizon.start, scenario.horizon.end),
    }
    problems = [
        f"{name} {value}: allowed: {low} to {high}"
        for name, (value, low, high) in numbers.items()
        if not low <= value <= high
    ]
    if fault := file_in_the_way(folder):
        problems.append(fault)
    samples = numbers["--samples"][0]
    if samples > 0 and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        text = f"must be a power of two; the nearest are {below} and {2 * below}"
        problems.append(f"--samples {samples}: {text}")
    kind, name = parse_group(group)
    problems += group_problems(outcome, kind, name, prepare([scenario], 0).layout)
    factors: tuple[Factor, ...] = ()
    names = None if parameters is None else [p.strip() for p in parameters.split(",") if p.strip()]
    try:
        factors = plausible_factors(scenario, names)
    except InputError as error:
        problems += [f"--parameters: {message}" for message in error.messages]
    if method is Methods.sobol and len(factors) > MOST_AT_ONCE:
        problems.append(
            f"--method sobol: {len(factors)} parameters are too many at once (at most "
            f"{MOST_AT_ONCE}); name some with --parameters, or screen them first (--method both)"
        )
    if problems:
        raise InputError(problems)
    return Measured(outcome, year, kind, name), factors


def _work(
    study: Study,
    method: Methods,
    folder: Path,
    threads: int,
    fresh: bool,
    figures: bool,
    quiet: bool,
) -> None:
    from sim.errors import InputError
    from sim.studies.sensitivity.method import decompose, screen

    factors, drawn = study.factors, []
    measured = study.measured
    if method is not Methods.sobol:
        experiment, cube = study.experiment("morris", factors)
        found = _run(study, experiment, folder / "morris", threads, fresh, quiet)
        screening = screen(factors, cube, found, seed=study.seed)
        write(study, "morris", screening, folder)
        if not quiet:
            show_screening(study, screening)
        if figures:
            drawn += draw(study, screening, experiment, folder)
        factors = screening.most(study.top)
        if not factors:
            raise InputError(f"no parameter has any effect on {measured}; nothing to rank")
    if method is not Methods.morris:
        experiment, _ = study.experiment("sobol", factors)
        found = _run(study, experiment, folder / "sobol", threads, fresh, quiet)
        indices = decompose(factors, found, seed=study.seed)
        write(study, "sobol", indices, folder)
        if not quiet:
            show_indices(study, indices)
        if figures:
            drawn += draw(study, indices, experiment, folder)
    if not quiet:
        typer.echo(f"Results: {folder}" + (f" ({len(drawn)} figure files)" if drawn else ""))
    methods = ("morris", "sobol") if method is Methods.both else (method.value,)
    end_with_failures(folder / name for name in methods)


def _run(
    study: Study, experiment: Experiment, folder: Path, threads: int, fresh: bool, quiet: bool
) -> Any:
    if not quiet:
        points = len(experiment.design.points)
        typer.echo(
            f"{experiment.title}: {points:,} points × {study.replicates} = {experiment.runs:,} runs"
        )
    found = run_study(experiment, folder, threads=threads, fresh=fresh, quiet=quiet)
    measured = study.measured
    return found.values(measured.outcome, measured.year, measured.kind, measured.group)


def _forecast(study: Study, method: Methods, threads: int) -> None:
    from sim.batch.executors import Crew
    from sim.batch.forecast import forecast
    from sim.cli.progress import in_time

    width = len(study.factors)
    points = {}
    if method is not Methods.sobol:
        points["morris"] = (width + 1) * study.trajectories
        width = min(width, study.top)
    if method is not Methods.morris:
        points["sobol"] = (width + 2) * study.samples
    first: Method = "sobol" if method is Methods.sobol else "morris"
    experiment, _ = study.experiment(first, study.factors)
    seconds = forecast(experiment, Crew("threads", threads)).seconds
    total = sum(points.values()) * study.replicates
    for name, count in points.items():
        typer.echo(
            f"{name}: {count:,} points × {study.replicates} replicates = "
            f"{count * study.replicates:,} runs"
        )
    typer.echo(f"about {in_time(seconds * total / experiment.runs)} on {threads} threads")

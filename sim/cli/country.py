"""``entrench country``: states' stories over many runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Asked, takes
from sim.cli.show import show


@takes("runs", "seed", "assignments", "mechanisms", "point", "out", "threads", "as_json", "quiet",
       out="Also write tables into this folder.")  # fmt: skip
def country(
    states: Annotated[
        list[str],
        typer.Argument(metavar="STATE...", help="ISO codes or names: SRB, kenya."),
    ],
    results: Annotated[
        Path | None,
        typer.Option(
            "--results", metavar="DIR", help="Read this results folder instead of running."
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario", metavar="NAME", help="Scenario to run, a name or a file (baseline)."
        ),
    ] = None,
    *,
    asked: Asked,
) -> None:
    """Tell states' stories: trained, sold to, locked in; with what probability.

    Beside each stand the averages of its region and of its regime of 2024, and what the model's
    observer would have recorded. Reads a results folder, or runs a scenario.
    """
    from sim.errors import InputError
    from sim.studies.country import country as tell

    given = {"--scenario": scenario, "--runs": asked.runs, "--seed": asked.seed,
             "--set": asked.assignments, "--point": asked.point or None}  # fmt: skip
    named = [name for name, value in given.items() if value is not None]
    if results and named:
        raise InputError(f"--results reads finished runs: leave out {', '.join(named)}")
    if results and not results.is_dir():
        raise InputError(f"{results}: there is no such folder")
    source = results.resolve() if results else scenario or "baseline"
    study = tell(*states, source=source, out=asked.out, **asked.how)
    show(study, asked, asked.out)

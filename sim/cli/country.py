"""``entrench country``: states' stories over many runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Asked, takes
from sim.cli.show import show


@takes("runs", "seed", "assignments", "mechanisms", "point", "seeds", "known",
       "out", "threads", "figures", "as_json", "quiet",
       out="Also write tables and figures into this folder.")  # fmt: skip
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
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            metavar="NAME",
            help="What this scenario changes for them, run by run; further names may follow.",
        ),
    ] = None,
    *,
    asked: Asked,
) -> None:
    """Tell states' stories side by side: trained, sold to, locked in; how likely, and why.

    What drives each over time, what other scenarios change for it, its
    neighbours and peers, and what the model's observer would have recorded.
    Reads a results folder, or runs a scenario.
    """
    from sim.errors import InputError
    from sim.scenario import shipped_names
    from sim.studies.country import country as tell

    given = {"--scenario": scenario, "--runs": asked.runs, "--seed": asked.seed,
             "--set": asked.assignments, "--point": asked.point or None}  # fmt: skip
    named = [name for name, value in given.items() if value is not None]
    if results and named:
        raise InputError(f"--results reads finished runs: leave out {', '.join(named)}")
    if results and not results.is_dir():
        raise InputError(f"{results}: there is no such folder")
    source = results.resolve() if results else scenario or "baseline"
    # `--compare A B`: what follows the first name stands among the states.
    further = [name for name in states if compare and name in shipped_names()]
    states = [name for name in states if name not in further]
    study = tell(
        *states, source=source, compare=[*(compare or ()), *further], out=asked.out,
        figures=asked.figures, **asked.how,
    )  # fmt: skip
    show(study, asked, asked.out)

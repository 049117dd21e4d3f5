"""``entrench validate``: the model and null models beside published figures, or a user's list."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Asked, takes
from sim.cli.show import end_with_failures, foretell, show


class What(StrEnum):
    """What a list may be about."""

    adopted = "adopted"
    platform = "platform"
    trained = "trained"


@takes("runs", "seed", "assignments", "mechanisms", "point", "seeds", "known",
       "out", "threads", "dry_run", "fresh", "figures",
       "as_json", "quiet",
       out="Where files and runs go; results/validation if not given.")  # fmt: skip
def validate(
    source: Annotated[
        str,
        typer.Argument(
            metavar="[MODEL]", help="A scenario's name or file, or a finished results folder."
        ),
    ] = "baseline",
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE.csv",
            help="Score the model against your own list of states: columns iso3,value.",
        ),
    ] = None,
    what: Annotated[
        What | None, typer.Option("--what", help="What the list is about (adopted).")
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="The list's year, at its end (2025).")
    ] = None,
    naive: Annotated[
        bool, typer.Option("--naive", help="Compare the ranking of states with naive guesses.")
    ] = False,
    nulls: Annotated[
        bool, typer.Option("--nulls/--no-nulls", help="Run the null models and ablations as well.")
    ] = True,
    discrepancy: Annotated[
        float | None,
        typer.Option(
            "--discrepancy",
            help="Standard deviation of the model's own error, as a share of each figure (0.05).",
        ),
    ] = None,
    *,
    asked: Asked,
) -> None:
    """Compare what the model recorded with published figures, and with what null models record.

    With --against, score it against your own list of states; with --naive, compare its ranking of
    states with naive guesses. The same command again resumes. Scenarios, not forecasts.
    """
    from sim.studies.validation import found_by
    from sim.studies.validation import validate as compare_with_figures

    if asked.dry_run:
        whole = against is None and not naive
        found = found_by(source, asked.how, nulls=nulls and whole)
        foretell(found if whole else found[:1], asked.threads)
        return
    folder = asked.folder("validation")
    study = compare_with_figures(
        source, against=against, what=what.value if what else None, year=year, naive=naive,
        nulls=nulls, discrepancy=discrepancy, out=folder, fresh=asked.fresh, figures=asked.figures,
        **asked.how,
    )  # fmt: skip
    show(study, asked, folder)
    end_with_failures(study.results)

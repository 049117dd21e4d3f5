"""``entrench compare``: scenarios or finished results, run by run on the same luck."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.options import Asked, Outcomes, plain_name, takes
from sim.cli.show import foretell, show


@takes("runs", "seed", "assignments", "mechanisms", "point", "seeds", "known",
       "out", "threads", "dry_run", "figures", "as_json",
       "quiet")  # fmt: skip
def compare(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C ...]",
            help="Names or files of scenarios, or finished results folders; the first is the"
            " reference.",
        ),
    ],
    outcomes: Outcomes = None,
    *,
    asked: Asked,
) -> None:
    """Compare scenarios with the first, run by run: same seed, same luck.

    Prints what differs, how sure that is, and how many runs that would take
    without shared luck; which states change, when, with what probability.

    Beside a results folder, scenarios are run with its runs, seed and parameters.
    """
    from sim.studies.comparison import compare as compare_sources
    from sim.studies.comparison.method import OUTCOMES
    from sim.studies.sources import find_paired, labels_of

    if asked.dry_run:
        foretell(find_paired(sources, asked.how), asked.threads)
        return
    folder = asked.folder("-".join(("compare", *map(plain_name, labels_of(sources)))))
    study = compare_sources(
        *sources, outcomes=outcomes or OUTCOMES, out=folder, figures=asked.figures, **asked.how
    )
    show(study, asked, folder)

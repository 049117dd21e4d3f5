"""``entrench ask``: which what-ifs move an outcome most."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.options import Asked, takes
from sim.cli.show import end_with_failures, foretell, show


@takes("runs", "seed", "assignments", "mechanisms", "point", "seeds", "known",
       "out", "threads", "dry_run", "fresh", "figures",
       "as_json", "quiet",
       out="Keeps the runs of all what-ifs for any question; results/ask if none.")  # fmt: skip
def ask(
    question: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION", help='An outcome and a year, such as "working in 2040".'
        ),
    ] = "working",
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="KIND", help="Also by region, regime or vendor."),
    ] = None,
    what_ifs: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="NAME",
            help="Rank this scenario, a name or a file; may be given again. If not given: all that"
            " come with the program.",
        ),
    ] = None,
    *,
    asked: Asked,
) -> None:
    """Rank what-ifs by how far they move an outcome: what matters, before one knows where to look.

    Each is run with the baseline's seed and luck, and compared with it run by
    run. The same command again resumes; another question takes the same runs.

    Exit code 3: done, but some runs failed.
    """
    from sim.studies.ask import ask as rank
    from sim.studies.ask import find_question

    if asked.dry_run:
        _, found = find_question(question, by, what_ifs, asked.how)
        foretell(found, asked.threads)
        return
    folder = asked.folder("ask")
    study = rank(
        question, by=by, what_ifs=what_ifs, out=folder, fresh=asked.fresh, figures=asked.figures,
        **asked.how,
    )  # fmt: skip
    show(study, asked, folder / study.asked.slug)
    end_with_failures(study.runs)

"""``entrench known``: what holding histories to what is known means."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.options import Asked, takes
from sim.cli.show import show


@takes("runs", "seed", "assignments", "mechanisms", "point", "seeds",
       "out", "threads", "as_json", "quiet",
       out="Also write tables into this folder.")  # fmt: skip
def known(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE.csv",
            help="What is known: columns iso3,what,date; or documented: the contracts that are"
            " documented one by one.",
        ),
    ],
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="A scenario's name, or its file.")
    ] = "baseline",
    *,
    asked: Asked,
) -> None:
    """Account for what is known: how often does the model say so by itself?

    Runs the scenario twice on the same luck: held to what is known, and left
    free. Tells which of the decisions free histories take by their dates, and
    what holding them changes in other states. To run a study held to what is
    known, give it --known FILE.csv.
    """
    from sim.studies.known import known as account

    how = asked.how
    del how["known"]
    show(account(file, scenario, out=asked.out, **how), asked, asked.out)

"""``entrench persistence``: what stays when the offer stops, and who is reached next."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sim.cli.options import Asked, plain_name, takes
from sim.cli.show import foretell, show

WHAT = "offer-withdrawn-2030"
"""What is looked at unless something is named."""


class By(StrEnum):
    """Kinds of groups."""

    regime = "regime"
    region = "region"
    both = "both"


@takes("runs", "seed", "assignments", "mechanisms", "point", "seeds", "known",
       "out", "threads", "dry_run", "figures", "as_json",
       "quiet")  # fmt: skip
def persistence(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[WHAT]",
            help="A scenario (name or file), the finished folder of a run, or that of a sweep.",
        ),
    ] = WHAT,
    since: Annotated[
        int | None,
        typer.Option(
            "--since",
            metavar="YEAR",
            help="Follow the systems that work at the end of this year; the year before the offer"
            " is withdrawn if not given.",
        ),
    ] = None,
    by: Annotated[By, typer.Option("--by", help="Groups of states beside the world.")] = By.both,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="NAME",
            help="Scenario or run's folder in which the offer stands. If not given: baseline,"
            " beside a scenario. none: nothing.",
        ),
    ] = None,
    *,
    asked: Asked,
) -> None:
    """Tell what stays when the offer stops: half-life of systems, and states locked in.

    Follows the systems that work when the offer is withdrawn: how many are
    left after 5 and 10 years, in the world, by regime and region, by state;
    beside it the same histories with the offer standing, and the states most
    likely reached next. Of a sweep: a row a point.

    An earlier such report in the folder is replaced.
    """
    from sim.studies.persistence import persistence as what_stays
    from sim.studies.persistence import sides
    from sim.studies.sources import find_paired, is_sweep, labels_of

    if asked.dry_run and not is_sweep(what):
        foretell(find_paired(sides(what, against), asked.how), asked.threads)
        return
    folder = asked.folder(f"persistence-{plain_name(labels_of([what])[0])}")
    study = what_stays(
        what, since=since, by=by.value, against=against, out=folder, figures=asked.figures,
        **asked.how,
    )  # fmt: skip
    show(study, asked, folder)

"""``entrench persistence``: what stays when the offer stops."""

from __future__ import annotations

from typing import Annotated

import sim
from sim.cli.options import RUNNING, SHOWING, Option, Options, argument, choice, takes
from sim.cli.show import answer

WHAT = "offer-withdrawn-2030"
"""What is looked at unless something is named."""


@takes(
    *RUNNING, *SHOWING, "fresh",
    since=Option(
        int,
        "Follow the systems that work at the end of this year; the year before the offer is"
        " withdrawn if not given.",
        "YEAR",
    ),
    by=choice(
        ("regime", "region", "both"),
        "Groups of states beside the world: regime, region or both.",
        "both",
        "KIND",
    ),
    against=Option(
        str,
        "Scenario or run's folder in which the offer stands. If not given: baseline, beside a"
        " scenario. none: nothing.",
        "NAME",
    ),
)  # fmt: skip
def persistence(
    what: Annotated[
        str,
        argument(
            "WHAT",
            "A scenario (name or file), the finished folder of a run, or that of a sweep.",
        ),
    ] = WHAT,
    *,
    options: Options,
) -> None:
    """Tell what stays when the offer stops.

    Follows the systems that work when the offer is withdrawn: how many are
    left after 5 and 10 years, and how many without interruption, in the world,
    by regime and region, by state; beside it the same histories with the offer
    standing. Of a sweep: a row a point.

    An earlier such report in the folder is replaced.
    """
    from sim.studies.resolve import labels_of

    answer(options, sim.persistence, what, out=options.folder("persistence", *labels_of([what])))

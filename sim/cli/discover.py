"""``entrench discover``: under which conditions of an experiment something comes about."""

from __future__ import annotations

from typing import Annotated

import sim
from sim.cli.options import GROUP, SHOWING, SWEEPING, Option, Options, argument, takes
from sim.cli.show import answer


@takes(
    *SWEEPING, *SHOWING,
    outcome=Option(str, "Outcome of the condition.", default="working"),
    group=GROUP,
    year=Option(int, "At the end of which year; ten after the withdrawal."),
    relative_to=Option(
        int, "Divide by the outcome of this year; the one before the withdrawal.", "YEAR"
    ),
    above=Option(float, "The value must lie above this; 0.8."),
    below=Option(float, "The value must lie below this."),
    quantile=Option(float, "Above this quantile of the points instead."),
    boxes=Option(int, "How many boxes at most.", default=3),
    density=Option(float, "Take the largest box with this share of hits."),
    seed="Seed of the draws, instead of the file's.",
)  # fmt: skip
def discover(
    experiment: Annotated[
        str,
        argument("EXPERIMENT", "An experiment's name or file, or the folder of a finished sweep."),
    ],
    *,
    options: Options,
) -> None:
    """Find the conditions under which an outcome comes about (PRIM).

    By default: more than 80 % of the systems that worked in the year before
    China withdraws its offer still work ten years after. The same command again
    resumes. Exit code 3: done, but some runs failed.
    """
    from sim.studies.resolve import labels_of

    answer(
        options, sim.discover, experiment, out=options.folder("discover", *labels_of([experiment]))
    )

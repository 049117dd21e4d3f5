"""``entrench compare``: scenarios or finished results, run by run on the same luck."""

from __future__ import annotations

from typing import Annotated

import sim
from sim.cli.options import RUNNING, SHOWING, Option, Options, argument, takes
from sim.cli.show import answer


@takes(
    *RUNNING, *SHOWING, "fresh",
    outcomes=Option(
        list[str],
        "An outcome; may be given again. If not given: working, adopters, trained,"
        " contracts_alive.",
        "NAME",
        name="--outcome",
    ),
)  # fmt: skip
def compare(
    sources: Annotated[
        list[str],
        argument(
            "SCENARIO|FOLDER",
            "Names or files of scenarios, or finished results folders; the first is the reference.",
        ),
    ],
    *,
    options: Options,
) -> None:
    """Compare scenarios with the first, run by run: same seed, same luck.

    Prints what differs, how sure that is, and which states change beyond
    chance.

    Beside a results folder, scenarios are run with its runs, seed and parameters.
    """
    from sim.studies.resolve import labels_of

    answer(options, sim.compare, *sources, out=options.folder("compare", *labels_of(sources)))

"""``entrench known``: what holding histories to what is known means."""

from __future__ import annotations

from typing import Annotated

import sim
from sim.cli.options import Options, argument, takes
from sim.cli.show import answer


@takes(
    "runs", "seed", "set", "mechanisms", "point", "seeds", "out", "threads", "as_json", "quiet",
    "fresh",
    runs="Histories; 256 if not given.",
    seed="Seed of the draws; 1 if not given.",
    out="Also write tables into this folder.",
)  # fmt: skip
def known(
    file: Annotated[
        str,
        argument(
            "FILE.csv",
            "What is known: columns iso3,what,date; or documented: the contracts that are"
            " documented one by one.",
        ),
    ],
    scenario: Annotated[str, argument("SCENARIO", "A scenario's name, or its file.")] = "baseline",
    *,
    options: Options,
) -> None:
    """Account for what is known: how often does the model say so by itself?

    Runs the scenario twice on the same luck: held to what is known, and left
    free. Tells which of the decisions free histories take by their dates, and
    what holding them changes in other states. To run a study held to what is
    known, give it --known FILE.csv.
    """
    answer(options, sim.known, file, scenario, out=options.out)

"""``entrench ask``: which what-ifs move an outcome most."""

from __future__ import annotations

from typing import Annotated

import sim
from sim.cli.options import RUNNING, SHOWING, Option, Options, argument, takes
from sim.cli.show import answer


@takes(
    *RUNNING, *SHOWING, "fresh",
    by=Option(str, "Also by region or regime; by vendor, of outcomes that vendors have.", "KIND"),
    what_ifs=Option(
        list[str],
        "Rank this scenario, a name or a file; may be given again. If not given: all that come with"
        " the program.",
        "NAME",
        name="--what-if",
    ),
    runs="Histories; 256 if not given.",
    seed="Seed of the draws; 1 if not given.",
    out="Keeps the runs of all what-ifs for any question; results/ask if none.",
)  # fmt: skip
def ask(
    question: Annotated[
        list[str] | None,
        argument("QUESTION", "An outcome and a year, such as: working in 2040; working if none."),
    ] = None,
    *,
    options: Options,
) -> None:
    """Rank what-ifs by how far they move an outcome: what matters, before one knows where to look.

    Each is run with the baseline's seed and luck, and compared with it run by
    run. The same command again resumes; another question takes the same runs.

    Exit code 3: done, but some runs failed.
    """
    text = " ".join(question or ["working"])
    folder = options.folder("ask")
    answer(options, sim.ask, text, out=folder, where=lambda study: folder / study.quantity.slug)

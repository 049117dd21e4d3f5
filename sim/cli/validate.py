"""``entrench validate``: the model and null models beside published figures, or a user's list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import sim
from sim.cli.options import RUNNING, SHOWING, Option, Options, argument, choice, flag, takes
from sim.cli.show import answer


@takes(
    *RUNNING, *SHOWING, "fresh",
    against=Option(
        Path, "Score the model against your own list of states: columns iso3,value.", "FILE.csv"
    ),
    what=choice(
        ("adopted", "platform", "trained"),
        "What the list is about: adopted, platform or trained (adopted).",
        metavar="WHAT",
    ),
    year=Option(int, "The list's year, at its end (2025)."),
    naive=flag("--naive", "Compare the ranking of states with naive guesses."),
    nulls=Option(
        bool, "Run the null models and ablations as well.", default=True, name="--nulls/--no-nulls"
    ),
    discrepancy=Option(
        float,
        "Standard deviation of the model's own error, as a share of each figure (0.05).",
    ),
    out="Where files and runs go; results/validation if not given.",
)  # fmt: skip
def validate(
    source: Annotated[
        str, argument("MODEL", "A scenario's name or file, or a finished results folder.")
    ] = "baseline",
    *,
    options: Options,
) -> None:
    """Compare what the model recorded with published figures, and with what null models record.

    With --against, score it against your own list of states; with --naive,
    compare its ranking of states with naive guesses. The same command again
    resumes. Scenarios, not forecasts.
    """
    answer(options, sim.validate, source, out=options.folder("validation"))

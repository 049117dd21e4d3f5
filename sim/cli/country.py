"""``entrench country``: states' stories over many runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import sim
from sim.cli.options import RUNNING, SHOWING, Option, Options, argument, takes
from sim.cli.show import answer
from sim.errors import InputError


@takes(
    *RUNNING, *SHOWING, "fresh",
    results=Option(str, "Read this results folder instead of running.", "DIR"),
    scenario=Option(str, "Scenario to run, a name or a file (baseline).", "NAME"),
    compare=Option(
        list[str],
        "What this scenario changes for them, run by run; further names may follow.",
        "NAME",
    ),
    out="Also write tables and figures into this folder.",
)  # fmt: skip
def country(
    states: Annotated[list[str], argument("STATE", "ISO codes or names: SRB, kenya.")],
    *,
    options: Options,
) -> None:
    """Tell states' stories side by side: trained, sold to, locked in; how likely, and why.

    What drives each over time, what other scenarios change for it, its
    neighbours and peers, and what the model's observer would have recorded.
    Reads a results folder, or runs a scenario.
    """
    from sim.scenario import shipped_names
    from sim.studies.run_options import given

    own = dict(options.own)
    results, compare = own.pop("results", None), own.pop("compare", [])
    named = given({**options.given, **own}, "scenario", "runs", "seed", "set", "point")
    if results and named:
        raise InputError(f"--results reads finished runs: leave out {', '.join(named)}")
    if results and not Path(results).is_dir():
        raise InputError(f"{results}: there is no such folder")
    source = Path(results).resolve() if results else own.get("scenario", "baseline")
    # `--compare A B`: what follows the first name stands among the states.
    further = [name for name in states if compare and name in shipped_names()]
    states = [name for name in states if name not in further]
    asked = replace(options, own={"source": source, "compare": [*compare, *further]})
    answer(asked, sim.country, *states, out=options.out)

"""``entrench sensitivity``: which parameters an outcome depends on."""

from __future__ import annotations

from dataclasses import replace

import sim
from sim.cli.options import GROUP, SHOWING, SWEEPING, Option, Options, ScenarioName, choice, takes
from sim.cli.show import answer


@takes(
    *SWEEPING, *SHOWING,
    method=choice(
        ("both", "morris", "sobol"),
        "Screen all parameters (morris), decompose the variance (sobol), or both.",
        "both",
        "METHOD",
    ),
    outcome=Option(str, "The outcome to explain.", default="working"),
    group=GROUP,
    year=Option(int, "At the end of which year.", default=2040),
    parameters=Option(
        str, "Only these, or a mechanism's; all that have a plausible range if not given.",
        "A.B,C.D",
    ),
    trajectories=Option(int, "Morris trajectories.", default=20),
    top=Option(int, "How many parameters the Sobol' indices are for.", default=12),
    samples=Option(int, "Sobol' base sample, a power of two.", default=2048),
    replicates="Histories at each point, with the same luck at all; 2.",
    seed="Seed of designs and draws; 1 if not given.",
)  # fmt: skip
def sensitivity(scenario: ScenarioName = "baseline", *, options: Options) -> None:
    """Rank parameters by what an outcome owes to them.

    Morris' method screens all parameters over their plausible ranges; Sobol'
    indices then divide the variance among those that matter most. The same
    command again resumes. Exit code 3: done, but some runs failed.
    """
    from sim.studies.resolve import labels_of

    own = dict(options.own)
    if "parameters" in own:
        own["parameters"] = [p.strip() for p in own["parameters"].split(",") if p.strip()]
    folder = options.folder("sensitivity", *labels_of([scenario]))
    answer(replace(options, own=own), sim.sensitivity, scenario, out=folder)

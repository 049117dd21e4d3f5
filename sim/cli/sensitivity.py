"""``entrench sensitivity``: which parameters an outcome depends on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sim.cli.options import Asked, Group, ScenarioName, plain_name, takes
from sim.cli.progress import in_time
from sim.cli.show import end_with_failures, show, watch


class Methods(StrEnum):
    """Which measures."""

    both = "both"
    morris = "morris"
    sobol = "sobol"


@takes("replicates", "seed", "assignments", "mechanisms", "seeds", "known",
       "out", "threads", "dry_run", "fresh", "figures",
       "as_json", "quiet", replicates="Histories at each point, with the same luck at all; 2.",
       seed="Seed of designs and draws; 1 if not given.")  # fmt: skip
def sensitivity(
    scenario: ScenarioName = "baseline",
    method: Annotated[
        Methods,
        typer.Option("--method", help="Screen all parameters, decompose the variance, or both."),
    ] = Methods.both,
    outcome: Annotated[str, typer.Option("--outcome", help="The outcome to explain.")] = "working",
    group: Group = "world",
    year: Annotated[int, typer.Option("--year", help="At the end of which year.")] = 2040,
    parameters: Annotated[
        str | None,
        typer.Option(
            "--parameters",
            metavar="A.B,C.D",
            help="Only these, or a mechanism's; all that have a plausible range if not given.",
        ),
    ] = None,
    trajectories: Annotated[int, typer.Option("--trajectories", help="Morris trajectories.")] = 20,
    top: Annotated[
        int, typer.Option("--top", help="How many parameters the Sobol' indices are for.")
    ] = 12,
    samples: Annotated[
        int, typer.Option("--samples", help="Sobol' base sample, a power of two.")
    ] = 2048,
    *,
    asked: Asked,
) -> None:
    """Rank parameters by what an outcome owes to them.

    Morris' method screens all parameters over their plausible ranges; Sobol' indices then divide
    the variance among those that matter most. The same command again resumes. Exit code 3: done,
    but some runs failed.
    """
    from sim.studies.sensitivity import seconds_of
    from sim.studies.sensitivity import sensitivity as rank
    from sim.studies.sensitivity.plan import plan_of
    from sim.studies.sources import labels_of

    names = None if parameters is None else [p.strip() for p in parameters.split(",") if p.strip()]
    question: dict[str, Any] = {
        "method": method.value, "outcome": outcome, "group": group, "year": year,
        "parameters": names, "trajectories": trajectories, "top": top, "samples": samples,
        "replicates": 2 if asked.replicates is None else asked.replicates,
        "seed": 1 if asked.seed is None else asked.seed, "set": asked.assignments,
        "mechanisms": asked.mechanisms, "seeds": asked.seeds, "known": asked.known,
    }  # fmt: skip
    if asked.dry_run:
        plan = plan_of(scenario, **question)
        for name, count in plan.points().items():
            runs = count * plan.replicates
            typer.echo(f"{name}: {count:,} points × {plan.replicates} replicates = {runs:,} runs")
        typer.echo(f"about {in_time(seconds_of(plan, asked.threads))} (figures not counted)")
        return
    folder = asked.folder(f"sensitivity-{plain_name(labels_of([scenario])[0])}")
    talks = not (asked.quiet or asked.as_json)
    study = rank(
        scenario, **question, out=folder, threads=asked.threads, fresh=asked.fresh,
        figures=asked.figures, watch=watch(asked.quiet), say=typer.echo if talks else None,
    )  # fmt: skip
    show(study, asked, folder)
    end_with_failures(part.sweep.results for part in study.parts)

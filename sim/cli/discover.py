"""``entrench discover``: under which conditions of an experiment something comes about."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.options import Asked, Group, plain_name, takes
from sim.cli.show import end_with_failures, show, watch


@takes("replicates", "seed", "assignments", "mechanisms", "seeds", "known",
       "out", "threads", "dry_run", "fresh", "figures",
       "as_json", "quiet", seed="Seed of the draws, instead of the file's.")  # fmt: skip
def discover(
    experiment: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT",
            help="An experiment's name or file, or the folder of a finished sweep.",
        ),
    ],
    outcome: Annotated[str, typer.Option("--outcome", help="Outcome of the condition.")] = (
        "working"
    ),
    group: Group = "world",
    year: Annotated[
        int | None,
        typer.Option("--year", help="At the end of which year; ten after the withdrawal."),
    ] = None,
    relative_to: Annotated[
        int | None,
        typer.Option(
            "--relative-to",
            metavar="YEAR",
            help="Divide by the outcome of this year; the one before the withdrawal.",
        ),
    ] = None,
    above: Annotated[
        float | None, typer.Option("--above", help="The value must lie above this; 0.8.")
    ] = None,
    below: Annotated[
        float | None, typer.Option("--below", help="The value must lie below this.")
    ] = None,
    quantile: Annotated[
        float | None,
        typer.Option("--quantile", help="Above this quantile of the points instead."),
    ] = None,
    boxes: Annotated[int, typer.Option("--boxes", help="How many boxes at most.")] = 3,
    density: Annotated[
        float | None,
        typer.Option("--density", help="Take the largest box with this share of hits."),
    ] = None,
    *,
    asked: Asked,
) -> None:
    """Find the conditions under which an outcome comes about (PRIM).

    By default: more than 80 % of the systems that worked in the year before China withdraws its
    offer still work ten years after. The same command again resumes. Exit code 3: done, but some
    runs failed.
    """
    from sim.errors import InputError
    from sim.studies.discovery import discover as find
    from sim.studies.sources import is_sweep, labels_of

    finished = is_sweep(experiment)
    given = {
        "--replicates": asked.replicates,
        "--seed": asked.seed,
        "--fresh": asked.fresh or None,
        "--mechanism": asked.mechanisms,
    }
    idle = [name for name, value in given.items() if value is not None]
    if finished and idle:
        raise InputError(f"{name} has no use here: the sweep is finished" for name in idle)
    if asked.dry_run and not finished:
        _forecast(experiment, asked)
        return
    folder = asked.folder(f"discover-{plain_name(labels_of([experiment])[0])}")
    talks = not (asked.quiet or asked.as_json)
    study = find(
        experiment, outcome=outcome, group=group, year=year, relative_to=relative_to, above=above,
        below=below, quantile=quantile, boxes=boxes, density=density, replicates=asked.replicates,
        seed=asked.seed, set=asked.assignments, mechanisms=asked.mechanisms,
        seeds=asked.seeds, known=asked.known, out=folder,
        threads=asked.threads, fresh=asked.fresh, figures=asked.figures, watch=watch(asked.quiet),
        say=typer.echo if talks else None,
    )  # fmt: skip
    show(study, asked, folder)
    end_with_failures([study.sweep.results])


def _forecast(experiment: str, asked: Asked) -> None:
    from sim.batch.executors import Crew
    from sim.cli.sweep import print_forecast
    from sim.engine.own_files import load_rules
    from sim.experiment import load_experiment
    from sim.studies.sources import count_threads, settings_of
    from sim.world.seeds import seeds_from

    loaded = load_experiment(
        experiment, overrides=settings_of(asked.assignments), replicates=asked.replicates,
        seed=asked.seed, rules=load_rules(asked.mechanisms),
    ).placed(seeds_from(asked.seeds, asked.known))  # fmt: skip
    print_forecast(loaded, Crew("threads", count_threads(asked.threads)), None)

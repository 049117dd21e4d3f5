"""``entrench calibrate``: which parameter sets the published figures do not rule out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.application import FAILED_RUNS
from sim.cli.options import Asked, takes
from sim.cli.progress import in_time
from sim.cli.show import say, say_where, show, watch

if TYPE_CHECKING:
    from sim.studies.calibration.plan import Plan


@takes("seed", "assignments", "seeds", "known",
       "out", "threads", "dry_run", "fresh", "figures", "as_json", "quiet",
       seed="Seed of designs and draws, instead of the file's.",
       known="Weigh sets by what is known (columns iso3,what,date), too; or documented: the"
       " contracts that are documented one by one.")  # fmt: skip
def calibrate(
    file: Annotated[
        str,
        typer.Argument(metavar="[FILE]", help="A calibration file's name or path."),
    ] = "calibration",
    recover: Annotated[
        int,
        typer.Option(
            "--recover", metavar="N", help="Seek N known synthetic truths as a test; 0: none."
        ),
    ] = 20,
    *,
    asked: Asked,
) -> None:
    """Find the parameter sets that published figures do not rule out, with weights.

    Waves of history matching, then approximate Bayesian computation; hold-outs are never used. The
    same command again resumes. Exit code 3: done, but some runs failed.
    """
    from sim.studies.calibration import calibrate as find_sets
    from sim.studies.calibration import claim, is_whole, planned
    from sim.studies.calibration.report import SUMMARY
    from sim.studies.sources import count_threads

    threads = count_threads(asked.threads)
    plan = planned(
        file, recover=recover, seed=asked.seed, set=asked.assignments, seeds=asked.seeds,
        known=asked.known,
    )  # fmt: skip
    if asked.dry_run:
        _forecast(plan, threads)
        return
    folder = asked.folder(Path(file).stem)
    talks = not (asked.quiet or asked.as_json)
    claim(plan, folder, asked.fresh)
    if is_whole(folder, recover, asked.figures) and not asked.as_json:
        if talks:
            typer.echo("This calibration was already there and whole; nothing was run again.")
            say((folder / SUMMARY).read_text(encoding="utf-8").rstrip())
            say_where(folder)
        return
    if talks:
        typer.echo(
            f"{len(plan.factors)} parameters; {plan.waves} waves of {plan.points:,} sets × "
            f"{plan.replicates} histories, then {plan.final_points:,} × {plan.final_replicates}: "
            f"{plan.runs:,} runs"
        )
    study = find_sets(
        file, recover=recover, seed=asked.seed, set=asked.assignments, seeds=asked.seeds,
        known=asked.known, out=folder, threads=threads, figures=asked.figures,
        watch=watch(asked.quiet), say=typer.echo if talks else None,
    )  # fmt: skip
    show(study, asked, folder)
    waves = study.found.waves
    failed = sum(wave.failed for wave in waves)
    if failed:
        names = ", ".join(str(folder / w.name / "failures.csv") for w in waves if w.failed)
        typer.echo(f"{failed:,} of {plan.runs:,} runs failed; they are listed in {names}", err=True)
        raise typer.Exit(FAILED_RUNS)


def _forecast(plan: Plan, threads: int) -> None:
    from sim.studies.calibration import seconds_of

    typer.echo(f"{len(plan.factors)} parameters, seed {plan.seed}")
    wave = f"{plan.points:,} sets × {plan.replicates} histories"
    for number in range(1, plan.waves + 1):
        typer.echo(f"wave-{number}: {wave} = {plan.points * plan.replicates:,} runs")
    typer.echo(
        f"final: {plan.final_points:,} sets × {plan.final_replicates} histories = "
        f"{plan.final_points * plan.final_replicates:,} runs"
    )
    typer.echo(
        f"about {in_time(seconds_of(plan, threads))} on {threads} threads for"
        f" {plan.runs:,} runs; emulators and proposals add some minutes"
    )

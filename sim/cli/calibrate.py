"""``entrench calibrate``: which parameter sets the published figures do not rule out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import sim
from sim.cli.application import end_with
from sim.cli.options import SHOWING, Option, Options, argument, takes
from sim.cli.show import answer, say, say_where


@takes(
    *SHOWING, "seed", "set", "mechanisms", "seeds", "known", "threads", "fresh",
    recover=Option(
        int, "Seek N known synthetic truths as a test; 0: none.", "N", default=20
    ),
    seed="Seed of designs and draws, instead of the file's.",
    known="Weigh sets by what is known (columns iso3,what,date), too; or documented: the contracts"
    " that are documented one by one.",
)  # fmt: skip
def calibrate(
    file: Annotated[str, argument("FILE", "A calibration file's name or path.")] = "calibration",
    *,
    options: Options,
) -> None:
    """Find the parameter sets that published figures do not rule out, with weights.

    Waves of history matching, then approximate Bayesian computation; hold-outs
    are never used. The same command again resumes. Exit code 3: done, but some
    runs failed.
    """
    from sim.studies.calibration import claim, is_whole, planned
    from sim.studies.calibration.report import SUMMARY
    from sim.studies.run_options import WorldOptions, count_threads

    count_threads(options.threads)
    recover = options.own["recover"]
    plan = planned(file, options.of(WorldOptions), recover)
    folder = options.folder(Path(file).stem)
    claim(plan, folder, options.fresh, [file])
    if is_whole(folder, recover, options.figures) and not options.as_json:
        if options.talks:
            typer.echo("This calibration was already there and whole; nothing was run again.")
            say((folder / SUMMARY).read_text(encoding="utf-8").rstrip())
            say_where(folder)
        return
    if options.talks:
        typer.echo(
            f"{len(plan.factors)} parameters; {plan.waves} waves of {plan.points:,} sets × "
            f"{plan.replicates} histories, then {plan.final_points:,} × {plan.final_replicates}: "
            f"{plan.runs:,} runs"
        )
    waves = answer(options, sim.calibrate, file, out=folder).calibration.waves
    lossy = [folder / wave.name for wave in waves if wave.failed]
    end_with(sum(wave.failed for wave in waves), plan.runs, *lossy)

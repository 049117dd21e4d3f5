"""Which parameter sets the published figures do not rule out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import numpy as np

from sim.arguments import held_to_annotations
from sim.batch.executors import Workers
from sim.batch.fill import identity
from sim.engine.own.files import load_rules
from sim.errors import InputError
from sim.results.claim import FILES
from sim.results.files import read_sealed
from sim.results.folder import FIGURES
from sim.studies.calibration.emulator import require_regression
from sim.studies.calibration.file import load_calibration
from sim.studies.calibration.method import calibrate as run_waves
from sim.studies.calibration.plan import Plan, aims_of_seeds
from sim.studies.calibration.recovery import recover as seek
from sim.studies.calibration.report import IDENTITY, RECOVERY, Calibrated
from sim.studies.calibration.tables import identity_of, parameter_summaries, target_summaries
from sim.studies.open_or_run import folder_or_temporary
from sim.studies.run_options import (
    WorldOptions,
    count_threads,
    seeds_of,
    settings_of,
)
from sim.studies.watching import Watch, watching

TRUTHS = 20
MOST_TRUTHS = 500


@held_to_annotations
def calibrate(
    file: str | Path = "calibration",
    *,
    recover: int = TRUTHS,
    out: Path | str | None = None,
    threads: int | None = None,
    fresh: bool = False,
    figures: bool = True,
    watch: Watch | None = None,
    say: Callable[[str], None] | None = None,
    **options: Unpack[WorldOptions],
) -> Calibrated:
    """Find the parameter sets that published figures do not rule out, with weights.

    Waves of history matching, then approximate Bayesian computation; hold-outs are never used.

    Args:
        file: A calibration file's name or path.
        recover: How many known synthetic truths to seek as a test; 0: none.
        out: Where tables, figures and waves go, which are taken up there; None: nowhere.
        threads: Of the engine; all cores if not given.
        fresh: Whether to replace another calibration there.
        figures: Whether to draw there.
        watch: Shows how far it is.
        say: Called with what each wave found.
        **options: `seed`, `set`, `mechanisms`, `seeds`; see
            :class:`sim.studies.run_options.WorldOptions`. And `known`: a table of what is known, or
            `documented`: sets under which free histories say so weigh more; no history is held to
            it.

    Raises:
        InputError: Something is wrong, before anything is run.

    Examples:
        >>> import sim
        >>> found = sim.calibrate("my-calibration.toml", out="results/mine")  # doctest: +SKIP
        >>> found.frame("parameters")  # doctest: +SKIP
    """
    plan = planned(file, options, recover)
    workers = Workers("threads", count_threads(threads))
    folder, temporary = folder_or_temporary(out, Path(file).stem)
    claim(plan, folder, fresh, [file])
    with watching(watch, plan.runs) as tell:
        calibration = run_waves(plan, folder, workers, say=say, tell=tell)
    targets, parameters = target_summaries(calibration), parameter_summaries(calibration)
    recovery = None
    if recover:
        if say:
            say(f"Seeking {recover} synthetic truths ...")
        identified = np.array([one.identified for one in parameters])
        recovery = seek(calibration, recover, identified, folder, workers)
    question = {"scenario": plan.scenario.to_dict(), "runs": plan.runs, "seed": plan.seed}
    manifest = identity(plan.scenario.rules, plan.scenario.seeds, question)
    study = Calibrated(manifest, calibration, targets, parameters, recovery, folder, temporary)
    return study.saved(out, identity_of(plan, aims_of_seeds()), figures=figures)


def planned(file: str | Path, options: WorldOptions, recover: int = TRUTHS) -> Plan:
    """Return what a calibration would do; the arguments are those of :func:`calibrate`."""
    if not 0 <= recover <= MOST_TRUTHS:
        raise InputError(f"--recover {recover}: allowed: 0 to {MOST_TRUTHS}")
    plan = load_calibration(
        file,
        settings_of(options.get("set")),
        options.get("seed"),
        load_rules(options.get("mechanisms")),
    )
    require_regression()
    world = seeds_of(options)
    if world is None or not world.known:
        return replace(plan, scenario=plan.scenario.in_world(world))
    plan.scenario.in_world(world)  # refuses what lies before the run begins
    end = plan.scenario.horizon.end
    late = [fact for fact in world.known if fact.date >= end + 1]
    if late:
        raise InputError(
            f"histories end in {end}, with the published figures, and say nothing of what is known"
            f" later: {fact.iso3} {fact.what} {fact.date:g}"
            for fact in late
        )
    free = plan.scenario.in_world(replace(world, known=()))
    return replace(plan, scenario=free, known=world.known)


def claim(plan: Plan, folder: Path, fresh: bool = False, sources: Sequence[object] = ()) -> None:
    """Take a folder for a calibration; see :meth:`Study.claim`."""
    Calibrated.claim(folder, identity_of(plan, aims_of_seeds()), sources, fresh=fresh)


def is_whole(folder: Path, recover: int, figures: bool) -> bool:
    """Tell whether a folder holds all that is asked for."""
    whole = FILES in read_sealed(folder / IDENTITY)
    if not whole or (figures and not (folder / FIGURES).is_dir()):
        return False
    path = folder / RECOVERY
    if not recover or not path.is_file():
        return not recover
    with path.open(encoding="utf-8", newline="") as file:
        return len({row["truth"] for row in csv.DictReader(file)}) == recover

"""Under which conditions of an experiment something comes about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import numpy as np

from sim.arguments import held_to_annotations
from sim.batch.sweep import manifest_of
from sim.experiment import Experiment
from sim.results.files import inside
from sim.results.read import EXPERIMENT
from sim.results.sweep import SweepResults
from sim.studies.discovery.method import Condition, read_values
from sim.studies.discovery.method import discover as find_boxes
from sim.studies.discovery.prim import need_workbench
from sim.studies.discovery.question import Question
from sim.studies.discovery.report import Discovered
from sim.studies.identity import asked_of
from sim.studies.opened import open_sweep
from sim.studies.resolve import is_folder
from sim.studies.run_options import SweepOptions, count_threads, experiment_of, given
from sim.studies.runs import size_of
from sim.studies.runs import sweep as run_sweep
from sim.studies.watching import Watch


@held_to_annotations
def discover(
    experiment: str | Path | SweepResults,
    *,
    outcome: str = "working",
    group: str = "world",
    year: int | None = None,
    relative_to: int | None = None,
    above: float | None = None,
    below: float | None = None,
    quantile: float | None = None,
    boxes: int = 3,
    density: float | None = None,
    out: Path | str | None = None,
    threads: int | None = None,
    fresh: bool = False,
    figures: bool = True,
    watch: Watch | None = None,
    say: Callable[[str], None] | None = None,
    **options: Unpack[SweepOptions],
) -> Discovered:
    """Find the conditions under which an outcome comes about (PRIM).

    By default: more than 80 % of the systems that worked in the year before China withdraws its
    offer still work ten years after.

    Args:
        experiment: A name, a file, the folder of a finished sweep, or a sweep at hand.
        outcome: Outcome of the condition.
        group: Of which states, such as `regime:hybrid`.
        year: At the end of which year; ten after the withdrawal.
        relative_to: Divide by the outcome of this year; the one before the withdrawal.
        above: The value must lie above this; 0.8.
        below: Below this instead.
        quantile: Above this quantile of the points instead.
        boxes: How many boxes at most.
        density: Take the largest box with this share of hits.
        out: Where tables, figures and the sweep go, which is taken up there; None: nowhere.
        threads: Of the engine; all cores if not given.
        fresh: Whether to replace a sweep there that answers another question.
        figures: Whether to draw there.
        watch: Shows how far it is.
        say: Called with what is run.
        **options: `seed`, `set`, `seeds`, `known`, `replicates`, `mechanisms`; see
            :class:`sim.studies.run_options.SweepOptions`.

    Raises:
        InputError: Something is wrong, before anything is run; or there is nothing to tell apart.

    Examples:
        >>> import sim
        >>> swept = sim.sweep("exit-cost-by-term", replicates=2)
        >>> found = sim.discover(swept, year=2040, quantile=0.5)
        >>> len(found.frame("points")) == swept.points
        True
    """
    need_workbench()
    count_threads(threads)
    asked = Question(outcome, group, year, relative_to, above, below, quantile)
    source, condition = checked(experiment, asked, boxes, density, options, fresh)
    manifest = manifest_of(source) if isinstance(source, Experiment) else source.manifest
    wanted = asked_of([manifest], condition=vars(asked), boxes=boxes, density=density)
    fresh = Discovered.claim(out, wanted, [experiment], fresh=fresh)
    if isinstance(source, Experiment):
        if say:
            say(size_of(source))
        folder = inside(Path(out), "sweep") if out else None
        name = source.name
        source = run_sweep(
            source, out=folder, threads=threads, fresh=fresh, figures=False, watch=watch
        )
    else:
        name = source.folder.resolve().name
    values = read_values(source, condition)
    if quantile is not None and np.isfinite(values).any():
        condition = replace(condition, threshold=float(np.nanquantile(values, quantile)))
    found = find_boxes(
        condition,
        source.factors,
        source.design,
        values,
        most=boxes,
        least_density=density,
        seed=int(source.manifest.get("seed", 1)),
    )
    return Discovered(source.manifest, found, source, name).saved(out, wanted, figures=figures)


def checked(
    experiment: str | Path | SweepResults,
    asked: Question,
    boxes: int,
    density: float | None,
    options: SweepOptions,
    fresh: bool = False,
) -> tuple[SweepResults | Experiment, Condition]:
    """Return the sweep, or the experiment to be run, and the condition, once all is right.

    Raises:
        InputError: With all that is wrong.
    """
    faults = asked.faults(boxes, density)
    source = _source(experiment, options, fresh, faults)
    if isinstance(source, Experiment):
        return source, asked.condition(source.manifest(), faults, source.rules.register)
    condition = asked.condition(source.manifest[EXPERIMENT], faults, source.outcomes)
    return source, condition


def _source(
    experiment: str | Path | SweepResults, options: SweepOptions, fresh: bool, faults: list[str]
) -> SweepResults | Experiment:
    """Open a finished sweep, or load an experiment to be run."""
    if isinstance(experiment, str | Path) and not is_folder(experiment):
        return experiment_of(experiment, options)
    order = ("replicates", "seed", "set", "fresh", "mechanisms", "seeds", "known")
    faults += [
        f"{name} has no use here: the sweep is finished"
        for name in given({"fresh": fresh, **options}, *order)
    ]
    return open_sweep(experiment)

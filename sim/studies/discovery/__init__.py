"""Under which conditions of an experiment something comes about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.own_files import Mechanisms, load_rules
from sim.errors import InputError
from sim.experiment import Experiment, load_experiment
from sim.results.sweep import SweepResults
from sim.studies.discovery.method import discover as find_boxes
from sim.studies.discovery.method import read_values
from sim.studies.discovery.prim import need_workbench
from sim.studies.discovery.question import Question
from sim.studies.discovery.report import Discovered
from sim.studies.opened import Sweep, open_folder
from sim.studies.runs import sweep as run_sweep
from sim.studies.sources import Settings, Watch, count_threads, is_folder, is_sweep, settings_of
from sim.world.seeds import Seeds, seeds_from


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
    replicates: int | None = None,
    seed: int | None = None,
    set: Settings = None,
    mechanisms: Mechanisms = None,
    seeds: Seeds | Path | str | None = None,
    known: Path | str | None = None,
    out: Path | str | None = None,
    threads: int | None = None,
    fresh: bool = False,
    figures: bool = True,
    watch: Watch | None = None,
    say: Callable[[str], None] | None = None,
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
        replicates: Histories at each point, instead of the file's.
        seed: Of the draws, instead of the file's.
        set: Values over everything, by dotted key.
        mechanisms: Files of your own mechanisms, run beside the model's.
        seeds: Folder of seed tables of one's own, or seeds at hand; the shipped ones if None.
        known: Table of what is known, to which histories are held.
        out: Where tables, figures and the sweep go, which is taken up there; None: nowhere.
        threads: Of the engine; all cores if not given.
        fresh: Whether to replace a sweep there that answers another question.
        figures: Whether to draw there.
        watch: Shows how far it is.
        say: Told what is run.

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
    faults = asked.faults(boxes, density)
    world = {"seeds": seeds, "known": known}
    sweep, loaded = _source(experiment, replicates, seed, set, mechanisms, world, faults)
    facts = loaded.manifest() if loaded else sweep.manifest["experiment"] if sweep else {}
    folder = None if out is None else Path(out)
    outcomes = loaded.rules.register if loaded else sweep.results.outcomes if sweep else {}
    condition = asked.condition(facts, faults, outcomes)
    if folder:
        Discovered.check_folder(folder)
    if loaded:
        if say:
            say(
                f"{loaded.title}: {len(loaded.design.points):,} points × {loaded.replicates} ="
                f" {loaded.runs:,} runs"
            )
        sweep = run_sweep(
            loaded, out=folder / "sweep" if folder else None, threads=threads, fresh=fresh,
            watch=watch,
        )  # fmt: skip
    assert sweep is not None
    values = read_values(sweep, condition)
    if quantile is not None and np.isfinite(values).any():
        condition = replace(condition, threshold=float(np.nanquantile(values, quantile)))
    found = find_boxes(
        condition,
        sweep.factors,
        sweep.design,
        values,
        most=boxes,
        least_density=density,
        seed=int(sweep.manifest.get("seed", 1)),
    )
    name = loaded.name if loaded else sweep.results.folder.resolve().name
    study = Discovered(sweep.manifest, found, sweep, name)
    if folder:
        study.save(folder, figures=figures)
    return study


def _source(
    experiment: str | Path | SweepResults,
    replicates: int | None,
    seed: int | None,
    given: Settings,
    mechanisms: Mechanisms,
    world: Mapping[str, Any],
    faults: list[str],
) -> tuple[SweepResults | None, Experiment | None]:
    """Open a finished sweep, or load an experiment to be run."""
    if not (is_folder(experiment) or isinstance(experiment, SweepResults)):
        assert not isinstance(experiment, SweepResults)
        loaded = load_experiment(
            experiment, overrides=settings_of(given), replicates=replicates, seed=seed,
            rules=load_rules(mechanisms),
        )  # fmt: skip
        return None, loaded.placed(seeds_from(**world))
    options = {"--replicates": replicates, "--seed": seed, "--set": given,
               "--mechanism": mechanisms}  # fmt: skip
    options |= {f"--{name}": value for name, value in world.items()}
    faults += [
        f"{name} has no use here: the sweep is finished"
        for name, value in options.items()
        if value not in (None, [], {})
    ]
    if isinstance(experiment, SweepResults):
        return experiment, None
    if not is_sweep(experiment) and (Path(experiment) / "manifest.json").is_file():
        raise InputError(f"{experiment} holds runs of one scenario, not a sweep")
    opened = open_folder(experiment)
    assert isinstance(opened, Sweep)
    return opened, None

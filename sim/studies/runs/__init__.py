"""Running scenarios and experiments, and opening what was run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Literal

from sim.batch.executors import Crew
from sim.engine.own_files import Mechanisms, load_rules
from sim.experiment import Experiment, load_experiment
from sim.studies.opened import Runs, Sweep, open_folder
from sim.studies.sources import (
    Settings,
    Source,
    Watch,
    count_threads,
    open_or_run,
    run_experiment,
    settings_of,
)
from sim.world.seeds import Seeds, seeds_from


def run(
    scenario: Source = "baseline",
    *,
    runs: int | None = None,
    seed: int | None = None,
    set: Settings = None,
    mechanisms: Mechanisms = None,
    point: bool = False,
    seeds: Seeds | Path | str | None = None,
    known: Path | str | None = None,
    out: Path | str | None = None,
    threads: int | None = None,
    engine: Literal["compiled", "mesa"] = "compiled",
    fresh: bool = False,
    watch: Watch | None = None,
) -> Runs:
    """Run an ensemble of a scenario, as `entrench run` does; what is there already is not run.

    Args:
        scenario: A name, a file, the manifest of a run to repeat, or a scenario at hand.
        runs: Number of histories; 200 if not given.
        seed: Seed of the draws; 1 if not given.
        set: Values over all files, by dotted key.
        mechanisms: Files of your own mechanisms, run beside the model's.
        point: All runs with the schema's defaults instead of the plausible sets.
        seeds: Folder of seed tables of one's own, or seeds at hand; the shipped ones if None.
        known: Table of what is known, to which histories are held.
        out: Results folder; None: a temporary one, which goes with what is returned.
        threads: Of the engine; all cores if not given.
        engine: The compiled engine or the Mesa model: the same numbers.
        fresh: Whether to replace results of another question in `out`.
        watch: Shows how far it is; in a notebook a bar if not given.

    Returns:
        The results: `series()`, `countries()`, `runs()`, `country_runs()`, `curve()`, `draw()`.

    Raises:
        InputError: The scenario, a number or the folder is wrong, or all runs failed.

    Examples:
        >>> import sim
        >>> short = sim.run("baseline", runs=3, set={"contracts.term": 5})
        >>> len(short.countries())
        195
    """
    return open_or_run(
        scenario, out=out, fresh=fresh, engine=engine, runs=runs, seed=seed, set=set, point=point,
        mechanisms=mechanisms, seeds=seeds, known=known, threads=threads, watch=watch,
    )  # fmt: skip


def sweep(
    experiment: str | Path | Experiment,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    set: Settings = None,
    mechanisms: Mechanisms = None,
    plausible: bool | None = None,
    seeds: Seeds | Path | str | None = None,
    known: Path | str | None = None,
    out: Path | str | None = None,
    threads: int | None = None,
    crew: Crew | None = None,
    on_error: Literal["record", "stop"] = "record",
    fresh: bool = False,
    watch: Watch | None = None,
) -> Sweep:
    """Run an experiment, as `entrench sweep` does: every point of its design, all replicates.

    Args:
        experiment: A name, a file, or an experiment at hand.
        replicates: Histories at each point, instead of the file's.
        seed: Seed of the draws, instead of the file's.
        set: Values over everything, by dotted key.
        mechanisms: Files of your own mechanisms, run beside the model's.
        plausible: Whether each replicate has a plausible parameter set; None: as the file says.
        seeds: Folder of seed tables of one's own, or seeds at hand; the shipped ones if None.
        known: Table of what is known, to which histories are held.
        out: Results folder; None: a temporary one, which goes with what is returned.
        threads: Of the engine; all cores if not given.
        crew: Who runs it instead of threads: a cluster.
        on_error: What becomes of a run that fails.
        fresh: Whether to replace results of another question in `out`.
        watch: Shows how far it is; in a notebook a bar if not given.

    Raises:
        InputError: The experiment, a number or the folder is wrong, or all runs failed.

    Examples:
        >>> import sim
        >>> dates = sim.sweep("withdrawal-date", replicates=2)
        >>> dates.points, dates.replicates
        (13, 2)
    """
    loaded = experiment
    if not isinstance(loaded, Experiment):
        loaded = load_experiment(
            loaded, overrides=settings_of(set), replicates=replicates, seed=seed,
            parameters=None if plausible is None else "plausible" if plausible else "point",
            rules=load_rules(mechanisms),
        )  # fmt: skip
    loaded = loaded.placed(seeds_from(seeds, known))
    crew = crew or Crew("threads", count_threads(threads))
    temporary: Any = None
    if out is None:
        temporary = tempfile.TemporaryDirectory(prefix="entrench-")
        folder = Path(temporary.name) / loaded.name
    else:
        folder = Path(out)
    run_experiment(loaded, folder, crew=crew, on_error=on_error, fresh=fresh, watch=watch)
    opened = open_folder(folder, temporary)
    assert isinstance(opened, Sweep)
    return opened


def open(folder: Path | str) -> Runs | Sweep:
    """Open the finished folder of a run or of a sweep, and see that it is whole.

    Raises:
        InputError: It is missing, of another kind, damaged, or not finished.
    """
    return open_folder(folder)

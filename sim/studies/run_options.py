"""How scenarios and experiments are run: the options that studies share.

What each may be is held to by :mod:`sim.arguments`, where a public function is called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from sim.batch.executors import Workers
from sim.engine.own.files import Mechanisms, load_rules
from sim.errors import InputError
from sim.experiment import Experiment, load_experiment
from sim.scenario import parse_assignments
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.studies.watching import Watch
from sim.text import listed
from sim.world.seeds import Seeds, seeds_from

RUNS, SEED = 256, 1
"""Runs and seed where neither the caller nor a folder gives them."""
PLAUSIBLE = "plausible_sha256"
"""Key of a manifest whose runs choose among plausible parameter sets."""

type Settings = Mapping[str, Any] | str | Sequence[str] | None
"""Values over all files, by dotted key: ``{"contracts.term": 5}`` or ``["contracts.term=5"]``."""


class WorldOptions(TypedDict, total=False):
    """Which draws, values, rules and world runs have.

    Attributes:
        seed: Seed of the draws; 1, or that of a folder or an experiment.
        set: Values over all files, by dotted key: ``{"contracts.term": 5}``.
        seeds: Folder of seed tables of one's own, or seeds at hand; the shipped ones if not given.
        known: Table of what is known, to which histories are held; none if not given.
        mechanisms: Files of your own mechanisms, run beside the model's.
    """

    seed: int | None
    set: Settings
    seeds: Seeds | Path | str | None
    known: Path | str | None
    mechanisms: Mechanisms


class RunOptions(WorldOptions, total=False):
    """What every study takes that runs a scenario, beside :class:`WorldOptions`.

    Attributes:
        runs: Number of histories; 256, or as many as a folder has.
        point: All runs with the schema's defaults instead of the plausible sets.
        threads: Threads of the engine; all cores if not given.
        watch: Shows how far it is; in a notebook a bar if not given.
    """

    runs: int | None
    point: bool
    threads: int | None
    watch: Watch | None


class SweepOptions(WorldOptions, total=False):
    """What every study takes that runs an experiment, beside :class:`WorldOptions`.

    Attributes:
        replicates: Histories at each point, instead of the file's.
    """

    replicates: int | None


def settings_of(given: Settings) -> dict[str, Any]:
    """Return settings by dotted key, whether given as a mapping or as the command takes them."""
    return dict(given) if isinstance(given, Mapping) else parse_assignments(listed(given or []))


def given(options: Mapping[str, Any], *names: str) -> list[str]:
    """Return which of some options are given, as the command calls them: `--set`."""
    called = {name: f"--{'mechanism' if name == 'mechanisms' else name}" for name in names}
    return [called[name] for name in names if options.get(name) not in (None, False, [], {})]


def seeds_of(options: Mapping[str, Any]) -> Seeds | None:
    """Return the seeds that are asked for; None: the shipped ones, with nothing known."""
    return seeds_from(options.get("seeds"), options.get("known"))


def count_threads(threads: int | None) -> int:
    """Return the number of threads: all cores if none is given.

    Raises:
        InputError: It is below 1.
    """
    if threads is not None and threads < 1:
        raise InputError(f"--threads {threads}: allowed: 1 or more")
    return threads or os.cpu_count() or 1


def workers_of(threads: int | None, cluster: str | None = None) -> Workers:
    """Return who runs an experiment: threads, or the Dask cluster of a scheduler's address.

    Raises:
        InputError: Both are given, or one is wrong.
    """
    if cluster is None:
        return Workers("threads", count_threads(threads))
    if threads is not None:
        raise InputError("--threads and --cluster exclude each other: give one")
    return Workers("cluster", address=cluster)


def plausible_of(point: bool) -> PlausibleSets | None:
    """Return the parameter sets that runs choose among; None for the schema's defaults."""
    return None if point else shipped_plausible()


def experiment_of(
    source: str | Path, options: SweepOptions, *, plausible: bool | None = None
) -> Experiment:
    """Load an experiment as it is to be run.

    Args:
        source: Its name or file.
        options: See :class:`SweepOptions`.
        plausible: Whether each replicate has a plausible parameter set; None: as the file says.

    Raises:
        InputError: The experiment or an option is wrong.
    """
    loaded = load_experiment(
        source,
        overrides=settings_of(options.get("set")),
        replicates=options.get("replicates"),
        seed=options.get("seed"),
        parameters=None if plausible is None else "plausible" if plausible else "point",
        rules=load_rules(options.get("mechanisms")),
    )
    return loaded.in_world(seeds_of(options))

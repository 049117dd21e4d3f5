"""Settings that change nothing: runs with and without each are compared to the last bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.engine.ensemble import prepare
from sim.engine.run import run_chunk
from sim.errors import InputError
from sim.experiment.design import Experiment
from sim.scenario import Scenario
from sim.scenario.file import LIBRARY
from sim.scenario.keys import SCENARIO, find_key, of_point
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.resolve import Assignment
from sim.scenario.toml_file import SET, Problem
from sim.world import find_data_folder

RUNS = 64
TRIALS = (range(2), range(2, 16), range(16, RUNS))
"""Runs that are compared: most settings act in the first, and only the others need the later."""
POINTS_TRIED = 8
SEED = 1
CHANGES_NOTHING = f"changes nothing: {RUNS} runs are the same without it"


# Scenarios are equal whatever their input data, so that `tables` tells these apart in the cache.
@lru_cache(maxsize=1024)
def digest(
    scenario: Scenario, plausible: PlausibleSets | None, runs: range, tables: str = ""
) -> bytes:
    """Return a digest of the world in some runs; empty if the scenario cannot run."""
    sets = [plausible.values(plausible.number_of(run)) if plausible else {} for run in runs]
    found = hashlib.sha256()
    try:
        ensemble = prepare(scenario, SEED, [scenario.beneath(values) for values in sets])
        chunk = run_chunk(ensemble.narrowed([], yearly=True, panel=[]), runs, range(len(runs)))
    except (InputError, IndexError):
        return b""
    for sums in (chunk.tallies, chunk.vendor_tallies, chunk.actors):
        found.update(np.ascontiguousarray(sums).tobytes())
    return found.digest()


def differ(pairs: Iterable[tuple[Scenario, Scenario]], plausible: PlausibleSets | None) -> bool:
    """Return whether the scenarios of any pair differ, with the same draws."""

    def seen(scenario: Scenario, runs: range) -> bytes:
        seeds = scenario.seeds
        return digest(scenario, plausible, runs, str(seeds.overrides) if seeds else "")

    every = [*pairs]
    return any(seen(one, runs) != seen(other, runs) for runs in TRIALS for one, other in every)


def idle_settings(
    scenario: Scenario, plausible: PlausibleSets | None, *, shipped: bool = True
) -> list[Problem]:
    """Return what the scenario's last file, perhaps a shipped one, and `--set` give in vain."""
    files = scenario.files[-1:]
    if not shipped:
        files = tuple(f for f in files if Path(f).parent != find_data_folder(LIBRARY.folder))
    own = (*files, SET.file)
    # Who shortens a horizon knows that later events are left out.
    late = scenario.events_left_out
    return [
        Problem(given.origin, given.path, CHANGES_NOTHING)
        for given in scenario.assignments
        if given.bare in scenario.rules.parameters
        and given.origin.file in own
        and given.event not in late
        and not differ([(scenario, scenario.without(given))], plausible)
    ]


def idle_lines(design: Experiment) -> list[str]:
    """Return a sentence for each setting, and each key of a factor, that changes nothing.

    A factor is tried at the first point, and at others at random.
    """
    problems = [
        problem
        for scenario in design.scenarios.values()
        for problem in idle_settings(scenario, design.plausible, shipped=False)
    ]
    lines = [f"{p.origin}: {p.key} {p.text}." for p in problems]
    count = len(design.design.points)
    others = np.random.default_rng(SEED).permutation(range(1, count)).tolist()
    pairs: dict[str, list[tuple[Scenario, Scenario]]] = {}
    for point in [0, *others][:POINTS_TRIED]:
        settings = design.design.settings(point)
        base = design.scenarios[str(settings.pop(SCENARIO, design.base))]
        scenario = base.given(of_point(settings, design.rules))
        given: dict[str, Assignment] = {each.path: each for each in scenario.assignments}
        for key in settings:
            without = scenario.without(given[find_key(key, design.rules).path])
            pairs.setdefault(key, []).append((scenario, without))
    idle = [key for key, each in pairs.items() if not differ(each, design.plausible)]
    return list(dict.fromkeys([*lines, *(f"{key} {CHANGES_NOTHING}." for key in idle)]))

"""Settings that change nothing: runs with and without each are compared to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.engine.ensemble import prepare, sets_of_points
from sim.engine.run import run_chunk
from sim.errors import InputError
from sim.experiment.design import Experiment
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO, find_key, of_point
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.resolve import Assignment
from sim.scenario.toml_file import FACTOR, SET, Problem

RUNS = 64
TRIALS = (range(2), range(2, 16), range(16, RUNS))
"""Runs that are compared: most settings act in the first, and only the others need the later."""
POINTS_TRIED = 16
SEED = 1
PARTS = ("tallies", "vendor_tallies", "actors")
CHANGES_NOTHING = f"changes nothing: {RUNS} runs are the same without it"


def differing(
    scenario: Scenario,
    others: Sequence[Scenario],
    plausible: PlausibleSets | None,
    runs: Sequence[int],
) -> list[bool]:
    """Return which scenarios differ from one in any bit of these runs, with the same draws."""
    if not others:
        return []
    scenarios = {str(at): each for at, each in enumerate((scenario, *others))}
    sets = [plausible.values(plausible.number_of(run)) if plausible else {} for run in runs]
    points: list[dict[str, Any]] = [
        {SCENARIO: name, **each.beneath(values)}
        for name, each in scenarios.items()
        for values in sets
    ]
    ensemble = prepare(scenario, SEED).narrowed([], yearly=True, panel=[])
    try:
        parts = sets_of_points(scenarios, "", points, ensemble.world.codes)
        numbers = [*runs] * len(scenarios)
        chunk = run_chunk(replace(ensemble, **parts), numbers, range(len(points)))
    except (InputError, IndexError):
        # A scenario that cannot run without a setting depends on it.
        alone = ([other] for other in others)
        each = (differing(scenario, other, plausible, runs) for other in alone)
        return [True] if len(others) == 1 else [found for (found,) in each]
    changed = np.zeros(len(scenarios), np.bool_)
    for part in PARTS:
        values = np.nan_to_num(getattr(chunk, part)).reshape(len(scenarios), -1)
        changed |= (values != values[:1]).any(axis=1)
    found: list[bool] = changed[1:].tolist()
    return found


def idle_of(
    scenario: Scenario,
    given: Sequence[Assignment],
    plausible: PlausibleSets | None,
    runs: Sequence[int],
) -> list[Assignment]:
    """Return the assignments without which these runs are the same."""
    others = [scenario.without(each) for each in given]
    acts = differing(scenario, others, plausible, runs)
    return [each for each, changes in zip(given, acts, strict=True) if not changes]


@lru_cache(maxsize=128)
def idle_settings(scenario: Scenario, plausible: PlausibleSets | None) -> list[Problem]:
    """Return what the scenario's last file and `--set` give to parameters in vain."""
    own = (*scenario.files[-1:], SET.file)
    # Who shortens a horizon knows that later events are left out.
    late = scenario.events_left_out
    idle = [
        given
        for given in scenario.assignments
        if given.bare in scenario.rules.parameters
        and given.origin.file in own
        and given.event not in late
    ]
    for runs in TRIALS:
        idle = idle_of(scenario, idle, plausible, runs)
    return [Problem(given.origin, given.path, CHANGES_NOTHING) for given in idle]


def idle_lines(design: Experiment) -> list[str]:
    """Return a sentence for each setting of a design that changes nothing."""
    scenarios = design.scenarios.values()
    problems = [p for each in scenarios for p in idle_settings(each, design.plausible)]
    lines = [f"{p.origin}: {p.key} {p.text}." for p in problems]
    return list(
        dict.fromkeys([*lines, *(f"{key} {CHANGES_NOTHING}." for key in idle_keys(design))])
    )


def idle_keys(design: Experiment) -> list[str]:
    """Return what factors set in vain, at each of some points: the first, and others at random."""
    count = len(design.design.points)
    tried = [0, *np.random.default_rng(SEED).permutation(range(1, count)).tolist()][:POINTS_TRIED]
    keys = (key for factor in design.design.factors for key in factor.keys)
    idle = {find_key(key, design.rules).path: key for key in keys if key != SCENARIO}
    for runs in TRIALS:
        for point in tried:
            settings = design.design.settings(point)
            base = design.scenarios[str(settings.pop(SCENARIO, design.base))]
            scenario = base.given(of_point(settings, design.rules))
            given = [a for a in scenario.assignments if a.origin == FACTOR and a.path in idle]
            without = idle_of(scenario, given, design.plausible, runs)
            acting = {a.path for a in given} - {a.path for a in without}
            idle = {path: key for path, key in idle.items() if path not in acting}
    return [*idle.values()]

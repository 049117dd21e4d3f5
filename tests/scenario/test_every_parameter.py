"""Every parameter acts, or a warning says that it does not: from the start, and from 2028 on."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.engine import prepare, run_chunk
from sim.model.register import SHIPPED
from sim.scenario import Scenario, load_scenario
from sim.scenario.describe import find_ineffective, keys_of
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.toml_file import bounds
from tests.scenario.conftest import with_event

PARTS = ("tallies", "vendor_tallies", "actors")
START, LATER = 2000.0, 2028.0
TRIALS = ((2, 2031), (16, 2040), (96, 2040))
"""Runs and last year: more and later where fewer show nothing."""


def spread(path: str) -> list[Any]:
    """Return the ends of a parameter's range, other than its default."""
    field = SHIPPED.parameters[path]
    if field.annotation is bool:
        return [not field.default]
    both = [int(e) if field.annotation is int else float(e) for e in bounds(field)]
    return [end for end in both if end != field.default]


@cache
def usual(last: int) -> Scenario:
    return load_scenario("baseline", overrides={"horizon.end": last})


def changed(last: int, date: float, sets: dict[str, Any]) -> Scenario:
    return with_event(usual(last), "x", date, sets)


def ran(scenario: Scenario, runs: int) -> list[np.ndarray]:
    """Return sums over the runs, each with its plausible set."""
    sets = shipped_plausible()
    values = [sets.values(sets.number_of(run)) for run in range(runs)]
    chunk = run_chunk(prepare(scenario, 1, values), range(runs), range(runs))
    return [getattr(chunk, part).sum(axis=0) for part in PARTS]


@cache
def baseline(runs: int, last: int) -> list[np.ndarray]:
    return ran(usual(last), runs)


def acts(path: str, value: Any, date: float) -> bool:
    return any(
        not np.array_equal(one, other, equal_nan=True)
        for runs, last in TRIALS
        for one, other in zip(
            baseline(runs, last), ran(changed(last, date, {path: value}), runs), strict=True
        )
    )


def is_announced(path: str, value: Any, date: float) -> bool:
    scenario = load_scenario("baseline", overrides={path: value})
    if date > START:
        scenario = changed(TRIALS[-1][1], date, {path: value})
    return any("no effect" in p.text for p in find_ineffective(scenario, keys_of(scenario)))


@pytest.mark.slow
@pytest.mark.parametrize("date", [START, LATER])
@pytest.mark.parametrize("path", SHIPPED.parameters)
def test_a_parameter_acts_or_is_announced(path: str, date: float) -> None:
    silent = [
        value
        for value in spread(path)
        if not is_announced(path, value, date) and not acts(path, value, date)
    ]
    assert not silent

"""One loop, two ways of running it: the Mesa model and the engine give the same bytes.

And a result depends on what was asked alone: not on threads, batches, or on who runs it.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from sim.engine import Ensemble, prepare, run_chunk
from sim.engine.mesa_model import CountryAgent, EntrenchModel, simulate_runs
from sim.model.mechanisms import contract_exit
from sim.runs.workers import cores
from sim.scenario import load_scenario, shipped_names
from tests.chunks import PARTS, different

SEED = 20


def prepared(name: str, seed: int = SEED, **overrides: Any) -> Ensemble:
    return prepare(load_scenario(name, overrides=overrides), seed)


@pytest.mark.parametrize(
    ("name", "years", "run"),
    [
        ("baseline", {"horizon.end": 2014}, 3),
        ("offer-withdrawn-2030", {"horizon.start": 2022, "horizon.end": 2033}, 3),
        ("huawei-ban-by-allies", {"horizon.start": 2022, "horizon.end": 2033}, 3),
        ("regimes-shuffled", {"horizon.end": 2010}, 3),
        ("baseline", {"horizon.start": 2018, "horizon.end": 2027}, (1 << 25) - 1),
    ],
)
def test_mesa_and_engine_give_the_same_arrays(name: str, years: dict[str, int], run: int) -> None:
    """Nothing changed, a dated change, one for some states, a null model, the last run."""
    ensemble = prepared(name, **years)
    mesa, engine = simulate_runs(ensemble, [run]), run_chunk(ensemble, [run])
    assert engine.tallies.any()
    assert not different(mesa, engine)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_names())
def test_mesa_and_engine_give_the_same_arrays_over_runs(name: str) -> None:
    ensemble = prepared(name, seed=4_294_967_295)
    assert not different(simulate_runs(ensemble, range(2)), run_chunk(ensemble, range(2)))


def test_threads_do_not_matter() -> None:
    ensemble = prepared("baseline")
    parts = [range(at, at + 4) for at in range(0, 16, 4)]
    alone = [run_chunk(ensemble, part) for part in parts]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda part: run_chunk(ensemble, part), parts))
    for one, other in zip(alone, together, strict=True):
        assert not different(one, other)


def test_cores_that_a_process_may_not_use_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {*range(99)}, raising=False)
    assert cores() == 99


def test_a_run_does_not_depend_on_its_place_in_a_chunk() -> None:
    ensemble = prepared("baseline")
    forward, backward = run_chunk(ensemble, [0, 7, 12]), run_chunk(ensemble, [12, 7, 0])
    for part in PARTS:
        assert np.array_equal(getattr(forward, part), getattr(backward, part)[::-1])


def test_seeds_and_runs_differ() -> None:
    one, other = run_chunk(prepared("baseline", 1), [0, 1]), run_chunk(prepared("baseline", 2), [0])
    assert not np.array_equal(one.tallies[0], other.tallies[0])
    assert not np.array_equal(one.tallies[0], one.tallies[1])


class Free(CountryAgent):
    """Leaves for nothing, whoever pays."""

    def exit_price(self, share: float, p: Any) -> float:
        return 0.0


def test_overriding_a_rule_changes_the_results_as_the_parameter_does_and_nothing_else() -> None:
    until = {"horizon.end": 2015}
    usual, free = prepared("baseline", **until), prepared("no-exit-cost", **until)
    model = EntrenchModel(ensemble=usual, country_class=Free)
    model.run()
    assert "tallies" in different(model.chunk(), run_chunk(usual, [0]))
    assert not different(model.chunk(), run_chunk(free, [0]))
    assert CountryAgent.exit_price is contract_exit.exit_price
    assert not different(simulate_runs(usual, [0]), run_chunk(usual, [0]))

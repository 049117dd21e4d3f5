"""Runs that choose among plausible parameter sets: the same everywhere, and paired."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from batch.small import run_ensemble
from sim.batch.ensemble import Request, run_to_folder
from sim.engine import CHUNK_RUNS
from sim.engine.outcomes import derive
from sim.register import register
from sim.results.read import open_results
from sim.scenario import Scenario, load_scenario
from sim.scenario.parameter_sets import PlausibleSets

SETS = PlausibleSets(
    keys=("procurement.rate", "contracts.exit_cost"),
    rows=((0.02, 1.0), (0.15, 3.0), (0.0, 2.0)),
    weights=(0.5, 0.25, 0.25),
)
RUNS = 2 * CHUNK_RUNS + 3
DATA = ("manifest.json", "runs.parquet", "country_runs.parquet", "series.csv", "countries.csv")


def short(name: str = "baseline", **overrides: object) -> Scenario:
    return load_scenario(name, overrides={"horizon.end": 2012, **overrides})


def adopters(scenario: Scenario, plausible: PlausibleSets | None) -> np.ndarray:
    layout, chunks = run_ensemble(scenario, runs=RUNS, seed=3, plausible=plausible)
    outcome = register()["adopters"]
    return np.concatenate([derive(outcome, chunk, layout)[:, -1, 0] for chunk in chunks])


def test_each_replicate_has_the_numbers_of_its_set_alone() -> None:
    found = adopters(short(), SETS)
    for number, row in enumerate(SETS.rows):
        own = adopters(short(**dict(zip(SETS.keys, row, strict=True))), None)
        mine = [run for run in range(RUNS) if SETS.number_of(run) == number]
        assert mine
        assert np.array_equal(found[mine], own[mine])
    assert (found[[SETS.number_of(run) == 2 for run in range(RUNS)]] == 0).all()


def test_what_is_set_over_the_files_lies_over_the_sets() -> None:
    fixed = short(**{"procurement.rate": 0.1, "contracts.exit_cost": 1.5})
    assert np.array_equal(adopters(fixed, SETS), adopters(fixed, None))


def test_mesa_and_engine_leave_the_same_bytes(tmp_path: Path) -> None:
    few = short()
    for engine in ("compiled", "mesa"):
        run_to_folder(Request(few, 5, 3, SETS), tmp_path / engine, engine=engine)  # type: ignore[arg-type]
    for name in DATA:
        assert (tmp_path / "compiled" / name).read_bytes() == (
            tmp_path / "mesa" / name
        ).read_bytes()


def test_the_manifest_tells_which_sets(tmp_path: Path) -> None:
    run_to_folder(Request(short(), 5, 3, SETS), tmp_path / "sets")
    manifest = open_results(tmp_path / "sets").manifest
    assert manifest["parameters"].startswith("plausible: 3 sets")
    assert len(manifest["plausible_sha256"]) == 64
    assert "plausible_sha256" not in Request(short(), 5, 3).manifest()


def test_any_first_so_many_replicates_take_sets_by_weight() -> None:
    taken = np.bincount([SETS.number_of(run) for run in range(400)], minlength=3)
    assert np.abs(taken / 400 - SETS.weights).max() < 0.02

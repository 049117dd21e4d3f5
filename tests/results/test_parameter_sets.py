"""Probabilities between and within parameter sets."""

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.batch.ensemble import Request, run_to_folder
from sim.results.parameter_sets import SET_WEIGHTS, between_sets, sets_of_runs
from sim.results.writing.countries import BETWEEN_COLUMNS
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible


def test_a_known_spread_between_sets_is_found_and_chance_alone_is_none() -> None:
    random = np.random.default_rng(1)
    runs = np.full(400, 20.0)
    true = np.stack([np.full(400, 0.4), 0.4 + 0.2 * random.choice([-1, 1], 400)], axis=1)
    found = between_sets(random.binomial(20, true).astype(float), runs)
    assert found[0] < 0.04
    assert found[1] == pytest.approx(0.2, abs=0.02)


def test_sets_of_a_single_run_tell_nothing_and_sets_of_none_are_left_out() -> None:
    counts, runs = np.array([[1.0], [0.0], [1.0]]), np.ones(3)
    assert np.isnan(between_sets(counts, runs)).all()
    more = np.array([[2.0], [0.0], [0.0]]), np.array([2.0, 2.0, 0.0])
    assert between_sets(*more) == pytest.approx(np.sqrt(0.5))


def test_manifest_and_table_tell_the_set_of_each_run(tmp_path: Path) -> None:
    shipped = shipped_plausible()
    assert shipped is not None
    few = PlausibleSets(shipped.keys, shipped.rows[:3], (0.5, 0.25, 0.25))
    scenario = load_scenario("baseline", overrides={"horizon.end": 2026})
    run_to_folder(Request(scenario, 32, 1, few), tmp_path)
    weights = json.loads((tmp_path / "manifest.json").read_text())[SET_WEIGHTS]
    own = sets_of_runs(weights, np.arange(32))
    assert own.tolist() == [few.number_of(run) for run in range(32)]
    assert np.bincount(own).tolist() == [16, 8, 8]
    with (tmp_path / "countries.csv").open() as file:
        rows = list(csv.DictReader(file))
    for column in BETWEEN_COLUMNS:
        values = np.array([float(row[column]) for row in rows])
        p = np.array([float(row["p_" + column.removeprefix("between_")]) for row in rows])
        assert (values[(p == 0.0) | (p == 1.0)] == 0.0).all()
        assert np.quantile(values, 0.95) > 0.0
    table = pq.read_table(tmp_path / "country_runs.parquet", columns=["first_recorded_adopted"])
    dates = table["first_recorded_adopted"].to_numpy().reshape(32, -1)
    counts = np.zeros((3, dates.shape[1]))
    np.add.at(counts, own, (dates < 2026.0).astype(float))
    expected = between_sets(counts, np.bincount(own).astype(float))
    found = [float(row["between_recorded_adopted_2025"]) for row in rows]
    assert found == pytest.approx(expected, abs=1e-6)


def test_runs_of_one_set_have_no_such_columns(tmp_path: Path) -> None:
    scenario = load_scenario("baseline", overrides={"horizon.end": 2026})
    run_to_folder(Request(scenario, 4, 1), tmp_path)
    assert "between" not in (tmp_path / "countries.csv").read_text().splitlines()[0]
    assert SET_WEIGHTS not in json.loads((tmp_path / "manifest.json").read_text())

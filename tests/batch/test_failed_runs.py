"""A run that fails is recorded with its parameters, harms no other, and can stop all."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batch.small import data_of, entrench, load, sweep, write_file
from sim.batch import tasks
from sim.batch.ensemble import Request, run_to_folder
from sim.batch.executors import Workers
from sim.engine import run_chunk
from sim.scenario import load_scenario
from sim.studies.opened import open_sweep

# Nine replicates a point: run 17 is the last of point 1, and lies in the second chunk of ten.
FAILED, POINT, REPLICATE = 17, 1, 8
SHORT = ("--set", "horizon.end=2003", "--no-figures")


@pytest.fixture
def experiment_file(tmp_path: Path) -> Path:
    return write_file(tmp_path)


def spoil(monkeypatch: pytest.MonkeyPatch, replicates: Iterable[int], row: int | None) -> None:
    """Let the engine put a number that is none into a row of the chunk of these replicates."""
    wanted = list(replicates)

    def spoiled(ensemble: Any, asked: Sequence[int], set_of: Any = None) -> Any:
        chunk = run_chunk(ensemble, asked, set_of)
        if list(asked) == wanted or (row is None and asked):
            chunk.tallies[slice(None) if row is None else row] = np.nan
        return chunk

    monkeypatch.setattr(tasks, "run_chunk", spoiled)


def spoil_one(monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, [run % 9 for run in range(10, 20)], FAILED - 10)


def test_a_failed_run_is_listed_and_the_others_are_unharmed(
    experiment_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = load(experiment_file)
    sweep(experiment, tmp_path / "good")
    spoil_one(monkeypatch)
    report = sweep(experiment, tmp_path / "bad", Workers("threads", 2))
    assert (report.runs, report.failed) == (54, 1)
    with (tmp_path / "bad" / "failures.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    message = row.pop("message")
    assert row == {
        "run": str(FAILED),
        "point": str(POINT),
        "replicate": str(REPLICATE),
        "contracts.term": "3.0",
        "world": "without",
    }
    assert "is not finite (2000 Q" in message
    good, bad = open_sweep(tmp_path / "good"), open_sweep(tmp_path / "bad")
    assert bad.run_numbers.tolist() == [run for run in range(54) if run != FAILED]
    for outcome in ("working", "adopters", "lock_in"):
        whole, harmed = good.values_by_point(outcome, 2003), bad.values_by_point(outcome, 2003)
        assert np.isnan(harmed[POINT, REPLICATE])
        harmed[POINT, REPLICATE] = whole[POINT, REPLICATE]
        assert np.array_equal(whole, harmed)
    one, other = data_of(tmp_path / "good"), data_of(tmp_path / "bad")
    for name in ("design.csv", "manifest.json"):
        assert one[name] == other[name]
    series = [table["series.csv"].decode().splitlines() for table in (one, other)]
    differ = {a.split(",")[0] for a, b in zip(*series, strict=True) if a != b}
    assert differ == {str(POINT)}


def test_the_exit_code_tells_of_failures_then_and_later(
    experiment_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_one(monkeypatch)
    arguments = ("sweep", experiment_file, *SHORT, "--out", tmp_path / "out")
    code, out, error = entrench(*arguments)
    assert code == 3
    assert "54 runs in" in out
    assert error.splitlines()[-1] == (
        f"1 of 54 runs failed; they are listed in {tmp_path / 'out' / 'failures.csv'}"
    )
    code, out, _ = entrench(*arguments)
    assert (code, "nothing was run again" in out) == (3, True)


def test_stop_names_the_run_and_its_parameters_and_keeps_the_rest(
    experiment_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    arguments = ("sweep", experiment_file, *SHORT, "--out", out, "--threads", 1)
    with monkeypatch.context() as spoiled:
        spoil_one(spoiled)
        code, _, error = entrench(*arguments, "--on-error", "stop")
    assert code == 1
    last = error.splitlines()[-1]
    assert last.startswith(
        f"error: run {FAILED} failed (replicate {REPLICATE}, contracts.term = 3.0, "
        "scenario = no-peers, west.strictness = 0.9): "
    )
    assert "is not finite (2000 Q" in last
    assert "the same command goes on" in last
    parts = [path.name for path in (out / "parts").iterdir()]
    assert "000000000-000000010.part" in parts
    assert "000000010-000000020.part" not in parts
    assert not (out / "status.json").exists()
    code, said, error = entrench(*arguments)
    assert code == 0, error
    assert f"{54 - 10 * len(parts)} runs in" in said
    sweep(load(experiment_file), tmp_path / "good")
    assert data_of(out) == data_of(tmp_path / "good")


def test_an_error_for_stopping_can_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(tasks.RunFailedError("run 3 failed")))
    assert str(error) == "run 3 failed"


def test_if_all_runs_fail_only_their_list_is_left(
    experiment_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, (), None)
    out = tmp_path / "out"
    short = ("--set", "horizon.end=2003")
    code, _, error = entrench("sweep", experiment_file, *short, "--out", out)
    assert (code, "54 of 54 runs failed" in error) == (3, True)
    assert set(data_of(out)) == {"manifest.json", "design.csv", "failures.csv", "status.json"}
    out = tmp_path / "one"
    code, _, error = entrench("run", "baseline", *short, "--runs", 2, "--out", out)
    assert (code, "2 of 2 runs failed" in error) == (3, True)


def test_runs_of_one_scenario_are_recorded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, range(10, 12), 1)
    scenario = load_scenario("baseline", overrides={"horizon.end": 2003})
    report = run_to_folder(Request(scenario, 12, 1), tmp_path / "api")
    assert (report.runs, report.failed) == (12, 1)
    arguments = ("run", "baseline", "--runs", 12, "--point", *SHORT, "--out", tmp_path / "out")
    for _ in range(2):
        code, out, error = entrench(*arguments)
        assert (code, "1 of 12 runs failed" in error) == (3, True)
        assert "what happened" in out
    with (tmp_path / "out" / "failures.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["run"] == "11"
    assert data_of(tmp_path / "api") == data_of(tmp_path / "out")

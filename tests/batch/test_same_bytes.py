"""The same bytes come from threads and a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batch.small import KEEP_YEARS, data_of, load, sweep, write_file
from sim.batch.executors import Workers
from sim.engine import identity
from sim.experiment import Experiment

WHOLE = {
    "manifest.json", "status.json", "design.csv", "runs.parquet", "series.csv", "countries.csv",
    "country_runs.parquet",
}  # fmt: skip


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return load(write_file(tmp_path_factory.mktemp("file")))


@pytest.fixture(scope="module")
def expected(experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("alone") / "out"
    report = sweep(experiment, folder)
    assert (report.runs, report.failed) == (54, 0)
    assert report.seconds > 0.0
    return data_of(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Start a Dask scheduler and two worker processes; yields the scheduler's address."""
    from distributed import LocalCluster

    start: Any = LocalCluster
    with start(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running:
        yield running.scheduler_address


def test_a_folder_holds_all_tables_and_no_parts(expected: dict[str, bytes]) -> None:
    assert set(expected) == WHOLE
    status = json.loads(expected["status.json"])
    assert (status["complete"], status["runs"], status["failed"]) == (True, 54, 0)
    assert {*status["files"]} == WHOLE - {"status.json"}


def test_two_threads(experiment: Experiment, expected: dict[str, bytes], tmp_path: Path) -> None:
    sweep(experiment, tmp_path / "out", Workers("threads", 2))
    assert data_of(tmp_path / "out") == expected


@pytest.mark.slow
def test_a_cluster_of_two_processes(
    cluster: str, experiment: Experiment, expected: dict[str, bytes], tmp_path: Path
) -> None:
    sweep(experiment, tmp_path / "out", Workers("cluster", address=cluster))
    assert data_of(tmp_path / "out") == expected
    assert cluster not in (tmp_path / "out" / "runtime.json").read_text()


def test_what_is_kept_is_the_same_numbers_everywhere(tmp_path: Path) -> None:
    experiment = load(write_file(tmp_path, KEEP_YEARS))
    sweep(experiment, tmp_path / "one", Workers("threads", 1))
    sweep(experiment, tmp_path / "two", Workers("threads", 3))
    assert data_of(tmp_path / "one") == data_of(tmp_path / "two")


def test_a_finished_folder_is_not_run_again(experiment: Experiment, tmp_path: Path) -> None:
    sweep(experiment, tmp_path / "out")
    before = (tmp_path / "out" / "runtime.json").read_bytes()
    assert sweep(experiment, tmp_path / "out").runs == 0
    assert (tmp_path / "out" / "runtime.json").read_bytes() == before


def test_rules_edited_in_mid_sweep_do_not_end_it(
    experiment: Experiment,
    expected: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is on the disk may change; what this process runs does not.
    monkeypatch.setattr(identity, "TEXTS", {"sim.quarter": b"edited meanwhile"})
    sweep(experiment, tmp_path / "out")
    assert data_of(tmp_path / "out") == expected

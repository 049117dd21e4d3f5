"""How a sweep scales: memory, the cost of batches and tables, and forecasts that come true."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from batch.small import command, data_of, entrench, load, sweep
from sim.batch import tasks
from sim.batch.executors import Workers
from sim.batch.forecast import forecast
from sim.batch.sweep import open_store, run_sweep
from sim.engine import CHUNK_RUNS, run_chunk
from sim.engine.chunk import Chunk
from sim.experiment import load_experiment
from sim.results.files import TEMPORARY
from sim.results.writing.encode import stamp

TEXT = """
base = "baseline"
replicates = {replicates}

[design]
kind = "latin-hypercube"
points = {points}

[[factors]]
key = "contracts.exit_cost"

[[factors]]
key = "contracts.term"

[[factors]]
key = "west.strictness"
"""

MANY = 100_000
REAL = 1_000
MEASURED = """
import sys
sys.path.insert(0, "{tests}")
from results.many import peak_memory
from sim.cli import main
try:
    main()
finally:
    open("{peak}", "w").write(str(peak_memory()))
"""
"""A program that runs the command line and writes how much memory it took."""
MOST_MEMORY = 600 * 2**20
ROUNDS = 4
MOST_COST = 0.25
"""Bound on the cost of batches and tables over the engine alone: it is 0.15 to 0.2."""


def write_large(folder: Path, points: int, replicates: int) -> Path:
    path = folder / f"large-{points}.toml"
    path.write_text(TEXT.format(points=points, replicates=replicates), encoding="utf-8")
    return path


def test_the_command_line_forecasts_and_keeps_nothing(tmp_path: Path) -> None:
    path = write_large(tmp_path, 4, 3)
    out = tmp_path / "out"
    arguments = ("sweep", path, "--set", "horizon.end=2003", "--out", out, "--dry-run")
    code, said, error = entrench(*arguments, "--threads", 1)
    assert code == 0
    assert all(line.startswith("warning: --set: horizon") for line in error.splitlines())
    assert "4 points × 3 replicates = 12 runs" in said
    assert "nothing was kept" in said
    assert not out.exists()
    code, said, _ = entrench(*arguments, "--threads", 1, "--shard", "2/2")
    assert (code, "this shard: 2" in said) == (0, True)


def test_a_forecast_of_size_comes_true(tmp_path: Path) -> None:
    path = write_large(tmp_path, 100, 4)
    experiment = load(path)
    found = forecast(experiment, Workers())
    assert (found.points, found.runs) == (100, 400)
    assert found.sample_runs < 400
    sweep(experiment, tmp_path / "out")
    size = sum(map(len, data_of(tmp_path / "out").values()))
    assert size / 1.5 < found.bytes < size * 1.5


@pytest.mark.slow
@pytest.mark.parametrize(("name", "replicates"), [("seat-growth", None), ("discovery", 2)])
def test_forecasts_come_true(name: str, replicates: int | None, tmp_path: Path) -> None:
    experiment = load_experiment(name, replicates=replicates)
    workers = Workers("threads", 2)
    ratios = []
    for round_ in range(2):  # what else the machine does meanwhile must not decide
        before = forecast(experiment, workers)
        began = time.perf_counter()
        sweep(experiment, tmp_path / str(round_), workers)
        took = time.perf_counter() - began
        after = forecast(experiment, workers)
        ratios.append((before.seconds + after.seconds) / 2 / took)
        size = sum(map(len, data_of(tmp_path / str(round_)).values()))
        assert 0.5 < before.bytes / size < 2.0
        if 0.5 < ratios[-1] < 2.0:
            return
    raise AssertionError(f"forecast over what it took: {ratios}")


@pytest.mark.slow
@pytest.mark.parametrize("points", [REAL, 1])
def test_a_hundred_thousand_runs_need_little_memory(points: int, tmp_path: Path) -> None:
    """All but a thousand of the runs are copies of those, so that this takes a minute."""
    small = load_experiment(str(write_large(tmp_path, 500, 2)))
    parts = open_store(small, tmp_path / "small").parts
    path = write_large(tmp_path, points, MANY // points)
    whole = open_store(load_experiment(str(path)), tmp_path / "out").parts
    for shard in (1, 2):  # without the tables
        arguments = ("--shard", f"{shard}/2", "--out", tmp_path / "shards", "--quiet")
        subprocess.run(command("sweep", tmp_path / "large-500.toml", *arguments), check=True)
    found = [
        bytearray(
            next((tmp_path / "shards").glob(f"shard-*/parts/{parts.path(r).name}")).read_bytes()
        )
        for r in parts.chunks
    ]
    for at, runs in enumerate(whole.chunks[: -REAL // CHUNK_RUNS]):
        part = found[at % len(found)]
        stamp(whole, runs, part)
        assert whole.holds(part, runs)
        whole.path(runs).write_bytes(part)
    line = command("sweep", path, "--out", tmp_path / "out", "--threads", 2, "--no-figures")
    peak = tmp_path / "peak"
    line[2] = MEASURED.format(tests=Path(__file__).parents[1], peak=peak)
    assert subprocess.run(line).returncode == 0
    print(f"{points} points: {float(peak.read_text()):.0f} MiB")
    assert float(peak.read_text()) * 2**20 < MOST_MEMORY
    assert not list((tmp_path / "out").glob("*" + TEMPORARY))


@pytest.mark.slow
def test_batches_and_tables_cost_little_over_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processor time, the engine's taken within the sweep: what slows the machine slows both."""
    experiment = load_experiment(str(write_large(tmp_path, 60, 10)))
    engine: list[float] = []

    def timed(*arguments: Any) -> Chunk:
        began = time.thread_time()
        chunk = run_chunk(*arguments)
        engine.append(time.thread_time() - began)
        return chunk

    monkeypatch.setattr(tasks, "run_chunk", timed)
    costs = []
    for round_ in range(ROUNDS):
        engine.clear()
        began = time.process_time()
        run_sweep(experiment, tmp_path / str(round_), workers=Workers())
        costs.append((time.process_time() - began) / sum(engine) - 1.0)
    print("batches and tables over the engine alone:", *(f"{cost:.2f}" for cost in costs))
    assert min(costs) < MOST_COST

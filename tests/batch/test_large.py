"""How a sweep scales: memory, and the cost of batches and tables."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from batch.small import command
from sim.batch import tasks
from sim.batch.executors import Workers
from sim.batch.sweep import open_store, plan_of, run_sweep
from sim.batch.tasks import make_part, make_tasks
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


@pytest.mark.slow
@pytest.mark.parametrize("points", [REAL, 1])
def test_a_hundred_thousand_runs_need_little_memory(points: int, tmp_path: Path) -> None:
    """All but a thousand of the runs are copies of those, so that this takes a minute."""
    small = load_experiment(str(write_large(tmp_path, 500, 2)))
    store = open_store(small, tmp_path / "small")
    parts = store.parts
    path = write_large(tmp_path, points, MANY // points)
    whole = open_store(load_experiment(str(path)), tmp_path / "out").parts
    plan = plan_of(small, store)
    found = [bytearray(make_part(task).content) for task in make_tasks(plan, parts.chunks)]
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

"""A cluster that loses a worker in mid-design, and is told from threads by nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import sim

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("distributed"), reason="needs distributed"),
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals"),
]
RUNS = 2000
SET = {"horizon.end": 2003}


@contextmanager
def started(*line: object) -> Iterator[subprocess.Popen[str]]:
    """Start a process in a group of its own; it is ended with its children in any case."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, *map(str, line)], stdout=pipe, stderr=pipe, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_a_lost_worker_loses_nothing_and_a_lost_scheduler_is_told(tmp_path: Path) -> None:
    told = tmp_path / "scheduler.json"
    shared = ("--scheduler-file", told, "--no-dashboard", "--host", "127.0.0.1")
    with ExitStack() as stack:

        def start(module: str, *more: str) -> int:
            line = ("-m", f"distributed.cli.{module}", *shared, *more)
            return stack.enter_context(started(*line)).pid

        boss = start("dask_scheduler", "--port", "0")
        wait_until(lambda: told.is_file() and told.stat().st_size > 0)
        nodes = [start("dask_worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]

        def losing(out: Path, lost: int) -> tuple[int, str]:
            options = f"runs={RUNS}, set={SET}, cluster='{told}', out='{out}'"
            call = f"sim.make_runs('baseline', {options})"
            chunks = out / "chunks"
            with started("-c", f"import sim; {call}") as process:
                wait_until(lambda: chunks.is_dir() and len(list(chunks.iterdir())) > 10)
                os.kill(lost, signal.SIGKILL)
                error = process.communicate(timeout=120)[1]
                return process.returncode, error

        code, error = losing(tmp_path / "one", nodes[0])
        assert code == 0, error
        code, error = losing(tmp_path / "two", boss)
        assert code == 1 and "the Dask scheduler was lost" in error
    ended = sim.make_runs("baseline", runs=RUNS, set=SET, out=tmp_path / "two")
    assert ended.made and 0 < ended.made < RUNS
    whole = sim.make_runs("baseline", runs=RUNS, set=SET, out=tmp_path / "whole")
    for folder in ("one", "two"):
        for table in ("runs.parquet", "country_runs.parquet", "series.csv"):
            made = (tmp_path / folder / table).read_bytes()
            assert made == (whole.folder / table).read_bytes(), (folder, table)


def test_a_cluster_that_grows_is_filled_and_a_client_stays_connected() -> None:
    from distributed import Client, LocalCluster

    few: Any = {"runs": 10, "set": SET}
    threads = sim.make_runs("baseline", runs=RUNS, set=SET)
    local: Any = partial(LocalCluster, threads_per_worker=1, dashboard_address=None)
    with local(n_workers=1) as cluster, Client(cluster) as client:

        def grow(done: int, total: int) -> None:
            if 0 < done < total and len(cluster.workers) < 2:
                cluster.scale(2)
                client.wait_for_workers(2)

        grown = sim.make_runs("baseline", runs=RUNS, set=SET, cluster=cluster, progress=grow)
        tasks = client.run(lambda dask_worker: dask_worker.state.executed_count)
        assert len(tasks) == 2 and min(tasks.values()) > 0
        assert grown.values("working").equals(threads.values("working"))
        asked = sim.make_runs("baseline", **few, cluster=client)
        assert client.status == "running"
        assert asked.values("working").equals(sim.make_runs("baseline", **few).values("working"))

"""A cluster that loses a worker or its scheduler in mid-sweep."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from batch.small import (
    besides_warnings,
    data_of,
    entrench,
    load,
    started,
    sweep,
    sweep_command,
    write_file,
)
from batch.test_interrupted import parts_in, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("distributed"), reason="needs distributed"),
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals"),
]

REPLICATES = 400


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, int, list[int]]]:
    """Start a scheduler and two workers by hand; yields address and process numbers."""
    told = tmp_path / "scheduler.json"
    shared = ["--scheduler-file", str(told), "--no-dashboard", "--host", "127.0.0.1"]
    with ExitStack() as stack:

        def start(module: str, *more: str) -> int:
            line = [sys.executable, "-m", f"distributed.cli.{module}", *shared, *more]
            return stack.enter_context(started(line)).pid

        first = start("dask_scheduler", "--port", "0")
        assert wait_until(lambda: told.is_file() and told.stat().st_size > 0)
        address = json.loads(told.read_text())["address"]
        workers = [start("dask_worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]
        yield address, first, workers


def test_a_lost_worker_loses_nothing(scheduler: tuple[str, int, list[int]], tmp_path: Path) -> None:
    address, _, workers = scheduler
    path, out = write_file(tmp_path), tmp_path / "out"
    more = ("--replicates", REPLICATES, "--cluster", address)
    with started(sweep_command(path, out, *more)) as process:
        assert wait_until(lambda: parts_in(out) > 10, process)
        os.kill(workers[0], signal.SIGKILL)
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
    sweep(load(path, replicates=REPLICATES), tmp_path / "whole")
    assert data_of(out) == data_of(tmp_path / "whole")


def test_a_lost_scheduler_is_reported_and_threads_can_go_on(
    scheduler: tuple[str, int, list[int]], tmp_path: Path
) -> None:
    address, boss, _ = scheduler
    path, out = write_file(tmp_path), tmp_path / "out"
    more = ("--replicates", REPLICATES)
    with started(sweep_command(path, out, *more, "--cluster", address)) as process:
        assert wait_until(lambda: parts_in(out) > 10, process)
        asked = time.monotonic()
        os.kill(boss, signal.SIGKILL)
        _, error = process.communicate(timeout=120)
        assert time.monotonic() - asked < 30.0
        assert process.returncode == 1
    assert f"error: --cluster {address}: the Dask scheduler was lost" in error
    assert "Traceback" not in error
    assert 10 < parts_in(out) < 6 * REPLICATES // 10
    code, _, error = entrench(*sweep_command(path, out, *more)[3:])
    assert (code, besides_warnings(error)) == (0, [])
    sweep(load(path, replicates=REPLICATES), tmp_path / "whole")
    assert data_of(out) == data_of(tmp_path / "whole")


def test_ctrl_c_leaves_the_cluster_running(
    scheduler: tuple[str, int, list[int]], tmp_path: Path
) -> None:
    address, *_ = scheduler
    path, out = write_file(tmp_path), tmp_path / "out"
    more = ("--replicates", REPLICATES, "--cluster", address)
    with started(sweep_command(path, out, *more)) as process:
        assert wait_until(lambda: parts_in(out) > 3, process)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in error
    code, _, error = entrench(*sweep_command(path, out, *more)[3:])
    assert (code, besides_warnings(error)) == (0, [])

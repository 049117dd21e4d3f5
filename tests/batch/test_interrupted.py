"""Killed, interrupted, or out of disk: nothing finished is lost, and the end is the same bytes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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

KILLS = 20
LATE_KILLS = 6
PARTS = 200
WAIT = 60.0

needs_signals = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


def parts_in(folder: Path) -> int:
    try:
        return sum(name.endswith(".part") for name in os.listdir(folder / "parts"))
    except FileNotFoundError:
        return 0


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> bool:
    """Wait; returns whether it came true before the process ended."""
    end = time.monotonic() + WAIT
    while not condition():
        if process and process.poll() is not None:
            return condition()
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.002)
    return True


def alive(group: int) -> bool:
    """Return whether any process of a group still runs."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = status.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


@pytest.mark.slow
@needs_signals
def test_killed_twenty_times_and_resumed_it_ends_in_the_same_bytes(tmp_path: Path) -> None:
    path = write_file(tmp_path)
    options = ("--replicates", 334, "--threads", 2, "--quiet")
    whole, out = tmp_path / "whole", tmp_path / "out"
    subprocess.run(sweep_command(path, whole, *options, end=2008), check=True)
    draw = random.Random(3)
    early = sorted(draw.randrange(PARTS) for _ in range(KILLS - LATE_KILLS))
    killed = late = 0
    for target in [*early, *[PARTS + 1] * LATE_KILLS]:
        with started(sweep_command(path, out, *options, end=2008)) as process:
            # The last ones hit the tables, which are written under names for the time being.
            there = wait_until(
                lambda target=target: (
                    parts_in(out) >= target or any(out.glob("*.tmp")) or any(out.glob("*.csv"))
                ),
                process,
            )
            time.sleep(draw.uniform(0.0, 0.05))
            process.kill()
            process.wait()
            if there and process.returncode == -signal.SIGKILL:
                killed += 1
                late += target > PARTS
    assert killed >= KILLS - LATE_KILLS
    assert late >= 1
    subprocess.run(sweep_command(path, out, *options, end=2008), check=True)
    assert data_of(out) == data_of(whole)


@pytest.mark.slow
@needs_signals
@pytest.mark.parametrize("presses", [1, 2, 5])
def test_ctrl_c_ends_it_quickly_and_quietly(presses: int, tmp_path: Path) -> None:
    path, out = write_file(tmp_path), tmp_path / "out"
    with started(sweep_command(path, out, "--replicates", 5000, "--threads", 2)) as process:
        assert wait_until(lambda: parts_in(out) > 3, process)
        asked = time.monotonic()
        for _ in range(presses):
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
            time.sleep(0.05)
        _, error = process.communicate(timeout=WAIT)
        assert time.monotonic() - asked < 10.0
        # Pressed again while Python takes itself down it ends by the signal, which shells call 130.
        assert process.returncode in ((130,) if presses == 1 else (130, -signal.SIGINT))
        assert "Traceback" not in error
        assert "semaphore" not in error
        assert presses > 1 or not alive(process.pid)
    kept = parts_in(out)
    assert kept > 3
    assert presses > 1 or not list((out / "parts").glob("*.tmp"))


def _line_of(process: str) -> bytes:
    with suppress(OSError):
        return Path("/proc", process, "cmdline").read_bytes()
    return b""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 8 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=8m", "none"]
    try:
        done = subprocess.run(["mount", *options, str(place)], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("mounting is not permitted")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@contextmanager
def filled(disk: Path, left: int) -> Iterator[None]:
    """Fill a disk meanwhile, so that only so many bytes are left."""
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free - left))
    yield
    filler.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(("left", "least", "most"), [(300_000, 1, 5), (3_000_000, 24, 24)])
def test_a_full_disk_is_reported_and_nothing_finished_is_lost(
    left: int, least: int, most: int, disk: Path, tmp_path: Path
) -> None:
    """Room for a few of 24 parts of 111 kB; or for all parts, and not for `series.csv`."""
    path, out, whole = write_file(tmp_path), disk / "out", tmp_path / "whole"
    sweep(load(path, replicates=40), whole)
    arguments = sweep_command(path, out, "--replicates", 40)[3:]
    with filled(disk, left):
        code, _, error = entrench(*arguments)
        kept = parts_in(out)
    assert code == 1
    assert least <= kept <= most
    assert "No space left on device" in error
    assert "the same command goes on from there" in error
    assert "Traceback" not in error
    assert not list(out.rglob("*.tmp"))
    code, _, error = entrench(*arguments)
    assert (code, besides_warnings(error)) == (0, [])
    assert data_of(out) == data_of(whole)


@pytest.mark.slow
@needs_signals
@pytest.mark.parametrize("seconds", [0.1, 0.25, 0.4])
def test_an_interrupt_while_the_program_loads_ends_it_quietly(seconds: float) -> None:
    with started([sys.executable, "-m", "sim", "describe", "baseline"]) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    # Before the first line of ours is read Python itself ends, by the signal.
    assert process.returncode in (130, -signal.SIGINT)
    assert process.returncode != 130 or "Traceback" not in said

"""Signs of life: a bar on a terminal, lines in a log, nothing where nothing is wanted."""

from __future__ import annotations

import os
import pty
import select
import sys
from collections.abc import Iterator

import pytest

from sim.cli import progress as module
from sim.cli.progress import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    yield now


def test_a_log_gets_a_line_every_thirty_seconds(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(10_000) as tell:
        tell(4_000)  # there before: counts for nothing in the speed
        for _ in range(70):
            clock[0] += 1.0
            passed = round(clock[0] - 1000.0)
            tell(4_000 + 20 * passed + 10 * max(0, passed - 30))
    out, error = capsys.readouterr()
    assert out == ""
    assert error.splitlines() == [
        "4,600 of 10,000 runs, 20 runs/s, 4 min 30 s left",
        "5,500 of 10,000 runs, 30 runs/s, 2 min 30 s left",
    ]


def test_a_run_that_ends_soon_says_nothing(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(100) as tell:
        tell(0)
        clock[0] += 29.0
        tell(100)
    assert capsys.readouterr() == ("", "")


def test_no_progress_within_the_time_gives_a_line_without_speed(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(3) as tell:
        tell(0)
        clock[0] += 4000.0
        tell(0)
        clock[0] += 4000.0
        tell(1)
    assert capsys.readouterr().err.splitlines() == [
        "0 of 3 runs",
        "1 of 3 runs, 0.00025 runs/s, 2 h 13 min left",
    ]


def test_quiet_silences(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress(100, quiet=True) as tell:
        tell(0)
        clock[0] += 3600.0
        tell(50)
    assert capsys.readouterr() == ("", "")


def written_to(terminal: int) -> str:
    """Return all that a terminal holds: one reading may give only a part."""
    found = b""
    while select.select([terminal], [], [], 1.0)[0]:
        found += os.read(terminal, 100_000)
    return found.decode()


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with progress(50) as tell:
            tell(0)
            for done in (10, 20, 30):
                tell(done)
        terminal.flush()
        text = written_to(ours)
    os.close(ours)
    assert "runs" in text and "30/50" in text and "left" in text

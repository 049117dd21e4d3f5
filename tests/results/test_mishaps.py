"""Disks that fill, processes that die or are two: a folder ends in the bytes of one left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from results.fake import fill, open_store
from sim.errors import InputError
from sim.results.files import remove_leftovers, whole_file
from sim.results.lock import LOCK, WRITER, writing
from sim.results.read import open_results

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
KINDS = ["run", "sweep", "shards", "mended"]


def mishaps(*arguments: object, folder: Path) -> dict[str, Any]:
    program = [sys.executable, "-m", "results.mishaps", *map(str, arguments), str(folder)]
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        program, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["problems"] == [], done.stderr
    return found


@needs_fork
@pytest.mark.parametrize(
    ("what", "some"), [("deaths-run", "9:60:23"), ("failures-shards", "9:60:23")]
)
def test_some_mishaps(tmp_path: Path, what: str, some: str) -> None:
    assert mishaps(what, some, folder=tmp_path)["mishaps"] >= 2


@needs_fork
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mishap", ["deaths", "failures"])
def test_every_mishap(tmp_path: Path, mishap: str, kind: str) -> None:
    assert mishaps(f"{mishap}-{kind}", "all", folder=tmp_path)["mishaps"] > 40


@needs_fork
@pytest.mark.parametrize("rounds", [2, pytest.param(200, marks=pytest.mark.slow)])
def test_two_processes_and_kills(tmp_path: Path, rounds: int) -> None:
    found = mishaps("rivals", rounds, folder=tmp_path)
    assert rounds < 10 or found["refused"] + found["kills"] > 0


def test_the_second_writer_is_told_who_is_first(tmp_path: Path) -> None:
    with writing(tmp_path / "out"):
        told = rf"another process writes here \(process {os.getpid()} on .+, since \d{{4}}-"
        with pytest.raises(BlockingIOError, match=told), writing(tmp_path / "out"):
            pass
        (tmp_path / "out" / WRITER).write_text("[")
        with (
            pytest.raises(BlockingIOError, match="another process writes here; wait"),
            writing(tmp_path / "out"),
        ):
            pass
    assert not any((tmp_path / "out").iterdir())
    with writing(tmp_path / "out"):
        pass


def test_locks_that_a_killed_process_left_hold_nobody(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_bytes(b"")
    (tmp_path / WRITER).write_text('{"process": 1, "host": "here", "since": "long"}')
    (tmp_path / "series.csv.0123abcd.tmp").write_bytes(b"half")
    with writing(tmp_path):
        fill(tmp_path)
    assert open_results(tmp_path).runs_kept > 0
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not list(tmp_path.glob("*.tmp"))


def test_two_writers_of_a_file_have_names_of_their_own(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as first, whole_file(tmp_path / "a") as second:
        first.write(b"first")
        second.write(b"second")
        assert len(list(tmp_path.iterdir())) == 2
    assert (tmp_path / "a").read_bytes() == b"first"
    (tmp_path / "thesis.tmp").write_bytes(b"")
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "thesis.tmp"]


def test_a_finished_folder_that_nobody_may_write_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr("filelock.UnixFileLock.acquire", refuse)
    with writing(tmp_path):
        assert open_store(tmp_path).complete
    monkeypatch.setattr(os, "access", lambda *_: True)
    with pytest.raises(PermissionError), writing(tmp_path):
        pass


def test_a_table_of_other_results_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "a")
    fill(tmp_path / "b", manifest={"seed": 2})
    ours, theirs = tmp_path / "a" / "runs.parquet", tmp_path / "b" / "runs.parquet"
    assert ours.stat().st_size == theirs.stat().st_size
    ours.write_bytes(theirs.read_bytes())
    with pytest.raises(InputError, match=r"runs\.parquet is damaged, or of other results"):
        open_results(tmp_path / "a")

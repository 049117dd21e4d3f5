"""Processes that die, fail or are killed while they write results: all ends in the same bytes.

Run as a program, which forks a process for each mishap, so that it dies as it would of a kill:
`deaths`, `failures` or `rivals`; what is written; which mishaps; a folder. Prints what went wrong
as JSON. Forked before anything has started threads.
"""

from __future__ import annotations

import errno
import io
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from results.fake import CHUNK_RUNS, LAYOUT, RUNS, chunk_of, cut, open_store
from sim.batch.merge import merge, write_form
from sim.errors import InputError
from sim.results.folder import is_complete, shard_folder, verify
from sim.results.lock import writing
from sim.results.points import Points
from sim.results.writing.store import Store

DIED, FAILED, REFUSED, WRONG = 71, 72, 73, 74
CHUNKS = [range(at, min(at + CHUNK_RUNS, RUNS)) for at in range(0, RUNS, CHUNK_RUNS)]
NARROW = LAYOUT.narrowed(kinds=("regime",), yearly=True)
POINTS = Points(("term",), ((1.0,), (2.0,)), RUNS // 2)
MOST_TRIES = 30


def fill(folder: Path, points: Points | None = None) -> None:
    """Fill and finish a folder, as far as that is not done; a run fails."""
    with writing(folder):
        store = open_store(folder, layout=NARROW, points=points)
        write(store, store.missing_chunks())
        store.finish()


def write(store: Store, chunks: list[range]) -> None:
    for runs in chunks:
        chunk = cut(chunk_of(runs), LAYOUT, NARROW)
        if 5 in runs:
            chunk.tallies[5 - runs.start, 3, 0, 2] = np.nan
        store.write_chunk(chunk)


def sweep(folder: Path) -> None:
    """Fill the folder of a sweep."""
    fill(folder, POINTS)


def shards(folder: Path) -> None:
    """Make two shards and merge them."""
    for number in (1, 2):
        own = shard_folder(folder, number, 2)
        with writing(own):
            store = open_store(own, layout=NARROW, points=POINTS)
            write_form(store)
            mine = CHUNKS[number - 1 :: 2]
            write(store, [runs for runs in store.missing_chunks() if runs in mine])
    merge([folder])


def mended(folder: Path) -> None:
    """Make a folder whole again in which a table was damaged."""
    if not (folder / "manifest.json").exists():
        fill(folder)
        (folder / "series.csv").write_bytes(b"")
    fill(folder)


WORK: dict[str, Callable[[Path], None]] = {
    "run": fill,
    "sweep": sweep,
    "shards": shards,
    "mended": mended,
}


class Shim:
    """Counts what changes the disk, and lets the n-th such call fail, or be the last."""

    def __init__(self, at: int, die: bool) -> None:
        self.left, self.die = at, die
        for name in ("fsync", "replace", "link", "unlink", "mkdir", "rmdir"):
            setattr(os, name, self.wrapped(getattr(os, name), name))
        opened = Path.open
        shim = self

        class File(io.FileIO):
            def write(self, data: Any) -> int:
                half = bytes(data)[: len(data) // 2]
                shim.tick(lambda: super(File, self).write(half))
                return super().write(data)

        def open_path(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
            if mode in ("xb", "wb"):
                return io.BufferedWriter(File(path, mode.rstrip("b")))
            return opened(path, mode, *rest, **options)

        Path.open = open_path  # type: ignore[method-assign]

    def wrapped(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            # A full disk lets go of files, and of folders.
            if self.die or name not in ("unlink", "rmdir"):
                self.tick()
            return call(*arguments, **options)

        return counted

    def tick(self, first: Callable[[], object] = lambda: None) -> None:
        self.left -= 1
        if self.left == 0 and self.die:
            first()
            os._exit(DIED)
        if self.left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def data_of(folder: Path) -> dict[str, bytes]:
    """Return all files of a finished folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def started(work: Callable[[], object]) -> int:
    """Start work in a process of its own; returns its number."""
    if number := os.fork():
        return number
    code = WRONG
    try:
        work()
        code = 0
    except BlockingIOError:
        code = REFUSED
    except OSError as error:
        code = FAILED
        if error.errno != errno.ENOSPC:
            raise
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def ended(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def call(work: Callable[[], object]) -> int:
    return ended(started(work))


def look(folder: Path, wanted: Path, damaged: bool = False) -> None:
    """Fail if a folder seems whole and is not; one `damaged` before may be refused."""
    if is_complete(folder):
        try:
            verify(folder)
        except InputError:
            if damaged:
                return
            raise
        found, right = data_of(folder), data_of(wanted)
        # Killed at the very end, parts and the lock's files may be left.
        assert {name: found.get(name) for name in right} == right


def mishaps(kind: str, which: range | None, base: Path) -> dict[str, Any]:
    """Let the n-th call fail, or be the last, for every n or some; then go on."""
    work, wanted, out = WORK[kind.split("-")[1]], base / "wanted", base / "out"
    die = kind.startswith("deaths")
    assert call(lambda: work(wanted)) == 0
    problems, done = [], 0

    def meet(at: int) -> None:
        Shim(at, die)
        work(out)

    def resume() -> None:
        work(out)
        assert data_of(out) == data_of(wanted)
        assert not (out / "parts").exists()

    for at in which or count(1):
        shutil.rmtree(out, ignore_errors=True)
        code = call(lambda: meet(at))  # noqa: B023
        if code == 0:
            break
        done += 1
        codes = (code, call(lambda: look(out, wanted, work is mended)), call(resume))
        if codes != (DIED if die else FAILED, 0, 0):
            problems.append([at, *codes])
    return {"mishaps": done, "problems": problems}


def rivals(rounds: int, base: Path) -> dict[str, Any]:
    """Let two processes write one folder, and kill one or both, until it is whole."""
    wanted, out = base / "wanted", base / "out"
    assert call(lambda: fill(wanted)) == 0
    chance = random.Random(1)
    problems, kills, refused = [], 0, 0
    for at in range(rounds):
        shutil.rmtree(out, ignore_errors=True)
        for _ in range(MOST_TRIES):
            both = [started(lambda: fill(out)) for _ in range(2)]
            if chance.random() < 0.8:
                time.sleep(chance.random() * 0.4)
                for number in chance.sample(both, chance.choice((1, 2))):
                    os.kill(number, signal.SIGKILL)
            codes = [ended(number) for number in both]
            kills += codes.count(-signal.SIGKILL)
            refused += codes.count(REFUSED)
            if not {*codes} <= {0, REFUSED, -signal.SIGKILL} or call(lambda: look(out, wanted)):
                problems.append([at, *codes])
            if 0 in codes:
                break
        if call(lambda: fill(out)) or data_of(out) != data_of(wanted):
            problems.append([at, "end"])
    return {"rounds": rounds, "kills": kills, "refused": refused, "problems": problems}


if __name__ == "__main__":
    what, many, place = sys.argv[1:]
    if what == "rivals":
        told = rivals(int(many), Path(place))
    else:
        some = None if many == "all" else range(*map(int, many.split(":")))
        told = mishaps(what, some, Path(place))
    print(json.dumps(told))

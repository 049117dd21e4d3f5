"""Figures drawn by other processes, which make ready while the model runs.

Loading matplotlib takes longer than many a run, and on a machine of two cores the summary is
computed while figures are drawn. A server of multiprocessing loads what drawing needs; two copies
of it draw half of a folder's figures each, and answer with the number of files or with what went
wrong.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any, Self

READY = ["sim.cli", "sim.studies.opened", "sim.figures.register", "sim.figures.save", "pandas"]
"""What is loaded before there is anything to draw."""
HALVES = (slice(0, None, 2), slice(1, None, 2))
FORKS = "forkserver" in multiprocessing.get_all_start_methods()


class Drawing:
    """The processes that draw the figures of one folder.

        with Drawing("sim.cli.run:draw", wanted=figures) as drawing:
            ...
            drawing.ask(folder)
            ...
            drawn = drawing.wait()

    Ctrl-C reaches the one that asked alone, and they end with it, however it ends.
    """

    def __init__(self, how: str, wanted: bool) -> None:
        """Start to make ready.

        Args:
            how: Module and function that draws of a folder's figures those of a slice, and returns
                the number of files.
            wanted: Whether anything will be asked for; else nothing is started.
        """
        self.how = how
        self.wanted = wanted
        self._folder: Path | None = None
        self._halves: list[tuple[Any, Connection]] = []
        self._context: Any = multiprocessing.get_context("forkserver" if FORKS else "spawn")
        if wanted and FORKS:
            self._context.set_forkserver_preload(READY)
            # Files need no window, whatever is chosen for those; a wrong choice would be an error.
            os.environ["MPLBACKEND"] = "agg"
            # What is blocked here when the server begins stays so in it, and in its copies.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                forkserver.ensure_running()
            except OSError:
                # No socket can be made, as where the path of temporary files is too long.
                self._context = multiprocessing.get_context("spawn")
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def __enter__(self) -> Self:
        """Nothing more is to be done."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, drawing or not."""
        for process, _answer in self._halves:
            process.kill()

    def ask(self, folder: Path) -> None:
        """Have a folder's figures drawn."""
        self._folder = folder
        for which in HALVES if self.wanted else ():
            answer, there = self._context.Pipe(duplex=False)
            what = (there, self.how, folder.absolute(), folder, which)
            process = self._context.Process(target=_draw, args=what, daemon=True)
            with _nothing_run_again():
                process.start()
            there.close()
            self._halves.append((process, answer))

    def wait(self) -> int:
        """Return the number of files drawn; 0 if nothing was asked for.

        Raises:
            OSError: A process died, or the disk failed.
            Exception: What went wrong in drawing, as it would have been raised here.
        """
        try:
            answers = [answer.recv() for _, answer in self._halves]
        except EOFError:
            raise OSError(
                "the process that draws figures died (killed, or out of memory); results are "
                f"whole: entrench plot {self._folder} draws them"
            ) from None
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return sum(answers)


@contextmanager
def _nothing_run_again() -> Iterator[None]:
    """Hide the script that was called, which a new process would run once more to be like ours."""
    called = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = called


def _draw(answer: Connection, how: str, folder: Path, shown: Path, which: slice) -> None:
    """Draw some figures, and answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is printed while drawing is no result.
    os.dup2(2, 1)
    found: int | Exception
    try:
        module, _, function = how.partition(":")
        found = int(getattr(import_module(module), function)(folder, which))
    except Exception as error:
        error.add_note(f"while drawing figures of {shown}:\n{traceback.format_exc()}")
        found = error
    with suppress(BrokenPipeError):
        answer.send(found)

"""Figures drawn by a second process, which makes ready while the model runs.

Loading matplotlib takes longer than many a run, and on a machine of two cores the summary is
computed while figures are drawn. The second process does nothing but draw: it reads one folder's
name, draws, and answers with the number of files or with what went wrong. Where a process can
fork, a copy that has everything loaded draws half of the figures.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

READY = ("sim.studies.opened", "sim.figures.register", "sim.figures.save", "pandas")
"""What is loaded before there is anything to draw."""

_SERVE = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {0} import serve; serve()"


class Drawing:
    """A process that draws the figures of one folder.

        with Drawing("sim.cli.run:draw", wanted=figures) as drawing:
            ...
            drawing.ask(folder)
            ...
            drawn = drawing.wait()

    Ctrl-C reaches the one that asked alone, and the process ends with it, however it ends.
    """

    def __init__(self, how: str, wanted: bool) -> None:
        """Start the process.

        Args:
            how: Module and function that draws of a folder's figures those of a slice, and returns
                the number of files.
            wanted: Whether anything will be asked for; else nothing is started.
        """
        self.how = how
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        if wanted:
            # Its modules come from where ours come from, whatever folder we are in; a session of
            # its own keeps a terminal's Ctrl-C from it.
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE.format(__name__), json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        """Nothing more is to be done."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process, drawing or not."""
        if self._process is not None:
            _kill(self._process)
            self._process.communicate()

    def ask(self, folder: Path) -> None:
        """Have a folder's figures drawn."""
        self._folder = folder
        if self._process is not None and self._process.stdin is not None:
            try:
                self._process.stdin.write(pickle.dumps((self.how, folder.absolute(), folder)))
                self._process.stdin.flush()
            except BrokenPipeError:
                pass  # it died, which `wait` tells

    def wait(self) -> int:
        """Return the number of files drawn; 0 if nothing was asked for.

        Raises:
            OSError: The process died, or the disk failed.
            Exception: What went wrong in drawing, as it would have been raised here.
        """
        if self._process is None or self._process.stdout is None or self._folder is None:
            return 0
        try:
            answer = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise OSError(
                "the process that draws figures died (killed, or out of memory); results are "
                f"whole: entrench plot {self._folder} draws them"
            ) from None
        if isinstance(answer, BaseException):
            raise answer
        return int(answer)


def serve() -> None:
    """Draw what is asked for; the whole life of the second process."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What is printed while drawing must not get between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for module in READY:
        import_module(module)
    questions = sys.stdin.buffer
    try:
        how, folder, shown = pickle.load(questions)
    except EOFError:
        return  # nothing was to be drawn after all

    def half(which: slice) -> int | Exception:
        try:
            module, _, function = how.partition(":")
            return int(getattr(import_module(module), function)(folder, which))
        except Exception as error:
            error.add_note(f"while drawing figures of {shown}:\n{traceback.format_exc()}")
            return error

    def end_with_asker() -> None:
        threading.Thread(target=_end_with, args=(questions,), daemon=True).start()

    pickle.dump(_in_two(half, end_with_asker), answers)
    answers.flush()


def _in_two(half: Callable[[slice], int | Exception], then: Callable[[], None]) -> int | Exception:
    """Do two halves of the figures, the second in a fork of this process.

    Args:
        half: Does one.
        then: Called once there is no more to fork: it may start threads.

    Returns:
        The files of both, or what went wrong first.
    """
    if not hasattr(os, "fork"):
        then()
        return half(slice(None))
    reading, writing = os.pipe()
    number = os.fork()
    if number == 0:
        with os.fdopen(writing, "wb") as other:
            pickle.dump(half(slice(1, None, 2)), other)
        os._exit(0)
    os.close(writing)
    then()
    first = half(slice(0, None, 2))
    with os.fdopen(reading, "rb") as other:
        try:
            second: int | Exception = pickle.load(other)
        except (EOFError, pickle.UnpicklingError):
            os._exit(1)  # the fork died, which `wait` tells as it tells that we did
    os.waitpid(number, 0)
    if isinstance(first, Exception) or isinstance(second, Exception):
        return first if isinstance(first, Exception) else second
    return first + second


def _end_with(questions: BinaryIO) -> None:
    """End, with the fork, when the one that asked has ended."""
    questions.read()
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its fork, which are a session of their own."""
    if hasattr(os, "killpg") and process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()

"""Signs of life of verbs that run many histories: a bar on a terminal, else a line now and then.

All of it goes to standard error, so that what a verb prints as its result can be piped.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Task

LINE_EVERY = 30.0
"""Least seconds between two lines where there is no terminal; a shorter wait says nothing."""
MINUTE, HOUR = 60, 3600
FEW = 9.95
"""Seconds below which tenths of one may be worth telling."""


class Progress:
    """How far the runs are: runs done, runs a second, time left.

    On a terminal a bar, which disappears at the end; elsewhere, as in the log of a cluster's job, a
    plain line at most every 30 seconds. The first number told counts as what was there before, so
    tell it before the first run. Speed is that of late: of the last half minute, or since the line
    before.

        with Progress(1000, quiet=False) as tell:
            tell(0)
            ...
            tell(10)
    """

    def __init__(self, total: int, quiet: bool, label: str = "runs") -> None:
        """Show nothing yet.

        Args:
            total: How many there are to be done.
            quiet: Whether to show nothing at all.
            label: What is counted.
        """
        self.total = total
        self.quiet = quiet
        self.label = label
        self._line_at, self._line_done = 0.0, -1

    def __enter__(self) -> Callable[[int], None]:
        """Begin; returns the function to tell how many are done by now."""
        self._line_at = time.monotonic()
        self._stop: Callable[[], None] = _nothing
        if self.quiet:
            return _ignore
        return self._start_bar() if _draws_bars() else self._write_line

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._stop()

    def _start_bar(self) -> Callable[[int], None]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            ProgressColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bar
        from rich.text import Text

        class Speed(ProgressColumn):
            """Runs a second of late."""

            def render(self, task: Task) -> Text:
                """The speed, once it is known."""
                return Text(f"{_speed(task.speed)} {task.description}/s" if task.speed else "")

        bar = Bar(
            self.label, BarColumn(), MofNCompleteColumn(), Speed(), TimeRemainingColumn(), "left",
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        bar.start()
        self._stop = bar.stop
        task = bar.add_task(self.label, total=self.total)

        def tell(done: int) -> None:
            bar.update(task, completed=done)

        return tell

    def _write_line(self, done: int) -> None:
        now = time.monotonic()
        if self._line_done < 0:
            self._line_at, self._line_done = now, done
        passed = now - self._line_at
        if passed < LINE_EVERY:
            return
        line = f"{done:,} of {self.total:,} {self.label}"
        speed = (done - self._line_done) / passed
        if speed > 0.0:
            left = in_time((self.total - done) / speed)
            line += f", {_speed(speed)} {self.label}/s, {left} left"
        self._line_at, self._line_done = now, done
        typer.echo(line, err=True)


def _draws_bars() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _nothing() -> None:
    """There is no bar to remove."""


def _ignore(done: int) -> None:
    """Say nothing."""


def _speed(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= 10.0 else f"{per_second:.2g}"


def in_time(seconds: float, *, tenths: bool = False) -> str:
    """Return a time in its two largest units, such as ``2 h 05 min`` or ``40 s``.

    Args:
        seconds: The time.
        tenths: Whether a few seconds have a decimal.
    """
    if tenths and seconds < FEW:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02d} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} min"

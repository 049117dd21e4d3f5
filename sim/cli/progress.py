"""Signs of life of verbs that run many histories: a bar on a terminal, else a line now and then.

All of it goes to standard error, so that what a verb prints as its result can be piped.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from sim.studies.watching import Tell, Watch, ignore, show_bar, shown_speed

LINE_EVERY = 30.0
"""Least seconds between two lines where there is no terminal; a shorter wait says nothing."""
MINUTE, HOUR = 60, 3600
FEW = 9.95
"""Seconds below which tenths of one may be worth telling."""


@contextmanager
def progress(total: int, quiet: bool = False) -> Iterator[Tell]:
    """Show how far the runs are: runs done, runs a second, time left.

    On a terminal a bar, which disappears at the end; elsewhere, as in the log of a cluster's job, a
    plain line at most every 30 seconds. The first number told counts as what was there before, so
    tell it before the first run. Speed is that of late: of the last half minute, or since the line
    before.

        with progress(1000) as tell:
            tell(0)
            ...
            tell(10)

    Args:
        total: How many there are to be done.
        quiet: Whether to show nothing at all.
    """
    if quiet:
        yield ignore
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console

        with show_bar(total, Console(stderr=True)) as tell:
            yield tell
    else:
        yield _Lines(total).tell


def watch(quiet: bool) -> Watch:
    """Return what shows how far runs are."""
    return lambda total: progress(total, quiet)


class _Lines:
    """Lines in a log."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.line_at, self.line_done = time.monotonic(), -1

    def tell(self, done: int) -> None:
        """Write a line, if the last is old enough."""
        now = time.monotonic()
        if self.line_done < 0:
            self.line_at, self.line_done = now, done
        passed = now - self.line_at
        if passed < LINE_EVERY:
            return
        line = f"{done:,} of {self.total:,} runs"
        speed = (done - self.line_done) / passed
        if speed > 0.0:
            left = in_time((self.total - done) / speed)
            line += f", {shown_speed(speed)} runs/s, {left} left"
        self.line_at, self.line_done = now, done
        typer.echo(line, err=True)


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

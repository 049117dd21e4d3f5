"""Progress of runs: a bar on a terminal and in a notebook, otherwise a line from time to time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

type Progress = Callable[[int, int], None]
"""Called with the number of runs that are done, and of all."""

LINE_SECONDS = 30.0


def shown(progress: Progress | bool | None) -> Any:
    """Return a context with a function to call; True: a bar, None or False: nothing."""
    if isinstance(progress, bool):
        return _bar() if progress else nullcontext()
    return nullcontext(progress)


@contextmanager
def _bar() -> Iterator[Progress]:
    notebook = "ipykernel" in sys.modules
    if not notebook and not sys.stderr.isatty():
        yield _lines()
        return
    from tqdm.auto import tqdm

    tqdm.monitor_interval = 0  # without a thread of its own: beside one, figures cannot be forked
    bar: Any = None

    def count(done: int, total: int) -> None:
        nonlocal bar
        if bar is None or bar.total != total or done < bar.n:
            if bar is not None:
                bar.close()
            look = {"unit": " runs", "leave": notebook, "dynamic_ncols": True}
            bar = tqdm(total=total, initial=done, **look)
        bar.update(done - bar.n)

    try:
        yield count
    finally:
        if bar is not None:
            bar.close()


def _lines() -> Progress:
    last = time.monotonic()

    def count(done: int, total: int) -> None:
        nonlocal last
        if done and time.monotonic() - last > LINE_SECONDS:
            last = time.monotonic()
            print(f"{done:,} of {total:,} runs", file=sys.stderr)

    return count

"""Progress of runs: a bar, in a file from time to time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

type Progress = Callable[[int, int], None]
"""Called with the number of runs that are done, and of all."""

# Between two looks at the bar: on a terminal, and in a file.
SECONDS, LINE_SECONDS = 0.1, 30.0


def shown(progress: Progress | bool | None) -> Any:
    """Return a context with a function to call; True: a bar, None or False: nothing."""
    if isinstance(progress, bool):
        return _bar() if progress else nullcontext()
    return nullcontext(progress)


@contextmanager
def _bar() -> Iterator[Progress]:
    from tqdm.auto import tqdm

    tqdm.monitor_interval = 0  # without a thread of its own: beside one, figures cannot be forked
    notebook = "ipykernel" in sys.modules
    seldom = 0.0 if notebook or sys.stderr.isatty() else LINE_SECONDS
    look: Any = {"unit": " runs", "leave": notebook, "dynamic_ncols": True}
    with tqdm(**look, delay=seldom, mininterval=max(seldom, SECONDS)) as bar:

        def count(done: int, total: int) -> None:
            if total != bar.total or done < bar.n:
                bar.total, bar.n, bar.initial, bar.last_print_n = total, done, done, done
            bar.update(done - bar.n)

        yield count

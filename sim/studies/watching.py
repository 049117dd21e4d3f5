"""How far runs are: what tells it, and a bar in notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

type Tell = Callable[[int], None]
"""Told how many runs are done."""
type Watch = Callable[[int], AbstractContextManager[Tell]]
"""Called with the number of runs there are to do; what it gives is told how many are done."""


def watching(watch: Watch | None, total: int) -> AbstractContextManager[Tell]:
    """Begin to show how far runs are; in a notebook a bar, elsewhere nothing if none is given."""
    if not total:
        return nullcontext(ignore)
    return (watch or notebook_bar)(total)


@contextmanager
def notebook_bar(total: int) -> Iterator[Tell]:
    """Show a bar in a notebook, and nothing elsewhere."""
    if not _in_notebook():
        yield ignore
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("runs", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), "left")
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("runs", total=total)
        yield lambda done: bar.update(task, completed=done)


def _in_notebook() -> bool:
    import sys

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def ignore(done: int) -> None:
    """Say nothing."""


def further(tell: Tell, before: int) -> Tell:
    """Tell how many runs are done, when so many were done before."""
    return lambda done: tell(before + done)

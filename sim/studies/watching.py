"""How far runs are: what tells it, and a bar in notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

type Tell = Callable[[int], None]
"""Told how many runs are done."""
type Watch = Callable[[int], AbstractContextManager[Tell]]
"""Called with the number of runs there are to do; what it gives is told how many are done."""


def watching(watch: Watch | None, total: int) -> AbstractContextManager[Tell]:
    """Begin to show how far runs are; in a notebook a bar, elsewhere nothing if none is given."""
    if total and (watch or _in_notebook()):
        return (watch or show_bar)(total)
    return nullcontext(ignore)


@contextmanager
def show_bar(total: int, console: Console | None = None) -> Iterator[Tell]:
    """Show a bar, which disappears at the end: runs done, runs a second, time left.

    Args:
        total: How many runs there are to do.
        console: Where it is drawn; None: on standard output, or in a notebook.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task
    from rich.progress import TimeRemainingColumn as TimeLeft
    from rich.text import Text

    class Speed(ProgressColumn):
        """Runs a second of late, once they are known."""

        def render(self, task: Task) -> Text:
            return Text(f"{shown_speed(task.speed)} runs/s" if task.speed else "")

    columns = ("runs", BarColumn(), MofNCompleteColumn(), Speed(), TimeLeft(), "left")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("runs", total=total)
        yield lambda done: bar.update(task, completed=done)


def shown_speed(per_second: float) -> str:
    """Return a speed in two digits, or whole."""
    return f"{per_second:,.0f}" if per_second >= 10.0 else f"{per_second:.2g}"


def _in_notebook() -> bool:
    import sys

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def ignore(done: int) -> None:
    """Say nothing."""


def further(tell: Tell, before: int) -> Tell:
    """Tell how many runs are done, when so many were done before."""
    return lambda done: tell(before + done)

"""Running chunks and writing their parts as they come: what every batch shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sim.batch.executors import Crew, answers, executor_of
from sim.batch.tasks import Plan, Work, make_tasks
from sim.results.folder import PARTS, clear, is_complete
from sim.results.store import Store
from sim.rules import MechanismError

type Tell = Callable[[int], None]
"""Told how many runs are done."""


@dataclass(frozen=True)
class Report:
    """What filling a folder has done.

    Attributes:
        runs: Runs that were missing and have been made.
        seconds: How long that took.
        failed: How many of all runs failed; 0 for a shard, whose failures a merge tells.
    """

    runs: int
    seconds: float
    failed: int


@contextmanager
def own_mechanisms_in(folder: Path) -> Iterator[None]:
    """Leave no question in a folder of which a user's own file let no run be made.

    Once the file is mended it is another question, and the same command is to run.
    """
    try:
        yield
    except MechanismError:
        if not is_complete(folder) and not any((folder / PARTS).glob("*.part")):
            clear(folder)
        raise


def fill(
    store: Store,
    work: Work,
    plan: Plan,
    chunks: Sequence[range],
    crew: Crew,
    *,
    tell: Tell | None = None,
) -> None:
    """Run chunks and write their parts as they come.

    Args:
        store: Where the parts go.
        work: What the tasks share.
        plan: Which replicate and settings each run has.
        chunks: Which runs.
        crew: Who runs them.
        tell: Told how many of these runs are done.

    Raises:
        RunFailedError: A run failed, and all is to stop at that.
        OSError: A part cannot be written, or a worker died.
    """
    if not chunks:
        return
    if crew.where != "cluster":
        # Who would find nothing to do need not start: a process takes a second and memory.
        crew = replace(crew, workers=min(crew.workers, len(chunks)))
    done = 0
    tasks = make_tasks(work, plan, chunks)
    with (
        executor_of(crew) as (executor, workers),
        closing(answers(executor, tasks, workers)) as found,
    ):
        for answer in found:
            store.write_part(answer.runs, answer.content)
            done += len(answer.runs)
            if tell:
                tell(done)

"""Where tasks run: threads or a Dask cluster; each as a standard executor."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from sim.batch.cluster import cluster, host_and_port
from sim.batch.tasks import Answer, Task, answer
from sim.errors import InputError

type Where = Literal["threads", "cluster"]

SPARE_TASKS = 2
"""Tasks that wait for each worker beside the one it has, so that none is idle while parts are
written; few, so that memory does not grow with the number of runs."""


@dataclass(frozen=True)
class Crew:
    """Who does the work.

    Attributes:
        where: Kind of workers.
        workers: How many threads; for a cluster, what it has.
        address: Of a cluster's scheduler.
    """

    where: Where = "threads"
    workers: int = 1
    address: str = ""

    def __post_init__(self) -> None:
        """Refuse a crew of nobody, and an address that is none."""
        if self.workers < 1:
            raise InputError(f"--{self.where} {self.workers}: allowed: 1 or more")
        if self.where == "cluster":
            host_and_port(self.address)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for `runtime.json`: without the address."""
        return {"executor": self.where, "workers": self.workers}


@contextmanager
def executor_of(crew: Crew) -> Iterator[tuple[Executor, int]]:
    """Open the executor of a crew; yields it with the number of its workers.

    Raises:
        InputError: The extra that speaks to a cluster is missing.
        OSError: The cluster does not answer.
    """
    if crew.where == "cluster":
        with cluster(crew.address) as opened:
            yield opened
        return
    executor = ThreadPoolExecutor(crew.workers)
    try:
        yield executor, crew.workers
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def answers(executor: Executor, tasks: Iterator[Task], workers: int) -> Generator[Answer]:
    """Yield the answers to tasks as they come, in any order, few of them at a time.

    Args:
        executor: Who runs them.
        tasks: Taken only as fast as they are answered.
        workers: How many can run at once.

    Raises:
        OSError: A worker died; what was answered before is not lost.
    """
    running: set[Future[Answer]] = set()
    try:
        running |= {executor.submit(answer, task) for task in islice(tasks, workers + SPARE_TASKS)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            # What was finished beside a failure is written before that ends all.
            good = {future for future in done if _succeeded(future)}
            if good == done:
                running |= {executor.submit(answer, task) for task in islice(tasks, len(done))}
            bad = done - good
            done.clear()
            while good:
                yield good.pop().result()
            for future in bad:
                future.result()
    finally:
        for future in running:
            future.cancel()


def _succeeded(future: Future[Answer]) -> bool:
    return not future.cancelled() and future.exception() is None

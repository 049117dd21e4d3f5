"""Where tasks run: threads, processes, or a Dask cluster; each as a standard executor."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from sim.batch.tasks import Answer, Task, answer
from sim.errors import InputError

type Where = Literal["threads", "processes", "cluster"]

SPARE_TASKS = 2
"""Tasks that wait for each worker beside the one it has, so that none is idle while parts are
written; few, so that memory does not grow with the number of runs."""

KEPT = "what was finished is kept, and the same command goes on from there"

CONNECT_SECONDS = 20
"""How long a cluster may take to answer."""

LEAST_CLUSTER_WORKERS = 8
"""Workers reckoned with when a cluster has fewer: more may join while it works."""


@dataclass(frozen=True)
class Crew:
    """Who does the work.

    Attributes:
        where: Kind of workers.
        workers: How many threads or processes; for a cluster, what it has.
        address: Of a cluster's scheduler.
    """

    where: Where = "threads"
    workers: int = 1
    address: str = ""

    def __post_init__(self) -> None:
        """Refuse a crew of nobody."""
        if self.workers < 1:
            raise InputError(f"--{self.where} {self.workers}: allowed: 1 or more")

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for `runtime.json`: without the address."""
        return {"executor": self.where, "workers": self.workers}


@contextmanager
def hired(crew: Crew) -> Iterator[tuple[Executor, int]]:
    """Open the executor of a crew; yields it with the number of its workers.

    Raises:
        InputError: The cluster's address is wrong, or the extra that speaks to it is missing.
        OSError: The cluster does not answer.
    """
    if crew.where == "cluster":
        with _cluster(crew.address) as opened:
            yield opened
        return
    executor: Executor
    if crew.where == "threads":
        executor = ThreadPoolExecutor(crew.workers)
    else:
        # A forked copy of a process with threads may hang; a fresh one cannot.
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(crew.workers, mp_context=context)
    try:
        yield executor, crew.workers
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise InputError(
            "--cluster needs the extra `cluster`: pip install 'entrench[cluster]'"
        ) from None
    connect: Any = Client  # Dask has no types
    try:
        client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (ValueError, TypeError) as error:
        example = "the address of a Dask scheduler, such as tcp://localhost:8786"
        raise InputError(f"--cluster {address}: must be {example} ({error})") from None
    except OSError as error:
        raise OSError(f"--cluster {address}: the Dask scheduler does not answer") from error
    try:
        workers = sum(client.nthreads().values())
        # Not pure: the same task handed over twice is to run twice.
        yield client.get_executor(pure=False), max(workers, LEAST_CLUSTER_WORKERS)
    except KilledWorker as error:
        raise OSError(f"workers of the cluster die at this task: {error}; {KEPT}") from error
    except CancelledError as error:
        raise OSError(f"--cluster {address}: the Dask scheduler was lost; {KEPT}") from error
    finally:
        client.close()


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
            running |= {executor.submit(answer, task) for task in islice(tasks, len(done))}
            while done:
                yield done.pop().result()
    except BrokenProcessPool as error:
        raise OSError(f"a worker process died (killed, or out of memory); {KEPT}") from error
    finally:
        for future in running:
            future.cancel()

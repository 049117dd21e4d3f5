"""Where tasks run: threads, processes, or a Dask cluster; each as a standard executor."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from sim.batch.cluster import KEPT, cluster, host_and_port
from sim.batch.tasks import Answer, Task, answer
from sim.errors import InputError

type Where = Literal["threads", "processes", "cluster"]

SPARE_TASKS = 2
"""Tasks that wait for each worker beside the one it has, so that none is idle while parts are
written; few, so that memory does not grow with the number of runs."""


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
        """Refuse a crew of nobody, and an address that is none."""
        if self.workers < 1:
            raise InputError(f"--{self.where} {self.workers}: allowed: 1 or more")
        if self.where == "cluster":
            host_and_port(self.address)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for `runtime.json`: without the address."""
        return {"executor": self.where, "workers": self.workers}


@contextmanager
def hired(crew: Crew) -> Iterator[tuple[Executor, int]]:
    """Open the executor of a crew; yields it with the number of its workers.

    Raises:
        InputError: The extra that speaks to a cluster is missing.
        OSError: The cluster does not answer.
    """
    if crew.where == "cluster":
        with cluster(crew.address) as opened:
            yield opened
        return
    executor: Executor
    if crew.where == "threads":
        executor = ThreadPoolExecutor(crew.workers)
    else:
        executor = _processes(crew.workers)
    try:
        yield executor, crew.workers
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _processes(workers: int) -> Executor:
    # Here, because a run on threads starts up sooner without them.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A forked copy of a process with threads may hang; a fresh one cannot.
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_serve)
    # Each task that finds no idle worker starts one, so all are started here, deaf to Ctrl-C.
    with _deaf():
        for _ in range(workers):
            executor.submit(int)
    return executor


def _deaf() -> Any:
    """Keep Ctrl-C from processes started meanwhile, for good: it is for the one that asked."""
    if not hasattr(signal, "pthread_sigmask"):
        return nullcontext()
    return _blocked(signal.SIGINT)


@contextmanager
def _blocked(number: signal.Signals) -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve() -> None:
    """Begin as a worker process: leave Ctrl-C to the one that asked, and end when that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent:
        parent.join()
        # Nothing is lost: what a worker has not handed over will be made again.
        os._exit(1)


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
    except BrokenExecutor as error:
        raise OSError(f"a worker process died (killed, or out of memory); {KEPT}") from error
    finally:
        for future in running:
            future.cancel()


def _succeeded(future: Future[Answer]) -> bool:
    return not future.cancelled() and future.exception() is None

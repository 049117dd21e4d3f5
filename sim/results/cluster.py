"""Where chunks of runs are made: threads of this process, or a Dask cluster as an executor."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sim.errors import InputError

CONNECT_SECONDS = 10
"""How long a scheduler may take to answer."""
LEAST_WORKERS = 8
"""Workers reckoned with when a cluster has fewer: more may join while it works."""
SPARE_TASKS = 2
"""Tasks that wait beside those that workers have, so that none is idle while results are taken;
few, so that memory does not grow with the number of runs."""


@dataclass(frozen=True)
class Workers:
    """Workers that make chunks: threads of this process, or a Dask cluster.

    Attributes:
        count: How many threads; a cluster has what it has.
        address: Of a cluster's scheduler; empty: threads.
    """

    count: int = 1
    address: str = ""


def cores() -> int:
    """Return how many cores this process may use; before Python 3.13, how many there are."""
    return getattr(os, "process_cpu_count", os.cpu_count)() or 1


@contextmanager
def executor_of(workers: Workers) -> Iterator[tuple[Executor, int]]:
    """Open an executor; yields it with the number of its workers.

    Raises:
        InputError: Dask is not installed, or it is no address.
        OSError: No scheduler answers.
    """
    if not workers.address:
        with ThreadPoolExecutor(workers.count) as threads:
            yield threads, workers.count
        return
    if not workers.address.startswith(("tcp://", "tls://")):
        allowed = "an address such as tcp://localhost:8786"
        raise InputError(f"--cluster {workers.address}: allowed: {allowed}")
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--cluster needs the extra `cluster`: pip install 'entrench[cluster]'"
        ) from None
    # Dask tells of a lost scheduler in long tracebacks; the error says it in a line.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    connect: Any = Client  # Dask has no types
    try:
        client = connect(workers.address, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        text = f"--cluster {workers.address}: no Dask scheduler answers ({error})"
        raise OSError(text) from None
    with closing(client):
        yield client.get_executor(pure=False), max(sum(client.nthreads().values()), LEAST_WORKERS)


def as_done[T, R](workers: Workers, function: Callable[[T], R], tasks: Sequence[T]) -> Generator[R]:
    """Yield what a function makes of tasks as it comes, in any order, few of them at a time.

    Args:
        workers: Threads, or a cluster.
        function: What is done with each.
        tasks: Handed over only as fast as they are done, so that memory does not grow.

    Raises:
        Exception: What a task raised; what was done before is handed on first.
        InputError: Dask is not installed.
        OSError: The scheduler does not answer.
    """
    if not tasks:
        return
    waiting = iter(tasks)
    with executor_of(workers) as (executor, count):
        running = {executor.submit(function, task) for task in islice(waiting, count + SPARE_TASKS)}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= {executor.submit(function, task) for task in islice(waiting, len(done))}
                for future in sorted(done, key=_failed):
                    yield _result(future, workers.address)
        finally:
            for future in running:
                future.cancel()


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None


def _result[R](future: Future[R], address: str) -> R:
    """Return what a task made; what happened to it on a cluster is said in a line."""
    try:
        return future.result()
    except InputError:
        raise
    except Exception as error:
        if not address:
            raise
        what = "the Dask scheduler was lost" if isinstance(error, CancelledError) else repr(error)
        text = f"--cluster {address}: {what}; finished runs are on disk, and the same command"
        raise OSError(f"{text} goes on from there") from error

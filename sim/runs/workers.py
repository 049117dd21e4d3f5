"""Workers that make chunks: threads of this process, or a Dask cluster."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from sim.engine import data_hash, source_hash
from sim.errors import InputError, require_extra

CONNECT_SECONDS = 10
# A smaller cluster may grow while it works.
LEAST_WORKERS = 8
# None is idle while results are collected; few, so that memory does not grow with the runs.
SPARE_TASKS = 2


@dataclass(frozen=True)
class Workers:
    """Workers that make chunks.

    Attributes:
        count: Number of threads; ignored with a cluster.
        cluster: A scheduler's address or its file, a Dask client, or a Dask cluster; None: threads.
    """

    count: int = 1
    cluster: Any = None


def cores() -> int:
    """Return how many cores this process may use; on some systems, how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def as_done[T, R](workers: Workers, function: Callable[[T], R], tasks: Sequence[T]) -> Generator[R]:
    """Yield the function's results for tasks as they come, in any order."""
    if not tasks:
        return
    opened = _threads(workers, function) if workers.cluster is None else _cluster(workers, function)
    waiting, running = iter(tasks), set[Future[R]]()
    with opened as (submit, room):

        def fill() -> None:
            # Only as fast as tasks are done, so that memory does not grow; a cluster may.
            free = max(room() + SPARE_TASKS - len(running), 0)
            running.update(submit(task) for task in islice(waiting, free))

        try:
            fill()
            while running:
                done, running = futures.wait(running, return_when=futures.FIRST_COMPLETED)
                if not any(map(_failed, done)):  # a scheduler that was lost would not answer
                    fill()
                for future in sorted(done, key=_failed):
                    yield _result(future, workers)
        finally:
            for future in running:
                future.cancel()


@contextmanager
def _threads(workers: Workers, function: Callable[..., Any]) -> Iterator[tuple[Any, Any]]:
    with ThreadPoolExecutor(workers.count) as threads:
        yield partial(threads.submit, function), lambda: workers.count


@contextmanager
def _cluster(workers: Workers, function: Callable[..., Any]) -> Iterator[tuple[Any, Any]]:
    require_extra("distributed", "cluster")
    with _client(workers) as client:
        # A task, not data: who joins late, or loses it, gets it from the scheduler.
        packed = client.submit(bytes, pickle.dumps(function), pure=False)
        executor: Any = client.get_executor(pure=False)
        yield (
            partial(executor.submit, _made_there, packed, _rules_and_data()),
            lambda: max(sum(client.nthreads().values()), LEAST_WORKERS),
        )


@contextmanager
def _client(workers: Workers) -> Iterator[Any]:
    """Connect with a cluster; a client that was given stays connected."""
    if hasattr(workers.cluster, "get_executor"):
        yield workers.cluster
        return
    from distributed import Client

    is_file = isinstance(workers.cluster, str | Path) and Path(workers.cluster).is_file()
    where = {"scheduler_file": str(workers.cluster)} if is_file else {"address": workers.cluster}
    try:
        connect: Any = partial(Client, timeout=CONNECT_SECONDS, set_as_default=False)
        client = connect(**where)
    except (OSError, ValueError) as error:
        text = f"--cluster {workers.cluster}: no Dask scheduler answers ({error})"
        raise OSError(text) from None
    with closing(client):
        yield client


def _rules_and_data() -> tuple[str, str]:
    return source_hash(), data_hash()


def _made_there(packed: bytes, hashes: tuple[str, str], task: Any) -> Any:
    # Another version would give other numbers without an error.
    if hashes != _rules_and_data():
        raise InputError(
            "a worker has other rules or input tables than were asked for: install the same "
            "Entrench everywhere"
        )
    with _opening:
        function = _unpacked(packed)
    return function(task)


# The function is unpacked once per process, whichever of its threads comes first.
_opening = threading.Lock()


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Callable[[Any], Any]:
    function: Callable[[Any], Any] = pickle.loads(packed)
    return function


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None


def _result[R](future: Future[R], workers: Workers) -> R:
    # An error of the cluster is a line, not a traceback.
    try:
        return future.result()
    except InputError:
        raise
    except Exception as error:
        if workers.cluster is None:
            raise
        lost = isinstance(error, futures.CancelledError)
        what = "the Dask scheduler was lost" if lost else repr(error)
        text = f"--cluster {workers.cluster}: {what}; runs that were written are kept, and"
        raise OSError(f"{text} the same command goes on from there") from error

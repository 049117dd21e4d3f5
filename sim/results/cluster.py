"""Where chunks of runs are made: threads of this process, or a Dask cluster as an executor."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal
from urllib.parse import urlsplit

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
    """What chunks are made on.

    Attributes:
        where: Threads of this process, or a Dask cluster.
        count: How many threads; a cluster has what it has.
        address: Of a cluster's scheduler.
    """

    where: Literal["threads", "cluster"] = "threads"
    count: int = 1
    address: str = ""


@contextmanager
def executor_of(workers: Workers) -> Iterator[tuple[Executor, int]]:
    """Open an executor; yields it with the number of its workers.

    Raises:
        InputError: Dask is not installed, or does not know such addresses.
        OSError: The scheduler does not answer.
    """
    if workers.where == "threads":
        with ThreadPoolExecutor(workers.count) as threads:
            yield threads, workers.count
        return
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
        _check_address(workers.address)
        client = connect(workers.address, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        text = f"--cluster {workers.address}: no Dask scheduler answers ({error})"
        raise OSError(text) from None
    try:
        count = sum(client.nthreads().values())
        if not count:
            logging.getLogger(__name__).warning("The cluster has no workers yet: waiting.")
        yield Cluster(client, workers.address), max(count, LEAST_WORKERS)
    finally:
        client.close()


def _check_address(address: str) -> None:
    """Raise an error if nobody speaks there: a client of Dask would wait for ever, or long."""
    try:
        parts = urlsplit(address)
        place = parts.hostname, parts.port
    except ValueError:
        place = None, None
    if None in place or parts.scheme not in ("tcp", "tls"):
        raise InputError(f"--cluster {address}: allowed: an address such as tcp://localhost:8786")
    with socket.create_connection(place, CONNECT_SECONDS) as connection:
        if parts.scheme == "tcp":
            connection.recv(1)  # a scheduler speaks first


class Cluster(Executor):
    """Hands tasks to a cluster. Dask's own executor may wait for ever when a scheduler is lost."""

    def __init__(self, client: Any, address: str) -> None:
        """Take a connected client, and the address that errors name."""
        self._client = client
        self._address = address

    def submit[**P, T](
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Hand over a task."""
        promised: Future[T] = Future()
        # Not pure: the same task handed over twice is to run twice.
        asked = self._client.submit(function, *args, pure=False, **kwargs)

        def settle(done: Any) -> None:
            if not promised.set_running_or_notify_cancel():
                return
            try:
                promised.set_result(done.result())
            except BaseException as error:
                promised.set_exception(self._explained(error))

        def forget(promised: Future[T]) -> None:
            # Dask keeps a result as long as someone holds it.
            asked.cancel() if promised.cancelled() else asked.release()

        promised.add_done_callback(forget)
        asked.add_done_callback(settle)
        return promised

    def _explained(self, error: BaseException) -> BaseException:
        from distributed import KilledWorker

        after = "what was finished is on disk, and the same command goes on from there"
        if isinstance(error, KilledWorker):
            return OSError(f"workers of the cluster die at this task: {error}; {after}")
        if isinstance(error, CancelledError | OSError):
            return OSError(f"--cluster {self._address}: the Dask scheduler was lost; {after}")
        if isinstance(error, ImportError):
            return InputError(f"a worker of the cluster lacks Entrench or what it needs ({error})")
        return error


def as_done[T, R](workers: Workers, function: Callable[[T], R], tasks: Sequence[T]) -> Generator[R]:
    """Yield what a function makes of tasks as it comes, in any order, few of them at a time.

    Args:
        workers: Threads, or a cluster.
        function: What is done with each.
        tasks: Handed over only as fast as they are done, so that memory does not grow.

    Raises:
        Exception: What a task raised; what was done before is handed on first.
        InputError: Dask is not installed, or does not know such addresses.
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
                    yield future.result()
        finally:
            for future in running:
                future.cancel()


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None

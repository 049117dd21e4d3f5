"""A Dask cluster as a standard executor."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from sim.errors import InputError

KEPT = "what was finished is kept, and the same command goes on from there"

REACH_SECONDS = 5
"""How long the machine of a scheduler may take to take up a connection."""

CONNECT_SECONDS = 20
"""How long a scheduler may take to answer once it has."""

LEAST_WORKERS = 8
"""Workers reckoned with when a cluster has fewer: more may join while it works."""

SCHEMES = ("tcp", "tls")
"""Protocols of schedulers. Others need libraries of their own, without which a client of Dask hangs
for 40 s as it goes away."""

TALKATIVE = ("distributed", "tornado.application")
"""Loggers, with those beneath, that tell of a lost scheduler in long tracebacks; the error says it
in a line."""


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """Open a cluster as an executor; yields it with the number of workers to reckon with.

    Raises:
        InputError: Dask is not installed, or does not know such addresses.
        OSError: The scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--cluster needs the extra `cluster`: pip install 'entrench[cluster]'"
        ) from None
    _check_reachable(address)
    connect: Any = Client  # Dask has no types
    with _silenced():
        try:
            client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (ValueError, TypeError) as error:
            raise InputError(_no_address(address, str(error))) from None
        except OSError as error:
            reason = "what listens there is none, or of another version"
            raise OSError(_no_answer(address, reason)) from error
        try:
            workers = sum(client.nthreads().values())
            if not workers:
                logging.getLogger(__name__).warning("The cluster has no workers yet: waiting.")
            yield _Cluster(client, address), max(workers, LEAST_WORKERS)
        finally:
            client.close()


class _Cluster(Executor):
    """Hands tasks to a cluster. Dask's own executor may wait for ever when a scheduler is lost."""

    def __init__(self, client: Any, address: str) -> None:
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

        if isinstance(error, KilledWorker):
            return OSError(f"workers of the cluster die at this task: {error}; {KEPT}")
        if isinstance(error, CancelledError | OSError):
            return OSError(f"--cluster {self._address}: the Dask scheduler was lost; {KEPT}")
        if isinstance(error, ImportError):
            return InputError(
                f"a worker of the cluster lacks Entrench or what it needs ({error}): install the "
                "same Entrench everywhere"
            )
        return error


def host_and_port(address: str) -> tuple[str, int]:
    """Return where a scheduler listens.

    Raises:
        InputError: It is no address.
    """
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(_no_address(address, str(error))) from None
    if parts.scheme not in SCHEMES:
        reason = f"protocols: {' and '.join(SCHEMES)}, not {parts.scheme}"
        raise InputError(_no_address(address, reason))
    if not host or not port:
        raise InputError(_no_address(address, "it needs a host and a port"))
    return host, port


def _check_reachable(address: str) -> None:
    """Raise OSError if nobody listens there, or says nothing; Dask would wait for ever."""
    place = host_and_port(address)
    try:
        with socket.create_connection(place, timeout=REACH_SECONDS) as connection:
            if not address.startswith("tls"):
                connection.settimeout(CONNECT_SECONDS)
                connection.recv(1)  # a scheduler speaks first
    except OSError as error:
        raise OSError(_no_answer(address, error.strerror or str(error))) from error


@contextmanager
def _silenced() -> Iterator[None]:
    # Dask gives levels to loggers beneath its own, so theirs have to be set one by one.
    known = [name for name in logging.root.manager.loggerDict if name.startswith(TALKATIVE)]
    loggers = [logging.getLogger(name) for name in {*TALKATIVE, *known}]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _no_address(address: str, reason: str) -> str:
    return (
        f"--cluster {address}: must be the address of a Dask scheduler, such as "
        f"tcp://localhost:8786 ({reason})"
    )


def _no_answer(address: str, reason: str) -> str:
    return f"--cluster {address}: no Dask scheduler answers ({reason})"

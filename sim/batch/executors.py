"""Where tasks run: threads or a Dask cluster; each as a standard executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sim.batch.cluster import cluster, host_and_port
from sim.errors import InputError

type Where = Literal["threads", "cluster"]


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

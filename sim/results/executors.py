"""Where tasks run: threads or a Dask cluster; each as a standard executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sim.errors import InputError
from sim.results.cluster import cluster, host_and_port

type Where = Literal["threads", "cluster"]


@dataclass(frozen=True)
class Workers:
    """What tasks run on.

    Attributes:
        where: Threads of this process, or a Dask cluster.
        count: How many threads; a cluster has what it has.
        address: Of a cluster's scheduler.
    """

    where: Where = "threads"
    count: int = 1
    address: str = ""

    def __post_init__(self) -> None:
        """Refuse a number below 1, and an address that is none."""
        if self.count < 1:
            raise InputError(f"--{self.where} {self.count}: allowed: 1 or more")
        if self.where == "cluster":
            host_and_port(self.address)


@contextmanager
def executor_of(workers: Workers) -> Iterator[tuple[Executor, int]]:
    """Open an executor; yields it with the number of its workers.

    Raises:
        InputError: The extra that speaks to a cluster is missing.
        OSError: The cluster does not answer.
    """
    if workers.where == "cluster":
        with cluster(workers.address) as opened:
            yield opened
        return
    with ThreadPoolExecutor(workers.count) as executor:
        yield executor, workers.count

"""Running histories of an ensemble, in chunks, on threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import records
from sim.engine.chunk import Chunk
from sim.engine.compiled import compiled_entry
from sim.engine.ensemble import Ensemble, with_sets
from sim.engine.entry import Shape
from sim.engine.layout import actor_columns, kept_columns, vendor_columns
from sim.engine.parameter_sets import SetsOf

CHUNK_RUNS = 10
"""Histories a chunk: small enough to share among threads, large enough to be worth handing out.
Fixed, so that no result depends on the number of threads."""


def chunks_of(runs: int) -> list[range]:
    """Return the replicates of each chunk of so many runs."""
    return [range(at, min(at + CHUNK_RUNS, runs)) for at in range(0, runs, CHUNK_RUNS)]


NO_COLUMNS = np.zeros((0, 2), np.int64)
"""Where nothing of countries is kept."""


def _numbers(array: NDArray[Any], kind: Any = np.float64) -> NDArray[Any]:
    """An array of records seen as rows of numbers."""
    rows: NDArray[Any] = array.view(kind).reshape(len(array), -1)
    return rows


def run_chunk(
    ensemble: Ensemble, replicates: Sequence[int], set_of: Sequence[int] | None = None
) -> Chunk:
    """Run histories with the compiled loop.

    Args:
        ensemble: What to run.
        replicates: Replicate numbers.
        set_of: Parameter set of each; the first for all if None.
    """
    world, kept = ensemble.world, ensemble.layout
    rows, runs = len(world.countries), len(replicates)
    now = np.zeros(1, records.record_type(records.NOW, rows))
    now["seed"] = ensemble.seed
    now["last_observed_year"] = world.last_observed_year
    actors = [a.copy() for a in (world.countries, world.china, world.west, world.public)]
    countries, china, west, public = actors
    start = ensemble.countries
    slot_of = np.full(ensemble.quarters, -1, np.int64)
    slot_of[[q - ensemble.first_quarter for q in kept.quarters]] = range(len(kept.quarters))
    width = len(kept.fields)
    groups = len(kept.groups)
    sums = np.empty((runs, len(kept.quarters), groups + 1, width))
    vendor_sums = np.zeros((runs, len(kept.quarters), len(kept.vendors), len(kept.vendor_fields)))
    actor_sums = np.zeros((runs, len(kept.quarters), len(kept.actor_fields)))
    ends = np.zeros((runs, rows, len(kept.kept)))
    compiled_entry(Shape(rows, ensemble.world.years, ensemble.rules))(
        np.array(replicates, np.int64),
        np.zeros(runs, np.int64) if set_of is None else np.array(set_of, np.int64),
        ensemble.parameters,
        ensemble.period_of,
        ensemble.first_quarter,
        slot_of,
        (now, countries, world.pasts, china, west, public),
        (
            _numbers(countries),
            _numbers(china)[0],
            _numbers(west)[0],
            _numbers(public)[0],
            _numbers(countries, np.int64),
        ),
        (
            _numbers(start),
            _numbers(world.china)[0],
            _numbers(world.west)[0],
            _numbers(world.public)[0],
        ),
        (
            ensemble.cells.of_country,
            np.zeros((len(ensemble.cells.groups), width)),
            ensemble.cells.groups,
        ),
        (
            actor_columns(kept, rows, ensemble.rules),
            vendor_columns(rows, ensemble.rules),
            kept_columns(kept, rows, ensemble.rules) if kept.kept else NO_COLUMNS,
        ),
        (sums, vendor_sums, actor_sums, ends),
    )
    first = replicates[0] if runs else 0
    return Chunk(first, runs, sums[:, :, :groups], vendor_sums, actor_sums, ends)


def run_chunks(
    ensemble: Ensemble, ranges: Sequence[range], threads: int, sets_of: SetsOf | None = None
) -> Iterator[Chunk]:
    """Run ranges of replicates on threads; yields chunks as they are done, in any order.

    Args:
        ensemble: What to run.
        ranges: Replicates of each chunk.
        threads: How many.
        sets_of: Gives replicates their parameter sets; None: all have the ensemble's first.
    """

    def run(part: range) -> Chunk:
        if sets_of is None:
            return run_chunk(ensemble, part)
        own, set_of = with_sets(ensemble, sets_of, part)
        return run_chunk(own, part, set_of)

    if threads <= 1 or len(ranges) <= 1:
        yield from map(run, ranges)
        return
    run_chunk(ensemble, ())  # compile once, before threads ask for it together
    # A window of chunks, so that memory does not grow with the number of runs.
    from concurrent.futures import FIRST_COMPLETED, Future, wait

    left = iter(ranges)
    with ThreadPoolExecutor(threads) as pool:
        running: set[Future[Chunk]] = {pool.submit(run, part) for part in islice(left, threads + 1)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            while done:
                chunk = done.pop().result()
                running |= {pool.submit(run, part) for part in islice(left, 1)}
                yield chunk

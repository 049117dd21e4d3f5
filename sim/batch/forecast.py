"""How many runs a sweep has, how long it will take and how large it will be: measured, not guessed.

A sample of its runs, spread over the design, goes through the very same pipeline into a folder that
is thrown away. What it took is then scaled: runs and their tables with the number of runs, and what
has rows for each point with the number of points.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from sim.batch.cluster import LEAST_WORKERS
from sim.batch.executors import Workers
from sim.batch.fill import fill
from sim.batch.sweep import open_store, plan_of
from sim.engine import CHUNK_RUNS
from sim.experiment import Experiment
from sim.results.folder import COUNTRIES, COUNTRY_RUNS, DESIGN, MANIFEST, PARTS, RUNS, SERIES

SAMPLE_CHUNKS = 4
"""Chunks of the sample for each worker: a quarter passes before all are at work."""
LEAST_SAMPLE_RUNS = 160
"""Fewer runs say too little about speed, and about tables, which have a size of their own."""
LEAST_REPLICATES = 2
"""A point with a single run has no row in `series.csv`."""

BY_RUN = (RUNS, COUNTRY_RUNS)
"""Tables with rows for each run."""
BY_POINT = (SERIES, COUNTRIES, DESIGN)
"""Tables with rows for each point."""


@dataclass(frozen=True)
class Forecast:
    """What a sweep will take.

    Attributes:
        points: Points of the design.
        runs: Runs of the whole sweep.
        asked: Runs asked for here: all, or a shard's.
        seconds: How long they will take with these workers.
        bytes: Size of the finished folder of the whole sweep.
        parts_bytes: Room that parts need until then.
        sample_runs: Runs that were measured.
    """

    points: int
    runs: int
    asked: int
    seconds: float
    bytes: int
    parts_bytes: int
    sample_runs: int


def forecast(experiment: Experiment, workers: Workers, asked: int | None = None) -> Forecast:
    """Measure a sample of a sweep and reckon the whole.

    Args:
        experiment: The sweep, loaded.
        workers: Threads or a cluster that would run it.
        asked: Runs asked for here; None: all.
    """
    asked = experiment.runs if asked is None else asked
    count = LEAST_WORKERS if workers.where == "cluster" else workers.count
    sample = _sample(experiment, max(SAMPLE_CHUNKS * count * CHUNK_RUNS, LEAST_SAMPLE_RUNS))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sample"
        store = open_store(sample, folder)
        chunks = store.parts.chunks
        progress: list[tuple[float, int]] = []
        began = time.perf_counter()

        def note(done: int) -> None:
            progress.append((time.perf_counter() - began, done))

        fill(store, plan_of(sample, store), chunks, workers, note)
        parts_bytes = sum(p.stat().st_size for p in (folder / PARTS).iterdir() if p.is_file())
        before = time.perf_counter()
        store.finish()
        writing = time.perf_counter() - before
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    start, each = _pace(progress, min(count, len(chunks) - 1))
    runs, points = experiment.runs / sample.runs, _points(experiment) / _points(sample)
    by_run = sum(sizes.get(name, 0) for name in BY_RUN)
    by_point = sum(sizes.get(name, 0) for name in BY_POINT)
    tables = by_run * runs + by_point * points
    # A shard leaves the tables to the merge.
    finishing = writing * tables / (by_run + by_point) if asked == experiment.runs else 0.0
    return Forecast(
        points=_points(experiment),
        runs=experiment.runs,
        asked=asked,
        seconds=start + each * asked + finishing,
        bytes=round(tables) + sizes[MANIFEST],
        parts_bytes=round(parts_bytes * asked / sample.runs),
        sample_runs=sample.runs,
    )


def _pace(progress: list[tuple[float, int]], first: int) -> tuple[float, float]:
    """Return seconds before the first run, and seconds for each run.

    Args:
        progress: After how many seconds how many runs were done.
        first: Chunks after which all workers are at work.
    """
    (passed, done), (end, runs) = progress[max(first, 1) - 1], progress[-1]
    if runs == done:
        return 0.0, end / runs
    each = (end - passed) / (runs - done)
    return max(0.0, passed - each * done), each


def _points(experiment: Experiment) -> int:
    return len(experiment.design.points)


def _sample(experiment: Experiment, runs: int) -> Experiment:
    """Return the experiment with few points, spread evenly, and few replicates of each."""
    if experiment.runs <= runs:
        return experiment
    least = max(LEAST_REPLICATES, runs // _points(experiment))
    replicates = min(experiment.replicates, least)
    wanted = max(1, runs // replicates)
    points = experiment.design.points
    chosen = [points[at * len(points) // wanted] for at in range(min(wanted, len(points)))]
    if len(chosen) * replicates < runs:
        replicates = min(experiment.replicates, -(-runs // len(chosen)))
    design = replace(experiment.design, points=tuple(chosen))
    return replace(experiment, design=design, replicates=replicates)

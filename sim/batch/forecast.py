"""How many runs a sweep has, how long it will take and how large it will be: measured, not guessed.

A sample of its runs, spread over the design, goes through the very same pipeline into a folder that
is thrown away; time and size are then in proportion.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from sim.batch.executors import Crew
from sim.batch.fill import fill
from sim.batch.sweep import SweepPlan, open_store, work_of
from sim.engine import CHUNK_RUNS
from sim.experiment import Experiment

SAMPLE_CHUNKS = 4
"""Chunks of the sample for each worker: enough to keep all of them busy."""
LEAST_SAMPLE_RUNS = 80
"""Fewer runs say too little about tables, which have a size of their own."""
WARM_CHUNKS = 1
"""Chunks for each worker before the clock starts: a worker compiles or loads the rules first."""


@dataclass(frozen=True)
class Forecast:
    """What a sweep will take.

    Attributes:
        points: Points of the design.
        runs: Runs of the whole sweep.
        asked: Runs asked for here: all, or a shard's.
        seconds: How long they will take with this crew.
        start_seconds: Part of it before the first run: workers start, rules are loaded or compiled.
        bytes: Size of the finished folder of the whole sweep.
        parts_bytes: Room that parts need until then.
        sample_runs: Runs that were measured.
    """

    points: int
    runs: int
    asked: int
    seconds: float
    start_seconds: float
    bytes: int
    parts_bytes: int
    sample_runs: int


def forecast(experiment: Experiment, crew: Crew, asked: int | None = None) -> Forecast:
    """Measure a sample of a sweep and reckon the whole.

    Args:
        experiment: What is asked.
        crew: Who would run it.
        asked: Runs asked for here; None: all.
    """
    asked = experiment.runs if asked is None else asked
    sample = _sample(experiment, max(SAMPLE_CHUNKS * crew.workers * CHUNK_RUNS, LEAST_SAMPLE_RUNS))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sample"
        store = open_store(sample, folder)
        work = work_of(sample, store, "record")
        plan = SweepPlan(sample)
        started = time.perf_counter()
        warm = replace(crew, workers=1) if crew.where == "threads" else crew
        first = store.parts.chunks[: WARM_CHUNKS * crew.workers]
        fill(store, work, plan, first, warm)
        warmed = time.perf_counter()
        # The warm runs are made again, so that the clock counts whole chunks of all workers.
        fill(store, work, plan, store.parts.chunks, crew)
        ran = time.perf_counter()
        parts_bytes = _size(folder / "parts")
        store.finish()
        finished = time.perf_counter()
        table_bytes = _size(folder)
    share = asked / sample.runs
    # A crew that starts anew each time has already paid its start in the second filling.
    start = max(0.0, (warmed - started) - (ran - warmed) * len(first) / len(store.parts.chunks))
    return Forecast(
        points=len(experiment.design.points),
        runs=experiment.runs,
        asked=asked,
        seconds=start + (ran - warmed) * share + (finished - ran) * share,
        start_seconds=start,
        bytes=round(table_bytes * experiment.runs / sample.runs),
        parts_bytes=round(parts_bytes * asked / sample.runs),
        sample_runs=sample.runs,
    )


def _sample(experiment: Experiment, runs: int) -> Experiment:
    """Return the experiment with few points, spread evenly, and few replicates of each."""
    if experiment.runs <= runs:
        return experiment
    replicates = min(experiment.replicates, max(1, runs // len(experiment.design.points)))
    wanted = max(1, runs // replicates)
    points = experiment.design.points
    chosen = [points[at * len(points) // wanted] for at in range(min(wanted, len(points)))]
    if len(chosen) * replicates < runs:
        replicates = min(experiment.replicates, -(-runs // len(chosen)))
    design = replace(experiment.design, points=tuple(chosen))
    return replace(experiment, design=design, replicates=replicates)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

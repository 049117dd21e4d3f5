"""The one runner: from a design to a finished results folder, on threads or a Dask cluster.

Run g of a design is run g % R of point g // R: a run has the same draws and the same parameter set
at every point. A killed process leaves whole chunks, and the same design runs what is missing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pickle
import platform
import threading
import time
import warnings
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from sim import __version__
from sim.engine import data_hash, own_world, prepare, run_chunk, source_hash
from sim.engine.chunk import Chunk, end_of
from sim.engine.ensemble import Ensemble, Keeping
from sim.engine.identity import mechanisms_in_words
from sim.engine.parameter_sets import SCENARIO, VariedScenario, beneath, sets_of_points
from sim.engine.run import SPARE_TASKS, as_done
from sim.errors import InputError, Note
from sim.experiment.experiment import GROUPS, Experiment
from sim.parameters import cell_text
from sim.register import VENDOR, choose, nearest
from sim.results import store, tables
from sim.results.executors import Workers, executor_of
from sim.results.files import json_bytes, whole_file, write_csv
from sim.results.summary import write_countries, write_series
from sim.results.tables import Content
from sim.rules import MechanismError
from sim.scenario.parameter_sets import PlausibleSets

type Progress = Callable[[int], None]
"""Called with the number of runs that are done."""
type EngineName = Literal["compiled", "mesa"]

CHUNK_RUNS = 10
LARGE, LARGE_CHUNK_RUNS = 5_000, 50
"""Runs from which on chunks are larger: fewer files."""
SETTINGS_SHOWN = 5
LIBRARIES = ("entrench", "numpy", "pyarrow", "numba", "mesa")
PLAUSIBLE = "plausible sets: each run has a parameter set that calibration did not rule out"
DEFAULTS = "documented values: all runs have the same parameters; bands contain chance alone"


class RunFailedError(ArithmeticError):
    """A run failed, and the design is to stop at the first failure."""


@dataclass(frozen=True)
class Report:
    """What running a design has done.

    Attributes:
        runs: Runs that were missing and have been made.
        seconds: How long that took.
        failed: Runs of the design that failed.
    """

    runs: int
    seconds: float
    failed: int


@dataclass(frozen=True)
class Task:
    """A chunk of runs, and what is needed to run it anywhere.

    Attributes:
        design: The design, packed.
        rules: Hash of the rules under which it was asked for.
        data: Hash of the input tables.
        runs: Numbers of the runs in the design.
        engine: The compiled engine or the Mesa model.
        strict: Whether a failed run ends everything.
    """

    design: bytes
    rules: str
    data: str
    runs: range
    engine: EngineName
    strict: bool


@dataclass(frozen=True)
class Made:
    """The tables of a chunk.

    Attributes:
        runs: Numbers of the runs in the design.
        tables: Arrow files by name of table.
    """

    runs: range
    tables: dict[str, bytes]


def identity(design: Experiment) -> dict[str, Any]:
    """Return what identifies the runs of a design: no time, no machine."""
    own = {
        "parameters": DEFAULTS if design.plausible is None else PLAUSIBLE,
        "plausible_sha256": digest_of_sets(design.plausible) if design.plausible else "",
    }
    seeds = next(iter(design.scenarios.values())).seeds
    return {
        "version": __version__,
        "rules": source_hash(),
        "data": data_hash(),
        **mechanisms_in_words(design.rules),
        "name": design.name,
        "runs": design.replicates,
        **own,
        **design.manifest(),
        **own_world(seeds),
    }


def digest_of_sets(plausible: PlausibleSets) -> str:
    """Return what identifies parameter sets."""
    digest = hashlib.sha256("\n".join(plausible.keys).encode())
    for numbers in (plausible.weights, *plausible.rows):
        digest.update(array("d", numbers).tobytes())
    return digest.hexdigest()


def content_of(design: Experiment) -> Content:
    """Return what is kept of the runs of a design."""
    keep, known = design.keep, design.rules.register
    outcomes = choose(known, keep.outcomes) if keep.outcomes else known
    if wrong := [kind for kind in keep.groups if kind not in GROUPS]:
        raise InputError(f"no kind of group {wrong[0]!r}{nearest(wrong[0], GROUPS)}")
    horizon = _base(design).horizon
    years = () if isinstance(keep.dates, str) else keep.dates
    if absent := [year for year in years if not horizon.start <= year <= horizon.end]:
        raise InputError(f"year {absent[0]}: allowed: {horizon.start} to {horizon.end}")
    layout = _ensemble(design).layout
    dates = None
    if not isinstance(keep.dates, str):
        dates = tuple(layout.quarters.index(end_of(year)) for year in sorted(keep.dates))
    return Content(layout, outcomes, design.rules, dates, VENDOR in keep.groups)


def _ensemble(design: Experiment) -> Ensemble:
    keep = design.keep
    panel = None if keep.countries is True else tuple(keep.countries or ())
    keeping = Keeping(tuple(keep.groups), keep.dates != "quarterly", panel)
    return keeping.of(prepare(_base(design), design.seed))


def _base(design: Experiment) -> Any:
    return design.scenarios.get(design.base) or next(iter(design.scenarios.values()))


def chunks_of(design: Experiment) -> list[range]:
    """Return the runs of each chunk: the same whenever the design is run."""
    step = LARGE_CHUNK_RUNS if design.runs >= LARGE else CHUNK_RUNS
    return [range(at, min(at + step, design.runs)) for at in range(0, design.runs, step)]


def run_design(
    design: Experiment,
    folder: Path,
    *,
    workers: Workers,
    engine: EngineName = "compiled",
    strict: bool = False,
    fresh: bool = False,
    edited: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run what is missing of a design, and finish its folder.

    Args:
        design: Points and runs.
        folder: The results folder.
        workers: Threads or a cluster: the same numbers.
        engine: The compiled engine or the Mesa model: the same numbers.
        strict: Whether a failed run ends everything.
        fresh: Whether to replace other results in the folder.
        edited: A file of the user's own that is newer than the results: they are then replaced if
            nothing but the scenario differs.
        progress: Called with the number of runs that are done.

    Raises:
        InputError: The folder contains other files.
        OtherResultsError: The folder contains other results.
        RunFailedError: A run failed, and `strict` is set.
        OSError: The folder cannot be written, or a worker died; finished chunks stay.
    """
    started = time.perf_counter()
    asked, content, chunks = identity(design), content_of(design), chunks_of(design)
    with store.locked(folder):
        differing = store.differences(folder, asked)
        if edited and differing and all(text.startswith("scenarios.") for text in differing):
            warnings.warn(Note(f"{folder}: replaced, because {edited} was edited"), stacklevel=2)
            fresh = True
        if fresh and differing:
            store.clear(folder, asked)
        there = store.begin(folder, asked)
        if there is not None:
            return Report(0, 0.0, _failed(folder))
        kinds = ("runs", "countries") if content.layout.panel else ("runs",)
        missing = [runs for runs in chunks if not store.chunk_path(folder, runs, kinds[0]).exists()]
        done = design.runs - sum(map(len, missing))
        if progress:
            progress(done)
        for made in _make(design, missing, workers, engine, strict):
            store.write_chunk(folder, made.runs, made.tables)
            done += len(made.runs)
            if progress:
                progress(done)
        failed = _finish(design, content, chunks, folder)
        store.finish(folder, asked)
        count = sum(map(len, missing))
        seconds = time.perf_counter() - started
        _write_runtime(folder, seconds, workers, engine)
        return Report(count, seconds, failed)


def _make(
    design: Experiment,
    chunks: Sequence[range],
    workers: Workers,
    engine: EngineName,
    strict: bool,
) -> Iterator[Made]:
    if not chunks:
        return
    packed = zlib.compress(pickle.dumps(design))
    rules, data = source_hash(), data_hash()
    tasks = (Task(packed, rules, data, runs, engine, strict) for runs in chunks)
    if workers.where == "threads":
        workers = replace(workers, count=min(workers.count, len(chunks)))
    with (
        executor_of(workers) as (executor, count),
        closing(as_done(executor, make_chunk, tasks, count + SPARE_TASKS)) as all_made,
    ):
        yield from all_made


def make_chunk(task: Task) -> Made:
    """Run a task, in any thread, process or machine.

    Raises:
        InputError: This process has other rules or data than the one that asked.
        RunFailedError: A run failed, and the task is strict.
        MechanismError: A run failed at a line of a user's own file.
    """
    if (task.rules, task.data) != (source_hash(), data_hash()):
        raise InputError(
            "a worker has other rules or input tables than were asked for: install the same "
            "Entrench everywhere"
        )
    with _opening:
        design, varied, prepared, content = _open(task.design)
    points, runs = np.divmod(np.arange(task.runs.start, task.runs.stop), design.replicates)
    numbers = [_settings_number(design, *place) for place in zip(points, runs, strict=True)]
    different = list(dict.fromkeys(numbers))
    settings = [_settings(design, number) for number in different]
    rows = [different.index(number) for number in numbers]
    parameters, period_of, classes = sets_of_points(varied, design.base, settings)
    ensemble = replace(
        prepared,
        parameters=parameters,
        period_of=period_of,
        class_of=classes.rows(prepared.world.codes),
    )
    try:
        chunk = _run(ensemble, runs.tolist(), rows, task.engine)
    except IndexError as error:
        from sim.engine.trace_invalid import locate_invalid_value

        located = (
            locate_invalid_value(ensemble, *where)
            for where in zip(runs.tolist(), rows, strict=True)
        )
        raise MechanismError(next(filter(None, located), str(error))) from error
    failed = tables.failures(chunk, content)
    for at, message in failed.items():
        shown = ", ".join(f"{k} = {v}" for k, v in [*settings[rows[at]].items()][-SETTINGS_SHOWN:])
        text = f"run {runs[at]} failed ({shown}): {message}" if shown else message
        if ensemble.rules.own:
            from sim.engine.trace_invalid import locate_invalid_value

            if fault := locate_invalid_value(ensemble, int(runs[at]), rows[at]):
                raise MechanismError([fault, text])
        if task.strict:
            raise RunFailedError(text)
    good = np.array([at for at in range(chunk.runs) if at not in failed], np.int64)
    parts = tables.runs_tables(chunk, content, points, runs, good)
    listed = [[int(points[at]), int(runs[at]), text] for at, text in failed.items()]
    made = {"runs": tables.to_bytes(parts, {"failed": json.dumps(listed)} if listed else {})}
    if content.layout.panel:
        made["countries"] = tables.to_bytes(
            [tables.countries_table(chunk, content, points, runs, good)]
        )
    return Made(task.runs, made)


def _run(ensemble: Ensemble, runs: list[int], rows: list[int], engine: EngineName) -> Chunk:
    if engine == "compiled":
        return run_chunk(ensemble, runs, rows)
    from sim.engine.model import run_replicates

    return run_replicates(ensemble, runs, rows)


_opening = threading.Lock()
"""Compiling and preparing happen once per process, whichever of its threads comes first."""


@lru_cache(maxsize=4)
def _open(
    packed: bytes,
) -> tuple[Experiment, dict[str, VariedScenario], Ensemble, Content]:
    design: Experiment = pickle.loads(zlib.decompress(packed))
    ensemble = _ensemble(design)
    run_chunk(ensemble, ())  # compiles, or loads what was compiled
    varied = {name: VariedScenario(scenario) for name, scenario in design.scenarios.items()}
    return design, varied, ensemble, content_of(design)


def _settings_number(design: Experiment, point: int, run: int) -> tuple[int, int]:
    """Return the point and the parameter set of a run: equal ones have the same parameters."""
    return int(point), design.plausible.number_of(int(run)) if design.plausible else 0


def _settings(design: Experiment, number: tuple[int, int]) -> Mapping[str, Any]:
    """Return what a point sets over the plausible values that nothing else sets."""
    point, row = number
    own = design.design.settings(point)
    if design.plausible is None:
        return own
    scenario = design.scenarios[own.get(SCENARIO, design.base)]
    below = beneath(scenario, design.plausible.values(row))
    return {key: value for key, value in below.items() if key not in own} | own


def _finish(design: Experiment, content: Content, chunks: Sequence[range], folder: Path) -> int:
    """Write all tables; return how many runs failed."""
    _write_design(design, folder / store.DESIGN)
    if design.plausible:
        _write_parameters(design, folder / store.PARAMETERS)
    paths = [store.chunk_path(folder, runs, "runs") for runs in chunks]
    failed = [row for path in paths for row in _failures(path)]
    if failed:
        write_csv(folder / store.FAILURES, ["point", "run", "message"], failed)
    tables.join_chunks(paths, content.runs_schema, len(content.kinds), folder / store.RUNS)
    write_series(folder, content, len(design.design.points), design.replicates)
    if content.layout.panel:
        paths = [store.chunk_path(folder, runs, "countries") for runs in chunks]
        tables.join_chunks(paths, content.countries_schema, 1, folder / store.COUNTRY_RUNS)
        write_countries(folder, content, len(design.design.points), design.replicates)
    return len(failed)


def _failures(path: Path) -> list[list[Any]]:
    with pa.memory_map(str(path)) as source:
        metadata = pa.ipc.open_file(source).schema.metadata or {}
    return list(json.loads(metadata.get(b"failed", b"[]")))


def _failed(folder: Path) -> int:
    path = folder / store.FAILURES
    return len(path.read_text(encoding="utf-8").splitlines()) - 1 if path.exists() else 0


def _write_design(design: Experiment, path: Path) -> None:
    """Write `design.csv`: scenario and factors of each point."""
    names = [factor.name for factor in design.design.factors if factor.name != SCENARIO]
    rows = []
    for point, cells in enumerate(design.design.points):
        texts = dict(
            zip((f.name for f in design.design.factors), map(cell_text, cells), strict=True)
        )
        scenario = design.design.settings(point).get(SCENARIO, design.base)
        rows.append([point, scenario, *(texts[name] for name in names)])
    write_csv(path, ["point", SCENARIO, *names], rows)


def _write_parameters(design: Experiment, path: Path) -> None:
    """Write `parameters.csv`: the parameter set of each run, and its values."""
    assert design.plausible is not None
    sets = design.plausible
    numbers = [sets.number_of(run) for run in range(design.replicates)]
    rows = ([run, number, *sets.rows[number]] for run, number in enumerate(numbers))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["run", "parameter_set", *sets.keys])
    writer.writerows(rows)
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def _write_runtime(folder: Path, seconds: float, workers: Workers, engine: EngineName) -> None:
    facts = {
        "seconds": round(seconds, 3),
        "executor": workers.where,
        "workers": workers.count,
        "engine": engine,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    with whole_file(folder / store.RUNTIME) as file:
        file.write(json_bytes(facts))

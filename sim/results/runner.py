"""The one runner: from a design to a finished results folder, on threads or a Dask cluster.

Run g of a design is run g % R of point g // R: a run has the same draws and the same parameter set
at every point. A killed process leaves whole chunks, and the same design runs what is missing.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import platform
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from sim import __version__
from sim.dates import end_of
from sim.engine import data_hash, prepare, run_chunk, source_hash, user_world
from sim.engine.chunk import Chunk
from sim.engine.ensemble import Ensemble
from sim.engine.identity import mechanisms_in_words
from sim.engine.parameter_sets import beneath, sets_of_points
from sim.engine.records import country_states
from sim.errors import InputError, log, nearest, require_extra
from sim.experiment import Experiment
from sim.parameters import cell_text
from sim.results import store, tables
from sim.results.dataset import Results
from sim.results.folder import Folder
from sim.results.tables import Content
from sim.rules import MechanismError, choose
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO
from sim.units import GROUPS, VENDOR
from sim.world.seeds import shipped_seeds

type Progress = Callable[[int], None]
"""Called with the number of runs that are done."""
type Confirm = Callable[[int, float], None]
"""Called with the number of runs to make and about how many seconds they take; it may raise."""
type EngineName = Literal["compiled", "mesa"]

GIGA = 1e9
CHUNK_RUNS = 10
LARGE, LARGE_CHUNK_RUNS = 5_000, 50
"""Runs from which on chunks without panels of countries are larger: fewer files."""
MANY = 2_000
"""Runs above which a caller may first be asked."""
EDITED = ("scenarios.", "title:", "question:")
"""How differences begin that come of an edited scenario."""
SETTINGS_SHOWN = 5
FAILED = "failed"
"""Key of a chunk's notes: point, run and message of runs that failed."""
CONNECT_SECONDS = 10
"""How long a scheduler may take to answer."""
GREETING_SECONDS = 2
"""How much longer until it is given up."""
LEAST_WORKERS = 8
"""Workers reckoned with when a cluster has fewer: more may join while it works."""
SPARE_TASKS = 2
"""Tasks that wait beside those that workers have, so that none is idle while results are taken;
few, so that memory does not grow with the number of runs."""
LIBRARIES = ("entrench", "numpy", "pyarrow", "numba", "mesa")
PLAUSIBLE = "plausible sets: each run has a parameter set that calibration did not rule out"
DEFAULTS = "documented values: all runs have the same parameters; bands contain chance alone"

type Made = tuple[range, dict[str, pa.Table]]
"""Numbers of a chunk's runs in the design, and its tables by name."""


def identity(design: Experiment) -> dict[str, Any]:
    """Return what identifies the runs of a design: no time, no machine."""
    sets = design.plausible
    return {
        "version": __version__,
        "rules": source_hash(),
        "data": data_hash(),
        **mechanisms_in_words(design.rules),
        "name": design.name,
        "runs": design.replicates,
        "parameters": DEFAULTS if sets is None else PLAUSIBLE,
        "plausible_sha256": sets.sha256 if sets else "",
        **design.manifest(),
        **user_world(next(iter(design.scenarios.values())).seeds),
    }


def refuse_beyond_memory(design: Experiment) -> None:
    """Refuse runs of which this machine cannot even list the parameters, a row per run.

    Raises:
        InputError: They take more memory than it has. Not asked on Windows.
    """
    if design.plausible is None or not hasattr(os, "sysconf"):
        return
    has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    needs = design.replicates * len(design.plausible.keys) * np.dtype(float).itemsize
    if needs > has:
        sizes = f"take {needs / GIGA:,.0f} GB, and this machine has {has / GIGA:,.0f}"
        raise InputError(f"--runs {design.replicates}: the parameters of so many runs {sizes}")


def _prepare(design: Experiment) -> tuple[Ensemble, Content]:
    """Return a design as the engine reads it, and what is kept of its runs."""
    keep, known = design.keep, design.rules.register
    outcomes = choose(known, keep.outcomes) if keep.outcomes else known
    if wrong := [kind for kind in keep.groups if kind not in GROUPS]:
        raise InputError(f"no kind of group {wrong[0]!r}{nearest(wrong[0], GROUPS)}")
    base = _base(design)
    start, end = base.horizon.start, base.horizon.end
    years = () if isinstance(keep.dates, str) else keep.dates
    if absent := [year for year in years if not start <= year <= end]:
        raise InputError(f"year {absent[0]}: allowed: {start} to {end}")
    panel = None if keep.countries is True else tuple(keep.countries or ())
    ensemble = prepare(base, design.seed)
    ensemble = ensemble.narrowed(keep.groups, yearly=keep.dates != "quarterly", panel=panel)
    layout = ensemble.layout
    quarters = layout.quarters if isinstance(keep.dates, str) else map(end_of, sorted(keep.dates))
    fields = {state.name: state for state in country_states(design.rules)}
    kept = [fields[name] for name in layout.panel]
    kinds = {k: n for k, n in layout.names.items() if k != VENDOR or VENDOR in keep.groups}
    seeds = base.seeds or shipped_seeds()
    states = [
        (country.iso3, country.name, country.region, country.regime_2024, aid)
        for country, aid in zip(seeds.countries, seeds.aid_classes, strict=True)
    ]
    return ensemble, Content(layout, outcomes, kept, list(quarters), kinds, states)


def _base(design: Experiment) -> Scenario:
    return design.scenarios.get(design.base) or next(iter(design.scenarios.values()))


def chunks_of(design: Experiment) -> list[range]:
    """Return the runs of each chunk: the same whenever the design is run."""
    large = design.runs >= LARGE and not design.keep.countries
    step = LARGE_CHUNK_RUNS if large else CHUNK_RUNS
    return [range(at, min(at + step, design.runs)) for at in range(0, design.runs, step)]


def run_design(
    design: Experiment,
    folder: Path,
    *,
    workers: Workers,
    engine: EngineName = "compiled",
    fresh: bool = False,
    sources: Mapping[str, str] | None = None,
    edited: bool = False,
    progress: Progress | None = None,
    confirm: Confirm | None = None,
) -> Results:
    """Run what is missing of a design, finish its folder, and return the results.

    Args:
        design: Points and runs.
        folder: The results folder.
        workers: Threads or a cluster: the same numbers.
        engine: The compiled engine or the Mesa model: the same numbers.
        fresh: Whether to replace other results in the folder.
        sources: Digest of each scenario file's text, by that of its path and of `--set`.
        edited: Whether these texts alone changed: results are then replaced if nothing but the
            scenario differs.
        progress: Called with the number of runs that are done.
        confirm: Called before more than `MANY` runs are made.

    Raises:
        InputError: The folder contains other files, or a relative value leads out of its bounds.
        OtherResultsError: The folder contains other results.
        OSError: The folder cannot be written, or a worker died; finished chunks stay.
    """
    started = time.perf_counter()
    refuse_beyond_memory(design)
    asked, chunks = identity(design), chunks_of(design)
    _, content = _prepare(design)
    tell = progress or (lambda _: None)
    with store.locked(folder):
        differing = store.differences(folder, asked) if edited else []
        if differing and all(text.startswith(EDITED) for text in differing):
            log.warning("%s: replaced, because its scenario's file was edited", folder)
            fresh = True
        if store.begin(folder, asked, sources or {}, fresh=fresh):
            return Results.of(Folder(folder, asked), design.rules, made=0)
        owner = store.identity_bytes(asked)
        kinds = ("runs", "countries") if content.layout.panel else ("runs",)
        missing = [runs for runs in chunks if not store.has_chunk(folder, runs, kinds, owner)]
        made = sum(map(len, missing))
        done = design.runs - made
        tell(done)
        packed = pickle.dumps(design)
        make = partial(make_chunk, packed, (source_hash(), data_hash()), engine)
        used = replace(workers, count=min(workers.count, max(1, len(missing))))
        if confirm and made > MANY:
            make(missing[0])  # compiles
            before = time.perf_counter()
            make(missing[0])
            each = (time.perf_counter() - before) / len(missing[0])
            confirm(made, made * each / used.count)
        with closing(as_done(used, make, missing)) as all_made:
            for runs, parts in all_made:
                store.write_chunk(folder, runs, parts, owner)
                done += len(runs)
                tell(done)
        filled = Folder(folder, asked)
        _write_tables(design, content, chunks, filled)
        store.finish(folder)
        facts = {
            "seconds": round(time.perf_counter() - started, 3),
            "executor": "cluster" if workers.address else "threads",
            "workers": workers.count,
            "engine": engine,
            "platform": platform.platform(),
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in LIBRARIES},
        }
        store.write_json(folder / store.RUNTIME, facts)
        return Results.of(filled, design.rules, made=made)


def make_chunk(packed: bytes, hashes: tuple[str, str], engine: EngineName, places: range) -> Made:
    """Make a chunk of runs, in any thread, process or machine.

    Args:
        packed: The design.
        hashes: Of the rules and the input tables under which it was asked for.
        engine: The compiled engine or the Mesa model.
        places: Numbers of the runs in the design.

    Raises:
        InputError: This process has other rules or data than the one that asked.
        MechanismError: A run failed at a line of a user's own file.
    """
    if hashes != (source_hash(), data_hash()):
        raise InputError(
            "a worker has other rules or input tables than were asked for: install the same "
            "Entrench everywhere"
        )
    with _opening:
        design, prepared, content = _open(packed)
    points, runs = np.divmod(
        np.arange(places.start, places.stop, dtype=np.int32), design.replicates
    )
    sets = design.plausible
    # Runs of one point and one parameter set have the same parameters.
    numbers = [
        (point, sets.number_of(run) if sets else 0)
        for point, run in zip(points.tolist(), runs.tolist(), strict=True)
    ]
    different = list(dict.fromkeys(numbers))
    settings = [_settings(design, *number) for number in different]
    rows = [different.index(number) for number in numbers]
    parameters, period_of, classes = sets_of_points(design.scenarios, design.base, settings)
    ensemble = replace(
        prepared,
        parameters=parameters,
        period_of=period_of,
        conditions=tuple(
            design.scenarios[each.get(SCENARIO, design.base)].conditions for each in settings
        ),
        class_of=np.array([classes.get(code, 0) for code in prepared.world.codes]),
    )
    try:
        chunk = _run(ensemble, runs.tolist(), rows, engine)
    except IndexError as error:
        from sim.engine.model import locate_fault

        where = locate_fault(ensemble, runs.tolist(), rows)
        raise MechanismError(where or str(error)) from error
    failed = tables.failures(chunk, content)
    for at, message in failed.items():
        shown = ", ".join(f"{k} = {v}" for k, v in [*settings[rows[at]].items()][-SETTINGS_SHOWN:])
        text = f"run {runs[at]} failed ({shown}): {message}" if shown else message
        if ensemble.rules.plugins:
            from sim.engine.model import locate_fault

            if fault := locate_fault(ensemble, [int(runs[at])], [rows[at]]):
                raise MechanismError([fault, text])
    good = np.array([at for at in range(len(chunk.tallies)) if at not in failed], np.int64)
    notes = [[int(points[at]), int(runs[at]), text] for at, text in failed.items()]
    table = tables.runs_table(chunk, content, points, runs, good)
    made = {"runs": table.replace_schema_metadata({FAILED: json.dumps(notes)})}
    if content.layout.panel:
        made["countries"] = tables.countries_table(chunk, content, points, runs, good)
    return places, made


def _run(ensemble: Ensemble, runs: list[int], rows: list[int], engine: EngineName) -> Chunk:
    if engine == "compiled":
        return run_chunk(ensemble, runs, rows)
    from sim.engine.model import run_replicates

    return run_replicates(ensemble, runs, rows)


_opening = threading.Lock()
"""Compiling and preparing happen once per process, whichever of its threads comes first."""


@lru_cache(maxsize=4)
def _open(packed: bytes) -> tuple[Experiment, Ensemble, Content]:
    design: Experiment = pickle.loads(packed)
    ensemble, content = _prepare(design)
    run_chunk(ensemble, ())  # compiles, or loads what was compiled
    return design, ensemble, content


def _settings(design: Experiment, point: int, row: int) -> Mapping[str, Any]:
    """Return what a point sets over the plausible values that nothing else sets."""
    chosen = design.design.settings(point)
    if design.plausible is None:
        return chosen
    scenario = design.scenarios[chosen.get(SCENARIO, design.base)]
    below = beneath(scenario, design.plausible.values(row))
    return {key: value for key, value in below.items() if key not in chosen} | chosen


def _write_tables(
    design: Experiment, content: Content, chunks: Sequence[range], filled: Folder
) -> None:
    """Write all tables of a folder from its chunks."""
    folder = filled.path
    points = design.design.points
    scenarios = [design.design.settings(at).get(SCENARIO, design.base) for at in range(len(points))]
    columns: dict[str, Sequence[Any]] = {"point": range(len(points)), SCENARIO: scenarios}
    for at, factor in enumerate(design.design.factors):
        columns.setdefault(factor.name, [cell_text(cells[at]) for cells in points])
    frame = pd.DataFrame(columns)
    store.write_csv(folder / store.DESIGN, frame)
    if sets := design.plausible:
        numbers = [sets.number_of(run) for run in range(design.replicates)]
        frame = pd.DataFrame(sets.rows, columns=list(sets.keys)).iloc[numbers]
        frame.insert(0, "run", range(len(numbers)))
        frame.insert(1, "parameter_set", numbers)
        store.write_csv(folder / store.PARAMETERS, frame)
    paths = [store.chunk_path(folder, runs, "runs") for runs in chunks]
    notes = (store.open_chunk(path).schema.metadata[FAILED.encode()] for path in paths)
    if failed := [row for note in notes for row in json.loads(note)]:
        frame = pd.DataFrame(failed, columns=["point", "run", "message"])
        store.write_csv(folder / store.FAILURES, frame)
    # Of a design with several points and one run each there is nothing to summarise.
    summarised = len(points) == 1 or design.replicates > 1
    of_countries = [store.chunk_path(folder, runs, "countries") for runs in chunks]
    with ThreadPoolExecutor(1) as beside:
        joined = content.layout.panel and beside.submit(
            tables.join_chunks, of_countries, content.countries_schema, folder / store.COUNTRY_RUNS
        )
        tables.join_chunks(paths, content.runs_schema, folder / store.RUNS)
    if joined:
        joined.result()
    if summarised:
        tables.write_series(filled, content)
        if joined:
            tables.write_countries(filled, content)
    # What follows may need the memory that Arrow keeps for further tables.
    pa.default_memory_pool().release_unused()


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
        InputError: Dask is not installed.
        OSError: No scheduler answers.
    """
    if not workers.address:
        with ThreadPoolExecutor(workers.count) as threads:
            yield threads, workers.count
        return
    require_extra("distributed", "cluster")
    from distributed import Client

    # Dask tells of a lost scheduler in long tracebacks; the error says it in a line.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    connect: Any = partial(Client, timeout=CONNECT_SECONDS, set_as_default=False)
    connected: Future[Any] = Future()

    def answer() -> None:
        try:
            connected.set_result(connect(workers.address))
        except Exception as error:
            connected.set_exception(error)

    # Dask waits for ever for the greeting of what listens and says nothing.
    threading.Thread(target=answer, daemon=True).start()
    try:
        client = connected.result(CONNECT_SECONDS + GREETING_SECONDS)
    except (OSError, ValueError) as error:
        why = str(error) or "something listens there, and says nothing"
        raise OSError(f"--cluster {workers.address}: no Dask scheduler answers ({why})") from None
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
                done, running = futures.wait(running, return_when=futures.FIRST_COMPLETED)
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
        lost = isinstance(error, futures.CancelledError)
        what = "the Dask scheduler was lost" if lost else repr(error)
        text = f"--cluster {address}: {what}; finished runs are on disk, and the same command"
        raise OSError(f"{text} goes on from there") from error

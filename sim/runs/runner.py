"""From a design to a finished results folder, on threads or a Dask cluster."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from importlib.metadata import version
from io import BytesIO
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.engine import data_hash, prepare, run_chunk, source_hash, user_world
from sim.engine.chunk import Chunk
from sim.engine.ensemble import Ensemble, sets_of_points
from sim.engine.identity import cited_version, mechanisms_in_words
from sim.engine.no_effect import idle_lines
from sim.engine.records import country_states
from sim.errors import InputError
from sim.experiment import Experiment
from sim.model.parameters import cell_text
from sim.model.register import MechanismError, choose
from sim.model.units import VENDOR
from sim.runs import store, tables
from sim.runs.dataset import Results
from sim.runs.folder import Folder
from sim.runs.memory import InMemory
from sim.runs.progress import Progress
from sim.runs.tables import Content
from sim.runs.workers import Workers, as_done
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO
from sim.world.dates import end_of
from sim.world.own_tables import without_effect
from sim.world.seeds import shipped_seeds

type Confirm = Callable[[int, float, float], None]
"""Called with the number of runs to make, their estimated seconds and megabytes; it may raise."""
type EngineName = Literal["compiled", "mesa"]

MEGA = 1e6
# The fewer if their runs have tables of countries.
CHUNK_RUNS, MOST_CHUNK_RUNS = 10, 100
# Enough for a growing cluster, few enough that files and messages cost little compared with the
# runs.
CHUNKS = 200
# Runs above which time and size are estimated.
SEVERAL = 100
LIBRARIES = ("entrench", "numpy", "pyarrow", "numba", "mesa")
PLAUSIBLE = "plausible sets: each run has a parameter set that calibration did not rule out"
DEFAULTS = "documented values: all runs have the same parameters; bands contain chance alone"

type Made = tuple[range, dict[str, pa.Table]]
"""Numbers of a chunk's runs in the design, and its tables by name."""


def identity(design: Experiment) -> dict[str, Any]:
    # No time and no machine: the same runs have the same identity.
    sets = design.plausible
    return {
        "version": cited_version(),
        "rules": source_hash(),
        "data": data_hash(),
        **mechanisms_in_words(design.rules),
        "name": design.name,
        "runs": design.n_runs,
        "parameters": DEFAULTS if sets is None else PLAUSIBLE,
        "plausible_sha256": sets.sha256 if sets else "",
        **design.manifest(),
        **user_world(next(iter(design.scenarios.values())).seeds),
    }


def _ineffective(design: Experiment) -> dict[str, list[str]]:
    """Return settings that change nothing, as further content of a manifest; empty: none does."""
    base, covariates = _base(design), design.rules.covariates
    known = without_effect(base.seeds, covariates, base.quarters.stop) if base.seeds else ()
    lines = [*(f"{text}." for text in known), *idle_lines(design)]
    return {store.INEFFECTIVE: lines} if lines else {}


def _prepare(design: Experiment) -> tuple[Ensemble, Content]:
    keep, known = design.keep, design.rules.register
    outcomes = choose(known, keep.outcomes) if keep.outcomes else known
    base = _base(design)
    panel = None if keep.countries is True else tuple(keep.countries or ())
    seeds = base.seeds or shipped_seeds()
    own = {name: form.states(seeds) for name, form in design.own.items()}
    ensemble = prepare(base, design.seed, own=own)
    ensemble = ensemble.narrowed(keep.groups, yearly=keep.dates != "quarterly", panel=panel)
    layout = ensemble.layout
    quarters = layout.quarters if isinstance(keep.dates, str) else map(end_of, keep.dates)
    fields = {state.name: state for state in country_states(design.rules)}
    kept = [fields[name] for name in layout.panel]
    kinds = {k: n for k, n in layout.names.items() if k != VENDOR or VENDOR in keep.groups}
    states = [
        (country.iso3, country.name, country.region, country.regime_2024, aid)
        for country, aid in zip(seeds.countries, seeds.aid_classes, strict=True)
    ]
    return ensemble, Content(layout, outcomes, kept, list(quarters), kinds, states, own)


def _base(design: Experiment) -> Scenario:
    return design.scenarios.get(design.base) or next(iter(design.scenarios.values()))


def chunks_of(design: Experiment) -> list[range]:
    # The same whenever the design is run, so that an interrupted one goes on.
    most = CHUNK_RUNS if design.keep.countries else MOST_CHUNK_RUNS
    step = min(max(design.runs // CHUNKS, CHUNK_RUNS), most)
    return [range(at, min(at + step, design.runs)) for at in range(0, design.runs, step)]


def run_design(
    design: Experiment,
    folder: Path,
    *,
    workers: Workers,
    engine: EngineName = "compiled",
    fresh: bool = False,
    progress: Progress | None = None,
    confirm: Confirm | None = None,
) -> Results:
    """Run the missing part of a design, finish its folder, and return the results.

    `fresh` replaces other results in the folder. `confirm` is called before more than `SEVERAL`
    runs.
    """
    started = time.perf_counter()
    asked, chunks = identity(design), chunks_of(design)
    make = ChunkMaker(design, engine, *_prepare(design))
    content = make.content
    with store.locked(folder):
        if store.begin(folder, asked, fresh=fresh):
            return Results.of(Folder(folder, store.manifest_of(folder)), design.rules, made=0)
        owner = store.identity_bytes(asked)
        kinds = [*content.schemas]
        missing = [runs for runs in chunks if not store.has_chunk(folder, runs, kinds, owner)]
        made = sum(map(len, missing))
        for runs, parts in _made(make, missing, workers, progress, confirm):
            store.write_chunk(folder, runs, parts, owner)
        filled = Folder(folder, asked | (idle := _ineffective(design)))
        paths = {k: [store.chunk_path(folder, runs, k) for runs in chunks] for k in kinds}
        _write_tables(design, content, paths, filled)
        if is_summarised(design):
            tables.write_series(filled, content)
            if content.layout.panel:
                tables.write_countries(filled, content)
        # What follows may need the memory that Arrow keeps for further tables.
        pa.default_memory_pool().release_unused()
        facts = {
            "seconds": round(time.perf_counter() - started, 3),
            "executor": "threads" if workers.cluster is None else "cluster",
            "workers": workers.count,
            "engine": engine,
            "platform": platform.platform(),
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in LIBRARIES},
        }
        # Before the manifest, which says that the folder is finished: no kill can part the two.
        store.seal(folder / store.RUNTIME, facts, ())
        store.finish(folder, idle)
        return Results.of(filled, design.rules, made=made)


def run_in_memory(
    design: Experiment,
    *,
    workers: Workers,
    engine: EngineName = "compiled",
    progress: Progress | None = None,
    confirm: Confirm | None = None,
) -> Results:
    make = ChunkMaker(design, engine, *_prepare(design))
    content = make.content
    made = (
        (runs.start, {kind: store.packed(table) for kind, table in parts.items()})
        for runs, parts in _made(make, chunks_of(design), workers, progress, confirm)
    )
    # Chunks come in any order; tables are in the order of runs, so that files are the same each
    # time.
    in_order = [parts for _, parts in sorted(made, key=itemgetter(0))]
    manifest = identity(design) | _ineffective(design)
    filled = InMemory(path=Path(), manifest=manifest, content=content)
    chunks = {kind: [parts[kind] for parts in in_order] for kind in content.schemas}
    _write_tables(design, content, chunks, filled)
    return Results.of(filled, design.rules, made=design.runs)


def _made(
    make: ChunkMaker,
    missing: Sequence[range],
    workers: Workers,
    progress: Progress | None,
    confirm: Confirm | None,
) -> Iterator[Made]:
    count, total = sum(map(len, missing)), make.design.runs
    tell = progress or (lambda *_: None)
    ready: list[Made] = []
    if count and workers.cluster is None:
        if make.engine == "compiled":
            run_chunk(make.ensemble, ())  # compiles, or loads what was compiled
        if confirm and count > SEVERAL:
            ready, missing = _estimated(make, missing, workers, confirm), missing[1:]
    done = total - count
    tell(done, total)
    with closing(as_done(workers, make, missing)) as all_made:
        for runs, parts in chain(ready, all_made):
            yield runs, parts
            done += len(runs)
            tell(done, total)


def _estimated(
    make: ChunkMaker, missing: Sequence[range], workers: Workers, confirm: Confirm
) -> list[Made]:
    """Make and write the first chunk, from which length and size of all are estimated."""
    before = time.perf_counter()
    first = make(missing[0])
    making, size = time.perf_counter() - before, 0
    for kind, table in first[1].items():
        file = BytesIO()
        tables.join_chunks([store.packed(table)], make.content.schemas[kind], nullcontext(file))
        size += file.tell()
    writing = time.perf_counter() - before - making  # by one thread
    count = sum(map(len, missing))
    times = count / len(missing[0])
    confirm(count, (making / workers.count + writing) * times, size / MEGA * times)
    return [first]


@dataclass(frozen=True)
class ChunkMaker:
    """Makes chunks of a design's runs, in any thread, process or machine."""

    design: Experiment
    engine: EngineName
    ensemble: Ensemble
    content: Content

    def __reduce__(self) -> tuple[Any, ...]:
        # Only design and engine travel: the rest is made again on arrival.
        return _opened, (self.design, self.engine)

    def __call__(self, places: range) -> Made:
        design, prepared, content = self.design, self.ensemble, self.content
        # A run has the same draws and the same parameter set at every point.
        points, runs = np.divmod(
            np.arange(places.start, places.stop, dtype=np.int32), design.n_runs
        )
        plausible = design.plausible
        # Runs of one point and one parameter set have the same parameters.
        numbers = [
            (point, plausible.number_of(run) if plausible else 0)
            for point, run in zip(points.tolist(), runs.tolist(), strict=True)
        ]
        different = list(dict.fromkeys(numbers))
        settings = [_settings(design, *number) for number in different]
        rows = [different.index(number) for number in numbers]
        sets = sets_of_points(design.scenarios, design.base, settings, prepared.world.codes)
        ensemble = replace(prepared, **sets)
        try:
            chunk = _run(ensemble, runs.tolist(), rows, self.engine)
        except IndexError as error:
            raise MechanismError(_located(ensemble, runs.tolist(), rows) or str(error)) from error
        if fault := tables.not_finite(chunk, content.layout):
            at, text = fault
            said = _stopped(text, design, *numbers[at], int(runs[at]))
            if line := _located(ensemble, [int(runs[at])], [rows[at]]):
                raise MechanismError([line, said])
            raise InputError(said)
        made = {"runs": tables.runs_table(chunk, content, points, runs)}
        if content.layout.panel:
            made["countries"] = tables.countries_table(chunk, content, points, runs)
        return places, made


def _opened(design: Experiment, engine: EngineName) -> ChunkMaker:
    ensemble, content = _prepare(design)
    run_chunk(ensemble, ())  # compiles, or loads what was compiled
    return ChunkMaker(design, engine, ensemble, content)


def _located(ensemble: Ensemble, runs: list[int], rows: list[int]) -> str:
    if not ensemble.rules.plugins:
        return ""
    from sim.engine.mesa_model import locate_fault

    return locate_fault(ensemble, runs, rows)


def _stopped(text: str, design: Experiment, point: int, row: int, run: int) -> str:
    settings = {"seed": design.seed, **design.design.settings(point)}
    scenario = settings.pop(SCENARIO, design.base)
    settings |= {"parameter set": row} if design.plausible else {}
    told = ", ".join(f"{key} {cell_text(value)}" for key, value in settings.items())
    return (
        f"{scenario}: {text} in run {run} ({told}); finished runs are kept, and the same command"
        f" with --runs {run + 1} and another --out repeats this one"
    )


def _run(ensemble: Ensemble, runs: list[int], rows: list[int], engine: EngineName) -> Chunk:
    if engine == "compiled":
        return run_chunk(ensemble, runs, rows)
    from sim.engine.mesa_model import simulate_runs

    return simulate_runs(ensemble, runs, rows)


def _settings(design: Experiment, point: int, row: int) -> Mapping[str, Any]:
    # Plausible values count where nothing else sets them.
    chosen = design.design.settings(point)
    if design.plausible is None:
        return chosen
    scenario = design.scenarios[chosen.get(SCENARIO, design.base)]
    below = scenario.beneath(design.plausible.values(row))
    return {key: value for key, value in below.items() if key not in chosen} | chosen


def is_summarised(design: Experiment) -> bool:
    # Several points with a run each are a sample: a mean over one run says nothing.
    return len(design.design.points) == 1 or design.n_runs > 1


def _write_tables(
    design: Experiment,
    content: Content,
    chunks: Mapping[str, Sequence[Path | pa.Buffer]],
    filled: Folder,
) -> None:
    points = design.design.points
    scenarios = [design.design.settings(at).get(SCENARIO, design.base) for at in range(len(points))]
    columns: dict[str, Sequence[Any]] = {"point": range(len(points)), SCENARIO: scenarios}
    for at, factor in enumerate(design.design.factors):
        columns.setdefault(factor.name, [cell_text(cells[at]) for cells in points])
    store.write_csv(filled.writing(store.DESIGN), pd.DataFrame(columns))
    if sets := design.plausible:
        numbers = [sets.number_of(run) for run in range(design.n_runs)]
        frame = pd.DataFrame(sets.rows, columns=list(sets.keys)).iloc[numbers]
        frame.insert(0, "run", range(len(numbers)))
        frame.insert(1, "parameter_set", numbers)
        store.write_csv(filled.writing(store.PARAMETERS), frame)
    schemas, names = content.schemas, {"runs": store.RUNS, "countries": store.COUNTRY_RUNS}

    def write(kind: str) -> None:
        tables.join_chunks(chunks[kind], schemas[kind], filled.writing(names[kind]))

    with ThreadPoolExecutor(len(chunks)) as side_by_side:
        list(side_by_side.map(write, chunks))

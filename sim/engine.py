"""The engine: compiles the one loop and runs ensembles of it.

The rules are the same functions that the Mesa model calls; here they are bound to compiled copies
of each other. What is compiled is kept in the user's cache, in a folder named by a hash of every
source that goes into it, so an edited rule is compiled anew and nothing needs clearing.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import platform
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import binding, records
from sim.draws import MOST_SEED
from sim.layout import (
    Cells,
    actor_columns,
    kept_columns,
    make_cells,
    make_layout,
    vendor_columns,
)
from sim.parameter_sets import SetsOf
from sim.results.chunk import Chunk, Layout
from sim.world.locate import find_data_folder
from sim.world.seeds import Seeds, shipped_seeds
from sim.world.start import World, starting_world

if TYPE_CHECKING:
    from sim.scenario import Scenario

ENTRY = "sim.histories.run_histories"
CHUNK_RUNS = 10
"""Histories a chunk: small enough to share among threads, large enough to be worth handing out.
Fixed, so that no result depends on the number of threads."""

HASH_LENGTH = 20

STARTING_TABLES = ("countries.csv", "history.csv", "borders.csv")
"""Tables in the seeds' folder that a history depends on."""

NO_COLUMNS = np.zeros((0, 2), np.int64)
"""Where nothing of countries is kept."""


def source_hash() -> str:
    """A hash of all that the rules are made of: the version by which results can be compared."""
    digest = hashlib.sha256()
    for module in (*binding.LOOP, records, sys.modules["sim.parameters"]):
        digest.update(module.__name__.encode())
        digest.update(Path(inspect.getfile(module)).read_bytes())
    return digest.hexdigest()[:HASH_LENGTH]


def data_hash() -> str:
    """A hash of the tables that the starting world is made of; rules and these make a history."""
    digest = hashlib.sha256()
    for name in STARTING_TABLES:
        digest.update(name.encode())
        digest.update((find_data_folder("seeds") / name).read_bytes())
    return digest.hexdigest()[:HASH_LENGTH]


def cache_folder() -> Path:
    """Where compiled rules are kept: a folder of the user's cache, named by what went into them."""
    import llvmlite
    import numba

    base = os.environ.get("ENTRENCH_CACHE")
    if base:
        root = Path(base)
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "entrench"
    elif os.name == "nt":
        root = Path(os.environ.get("LOCALAPPDATA", Path.home())) / "entrench"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "entrench"
    versions = f"{numba.__version__}-{llvmlite.__version__}-{platform.python_version()}"
    return root / f"{source_hash()}-{versions}"


def compiled_before() -> bool:
    """Whether these very rules have been compiled before, here."""
    folder = cache_folder()
    return folder.is_dir() and any(folder.rglob("*.nbi"))


@cache
def compiled_entry() -> Callable[..., None]:
    """The compiled loop over histories; compiles on first use, or loads what was compiled."""
    import numba
    from numba.core import config
    from numba.extending import register_jitable

    # Numba chooses the folder when a function is decorated.
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(cache_folder())
    try:
        bound = binding.bind(wrap=register_jitable(error_model="numpy", nogil=True))
        compile_entry = numba.njit(cache=True, error_model="numpy", nogil=True)
        entry: Callable[..., None] = compile_entry(bound[ENTRY])
        return entry
    finally:
        settings.CACHE_DIR = before


@dataclass(frozen=True)
class Ensemble:
    """Everything an ensemble needs: the starting world, parameters by period, what is kept.

    Attributes:
        world: Records at the start.
        parameters: Parameter records, a row a set and a column a period.
        period_of: Each quarter's period, a row a set.
        seed: Seed of the draws.
        first_quarter: Quarters from the beginning of 2000 to the first.
        quarters: Number of quarters.
        layout: What is kept.
        cells: The cells that sums are made of.
    """

    world: World
    parameters: NDArray[Any]
    period_of: NDArray[np.int64]
    seed: int
    first_quarter: int
    quarters: int
    layout: Layout
    cells: Cells


def prepare(scenarios: Sequence[Scenario], seed: int, *, seeds: Seeds | None = None) -> Ensemble:
    """Bring scenarios of one horizon (parameter sets) into the form that the loop reads.

    Args:
        scenarios: One a parameter set; all with the same horizon.
        seed: Seed of the draws, 0 to 4,294,967,295.
        seeds: Seed tables; the project's own if None.

    Raises:
        ValueError: The seed is out of range, or horizons differ.
    """
    if not 0 <= seed <= MOST_SEED:
        raise ValueError(f"seed {seed} is out of range; allowed: 0 to {MOST_SEED}")
    seeds = seeds or shipped_seeds()
    quarters = scenarios[0].quarters
    periods = [scenario.periods() for scenario in scenarios]
    first = periods[0][0].first_quarter
    if any(s.quarters != quarters for s in scenarios):
        raise ValueError("parameter sets of one ensemble must share their horizon")
    most = max(len(p) for p in periods)
    parameters = np.zeros((len(scenarios), most), records.parameter_type())
    period_of = np.zeros((len(scenarios), quarters), np.int64)
    for row, listed in enumerate(periods):
        parameters[row, : len(listed)] = records.parameter_records(p.sections for p in listed)
        for k, period in enumerate(listed):
            period_of[row, period.first_quarter - first :] = k
    return Ensemble(
        world=starting_world(seeds),
        parameters=parameters,
        period_of=period_of,
        seed=seed,
        first_quarter=first,
        quarters=quarters,
        layout=make_layout(seeds, range(first, first + quarters)),
        cells=make_cells(seeds),
    )


def narrowed(
    ensemble: Ensemble,
    kinds: Collection[str] | None = None,
    *,
    yearly: bool = False,
    countries: bool = True,
) -> Ensemble:
    """Return an ensemble that keeps less of the same runs; see `Layout.narrowed`."""
    layout = ensemble.layout.narrowed(kinds, yearly=yearly, countries=countries)
    spare = len(layout.groups)
    places = [
        layout.groups.index(group) if group in layout.groups else spare
        for group in ensemble.layout.groups
    ]
    groups = np.array([*places, spare])[ensemble.cells.groups]
    return replace(ensemble, layout=layout, cells=replace(ensemble.cells, groups=groups))


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
    slot_of = np.full(ensemble.quarters, -1, np.int64)
    slot_of[[q - ensemble.first_quarter for q in kept.quarters]] = range(len(kept.quarters))
    width = len(kept.fields)
    groups = len(kept.groups)
    sums = np.zeros((runs, len(kept.quarters), groups + 1, width))
    vendor_sums = np.zeros((runs, len(kept.quarters), len(kept.vendors), len(kept.vendor_fields)))
    actor_sums = np.zeros((runs, len(kept.quarters), len(kept.actor_fields)))
    ends = np.zeros((runs, rows, len(kept.kept)))
    compiled_entry()(
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
            _numbers(world.countries),
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
            actor_columns(kept, rows),
            vendor_columns(rows),
            kept_columns(kept, rows) if kept.kept else NO_COLUMNS,
        ),
        (sums, vendor_sums, actor_sums, ends),
    )
    first = replicates[0] if runs else 0
    return Chunk(first, runs, sums[:, :, :groups], vendor_sums, actor_sums, ends)


def with_sets(
    ensemble: Ensemble, sets_of: SetsOf, replicates: Sequence[int]
) -> tuple[Ensemble, list[int]]:
    """Return the ensemble with the parameter sets of some replicates, and the set of each."""
    parameters, period_of, set_of = sets_of(replicates)
    return replace(ensemble, parameters=parameters, period_of=period_of), set_of


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

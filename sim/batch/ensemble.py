"""An ensemble of one scenario: from its file to a finished results folder, resumable."""

from __future__ import annotations

import hashlib
import json
import time
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sim import __version__
from sim.batch.executors import Crew
from sim.batch.fill import Report, fill, own_mechanisms_in
from sim.batch.tasks import Keeping, Work, loaded_data, loaded_rules
from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.engine import CHUNK_RUNS, Ensemble, own_world, prepare, run_chunks, with_sets
from sim.engine.chunk import Chunk, Layout
from sim.engine.identity import mechanisms_in_words
from sim.engine.parameter_sets import SetsOf, beneath, plausible_sets
from sim.errors import InputError
from sim.register import choose
from sim.results.folder import refuse_foreign
from sim.results.lock import writing
from sim.results.parameter_sets import SET_WEIGHTS
from sim.results.store import Store
from sim.scenario import Scenario
from sim.scenario.plausible import PlausibleSets

EngineName = Literal["compiled", "mesa"]

POINT = "point: one set for all replicates; bands hold chance alone"


@dataclass(frozen=True)
class Request:
    """What is asked: the same request gives the same data bytes.

    Attributes:
        scenario: The resolved scenario.
        runs: Number of replicates.
        seed: Seed of the draws.
        plausible: Parameter sets among which replicates choose; None: all have the schema's
            defaults.
    """

    scenario: Scenario
    runs: int
    seed: int
    plausible: PlausibleSets | None = None

    def __post_init__(self) -> None:
        """Refuse numbers out of range."""
        messages = []
        if not 1 <= self.runs <= MOST_REPLICATES:
            messages.append(f"--runs {self.runs}: allowed: 1 to {MOST_REPLICATES}")
        if not 0 <= self.seed <= MOST_SEED:
            messages.append(f"--seed {self.seed}: allowed: 0 to {MOST_SEED}")
        if messages:
            raise InputError(messages)

    def manifest(self) -> dict[str, Any]:
        """What identifies the results: the question and the rules, nothing of time or machine."""
        return {
            "version": __version__,
            "rules": loaded_rules(),
            "data": loaded_data(),
            **mechanisms_in_words(self.scenario.rules),
            "scenario": self.scenario.to_dict(),
            "seed": self.seed,
            "runs": self.runs,
            "parameters": parameters_in_words(self.plausible),
            **_sets_in_words(self.plausible),
            **own_world(self.scenario.seeds),
        }

    @property
    def sets_of(self) -> SetsOf | None:
        """What gives replicates their parameter sets; None: all have the same."""
        return plausible_sets(self.scenario, self.plausible) if self.plausible else None


def _sets_in_words(plausible: PlausibleSets | None) -> dict[str, Any]:
    """Return which sets the replicates choose among, and by which weights each has its own."""
    if plausible is None:
        return {}
    return {"plausible_sha256": identity_of(plausible), SET_WEIGHTS: list(plausible.weights)}


def parameters_in_words(plausible: PlausibleSets | None) -> str:
    """Return what parameters the replicates have, and so what bands hold."""
    if plausible is None:
        return POINT
    sets = len(plausible.rows)
    return f"plausible: {sets} sets that calibration did not rule out; bands hold them and chance"


def identity_of(plausible: PlausibleSets) -> str:
    """Return a hash of parameter sets."""
    digest = hashlib.sha256(json.dumps(plausible.keys).encode())
    for numbers in (plausible.weights, *plausible.rows):
        # As bytes of numbers: a run would notice the time that so many take as text.
        digest.update(array("d", numbers).tobytes())
    return digest.hexdigest()


class ReplicatePlan:
    """Run g is replicate g, with the parameter set that this replicate has in every scenario."""

    def __init__(self, request: Request) -> None:
        self.runs = request.runs
        self._scenario = request.scenario
        self._plausible = request.plausible

    def place(self, run: int) -> tuple[int, int]:
        """Return the replicate and the number of its set."""
        return run, self._plausible.number_of(run) if self._plausible else 0

    def settings(self, number: int) -> Mapping[str, Any]:
        """Return a set's values, as far as the scenario leaves them open."""
        return beneath(self._scenario, self._plausible.values(number)) if self._plausible else {}


def run_ensemble(
    scenario: Scenario,
    *,
    runs: int,
    seed: int,
    threads: int = 1,
    plausible: PlausibleSets | None = None,
) -> tuple[Layout, list[Chunk]]:
    """Run an ensemble in memory with the engine; chunks in order of replicates."""
    request = Request(scenario, runs, seed, plausible)
    ensemble = prepare([request.scenario], seed)
    ranges = [range(at, min(at + CHUNK_RUNS, runs)) for at in range(0, runs, CHUNK_RUNS)]
    chunks = run_chunks(ensemble, ranges, threads, request.sets_of)
    return ensemble.layout, sorted(chunks, key=lambda chunk: chunk.first)


def run_to_folder(
    request: Request,
    folder: Path,
    *,
    engine: EngineName = "compiled",
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
    outcomes: Collection[str] = (),
) -> Report:
    """Run what is still missing of a request, and finish its folder.

    Args:
        request: What is asked.
        folder: Where results go; a folder with part of the same results is completed.
        engine: The compiled engine or the Mesa model: the same numbers.
        threads: Threads of the engine.
        progress: Told how many runs are done, after each chunk.
        outcomes: What to keep, in a folder that nobody will open again; all if none are named.

    Returns:
        How many runs were missing, how long they took, and how many of all failed.

    Raises:
        InputError: The folder holds something else.
        OSError: The folder cannot be written, or another process writes it; finished parts are
            kept.
    """
    refuse_foreign(folder)
    with own_mechanisms_in(folder), writing(folder):
        return _run_to_folder(request, folder, engine, threads, progress, outcomes)


def _run_to_folder(
    request: Request,
    folder: Path,
    engine: EngineName,
    threads: int,
    progress: Callable[[int], None] | None,
    outcomes: Collection[str],
) -> Report:
    """Do so in a folder that nobody else writes."""
    started = time.perf_counter()
    ensemble = prepare([request.scenario], request.seed)
    known = request.scenario.rules.register
    store = Store.open(
        folder,
        request.manifest(),
        ensemble.layout,
        choose(known, outcomes) if outcomes else known,
        runs=request.runs,
        chunk_runs=CHUNK_RUNS,
    )
    missing = store.missing_chunks()
    before = request.runs - sum(map(len, missing))

    def tell(done: int) -> None:
        if progress:
            progress(before + done)

    tell(0)
    if engine == "mesa":
        _fill_with_mesa(store, ensemble, request, missing, tell)
    else:
        name = request.scenario.name
        work = Work(
            scenarios={name: request.scenario},
            base=name,
            seed=request.seed,
            keeping=Keeping(),
            parts=store.parts,
        )
        fill(store, work, ReplicatePlan(request), missing, Crew("threads", threads), tell=tell)
    failed = len(store.finish())
    seconds = time.perf_counter() - started
    if missing:
        store.write_runtime({"seconds": round(seconds, 3), "threads": threads, "engine": engine})
    return Report(sum(map(len, missing)), seconds, failed)


def _fill_with_mesa(
    store: Store,
    ensemble: Ensemble,
    request: Request,
    chunks: Sequence[range],
    tell: Callable[[int], None],
) -> None:
    """Run chunks in the Mesa model, one replicate after another."""
    from sim.engine.model import run_replicates

    sets_of = request.sets_of
    done = 0
    for part in chunks:
        own, set_of = with_sets(ensemble, sets_of, part) if sets_of else (ensemble, None)
        store.write_chunk(run_replicates(own, part, set_of))
        done += len(part)
        tell(done)

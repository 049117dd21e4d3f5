"""An ensemble of one scenario: from its file to a finished results folder, resumable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sim import __version__
from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.engine import CHUNK_RUNS, Ensemble, prepare, run_chunks, source_hash
from sim.errors import InputError
from sim.results.chunk import Chunk, Layout
from sim.results.outcomes import register
from sim.results.store import Store
from sim.scenario import Scenario

EngineName = Literal["compiled", "mesa"]


@dataclass(frozen=True)
class Request:
    """What is asked: the same request gives the same data bytes.

    Attributes:
        scenario: The resolved scenario.
        runs: Number of replicates.
        seed: Seed of the draws.
    """

    scenario: Scenario
    runs: int
    seed: int

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
            "rules": source_hash(),
            "scenario": self.scenario.to_dict(),
            "seed": self.seed,
            "runs": self.runs,
            "parameters": "point: one set for all replicates; bands hold chance alone",
        }


def mesa_chunks(ensemble: Ensemble, ranges: Sequence[range]) -> Iterator[Chunk]:
    """Run ranges of replicates in the Mesa model, one after another."""
    from sim.model import run_replicates

    for part in ranges:
        yield run_replicates(ensemble, part)


def run_ensemble(
    scenario: Scenario, *, runs: int, seed: int, threads: int = 1
) -> tuple[Layout, list[Chunk]]:
    """Run an ensemble in memory with the engine; chunks in order of replicates."""
    request = Request(scenario, runs, seed)
    ensemble = prepare([request.scenario], seed)
    ranges = [range(at, min(at + CHUNK_RUNS, runs)) for at in range(0, runs, CHUNK_RUNS)]
    chunks = sorted(run_chunks(ensemble, ranges, threads), key=lambda chunk: chunk.first)
    return ensemble.layout, chunks


def run_to_folder(
    request: Request,
    folder: Path,
    *,
    engine: EngineName = "compiled",
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Run what is still missing of a request, and finish its folder.

    Args:
        request: What is asked.
        folder: Where results go; a folder with part of the same results is completed.
        engine: The compiled engine or the Mesa model: the same numbers.
        threads: Threads of the engine.
        progress: Told how many runs are done, after each chunk.

    Returns:
        How many runs were missing.

    Raises:
        InputError: The folder holds something else.
        OSError: The folder cannot be written; finished parts are kept.
    """
    started = time.perf_counter()
    ensemble = prepare([request.scenario], request.seed)
    store = Store.open(
        folder,
        request.manifest(),
        ensemble.layout,
        register(),
        runs=request.runs,
        chunk_runs=CHUNK_RUNS,
    )
    missing = store.missing_chunks()
    done = request.runs - sum(len(part) for part in missing)
    if progress:
        progress(done)
    chunks = (
        mesa_chunks(ensemble, missing)
        if engine == "mesa"
        else run_chunks(ensemble, missing, threads)
    )
    for chunk in chunks:
        store.write_chunk(chunk)
        done += chunk.runs
        if progress:
            progress(done)
    store.finish()
    if missing:
        seconds = time.perf_counter() - started
        store.write_runtime({"seconds": round(seconds, 3), "threads": threads, "engine": engine})
    return sum(len(part) for part in missing)

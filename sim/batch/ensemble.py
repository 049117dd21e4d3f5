"""An ensemble of one scenario: from its file to a finished results folder, resumable."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any, Literal

from sim.batch.executors import Workers
from sim.batch.fill import (
    Tell,
    complete,
    fill,
    identity,
    parameters_in_words,
    taken,
)
from sim.batch.tasks import Plan, Work
from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.engine import CHUNK_RUNS, Keeping, prepare, with_sets
from sim.engine.parameter_sets import SetsOf, plausible_sets
from sim.errors import InputError
from sim.register import choose
from sim.results.folder import Report
from sim.results.writing.store import Store
from sim.scenario import Scenario
from sim.scenario.parameter_sets import PlausibleSets

type EngineName = Literal["compiled", "mesa"]

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
        for name, low, high in (("runs", 1, MOST_REPLICATES), ("seed", 0, MOST_SEED)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral):
                raise InputError(f"--{name} {value!r}: must be a whole number")
            number = int(value)  # NumPy's would not go into the manifest
            object.__setattr__(self, name, number)
            if not low <= number <= high:
                messages.append(f"--{name} {value}: allowed: {low} to {high}")
        if messages:
            raise InputError(messages)

    def manifest(self) -> dict[str, Any]:
        """What identifies the results: the question and the rules, nothing of time or machine."""
        question = {
            "scenario": self.scenario.to_dict(),
            "seed": self.seed,
            "runs": self.runs,
            **parameters_in_words(self.plausible, POINT),
        }
        return identity(self.scenario.rules, self.scenario.seeds, question)

    @property
    def sets_of(self) -> SetsOf | None:
        """What gives replicates their parameter sets; None: all have the same."""
        return plausible_sets(self.scenario, self.plausible) if self.plausible else None


def run_to_folder(
    request: Request,
    folder: Path,
    *,
    engine: EngineName = "compiled",
    threads: int = 1,
    progress: Tell | None = None,
    outcomes: Collection[str] = (),
) -> Report:
    """Run what is still missing of a request, and finish its folder.

    Args:
        request: Scenario, number of runs, seed and parameter sets.
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
    started = time.perf_counter()
    known, name = request.scenario.rules.register, request.scenario.name
    with taken(folder):
        ensemble = prepare(request.scenario, request.seed)
        store = Store.open(
            folder,
            request.manifest(),
            ensemble.layout,
            choose(known, outcomes) if outcomes else known,
            runs=request.runs,
            chunk_runs=CHUNK_RUNS,
        )
        missing = store.missing_chunks()

        def make(tell: Tell) -> None:
            if engine == "compiled":
                scenarios = {name: request.scenario}
                work = Work(scenarios, name, request.seed, Keeping(), store.parts)
                plan = Plan(work, request.runs, request.plausible)
                return fill(store, plan, missing, Workers("threads", threads), tell)
            from sim.engine.model import run_replicates

            # One replicate after another.
            sets_of, done = request.sets_of, 0
            for part in missing:
                own, set_of = with_sets(ensemble, sets_of, part) if sets_of else (ensemble, None)
                store.write_chunk(run_replicates(own, part, set_of))
                done += len(part)
                tell(done)
            return None

        runtime = {"threads": threads, "engine": engine}
        return complete(store, missing, request.runs, make, runtime, since=started, tell=progress)

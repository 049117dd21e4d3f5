"""Running chunks and writing their parts as they come: what every batch shares."""

from __future__ import annotations

import hashlib
import json
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim import __version__
from sim.batch.executors import Workers, executor_of
from sim.batch.tasks import Plan, make_part, make_tasks
from sim.engine import data_hash, own_world, source_hash
from sim.engine.identity import mechanisms_in_words
from sim.engine.run import SPARE_TASKS, as_done
from sim.results.folder import PARTS, Report, clear, is_complete, refuse_foreign
from sim.results.lock import writing
from sim.results.parameter_sets import SET_WEIGHTS
from sim.results.writing.store import Store
from sim.rules import MechanismError, Rules
from sim.scenario.parameter_sets import PlausibleSets
from sim.world.seeds import Seeds

type Tell = Callable[[int], None]
"""Told how many runs are done."""


@contextmanager
def taken(folder: Path) -> Iterator[None]:
    """Have a results folder to oneself; nobody else writes it meanwhile.

    Of a question of which a user's own file let no run be made nothing is left: once the file is
    mended it is another question, and the same command is to run.

    Raises:
        InputError: Something else than results is in the folder.
        OSError: Another process writes it.
    """
    refuse_foreign(folder)
    try:
        with writing(folder):
            yield
    except MechanismError:
        if not is_complete(folder) and not any((folder / PARTS).glob("*.part")):
            clear(folder)
        raise


def identity(rules: Rules, seeds: Seeds | None, question: Mapping[str, Any]) -> dict[str, Any]:
    """Return what identifies results: the rules and the question, nothing of time or machine."""
    return {
        "version": __version__,
        "rules": source_hash(),
        "data": data_hash(),
        **mechanisms_in_words(rules),
        **question,
        **own_world(seeds),
    }


def parameters_in_words(plausible: PlausibleSets | None, without: str) -> dict[str, Any]:
    """Return what parameters the replicates have, and so what bands hold.

    Args:
        plausible: The sets of which each has one.
        without: What to say where they have none.
    """
    if plausible is None:
        return {"parameters": without}
    sets = f"{len(plausible.rows)} sets that calibration did not rule out"
    return {
        "parameters": f"plausible: {sets}; bands hold them and chance",
        "plausible_sha256": identity_of(plausible),
        SET_WEIGHTS: list(plausible.weights),
    }


def identity_of(plausible: PlausibleSets) -> str:
    """Return a hash of parameter sets."""
    digest = hashlib.sha256(json.dumps(plausible.keys).encode())
    for numbers in (plausible.weights, *plausible.rows):
        # As bytes of numbers: a run would notice the time that so many take as text.
        digest.update(array("d", numbers).tobytes())
    return digest.hexdigest()


def complete(
    store: Store,
    chunks: Sequence[range],
    total: int,
    make: Callable[[Tell], None],
    runtime: Mapping[str, Any],
    *,
    since: float,
    tell: Tell | None = None,
) -> Report:
    """Make what is missing of a folder, finish it, and write how long that took.

    Args:
        store: The folder to complete.
        chunks: The runs whose parts are missing.
        total: Runs in all.
        make: Makes them, and tells how many are done.
        runtime: What else to write of how they were made.
        since: When the work began, on the clock of `time.perf_counter`.
        tell: Told how many of all runs are done.
    """
    missing = sum(map(len, chunks))

    def tell_all(done: int) -> None:
        if tell:
            tell(total - missing + done)

    tell_all(0)
    make(tell_all)
    failed = len(store.finish())
    seconds = time.perf_counter() - since
    if missing:
        store.write_runtime({"seconds": round(seconds, 3), **runtime})
    return Report(missing, seconds, failed)


def fill(store: Store, plan: Plan, chunks: Sequence[range], workers: Workers, tell: Tell) -> None:
    """Run chunks and write their parts as they come.

    Args:
        store: Where the parts go.
        plan: Which replicate and settings each run has.
        chunks: The runs to make, a part each.
        workers: Threads or a cluster.
        tell: Told how many of these runs are done.

    Raises:
        RunFailedError: A run failed, and all is to stop at that.
        OSError: A part cannot be written, or a worker died.
    """
    if not chunks:
        return
    if workers.where == "threads":  # one that would find nothing to do need not start
        workers = replace(workers, count=min(workers.count, len(chunks)))
    done = 0
    tasks = make_tasks(plan, chunks)
    with (
        executor_of(workers) as (executor, count),
        closing(as_done(executor, make_part, tasks, count + SPARE_TASKS)) as parts,
    ):
        for part in parts:
            store.write_part(part.runs, part.content)
            done += len(part.runs)
            tell(done)

"""A sweep: from an experiment to a finished results folder, resumable, whole or in shards."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.batch.executors import Workers
from sim.batch.fill import (
    Tell,
    complete,
    fill,
    identity,
    parameters_in_words,
    taken,
)
from sim.batch.merge import write_form
from sim.batch.tasks import Plan, Work
from sim.engine import CHUNK_RUNS, Keeping, chunks_of, prepare
from sim.engine.chunk import end_of
from sim.errors import InputError
from sim.experiment import Experiment
from sim.register import choose
from sim.results.folder import (
    MANIFEST,
    Report,
    is_complete,
    refuse_foreign,
    shard_folder,
    shard_folders,
)
from sim.results.points import Points
from sim.results.writing.parts import OnError
from sim.results.writing.store import Store, compare_manifests

THOSE_OF_POINTS = "those of each point; bands at a point hold chance alone"


class OtherResultsError(InputError):
    """A folder holds something else than what was asked for."""


@contextmanager
def _as_other_results() -> Iterator[None]:
    """Tell apart what is wrong with a folder from what is wrong with a question."""
    try:
        yield
    except InputError as error:
        raise OtherResultsError(error.messages, error.headline) from None


@dataclass(frozen=True)
class Shard:
    """One of several equal shares of a sweep's chunks, for an array of jobs.

    Attributes:
        number: Which of the shares, from 1.
        of: How many shares there are.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard that `i/n` names.

        Raises:
            InputError: The text has another form, or i is not between 1 and n.
        """
        number, slash, of = text.partition("/")
        if slash and number.strip().isdecimal() and of.strip().isdecimal():
            shard = cls(int(number), int(of))
            if 1 <= shard.number <= shard.of:
                return shard
        raise InputError(f"--shard {text}: write i/n with i from 1 to n, such as 3/10")

    @property
    def folder(self) -> str:
        """Name of its folder inside the sweep's."""
        return shard_folder(Path(), self.number, self.of).name

    def share(self, chunks: Sequence[range], all_chunks: Sequence[range]) -> list[range]:
        """Return those of some chunks that are its own: each n-th of all."""
        own = set(all_chunks[self.number - 1 :: self.of])
        return [chunk for chunk in chunks if chunk in own]


def manifest_of(experiment: Experiment) -> dict[str, Any]:
    """Return what identifies a sweep's results: question and rules, nothing of time or machine."""
    question = {
        "experiment": {"name": experiment.name, **experiment.manifest()},
        "runs": experiment.runs,
        "seed": experiment.seed,
        **parameters_in_words(experiment.plausible, THOSE_OF_POINTS),
    }
    seeds = experiment.scenarios[base_of(experiment)].seeds
    return identity(experiment.rules, seeds, question)


def base_of(experiment: Experiment) -> str:
    """Return the name of the base; of the first scenario, where every point chooses its own."""
    names = list(experiment.scenarios)
    return experiment.base if experiment.base in names else names[0]


def keeping_of(experiment: Experiment) -> Keeping:
    """Return what the engine keeps of an experiment's runs."""
    keep = experiment.keep
    return Keeping(tuple(keep.groups), keep.dates != "quarterly", keep.countries)


def open_store(experiment: Experiment, folder: Path) -> Store:
    """Open the results folder of a sweep, new or begun.

    Raises:
        OtherResultsError: The folder holds something else; the message says what differs.
        OSError: It cannot be written.
    """
    keep, keeping = experiment.keep, keeping_of(experiment)
    base = experiment.scenarios[base_of(experiment)]
    known = experiment.rules.register
    made = keeping.of(prepare(base, experiment.seed)).layout
    layout = made
    if not isinstance(keep.dates, str):
        layout = replace(made, quarters=tuple(end_of(year) for year in sorted(keep.dates)))
    names = tuple(factor.name for factor in experiment.design.factors)
    with _as_other_results():
        return Store.open(
            folder,
            manifest_of(experiment),
            layout,
            choose(known, keep.outcomes) if keep.outcomes else known,
            runs=experiment.runs,
            chunk_runs=CHUNK_RUNS,
            points=Points(names, experiment.design.points, experiment.replicates),
            made=made if layout != made else None,
        )


def plan_of(experiment: Experiment, store: Store, on_error: OnError = "record") -> Plan:
    """Return what all tasks of a sweep share, and which replicate and settings each run has."""
    base, keeping = base_of(experiment), keeping_of(experiment)
    work = Work(experiment.scenarios, base, experiment.seed, keeping, store.parts, on_error)
    return Plan(work, experiment.replicates, experiment.plausible, experiment.design.settings)


def run_sweep(
    experiment: Experiment,
    folder: Path,
    *,
    workers: Workers,
    on_error: OnError = "record",
    shard: Shard | None = None,
    tell: Tell | None = None,
) -> Report:
    """Run what is missing of a sweep, and finish its folder unless only a shard was asked for.

    Args:
        experiment: The sweep, loaded.
        folder: The results folder; a shard has a folder of its own inside.
        workers: Threads or a cluster; the same bytes come from each.
        on_error: What becomes of a run that fails.
        shard: Which share to run; None: all.
        tell: Told how many runs are done, after each chunk.

    Raises:
        OtherResultsError: The folder holds something else.
        InputError: It holds a whole sweep and a shard was asked for, or the other way round.
        RunFailedError: A run failed, and `on_error` is `stop`.
        OSError: The folder cannot be written, or a worker died; finished parts are kept.
    """
    if shard:
        _refuse_whole(folder)
        _compare_shards(folder, shard, experiment)
    else:
        _refuse_shards(folder)
    own = folder / shard.folder if shard else folder
    started = time.perf_counter()
    with _as_other_results():
        refuse_foreign(own)
    with taken(own):
        store = open_store(experiment, own)
        chunks = store.missing_chunks()
        if shard:
            write_form(store)
            chunks = shard.share(chunks, store.parts.chunks)
        plan = plan_of(experiment, store, on_error)
        return complete(
            store,
            chunks,
            total_of(experiment, shard),
            lambda tell: fill(store, plan, chunks, workers, tell),
            {"executor": workers.where, "workers": workers.count},
            since=started,
            tell=tell,
            whole=shard is None,
        )


def total_of(experiment: Experiment, shard: Shard | None) -> int:
    """Return the number of runs of a sweep, or of one of its shards."""
    chunks = chunks_of(experiment.runs)
    return sum(map(len, shard.share(chunks, chunks) if shard else chunks))


def _refuse_whole(folder: Path) -> None:
    # A folder with shards and a manifest is one that a merge has begun, and shards may lack runs.
    if (folder / MANIFEST).is_file() and (is_complete(folder) or not shard_folders(folder)):
        raise InputError(
            f"{folder} holds results of a whole sweep, so it takes no shard: name another folder "
            "with --out"
        )


def _refuse_shards(folder: Path) -> None:
    if shard_folders(folder) and not is_complete(folder):
        raise InputError(
            f"{folder} holds shards of a sweep: join them with `entrench merge {folder}`, or name "
            "another folder with --out"
        )


def _compare_shards(folder: Path, shard: Shard, experiment: Experiment) -> None:
    """Refuse to make a shard beside those of something else."""
    asked = json.loads(json.dumps(manifest_of(experiment)))
    for other in shard_folders(folder):
        # Its own folder is compared when it is opened.
        if other.name != shard.folder and (other / MANIFEST).is_file():
            try:
                compare_manifests(other, asked)
            except InputError as error:
                hint = "name another folder with --out, or remove the shards of that question"
                raise InputError([*error.messages, hint], error.headline) from None

"""What is handed to an executor: a range of runs, and everything needed to run it anywhere.

A task carries scenarios and settings, never a compiled function: a worker compiles the rules that
it has, and refuses a task made under other rules. What it gives back is the bytes of a part, so
that a worker needs no disk and the one process that asked does all the writing.
"""

from __future__ import annotations

import pickle
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sim import __version__
from sim.engine import Ensemble, Keeping, data_hash, prepare, run_chunk, source_hash
from sim.engine.chunk import Chunk
from sim.engine.parameter_sets import SCENARIO, VariedScenario, beneath, sets_of_points
from sim.errors import InputError
from sim.results.writing.encode import encode
from sim.results.writing.parts import Content, OnError, Parts, RunError
from sim.rules import MechanismError
from sim.scenario import Scenario
from sim.scenario.parameter_sets import PlausibleSets

WORKS_OPEN = 4
"""Works that a process keeps prepared, so that a task costs no preparation but its first."""


SETTINGS_SHOWN = 5
"""Settings of a failed run that a message tells; many have a plausible set of ninety."""


class RunFailedError(ArithmeticError):
    """A run failed, and all stops there; the text says which, with what settings, and why."""


@dataclass(frozen=True)
class Work:
    """What all tasks of a batch share.

    Attributes:
        scenarios: Scenarios that settings may name.
        base: The scenario of settings that name none.
        seed: Seed of the draws.
        keeping: What the engine keeps.
        parts: How a part is written; its folder is not looked at.
        on_error: What becomes of a run that fails.
    """

    scenarios: Mapping[str, Scenario]
    base: str
    seed: int
    keeping: Keeping
    parts: Parts
    on_error: OnError = "record"

    def packed(self) -> bytes:
        """Return it as bytes: made once, sent with every task."""
        return zlib.compress(pickle.dumps(self))


@dataclass(frozen=True)
class Plan:
    """Which replicate and which settings each run has.

    Run g is replicate g % R of point g // R, so a replicate has the same luck at every point. If
    replicates have plausible sets, a replicate also has the same set at every point.

    Attributes:
        work: What all runs share.
        replicates: Replicates of each point.
        plausible: Parameter sets among which replicates choose; None: all have the schema's
            defaults.
        point_settings: Gives the settings of a point by dotted key; see
            `sim.engine.parameter_sets.sets_of_points`.
    """

    work: Work
    replicates: int
    plausible: PlausibleSets | None
    point_settings: Callable[[int], dict[str, Any]] = lambda point: {}

    def place(self, run: int) -> tuple[int, int]:
        """Return a run's replicate and the number of its settings, by point and set."""
        point, replicate = divmod(run, self.replicates)
        if self.plausible is None:
            return replicate, point
        return replicate, point * len(self.plausible.rows) + self.plausible.number_of(replicate)

    def settings(self, number: int) -> Mapping[str, Any]:
        """Return what a point sets, last, after the plausible values that all else leaves open."""
        if self.plausible is None:
            return self.point_settings(number)
        point, row = divmod(number, len(self.plausible.rows))
        own = self.point_settings(point)
        scenario = self.work.scenarios[own.get(SCENARIO, self.work.base)]
        below = beneath(scenario, self.plausible.values(row))
        return {key: value for key, value in below.items() if key not in own} | own


@dataclass(frozen=True)
class Task:
    """A chunk of runs to be made.

    Attributes:
        work: What all tasks share, as :meth:`Work.packed` returns it.
        rules: Hash of the rules under which it was asked for.
        data: Hash of the tables of the starting world.
        version: Version of Entrench that asked.
        runs: Their numbers in the batch.
        replicates: The replicate of each.
        points: Different settings among them.
        point_of: Which of these each run has.
    """

    work: bytes
    rules: str
    data: str
    version: str
    runs: range
    replicates: tuple[int, ...]
    points: tuple[Mapping[str, Any], ...]
    point_of: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """What a chunk of runs leaves in the results folder until all are done.

    Attributes:
        runs: Their numbers in the batch.
        content: The bytes of its part.
    """

    runs: range
    content: bytes


def make_tasks(plan: Plan, chunks: Sequence[range]) -> Iterator[Task]:
    """Yield the task of each chunk, made only when it is asked for."""
    packed, rules, data = plan.work.packed(), source_hash(), data_hash()
    for runs in chunks:
        places = [plan.place(run) for run in runs]
        numbers = list(dict.fromkeys(number for _, number in places))
        yield Task(
            work=packed,
            rules=rules,
            data=data,
            version=__version__,
            runs=runs,
            replicates=tuple(replicate for replicate, _ in places),
            points=tuple(plan.settings(number) for number in numbers),
            point_of=tuple(numbers.index(number) for _, number in places),
        )


def make_part(task: Task) -> Part:
    """Run a task, in any thread, process or machine.

    Raises:
        InputError: This process has other rules than the one that asked.
        RunFailedError: A run failed, and all is to stop at that.
    """
    if task.rules != source_hash():
        raise InputError(
            f"a worker has other rules ({source_hash()}, version {__version__}) than were asked "
            f"for ({task.rules}, version {task.version}): install the same Entrench everywhere"
        )
    if task.data != data_hash():
        raise InputError(
            "a worker has other tables of countries than were asked for: install the same Entrench "
            "everywhere"
        )
    with _opening:
        work, varied, prepared = _open(task.work)
    parameters, period_of, classes = sets_of_points(varied, work.base, task.points)
    ensemble = replace(
        prepared,
        parameters=parameters,
        period_of=period_of,
        class_of=classes.rows(prepared.world.codes),
    )
    try:
        chunk = run_chunk(ensemble, task.replicates, task.point_of)
    except IndexError as error:
        places = zip(task.replicates, task.point_of, strict=True)
        fault = next(filter(None, (_fault_in_own(ensemble, *place) for place in places)), "")
        raise MechanismError(fault or str(error)) from error
    # A part is about numbers of runs in the batch; the draws were about those of replicates.
    numbered = replace(chunk, first=task.runs.start)
    try:
        if ensemble.rules.own:
            content = _encode_own(work, numbered, ensemble, task)
        else:
            content = encode(work.parts, numbered, work.on_error)
    except RunError as error:
        raise RunFailedError(_failure(task, error)) from error
    return Part(task.runs, bytes(content))


def _encode_own(work: Work, chunk: Chunk, ensemble: Ensemble, task: Task) -> Content:
    """Return the part of a chunk; a failure that lies in a user's own file ends all at its line.

    Raises:
        MechanismError: The first run that failed did so there.
    """
    try:
        return encode(work.parts, chunk, "stop")
    except RunError as error:
        at = error.run - task.runs.start
        if fault := _fault_in_own(ensemble, task.replicates[at], task.point_of[at]):
            raise MechanismError([fault, _failure(task, error)]) from error
    return encode(work.parts, chunk, work.on_error)


def _fault_in_own(ensemble: Ensemble, replicate: int, row: int) -> str:
    from sim.engine.blame import find_fault

    return find_fault(ensemble, replicate, row)


def _failure(task: Task, error: RunError) -> str:
    """Return what went wrong with a run, with its replicate and some of its settings.

    The last of many settings are those of a sweep's point. The others come with the replicate: they
    are those of its plausible set.
    """
    at = error.run - task.runs.start
    settings = [f"{key} = {value}" for key, value in task.points[task.point_of[at]].items()]
    shown = settings[-SETTINGS_SHOWN:]
    more = [f"{len(settings) - len(shown)} more values"] if len(shown) < len(settings) else []
    place = ", ".join([f"replicate {task.replicates[at]}", *shown, *more])
    return f"run {error.run} failed ({place}): {error.message}"


_opening = threading.Lock()
"""Compiling and preparing happen once a process, whichever of its threads comes first."""


@lru_cache(maxsize=WORKS_OPEN)
def _open(packed: bytes) -> tuple[Work, dict[str, VariedScenario], Ensemble]:
    work: Work = pickle.loads(zlib.decompress(packed))
    ensemble = work.keeping.of(prepare(work.scenarios[work.base], work.seed))
    run_chunk(ensemble, ())  # compiles, or loads what was compiled
    return work, {name: VariedScenario(one) for name, one in work.scenarios.items()}, ensemble

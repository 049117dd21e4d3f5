"""What a sensitivity study is to do, checked before anything is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.engine import prepare
from sim.engine.chunk import Floats
from sim.engine.own_files import Mechanisms, load_rules
from sim.errors import InputError
from sim.experiment import Experiment, Factor
from sim.scenario import Scenario
from sim.studies.groups import group_problems, parse_group
from sim.studies.parameter_space import design_of, plausible_factors
from sim.studies.sensitivity.design import (
    Measured,
    Method,
    experiment_of,
    morris_cube,
    sobol_cube,
)
from sim.studies.sources import Settings, load, settings_of
from sim.world.seeds import Seeds, seeds_from

MOST_AT_ONCE = 40
"""Parameters up to which Sobol' indices are computed without a screening."""
MOST_TRAJECTORIES, MOST_SAMPLES = 10_000, 1 << 20

type Methods = Literal["both", "morris", "sobol"]


@dataclass(frozen=True)
class Plan:
    """What a study is to do.

    Attributes:
        scenario: The base, with what is set over it.
        source: What `load_scenario` takes for it.
        overrides: What is set over it.
        factors: The parameters, each over its plausible range.
        measured: What is explained.
        methods: One or both.
        trajectories: Of Morris' method.
        samples: Of Sobol' indices.
        top: For how many parameters these are at most.
        replicates: Histories at each point.
        seed: Of designs and draws.
    """

    scenario: Scenario
    source: str
    overrides: Mapping[str, Any]
    factors: tuple[Factor, ...]
    measured: Measured
    methods: tuple[Method, ...]
    trajectories: int
    samples: int
    top: int
    replicates: int
    seed: int

    def experiment(self, method: Method, factors: tuple[Factor, ...]) -> tuple[Experiment, Floats]:
        """Return the sweep of a method, and its points in the unit cube."""
        make, count = (
            (morris_cube, self.trajectories) if method == "morris" else (sobol_cube, self.samples)
        )
        cube = make(len(factors), count, self.seed)
        experiment = experiment_of(
            method,
            self.scenario,
            design_of(factors, cube),
            self.measured,
            source=self.source,
            overrides=self.overrides,
            replicates=self.replicates,
            seed=self.seed,
        )
        return experiment, cube

    def points(self) -> dict[Method, int]:
        """Return how many points each method has, as far as that is known beforehand."""
        width, points = len(self.factors), dict[Method, int]()
        if "morris" in self.methods:
            points["morris"] = (width + 1) * self.trajectories
            width = min(width, self.top)
        if "sobol" in self.methods:
            points["sobol"] = (width + 2) * self.samples
        return points


class Question(TypedDict, total=False):
    """What a sensitivity study is asked.

    Attributes:
        method: `morris`, `sobol` or `both`.
        outcome: What is explained; `working` if not given.
        group: Of which states, such as `regime:hybrid`; the world if not given.
        year: At the end of which year; 2040 if not given.
        parameters: Only these; None: all that have a plausible range.
        trajectories: Of Morris' method; 20.
        top: How many parameters the Sobol' indices are for at most; 12.
        samples: Base sample of the Sobol' indices, a power of two; 2048.
        replicates: Histories at each point, with the same luck at all; 2.
        seed: Of designs and draws; 1.
        set: Values over all files, by dotted key.
        mechanisms: Files of your own mechanisms.
        seeds: Folder of seed tables of one's own, or seeds at hand; the shipped ones if None.
        known: Table of what is known, to which histories are held.
    """

    method: Methods
    outcome: str
    group: str
    year: int
    parameters: Sequence[str] | None
    trajectories: int
    top: int
    samples: int
    replicates: int
    seed: int
    set: Settings
    mechanisms: Mechanisms
    seeds: Seeds | Path | str | None
    known: Path | str | None


def plan_of(
    source: str | Path,
    *,
    method: Methods = "both",
    outcome: str = "working",
    group: str = "world",
    year: int = 2040,
    parameters: Sequence[str] | None = None,
    trajectories: int = 20,
    top: int = 12,
    samples: int = 2048,
    replicates: int = 2,
    seed: int = 1,
    set: Settings = None,
    mechanisms: Mechanisms = None,
    seeds: Seeds | Path | str | None = None,
    known: Path | str | None = None,
    faults: Sequence[str] = (),
) -> Plan:
    """Return the plan, or raise all that is wrong at once, `faults` too; see :class:`Question`."""
    overrides = settings_of(set)
    scenario = load(source, overrides, load_rules(mechanisms)).placed(seeds_from(seeds, known))
    ranges = {
        "--trajectories": (trajectories, 2, MOST_TRAJECTORIES),
        "--samples": (samples, 2, MOST_SAMPLES),
        "--top": (top, 1, MOST_AT_ONCE),
        "--replicates": (replicates, 1, MOST_REPLICATES),
        "--seed": (seed, 0, MOST_SEED),
        "--year": (year, scenario.horizon.start, scenario.horizon.end),
    }
    problems = [
        *faults,
        *(
            f"{name} {value}: allowed: {low} to {high}"
            for name, (value, low, high) in ranges.items()
            if not low <= value <= high
        ),
    ]
    if samples > 0 and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        text = f"must be a power of two; the nearest are {below} and {2 * below}"
        problems.append(f"--samples {samples}: {text}")
    kind, name = parse_group(group)
    layout, outcomes = prepare([scenario], 0).layout, scenario.rules.register
    problems += group_problems(outcome, kind, name, layout, outcomes)
    factors: tuple[Factor, ...] = ()
    try:
        factors = plausible_factors(scenario, None if parameters is None else list(parameters))
    except InputError as error:
        problems += [f"--parameters: {message}" for message in error.messages]
    if method == "sobol" and len(factors) > MOST_AT_ONCE:
        problems.append(
            f"--method sobol: {len(factors)} parameters are too many at once (at most "
            f"{MOST_AT_ONCE}); name some with --parameters, or screen them first (--method both)"
        )
    if problems:
        raise InputError(problems)
    methods: tuple[Method, ...] = ("morris", "sobol") if method == "both" else (method,)
    measured = Measured(outcome, year, kind, name)
    return Plan(
        scenario, str(source), overrides, factors, measured, methods, trajectories, samples, top,
        replicates, seed,
    )  # fmt: skip

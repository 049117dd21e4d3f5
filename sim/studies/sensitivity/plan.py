"""What a sensitivity study is to do, checked before anything is run: points, and their sweeps.

Points are drawn in the unit cube and laid over the plausible ranges of the parameters, each taken
as uniform and independent of the others. The designs are SALib's (Herman and Usher 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.arrays import Floats
from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.engine import prepare
from sim.engine.own.files import load_rules
from sim.errors import InputError
from sim.experiment import Experiment, Factor, Keep
from sim.register import WORLD
from sim.scenario import Scenario
from sim.studies.groups import group_problems, parse_group
from sim.studies.parameter_space import design_of, plausible_factors
from sim.studies.resolve import load, world_fault
from sim.studies.run_options import SweepOptions, seeds_of, settings_of

type Method = Literal["morris", "sobol"]

LEVELS = 4
"""Levels of Morris' grid: a step moves a parameter by two thirds of its range."""

TITLES: Mapping[Method, str] = {"morris": "Morris screening", "sobol": "Sobol' indices"}


@dataclass(frozen=True)
class Measured:
    """The number that a study explains.

    Attributes:
        outcome: Name of an outcome.
        year: Its value at the end of this year.
        kind: Kind of group.
        group: Name of the group.
    """

    outcome: str = "working"
    year: int = 2040
    kind: str = WORLD
    group: str = WORLD

    def __str__(self) -> str:
        """Return e.g. ``working, world, end of 2040``."""
        return f"{self.outcome}, {self.group}, end of {self.year}"


def morris_cube(width: int, trajectories: int, seed: int) -> Floats:
    """Return trajectories through the unit cube, on a grid of four levels.

    Args:
        width: Number of parameters.
        trajectories: How many; each has one point more than there are parameters.
        seed: Seed of the design.

    Returns:
        Shape (trajectories × (width + 1), width).
    """
    from SALib.sample import morris

    # A generator: SALib takes a seed of 0 for none.
    random = np.random.default_rng(seed)
    cube: Floats = morris.sample(unit_problem(width), trajectories, num_levels=LEVELS, seed=random)
    return np.clip(cube, 0.0, 1.0)


def sobol_cube(width: int, samples: int, seed: int) -> Floats:
    """Return Saltelli's arrangement of a scrambled Sobol' sequence in the unit cube.

    Args:
        width: Number of parameters.
        samples: Rows of the base sample: a power of two, at least 2.
        seed: Seed of the design.

    Returns:
        Shape (samples × (width + 2), width).
    """
    from SALib.sample import sobol

    cube: Floats = sobol.sample(
        unit_problem(width), samples, calc_second_order=False, seed=np.random.default_rng(seed)
    )
    return cube


def unit_problem(width: int) -> dict[str, Any]:
    """Return SALib's description of so many parameters from 0 to 1."""
    return {
        "num_vars": width,
        "names": [f"x{at}" for at in range(width)],
        "bounds": [[0.0, 1.0]] * width,
    }


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
        scenario, measured = self.scenario, self.measured
        experiment = Experiment(
            name=f"{method}-{scenario.name}",
            title=f"{TITLES[method]} of {scenario.name}",
            question=f"Which parameters does it depend on: {measured}?",
            base=scenario.name,
            scenarios={scenario.name: scenario},
            overrides=dict(self.overrides),
            design=design_of(factors, cube),
            replicates=self.replicates,
            seed=self.seed,
            keep=Keep(
                outcomes=(measured.outcome,),
                groups=() if measured.kind == WORLD else (measured.kind,),
                dates=(measured.year,),
            ),
            sources={scenario.name: self.source},
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


class Question(SweepOptions, total=False):
    """What a sensitivity study is asked, beside :class:`sim.studies.run_options.SweepOptions`.

    Attributes:
        method: `morris`, `sobol` or `both`.
        outcome: What is explained; `working` if not given.
        group: Of which states, such as `regime:hybrid`; the world if not given.
        year: At the end of which year; 2040 if not given.
        parameters: Only these; None: all that have a plausible range.
        trajectories: Of Morris' method; 20.
        top: How many parameters the Sobol' indices are for at most; 12.
        samples: Base sample of the Sobol' indices, a power of two; 2048.
    """

    method: Methods
    outcome: str
    group: str
    year: int
    parameters: str | Sequence[str] | None
    trajectories: int
    top: int
    samples: int


USUAL: Question = {
    "method": "both", "outcome": "working", "group": "world", "year": 2040, "trajectories": 20,
    "top": 12, "samples": 2048, "replicates": 2, "seed": 1,
}  # fmt: skip
"""What is asked where nothing is said."""


def plan_of(source: str | Path, question: Question, faults: Sequence[str] = ()) -> Plan:
    """Return the plan, or raise all that is wrong at once, `faults` too."""
    asked: Any = {**USUAL, **{key: value for key, value in question.items() if value is not None}}
    overrides = settings_of(asked.get("set"))
    rules = load_rules(asked.get("mechanisms"))
    seeds = seeds_of(asked)
    if fault := world_fault(source, seeds):
        raise InputError(fault)
    scenario = load(source, overrides, rules).in_world(seeds)
    samples, year, method = asked["samples"], asked["year"], asked["method"]
    ranges = {
        "trajectories": (2, MOST_TRAJECTORIES),
        "samples": (2, MOST_SAMPLES),
        "top": (1, MOST_AT_ONCE),
        "replicates": (1, MOST_REPLICATES),
        "seed": (0, MOST_SEED),
        "year": (scenario.horizon.start, scenario.horizon.end),
    }
    problems = [
        *faults,
        *(
            f"--{name} {asked[name]}: allowed: {low} to {high}"
            for name, (low, high) in ranges.items()
            if not low <= asked[name] <= high
        ),
    ]
    if samples > 0 and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        text = f"must be a power of two; the nearest are {below} and {2 * below}"
        problems.append(f"--samples {samples}: {text}")
    kind, name = parse_group(asked["group"])
    layout, outcomes = prepare(scenario, 0).layout, scenario.rules.register
    problems += group_problems(asked["outcome"], kind, name, layout, outcomes)
    factors: tuple[Factor, ...] = ()
    try:
        factors = plausible_factors(scenario, asked.get("parameters"))
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
    measured = Measured(asked["outcome"], year, kind, name)
    sizes = {key: asked[key] for key in ("trajectories", "samples", "top", "replicates", "seed")}
    return Plan(scenario, str(source), overrides, factors, measured, methods, **sizes)

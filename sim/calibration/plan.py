"""Plan of a calibration: its file, its targets, and the design of each wave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from sim import experiment
from sim.errors import InputError
from sim.estimates.targets import COUNTERPARTS, FITTED, RULED_OUT, kept_for, noise_of
from sim.measures.counts import SHARE_UNIT
from sim.model.draws import MOST_RUNS, MOST_SEED
from sim.model.parameters import attribute
from sim.model.register import SHIPPED, Rules
from sim.scenario import BASELINE, FileError, Scenario, load_scenario
from sim.scenario.toml_file import FORM, FileModel, Name, Paragraph, Text
from sim.world.arrays import Floats
from sim.world.documented import PublishedFigure
from sim.world.seeds import shipped_seeds

ALL: Literal["all"] = "all"
FINAL = "final"
# With the plan's own seed, which most users share, the weights of this stage would fit the users'
# runs by chance as well.
LUCK = 0x9E3779B9
"""Bits of the seed that the last stage flips."""
# A run without a course would otherwise be infinitely far away.
LEAST_SHARE = 0.02
"""Share of the published figure that replaces smaller numbers before the logarithm."""


class CalibrationTable(FileModel):
    """The parameters that a calibration varies, and its numbers of runs.

    Attributes:
        parameters: Names, each over its plausible range; or all that are varied.
        points: Sets in each wave.
        sets: Most sets in the result.
        cut: Distance beyond which a set is ruled out.
    """

    parameters: Literal["all"] | list[Text] = Field(
        ALL, min_length=1, json_schema_extra={FORM: '"all" or a list of parameters'}
    )
    waves: int = Field(3, ge=1, le=10)
    points: int = Field(2000, ge=200, le=100_000)
    runs: int = Field(4, ge=2, le=MOST_RUNS)
    final_points: int = Field(2000, ge=200, le=100_000)
    final_runs: int = Field(20, ge=2, le=MOST_RUNS)
    sets: int = Field(250, ge=1, le=100_000)
    cut: float = Field(RULED_OUT, ge=1, le=10, json_schema_extra={"unit": "standard deviations"})


@dataclass(frozen=True)
class CalibrationSpec:
    """A calibration that can be run.

    Attributes:
        scenario: The base; its horizon reaches the last target.
    """

    scenario: Scenario
    factors: tuple[experiment.Factor, ...]
    sizes: CalibrationTable
    seed: int = 1

    def design(self, cube: Floats, runs: int, name: str, seed: int) -> experiment.Experiment:
        keep = kept_for(target.id for target in (*aims(), *counted()))
        scenarios = {self.scenario.name: self.scenario}
        return replace(
            experiment.design_of(scenarios, runs=runs, seed=seed, plausible=None, keep=keep),
            name=name,
            title=f"Calibration, {name}",
            question="Which parameter sets do the published figures not rule out?",
            design=experiment.lay_over(self.factors, cube),
        )


def aims() -> tuple[PublishedFigure, ...]:
    """Return the fitted figures that the emulators predict."""
    return tuple(of for of in _fitted() if of.count is None and of.sigma is not None)


def scaled(target: PublishedFigure, values: ArrayLike) -> Floats:
    """Return values on the emulated scale: shares as they are, logarithms of other figures."""
    numbers = np.asarray(values, np.float64)
    if target.unit == SHARE_UNIT:
        return numbers
    return np.asarray(np.log(np.maximum(numbers, LEAST_SHARE * target.value)))


def spread_of(target: PublishedFigure) -> float:
    """Return the standard deviation of a figure, the model's error included, on that scale."""
    noise = noise_of(target)
    return noise if target.unit == SHARE_UNIT else noise / target.value


def counted() -> tuple[PublishedFigure, ...]:
    """Return the counts of the record of fates that weigh the last sets."""
    return tuple(of for of in _fitted() if of.count is not None)


def _fitted() -> list[PublishedFigure]:
    return [target for target in shipped_seeds().targets if target.use == FITTED]


class CalibrationFile(FileModel):
    """A calibration file."""

    title: Name | None = None
    question: Paragraph | None = None
    base: Text = BASELINE
    seed: int = Field(1, ge=0, le=MOST_SEED)
    calibration: CalibrationTable = CalibrationTable()


def load_calibration(
    name_or_path: str | Path,
    overrides: Mapping[str, Any] | None = None,
    seed: int | None = None,
    rules: Rules = SHIPPED,
) -> CalibrationSpec:
    """Load a calibration; the horizon ends in the last year that a target needs."""
    written = experiment.open_file(name_or_path, "a calibration")
    file = written.read(CalibrationFile)
    # Every field has a default, so an empty file would otherwise start a whole calibration.
    if "calibration" not in written.data and not written.problems:
        written.wrong((), "a calibration needs a table [calibration]")
    FileError.refuse(written.problems, written.path.stem)
    last = max(year for aim in (*aims(), *counted()) for year in COUNTERPARTS[aim.id].years)
    # Years after the last target cost time and change no weight.
    horizon = {"horizon.end": last, **(overrides or {})}
    scenario = load_scenario(file.base, overrides=horizon, rules=rules)
    if scenario.horizon.end < last:
        raise InputError(f"the horizon must reach {last}, the year of a target")
    names = file.calibration.parameters
    factors = experiment.plausible_factors(scenario, None if names == ALL else names)
    if fixed := [f.name for f in factors if not attribute(rules.parameters[f.name], "varied")]:
        raise InputError([f"{name}: not varied" for name in fixed], "parameters of a calibration:")
    return CalibrationSpec(
        scenario=scenario,
        factors=factors,
        sizes=file.calibration,
        seed=file.seed if seed is None else seed,
    )

"""Calibration files: what a calibration varies, and how much it runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.errors import InputError
from sim.experiment import ExperimentError
from sim.experiment.form import CALIBRATION as TABLE
from sim.experiment.form import open_file
from sim.results.targets import COUNTERPARTS
from sim.rules import SHIPPED, Rules
from sim.scenario import Scenario, load_scenario
from sim.scenario.toml_file import FileModel, Paragraph, Text, show_value
from sim.studies.calibration.plan import Plan, aims_of_seeds, last_year_of
from sim.studies.parameter_space import plausible_factors

ALL = "all"


def _all_or_names(names: Any) -> Any:
    are_names = isinstance(names, list) and names and all(isinstance(n, str) for n in names)
    if names != ALL and not are_names:
        raise ValueError(f'must be "{ALL}" or a list of parameters, not {show_value(names)}')
    return names


class CalibrationTable(FileModel):
    """What a calibration varies, and how much it runs."""

    parameters: Annotated[Any, AfterValidator(_all_or_names)] = ALL
    waves: int = Field(Plan.waves, ge=1, le=10)
    points: int = Field(Plan.points, ge=200, le=100_000)
    replicates: int = Field(Plan.replicates, ge=2, le=MOST_REPLICATES)
    final_points: int = Field(Plan.final_points, ge=200, le=100_000)
    final_replicates: int = Field(Plan.final_replicates, ge=2, le=MOST_REPLICATES)
    sets: int = Field(Plan.sets, ge=1, le=100_000)
    cut: float = Field(Plan.cut, ge=1, le=10, json_schema_extra={"unit": "standard deviations"})


class CalibrationFile(FileModel):
    """A calibration file."""

    title: Text | None = None
    question: Paragraph | None = None
    base: Text = "baseline"
    seed: int = Field(1, ge=0, le=MOST_SEED)
    calibration: CalibrationTable = CalibrationTable()


def load_calibration(
    name_or_path: str | Path,
    overrides: Mapping[str, Any] | None = None,
    seed: int | None = None,
    rules: Rules = SHIPPED,
) -> Plan:
    """Load a calibration.

    The base's horizon is cut to the last year that a target needs.

    Args:
        name_or_path: The name of a shipped file, or a path.
        overrides: What `--set` gave, by dotted key.
        seed: Instead of the file's.
        rules: Those of the runs; parameters of the user's own are varied as the model's are.

    Raises:
        ExperimentError: Something is wrong; it holds everything that is, by file and line.
        InputError: A parameter cannot be varied, or the base is wrong.
    """
    advice = "; `entrench calibrate` alone takes the shipped calibration"
    written = open_file(name_or_path, "a calibration", advice)
    file = written.read(CalibrationFile)
    if TABLE not in written.data and not written.problems:
        written.wrong((), "a calibration needs a table [calibration]")
    if written.problems:
        raise ExperimentError(written.problems, written.path.stem)
    horizon = {"horizon.end": last_year_of(aims_of_seeds()), **(overrides or {})}
    scenario = load_scenario(file.base, overrides=horizon, rules=rules)
    _check_years(scenario)
    sizes = file.calibration.model_dump()
    names = sizes.pop("parameters")
    if seed is not None and not 0 <= seed <= MOST_SEED:
        raise InputError(f"--seed {seed}: allowed: 0 to {MOST_SEED}")
    return Plan(
        scenario=scenario,
        source=file.base,
        overrides=horizon,
        factors=plausible_factors(scenario, None if names == ALL else names),
        seed=file.seed if seed is None else seed,
        **sizes,
    )


def _check_years(scenario: Scenario) -> None:
    """Refuse a horizon that lacks the year of a target."""
    first, last = scenario.horizon.start, scenario.horizon.end
    faults = [
        f"the horizon, {first} to {last}, lacks target {aim.id} ({year})"
        for aim in aims_of_seeds()
        for year in COUNTERPARTS[aim.id].years
        if not first <= year <= last
    ]
    if faults:
        raise InputError(faults)

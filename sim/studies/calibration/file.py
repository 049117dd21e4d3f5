"""Calibration files: what a calibration varies, and how much it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.errors import InputError
from sim.experiment import ExperimentError, experiments_folder
from sim.experiment.load import CALIBRATION, is_calibration
from sim.experiment.page import Page
from sim.results.targets import COUNTERPARTS
from sim.scenario import Problem, Scenario, load_scenario
from sim.scenario.library import Library
from sim.scenario.problems import in_reading_order, show_value
from sim.studies.calibration.plan import Plan, aims_of_seeds, last_year_of
from sim.studies.parameter_space import plausible_factors

__all__ = ["is_calibration", "load_calibration"]

TOP_KEYS = ("title", "question", "base", "seed", "calibration")
TABLE = CALIBRATION
ALL = "all"
LIMITS: Mapping[str, tuple[int, int]] = {
    "waves": (1, 10),
    "points": (200, 100_000),
    "replicates": (2, MOST_REPLICATES),
    "final_points": (200, 100_000),
    "final_replicates": (2, MOST_REPLICATES),
    "sets": (1, 100_000),
}
"""Whole numbers of the table, and what they may be."""
KEYS = ("parameters", *LIMITS, "cut")

_FILES = Library("experiment", experiments_folder)


def load_calibration(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Plan:
    """Load a calibration.

    The base's horizon is cut to the last year that a target needs.

    Args:
        name_or_path: The name of a shipped file, or a path.
        overrides: What `--set` gave, by dotted key.
        seed: Instead of the file's.

    Raises:
        ExperimentError: Something is wrong; it holds everything that is, by file and line.
        InputError: A parameter cannot be varied, or the base is wrong.
    """
    found = _FILES.find(name_or_path)
    if isinstance(found, Problem):
        raise ExperimentError([found], str(name_or_path))
    page = Page(found)
    if not found.readable:
        raise ExperimentError(page.problems, found.path.stem)
    data = found.data
    page.known((), data, TOP_KEYS)
    for key in ("title", "question"):
        page.text((key,), data)
    base = page.text(("base",), data) or "baseline"
    number = page.whole(("seed",), data, 0, MOST_SEED, 1)
    if TABLE not in data:
        page.missing((), "a calibration needs a table [calibration]")
    table = page.table(TABLE)
    page.known((TABLE,), table, KEYS)
    usual = {name: getattr(Plan, name) for name in LIMITS}
    sizes = {
        name: page.whole((TABLE, name), table, *limits, usual[name])
        for name, limits in LIMITS.items()
    }
    names = _names(page, table)
    cut = _cut(page, table)
    if page.problems:
        raise ExperimentError(in_reading_order(page.problems), found.path.stem)
    horizon = {"horizon.end": last_year_of(aims_of_seeds()), **(overrides or {})}
    scenario = load_scenario(base, overrides=horizon)
    _check_years(scenario)
    if seed is not None and not 0 <= seed <= MOST_SEED:
        raise InputError(f"--seed {seed}: allowed: 0 to {MOST_SEED}")
    return Plan(
        scenario=scenario,
        source=base,
        overrides=horizon,
        factors=plausible_factors(scenario, names),
        cut=cut,
        seed=number if seed is None else seed,
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


def _names(page: Page, table: Mapping[str, Any]) -> list[str] | None:
    """Return the parameters to vary; None for all."""
    names = table.get("parameters", ALL)
    if names == ALL:
        return None
    if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
        return names
    text = f'must be "{ALL}" or a list of parameters, not {show_value(names)}'
    page.wrong((TABLE, "parameters"), text)
    return None


def _cut(page: Page, table: Mapping[str, Any]) -> float:
    cut = table.get("cut", Plan.cut)
    fine = isinstance(cut, int | float) and not isinstance(cut, bool)
    if not fine or not math.isfinite(cut) or not 1.0 <= cut <= 10.0:
        text = f"must be a number from 1 to 10 (standard deviations), not {show_value(cut)}"
        page.wrong((TABLE, "cut"), text)
        return Plan.cut
    return float(cut)

"""An experiment whose points are the rows of a data frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.experiment.design import Design, Experiment, Factor, Keep, make_factor
from sim.experiment.file import choose_points
from sim.model.parameters import Cell
from sim.model.register import Rules
from sim.scenario import BASELINE, load_scenario
from sim.scenario.keys import SCENARIO, Key
from sim.scenario.parameter_sets import shipped_plausible

RUNS = 10


def experiment_of(points: pd.DataFrame, *, settings: Mapping[str, Any], rules: Rules) -> Experiment:
    if not len(points) or points.columns.has_duplicates:
        raise InputError("a design needs a row per point, and columns of different names")
    faults: list[str] = []
    factors, columns = [], []
    for name in map(str, points):
        try:
            if name in settings:
                raise ValueError("the design varies it; leave it out of set")
            factor, key = make_factor(name, rules)
            cells = _cells(points[name], key, faults)
            factors.append(_with_levels(factor, cells))
            columns.append(cells)
        except ValueError as error:
            faults.append(f"column {name!r}: {error}")
    if faults:
        raise InputError(faults, "the design:")
    design = Design("list", tuple(factors), tuple(zip(*columns, strict=True)))
    named = points.get(SCENARIO, [BASELINE])
    loaded = {str(each): load_scenario(each, overrides=settings, rules=rules) for each in named}
    for point in choose_points(design.points):
        given = design.settings(point)
        try:
            load_scenario(
                given.pop(SCENARIO, BASELINE), overrides=settings, factors=given, rules=rules
            )
        except InputError as error:
            faults += [f"row {point}: {message}" for message in error.messages]
    if faults:
        raise InputError(faults, "the design:")
    return Experiment(
        name="points",
        title=f"{len(points):,} points of a data frame",
        question="",
        base=BASELINE,
        scenarios=loaded,
        design=design,
        n_runs=RUNS,
        seed=1,
        keep=Keep(),
        plausible=shipped_plausible(),
    )


def _cells(column: pd.Series, key: Key | None, faults: list[str]) -> list[Cell]:
    cells: list[Cell] = []
    for row, value in enumerate(column.tolist()):
        try:
            cells.append(key.check(value) if key else str(value))
        except ValueError as error:
            faults.append(f"column {column.name!r}, row {row}: {error}")
    return cells


def _with_levels(factor: Factor, cells: list[Cell]) -> Factor:
    numbers = [float(c) for c in cells if isinstance(c, int | float) and not isinstance(c, bool)]
    if len(numbers) < len(cells) or not cells:
        return replace(factor, values=tuple(dict.fromkeys(cells)))
    return replace(factor, low=min(numbers), high=max(numbers))

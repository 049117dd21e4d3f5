"""From an experiment file to one checked, frozen experiment."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.experiment.experiment import (
    SCENARIO,
    Design,
    Experiment,
    Factor,
    Keep,
    Kind,
    Level,
    Parameters,
)
from sim.experiment.factors import Key, find_key
from sim.experiment.form import ExperimentError, ExperimentForm, FactorForm, KeepForm, open_file
from sim.experiment.points import MOST_POINTS, divide, make_points, options
from sim.parameters import Cell
from sim.register import VENDOR, WORLD
from sim.rules import SHIPPED, Rules
from sim.scenario import (
    Horizon,
    Place,
    Problem,
    Scenario,
    ScenarioError,
    load_scenario,
    shipped_names,
)
from sim.scenario.file import LIBRARY as SCENARIOS
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.toml_file import KeyPath, ParsedFile, suggest
from sim.text import RowError, read_rows, read_text

GROUPS = (WORLD, "regime", "regime-rated", "region", VENDOR)
"""Kinds of groups that results have."""
MOST_RUNS = 2**31 - 1
"""Runs of an experiment: their numbers are whole numbers of 32 bits."""
MOST_LISTED = 50
"""Distinct numbers of a list's column that a factor lists; with more it has a range."""
MOST_WRONG = 20
"""Mistakes reported of a column; what is wrong once is mostly wrong in every row."""
SMALL = 200
"""Points of a design that is loaded whole."""
POINT = "point"
"""A column that is passed over, so that the ``design.csv`` of a sweep's results is a list too."""


def load_experiment(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    parameters: Parameters | None = None,
    rules: Rules = SHIPPED,
) -> Experiment:
    """Load an experiment.

    Args:
        name_or_path: The name of a shipped experiment, or a path (anything with a slash, ending
            in ``.toml`` or existing as a file).
        overrides: What ``--set`` gave, by dotted key: over everything, at every point. A key
            that a factor varies is an error.
        replicates: Runs at each point, instead of the file's.
        seed: Seed of the draws, instead of the file's.
        parameters: What replicates have beneath files and factors, instead of the file's.
        rules: What runs go by: the model's mechanisms, and a user's own.

    Raises:
        ExperimentError: Something is wrong; it holds everything that is, by file and line.
        InputError: It is a calibration, or a scenario.
    """
    file = open_file(name_or_path, "an experiment")
    given = {"replicates": replicates, "seed": seed, "parameters": parameters}
    for key, value in given.items():
        if value is not None:
            file.override(key, value, f"--{value if key == 'parameters' else key}")
    return _Loader(file, dict(overrides or {}), rules).load()


type _Spec = tuple[FactorForm, Place, KeyPath]
"""A factor as written, the place of its key or name, and its path in the file."""


class _Loader:
    """Reads one file; collects what is wrong."""

    def __init__(self, file: ParsedFile, overrides: dict[str, Any], rules: Rules) -> None:
        self.file, self.overrides, self.rules = file, overrides, rules
        self.problems = file.problems
        self.scenarios: dict[str, Scenario] = {}
        self.sources: dict[str, str] = {}
        self.columns: dict[str, list[tuple[Place, str]]] = {}
        self.cells: dict[str, list[Cell]] = {}

    @contextmanager
    def noting(self, place: Place, key: str = "") -> Iterator[None]:
        """Note what is raised of wrong values, with its place."""
        try:
            yield
        except ScenarioError as error:
            self.problems += error.problems
        except ValueError as error:
            self.problems.append(Problem(place, key, str(error)))

    def raise_problems(self) -> None:
        """Raise what is wrong so far."""
        if self.problems:
            raise ExperimentError(self.problems, self.file.path.stem)

    def load(self) -> Experiment:
        """Return the experiment."""
        form = self.file.read(ExperimentForm)
        wrong = any(problem.key.startswith("design") for problem in self.problems)
        kind, count = None if wrong else form.design.kind, form.design.points
        plausible = None if form.parameters == "point" else shipped_plausible()
        if form.parameters != "point" and plausible is None:
            self.file.wrong(("parameters",), "seeds/plausible.csv, the plausible sets, is missing")
        specs = self._specs(form)
        self._load_scenarios(form.base, specs)
        keep = self._keep(form.keep)
        factors = tuple(factor for spec in specs if (factor := self._factor(spec, kind)))
        self.raise_problems()
        assert kind is not None  # noted, where it is wrong
        count = count or math.prod(len(options(factor)) for factor in factors)
        if kind != "list" and (count > MOST_POINTS or count * form.replicates > MOST_RUNS):
            text = f"{count} points with {form.replicates} replicates; allowed: up to {MOST_POINTS}"
            self.file.wrong(("design",), f"{text} points, and {MOST_RUNS} runs")
            self.raise_problems()
        points = (
            tuple(zip(*(self.cells[factor.name] for factor in factors), strict=True))
            if kind == "list"
            else make_points(kind, factors, count, form.design.seed)
        )
        design = Design(kind, factors, points)
        places = {key: place for written, place, _ in specs for key in written.keys}
        warnings = self._check_points(design, form.base, places)
        self.raise_problems()
        return Experiment(
            name=self.file.path.stem,
            title=form.title or self.file.path.stem,
            question=form.question,
            base=form.base,
            scenarios=self.scenarios,
            overrides=self.overrides,
            design=design,
            replicates=form.replicates,
            seed=form.seed,
            keep=keep,
            sources=self.sources,
            plausible=plausible,
            warnings=warnings,
        )

    # Factors as written

    def _specs(self, form: ExperimentForm) -> list[_Spec]:
        """Return the factors; of a list in the order of its columns."""
        specs: list[_Spec] = []
        for at, factor in enumerate(form.factors):
            path: KeyPath = ("factors", at)
            place = self.file.place((*path, "name" if factor.key is None else "key"))
            specs.append((factor, place, path))
        if form.design.kind == "list":
            specs = self._of_columns(specs, form.design.file or "")
        elif not form.factors and not self.problems:
            self.file.wrong((), "an experiment needs a factor: [[factors]], and its key below")
        owners: dict[str, Place] = {}
        for factor, place, _ in specs:
            for key in factor.keys:
                if key in owners:
                    text = f"line {owners[key].line} varies it, too; a key belongs to one factor"
                    self.problems.append(Problem(place, key, text))
                elif key in self.overrides:
                    text = f"the factor {factor.column!r} of the experiment varies it; leave it out"
                    self.problems.append(Problem(Place("--set"), key, text))
                owners[key] = place
        return specs

    def _of_columns(self, declared: list[_Spec], name: str) -> list[_Spec]:
        """Return a list's factors; where none is declared, its columns are keys."""
        path = Path(os.path.normpath(self.file.path.parent / name))
        head, noted = Place(str(path), 1), len(self.problems)
        try:
            text = read_text(path, "a list of points", "CSV")
            rows = [(n, [cell.strip() for cell in row]) for n, row in read_rows(text) if row]
            (_, names), *rows = rows or [(1, [])]
            lines = [Place(str(path), line) for line, _ in rows]
        except RowError as error:
            self.problems.append(Problem(Place(str(path), error.line), "", error.text))
            return []
        except ValueError as error:
            self.file.wrong(("design", "file"), f"{path}: {error}")
            return []
        for place, (_, row) in zip(lines, rows, strict=True):
            if len(row) != len(names):
                text = f"{len(row)} cells, but the first line names {len(names)} columns"
                self.problems.append(Problem(place, "", text))
        if not rows or len({*names, ""}) <= len(names) or names == [POINT]:
            text = "needs a line of keys, each once, and below it a line for each point"
            self.problems.append(Problem(head, "", text))
        if len(self.problems) > noted:
            return []
        texts = zip(*(row for _, row in rows), strict=True)
        self.columns = {
            name: list(zip(lines, column, strict=True))
            for name, column in zip(names, texts, strict=True)
            if name != POINT
        }
        known = {spec[0].column: spec for spec in declared}
        for name, (factor, place, at) in known.items():
            if name not in self.columns:
                text = f"{path} has no such column; {suggest(name, names, 'columns')}"
                self.problems.append(Problem(place, name, text))
            if useless := sorted(factor.model_fields_set & {"values", "low", "high", "steps"}):
                text = f"has no use here: a list takes its values from {path}"
                self.file.wrong((*at, useless[0]), text)
        for name in self.columns if declared else ():
            if name not in known:
                text = f"no factor has that name; {suggest(name, list(known))}"
                self.problems.append(Problem(head, name, text))
        return [known.get(name) or (FactorForm(key=name), head, ()) for name in self.columns]

    # Scenarios

    def _load_scenarios(self, base: str, specs: Sequence[_Spec]) -> None:
        """Load the scenarios that points use, each of which shares the others' horizon."""
        wanted: list[tuple[Any, Place, str]] = []
        needs_base = True
        for factor, _, path in specs:
            levels = factor.levels or {}
            if factor.key == SCENARIO:
                place = self.file.place((*path, "values"))
                wanted += [(name, place, SCENARIO) for name in factor.values or ()]
                wanted += [(text, at, SCENARIO) for at, text in self.columns.get(SCENARIO, ())]
            for label, settings in levels.items():
                if SCENARIO in settings:
                    place = self.file.place((*path, "levels", label, SCENARIO))
                    wanted.append((settings[SCENARIO], place, SCENARIO))
            if factor.key == SCENARIO or (levels and all(SCENARIO in s for s in levels.values())):
                needs_base = False
        if needs_base:
            wanted.insert(0, (base, self.file.place(("base",)), "base"))
        for name, place, key in wanted:
            if isinstance(name, str) and name.strip() and name not in self.sources:
                with self.noting(place, key):
                    self._load_scenario(name)

    def _load_scenario(self, name: str) -> None:
        path = SCENARIOS.find(name, self.file.path.parent)
        if not path.is_file():
            raise ValueError(f"{path}: there is no such file")
        self.sources[name] = name if name in shipped_names() else str(path)
        scenario = load_scenario(path, overrides=self.overrides, rules=self.rules)
        for other, known in self.scenarios.items():
            if scenario.horizon != known.horizon:
                text = f"its horizon is {_span(scenario)}, that of {other!r} {_span(known)}"
                raise ValueError(f"{name}: {text}; all points share one (--set horizon.end=…)")
        self.scenarios[name] = scenario

    # Factors, resolved

    def _factor(self, spec: _Spec, kind: Kind | None) -> Factor | None:
        """Return a factor; what is wrong with it is noted."""
        factor, place, path = spec
        with self.noting(place, factor.column):
            if factor.key is None:
                levels = self._levels(factor, path)
                title = factor.column.replace("-", " ").replace("_", " ").capitalize()
                self._read_cells(factor.column, lambda text: _known(text, factor.levels or ()))
                return Factor(factor.column, factor.title or title, "", None, levels=levels)
            key = find_key(factor.key, self.rules, self.scenarios)
            self._read_cells(factor.column, key.read)
            return self._keyed(factor, path, key, kind)
        return None

    def _read_cells(self, name: str, read: Callable[[str], Cell]) -> None:
        """Read the cells of a list's column."""
        self.cells[name] = []
        most = len(self.problems) + MOST_WRONG
        for place, text in self.columns.get(name, ()):
            if len(self.problems) < most:
                with self.noting(place, name):
                    self.cells[name].append(read(text))

    def _levels(self, factor: FactorForm, at: KeyPath) -> tuple[Level, ...]:
        """Return a factor's named levels."""
        levels = []
        for label, settings in (factor.levels or {}).items():
            # A level's keys are those of the scenario that it chooses.
            chosen = {k: v for k, v in self.scenarios.items() if k == settings.get(SCENARIO)}
            values: dict[str, Any] = {}
            for path, value in settings.items():
                with self.noting(self.file.place((*at, "levels", label, path)), path):
                    key = find_key(path, self.rules, chosen or self.scenarios)
                    values[path] = key.cell(value)
            levels.append(Level(label, values))
        return tuple(levels)

    def _keyed(self, form: FactorForm, path: KeyPath, key: Key, kind: Kind | None) -> Factor | None:
        """Return a factor of one key: with listed values, or a range."""
        whole, title = key.kind is int, form.title or key.title
        factor = Factor(key.path, title, key.unit, key.path, whole=whole, scale=form.scale)
        if kind == "list":
            distinct = tuple(dict.fromkeys(self.cells[form.column]))
            numbers = [cell for cell in distinct if not isinstance(cell, str | bool)]
            if len(numbers) <= MOST_LISTED:
                return replace(factor, values=distinct)
            return replace(factor, low=float(min(numbers)), high=float(max(numbers)))
        if form.values is not None:
            listed: list[Cell] = []
            for value in form.values:
                with self.noting(self.file.place((*path, "values")), key.path):
                    if (cell := key.cell(value)) in listed:
                        raise ValueError(f"{value!r} is listed twice")
                    listed.append(cell)
            return replace(factor, values=tuple(listed))
        if key.kind in (bool, str):
            raise ValueError("is not a number and has no range; list its values = […]")
        ends: list[Any] = list(key.plausible or ())
        if form.low is not None:
            ends = []
            for name in ("low", "high"):
                with self.noting(self.file.place((*path, name)), key.path):
                    ends.append(float(key.cell(getattr(form, name))))
        elif key.plausible is None:
            raise ValueError("has no plausible range; give low and high, or values")
        if len(ends) == 2:  # else noted
            low, high = ends
            if low >= high:
                raise ValueError(f"high must be larger than low, {low:g}, not {high:g}")
            if form.scale == "log" and low <= 0:
                raise ValueError(f"a log scale needs low > 0, not {low:g}")
            if kind and (kind == "grid") != (form.steps is not None):
                raise ValueError("in a grid, a range needs steps; in no other design it has any")
            factor = replace(factor, low=low, high=high)
            return replace(factor, values=divide(factor, form.steps)) if form.steps else factor
        return None

    # The rest

    def _keep(self, form: KeepForm) -> Keep:
        """Return what is kept."""
        known = {"outcomes": self.rules.register, "groups": GROUPS}
        for key, names in known.items():
            for name in getattr(form, key):
                if name not in names:
                    advice = suggest(name, tuple(names), "there are")
                    self.file.wrong(("keep", key), f"there is no {key[:-1]} {name!r}; {advice}")
        horizon = next((s.horizon for s in self.scenarios.values()), Horizon())
        years = form.dates if isinstance(form.dates, tuple) else ()
        if wrong := [year for year in years if not horizon.start <= year <= horizon.end]:
            text = f"must be years from {horizon.start} to {horizon.end}, not {wrong[0]}"
            self.file.wrong(("keep", "dates"), text)
        groups = tuple(name for name in dict.fromkeys(form.groups) if name != WORLD)
        return Keep(tuple(dict.fromkeys(form.outcomes)), groups, form.dates, form.countries)

    def _check_points(
        self, design: Design, base: str, places: Mapping[str, Place]
    ) -> tuple[Problem, ...]:
        """Note what is wrong only with points as a whole; return what is without effect.

        Args:
            design: The design; each of its values is right by itself.
            base: The base scenario's name.
            places: Where the file sets each dotted key that a factor sets.
        """
        idle: dict[str, Sequence[Problem]] = {}
        problems: dict[tuple[Place, str], Problem] = {}
        for point in choose_points(design.points):
            settings = design.settings(point)
            name = str(settings.pop(SCENARIO, base))
            try:
                scenario = load_scenario(
                    self.sources[name],
                    overrides=self.overrides,
                    factors=settings,
                    rules=self.rules,
                )
                always = idle.get(name, scenario.warnings)
                idle[name] = [problem for problem in scenario.warnings if problem in always]
            except ScenarioError as error:
                for problem in error.problems:
                    place = places.get(problem.key, problem.place)
                    text = f"{problem.text} (at point {point})"
                    problems.setdefault((place, problem.key), Problem(place, problem.key, text))
        self.problems += problems.values()
        warnings = [
            Problem(
                places.get(problem.key, problem.place),
                problem.key,
                problem.text + (f", in the scenario {name!r}" if problem.key in places else ""),
            )
            for name, ineffective in idle.items()
            for problem in ineffective
        ]
        return tuple(dict.fromkeys(warnings))


def choose_points(points: Sequence[Sequence[Cell]]) -> list[int]:
    """Return the points to load, since a large design has thousands.

    All of a small design; of a large one as many evenly, and the ends of each factor.
    """
    chosen = set(np.linspace(0, len(points) - 1, SMALL).astype(int).tolist())
    for column in zip(*points, strict=True):
        chosen |= {column.index(min(column)), column.index(max(column))}
    return sorted(chosen)


def _known(label: str, levels: Collection[str]) -> str:
    """Return the label of a level."""
    if label not in levels:
        raise ValueError(f"no level is called {label!r}; {suggest(label, list(levels), 'levels')}")
    return label


def _span(scenario: Scenario) -> str:
    return f"{scenario.horizon.start}-{scenario.horizon.end}"

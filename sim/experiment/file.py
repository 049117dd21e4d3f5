"""From an experiment file to one checked, frozen experiment; which kind of file a name means."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.errors import InputError
from sim.experiment.experiment import (
    GROUPS,
    Design,
    Experiment,
    Factor,
    Keep,
    Kind,
    Parameters,
    Scale,
)
from sim.experiment.points import MOST_POINTS, divide, factor_of, make_points
from sim.parameters import Cell, attribute
from sim.register import WORLD
from sim.rules import SHIPPED, Rules
from sim.scenario import Horizon, Origin, Problem, Scenario, ScenarioError, load_scenario
from sim.scenario.file import LIBRARY as SCENARIOS
from sim.scenario.file import SCENARIO, TOP_KEYS, Key, shipped_names
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.toml_file import (
    FORM,
    Entry,
    FileModel,
    Library,
    Listing,
    Paragraph,
    ParsedFile,
    Text,
    editor_schema,
    suggest,
)
from sim.text import KEY_NAME, MANIFEST, NUMBER, read_rows, read_text

LIBRARY = Library("experiment", "experiments")
OF_RESULTS = "a manifest of results"
KINDS: dict[str, tuple[str, set[str]]] = {
    "a calibration": ("calibrate", {"calibration"}),
    "an experiment": ("sweep", {"design", "factors", "keep", "replicates"}),
    "a scenario": ("run", {*TOP_KEYS, *SHIPPED.sections} - {"title", "question"}),
    OF_RESULTS: ("run", set()),
}
"""Kinds of files: the command that takes one, and the keys that tell it."""
TAKEN = ("run", "point", "replicate", "message", SCENARIO)
"""Columns of results; no factor may be named so."""
MOST_STEPS = 10_000
MOST_RUNS = 2**31 - 1
"""Runs of an experiment: their numbers are whole numbers of 32 bits."""
MOST_LISTED = 50
"""Distinct numbers of a list's column that a factor lists; with more it has a range."""
SMALL = 200
"""Points of a design that is loaded whole."""
POINT = "point"
"""A column that is passed over, so that the ``design.csv`` of a sweep's results is a list too."""


class ExperimentError(ScenarioError):
    """Everything that is wrong with an experiment."""

    noun = "experiment"


# --- The form of a file ---------------------------------------------------------------------------


class DesignForm(FileModel):
    """How the points are made."""

    kind: Kind = Field("grid", description="How the points are made.")
    points: int | None = Field(
        None, ge=1, le=MOST_POINTS, description="Points of a sampled design; of sobol a power of 2."
    )
    seed: int = Field(1, ge=0, le=MOST_SEED, description="Seed of the points, not of the runs.")
    file: Text | None = Field(None, description="CSV file of a list's points, relative to here.")

    @model_validator(mode="after")
    def _suits_the_kind(self) -> DesignForm:
        needed = {"grid": "", "list": "file"}.get(self.kind, "points")
        may = {"kind", needed} | ({"seed"} if needed == "points" else set())
        if useless := sorted(self.model_fields_set - may):
            raise ValueError(f"a {self.kind} design has no {useless[0]}")
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a {self.kind} design needs {needed} = …")
        count = self.points or 1
        if self.kind == "sobol" and count & (count - 1):
            below = 1 << (count.bit_length() - 1)
            text = f"must be a power of two, not {count}; the nearest are {below} and {2 * below}"
            raise ValueError(f"points {text}")
        return self


def _leaves(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of nested tables by dotted key."""
    leaves: dict[str, Any] = {}
    for key, value in table.items():
        nested = isinstance(value, dict) and value
        leaves |= _leaves(value, f"{prefix}{key}.") if nested else {f"{prefix}{key}": value}
    return leaves


Settings = Annotated[dict[str, Any], AfterValidator(_leaves)]
"""What a level sets, by dotted key."""


class FactorForm(Entry):
    """What varies: a key with its values or range, or named levels of several keys."""

    key: Text | None = Field(
        None, description='The dotted key that varies, "scenario", or one of an event.'
    )
    name: Text | None = Field(None, description="Instead of a key: the name of named levels.")
    title: Text | None = Field(None, description="Title for figures.")
    values: list[Any] | None = Field(None, min_length=1, description="The values, listed.")
    low: Any = Field(None, description="Least value of a range; the plausible range if left out.")
    high: Any = Field(None, description="Largest value of a range.")
    steps: int | None = Field(
        None, ge=2, le=MOST_STEPS, description="Values that a grid takes from a range."
    )
    scale: Scale = Field("linear", description="How a range is divided.")
    levels: dict[str, Settings] = Field(
        {},
        min_length=1,
        description='Levels by label, each what it sets: { "contracts.term" = 5 }.',
        json_schema_extra={FORM: 'a table of levels: { LABEL = { "KEY" = VALUE } }'},
    )

    @property
    def column(self) -> str:
        """Its heading in tables."""
        return self.key or self.name or ""

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> FactorForm:
        given = self.model_fields_set
        if (given & {"key", "name", "levels"}) not in ({"key"}, {"name", "levels"}):
            raise ValueError("a factor needs a key, such as contracts.term; or a name, and levels")
        if len(given & {"low", "high"}) == 1:
            raise ValueError("give low and high both, or neither")
        kinds = (given & {"levels"}, given & {"values"}, given & {"low", "steps"})
        if sum(map(bool, kinds)) > 1:
            raise ValueError("give one of values, a range (low, high, steps), and levels")
        if self.name in TAKEN or not KEY_NAME.fullmatch(self.name or "x"):
            text = f"letters, digits, - and _, and no column of results ({', '.join(TAKEN)})"
            raise ValueError(f"a name is of {text}, not {self.name!r}")
        return self


class ExperimentForm(FileModel):
    """An experiment file."""

    title: Text | None = Field(None, description="Title for figures and tables.")
    question: Paragraph = Field("", description="What the experiment asks.")
    base: Text = Field("baseline", description="The scenario that points change: a name or path.")
    replicates: int = Field(10, ge=1, le=MOST_REPLICATES, description="Runs at each point.")
    seed: int = Field(1, ge=0, le=MOST_SEED, description="Seed of the draws.")
    parameters: Parameters = Field("plausible", description="What runs have beneath the rest.")
    design: DesignForm | None = Field(None, description="How the points are made; a grid.")
    factors: list[FactorForm] = Field([], description="What varies, a table a factor.")
    keep: Keep = Field(Keep(), description="What is kept of the runs.")


def experiment_schema() -> dict[str, Any]:
    """Return the JSON schema of an experiment file, in the dialect that TOML editors read."""
    return editor_schema(ExperimentForm, "Entrench experiment")


# --- Which kind of file a name means --------------------------------------------------------------


def list_experiments() -> list[Listing]:
    """Return name, title and question of the shipped experiments."""
    return [one for one in LIBRARY.listings() if kind_of(one.name) == "an experiment"]


def list_calibrations() -> list[Listing]:
    """Return name, title and question of the shipped calibrations."""
    return [one for one in LIBRARY.listings() if kind_of(one.name) == "a calibration"]


def kind_of(name_or_path: str | Path) -> str:
    """Return which of `KINDS` a name or path is; empty where the file does not tell."""
    if Path(name_or_path).name == MANIFEST and Path(name_or_path).is_file():
        return OF_RESULTS
    if name_or_path in shipped_names():
        return "a scenario"
    try:
        keys = ParsedFile(LIBRARY.find(name_or_path)).data.keys()
    except ValueError:
        return ""
    return next((kind for kind, (_, telling) in KINDS.items() if keys & telling), "")


def refuse_other(name_or_path: str | Path, wanted: str) -> None:
    """Refuse a file of another kind, and say which command takes it.

    Args:
        name_or_path: The name of a shipped file, or a path.
        wanted: Which of `KINDS` it should be.

    Raises:
        InputError: It is another.
    """
    kind = kind_of(name_or_path)
    if kind not in ("", wanted):
        text = f"{name_or_path} is {kind}, not {wanted}: entrench {KINDS[kind][0]} {name_or_path}"
        raise InputError(text)


def open_file(name_or_path: str | Path, wanted: str) -> ParsedFile:
    """Return the file that a user names, as it is before it is checked; see `refuse_other`.

    Raises:
        ExperimentError: There is none, or it cannot be read.
        InputError: It is another.
    """
    refuse_other(name_or_path, wanted)
    try:
        file = ParsedFile(LIBRARY.find(name_or_path), wanted)
    except ValueError as error:
        origin = Origin("file", str(name_or_path) or LIBRARY.noun)
        raise ExperimentError([Problem(origin, "", str(error))]) from None
    if file.problems:
        raise ExperimentError(file.problems, file.path.stem)
    return file


# --- The loader -----------------------------------------------------------------------------------


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
    options = {
        "replicates": (replicates, "--runs"),
        "seed": (seed, "--seed"),
        "parameters": (parameters, "--defaults"),
    }
    for key, (value, option) in options.items():
        if value is not None:
            file.override(key, value, option)
    return _Loader(file, dict(overrides or {}), rules).load()


type _Written = tuple[Origin, FactorForm]
"""A factor as it is written, and the place of its key or name."""


class _Loader:
    """Reads one file; collects what is wrong."""

    def __init__(self, file: ParsedFile, overrides: dict[str, Any], rules: Rules) -> None:
        self.file, self.overrides, self.rules = file, overrides, rules
        self.problems = file.problems
        self.scenarios: dict[str, Scenario] = {}
        self.sources: dict[str, Path] = {}
        self.columns: dict[str, list[tuple[Origin, Any]]] = {}
        self.points: dict[str, list[Cell]] = {}

    @contextmanager
    def noting(self, origin: Origin, key: str = "") -> Iterator[None]:
        """Note what is raised of wrong values, with its place."""
        try:
            yield
        except ScenarioError as error:
            self.problems += error.problems
        except ValueError as error:
            self.problems.append(Problem(origin, key, str(error)))

    def raise_problems(self) -> None:
        """Raise what is wrong so far."""
        if self.problems:
            raise ExperimentError(self.problems, self.file.path.stem)

    def load(self) -> Experiment:
        """Return the experiment."""
        form = self.file.read(ExperimentForm)
        # Of a design that is wrong, and noted, the kind is not known.
        design = form.design or (None if "design" in self.file.data else DesignForm())
        kind = design.kind if design else None
        plausible = None if form.parameters == "point" else shipped_plausible()
        forms = [(self._origin(one), one) for one in form.factors]
        if design and design.file:
            forms = self._of_columns(form.factors, design.file)
        elif not forms and not self.problems:
            self.file.wrong((), "an experiment needs a factor: [[factors]], and its key below")
        self._load_scenarios(form.base, forms)
        places: dict[str, Origin] = {}
        factors = []
        for origin, one in forms:
            if factor := self._factor(one, origin, kind):
                factors.append(factor)
                self._claim(factor, origin, places)
        self._check_keep(form.keep)
        self.raise_problems()
        assert design is not None
        count = design.points or math.prod(len(factor.options) for factor in factors)
        if count > MOST_POINTS or count * form.replicates > MOST_RUNS:
            text = f"{count} points with {form.replicates} replicates; allowed: up to {MOST_POINTS}"
            self.file.wrong(("design",), f"{text} points, and {MOST_RUNS} runs")
            self.raise_problems()
        points = make_points(design.kind, factors, count, design.seed)
        if kind == "list":
            points = tuple(zip(*self.points.values(), strict=True))
        made = Design(design.kind, tuple(factors), points)
        warnings = self._check_points(made, form.base, places)
        self.raise_problems()
        return Experiment(
            name=self.file.path.stem,
            title=form.title or self.file.path.stem,
            question=form.question,
            base=form.base,
            scenarios=self.scenarios,
            design=made,
            replicates=form.replicates,
            seed=form.seed,
            keep=form.keep,
            plausible=plausible,
            warnings=warnings,
        )

    # Factors as written

    def _origin(self, form: FactorForm) -> Origin:
        """Return the line of a factor's key or name."""
        return self.file.origin((*form._path, "name" if form.key is None else "key"))

    def _of_columns(self, declared: Sequence[FactorForm], name: str) -> list[_Written]:
        """Return a list's factors in the order of its columns; what is not declared is a key."""
        path = Path(os.path.normpath(self.file.path.parent / name))
        try:
            text = read_text(path, "a list of points", "CSV")
            rows = [(Origin("file", str(path), line), row) for line, row in read_rows(text) if row]
        except ValueError as error:
            self.file.wrong(("design", "file"), f"{path}: {error}")
            return []
        head, names = rows.pop(0) if rows else (Origin("file", str(path), 1), [])
        wrong = [
            Problem(at, "", f"{len(row)} cells, but the first line names {len(names)} columns")
            for at, row in rows
            if len(row) != len(names)
        ]
        if not rows or len({*names, ""}) <= len(names) or names == [POINT]:
            text = "needs a line of keys, each once, and below it a line for each point"
            wrong.append(Problem(head, "", text))
        if wrong:
            self.problems += wrong
            return []
        for at, name in enumerate(names):
            if name != POINT:
                self.columns[name] = [(origin, row[at].strip()) for origin, row in rows]
        forms = {form.column: form for form in declared}
        for name, form in forms.items():
            if name not in self.columns:
                text = f"{path} has no such column; {suggest(name, names, 'columns')}"
                self.problems.append(Problem(self._origin(form), name, text))
        return [
            (self._origin(forms[name]), forms[name])
            if name in forms
            else (head, FactorForm(key=name))
            for name in self.columns
        ]

    def _written(self, form: FactorForm) -> list[tuple[Origin, Any]]:
        """Return the values that are listed for a factor, in its column or in the file."""
        if form.column in self.columns:
            return self.columns[form.column]
        return [(self.file.origin((*form._path, "values")), value) for value in form.values or ()]

    def _cells(self, form: FactorForm, check: Callable[[Any], Cell]) -> list[Cell]:
        """Return a factor's listed values, checked."""
        cells: list[Cell] = []
        for origin, value in self._written(form):
            with self.noting(origin, form.column):
                cell = check(value)
                if cell in cells and not self.columns:
                    raise ValueError(f"{value!r} is listed twice")
                cells.append(cell)
        self.points[form.column] = cells
        return cells

    # Scenarios

    def _load_scenarios(self, base: str, forms: Sequence[_Written]) -> None:
        """Load the scenarios that points use, each of which shares the others' horizon."""
        wanted = [(self.file.origin(("base",)), base, "base")]
        for _, form in forms:
            written = self._written(form) if form.key == SCENARIO else []
            written += [
                (self.file.origin((*form._path, "levels", label, SCENARIO)), settings[SCENARIO])
                for label, settings in form.levels.items()
                if SCENARIO in settings
            ]
            wanted += [(origin, name, SCENARIO) for origin, name in written]
            if form.key == SCENARIO or 0 < len(form.levels) == len(written):
                wanted = wanted[wanted[0][2] == "base" :]  # each point has another
        for origin, name, key in wanted:
            if name not in self.sources:
                with self.noting(origin, key):
                    self._load_scenario(name)

    def _load_scenario(self, name: Any) -> None:
        if not isinstance(name, str) or not name.strip():
            raise ValueError("must be a scenario's name or path in quotes")
        path = SCENARIOS.find(name, self.file.path.parent)
        if not path.is_file():
            raise ValueError(f"{path}: there is no such file")
        self.sources[name] = path
        scenario = load_scenario(path, overrides=self.overrides, rules=self.rules)
        for other, known in self.scenarios.items():
            if scenario.horizon != known.horizon:
                spans = [f"{one.horizon.start}-{one.horizon.end}" for one in (scenario, known)]
                text = f"its horizon is {spans[0]}, that of {other!r} {spans[1]}"
                raise ValueError(f"{name}: {text}; all points share one (--set horizon.end=…)")
        self.scenarios[name] = scenario

    # Factors, resolved

    def _factor(self, form: FactorForm, origin: Origin, kind: Kind | None) -> Factor | None:
        """Return a factor; what is wrong with it is noted."""
        with self.noting(origin, form.column):
            if form.levels:
                title = form.column.replace("-", " ").replace("_", " ").capitalize()
                self._cells(form, lambda label: _known(label, form.levels))
                levels = self._levels(form)
                return Factor(form.column, form.title or title, "", None, levels=levels)
            if form.key == SCENARIO:
                names = tuple(dict.fromkeys(self._cells(form, str)))
                return Factor(SCENARIO, form.title or "Scenario", "", SCENARIO, values=names)
            factor, key = factor_of(form.column, self.rules)
            factor = replace(factor, title=form.title or factor.title, scale=form.scale)
            if kind == "list":
                cells = dict.fromkeys(self._cells(form, lambda text: key.check(_of_text(text))))
                numbers = [cell for cell in cells if not isinstance(cell, str | bool)]
                if len(numbers) > MOST_LISTED:
                    return replace(factor, low=float(min(numbers)), high=float(max(numbers)))
                return replace(factor, values=tuple(cells))
            if form.values is not None:
                return replace(factor, values=tuple(self._cells(form, key.check)))
            return self._ranged(form, factor, key, kind)
        return None

    def _levels(self, form: FactorForm) -> dict[str, dict[str, Any]]:
        """Return a factor's named levels."""
        levels: dict[str, dict[str, Any]] = {label: {} for label in form.levels}
        for label, settings in form.levels.items():
            for path, value in settings.items():
                with self.noting(self.file.origin((*form._path, "levels", label, path)), path):
                    check = str if path == SCENARIO else factor_of(path, self.rules)[1].check
                    levels[label][path] = check(value)
        return levels

    def _ranged(self, form: FactorForm, factor: Factor, key: Key, kind: Kind | None) -> Factor:
        """Return a factor of a range, which a grid divides."""
        if key.field.annotation is bool:
            raise ValueError("is not a number and has no range; list its values = […]")
        ends: dict[str, float] = {}
        if form.low is not None:
            for name in ("low", "high"):
                with self.noting(self.file.origin((*form._path, name)), form.column):
                    ends[name] = float(key.check(getattr(form, name)))
        elif plausible := attribute(key.field, "plausible"):
            ends = dict(zip(("low", "high"), plausible, strict=True))
        else:
            raise ValueError("has no plausible range; give low and high, or values")
        if len(ends) < 2:  # noted
            return factor
        low, high = ends.values()
        if low >= high:
            raise ValueError(f"high must be larger than low, {low:g}, not {high:g}")
        if form.scale == "log" and low <= 0:
            raise ValueError(f"a log scale needs low > 0, not {low:g}")
        if kind and (kind == "grid") != (form.steps is not None):
            raise ValueError("in a grid, a range needs steps; in no other design it has any")
        factor = replace(factor, low=low, high=high)
        return replace(factor, values=divide(factor, form.steps)) if form.steps else factor

    # The rest

    def _claim(self, factor: Factor, origin: Origin, places: dict[str, Origin]) -> None:
        """Note the place of each key that a factor sets: no other, and no `--set`, sets it."""
        for key in factor.keys:
            if key in places:
                text = f"line {places[key].line} varies it, too; a key belongs to one factor"
                self.problems.append(Problem(origin, key, text))
            elif key in self.overrides:
                text = f"the factor {factor.name!r} of the experiment varies it; leave it out"
                self.problems.append(Problem(Origin("set"), key, text))
            places[key] = origin

    def _check_keep(self, keep: Keep) -> None:
        """Note what is to be kept and cannot be."""
        known = {"outcomes": tuple(self.rules.register), "groups": (WORLD, *GROUPS)}
        for key, names in known.items():
            for name in getattr(keep, key):
                if name not in names:
                    advice = suggest(name, names, "there are")
                    self.file.wrong(("keep", key), f"there is no {key[:-1]} {name!r}; {advice}")
        horizon = next((s.horizon for s in self.scenarios.values()), Horizon())
        years = keep.dates if isinstance(keep.dates, tuple) else ()
        if wrong := [year for year in years if not horizon.start <= year <= horizon.end]:
            text = f"must be years from {horizon.start} to {horizon.end}, not {wrong[0]}"
            self.file.wrong(("keep", "dates"), text)

    def _check_points(
        self, design: Design, base: str, places: Mapping[str, Origin]
    ) -> tuple[Problem, ...]:
        """Note what is wrong only with points as a whole; return what is without effect.

        Args:
            design: The design; each of its values is right by itself.
            base: The base scenario's name.
            places: Where the file sets each dotted key that a factor sets.
        """
        idle: dict[str, Sequence[Problem]] = {}
        problems: dict[tuple[Origin, str], Problem] = {}
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
                    origin = places.get(problem.key, problem.origin)
                    text = f"{problem.text} (at point {point})"
                    problems.setdefault((origin, problem.key), Problem(origin, problem.key, text))
        self.problems += problems.values()
        warnings = [
            replace(
                problem,
                origin=places[problem.key],
                text=f"{problem.text}, in the scenario {name!r}",
            )
            if problem.key in places
            else problem
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
        raise ValueError(f"no level is called {label!r}; {suggest(label, levels, 'levels')}")
    return label


def _of_text(text: str) -> Any:
    """Return the number or switch that a cell of a table is; else its text."""
    truth = {"true": True, "false": False}.get(text.lower(), text)
    return float(text) if NUMBER.fullmatch(text) else truth

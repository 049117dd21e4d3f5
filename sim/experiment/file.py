"""Experiment files: from TOML to one checked, frozen experiment."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from sim.errors import KEY_NAME, InputError
from sim.experiment.design import (
    MOST_POINTS,
    Design,
    Experiment,
    Factor,
    Keep,
    Scale,
    make_factor,
    make_points,
)
from sim.model.draws import MOST_RUNS, MOST_SEED
from sim.model.parameters import Cell, attribute
from sim.model.register import KEYS, SHIPPED, Rules
from sim.scenario import BASELINE, FileError, Horizon, Origin, Problem, Scenario, load_scenario
from sim.scenario.file import LIBRARY as SCENARIOS
from sim.scenario.file import shipped_names
from sim.scenario.forms import TOP_KEYS
from sim.scenario.keys import SCENARIO, Key, leaves
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.toml_file import (
    FORM,
    SET,
    FileModel,
    KeyPath,
    Library,
    Name,
    Paragraph,
    ParsedFile,
    Text,
)

LIBRARY = Library("experiment", "experiments")
CALIBRATION, EXPERIMENT = "a calibration", "an experiment"
# The command for each kind of file, and the keys that identify it.
FILE_KINDS: dict[str, tuple[str, set[str]]] = {
    CALIBRATION: ("calibrate", {"calibration"}),
    EXPERIMENT: ("sweep", {"design", "factors", "keep", "runs"}),
    "a scenario": ("run", {*TOP_KEYS, *SHIPPED.sections} - {"title", "question"}),
}
# Columns of results; no factor may be named so.
TAKEN = (*KEYS, "message", SCENARIO, "alternative", "outcome", "unit", "mean", "cell",
         "label")  # fmt: skip
# A design of so many points is checked whole.
SMALL = 200


# --- The form of a file ---------------------------------------------------------------------------


class DesignForm(FileModel):
    """How the points are made."""

    kind: Literal["grid", "latin-hypercube"] = "grid"
    """How the points are made."""
    points: int | None = Field(None, ge=1, le=MOST_POINTS)
    """Points of a sampled design."""
    seed: int = Field(1, ge=0, le=MOST_SEED)
    """Seed of the points, not of the runs."""

    @model_validator(mode="after")
    def _suits_the_kind(self) -> DesignForm:
        if self.kind == "grid" and self.model_fields_set & {"points", "seed"}:
            raise ValueError("a grid design has neither points nor a seed")
        if self.kind != "grid" and self.points is None:
            raise ValueError(f"a {self.kind} design needs points = …")
        return self


def _by_dotted_key(table: Mapping[str, Any]) -> dict[str, Any]:
    return {".".join(map(str, path)): value for path, value in leaves(table) if path}


Settings = Annotated[dict[str, Any], AfterValidator(_by_dotted_key)]


class FactorForm(FileModel):
    """A factor: a key with its values or range, or named levels of several keys."""

    key: Text | None = None
    """The dotted key that varies, "scenario", or one of an event."""
    name: Text | None = None
    """Instead of a key: the name of named levels."""
    title: Name | None = None
    """Title for figures."""
    values: list[Any] | None = Field(None, min_length=1)
    """The values, listed."""
    low: Any = None
    """Least value of a range; the plausible range if left out."""
    high: Any = None
    """Largest value of a range."""
    scale: Scale = "linear"
    """How a sample covers a range."""
    levels: dict[Name, Settings] = Field(
        {},
        min_length=1,
        json_schema_extra={FORM: 'a table of levels: { LABEL = { "KEY" = VALUE } }'},
    )
    """Levels by label, each with its values: { "contracts.term" = 5 }."""

    @property
    def column(self) -> str:
        return self.key or self.name or ""

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> FactorForm:
        given = self.model_fields_set
        if (given & {"key", "name", "levels"}) not in ({"key"}, {"name", "levels"}):
            raise ValueError("a factor needs a key, such as contracts.term; or a name, and levels")
        if len(given & {"low", "high"}) == 1:
            raise ValueError("give low and high both, or neither")
        if len(given & {"levels", "values", "low"}) > 1:
            raise ValueError("give one of values, a range (low, high), and levels")
        if self.name in TAKEN or not KEY_NAME.fullmatch(self.name or "x"):
            text = f"letters, digits, - and _, and no column of results ({', '.join(TAKEN)})"
            raise ValueError(f"a name is of {text}, not {self.name!r}")
        return self


class ExperimentForm(FileModel):
    """An experiment file."""

    title: Name | None = None
    """Title for figures and tables."""
    question: Paragraph = ""
    """The question of the experiment."""
    base: Text = BASELINE
    """The scenario that points change: a name or path."""
    runs: int = Field(10, ge=1, le=MOST_RUNS)
    """Runs at each point."""
    seed: int = Field(1, ge=0, le=MOST_SEED)
    """Seed of the draws."""
    parameters: Literal["plausible", "point"] = "plausible"
    """Values that nothing else sets: a plausible set for each run, or the defaults."""
    design: DesignForm | None = None
    """How the points are made; a grid if left out."""
    factors: list[FactorForm] = Field([])
    """Factors, a table each."""
    keep: Keep = Keep()
    """Results to keep."""


# --- Which kind of file a name means --------------------------------------------------------------


def list_experiments() -> list[dict[str, str]]:
    files = [
        {**file, "verb": FILE_KINDS[kind_of(file["name"])][0]}
        for file in LIBRARY.listings(title="", question="")
    ]
    return sorted(files, key=lambda file: file["verb"], reverse=True)


def kind_of(name_or_path: str | Path) -> str:
    """Return which of `FILE_KINDS` a name or path is; empty if unclear."""
    # Scenarios are in another folder, where `LIBRARY` does not look.
    if name_or_path in shipped_names():
        return "a scenario"
    try:
        keys = ParsedFile(LIBRARY.find(name_or_path)).data.keys()
    except ValueError:
        return ""
    for cutoff, (kind, (_, telling)) in itertools.product((1.0, 0.8), FILE_KINDS.items()):
        if any(get_close_matches(key, telling, 1, cutoff) for key in keys):  # also `[[factor]]`
            return kind
    return ""


def refuse_other(name_or_path: str | Path, wanted: str) -> None:
    kind = kind_of(name_or_path)
    if kind not in ("", wanted):
        verb, _ = FILE_KINDS[kind]
        raise InputError(f"{name_or_path} is {kind}, not {wanted}: entrench {verb} {name_or_path}")


def open_file(name_or_path: str | Path, wanted: str) -> ParsedFile:
    refuse_other(name_or_path, wanted)
    file = ParsedFile(LIBRARY.find(name_or_path), wanted)
    FileError.refuse(file.problems, file.path.stem)
    return file


# --- The loader -----------------------------------------------------------------------------------


def load_experiment(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    rules: Rules = SHIPPED,
) -> Experiment:
    """Load an experiment by name or path; `overrides` (`--set`) count at every point."""
    return _Loader(open_file(name_or_path, EXPERIMENT), dict(overrides or {}), rules).load()


class _Loader:
    """Reads one file and collects its errors.

    Attributes:
        scenarios: Those that points use, without factors.
        places: Where the file varies each dotted key.
    """

    def __init__(self, file: ParsedFile, overrides: dict[str, Any], rules: Rules) -> None:
        self.file, self.overrides, self.rules = file, overrides, rules
        self.problems = file.problems
        self.scenarios: dict[str, Scenario] = {}
        self.places: dict[str, Origin] = {}

    def load(self) -> Experiment:
        form = self.file.read(ExperimentForm)
        # Of a design that is wrong, and noted, the kind is not known.
        design = form.design or (None if "design" in self.file.data else DesignForm())
        if not form.factors and not self.problems:
            self.file.wrong((), "an experiment needs a factor: [[factors]], and its key below")
        self._load_scenarios(form)
        self._check_keep(form.keep)
        factors = [self._factor(factor, design) for factor in form.factors]
        FileError.refuse(self.problems, self.file.path.stem)
        assert design is not None
        made = tuple(factor for factor in factors if factor)
        with self.file.noting(("design",)):
            points = make_points(made, design.points, design.seed)
            self._check_points(Design(design.kind, made, points), form.base)
        FileError.refuse(self.problems, self.file.path.stem)
        return Experiment(
            name=self.file.path.stem,
            title=form.title or self.file.path.stem,
            question=form.question,
            base=form.base,
            scenarios=self.scenarios,
            design=Design(design.kind, made, points),
            n_runs=form.runs,
            seed=form.seed,
            keep=form.keep,
            plausible=None if form.parameters == "point" else shipped_plausible(),
        )

    def _load_scenarios(self, form: ExperimentForm) -> None:
        places: dict[str, KeyPath] = {form.base: ("base",)}
        for factor in form.factors:
            settings = list(factor.levels.values())
            if factor.key == SCENARIO:
                settings = [{SCENARIO: name} for name in factor.values or ()]
            names = [str(each[SCENARIO]) for each in settings if SCENARIO in each]
            if names and len(names) == len(settings):
                places.pop(form.base, None)  # each point has another
            here = (*factor._path, "levels" if factor.levels else "values")
            places |= dict.fromkeys(names, here)
        for name, place in places.items():
            with self.file.noting(place):
                self.scenarios[name] = self._load_scenario(name)

    def _load_scenario(self, name: str, factors: Mapping[str, Any] | None = None) -> Scenario:
        path = SCENARIOS.find(name, self.file.path.parent)
        return load_scenario(path, overrides=self.overrides, factors=factors, rules=self.rules)

    def _factor(self, form: FactorForm, design: DesignForm | None) -> Factor | None:
        here = (*form._path, "name" if form.key is None else "key")
        with self.file.noting(here, form.column):
            if form.name:
                title = form.name.replace("-", " ").replace("_", " ").capitalize()
                factor, key = Factor(form.name, title, "", None, levels=self._levels(form)), None
            else:
                factor, key = make_factor(form.column, self.rules)
            for path in factor.keys:
                if path in self.places:
                    line = self.places[path].line
                    text = f"line {line} varies it, too; a key belongs to one factor"
                    self.file.wrong(here, text, path)
                elif path in self.overrides:
                    text = f"the factor {factor.name!r} of the experiment varies it; leave it out"
                    self.problems.append(Problem(SET, path, text))
                self.places[path] = self.file.origin(here)
            factor = replace(factor, title=form.title or factor.title, scale=form.scale)
            if form.name:
                return factor
            if form.values is not None:
                return replace(factor, values=self._values(form, key))
            if key is None or key.field.annotation is bool:
                raise ValueError("is not a number and has no range; list its values = […]")
            if design and design.kind == "grid":
                raise ValueError("a grid lists its values = […]; ranges are of a latin-hypercube")
            return self._ranged(factor, form, key)
        return None

    def _levels(self, form: FactorForm) -> dict[str, dict[str, Any]]:
        levels: dict[str, dict[str, Any]] = {label: {} for label in form.levels}
        for label, settings in form.levels.items():
            for path, value in settings.items():
                with self.file.noting((*form._path, "levels", label, path), path):
                    _, key = make_factor(path, self.rules)
                    levels[label][path] = key.check(value) if key else str(value)
        return levels

    def _values(self, form: FactorForm, key: Key | None) -> tuple[Cell, ...]:
        values: list[Cell] = []
        for value in form.values or ():
            with self.file.noting((*form._path, "values"), form.column):
                cell = key.check(value) if key else str(value)
                if cell in values:
                    raise ValueError(f"{value!r} is listed twice")
                values.append(cell)
        return tuple(values)

    def _ranged(self, factor: Factor, form: FactorForm, key: Key) -> Factor:
        # A plausible range is of the value itself, not of a factor or a difference.
        ends = [] if key.how else list(attribute(key.field, "plausible") or ())
        if form.low is not None:
            ends = []
            for name in ("low", "high"):
                with self.file.noting((*form._path, name), form.column):
                    ends.append(float(key.check(getattr(form, name))))
        elif not ends:
            raise ValueError("has no plausible range; give low and high, or values")
        if len(ends) < 2:  # noted
            return factor
        low, high = ends
        if form.scale == "log" and low <= 0:
            raise ValueError(f"a log scale needs low > 0, not {low:g}")
        if low >= high:
            raise ValueError(f"high must be larger than low, {low:g}, not {high:g}")
        return replace(factor, low=low, high=high)

    def _check_keep(self, keep: Keep) -> None:
        horizon = next((s.horizon for s in self.scenarios.values()), Horizon())
        for key, text in keep.faults(self.rules, horizon):
            self.file.wrong(("keep", key), text)

    def _check_points(self, design: Design, base: str) -> None:
        # Values may be right one by one, but not together.
        wrong: dict[str, Problem] = {}
        for point in choose_points(design.points):
            settings = design.settings(point)
            try:
                self._load_scenario(settings.pop(SCENARIO, base), settings)
            except FileError as error:
                for problem in error.problems:
                    origin = self.places.get(problem.key, problem.origin)
                    text = f"{problem.text} (at point {point})"
                    wrong.setdefault(problem.key, Problem(origin, problem.key, text))
        self.problems += wrong.values()


def choose_points(points: Sequence[Sequence[Cell]]) -> list[int]:
    # Of a large design, evenly spaced ones and the ends of each factor.
    chosen = set(np.linspace(0, len(points) - 1, SMALL).astype(int).tolist())
    for column in zip(*points, strict=True):
        chosen |= {column.index(min(column)), column.index(max(column))}
    return sorted(chosen)

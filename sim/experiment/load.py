"""From an experiment file to one checked, frozen experiment."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.errors import InputError
from sim.experiment.experiment import SCENARIO, Design, Experiment, Factor, Kind, Parameters
from sim.experiment.factors import Resolver
from sim.experiment.file import USES, DesignTable, ExperimentFile
from sim.experiment.forms import Form, read_forms
from sim.experiment.keep import read_keep
from sim.experiment.page import ExperimentError, Page
from sim.experiment.points import MOST_POINTS, make_points, options
from sim.experiment.scenarios import Scenarios
from sim.experiment.structures import check_points
from sim.experiment.table import POINT, Table, read_table
from sim.parameters import Cell
from sim.rules import SHIPPED, Rules
from sim.scenario import Place, Problem, shipped_names
from sim.scenario.plausible import PlausibleSets, shipped_plausible
from sim.scenario.reading.library import Library, Listing
from sim.scenario.reading.problems import in_reading_order, show_value, suggest
from sim.scenario.reading.settings import from_file
from sim.scenario.reading.toml_source import Source
from sim.scenario.schema import TOP_KEYS
from sim.text import MANIFEST
from sim.world.locate import find_data_folder

TABLES = ("design", "factors", "keep")
"""Keys of an experiment file that are tables, read each by itself."""

MARKS = ("design", "factors", "keep", "replicates")
"""Keys that tell an experiment file from a scenario's."""

CALIBRATION = "calibration"
"""Key that tells a calibration's file, which lies in the same folder."""

OF_RESULTS = "a manifest of results"
VERBS = {
    "a scenario": "run", "an experiment": "sweep", "a calibration": "calibrate", OF_RESULTS: "run"
}  # fmt: skip
"""The command that takes a file of each kind."""

MOST_RUNS = 2**31 - 1
"""Runs of an experiment: their numbers are whole numbers of 32 bits."""


def experiments_folder() -> Path:
    """Return the folder of the shipped experiments."""
    return find_data_folder("experiments")


_SHIPPED = Library("experiment", experiments_folder)


def list_experiments() -> list[Listing]:
    """Return name, title and question of the shipped experiments.

    Raises:
        ScenarioError: A file cannot be read.
    """
    return [one for one in _SHIPPED.listings() if not is_calibration(one.name)]


def list_calibrations() -> list[Listing]:
    """Return name, title and question of the shipped calibrations.

    Raises:
        ScenarioError: A file cannot be read.
    """
    return [one for one in _SHIPPED.listings() if is_calibration(one.name)]


def _find(name_or_path: str | Path) -> Source | Problem:
    """Return the file that a user names, read; a shipped scenario's name is no file's from here."""
    text = str(name_or_path)
    shipped = not isinstance(name_or_path, Path) and text in shipped_names()
    if shipped and not Path(text).is_file():
        return Problem(Place(text), "", _SHIPPED.unknown(text))
    return _SHIPPED.find(name_or_path)


def kind_of(name_or_path: str | Path) -> str:
    """Return which of `VERBS` a name or path is; empty where the file does not tell."""
    if Path(name_or_path).name == MANIFEST and Path(name_or_path).is_file():
        return OF_RESULTS
    source = _find(name_or_path)
    if isinstance(source, Problem):
        return "a scenario" if str(name_or_path) in shipped_names() else ""
    keys = source.data.keys()
    if CALIBRATION in keys:
        return "a calibration"
    if not keys.isdisjoint(MARKS):
        return "an experiment"
    told = {*TOP_KEYS, *SHIPPED.sections} - ExperimentFile.model_fields.keys()
    return "" if keys.isdisjoint(told) else "a scenario"


def is_calibration(name_or_path: str | Path) -> bool:
    """Tell whether a name or path is a calibration's."""
    return kind_of(name_or_path) == "a calibration"


def is_experiment(name_or_path: str | Path) -> bool:
    """Tell whether a name or path is an experiment's rather than a scenario's."""
    return kind_of(name_or_path) == "an experiment"


def refuse_other(name_or_path: str | Path, wanted: str, advice: str = "") -> None:
    """Refuse a file of another kind, and say which command takes it.

    Args:
        name_or_path: The name of a shipped file, or a path.
        wanted: Which of `VERBS` it should be.
        advice: What else to say.

    Raises:
        InputError: It is another.
    """
    kind = kind_of(name_or_path)
    if kind and kind != wanted:
        text = f"{name_or_path} is {kind}, not {wanted}: entrench {VERBS[kind]} {name_or_path}"
        raise InputError(text + advice)


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
    page = open_page(name_or_path, "an experiment")
    return _Loader(page, dict(overrides or {}), rules).load(replicates, seed, parameters)


def open_page(name_or_path: str | Path, wanted: str, advice: str = "") -> Page:
    """Return the file that a user names, as it is before it is checked.

    Args:
        name_or_path: The name of a shipped file, or a path.
        wanted: Which of `VERBS` it should be.
        advice: What else to say to whoever names another.

    Raises:
        ExperimentError: There is none, or it cannot be read.
        InputError: It is another.
    """
    refuse_other(name_or_path, wanted, advice)
    source = _find(name_or_path)
    if isinstance(source, Problem):
        raise ExperimentError([source], str(name_or_path))
    page = Page(source)
    if not source.readable:
        raise ExperimentError(page.problems, source.path.stem)
    return page


class _Loader:
    """Reads one file, stage by stage; each notes what is wrong and lets the next go on."""

    def __init__(self, page: Page, overrides: dict[str, Any], rules: Rules) -> None:
        self.page = page
        self.name = page.source.path.stem
        self.overrides = overrides
        self.rules = rules
        self.sections = rules.sections

    def load(
        self, replicates: int | None, seed: int | None, parameters: Parameters | None
    ) -> Experiment:
        """Return the experiment.

        Raises:
            ExperimentError: Something is wrong.
        """
        page, data = self.page, self.page.source.data
        own = {key: value for key, value in data.items() if key not in TABLES}
        file = page.read(ExperimentFile, (), own) or ExperimentFile()
        replicates = self._number("replicates", replicates, 1, MOST_REPLICATES, file.replicates)
        seed = self._number("seed", seed, 0, MOST_SEED, file.seed)
        plausible = self._plausible(parameters, file.parameters)
        kind, count, design_seed, table = self._design()
        forms = read_forms(page, kind)
        if table is not None:
            forms = self._columns(forms, table)
        self._check_overrides(forms)
        scenarios = self._scenarios(file.base, forms, table)
        horizon = scenarios.horizon
        keep = read_keep(page, horizon, self.rules)
        resolver = Resolver(self.sections, scenarios.loaded, horizon, kind, table)
        # What is wrong with a list as a table would be said again of every column.
        unread = kind == "list" and (table is None or table.problems)
        resolved = [one for form in forms if not unread and (one := resolver.resolve(form))]
        factors, columns = [factor for factor, _ in resolved], [cells for _, cells in resolved]
        page.problems += scenarios.problems + resolver.problems
        page.problems += table.problems if table else []
        self._raise_problems()
        assert kind is not None  # noted, where it is wrong
        self._check_size(kind, factors, count, columns, replicates)
        self._raise_problems()
        points = (
            tuple(zip(*columns, strict=True))
            if kind == "list"
            else make_points(kind, factors, count, design_seed)
        )
        design = Design(kind, tuple(factors), points)
        places = {path: place for form in forms for path, place in form.sets().items()}
        wrong, warnings = check_points(
            design, file.base, scenarios.sources, self.overrides, places, self.rules
        )
        page.problems += wrong
        self._raise_problems()
        return Experiment(
            name=self.name,
            title=file.title or self.name,
            question=file.question or "",
            base=file.base,
            scenarios=scenarios.loaded,
            overrides=self.overrides,
            design=design,
            replicates=replicates,
            seed=seed,
            keep=keep,
            sources=scenarios.sources,
            plausible=plausible,
            warnings=warnings,
        )

    def _raise_problems(self) -> None:
        if self.page.problems:
            raise ExperimentError(in_reading_order(self.page.problems), self.name)

    def _number(self, key: str, given: int | None, low: int, high: int, default: int) -> int:
        """Return a whole number from the command line, or the file's."""
        if given is None:
            return default
        if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
            text = f"must be a whole number from {low} to {high}, not {show_value(given)}"
            self.page.problems.append(Problem(Place(f"--{key}"), "", text))
            return default
        return given

    def _plausible(self, given: Parameters | None, written: Parameters) -> PlausibleSets | None:
        """Return the sets of which replicates have one each; None for the defaults."""
        if (given or written) == "point":
            return None
        sets = shipped_plausible()
        if sets is None:
            text = "there are no plausible sets yet: seeds/plausible.csv is missing"
            if given:
                self.page.problems.append(Problem(Place(f"--{given}"), "", text))
            else:
                self.page.wrong(("parameters",), text)
        return sets

    def _design(self) -> tuple[Kind | None, int, int, Table | None]:
        """Return the design's kind, points, seed and, of a list, table."""
        page, table = self.page, self.page.table("design")
        read = page.read(DesignTable, ("design",), table)
        known = page.source.whole and isinstance(page.source.data.get("design", {}), dict)
        written = table.get("kind", "grid" if known else None)
        kind = next((k for k in USES if k == written), None)
        if read is None or kind is None:
            return kind, 1, 1, None
        points = self._table(read.file) if read.file else None
        return kind, read.points or 1, read.seed, points

    def _table(self, name: str) -> Table | None:
        """Return the table of a list."""
        page = self.page
        shown = os.path.normpath(Path(page.source.shown).parent / name)
        table = read_table(page.source.path.parent / name, shown)
        if not table.columns and table.problems and not table.problems[0].place.line:
            page.wrong(("design", "file"), f"{shown}: {table.problems[0].text}")
            return None
        return table

    def _columns(self, forms: list[Form], table: Table) -> list[Form]:
        """Return a list's factors in the order of its columns; undeclared ones are keys."""
        declared = {form.name: form for form in forms}
        ordered: list[Form] = []
        for at, name in enumerate(table.columns):
            if table.full:
                break
            if name == POINT:
                continue
            form = declared.pop(name, None)
            if form is None and forms:
                text = f"no factor is called {name!r}; {suggest(name, [f.name for f in forms])}"
                table.wrong(1, at, name, text)
            elif form is not None or name:
                place = table.place(1, at)
                ordered.append(form or Form((), name, place, name))
        for form in declared.values():
            text = f"{table.shown} has no column {form.name!r}"
            advice = suggest(form.name, table.columns, "columns")
            self.page.wrong(
                (*form.path, "name" if form.key is None else "key"), f"{text}; {advice}"
            )
        if table.columns and not [name for name in table.columns if name != POINT]:
            table.wrong(1, 0, "", "there is no column of a factor")
        return ordered

    def _check_overrides(self, forms: list[Form]) -> None:
        """Note what --set gives for keys that vary."""
        for form in forms:
            for path in form.sets():
                if path in self.overrides:
                    text = f"the factor {form.name!r} of the experiment varies it; leave it out"
                    self.page.problems.append(Problem(Place("--set"), path, text))

    def _scenarios(self, base: str, forms: list[Form], table: Table | None) -> Scenarios:
        """Return the scenarios that points use."""
        wanted = [written for form in forms for written in form.scenarios()]
        chosen = [form for form in forms if SCENARIO in form.sets()]
        always = any(
            form.key == SCENARIO or all(SCENARIO in s for s in form.levels.values())
            for form in chosen
        )
        if table and SCENARIO in table.columns and any(f.key == SCENARIO for f in chosen):
            places = table.first_places(SCENARIO)
            wanted += [from_file(text, place) for text, place in places.items() if text]
        scenarios = Scenarios(self.page.source, self.overrides, self.rules)
        if not always or "base" in self.page.source.data:
            place = self.page.source.place(("base",))
            scenarios.add(from_file(base, place), "base", used=not always)
        for written in wanted:
            scenarios.add(written, SCENARIO)
        return scenarios

    def _check_size(
        self,
        kind: Kind,
        factors: list[Factor],
        count: int,
        columns: list[list[Cell]],
        replicates: int,
    ) -> None:
        """Note designs of too many points or runs."""
        points = count
        if kind == "grid":
            points = math.prod(len(options(factor)) for factor in factors)
        elif kind == "list":
            points = len(columns[0])
        if points > MOST_POINTS:
            text = f"the grid has {points} points; allowed: up to {MOST_POINTS}"
            self.page.wrong(("design",), text, at_key=True)
        elif points * replicates > MOST_RUNS:
            text = f"{points} points with {replicates} replicates are {points * replicates} runs"
            self.page.wrong(("replicates",), f"{text}; allowed: up to {MOST_RUNS}")

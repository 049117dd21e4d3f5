"""The form of an experiment file, and which kind of file a name or path is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.errors import InputError
from sim.experiment.experiment import SCENARIO, Kind, Parameters, Scale
from sim.experiment.points import MOST_POINTS
from sim.rules import SHIPPED
from sim.scenario import Place, Problem, ScenarioError, shipped_names
from sim.scenario.form import TOP_KEYS
from sim.scenario.toml_file import (
    FORM,
    FileModel,
    Library,
    Listing,
    Paragraph,
    ParsedFile,
    Text,
    editor_schema,
)
from sim.text import KEY_NAME, MANIFEST, NAME, NAME_RULE

LIBRARY = Library("experiment", "experiments")
CALIBRATION = "calibration"
"""Key that tells a calibration's file, which is in the same folder."""
OF_RESULTS = "a manifest of results"
VERBS = {
    "a scenario": "run", "an experiment": "sweep", "a calibration": "calibrate", OF_RESULTS: "run"
}  # fmt: skip
"""The command that takes a file of each kind."""

TAKEN = ("run", "point", "replicate", "message", SCENARIO)
"""Columns of results; no factor may be named so."""
MOST_STEPS = 10_000


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


class FactorForm(FileModel):
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
    levels: dict[str, Settings] | None = Field(
        None,
        min_length=1,
        description='Levels by label, each what it sets: { "contracts.term" = 5 }.',
        json_schema_extra={FORM: 'a table of levels: { LABEL = { "KEY" = VALUE } }'},
    )

    @property
    def column(self) -> str:
        """Its heading in tables."""
        return self.key or self.name or ""

    @property
    def keys(self) -> list[str]:
        """The dotted keys that it sets."""
        of_levels = [key for settings in (self.levels or {}).values() for key in settings]
        return [self.key] if self.key else list(dict.fromkeys(of_levels))

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> FactorForm:
        given = self.model_fields_set
        if len(given & {"key", "name"}) != 1:
            raise ValueError("a factor needs a key, such as contracts.term; or a name, and levels")
        if (self.name is None) != (self.levels is None):
            raise ValueError("a name goes with levels, and levels with a name")
        if len(given & {"low", "high"}) == 1:
            raise ValueError("give low and high both, or neither")
        kinds = (given & {"levels"}, given & {"values"}, given & {"low", "steps"})
        if sum(map(bool, kinds)) > 1:
            raise ValueError("give one of values, a range (low, high, steps), and levels")
        if self.name in TAKEN or not KEY_NAME.fullmatch(self.name or "x"):
            text = f"letters, digits, - and _, and no column of results ({', '.join(TAKEN)})"
            raise ValueError(f"a name is of {text}, not {self.name!r}")
        if wrong := [label for label in self.levels or {} if not NAME.fullmatch(label)]:
            raise ValueError(f"a level's label is a text of {NAME_RULE}, not {wrong[0]!r}")
        return self


def _dates(dates: Any) -> Any:
    is_list = isinstance(dates, list) and dates and all(type(year) is int for year in dates)
    if not is_list and dates not in ("yearly", "quarterly"):
        raise ValueError(f'must be "yearly", "quarterly" or a list of years, not {dates!r}')
    return tuple(sorted(set(dates))) if is_list else dates


class KeepForm(FileModel):
    """What is kept of the runs; all outcomes of the world, yearly, if left out."""

    outcomes: list[str] = Field([], description="Names of outcomes.")
    groups: list[str] = Field([], description="Kinds of groups besides the world.")
    dates: Annotated[Any, AfterValidator(_dates)] = Field(
        "yearly", description='"yearly", "quarterly" or a list of years.'
    )
    countries: bool = Field(False, description="Whether tables of countries are kept.")


class ExperimentForm(FileModel):
    """An experiment file."""

    title: Text | None = Field(None, description="Title for figures and tables.")
    question: Paragraph = Field("", description="What the experiment asks.")
    base: Text = Field("baseline", description="The scenario that points change: a name or path.")
    replicates: int = Field(10, ge=1, le=MOST_REPLICATES, description="Runs at each point.")
    seed: int = Field(1, ge=0, le=MOST_SEED, description="Seed of the draws.")
    parameters: Parameters = Field("plausible", description="What runs have beneath the rest.")
    design: DesignForm = Field(DesignForm(), description="How the points are made; a grid.")
    factors: list[FactorForm] = Field([], description="What varies, a table a factor.")
    keep: KeepForm = Field(KeepForm(), description="What is kept of the runs.")


def experiment_schema() -> dict[str, Any]:
    """Return the JSON schema of an experiment file, in the dialect that TOML editors read."""
    return editor_schema(ExperimentForm, "Entrench experiment")


# --- Finding a file -------------------------------------------------------------------------------


def list_experiments() -> list[Listing]:
    """Return name, title and question of the shipped experiments."""
    return [listing for listing in LIBRARY.listings() if not is_calibration(listing.name)]


def list_calibrations() -> list[Listing]:
    """Return name, title and question of the shipped calibrations."""
    return [listing for listing in LIBRARY.listings() if is_calibration(listing.name)]


def kind_of(name_or_path: str | Path) -> str:
    """Return which of `VERBS` a name or path is; empty where the file does not tell."""
    if Path(name_or_path).name == MANIFEST and Path(name_or_path).is_file():
        return OF_RESULTS
    if name_or_path in shipped_names():
        return "a scenario"
    try:
        keys = ParsedFile(LIBRARY.find(name_or_path)).data.keys()
    except ValueError:
        return ""
    if CALIBRATION in keys:
        return "a calibration"
    if keys & {"design", "factors", "keep", "replicates"}:
        return "an experiment"
    of_scenario = {*TOP_KEYS, *SHIPPED.sections} - ExperimentForm.model_fields.keys()
    return "a scenario" if keys & of_scenario else ""


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


def open_file(name_or_path: str | Path, wanted: str, advice: str = "") -> ParsedFile:
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
    try:
        file = ParsedFile(LIBRARY.find(name_or_path), wanted)
    except ValueError as error:
        place = Place(str(name_or_path) or LIBRARY.noun)
        raise ExperimentError([Problem(place, "", str(error))]) from None
    if file.problems:
        raise ExperimentError(file.problems, file.path.stem)
    return file

"""An experiment file as a model: what it may hold, with what is said where it does not fit.

The JSON schema and the reference page come from these models. What needs more than one table, or
the scenarios (does the key exist? is the value within its bounds?), is checked where it is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sim.draws import MOST_REPLICATES, MOST_SEED
from sim.experiment.experiment import SCENARIO, Kind, Parameters, Scale
from sim.experiment.points import MOST_POINTS
from sim.scenario.json_schema import DIALECT
from sim.scenario.reading.problems import SHOWN_LENGTH, show_value
from sim.scenario.reading.toml_source import KeyPath
from sim.text import CONTROL, KEY_NAME, NAME, NAME_RULE, shorten

TAKEN = ("run", "point", "replicate", "message", SCENARIO)
"""Columns of results; no factor may be named so."""

MOST_STEPS = 10_000
"""Steps of a range in a grid."""

OWN = "own"
"""Kind of error whose message says it all."""

FAULTS = "faults"
"""Kind of error that brings its own places and texts."""

FORM = "form"
"""What a field's value must be, in the words of messages."""

type Fault = tuple[KeyPath, str, Literal["key", "value", "missing"]]
"""Where below the table, what is wrong, and which of the place's ends to show."""


def refuse(faults: list[Fault]) -> None:
    """Raise what is wrong with a table as a whole, if anything is."""
    if faults:
        raise PydanticCustomError(FAULTS, "see the faults", {FAULTS: faults})


def _without_controls(text: str) -> str:
    if CONTROL.search(text):
        shown = shorten(text, SHOWN_LENGTH)
        raise PydanticCustomError(OWN, f"has control characters: {shown!r}")
    return text


_STRIPPED = StringConstraints(strip_whitespace=True, min_length=1)

type Text = Annotated[str, _STRIPPED, AfterValidator(_without_controls)]
"""A text in one line that says something."""

type Paragraph = Annotated[
    str, _STRIPPED, AfterValidator(lambda t: _without_controls(" ".join(t.split())))
]
"""A text that may stand in several lines."""


class Table(BaseModel):
    """A table of the file: closed to unknown keys, strict about kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=True)


class DesignTable(Table):
    """How the points are made."""

    kind: Kind = Field("grid", description="How the points are made.")
    points: int | None = Field(
        None, ge=1, le=MOST_POINTS, description="Points of a sampled design; of sobol a power of 2."
    )
    seed: int = Field(1, ge=0, le=MOST_SEED, description="Seed of the points, not of the runs.")
    file: Text | None = Field(None, description="CSV file of a list's points, relative to here.")

    @model_validator(mode="after")
    def _suits_the_kind(self) -> Self:
        faults: list[Fault] = []
        for key in self.model_fields_set - {"kind"}:
            if key not in USES[self.kind]:
                owners = " and ".join(kind for kind, keys in USES.items() if key in keys)
                text = f"a {self.kind} design has no {key}; it belongs to {owners}"
                faults.append(((key,), text, "key"))
        if "points" in USES[self.kind] and self.points is None:
            text = f"a {self.kind} design needs points, such as points = 64"
            faults.append(((), text, "missing"))
        if self.kind == "list" and self.file is None:
            text = 'a list needs a file of points: file = "points.csv"'
            faults.append(((), text, "missing"))
        count = self.points or 1
        if self.kind == "sobol" and count & (count - 1):
            below = 1 << (count.bit_length() - 1)
            text = f"must be a power of two, not {count}; the nearest are {below} and {2 * below}"
            faults.append((("points",), text, "value"))
        refuse(faults)
        return self


USES: dict[Kind, tuple[str, ...]] = {
    "grid": (),
    "latin-hypercube": ("points", "seed"),
    "sobol": ("points", "seed"),
    "list": ("file",),
}
"""Keys of [design] besides its kind, by kind."""

SPREAD = ("values", "low", "high", "steps", "scale")
"""Keys of a factor that say which values it takes."""


class FactorTable(Table):
    """What varies: a key with its values or range, or named levels of several keys."""

    key: Text | None = Field(
        None, description='The dotted key that varies, "scenario", or one of an event.'
    )
    name: Text | None = Field(None, description="Instead of a key: the name of named levels.")
    title: Text | None = Field(None, description="Title for figures.")
    values: list[Any] | None = Field(
        None,
        description="The values, listed.",
        json_schema_extra={FORM: "a list, such as [1.0, 2.0]"},
    )
    low: Any = Field(None, description="Least value of a range; the plausible range if left out.")
    high: Any = Field(None, description="Largest value of a range.")
    steps: int | None = Field(
        None, ge=2, le=MOST_STEPS, description="Values that a grid takes from a range."
    )
    scale: Scale = Field("linear", description="How a range is divided.")
    levels: dict[str, Any] | None = Field(
        None,
        description='Levels by label, each what it sets: { "contracts.term" = 5 }.',
        json_schema_extra={FORM: "a table of levels by label"},
    )

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        refuse(list(self._faults()))
        return self

    def _faults(self) -> Iterator[Fault]:
        given = self.model_fields_set
        if not given & {"key", "name"}:
            text = "a factor needs a key, such as contracts.term; or a name, and levels"
            yield (), text, "missing"
        elif {"key", "name"} <= given:
            yield ("name",), "a factor has a key or a name; a name goes with levels", "key"
        elif self.name is not None:
            yield from self._named()
        elif "levels" in given:
            yield ("levels",), useless("levels go with a name, not with a key"), "key"
        elif self.values is not None:
            if not self.values:
                yield ("values",), "must hold at least one value", "value"
            yield from self._useless("the factor lists its values", SPREAD[1:])
        elif len(given & {"low", "high"}) == 1:
            one, other = ("low", "high") if "low" in given else ("high", "low")
            yield (one,), f"{other} is missing; give both, or neither", "missing"

    def _useless(self, why: str, keys: tuple[str, ...]) -> Iterator[Fault]:
        for key in keys:
            if key in self.model_fields_set:
                yield (key,), useless(why), "key"

    def _named(self) -> Iterator[Fault]:
        """What is wrong with a factor of named levels."""
        name = self.name or ""
        if name in TAKEN:
            text = f"is a column of results; choose another (taken: {', '.join(TAKEN)})"
            yield ("name",), f"{text}, not {show_value(name)}", "value"
        elif not KEY_NAME.fullmatch(name):
            text = f"must be a text of letters, digits, - and _, not {show_value(name)}"
            yield ("name",), text, "value"
        yield from self._useless("a factor with a name has levels", SPREAD)
        if self.levels is None:
            text = 'a factor with a name needs levels: levels = { LABEL = { "KEY" = VALUE } }'
            yield (), text, "missing"
        elif not self.levels:
            yield ("levels",), "must hold at least one level", "value"
        seen: dict[str, str] = {}
        for label, settings in (self.levels or {}).items():
            here: KeyPath = ("levels", label)
            if not NAME.fullmatch(label):
                text = f"a level's label is a text of {NAME_RULE}, not {show_value(label)}"
                yield here, text, "key"
            elif not isinstance(settings, dict):
                text = f'must be a table: {{ "KEY" = VALUE }}, not {show_value(settings)}'
                yield here, text, "value"
            else:
                meaning = repr(sorted((key, value) for _, key, value in leaves(here, settings)))
                if meaning in seen:
                    yield here, f"sets the same as the level {seen[meaning]!r}", "key"
                seen.setdefault(meaning, label)


def useless(why: str) -> str:
    """Return what to say of a key that has no use."""
    return f"has no use here: {why}"


_NAMES: dict[str, Any] = {FORM: "a list of names"}


class KeepTable(Table):
    """What is kept of the runs; all outcomes of the world, yearly, if left out."""

    outcomes: list[Any] | None = Field(
        None, description="Names of outcomes.", json_schema_extra=_NAMES
    )
    groups: list[Any] | None = Field(
        None, description="Kinds of groups besides the world.", json_schema_extra=_NAMES
    )
    dates: Any = Field("yearly", description='"yearly", "quarterly" or a list of years.')
    countries: bool = Field(False, description="Whether tables of countries are kept.")


class ExperimentFile(Table):
    """An experiment file."""

    title: Text | None = Field(None, description="Title for figures and tables.")
    question: Paragraph | None = Field(None, description="What the experiment asks.")
    base: Text = Field("baseline", description="The scenario that points change: a name or path.")
    replicates: int = Field(10, ge=1, le=MOST_REPLICATES, description="Runs at each point.")
    seed: int = Field(1, ge=0, le=MOST_SEED, description="Seed of the draws.")
    parameters: Parameters = Field("point", description="What replicates have beneath the rest.")
    design: DesignTable = Field(DesignTable(), description="How the points are made; a grid.")
    factors: list[FactorTable] = Field([], description="What varies, a table a factor.")
    keep: KeepTable = Field(KeepTable(), description="What is kept of the runs.")


def experiment_schema() -> dict[str, Any]:
    """Return the JSON schema of an experiment file, in the dialect that TOML editors read."""
    schema = ExperimentFile.model_json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    return {"$schema": DIALECT, **schema, "definitions": definitions}


def leaves(
    path: KeyPath, table: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[KeyPath, str, Any]]:
    """Yield the values of nested tables with their paths and dotted keys."""
    for key, value in table.items():
        dotted = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and value:
            yield from leaves((*path, key), value, dotted)
        else:
            yield (*path, key), dotted, value

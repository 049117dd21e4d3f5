"""Relative values: what a scenario makes of the value that a run has, `{ times = 0.8, plus = 2 }`.

A relative value is a dotted key of its own, `market.price.times`, so that records, factors and
origins contain numbers alone. It is resolved where each run's parameters are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from sim.scenario.toml_file import FORM, FileModel

ABSOLUTE, TIMES, PLUS = "", "times", "plus"
HOWS = (ABSOLUTE, TIMES, PLUS)
"""How a value can be meant, in the order in which they apply."""
RELATIVE = (TIMES, PLUS)
SIGNS = {"*": TIMES, "+": PLUS}
"""How `--set` writes them: `market.price*=0.8`."""


def split_key(path: str) -> tuple[str, str]:
    """Return a parameter's dotted key, and how its value is meant."""
    parameter, _, how = path.rpartition(".")
    return (parameter, how) if how in RELATIVE and "." in parameter else (path, ABSOLUTE)


def relative_key(path: str, how: str) -> str:
    """Return the key of a relative value; conditions in brackets stay at the end."""
    bare, bracket, conditions = path.partition("[")
    return f"{bare.rstrip()}.{how}{bracket}{conditions}"


def changed_by(before: Any, how: str, given: Any) -> Any:
    """Return what a value makes of the one, or the array of those, that was there before."""
    if how == TIMES:
        return before * given
    return before + given if how == PLUS else given


def in_order(sets: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """Return what an event sets, by parameter and how it is meant, in the order of effect."""
    split = [(*split_key(path), value) for path, value in sets.items()]
    return sorted(split, key=lambda entry: HOWS.index(entry[1]))


def expand(given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by dotted key with tables such as `{ times = 0.8 }` as keys of their own."""
    values: dict[str, Any] = {}
    for path, value in given:
        entries = value if isinstance(value, dict) and value else {ABSOLUTE: value}
        values |= {relative_key(path, how) if how else path: v for how, v in entries.items()}
    return values


class Relative(FileModel):
    """What a number may be in its place: changes of the value that each run has."""

    times: float | None = Field(None, json_schema_extra={FORM: "a number"})
    """A factor."""
    plus: float | None = Field(None, json_schema_extra={FORM: "a number"})
    """What is added, after the factor."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("is empty: write { times = … } or { plus = … }")
        return self

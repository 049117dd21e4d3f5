"""Relative values: what a scenario makes of the value that a run has, `{ times = 0.8, plus = 2 }`.

A relative value is a dotted key of its own, `market.price.times`, so that records, factors and
origins contain numbers alone. It is resolved where each run's parameters are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sim.register import nearest

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


def check_relative(value: Any) -> float:
    """Return a factor or an addend.

    Raises:
        ValueError: It is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number, not {value!r}")
    return float(value)


class OrRelative:
    """Mark of a form's number: it may be a table `{ times = 0.8, plus = 2 }` as well."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check a table here, and leave all else to the number's own schema."""
        number = handler(source)
        return core_schema.no_info_wrap_validator_function(_check_table, number)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both, for editors."""
        keys = {how: {"type": "number"} for how in RELATIVE}
        table = {"type": "object", "properties": keys, "additionalProperties": False}
        return {"anyOf": [handler(schema), {**table, "minProperties": 1}]}


def _check_table(value: Any, number: Any) -> Any:
    if not isinstance(value, dict):
        return number(value)
    if wrong := [how for how in value if how not in RELATIVE]:
        raise ValueError(f"has no key {wrong[0]!r}{nearest(wrong[0], RELATIVE)}")
    if not value:
        raise ValueError("is empty: write { times = … } or { plus = … }")
    return {how: check_relative(value[how]) for how in value}

"""Dotted keys of `--set`, factors, events and origins."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import InputError, listed, nearest
from sim.model.register import Rules
from sim.model.units import FIRST_YEAR
from sim.scenario.forms import EventForm, tables_of
from sim.scenario.resolve import DATES, EVENTS, PLUS, RELATIVE, Assignment, Target, split_key
from sim.scenario.scope import where_of
from sim.scenario.toml_file import FACTOR, KeyPath, Origin, must_be, show_value, unknown_key

SCENARIO = "scenario"
ASSIGNMENT = re.compile(r"\s*([^=[\]*+]+(?:\[[^\]]*\])?)\s*=(.*)", re.DOTALL)
"""A key, perhaps with conditions in brackets, and a value."""


@dataclass(frozen=True, kw_only=True)
class Key(Target):
    """A dotted key with its declaration.

    Attributes:
        table: The section that has it, or the form of an event.
    """

    table: type[BaseModel]

    @property
    def field(self) -> FieldInfo:
        return self.table.model_fields[self.bare.rpartition(".")[2]]

    def assign(self, value: Any, origin: Origin) -> Assignment:
        return Assignment(self.bare, self.how, self.scope, self.event, value=value, origin=origin)

    def check(self, value: Any) -> Any:
        name, field = self.bare.rpartition(".")[2], self.field
        given = {name: as_declared(field, value)}
        if self.how:
            if type(given[name]) not in (int, float) or not math.isfinite(value):
                raise ValueError(f"must be a number, not {show_value(value)}")
            return float(value)
        if self.table is EventForm:
            # What an event must have beside.
            given = {"name": self.event, "date": FIRST_YEAR} | given
        try:
            return getattr(self.table.model_validate(given), name)
        except ValidationError:
            raise ValueError(must_be(field, value)) from None


def as_declared(field: FieldInfo, value: Any) -> Any:
    """Return a number in its parameter's type: 2.0 as the whole number 2."""
    value = value.item() if hasattr(value, "item") else value
    whole = field.annotation is int and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


# Points repeat the same keys.
@lru_cache(maxsize=1024)
def find_key(path: str, rules: Rules) -> Key:
    """Return the key for a path: ``SECTION.KEY[where]``, ``events.NAME.SECTION.KEY``.

    After the key of a number, ``.times`` or ``.plus`` mean a relative value.
    """
    event, scope, bare = "", None, path
    first, _, rest = path.partition(".")
    if first == EVENTS:
        event, _, bare = rest.partition(".")
        if bare in DATES:
            return Key(bare, event=event, table=EventForm)
    bare, bracket, conditions = bare.partition("[")
    conditions, _, after = conditions.partition("]")
    bare, how = split_key(bare.strip() + after)
    name, _, key = bare.partition(".")
    if bracket:
        if event or name not in rules.sections:
            raise ValueError("only values of sections take conditions in brackets")
        scope = where_of(conditions).scope
    tables = rules.sections if event else tables_of(rules)
    if name not in tables:
        others = DATES if event else [key for key in (EVENTS, SCENARIO) if key != name]
        raise ValueError(unknown_key(name, (*others, *tables), tables))
    if not key:
        raise ValueError(f"{name} is a section; name one of its keys: {name}.KEY")
    key, _, unknown = key.partition(".")
    if unknown or key not in tables[name].model_fields:
        known = RELATIVE if key in tables[name].model_fields else tables[name].model_fields
        raise ValueError(unknown_key(unknown or key, known, {}))
    whole = Key(bare, how, scope, event, table=tables[name])
    if how and whole.field.annotation is not float:
        raise ValueError("is a switch or a whole number: give its value, not a relative one")
    return whole


def of_point(settings: Mapping[str, Any], rules: Rules) -> list[Assignment]:
    """Return the assignments of checked settings by dotted key."""
    return [find_key(path, rules).assign(value, FACTOR) for path, value in settings.items()]


def leaves(value: Any, *path: str | int) -> Iterator[tuple[KeyPath, Any]]:
    """Yield the values of a table and of those in it, such as `{ times = 0.8 }`; `plus` last."""
    if isinstance(value, dict) and value:
        for key in sorted(value, key=PLUS.__eq__):
            yield from leaves(value[key], *path, key)
    else:
        yield path, value


type Settings = Mapping[str, Any] | str | Sequence[str] | None
"""Values that override files: by dotted key, or as `KEY=VALUE`."""


def settings_of(given: Settings) -> dict[str, Any]:
    return dict(given) if isinstance(given, Mapping) else parse_assignments(listed(given))


def parse_assignments(texts: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    wrong = []
    for text in texts:
        if not (match := ASSIGNMENT.fullmatch(str(text))):
            examples = "such as contracts.term=5 or market.price.times=0.8"
            wrong.append(f"--set: write KEY=VALUE, {examples}, not {text!r}")
            continue
        key, value = match[1].strip(), match[2].strip()
        if key in pairs:
            wrong.append(f"--set: {key} is set twice: to {pairs[key]} and to {value}; give one")
        pairs[key] = value
    if wrong:
        raise InputError(wrong)
    return pairs


def read_value(given: Any) -> Any:
    try:
        return tomllib.loads(f"value = {given}")["value"] if isinstance(given, str) else given
    except (ValueError, RecursionError):
        return given


def key_in(asked: object, rules: Rules) -> str | None:
    """Return a parameter's key where a scenario may be asked for; None: a scenario."""
    section, dot, _ = asked.partition(".") if isinstance(asked, str) else ("", "", "")
    if not dot or section not in rules.sections or str(asked).endswith(".toml"):
        return None
    if asked not in rules.parameters:
        keys = [key for key in rules.parameters if key.startswith(f"{section}.")]
        raise InputError(f"no parameter {str(asked)!r}{nearest(str(asked), keys)}")
    return str(asked)

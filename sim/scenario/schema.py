"""The sections of a scenario, assembled from the mechanisms, and the checks of their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.parameters import Section, attribute, parameter
from sim.scenario.reading.problems import Problem, show_value, suggest
from sim.scenario.reading.settings import Setting
from sim.scenario.targets import VENDOR, WHERE, vendor_keys, vendors_of
from sim.units import FIRST_YEAR

type Sections = Mapping[str, type[Section]]
"""Sections of a scenario by name."""


TOP_KEYS = ("extends", "title", "question", "drop_events", "horizon", "values", "events")
"""Keys of a scenario file besides its sections."""

TARGET_KEYS = (WHERE, VENDOR)
"""Keys of an event, or an entry of `values`, that say whom it is for."""

EVENT_KEYS = ("name", "date", "until", *TARGET_KEYS)
"""Keys of an event besides the sections that it sets."""


class Horizon(Section):
    """The years that a run covers, both inclusive."""

    start: int = parameter(
        FIRST_YEAR,
        "First year of a run; it begins in the first quarter.",
        unit="year",
        low=FIRST_YEAR,
        high=2024,
        source="the article's training shares count from 2000; history ends in 2024",
        evidence=3,
    )
    end: int = parameter(
        2040,
        "Last year of a run; it ends with the fourth quarter.",
        unit="year",
        low=FIRST_YEAR + 1,
        high=2060,
        source="design of the study",
        evidence=1,
    )


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the least and the largest value that a parameter may have; None for a switch."""
    low = next((entry.ge for entry in field.metadata if hasattr(entry, "ge")), None)
    high = next((entry.le for entry in field.metadata if hasattr(entry, "le")), None)
    return low, high


@dataclass(frozen=True)
class Declaration:
    """What a mechanism declares of a parameter.

    Attributes:
        unit: Its unit, or an empty string.
        low: Least value allowed; None for a switch.
        high: Largest value allowed; None for a switch.
        plausible: The range that the evidence leaves open, or None.
        source: Where default and range come from.
        evidence: 3 several figures, 2 one figure or the sign alone, 1 an assumption; 0 for dates.
        doc: What the parameter means.
    """

    unit: str = ""
    low: float | None = None
    high: float | None = None
    plausible: tuple[float, float] | None = None
    source: str = ""
    evidence: int = 0
    doc: str = ""

    @classmethod
    def of(cls, field: FieldInfo) -> Declaration:
        """Return what a field declares."""
        low, high = bounds(field)
        unit, source, evidence = (attribute(field, n) for n in ("unit", "source", "evidence"))
        plausible = tuple(attribute(field, "plausible") or ()) or None
        doc = field.description or ""
        return cls(unit or "", low, high, plausible, source or "", evidence or 0, doc)


def by_section[Value](values: Mapping[str, Value]) -> dict[str, dict[str, Value]]:
    """Return values by dotted key as tables by section; keys without a dot are left out."""
    tables: dict[str, dict[str, Value]] = {}
    for path, value in values.items():
        name, dot, key = path.partition(".")
        if dot:
            tables.setdefault(name, {})[key] = value
    return tables


def allowed(field: FieldInfo) -> str:
    """Return what a parameter may be, in words: kind, range and unit."""
    if field.annotation is bool:
        return "true or false"
    one = Declaration.of(field)
    kind = "a whole number" if field.annotation is int else "a number"
    span = f" from {one.low:g} to {one.high:g}" if one.low is not None else ""
    return f"{kind}{span}" + (f" ({one.unit})" if one.unit else "")


def check_section(
    name: str, section: type[Section], settings: Mapping[str, Setting], *, prefix: str = ""
) -> list[Problem]:
    """Return what is wrong with values of one section, each by itself.

    Rules that join several values of a section are left to the loader, which sees the values of
    every layer together.

    Args:
        name: The section's heading in files.
        section: What its mechanism declares.
        settings: Values by key.
        prefix: What comes before the section's name in messages (``events.NAME.``).
    """
    try:
        section.model_validate({key: setting.value for key, setting in settings.items()})
    except ValidationError as error:
        faults = {str(fault["loc"][0]): fault for fault in error.errors() if fault["loc"]}
        return [
            Problem(settings[key].place, f"{prefix}{name}.{key}", _explain(section, key, fault))
            for key, fault in faults.items()
        ]
    return []


def _explain(section: type[Section], key: str, fault: ErrorDetails) -> str:
    """Return one fault in words: what is allowed, what was found, what to do."""
    field = section.model_fields.get(key)
    if field is None and key in vendor_keys(section):
        vendors = ", ".join(vendors_of(section, key))
        return f"is a vendor's value: name the vendor in an event or an entry of values ({vendors})"
    if field is None:
        return f"unknown key; {suggest(key, tuple(section.model_fields), 'keys here')}"
    if fault["type"] in ("value_error", "assertion_error"):
        return fault["msg"]
    value = fault["input"]
    advice = ""
    if isinstance(value, str) and _is_number(value):
        advice = "; write it without quotes"
    elif field.annotation is not bool and _has_decimal_comma(value):
        advice = "; a decimal takes a point, not a comma"
    elif isinstance(value, str) and value.lower() in ("true", "false"):
        advice = "; write it without quotes, in lower case"
    return f"must be {allowed(field)}, not {show_value(value)}{advice}"


def _has_decimal_comma(value: Any) -> bool:
    """Tell whether a value is a decimal written with a comma: "0,2" or [0,2]."""
    if isinstance(value, str):
        return _is_number(value.replace(",", ".", 1))
    return isinstance(value, list)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def fit_kind(section: type[Section], key: str, value: Any) -> Any:
    """Return a design's value (a NumPy number, 5.0 for a whole number) as a file would hold it."""
    if hasattr(value, "item"):
        value = value.item()
    field = section.model_fields.get(key)
    if field is not None and field.annotation is int and isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value


def as_declared(section: type[Section], key: str, value: Any) -> Any:
    """Return a checked value in its parameter's kind: 10 for a decimal number is 10.0."""
    return float(value) if section.model_fields[key].annotation is float else value


def declared(sections: Sections, path: str, value: Any) -> Any:
    """Return the same of a dotted key's value."""
    name, _, key = path.partition(".")
    return as_declared(sections[name], key, value)


OWN_SECTION = "a section of your own mechanism needs its file (--mechanism FILE.py)"
"""What to say where a name resembles none that is allowed."""


def unknown_section(name: str, sections: Sections, others: Iterable[str]) -> str:
    """Return what to say of a name that is no section, or no other key that may stand there."""
    homes = [owner for owner, section in sections.items() if name in section.model_fields]
    if homes:
        return f"unknown key here; it is a key of {' and of '.join(homes)}"
    advice = suggest(name, (*others, *sections), "allowed")
    own = f"; {OWN_SECTION}" if advice.startswith("allowed") else ""
    return f"unknown key; {advice}{own}"

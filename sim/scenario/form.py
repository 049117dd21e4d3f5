"""The form of a scenario file: a pydantic model made of the mechanisms' sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from sim.parameters import Section, attribute
from sim.rules import SHIPPED, Rules
from sim.scenario.scenario import DATES, EVENTS, Horizon, as_declared
from sim.scenario.scope import VENDOR, Sections, Where, vendor_names, vendors_of
from sim.scenario.toml_file import (
    FORM,
    FileModel,
    Paragraph,
    Text,
    allowed,
    bounds,
    editor_schema,
    show_value,
    suggest,
)
from sim.text import KEY_NAME
from sim.units import FIRST_YEAR, QUARTERS

LAST_DATE = int(bounds(Horizon.model_fields["end"])[1] or 0) + 1
OWN_SECTION = "a section of your own mechanism needs its file (--mechanism FILE.py)"
"""What to say where a name resembles none that is allowed."""


def _date(doc: str, default: Any = ...) -> Any:
    form = f"a year or a quarter of one (2030, 2030.25, …) from {FIRST_YEAR} to {LAST_DATE}"
    return Field(
        default,
        ge=FIRST_YEAR,
        le=LAST_DATE,
        multiple_of=1 / QUARTERS,
        description=doc,
        json_schema_extra={FORM: form},
    )


class ScopedForm(FileModel):
    """Values for some countries, or of one vendor."""

    where: Where | None = Field(None, description="The countries that it is for.")


class EventForm(ScopedForm):
    """What changes at a date."""

    name: str = Field(
        pattern=f"^{KEY_NAME.pattern}$",
        description="Unique in this file; replaces the extended files' event so called.",
        json_schema_extra={FORM: 'a text of letters, digits, - and _, such as "ai-leap"'},
    )
    date: float = _date("First quarter in force.")
    until: float | None = _date("First quarter no longer in force; else to the end.", None)


class ScenarioForm(FileModel):
    """A what-if: parameters by mechanism, and dated events."""

    extends: Text = Field("", description="A shipped scenario's name, or a path from here.")
    title: Text = Field("", description="Title for figures and tables.")
    question: Paragraph = Field("", description="What the scenario asks, in a sentence or two.")
    drop_events: list[str] = Field(
        [],
        description="Events of the extended files that this one leaves out.",
        json_schema_extra={FORM: 'a list of event names, such as ["pandemic"]'},
    )


TOP_KEYS = (*ScenarioForm.model_fields, "horizon", "values", EVENTS)
"""Keys of a scenario file besides its sections."""
EVENT_KEYS = (*EventForm.model_fields, VENDOR)
"""Keys of an event besides the sections that it sets."""


@lru_cache(maxsize=8)
def form_of(rules: Rules) -> type[ScenarioForm]:
    """Return the form of a scenario file, made of the sections."""
    sections = rules.sections
    tables = {name: (_table(name, section), Field(None)) for name, section in sections.items()}
    scoped: dict[str, Any] = tables | {
        name: (_table(f"{name}-of-vendors", section, of_vendors), Field(None))
        for name, section in sections.items()
        if (of_vendors := vendors_of(section))
    }
    if vendors := vendor_names(sections):
        doc = "The vendor whose value it is."
        scoped[VENDOR] = (Literal[*vendors] | None, Field(None, description=doc))
    entry: Any = create_model("Values", __base__=ScopedForm, **scoped)
    event: Any = create_model("Event", __base__=EventForm, **scoped)
    fields: dict[str, Any] = {
        "horizon": (_table("horizon", Horizon), Field(None)),
        **tables,
        "values": (list[entry], Field([], description="Values from the first quarter on.")),
        EVENTS: (list[event], Field([], description="In order; where two set a key, the later.")),
    }
    return create_model("Scenario", __base__=ScenarioForm, **fields)


def _table(
    name: str, section: type[Section], of_vendors: Mapping[str, Mapping[str, str]] | None = None
) -> type[FileModel]:
    """Return the form of a section: each value by itself, all of them optional.

    Args:
        name: Its name in files.
        section: What a mechanism declares of its parameters.
        of_vendors: Keys that mean a parameter of the vendor that is named beside them.
    """
    fields: dict[str, Any] = {}
    names = {key: key for key in section.model_fields}
    names |= {key: next(iter(owned.values())) for key, owned in (of_vendors or {}).items()}
    for key, name_of in names.items():
        field = copy(section.model_fields[name_of])
        unit, source = attribute(field, "unit"), attribute(field, "source")
        field.description = f"{field.description} Unit: {unit}. Source: {source}."
        fields[key] = (field.annotation, field)
    return create_model(name, __base__=FileModel, __doc__=section.__doc__, **fields)


def json_schema(rules: Rules = SHIPPED) -> dict[str, Any]:
    """Return the JSON schema of a scenario file, with which editors complete and check it.

    Args:
        rules: The model's mechanisms, and a user's own.
    """
    return editor_schema(form_of(rules), "Entrench scenario")


def unknown_section(name: str, rules: Rules, others: Iterable[str] = TOP_KEYS) -> str:
    """Return what to say of a name that is no section, or no other key that may be there."""
    homes = [owner for owner, section in rules.sections.items() if name in section.model_fields]
    if homes:
        return f"unknown key here; it is a key of {' and of '.join(homes)}"
    advice = suggest(name, (*others, *rules.sections))
    return f"unknown key; {advice}" + (f"; {OWN_SECTION}" if advice.startswith("allowed") else "")


def field_of(
    path: str, rules: Rules, *, of_event: bool = False, others: tuple[str, ...] = (EVENTS,)
) -> FieldInfo:
    """Return the declaration of a dotted key.

    Args:
        path: ``SECTION.KEY``; of an event also ``date`` and ``until``.
        rules: Whose parameters there are.
        of_event: Whether it is a key of an event.
        others: What a path may begin with besides a section.

    Raises:
        ValueError: There is no such key.
    """
    if of_event and path in DATES:
        return EventForm.model_fields[path]
    name, _, key = path.partition(".")
    tables: Sections = rules.sections if of_event else {"horizon": Horizon, **rules.sections}
    if name not in tables:
        raise ValueError(unknown_section(name, rules, DATES if of_event else others))
    fields, owned = tables[name].model_fields, vendors_of(tables[name])
    if not key:
        raise ValueError(f"{name} is a section; name one of its keys: {name}.KEY")
    if key in owned:
        raise ValueError(of_vendor(owned[key]))
    if key not in fields:
        raise ValueError(f"unknown key; {suggest(key, tuple(fields), 'keys here')}")
    return fields[key]


def check_setting(path: str, value: Any, rules: Rules, *, of_event: bool = False) -> Any:
    """Return a value that is given for a dotted key, in the key's kind; see :func:`field_of`.

    Raises:
        ValueError: There is no such key, or the value is not allowed.
    """
    field = field_of(path, rules, of_event=of_event)
    name, _, key = path.partition(".")
    checked = as_declared(field, value)
    given = {name: {key: checked} if key else checked}
    try:
        if of_event:
            given = {EVENTS: [{"name": "x", "date": FIRST_YEAR, **given}]}
        form: Any = form_of(rules).model_validate(given)
    except ValidationError:
        raise ValueError(f"must be {allowed(field)}, not {show_value(value)}") from None
    table = getattr(form.events[0] if of_event else form, name)
    return getattr(table, key) if key else table


def of_vendor(vendors: Mapping[str, str]) -> str:
    """Return what to say of a key for any vendor where none is named."""
    return f"is a vendor's value: name the vendor beside it ({', '.join(vendors)})"

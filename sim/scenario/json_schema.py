"""The JSON schema of scenario files, with which editors complete and check them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from sim.parameters import Section, attribute
from sim.rules import SHIPPED, Rules
from sim.scenario.schema import Declaration, Horizon, Sections, bounds
from sim.scenario.targets import FACTS, LIMITS, NAMES, VENDOR, WHERE, vendor_keys, vendor_names
from sim.text import KEY_NAME
from sim.units import FIRST_YEAR, QUARTERS, REGIMES, REGIONS

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that TOML editors (taplo, Even Better TOML) read."""

_GRADES = {3: "several figures", 2: "one figure or the sign alone", 1: "an assumption"}
_TYPES = {bool: "boolean", int: "integer", float: "number"}


def json_schema(rules: Rules = SHIPPED) -> dict[str, Any]:
    """Return the schema of a scenario file.

    Args:
        rules: The model's mechanisms, and a user's own.
    """
    chosen = rules.sections
    tables: Sections = {"horizon": Horizon, **chosen}
    definitions = {name: _table(section) for name, section in tables.items()}
    references = {name: {"$ref": f"#/definitions/{name}"} for name in chosen}
    targeted = references | _targets(chosen)
    for name, section in chosen.items():
        if of_vendors := vendor_keys(section):
            definitions[f"{name}-of-vendors"] = _table(section, of_vendors)
            targeted[name] = {"$ref": f"#/definitions/{name}-of-vendors"}
    properties = {
        "extends": _text("The scenario it extends: a shipped one's name, or a path from here."),
        "title": _text("Title for figures and tables."),
        "question": _text("What the scenario asks, in one or two sentences."),
        "drop_events": _list(
            "Events of the extended files that this one leaves out.", _text("An event's name.")
        ),
        "horizon": {"$ref": "#/definitions/horizon"},
        **references,
        "values": _list(
            "Values for some states, or one vendor's, from the first quarter on; of several that "
            "name a state, the later.",
            _object(targeted),
        ),
        "events": _list(
            "What changes at a date, in order; where two set a key, the later.", _event(targeted)
        ),
    }
    return {
        "$schema": DIALECT,
        "title": "Entrench scenario",
        **_object(properties, "A what-if: parameters by mechanism, and dated events."),
        "definitions": definitions,
    }


def _object(properties: Mapping[str, Any], description: str = "") -> dict[str, Any]:
    """Return the schema of a table that is closed to unknown keys."""
    described = {"description": description} if description else {}
    return {"type": "object", **described, "additionalProperties": False, "properties": properties}


def _list(description: str, items: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "type": "array", "items": items}


def _targets(sections: Sections) -> dict[str, Any]:
    """Return the schema of what says whom an event, or a value, is for."""
    names: dict[str, Sequence[str]] = {"region": REGIONS, "regime": REGIMES}
    conditions: dict[str, Any] = {}
    for name, doc in NAMES.items():
        entry = {"enum": list(names[name])} if name in names else {"pattern": "^[A-Z]{3}$"}
        conditions[name] = {**_list(doc, {"type": "string", **entry}), "minItems": 1}
    conditions |= {name: {"description": doc, "type": "boolean"} for name, doc in FACTS.items()}
    conditions |= {
        name: {"description": doc, "type": "number", "exclusiveMinimum": 0}
        for name, doc in LIMITS.items()
    }
    return {
        WHERE: {
            **_object(conditions, "The states that it is for: those that meet all conditions."),
            "minProperties": 1,
        },
        VENDOR: {
            "description": "The vendor whose value it is.",
            "enum": vendor_names(sections.values()),
        },
    }


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": description}


def _date(description: str) -> dict[str, Any]:
    latest = bounds(Horizon.model_fields["end"])[1] or 0
    return {
        "type": "number",
        "multipleOf": 1 / QUARTERS,
        "minimum": FIRST_YEAR,
        "maximum": latest + 1,
        "description": f"{description} A year or a quarter of one: 2030, 2030.25, 2030.5, 2030.75.",
    }


def _event(references: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one event; its dotted keys are tables within it."""
    name = {
        "type": "string",
        "pattern": f"^{KEY_NAME.pattern}$",
        "description": "Unique in this file; replaces the extended files' event so called.",
    }
    until = _date("First quarter no longer in force; without it, in force to the end.")
    properties = {"name": name, "date": _date("First quarter in force."), "until": until}
    return {**_object({**properties, **references}), "required": ["name", "date"]}


def _table(section: type[Section], of_vendors: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the schema of one section.

    Args:
        section: What a mechanism declares of its parameters.
        of_vendors: The keys that it has for any vendor, each with one parameter that it means.
    """
    fields = section.model_fields
    properties = {key: _parameter(field) for key, field in fields.items()}
    properties |= {key: _of_vendor(fields[one]) for key, one in (of_vendors or {}).items()}
    return _object(properties, (section.__doc__ or "").split("\n\n")[0].strip())


def _parameter(field: FieldInfo) -> dict[str, Any]:
    """Return the schema of one parameter, its documentation in the text that editors show."""
    one = Declaration.of(field)
    kind = field.annotation if isinstance(field.annotation, type) else float
    schema: dict[str, Any] = {"type": _TYPES.get(kind, "number"), "default": field.default}
    span = ""
    if one.low is not None:
        schema |= {"minimum": one.low, "maximum": one.high}
        span = f", {one.low:g} to {one.high:g}"
    parts = [one.doc, f"Unit: {one.unit}{span}." if one.unit else ""]
    if one.plausible:
        parts.append("Plausible: {:g} to {:g}.".format(*one.plausible))
    if one.source:
        grade = _GRADES.get(one.evidence, "none")
        parts.append(f"Source: {one.source} (evidence: {grade}).")
    schema["description"] = " ".join(filter(None, parts))
    return schema


def _of_vendor(field: FieldInfo) -> dict[str, Any]:
    """Return the schema of a vendor's value, without what is said of one vendor."""
    schema = _parameter(field)
    text = f"Of the vendor that is named; unit: {attribute(field, 'unit')}."
    return {key: part for key, part in schema.items() if key != "default"} | {"description": text}

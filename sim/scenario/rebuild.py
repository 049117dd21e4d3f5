"""A scenario from the manifest of its runs, so that they can be repeated without its files."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sim.errors import InputError
from sim.rules import SHIPPED, Rules
from sim.scenario.events import Event
from sim.scenario.reading.settings import LAYERS, Origin
from sim.scenario.resolved import Scenario, TargetedValue, laid_over
from sim.scenario.schema import Horizon, Sections, declared
from sim.scenario.targets import target_of


def scenario_of(content: Mapping[str, Any], where: str, rules: Rules = SHIPPED) -> Scenario:
    """Return the scenario that :meth:`Scenario.to_dict` described.

    Args:
        content: The description, as JSON has it.
        where: The file it stands in, for messages.
        rules: What its runs go by.

    Raises:
        InputError: It does not fit this version's parameters.
    """
    schema = rules.sections
    try:
        scenario = Scenario(
            name=content["name"],
            title=content["title"],
            question=content["question"],
            horizon=Horizon.model_validate(content["horizon"]),
            sections={
                name: schema[name].model_validate(
                    {key: declared(schema, f"{name}.{key}", value) for key, value in values.items()}
                )
                for name, values in content["sections"].items()
            },
            events=tuple(
                Event(
                    event["name"],
                    event["date"],
                    event["until"],
                    {path: declared(schema, path, value) for path, value in event["sets"].items()},
                    Origin("file", where),
                    target_of(event),
                )
                for event in content["events"]
            ),
            origins={path: _origin(text) for path, text in content["origins"].items()},
            values=tuple(_value(value, schema) for value in content.get("values", ())),
            rules=rules,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{where} holds no scenario of this version ({error})") from error
    if json.loads(json.dumps(scenario.to_dict())) != content:
        raise InputError(f"{where} holds a scenario with other parameters than this version's")
    return scenario


def without(content: Mapping[str, Any], sections: Collection[str]) -> dict[str, Any]:
    """Return what :meth:`Scenario.to_dict` gave, without some sections, wherever they are set."""

    def kept(paths: Mapping[str, Any]) -> dict[str, Any]:
        return {path: v for path, v in paths.items() if path.partition(".")[0] not in sections}

    events = [{**event, "sets": kept(event["sets"])} for event in content["events"]]
    origins = {
        path: origin
        for path, origin in kept(content["origins"]).items()
        if not (path.startswith("events.") and path.split(".")[2] in sections)
    }
    changed = {"sections": kept(content["sections"]), "events": events, "origins": origins}
    values = [v for v in content.get("values", ()) if kept({v["path"]: v})]
    rest = {key: value for key, value in content.items() if key != "values"}
    return rest | changed | ({"values": values} if values else {})


def _value(content: Mapping[str, Any], schema: Sections) -> TargetedValue:
    """Return a value for some states, by what a manifest says of it."""
    target = target_of(content)
    if target is None:
        raise ValueError(f"{content['path']} is for no states")
    path = content["path"]
    return TargetedValue(path, target, declared(schema, path, content["value"]))


def _origin(text: str) -> Origin:
    """Return where a value came from, by what a manifest says of it."""
    layer = next((layer for layer, words in LAYERS.items() if words == text), None)
    return Origin(layer) if layer else Origin("file", text)


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Return a scenario with values set over all its files, as `--set` sets them.

    Args:
        scenario: The scenario to start from; it stays as it is.
        values: Checked values by dotted key of a parameter.
    """
    origins = {**scenario.origins, **dict.fromkeys(values, Origin("set"))}
    return replace(scenario, sections=laid_over(scenario.sections, values), origins=origins)

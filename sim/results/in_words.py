"""How results are told in words: of which scenarios with what settings, and that none forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.scenario.scope import scope_of
from sim.scenario.toml_file import LAYERS

NOT_FORECASTS = "Scenarios, not forecasts."
MOST_SETTINGS = 3
"""Settings that are named; of more it is said how many they are."""


def described_in(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the scenarios of a run's or a sweep's manifest, as it describes them, by name."""
    experiment, scenario = manifest.get("experiment"), manifest.get("scenario")
    if isinstance(experiment, Mapping):
        return dict(experiment.get("scenarios", {}))
    return {str(scenario.get("name")): scenario} if isinstance(scenario, Mapping) else {}


def settings_in(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `--set`, or `set=` in Python, set in a described scenario, by dotted key."""
    sections = {"horizon": scenario.get("horizon", {}), **scenario.get("sections", {})}
    values = {
        f"{name}.{key}": value for name, own in sections.items() for key, value in own.items()
    }
    for one in scenario.get("values", ()):
        if scope := scope_of(one):
            values[f"{one['path']}[{scope.label}]"] = one["value"]
    for event in scenario.get("events", ()):
        dated = {"date": event["date"], "until": event.get("until"), **event.get("sets", {})}
        values |= {f"events.{event['name']}.{key}": value for key, value in dated.items()}
    origins = scenario.get("origins", {})
    return {key: value for key, value in values.items() if origins.get(key) == LAYERS["set"]}


def in_all(settings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what several scenarios have set alike."""
    first = settings[0] if settings else {}
    return {
        key: value
        for key, value in first.items()
        if all(key in one and one[key] == value for one in settings)
    }


def what_was_set(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was set in the scenario of a manifest, or in all of them, by dotted key."""
    return in_all([settings_in(one) for one in described_in(manifest).values()])


def with_settings(settings: Mapping[str, Any]) -> str:
    """Return what follows a scenario's name: ` with contracts.term=5`; nothing if none are set."""
    if len(settings) > MOST_SETTINGS:
        return f" with {len(settings)} values set"
    named = ", ".join(f"{key}={_value(value)}" for key, value in settings.items())
    return f" with {named}" if named else ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)

"""The end of China's offer in a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sim.scenario import Scenario, load_scenario
from sim.scenario.scenario import Event

WITHDRAWN = "offer-withdrawn-2030"
WITHOUT = {
    "offer-withdrawn-no-exit-cost": "exit cost",
    "offer-withdrawn-fees-paid": "missed payments",
    "offer-withdrawn-better-option": "choices against the better option",
}
"""Scenarios that take a reason away from the day on which the offer ends, and the reason."""
OFFERING = "china.offering"


def withdrawn(scenario: Scenario) -> Scenario:
    other = load_scenario(WITHDRAWN)
    event = next(event for event in other.events if OFFERING in event.sets)
    paths = {p: o for p, o in other.origins.items() if p.startswith(f"events.{event.name}.")}
    return replace(
        scenario,
        name=f"{scenario.name}-withdrawn",
        title=f"{scenario.title}, {other.title[0].lower()}{other.title[1:]}",
        events=(*scenario.events, event),
        origins=scenario.origins | paths,
    )


def year_before_withdrawal(events: Iterable[Event]) -> int | None:
    dates = [
        event.date
        for event in events
        if event.date and event.scope is None and event.sets.get(OFFERING) is False
    ]
    return int(min(dates)) - 1 if dates else None

"""The end of China's offer in a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sim.scenario import Scenario, load_scenario
from sim.scenario.resolve import Event

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
    event = next(event.name for event in other.events if OFFERING in event.sets)
    kept = (given for given in scenario.assignments if given.event != event)
    return replace(
        scenario,
        name=f"{scenario.name}-withdrawn",
        title=f"{scenario.title}, {other.title[0].lower()}{other.title[1:]}",
        assignments=(*kept, *(given for given in other.assignments if given.event == event)),
    )


def year_before_withdrawal(events: Iterable[Event]) -> int | None:
    dates = [
        event.date
        for event in events
        if event.date and event.scope is None and event.sets.get(OFFERING) is False
    ]
    return int(min(dates)) - 1 if dates else None

"""The scenario, checked and frozen: every value, where it comes from, and the periods it makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sim.parameters import Section
from sim.rules import SHIPPED, Rules
from sim.scenario.events import Event, quarter_of
from sim.scenario.problems import Problem
from sim.scenario.schema import Horizon
from sim.scenario.settings import Origin


@dataclass(frozen=True)
class Period:
    """A stretch of quarters in which no parameter changes.

    Attributes:
        first_quarter: Its first quarter, counted from the first quarter of 2000.
        quarters: How many quarters it lasts.
        sections: All parameters in force, by section.
    """

    first_quarter: int
    quarters: int
    sections: dict[str, Section]


@dataclass(frozen=True)
class Scenario:
    """A scenario with every value resolved.

    Attributes:
        name: Name of its file, without the ending.
        title: Title for figures and tables.
        question: What it asks.
        horizon: Years that a run covers.
        sections: Parameters before any event, by section.
        events: What changes and when; where several set a key, the later in this list wins.
        origins: Where each value comes from, by dotted key: ``contracts.term``,
            ``horizon.end``, ``events.NAME.date``, ``events.NAME.china.seats_open``.
        warnings: What it sets that cannot matter, each with its place.
        rules: What its runs go by, whose sections these are.
    """

    name: str
    title: str
    question: str
    horizon: Horizon
    sections: dict[str, Section]
    events: tuple[Event, ...]
    origins: dict[str, Origin]
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    rules: Rules = SHIPPED

    def __getstate__(self) -> dict[str, Any]:
        """Travel with sections as plain values: classes of a user's own file have no home."""
        if not self.rules.own:
            return self.__dict__
        values = {name: section.model_dump() for name, section in self.sections.items()}
        return {**self.__dict__, "sections": values}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make sections of the values."""
        if state["rules"].own:
            kinds, values = state["rules"].sections, state["sections"]
            sections = {name: kinds[name].model_validate(v) for name, v in values.items()}
            state = {**state, "sections": sections}
        self.__dict__.update(state)

    @property
    def first_quarter(self) -> int:
        """The first quarter of a run, counted from the first quarter of 2000."""
        return quarter_of(self.horizon.start)

    @property
    def quarters(self) -> int:
        """How many quarters a run covers."""
        return quarter_of(self.horizon.end + 1) - self.first_quarter

    def periods(self) -> list[Period]:
        """Return the stretches between events; neighbours with equal values are one period."""
        end = self.first_quarter + self.quarters
        starts: list[tuple[int, dict[str, Section]]] = []
        for quarter in change_quarters(self.events, self.first_quarter, end):
            sections = apply_events(self.sections, self.events, quarter)
            if not starts or sections != starts[-1][1]:
                starts.append((quarter, sections))
        bounds = [*(quarter for quarter, _ in starts), end]
        return [
            Period(first, last - first, sections)
            for (first, last), (_, sections) in zip(pairwise(bounds), starts, strict=True)
        ]

    def idle_events(self) -> list[Event]:
        """Return the events that are never in force within the horizon."""
        quarters = range(self.first_quarter, self.first_quarter + self.quarters)
        return [event for event in self.events if not any(map(event.in_force, quarters))]

    def to_dict(self) -> dict[str, Any]:
        """Return the scenario as plain data for a manifest.

        Origins name the file and not the line, so that a comment added to a scenario leaves
        the manifest of a batch begun before as it was.
        """
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "horizon": self.horizon.model_dump(),
            "sections": {name: section.model_dump() for name, section in self.sections.items()},
            "events": [event.to_dict() for event in self.events],
            "origins": {path: origin.stable for path, origin in sorted(self.origins.items())},
        }

    def identity(self) -> str:
        """Return a hash of what the scenario does: its horizon and its periods.

        Two scenarios that say the same in other words, or under another name, share it.
        """
        meaning = {
            "horizon": self.horizon.model_dump(),
            "periods": [
                [period.first_quarter, {k: v.model_dump() for k, v in period.sections.items()}]
                for period in self.periods()
            ],
        }
        text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def change_quarters(events: Iterable[Event], first: int, end: int) -> list[int]:
    """Return the quarters from ``first`` to before ``end`` in which values may change."""
    dates = [first]
    for event in events:
        dates += [quarter_of(d) for d in (event.date, event.until) if d is not None]
    return sorted({quarter for quarter in dates if first <= quarter < end})


def values_in_force(events: Iterable[Event], quarter: int) -> dict[str, dict[str, Any]]:
    """Return what the events in force set, by section and key; later events win."""
    values: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.in_force(quarter):
            for path, value in event.sets.items():
                section, _, key = path.partition(".")
                values.setdefault(section, {})[key] = value
    return values


def apply_events(
    base: dict[str, Section], events: Iterable[Event], quarter: int
) -> dict[str, Section]:
    """Return all sections as they are in a quarter.

    Raises:
        pydantic.ValidationError: The values break a rule that joins several of a section.
    """
    sections = dict(base)
    for name, values in values_in_force(events, quarter).items():
        sections[name] = type(base[name]).model_validate({**base[name].model_dump(), **values})
    return sections

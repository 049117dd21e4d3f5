"""The scenario, checked and frozen: every value, where it comes from, and the periods it makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from sim.errors import InputError
from sim.parameters import Section
from sim.rules import SHIPPED, Rules
from sim.scenario.events import Event, quarter_of
from sim.scenario.reading.problems import Problem
from sim.scenario.reading.settings import Origin
from sim.scenario.schema import Horizon, by_section
from sim.scenario.targets import Classes, Target, classes_of
from sim.world.seeds import Seeds


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
class TargetedValue:
    """A value for some states, from the first quarter on.

    Attributes:
        path: The parameter's dotted key.
        target: The states, or the vendor, that it is for.
        value: What these have instead of the scenario's own.
    """

    path: str
    target: Target
    value: Any

    @property
    def key(self) -> str:
        """Its dotted key with the conditions in brackets, as origins and ``--set`` have it."""
        return f"{self.path}[{self.target.label}]"


@dataclass(frozen=True)
class Scenario:
    """A scenario with every value resolved.

    Attributes:
        name: Name of its file, without the ending.
        title: Title for figures and tables.
        question: The question it is to answer, in words.
        horizon: Years that a run covers.
        sections: Parameters before any event, by section.
        events: What changes and when; where several set a key, the later in this list wins.
        origins: Where each value comes from, by dotted key: ``contracts.term``,
            ``horizon.end``, ``events.NAME.date``, ``events.NAME.china.seats_open``,
            ``contracts.fee[region=South Asia]``.
        values: Values for some states, before any event; of several that name a state the last.
        warnings: What it sets that cannot matter, each with its place.
        rules: What its runs go by, whose sections these are.
        seeds: The world in which it plays, and what is known of it; None: the shipped one.
    """

    name: str
    title: str
    question: str
    horizon: Horizon
    sections: dict[str, Section]
    events: tuple[Event, ...]
    origins: dict[str, Origin]
    values: tuple[TargetedValue, ...] = ()
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    rules: Rules = SHIPPED
    seeds: Seeds | None = field(default=None, compare=False, repr=False)

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
    def end_quarter(self) -> int:
        """The quarter after the last of a run."""
        return quarter_of(self.horizon.end + 1)

    @property
    def quarters(self) -> int:
        """How many quarters a run covers."""
        return self.end_quarter - self.first_quarter

    @property
    def targets(self) -> list[Target]:
        """Whom its values and events are for, where that is not all."""
        targets = [value.target for value in self.values]
        return targets + [event.target for event in self.events if event.target is not None]

    def classes(self) -> Classes:
        """Return the classes of states that its targets tell apart."""
        return classes_of(self.targets)

    def for_state(self, code: str | None) -> Scenario:
        """Return the scenario as it is for one state, without targets; None: for the world.

        Raises:
            pydantic.ValidationError: The values break a rule that joins several of a section.
        """
        changed = {v.path: v.value for v in self.values if code in v.target.states}
        events = (event for event in self.events if not event.target or code in event.target.states)
        own = tuple(replace(event, target=None) for event in events)
        return replace(self, sections=laid_over(self.sections, changed), events=own, values=())

    def placed(self, seeds: Seeds | None) -> Scenario:
        """Return the scenario in a world of one's own; None: as it is.

        Raises:
            InputError: What is known lies before the run begins, where nothing can be held to it;
                or a target names no state of that world.
        """
        if seeds is None:
            return self
        early = [fact for fact in seeds.known if fact.quarter < self.first_quarter]
        if early:
            raise InputError(
                f"{self.name} begins in {self.horizon.start}, but what is known begins earlier: "
                f"{fact.iso3} {fact.what} {fact.date:g}"
                for fact in early
            )
        if seeds.shipped:
            return replace(self, seeds=None)
        values = (replace(value, target=value.target.among(seeds)) for value in self.values)
        events = (
            replace(event, target=event.target.among(seeds)) if event.target else event
            for event in self.events
        )
        return replace(self, values=tuple(values), events=tuple(events), seeds=seeds)

    def periods(self) -> list[Period]:
        """Return the stretches between events; neighbours with equal values are one period.

        Of a scenario with targets, those that the world sees; see :meth:`for_state`.
        """
        if self.targets:
            return self.for_state(None).periods()
        starts: list[tuple[int, dict[str, Section]]] = []
        for quarter in self.change_quarters():
            sections = self.sections_in(quarter)
            if not starts or sections != starts[-1][1]:
                starts.append((quarter, sections))
        bounds = [*(quarter for quarter, _ in starts), self.end_quarter]
        return [
            Period(first, last - first, sections)
            for (first, last), (_, sections) in zip(pairwise(bounds), starts, strict=True)
        ]

    def value(self, path: str) -> Any:
        """Return a parameter's value at the start by its dotted key, such as `contracts.term`."""
        section, _, key = path.partition(".")
        return getattr(self.sections[section], key)

    def change_quarters(self, first: int | None = None) -> list[int]:
        """Return the quarters in which values may change, from one on; None: from the first on."""
        first = self.first_quarter if first is None else first
        dates = [d for event in self.events for d in (event.date, event.until) if d is not None]
        quarters = {first, *map(quarter_of, dates)}
        return sorted(quarter for quarter in quarters if first <= quarter < self.end_quarter)

    def set_by_events(self, quarter: int) -> dict[str, Any]:
        """Return what the events in force set, by dotted key; later events win."""
        values: dict[str, Any] = {}
        for event in self.events:
            if event.in_force(quarter):
                values |= event.sets
        return values

    def sections_in(self, quarter: int) -> dict[str, Section]:
        """Return all sections as they are in a quarter.

        Raises:
            pydantic.ValidationError: The values break a rule that joins several of a section.
        """
        return laid_over(self.sections, self.set_by_events(quarter))

    def idle_events(self) -> list[Event]:
        """Return the events that are never in force within the horizon."""
        quarters = range(self.first_quarter, self.end_quarter)
        return [event for event in self.events if not any(map(event.in_force, quarters))]

    def to_dict(self) -> dict[str, Any]:
        """Return the scenario as plain data for a manifest.

        Origins name the file and not the line, so that a comment added to a scenario leaves
        the manifest of a batch begun before as it was.
        """
        values = [{"path": v.path, "value": v.value, **v.target.to_dict()} for v in self.values]
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "horizon": self.horizon.model_dump(),
            "sections": {name: section.model_dump() for name, section in self.sections.items()},
            "events": [event.to_dict() for event in self.events],
            **({"values": values} if values else {}),
            "origins": {path: origin.stable for path, origin in sorted(self.origins.items())},
        }

    def identity(self) -> str:
        """Return a hash of what the scenario does: its horizon and its periods.

        Two scenarios that say the same in other words, or under another name, share it.
        """
        meaning: dict[str, Any] = {
            "horizon": self.horizon.model_dump(),
            "periods": _plain(self.periods()),
        }
        classes = self.classes()
        if classes.members:
            meaning["classes"] = [
                [states, _plain(self.for_state(states[0]).periods())] for states in classes.members
            ]
        text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def laid_over(base: dict[str, Section], changes: Mapping[str, Any]) -> dict[str, Section]:
    """Return all sections with some values, by dotted key, in place of what they had.

    Raises:
        pydantic.ValidationError: The values break a rule that joins several of a section.
    """
    sections = dict(base)
    for name, values in by_section(changes).items():
        sections[name] = type(base[name]).model_validate({**base[name].model_dump(), **values})
    return sections


def _plain(periods: Iterable[Period]) -> list[list[Any]]:
    """Return periods as plain data."""
    return [
        [period.first_quarter, {k: v.model_dump() for k, v in period.sections.items()}]
        for period in periods
    ]

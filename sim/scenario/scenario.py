"""The scenario, checked and frozen: every value, its origin, dates and countries.

A relative value has its own dotted key, `market.price.times`, and is resolved where a run's
parameters are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal

from sim.errors import InputError, nearest
from sim.model.parameters import Outcome, Section, parameter
from sim.model.register import SHIPPED, Rules
from sim.model.units import FIRST_YEAR
from sim.scenario.scope import WHERE, Classes, Scope, classes_of, is_for, scope_of
from sim.scenario.toml_file import Origin
from sim.world.dates import quarter_of
from sim.world.seeds import Seeds

Kind = Literal["baseline", "policy", "shock", "ablation", "null"]
"""Change by a scenario: none; a policy; a shock to the world; a mechanism off, or exit free; or
another explanation, as in null models.
"""
EVENTS = "events"
DATES = ("date", "until")
WHEN = "when"


class Horizon(Section):
    """The years that a run covers, both inclusive."""

    start: int = parameter(
        FIRST_YEAR,
        unit="year",
        low=FIRST_YEAR,
        high=2024,
        source="the article's training shares count from 2000; history ends in 2024",
        evidence=3,
    )
    """First year of a run; it begins in the first quarter."""
    end: int = parameter(
        2040,
        unit="year",
        low=FIRST_YEAR + 1,
        high=2060,
        source="design of the study",
        evidence=1,
    )
    """Last year of a run; it ends with the fourth quarter."""


# --- Relative values ------------------------------------------------------------------------------

ABSOLUTE, TIMES, PLUS = "", "times", "plus"
HOWS = (ABSOLUTE, TIMES, PLUS)
RELATIVE = (TIMES, PLUS)
SIGNS = {"": ABSOLUTE, "*": TIMES, "+": PLUS}
"""Signs in `--set`: `market.price*=0.8`."""


def split_key(path: str) -> tuple[str, str]:
    parameter, _, how = path.rpartition(".")
    return (parameter, how) if how in RELATIVE and "." in parameter else (path, ABSOLUTE)


def changed_by(before: Any, how: str, given: Any) -> Any:
    if how == TIMES:
        return before * given
    return before + given if how == PLUS else given


def in_order(sets: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """Return an event's settings as key, way and value, in the order of effect."""
    split = [(*split_key(path), value) for path, value in sets.items()]
    return sorted(split, key=lambda entry: HOWS.index(entry[1]))


# --- Conditions -----------------------------------------------------------------------------------

CONDITION = re.compile(r"\s*(\w+)\s*([<>])\s*([-+]?(?:\d+\.?|\.\d)\d*(?:e[-+]?\d+)?)\s*")
EXAMPLE = 'an outcome of the world above or below a number, such as "adopters > 100"'


@dataclass(frozen=True)
class Condition:
    """A condition on the world, checked at the end of each quarter, under which an event begins.

    Attributes:
        sign: 1: above; -1: below.
    """

    outcome: str
    sign: float
    threshold: float

    def __str__(self) -> str:
        return f"{self.outcome} {'>' if self.sign > 0 else '<'} {self.threshold:.15g}"


def is_askable(outcome: Outcome) -> bool:
    """Whether every quarter has a value of the outcome."""
    return outcome.of in ("country", "actor") and outcome.form != "yearly"


def read_condition(text: str, rules: Rules) -> Condition:
    match = CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"must be {EXAMPLE}, not {text!r}")
    known = [name for name, outcome in rules.register.items() if is_askable(outcome)]
    if match[1] not in known:
        reason = f"no outcome {match[1]!r}{nearest(match[1], known)}"
        if match[1] in rules.register:
            reason = f"{match[1]!r} counts a year, or one vendor; a level of the world is asked for"
        raise ValueError(reason)
    return Condition(match[1], 1.0 if match[2] == ">" else -1.0, float(match[3]))


# --- Scenarios ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Values that apply from a date on.

    Attributes:
        date: First quarter in force; None: see `when`.
        until: First quarter no longer in force; None: in force to the end.
        sets: Values by dotted key: ``china.courses_open``, or relative ``market.price.times``.
        scope: The countries concerned; None: all, and the world.
        when: Instead of a date the condition after which it is in force, for good.
    """

    name: str
    date: float | None
    until: float | None
    sets: dict[str, Any]
    origin: Origin
    scope: Scope | None = None
    when: Condition | None = None

    def in_force(self, quarter: int) -> bool:
        """Whether it certainly applies in a quarter."""
        ended = self.until is not None and quarter >= quarter_of(self.until)
        return self.date is not None and quarter >= quarter_of(self.date) and not ended

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "date": self.date,
            "until": self.until,
            **({"when": str(self.when)} if self.when else {}),
            "sets": dict(sorted(self.sets.items())),
            **(self.scope.to_dict() if self.scope else {}),
        }


@dataclass(frozen=True)
class ScopedValue:
    """A value for some countries, or a relative one for all, from the first quarter on.

    Attributes:
        path: The parameter's dotted key, with `.times` or `.plus` for a relative value.
    """

    path: str
    scope: Scope | None
    value: Any

    @property
    def key(self) -> str:
        return f"{self.path}[{self.scope.label}]" if self.scope else self.path


def in_effect_order(values: Iterable[ScopedValue]) -> tuple[ScopedValue, ...]:
    def rank(value: ScopedValue) -> int:
        return len(HOWS) if value.scope else HOWS.index(split_key(value.path)[1])

    return tuple(sorted(values, key=rank))


@dataclass(frozen=True, repr=False)
class Scenario:
    """A scenario with every value resolved.

    Attributes:
        sections: Parameters before any event, by section.
        events: Dated changes; of several that set a key, the later in this list wins.
        origins: Origin of each value, by dotted key: ``contracts.term``, ``horizon.end``,
            ``events.NAME.date``, ``events.NAME.china.courses_open``, ``contracts.fee[region=South
            Asia]``.
        values: Values before any event: relative ones for all, then those for some countries, in
            the order of effect.
        files: Its files as messages show them, the extended ones first.
        seeds: Input data, and documented decisions; None: the shipped data.

    Examples:
        >>> sim.load_scenario("no-peers")
        <Scenario no-peers: 2000 to 2040>
    """

    name: str
    title: str
    question: str
    horizon: Horizon
    sections: dict[str, Section]
    events: tuple[Event, ...]
    origins: dict[str, Origin]
    values: tuple[ScopedValue, ...] = ()
    files: tuple[str, ...] = field(default=(), compare=False)
    rules: Rules = SHIPPED
    seeds: Seeds | None = field(default=None, compare=False, repr=False)
    kind: Kind = field(default="policy", compare=False)

    def __repr__(self) -> str:
        return f"<Scenario {self.name}: {self.horizon.start} to {self.horizon.end}>"

    def __getstate__(self) -> dict[str, Any]:
        # Classes of a user's file cannot be pickled by name, so sections travel as plain values.
        values = {name: section.model_dump() for name, section in self.sections.items()}
        return {**self.__dict__, "sections": values}

    def __setstate__(self, state: dict[str, Any]) -> None:
        kinds, values = state["rules"].sections, state["sections"]
        sections = {name: kinds[name].model_validate(v) for name, v in values.items()}
        self.__dict__.update(state, sections=sections)

    @property
    def first_quarter(self) -> int:
        return quarter_of(self.horizon.start)

    @property
    # After the last of a run.
    def end_quarter(self) -> int:
        return quarter_of(self.horizon.end + 1)

    @property
    def quarters(self) -> int:
        return self.end_quarter - self.first_quarter

    @property
    def scopes(self) -> list[Scope]:
        scopes = [value.scope for value in self.values] + [event.scope for event in self.events]
        return [scope for scope in scopes if scope is not None]

    # Countries in the same scopes share a class, and with it the parameters.
    def classes(self) -> Classes:
        return classes_of(self.scopes)

    def in_world(self, seeds: Seeds | None) -> Scenario:
        """Return the scenario with other input data; None: unchanged.

        Raises:
            InputError: A documented decision is dated before the run begins; or a scope matches no
                country of that data.
        """
        if seeds is None:
            return self
        for fact in seeds.known:
            if fact.quarter < self.first_quarter:
                raise InputError(
                    f"{self.name} begins in {self.horizon.start}, but documented "
                    f"decisions begin earlier: {fact.iso3} {fact.what} {fact.date:g}"
                )
        # None means the shipped data.
        if seeds.shipped:
            return replace(self, seeds=None)

        def among[Part: (ScopedValue, Event)](part: Part, world: Seeds) -> Part:
            return replace(part, scope=part.scope.among(world)) if part.scope else part

        values = tuple(among(value, seeds) for value in self.values)
        events = tuple(among(event, seeds) for event in self.events)
        return replace(self, values=values, events=events, seeds=seeds)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(dict.fromkeys(event.when for event in self.events if event.when))

    def variants(self) -> list[Scenario]:
        """Return the scenario, with only dated events, for each combination of conditions met.

        The number of a combination has bit k set if condition k is met; 0 comes first.
        """
        conditions, start = self.conditions, float(self.horizon.start)

        def dated(met: int) -> Iterator[Event]:
            for event in self.events:
                if event.when is None:
                    yield event
                elif met >> conditions.index(event.when) & 1:
                    # The engine switches between variants, so in its own variant the event is
                    # always in force.
                    yield replace(event, date=start, when=None)

        numbers = range(1 << len(conditions))
        return [replace(self, events=tuple(dated(met))) for met in numbers]

    @property
    def tables(self) -> dict[str, Section]:
        return {"horizon": self.horizon, **self.sections}

    def value(self, path: str) -> Any:
        """Return the value of a dotted key as in origins; `contracts.term` at the start."""
        values = {scoped.key: scoped.value for scoped in self.values}
        for event in self.events if path.startswith(EVENTS) else ():
            fixed = {
                "date": event.date,
                "until": event.until,
                WHEN: str(event.when),
                WHERE: event.scope and event.scope.label,
            }
            of_event = fixed | event.sets
            values |= {f"{EVENTS}.{event.name}.{key}": value for key, value in of_event.items()}
        section, _, key = path.partition(".")
        return values[path] if path in values else getattr(self.tables[section], key)

    def change_quarters(self) -> list[int]:
        dates = [d for event in self.events for d in (event.date, event.until) if d is not None]
        quarters = {self.first_quarter, *map(quarter_of, dates)}
        return sorted(q for q in quarters if self.first_quarter <= q < self.end_quarter)

    def values_in(self, quarter: int, code: str | None = None) -> dict[str, Any]:
        """Return all values by dotted key in a quarter, for a country or (None) the world.

        Events with a condition are not in force.
        """
        of_sections = ((name, *pair) for name, values in self.sections.items() for pair in values)
        values = {f"{name}.{key}": value for name, key, value in of_sections}
        layers = [{v.path: v.value} for v in self.values if is_for(v.scope, code)]
        in_force = (event for event in self.events if event.in_force(quarter))
        layers += [event.sets for event in in_force if is_for(event.scope, code)]
        for path, how, given in chain.from_iterable(map(in_order, layers)):
            values[path] = changed_by(values[path], how, given)
        return values

    def to_dict(self) -> dict[str, Any]:
        values = [
            {"path": v.path, "value": v.value, **(v.scope.to_dict() if v.scope else {})}
            for v in self.values
        ]
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "horizon": self.horizon.model_dump(),
            "sections": {name: section.model_dump() for name, section in self.sections.items()},
            "events": [event.to_dict() for event in self.events],
            **({"values": values} if values else {}),
            # Without lines: a comment added to a scenario leaves the identity of a batch as it was.
            "origins": {path: origin.stable for path, origin in sorted(self.origins.items())},
        }


# --- From and to manifests ------------------------------------------------------------------------


def scenario_of(content: Mapping[str, Any], where: str, rules: Rules = SHIPPED) -> Scenario:
    """Return the scenario that :meth:`Scenario.to_dict` described, less unknown sections."""
    try:
        values = [value for value in content.get("values", ()) if _is_known(value["path"], rules)]
        for name, kind in rules.sections.items():
            if missing := kind.model_fields.keys() - content["sections"][name].keys():
                raise ValueError(f"{name}.{missing.pop()} is missing")
        return Scenario(
            name=content["name"],
            title=content["title"],
            question=content["question"],
            horizon=Horizon.model_validate(content["horizon"]),
            sections={
                name: kind.model_validate(content["sections"][name])
                for name, kind in rules.sections.items()
            },
            events=events_of(content, where, rules),
            origins={path: Origin(origin) for path, origin in content["origins"].items()},
            values=tuple(ScopedValue(v["path"], scope_of(v), v["value"]) for v in values),
            rules=rules,
        )
    except (KeyError, ValueError) as error:
        raise InputError(f"{where} has no scenario of this version ({error})") from error


def _is_known(path: str, rules: Rules) -> bool:
    return path.partition(".")[0] in rules.sections


def events_of(content: Mapping[str, Any], where: str, rules: Rules = SHIPPED) -> tuple[Event, ...]:
    return tuple(
        Event(
            given["name"],
            given["date"],
            given["until"],
            {path: value for path, value in given["sets"].items() if _is_known(path, rules)},
            Origin(where),
            scope_of(given),
            read_condition(given[WHEN], rules) if WHEN in given else None,
        )
        for given in content["events"]
    )

"""Which value wins: a scenario is one ordered list of assignments, and `resolve` applies them.

Files, points of an experiment and `--set` append to the list. Of those with one key the last
counts. Values for all countries from the first quarter on come first, absolute ones before `times`
and `plus`; then values for some countries, in the order of the list; then events in force, in the
order in which they were begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.parameters import derived_names
from sim.model.register import Rules
from sim.scenario.scope import WHERE, Scope, is_for
from sim.scenario.toml_file import Origin, bounds
from sim.world.arrays import Whole
from sim.world.dates import quarter_of

EVENTS = "events"
DATES = ("date", "until")
ABSOLUTE, TIMES, PLUS = "", "times", "plus"
HOWS = (ABSOLUTE, TIMES, PLUS)
RELATIVE = (TIMES, PLUS)


@dataclass(frozen=True)
class Target:
    """What an assignment gives a value to.

    Attributes:
        bare: A parameter's dotted key, ``contracts.term``; or of an event itself ``date``,
            ``until`` or ``where``.
        how: How the value applies: absolute, ``times`` or ``plus``.
        scope: The countries of a value from the first quarter on; None: all.
        event: The event; empty: from the first quarter on.
    """

    bare: str
    how: str = ABSOLUTE
    scope: Scope | None = None
    event: str = ""

    @property
    def setting(self) -> str:
        """The parameter's key with ``how``: ``contracts.term.times``."""
        return f"{self.bare}.{self.how}" if self.how else self.bare

    @property
    def path(self) -> str:
        """The key as in origins: with its event, or its conditions in brackets."""
        if self.event:
            return f"{EVENTS}.{self.event}.{self.setting}"
        return f"{self.setting}[{self.scope.label}]" if self.scope else self.setting


@dataclass(frozen=True, kw_only=True)
class Assignment(Target):
    """A value with its origin.

    Attributes:
        over: The assignment that it replaces.
    """

    value: Any
    origin: Origin
    over: Assignment | None = field(default=None, compare=False, repr=False)

    @property
    def is_usual(self) -> bool:
        """Whether it is a value for all countries from the first quarter on."""
        return not (self.how or self.scope or self.event)

    def applied_to(self, before: Any) -> Any:
        if self.how == TIMES:
            return before * self.value
        return before + self.value if self.how == PLUS else self.value


def put(kept: dict[str, Assignment], given: Assignment) -> None:
    """Append to a list of assignments by key, of each key the last."""
    before = kept.get(given.path)
    if given.scope:
        kept.pop(given.path, None)  # the last that names a country counts
    kept[given.path] = given if before in (None, given) else replace(given, over=before)


def split_key(path: str) -> tuple[str, str]:
    parameter, _, how = path.rpartition(".")
    return (parameter, how) if how in RELATIVE and "." in parameter else (path, ABSOLUTE)


@dataclass(frozen=True)
class Event:
    """Values that apply from a date on.

    Attributes:
        sets: Values by dotted key: ``china.courses_open``, or relative ``market.price.times``.
        date: First quarter in force.
        until: First quarter no longer in force; None: in force to the end.
        scope: The countries concerned; None: all, and the world.
    """

    name: str
    sets: dict[str, Any]
    date: float
    until: float | None = None
    scope: Scope | None = None

    def in_force(self, quarter: int) -> bool:
        ended = self.until is not None and quarter >= quarter_of(self.until)
        return quarter >= quarter_of(self.date) and not ended

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "date": self.date,
            "until": self.until,
            "sets": dict(sorted(self.sets.items())),
            **(self.scope.to_dict() if self.scope else {}),
        }


def events_of(assignments: Iterable[Assignment]) -> tuple[Event, ...]:
    given: dict[str, dict[str, Any]] = {}
    for each in assignments:
        if each.event:
            given.setdefault(each.event, {})[each.setting] = each.value
    return tuple(
        Event(name, sets, *(sets.pop(key, None) for key in (*DATES, WHERE)))
        for name, sets in given.items()
    )


def change_quarters(events: Iterable[Event], quarters: range) -> list[int]:
    """Return the first quarters of the periods between which no value changes."""
    dates = [date for event in events for date in (event.date, event.until) if date is not None]
    return sorted({quarters.start, *(q for q in map(quarter_of, dates) if q in quarters)})


def in_effect_order(assignments: Sequence[Assignment]) -> list[Assignment]:
    """Return the assignments of parameters, each after those that it overrides or changes."""
    events = ["", *dict.fromkeys(given.event for given in assignments if given.event)]

    def rank(given: Assignment) -> tuple[int, int]:
        return events.index(given.event), len(HOWS) if given.scope else HOWS.index(given.how)

    return sorted((given for given in assignments if "." in given.bare), key=rank)


def resolve(
    assignments: Sequence[Assignment],
    quarters: range,
    codes: Sequence[str | None],
    points: Sequence[Mapping[str, Any]],
    rules: Rules,
) -> tuple[NDArray[Any], Whole]:
    """Fill the parameters of each point, period and class of countries.

    `codes` are a country of each class (None: the world), and `points` what each point sets for all
    from the first quarter on.

    Returns:
        Records by point, period and class, without the numbers derived of them; and each quarter's
        period.
    """
    events = {event.name: event for event in events_of(assignments)}
    starts = change_quarters(events.values(), quarters)
    records = np.zeros((len(points), len(starts), len(codes)), parameter_type(rules))
    columns = {path: column(records, path) for path in rules.parameters}
    varied = {path for point in points for path in point}
    usual = {path: field.default for path, field in rules.parameters.items()}
    usual |= {each.path: each.value for each in assignments if each.is_usual}
    for path, values in columns.items():
        value = usual[path]
        values[...] = [[[p.get(path, value)]] for p in points] if path in varied else value
    for given in in_effect_order([each for each in assignments if not each.is_usual]):
        event, values = events.get(given.event), columns[given.bare]
        in_force = [event is None or event.in_force(start) for start in starts]
        scope = event.scope if event else given.scope
        cells = np.outer(in_force, [is_for(scope, code) for code in codes]).astype(bool)
        values[:, cells] = given.applied_to(values[:, cells])
    return records, np.repeat(range(len(starts)), np.diff([*starts, quarters.stop]))


def column(records: NDArray[Any], path: str) -> NDArray[Any]:
    section, _, key = path.partition(".")
    values: NDArray[Any] = records[section][key]
    return values


def beyond_bounds(
    assignments: Iterable[Assignment], records: NDArray[Any], rules: Rules
) -> Iterator[tuple[Assignment, int, str]]:
    """Yield each relative value that leads out of bounds, with the first point, and the reason."""
    for given in (each for each in assignments if each.how):
        low, high = bounds(rules.parameters[given.bare])
        values = column(records, given.bare)
        for cell in map(tuple, np.argwhere((values < low) | (values > high))[:1]):
            yield given, int(cell[0]), f"would be {values[cell]:.6g}; allowed: {low:g} to {high:g}"


def parameter_type(rules: Rules) -> np.dtype[Any]:
    """The type of a period's record: sections' parameters, then the numbers derived of them."""
    sections: list[tuple[str, Any]] = []
    for name, section in rules.sections.items():
        fields = [(key, field.annotation) for key, field in section.model_fields.items()]
        fields += [(key, float) for key in derived_names(section)]
        sections.append((name, np.dtype(fields, align=True)))
    return np.dtype(sections, align=True)


def derive(records: NDArray[Any], rules: Rules) -> None:
    """Fill in the numbers that sections derive of their parameters."""
    for name, kind in rules.sections.items():
        if not (names := derived_names(kind)):
            continue
        part = records[name]
        cells = part[[*kind.model_fields]].reshape(-1).tolist()
        # Most points, periods and classes share most sections.
        known: dict[Any, list[float]] = {}
        for cell in dict.fromkeys(cells):
            own = SimpleNamespace(**dict(zip(kind.model_fields, cell, strict=True)))
            known[cell] = [getattr(kind, each)(own) for each in names]
        for place, each in enumerate(names):
            part[each] = np.reshape([known[cell][place] for cell in cells], part.shape)

"""Dated events: what a scenario changes for a while, and the checks of their dates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.parameters import attribute
from sim.scenario.reading.problems import Problem, show_value
from sim.scenario.reading.settings import Origin, Setting
from sim.scenario.schema import Horizon, Sections, by_section, check_section, declared
from sim.scenario.targets import Target, world_fault
from sim.units import FIRST_YEAR, QUARTERS

EVENTS = "events"
DATES = ("date", "until")
"""What a dotted key of an event begins with, and the ends of those that move it."""


def is_date(path: str) -> bool:
    """Return whether a dotted key is an event's date or end."""
    first, _, rest = path.partition(".")
    return first == EVENTS and rest.partition(".")[2] in DATES


def quarter_of(date: float) -> int:
    """Return the quarter in which a date lies, counted from the first quarter of 2000."""
    return math.floor((date - FIRST_YEAR) * QUARTERS)


@dataclass(frozen=True)
class Event:
    """Values that hold from a date on.

    Attributes:
        name: Its name, unique in a scenario.
        date: First quarter in force (2030.25 is the second quarter of 2030).
        until: First quarter no longer in force; None: in force to the end.
        sets: Values by dotted key (``china.seats_open``).
        origin: Where it is written.
        target: The states that it is for; None: all, and the world.
    """

    name: str
    date: float
    until: float | None
    sets: dict[str, Any]
    origin: Origin
    target: Target | None = None

    def in_force(self, quarter: int) -> bool:
        """Tell whether it holds in a quarter (counted from the first quarter of 2000)."""
        ended = self.until is not None and quarter >= quarter_of(self.until)
        return quarter >= quarter_of(self.date) and not ended

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name,
            "date": self.date,
            "until": self.until,
            "sets": dict(sorted(self.sets.items())),
            **(self.target.to_dict() if self.target else {}),
        }


@dataclass
class Draft:
    """An event while the layers are being read.

    Attributes:
        name: Its name; ``events[2]``, by its place in the file, where the name is wrong.
        origin: Where it is written.
        settings: ``date``, ``until`` and the dotted keys that it sets.
        horizon: The horizon in force where it was written.
        target: The states that it is for; None: all.
    """

    name: str
    origin: Origin
    settings: dict[str, Setting]
    horizon: Horizon = field(default_factory=Horizon)
    target: Target | None = None

    @property
    def label(self) -> str:
        """Its dotted key in messages."""
        return self.name if self.name.endswith("]") else f"events.{self.name}"

    def finish(self, sections: Sections) -> Event:
        """Return the event; call it when nothing is wrong."""
        dates = {key: float(s.value) for key, s in self.settings.items() if key in DATES}
        sets = {
            path: declared(sections, path, s.value)
            for path, s in self.settings.items()
            if path not in DATES
        }
        until = dates.get("until")
        return Event(self.name, dates["date"], until, sets, self.origin, self.target)


def check_event(draft: Draft, sections: Sections) -> list[Problem]:
    """Return what is wrong with an event's values and with the form of its dates."""
    problems = []
    for key in DATES:
        setting = draft.settings.get(key)
        if setting is not None and not _is_quarter(setting.value):
            text = (
                "must be a year or a quarter of one, such as 2030, 2030.25, 2030.5 or 2030.75, "
                f"not {show_value(setting.value)}"
            )
            problems.append(Problem(setting.place, f"{draft.label}.{key}", text))
        elif setting is not None and setting.value % 1 and (paths := _yearly(draft, sections)):
            year = math.floor(setting.value)
            text = (
                f"must be a year, such as {year} or {year + 1}, not {show_value(setting.value)}: "
                f"{paths[0]} applies once a year, in its first quarter"
            )
            problems.append(Problem(setting.place, f"{draft.label}.{key}", text))
    return problems + check_values(draft.settings, draft.target, sections, f"{draft.label}.")


def check_values(
    settings: Mapping[str, Setting], target: Target | None, sections: Sections, prefix: str
) -> list[Problem]:
    """Return what is wrong with values by dotted key, each by itself.

    Args:
        settings: What is to be set, by dotted key.
        target: The states that they are for; None: all.
        sections: The model's parameters, which say what is allowed.
        prefix: What comes before the keys in messages (``events.NAME.``).
    """
    problems = []
    for name, own in by_section(settings).items():
        problems += check_section(name, sections[name], own, prefix=prefix)
        for key, setting in own.items():
            if target and (text := world_fault(sections[name], key)):
                problems.append(Problem(setting.place, f"{prefix}{name}.{key}", text))
    return problems


def check_dates(drafts: Iterable[Draft], horizon: Horizon) -> list[Problem]:
    """Return dates outside the horizon and events that end before they begin.

    A date written in a file is held against that file's own horizon, so that a scenario or a
    ``--set`` that shortens the horizon need not drop the later events: they never come to act.

    Args:
        drafts: Events as they were written.
        horizon: The scenario's horizon, for dates set from outside the files.
    """
    problems = []
    for draft in drafts:
        date, until = draft.settings.get("date"), draft.settings.get("until")
        if date is None or not _is_quarter(date.value):
            continue
        span = draft.horizon if date.origin.layer == "file" else horizon
        key = f"{draft.label}."
        last = span.end + (QUARTERS - 1) / QUARTERS
        if not span.start <= date.value <= last:
            text = f"must lie within the horizon, from {span.start} to {last:g}, not {date.value:g}"
            problems.append(Problem(date.place, key + "date", text))
            continue
        if until is None or not _is_quarter(until.value):
            continue
        span = draft.horizon if until.origin.layer == "file" else horizon
        if until.value <= date.value:
            text = f"must be later than the event's date, {date.value:g}, not {until.value:g}"
            problems.append(Problem(until.place, key + "until", text))
        elif until.value > span.end + 1:
            text = (
                f"must lie within the horizon, up to {span.end + 1}, not {until.value:g}; leave it "
                "out for an event that stays"
            )
            problems.append(Problem(until.place, key + "until", text))
    return problems


def _yearly(draft: Draft, sections: Sections) -> list[str]:
    """Return the parameters of an event, by dotted key, that rules apply once a year."""
    return [
        f"{name}.{key}"
        for name, own in by_section(draft.settings).items()
        for key in own
        if (known := sections[name].model_fields.get(key)) and attribute(known, "yearly")
    ]


def _is_quarter(value: Any) -> bool:
    """Tell whether a value is a year or a quarter of one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _LATEST and float(value * QUARTERS).is_integer()


_LATEST = 10_000
"""Beyond this a number is no year; also keeps inf, nan and huge whole numbers out."""

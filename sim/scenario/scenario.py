"""The scenario, checked and frozen: every value, its origin, dates and countries.

A relative value has its own dotted key, `market.price.times`, and is resolved where a run's
parameters are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from numpy.typing import NDArray

from sim.errors import InputError
from sim.model.parameters import Section, parameter
from sim.model.register import SHIPPED, Rules
from sim.model.units import FIRST_YEAR
from sim.scenario.resolve import (
    DATES,
    Assignment,
    Event,
    Target,
    events_of,
    in_effect_order,
    put,
    resolve,
    split_key,
)
from sim.scenario.scope import WHERE, Classes, Scope, classes_of, scope_of
from sim.scenario.toml_file import DEFAULT, SET, Origin
from sim.world.arrays import Whole
from sim.world.dates import quarter_of
from sim.world.seeds import Seeds

Kind = Literal["baseline", "policy", "shock", "ablation", "null", "storyline"]
"""Change by a scenario: none; a policy; a shock to the world; a mechanism off, or exit free; or
another explanation, as in null models.
"""


class Horizon(Section):
    """The years that a run covers, both inclusive."""

    start: int = parameter(FIRST_YEAR, unit="year", low=FIRST_YEAR, high=2024, evidence=3)
    """First year of a run; it begins in the first quarter.
    Source: the article's training shares count from 2000; history ends in 2024."""
    end: int = parameter(2040, unit="year", low=FIRST_YEAR + 1, high=2060, evidence=1)
    """Last year of a run; it ends with the fourth quarter. Source: design of the study."""


# --- Scenarios ------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Scenario:
    """A scenario: an ordered list of assignments over the defaults.

    Attributes:
        assignments: Values of files, points of an experiment and `--set`, of each key the last.
        files: Its files as messages show them, the extended ones first.
        seeds: Input data, and documented decisions; None: the shipped data.

    Examples:
        >>> sim.load_scenario("no-peers")
        <Scenario no-peers: 2000 to 2040>
    """

    name: str
    title: str
    question: str
    assignments: tuple[Assignment, ...]
    files: tuple[str, ...] = field(default=(), compare=False)
    rules: Rules = SHIPPED
    seeds: Seeds | None = field(default=None, compare=False, repr=False)
    kind: Kind = field(default="policy", compare=False)

    def __repr__(self) -> str:
        return f"<Scenario {self.name}: {self.horizon.start} to {self.horizon.end}>"

    @cached_property
    def _values(self) -> dict[str, Any]:
        keys = {f"horizon.{key}": field for key, field in Horizon.model_fields.items()}
        defaults = {path: field.default for path, field in (keys | self.rules.parameters).items()}
        return defaults | {given.path: given.value for given in self.assignments}

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """Origin of each value, by dotted key.

        For example ``contracts.term``, ``horizon.end``, ``events.NAME.date``,
        ``events.NAME.china.courses_open``, ``contracts.fee[region=South Asia]``.
        """
        origins = {given.path: given.origin for given in self.assignments}
        return dict.fromkeys(self._values, DEFAULT) | origins

    def value(self, path: str) -> Any:
        """Return the value of a dotted key as in origins; `contracts.term` at the start."""
        value = self._values[path]
        return value.label if isinstance(value, Scope) else value

    @cached_property
    def horizon(self) -> Horizon:
        given = {each.bare: each.value for each in self.assignments}
        years = {key: given.get(f"horizon.{key}") for key in Horizon.model_fields}
        return Horizon(**{key: year for key, year in years.items() if year is not None})

    @property
    def quarters(self) -> range:
        return range(quarter_of(self.horizon.start), quarter_of(self.horizon.end + 1))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Dated changes; of several that set a key, the later in this list wins."""
        return events_of(self.assignments)

    @property
    def events_left_out(self) -> list[str]:
        """Events of which the horizon has no quarter."""
        return [event.name for event in self.events if not any(map(event.in_force, self.quarters))]

    @property
    def scopes(self) -> list[Scope]:
        scopes = [given.scope for given in self.assignments]
        scopes += [event.scope for event in self.events]
        return [scope for scope in scopes if scope is not None]

    # Countries in the same scopes share a class, and with it the parameters.
    def classes(self) -> Classes:
        return classes_of(self.scopes)

    def given(self, assignments: Iterable[Assignment]) -> Scenario:
        """Return the scenario with the assignments of a point."""
        kept: dict[str, Assignment] = {}
        new = {each.path: each for each in assignments}
        # Of several values that name a country the last counts: a file's, a point's, then `--set`.
        last = [g for g in self.assignments if g.scope and g.origin == SET and g.path not in new]
        for each in (*self.assignments, *new.values(), *last):
            put(kept, each)
        return replace(self, assignments=tuple(kept.values()))

    @cached_property
    def _set(self) -> frozenset[str]:
        return frozenset(given.path for given in self.assignments if given.origin != DEFAULT)

    def without(self, given: Assignment) -> Scenario:
        """Return the scenario without an assignment of it: the value before counts again."""
        others = (each.over if each is given else each for each in self.assignments)
        return replace(self, assignments=tuple(each for each in others if each))

    def beneath(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a plausible set that no file, factor or `--set` overrides."""
        return {path: value for path, value in values.items() if path not in self._set}

    def in_world(self, seeds: Seeds | None) -> Scenario:
        """Return the scenario with other input data; None: unchanged.

        Raises:
            InputError: A documented decision is dated before the run begins; or a scope matches no
                country of that data.
        """
        if seeds is None:
            return self
        for fact in seeds.known:
            if fact.quarter < self.quarters.start:
                raise InputError(
                    f"{self.name} begins in {self.horizon.start}, but documented "
                    f"decisions begin earlier: {fact.iso3} {fact.what} {fact.date:g}"
                )
        # None means the shipped data.
        if seeds.shipped:
            return replace(self, seeds=None)

        def among(part: Any) -> Any:
            return part.among(seeds) if isinstance(part, Scope) else part

        assignments = tuple(
            replace(given, scope=among(given.scope), value=among(given.value))
            for given in self.assignments
        )
        return replace(self, assignments=assignments, seeds=seeds)

    def resolved(
        self, codes: Sequence[str | None], points: Sequence[Mapping[str, Any]] = ({},)
    ) -> tuple[NDArray[Any], Whole]:
        """Return the parameters of points that set these values; see :func:`resolve`."""
        return resolve(self.assignments, self.quarters, codes, points, self.rules)

    def to_dict(self) -> dict[str, Any]:
        values = [
            {
                "path": given.setting,
                "value": given.value,
                **(given.scope.to_dict() if given.scope else {}),
            }
            for given in in_effect_order(self.assignments)
            if not given.event and not given.is_usual
        ]
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "horizon": self.horizon.model_dump(),
            "sections": {
                name: {key: self.value(f"{name}.{key}") for key in kind.model_fields}
                for name, kind in self.rules.sections.items()
            },
            "events": [event.to_dict() for event in self.events],
            **({"values": values} if values else {}),
            # Without lines: a comment added to a scenario leaves the identity of a batch as it was.
            "origins": {path: origin.stable for path, origin in sorted(self.origins.items())},
        }


# --- From and to manifests ------------------------------------------------------------------------


def scenario_of(content: Mapping[str, Any], where: str, rules: Rules = SHIPPED) -> Scenario:
    """Return the scenario that :meth:`Scenario.to_dict` described, less unknown sections."""
    try:
        for name, kind in rules.sections.items():
            if missing := kind.model_fields.keys() - content["sections"][name].keys():
                raise ValueError(f"{name}.{missing.pop()} is missing")
            kind.model_validate(content["sections"][name])
        name, title, question = (content[key] for key in ("name", "title", "question"))
        return Scenario(name, title, question, assignments_in(content, rules), rules=rules)
    except (KeyError, ValueError) as error:
        raise InputError(f"{where} has no scenario of this version ({error})") from error


def assignments_in(content: Mapping[str, Any], rules: Rules = SHIPPED) -> tuple[Assignment, ...]:
    """Return the assignments that a manifest describes, but those of unknown sections."""
    found: list[Assignment] = []

    def add(path: str, value: Any, scope: Scope | None = None, event: str = "") -> None:
        section, dot, _ = path.partition(".")
        if dot and section not in ("horizon", *rules.sections):
            return
        target = Target(*split_key(path), scope, event)
        origin = Origin(content["origins"].get(target.path, DEFAULT.file))
        field = rules.parameters.get(target.path)
        # A default may have changed since.
        if origin != DEFAULT or field is None or value != field.default:
            found.append(Assignment(**vars(target), value=value, origin=origin))

    for name, section in {"horizon": content["horizon"], **content["sections"]}.items():
        for key, value in section.items():
            add(f"{name}.{key}", value)
    for one in content.get("values", ()):
        add(one["path"], one["value"], scope_of(one))
    for event in content["events"]:
        own = {key: event[key] for key in DATES} | {WHERE: scope_of(event)}
        for path, value in {**own, **event["sets"]}.items():
            if value is not None:
                add(path, value, event=event["name"])
    return tuple(found)

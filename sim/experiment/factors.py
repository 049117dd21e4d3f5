"""What a factor can vary: a parameter, a date of an event, what an event sets, the scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.experiment.experiment import SCENARIO
from sim.parameters import Cell, attribute
from sim.rules import Rules
from sim.scenario import Scenario
from sim.scenario.form import check_setting, field_of
from sim.scenario.scenario import DATES, EVENTS
from sim.scenario.scope import read_path
from sim.scenario.toml_file import bounds, suggest
from sim.text import NUMBER

NO_HORIZON = "cannot be varied: all points share one horizon; set it in the base, or with --set"


@dataclass(frozen=True)
class Key:
    """A dotted key that can be varied, with what its parameter declares.

    Attributes:
        path: The key as files have it.
        title: Title for figures, where the file gives none.
        rules: Whose parameters there are.
        bare: The parameter's own key, or that within its event; empty for the scenario.
        of_event: Whether it is a key of an event.
        kind: Kind of its values.
        unit: Their unit; empty for switches and the scenario.
        low: Least value allowed.
        high: Largest value allowed.
        plausible: The range that the evidence leaves open, or None.
    """

    path: str
    title: str
    rules: Rules
    bare: str = ""
    of_event: bool = False
    kind: Any = str
    unit: str = ""
    low: float = math.inf
    high: float = -math.inf
    plausible: tuple[float, float] | None = None

    def cell(self, value: Any) -> Cell:
        """Return a value in the key's kind.

        Raises:
            ValueError: It is not allowed.
        """
        if self.bare:
            cell: Cell = check_setting(self.bare, value, self.rules, of_event=self.of_event)
            return cell
        if not isinstance(value, str) or not value.strip():
            raise ValueError("must be a scenario's name or path in quotes")
        return value

    def read(self, text: str) -> Cell:
        """Return what a cell of a table says; see :meth:`cell`."""
        number = float(text) if self.bare and NUMBER.fullmatch(text) else math.nan
        if self.kind is float and not self.of_event and self.low <= number <= self.high:
            return number  # a table may have a million numbers, and to check each takes long
        truth = {"true": True, "false": False}.get(text.lower(), text)
        return self.cell(truth if math.isnan(number) else number)


def find_key(path: str, rules: Rules, scenarios: Mapping[str, Scenario]) -> Key:
    """Return the key of a dotted path.

    Args:
        path: What the file names.
        rules: Whose parameters there are.
        scenarios: The scenarios in which an event must exist.

    Raises:
        ValueError: It cannot be varied.
    """
    if path == SCENARIO:
        return Key(path, "Scenario", rules)
    first, _, rest = path.partition(".")
    if first == "horizon":
        raise ValueError(NO_HORIZON)
    of_event, event, scope = first == EVENTS, "", None
    if of_event:
        event, _, bare = rest.partition(".")
        for name, scenario in scenarios.items():
            if event not in (known := [one.name for one in scenario.events]):
                advice = suggest(event, known, "events")
                raise ValueError(f"the scenario {name!r} has no event {event!r}; {advice}")
    else:
        bare, scope = read_path(path, rules.sections)
    field = field_of(bare, rules, of_event=of_event, others=(EVENTS, SCENARIO))
    low, high = bounds(field)
    if bare in DATES:
        title = f"{'Date' if bare == 'date' else 'End'} of {event}"
    else:
        title = parameter_title(*bare.split(".", 1))
        title += f" from {event} on" if event else f" where {scope.label}" if scope else ""
    unit = "year" if bare in DATES else attribute(field, "unit") or ""
    return Key(
        path,
        title,
        rules,
        bare,
        of_event,
        kind=float if bare in DATES else field.annotation or float,
        unit="" if field.annotation is bool else unit,
        low=math.inf if low is None else low,
        high=-math.inf if high is None else high,
        plausible=tuple(attribute(field, "plausible") or ()) or None,
    )


def parameter_title(section: str, key: str) -> str:
    """A parameter's title for figures: "Exit cost (contracts)"."""
    return f"{key.replace('_', ' ').capitalize()} ({section})"

"""From the factors as written to checked ones: keys looked up, values held against bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.experiment.experiment import SCENARIO, Factor, Kind, Level
from sim.experiment.forms import Form
from sim.experiment.keys import Key, find_key
from sim.experiment.points import count_steps, divide
from sim.experiment.table import Table, reader_of, reader_of_labels
from sim.parameters import Cell
from sim.scenario import Horizon, Place, Problem, Scenario, Sections
from sim.scenario.reading.settings import Setting

MOST_LISTED = 50
"""Distinct numbers of a list's column that a factor lists; with more it has a range."""


@dataclass
class Resolver:
    """Makes factors of forms.

    Attributes:
        sections: The model's parameters, among which keys are looked up.
        scenarios: Those that points use, in which the factors' keys must exist.
        horizon: First and last year, between which dates must lie.
        kind: The design's kind; None if the file has it wrong.
        table: Of a list: its points.
        problems: What is wrong with the factors.
    """

    sections: Sections
    scenarios: Mapping[str, Scenario]
    horizon: Horizon
    kind: Kind | None
    table: Table | None
    problems: list[Problem] = field(default_factory=list)

    def resolve(self, form: Form) -> tuple[Factor, list[Cell]] | None:
        """Return a factor and, of a list, its cells; None, with the problems noted, if wrong."""
        noted = self.problems, self.table.problems if self.table else []
        before = sum(map(len, noted))
        factor: Factor | None = None
        cells: list[Cell] = []
        if form.key is None:
            factor = self._named(form)
            if self.table:
                cells = self.table.cells(form.name, reader_of_labels(list(form.levels)))
        elif (key := self._find(form.key, form.place)) and self.table:
            cells = self.table.cells(form.name, reader_of(key, self.sections, self.horizon))
            factor = _factor_of_cells(form, key, cells)
        elif key:
            factor = self._keyed(form, key)
        return (factor, cells) if factor and sum(map(len, noted)) == before else None

    def _wrong(self, place: Place, key: str, text: str) -> None:
        self.problems.append(Problem(place, key, text))

    def _find(self, path: str, place: Place, chosen: Any = None) -> Key | None:
        """Return a dotted key's entry; None, with the problem noted, if it cannot be varied.

        Args:
            path: The key as the file has it.
            place: Its file and line, for messages.
            chosen: The name of the one scenario in which it must exist; if it is no name: in all.
        """
        scenarios = self.scenarios
        if isinstance(chosen, str):
            scenarios = {name: one for name, one in scenarios.items() if name == chosen}
        key = find_key(path, self.sections, scenarios)
        if isinstance(key, str):
            self._wrong(place, path, key)
            return None
        return key

    def _check(self, key: Key, written: Setting) -> bool:
        """Tell whether a value is right by itself; note what is wrong."""
        problem = key.fault(written, self.sections, self.horizon)
        if problem:
            self.problems.append(problem)
        return problem is None

    def _named(self, form: Form) -> Factor:
        """Return a factor of named levels."""
        levels = []
        for label, settings in form.levels.items():
            chosen = settings[SCENARIO].value if SCENARIO in settings else None
            values: dict[str, Any] = {}
            for path, written in settings.items():
                key = self._find(path, written.place, chosen)
                if key and self._check(key, written):
                    values[path] = key.cell(written.value, self.sections)
            levels.append(Level(label, values))
        title = form.title or form.name.replace("-", " ").replace("_", " ").capitalize()
        return Factor(form.name, title, "", None, levels=tuple(levels))

    def _keyed(self, form: Form, key: Key) -> Factor | None:
        """Return a factor of one key: with listed values, or a range."""
        if form.values is not None:
            return _factor(form, key, values=self._values(form.values, key))
        ends = self._range(form, key)
        if ends is None:
            return None
        factor = _factor(form, key, low=ends[0], high=ends[1])
        if self.kind != "grid" or form.steps is None:
            return factor
        if form.steps > count_steps(factor):
            most, what = count_steps(factor), "quarters" if key.sort == "date" else "whole numbers"
            text = f"the range holds {most:.0f} {what}; steps: 2 to {most:.0f}, not {form.steps}"
            self._wrong(form.place, key.path, text)
        return replace(factor, values=divide(factor, form.steps))

    def _values(self, values: list[Setting], key: Key) -> tuple[Cell, ...]:
        """Return listed values as cells."""
        lines: dict[Cell, int] = {}
        for written in values:
            if key.sort == SCENARIO and not isinstance(written.value, str):
                continue  # noted when the scenarios are loaded
            if not self._check(key, written):
                continue
            cell = key.cell(written.value, self.sections)
            if cell in lines:
                text = f"{written.value!r} is listed twice (line {lines[cell]} has it first)"
                self._wrong(written.place, key.path, text)
            lines.setdefault(cell, written.place.line)
        return tuple(lines)

    def _range(self, form: Form, key: Key) -> tuple[float, float] | None:
        """Return the ends of a range; None, with the problem noted, if they are wrong."""
        if key.sort == "switch":
            text = "a switch has no range; write values = [false, true]"
            self._wrong(form.place, key.path, text)
            return None
        if form.low is None and form.high is None:
            if key.plausible is None:
                text = "has no plausible range; give low and high, or values"
                self._wrong(form.place, key.path, text)
                return None
            low, high = key.plausible
            place = form.place
        elif form.low is None or form.high is None:
            return None  # noted with the form
        else:
            if not all([self._check(key, form.low), self._check(key, form.high)]):
                return None
            low, high, place = float(form.low.value), float(form.high.value), form.high.place
        if low >= high:
            self._wrong(place, key.path, f"high must be larger than low, {low:g}, not {high:g}")
            return None
        if form.scale == "log" and (low <= 0 or key.sort == "date"):
            place = form.low.place if form.low and key.sort != "date" else form.place
            text = "a log scale needs low > 0" + (f", not {low:g}" if low <= 0 else "")
            self._wrong(place, key.path, "a date has no log scale" if key.sort == "date" else text)
            return None
        return low, high


def _factor(form: Form, key: Key, **spread: Any) -> Factor:
    """Return a factor of one key with its listed values, or its range."""
    title, whole = form.title or key.title, key.sort == "whole"
    return Factor(form.name, title, key.unit, key.path, whole=whole, scale=form.scale, **spread)


def _factor_of_cells(form: Form, key: Key, cells: list[Cell]) -> Factor:
    """Return a factor that spans what a list's column holds."""
    distinct = tuple(dict.fromkeys(cells))
    numbers = [cell for cell in distinct if not isinstance(cell, str | bool)]
    if len(numbers) <= MOST_LISTED:
        return _factor(form, key, values=distinct)
    return _factor(form, key, low=float(min(numbers)), high=float(max(numbers)))

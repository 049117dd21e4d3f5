"""The scenarios that an experiment's points use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.rules import Rules
from sim.scenario import Horizon, Problem, Scenario, ScenarioError, load_scenario, shipped_names
from sim.scenario.reading.chain import refer
from sim.scenario.reading.library import is_file, is_folder
from sim.scenario.reading.problems import show_value
from sim.scenario.reading.settings import Setting
from sim.scenario.reading.toml_source import Source


class Scenarios:
    """Scenarios by the name in the file.

    Attributes:
        loaded: Those that points use, resolved.
        sources: What to load for each name.
        horizon: The horizon that all share; the default, while there is none.
        problems: What is wrong with them.
    """

    def __init__(self, source: Source, overrides: Mapping[str, Any], rules: Rules) -> None:
        self.source = source
        self.rules = rules
        # What --set gives for an event's date is checked like the rest, once for each scenario.
        self.overrides = overrides
        self.loaded: dict[str, Scenario] = {}
        self.sources: dict[str, str] = {}
        self.horizon = Horizon()
        self.problems: list[Problem] = []
        self._wrong: set[str] = set()

    def add(self, written: Setting, key: str, *, used: bool = True) -> None:
        """Load a scenario, noting what is wrong with it.

        Args:
            written: Its name or path, as the file has it.
            key: The key of messages.
            used: Whether points use it; if not, it is only checked.
        """
        name = written.value
        if not isinstance(name, str) or not name.strip():
            text = f"must be a scenario's name or path in quotes, not {show_value(name)}"
            self.problems.append(Problem(written.place, key, text))
            return
        if name in self.loaded or name in self._wrong:
            return
        scenario = self._load(written, name, key)
        if scenario is None:
            self._wrong.add(name)
        elif used:
            self._keep(scenario, written, name, key)

    def _load(self, written: Setting, name: str, key: str) -> Scenario | None:
        """Return a scenario; None, with the problems noted, if it is wrong."""
        refered = refer(self.source, name)
        if isinstance(refered, str):
            self.problems.append(Problem(written.place, key, refered))
            return None
        path, shown = refered
        if not is_file(path):
            text = "this is a folder" if is_folder(path) else "there is no such file"
            self.problems.append(Problem(written.place, key, f"{shown}: {text}"))
            return None
        self.sources[name] = name if name in shipped_names() else shown
        try:
            return load_scenario(Path(shown), overrides=self.overrides, rules=self.rules)
        except ScenarioError as error:
            self.problems += error.problems
            return None

    def _keep(self, scenario: Scenario, written: Setting, name: str, key: str) -> None:
        """Keep a scenario whose horizon is that of the others."""
        if not self.loaded:
            self.horizon = scenario.horizon
        elif scenario.horizon != self.horizon:
            first = next(iter(self.loaded))
            text = (
                f"the horizon of {name!r} is {_span(scenario.horizon)}, that of {first!r} "
                f"{_span(self.horizon)}; all points share one horizon (--set horizon.end=… sets it)"
            )
            self.problems.append(Problem(written.place, key, text))
            return
        self.loaded[name] = scenario


def _span(horizon: Horizon) -> str:
    return f"{horizon.start}-{horizon.end}"

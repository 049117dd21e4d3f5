"""From files and overrides to one checked, frozen scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.parameters import Section
from sim.rules import SHIPPED, Rules
from sim.scenario.chain import Chain, read_chain
from sim.scenario.contents import drop_problem, read_contents
from sim.scenario.events import Draft, check_dates
from sim.scenario.idle import find_idle
from sim.scenario.overrides import Overlay
from sim.scenario.problems import Place, Problem, ScenarioError, in_reading_order
from sim.scenario.resolved import Scenario, TargetedValue, apply_events, change_quarters
from sim.scenario.schema import Horizon, Sections, build_section, declared, resolve
from sim.scenario.settings import DEFAULT, Layer, Origin, Setting
from sim.scenario.targets import WHERE, Target, split_target


def load_scenario(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Mapping[str, Any] | None = None,
    plausible: Mapping[str, float] | None = None,
    sections: Sections | None = None,
    rules: Rules = SHIPPED,
) -> Scenario:
    """Load a scenario.

    **Precedence.** A value comes from the highest of these layers that sets it, lowest first:

    1. the schema's default, which the mechanism's file declares;
    2. a row of the plausible set, which a calibration found not ruled out;
    3. the chain of scenario files: the file at the end of ``extends`` first, then each that
       extends it, the named scenario last;
    4. a factor of an experiment, as a sweep or a sensitivity study sets it;
    5. ``--set`` on the command line.

    Events follow the same order: a file's event replaces the event of that name in the files
    it extends, and stands after the events it inherits; layers 4 and 5 may move it
    (``events.NAME.date``, ``events.NAME.until``) and change what it sets
    (``events.NAME.contracts.term``). While an event is in force, what it sets counts over all
    five layers; of several that set one key, the one later in the list wins.

    Values and events may be for some states (``where``). A state has the last of those values that
    name it, over what all have; an event that is not for it is none to it.

    Args:
        name_or_path: The name of a shipped scenario, or a path (anything with a slash, ending
            in ``.toml`` or existing as a file).
        overrides: Layer 5, by dotted key. A text is read as a TOML value.
        factors: Layer 4, by dotted key, in the same form.
        plausible: Layer 2, by dotted key of a parameter.
        sections: The sections to load into; by default those of the rules.
        rules: What runs go by: the model's mechanisms, and a user's own.

    Raises:
        ScenarioError: Something is wrong; it holds everything that is, by file and line.
    """
    schema = resolve(sections, rules)
    chain = read_chain(name_or_path)
    loader = _Loader(schema, chain, str(name_or_path), rules)
    loader.overlay("plausible", plausible or {})
    loader.files()
    loader.overlay("factor", factors or {})
    loader.overlay("set", overrides or {})
    return loader.finish()


class _Loader:
    """Gathers the layers' values; :meth:`finish` checks them together."""

    def __init__(self, sections: Sections, chain: Chain, shown: str, rules: Rules) -> None:
        self.sections = sections
        self.rules = rules
        self.tables: Sections = {"horizon": Horizon, **sections}
        self.chain = chain
        self.name = chain.sources[-1].path.stem if chain.sources else shown
        self.title = self.name
        self.question = ""
        self.settings: dict[str, Setting] = {}
        self.values: dict[str, tuple[Target, Setting]] = {}
        self.events: dict[str, Draft] = {}
        self.problems: list[Problem] = list(chain.problems)

    def overlay(self, layer: Layer, given: Mapping[str, Any]) -> None:
        """Lay one layer from outside the files over what is there."""
        overlay = Overlay(layer, self.sections)
        # Without a single file there is nothing to hold an event's name against.
        overlay.apply(given, self.settings, self.events, self.values, complete=self.chain.complete)
        self.problems += overlay.problems

    def files(self) -> None:
        """Lay the files of the chain over what is there, the extended ones first."""
        for source in self.chain.sources:
            contents = read_contents(source, self.sections)
            self.problems += contents.problems
            self.settings |= contents.settings
            for path, value in contents.values.items():
                self.values.pop(path, None)
                self.values[path] = value
            for name, setting in contents.dropped.items():
                if self.events.pop(name, None) is None and self.chain.complete:
                    self.problems.append(drop_problem(name, setting, list(self.events)))
            horizon = self._horizon()
            for draft in contents.events:
                self.events.pop(draft.name, None)
                draft.horizon = horizon
                self.events[draft.name] = draft
            if source is self.chain.sources[-1]:
                self.title = contents.title or self.name
                self.question = contents.question

    def finish(self) -> Scenario:
        """Return the scenario.

        Raises:
            ScenarioError: Something in any layer is wrong.
        """
        horizon = self._horizon()
        self._check_order(horizon)
        self.problems += check_dates(self.events.values(), horizon)
        self._raise_problems()
        base = self._sections()
        self._raise_problems()
        events = tuple(draft.finish(self.sections) for draft in self.events.values())
        scenario = Scenario(
            self.name,
            self.title,
            self.question,
            horizon,
            base,
            events,
            self._origins(),
            tuple(self._targeted(path, *found) for path, found in self.values.items()),
            rules=self.rules,
        )
        self._check_periods(scenario)
        self._raise_problems()
        return replace(scenario, warnings=self._warnings(scenario))

    def _warnings(self, scenario: Scenario) -> tuple[Problem, ...]:
        """Return what is set without effect, and what a file most likely lacks."""
        places = {path: setting.place for path, setting in self.settings.items()}
        places |= {path: setting.place for path, (_, setting) in self.values.items()}
        for draft in self.events.values():
            for key, setting in draft.settings.items():
                places[f"events.{draft.name}.{key}"] = setting.place
        files = tuple(source.shown for source in self.chain.sources)
        found = find_idle(scenario, files, places)
        if len(files) == 1 and not self.events and not self.values:
            text = (
                "the file neither extends a scenario nor has events: all that it does not set has "
                'its default, which is not the baseline; write extends = "baseline"'
            )
            found = (Problem(Place(files[0], 1, 1), "", text), *found)
        return tuple(in_reading_order(found))

    def _raise_problems(self) -> None:
        if self.problems:
            raise ScenarioError(in_reading_order(self.problems), self.name)

    def _horizon(self) -> Horizon:
        """Return the horizon as the layers so far set it; where they are wrong, the default."""
        try:
            return Horizon.model_validate(self._values("horizon"))
        except ValidationError:
            return Horizon()

    def _check_order(self, horizon: Horizon) -> None:
        if horizon.start < horizon.end:
            return
        place = self._place("horizon")
        text = f"must be later than the start, {horizon.start}, not {horizon.end}"
        self.problems.append(Problem(place, "horizon.end", text))

    def _targeted(self, path: str, target: Target, setting: Setting) -> TargetedValue:
        """Return a value for some states, in its parameter's kind."""
        bare = split_target(path)[0]
        return TargetedValue(bare, target, declared(self.sections, bare, setting.value))

    def _of_section(self, name: str) -> dict[str, Setting]:
        """Return one section's settings so far, by key."""
        own = f"{name}."
        return {p.removeprefix(own): s for p, s in self.settings.items() if p.startswith(own)}

    def _values(self, name: str) -> dict[str, Any]:
        """Return one section's values so far, by key."""
        return {key: setting.value for key, setting in self._of_section(name).items()}

    def _place(self, name: str) -> Place:
        """Return where a section's last value was set: the highest layer is the likeliest fault."""
        settings = self._of_section(name)
        return list(settings.values())[-1].place if settings else Place(self.name)

    def _sections(self) -> dict[str, Section]:
        """Return the sections, noting rules broken by values that stand together."""
        built: dict[str, Section] = {}
        for name, section in self.sections.items():
            result = build_section(name, section, self._values(name), self._place(name))
            if isinstance(result, Problem):
                self.problems.append(result)
            else:
                built[name] = result
        return built

    def _check_periods(self, scenario: Scenario) -> None:
        """Note rules that events in force together break, at the event that begins last."""
        for code in scenario.classes().representatives:
            try:
                self._check_periods_of(scenario.for_state(code))
            except ValidationError as error:
                name, text = self._broken(error)
                path, place = [
                    (p, s.place)
                    for p, (t, s) in self.values.items()
                    if p.startswith(f"{name}.") and code in t.states
                ][-1]
                self.problems.append(Problem(place, path, text))

    def _broken(self, error: ValidationError) -> tuple[str, str]:
        """Return the section whose rule is broken, and what it says."""
        name = next(n for n, s in self.sections.items() if s.__name__ == error.title)
        return name, "; ".join(entry["msg"] for entry in error.errors())

    def _check_periods_of(self, scenario: Scenario) -> None:
        """Note the same for a state; values for some states that break such a rule are raised."""
        first, end = scenario.first_quarter, scenario.first_quarter + scenario.quarters
        for quarter in change_quarters(scenario.events, first, end):
            try:
                apply_events(scenario.sections, scenario.events, quarter)
            except ValidationError as error:
                # Of the events in force the one that began last; of equals, the first.
                begun = (event for event in scenario.events if event.in_force(quarter))
                event = max(begun, key=lambda event: event.date)
                name, text = self._broken(error)
                place = Place(event.origin.file or self.name, event.origin.line, 1)
                self.problems.append(Problem(place, f"events.{event.name}.{name}", text))

    def _origins(self) -> dict[str, Origin]:
        """Return where every value comes from, by dotted key."""
        origins: dict[str, Origin] = {}
        for name, section in self.tables.items():
            for key in section.model_fields:
                path = f"{name}.{key}"
                origins[path] = self.settings[path].origin if path in self.settings else DEFAULT
        origins |= {path: setting.origin for path, (_, setting) in self.values.items()}
        for draft in self.events.values():
            if draft.target:
                origins[f"events.{draft.name}.{WHERE}"] = draft.origin
            for key, setting in draft.settings.items():
                origins[f"events.{draft.name}.{key}"] = setting.origin
        return origins

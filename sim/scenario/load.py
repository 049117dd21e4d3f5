"""From files and overrides to one checked, frozen scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.parameters import Section
from sim.rules import SHIPPED, Rules
from sim.scenario.contents import Contents, at_end, read_contents
from sim.scenario.events import check_dates
from sim.scenario.idle import find_idle
from sim.scenario.overrides import Overlay
from sim.scenario.reading.chain import Chain, read_chain
from sim.scenario.reading.problems import Place, Problem, ScenarioError, in_reading_order, suggest
from sim.scenario.reading.settings import DEFAULT, Layer, Origin, Setting
from sim.scenario.resolved import Scenario, TargetedValue
from sim.scenario.schema import Horizon, Sections, by_section, declared
from sim.scenario.targets import WHERE, split_target


def load_scenario(
    name_or_path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    factors: Mapping[str, Any] | None = None,
    plausible: Mapping[str, float] | None = None,
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
        rules: What runs go by: the model's mechanisms, and a user's own.

    Raises:
        ScenarioError: Something is wrong; it holds everything that is, by file and line.
    """
    chain = read_chain(name_or_path)
    loader = _Loader(chain, str(name_or_path), rules)
    loader.overlay("plausible", plausible or {})
    loader.files()
    loader.overlay("factor", factors or {})
    loader.overlay("set", overrides or {})
    return loader.finish()


class _Loader:
    """Gathers the layers' values; :meth:`finish` checks them together."""

    def __init__(self, chain: Chain, shown: str, rules: Rules) -> None:
        self.chain = chain
        self.name = chain.sources[-1].path.stem if chain.sources else shown
        self.rules = rules
        self.sections = rules.sections
        self.layers = Contents(problems=list(chain.problems))

    def overlay(self, layer: Layer, given: Mapping[str, Any]) -> None:
        """Lay one layer from outside the files over what is there."""
        # Without a single file there is nothing to hold an event's name against.
        overlay = Overlay(layer, self.sections, self.layers, complete=self.chain.complete)
        overlay.lay(given)

    def files(self) -> None:
        """Lay the files of the chain over what is there, the extended ones first."""
        layers = self.layers
        for source in self.chain.sources:
            file = read_contents(source, self.sections)
            self.layers.problems += file.problems
            layers.title, layers.question = file.title, file.question
            layers.settings |= file.settings
            layers.values = at_end(layers.values, file.values)
            for name, setting in file.dropped.items():
                if layers.events.pop(name, None) is None and self.chain.complete:
                    advice = suggest(name, list(layers.events), "they have")
                    text = f"the files that this one extends have no event {name!r}; {advice}"
                    self.layers.problems.append(Problem(setting.place, "drop_events", text))
            horizon = self._horizon()
            for draft in file.events.values():
                draft.horizon = horizon
            layers.events = at_end(layers.events, file.events)

    def finish(self) -> Scenario:
        """Return the scenario.

        Raises:
            ScenarioError: Something in any layer is wrong.
        """
        layers = self.layers
        horizon = self._horizon()
        if horizon.start >= horizon.end:
            text = f"must be later than the start, {horizon.start}, not {horizon.end}"
            self.layers.problems.append(Problem(self._place("horizon"), "horizon.end", text))
        self.layers.problems += check_dates(layers.events.values(), horizon)
        self._raise_problems()
        base = self._sections()
        self._raise_problems()
        values = []
        for path, (target, setting) in layers.values.items():
            bare = split_target(path)[0]
            values.append(TargetedValue(bare, target, declared(self.sections, bare, setting.value)))
        settings = self._settings()
        scenario = Scenario(
            self.name,
            layers.title or self.name,
            layers.question,
            horizon,
            base,
            tuple(draft.finish(self.sections) for draft in layers.events.values()),
            self._origins(settings),
            tuple(values),
            rules=self.rules,
        )
        for code in scenario.classes().representatives:
            self._check_periods(scenario, code)
        self._raise_problems()
        return replace(scenario, warnings=self._warnings(scenario, settings))

    def _settings(self) -> dict[str, Setting]:
        """Return what any layer sets, by dotted key."""
        settings = self.layers.settings | {p: s for p, (_, s) in self.layers.values.items()}
        for draft in self.layers.events.values():
            for key, setting in draft.settings.items():
                settings[f"events.{draft.name}.{key}"] = setting
        return settings

    def _origins(self, settings: Mapping[str, Setting]) -> dict[str, Origin]:
        """Return where every value comes from, by dotted key."""
        tables: Sections = {"horizon": Horizon, **self.sections}
        paths = (f"{name}.{key}" for name, table in tables.items() for key in table.model_fields)
        origins = dict.fromkeys(paths, DEFAULT)
        origins |= {path: setting.origin for path, setting in settings.items()}
        for draft in self.layers.events.values():
            if draft.target:
                origins[f"events.{draft.name}.{WHERE}"] = draft.origin
        return origins

    def _warnings(self, scenario: Scenario, settings: Mapping[str, Setting]) -> tuple[Problem, ...]:
        """Return what is set without effect, and what a file most likely lacks."""
        files = tuple(source.shown for source in self.chain.sources)
        places = {path: setting.place for path, setting in settings.items()}
        warnings = find_idle(scenario, files, places)
        if len(files) == 1 and not scenario.events and not scenario.values:
            text = (
                "the file neither extends a scenario nor has events: all that it does not set has "
                'its default, which is not the baseline; write extends = "baseline"'
            )
            warnings = (Problem(Place(files[0], 1, 1), "", text), *warnings)
        return tuple(in_reading_order(warnings))

    def _raise_problems(self) -> None:
        if self.layers.problems:
            raise ScenarioError(in_reading_order(self.layers.problems), self.name)

    def _horizon(self) -> Horizon:
        """Return the horizon as the layers so far set it; where they are wrong, the default."""
        try:
            return Horizon.model_validate(self._values("horizon"))
        except ValidationError:
            return Horizon()

    def _of_section(self, name: str) -> dict[str, Setting]:
        """Return one section's settings so far, by key."""
        return by_section(self.layers.settings).get(name, {})

    def _values(self, name: str) -> dict[str, Any]:
        """Return one section's values so far, by key."""
        return {key: setting.value for key, setting in self._of_section(name).items()}

    def _place(self, name: str) -> Place:
        """Return where a section's last value was set: the highest layer is the likeliest fault."""
        settings = list(self._of_section(name).values())
        return settings[-1].place if settings else Place(self.name)

    def _sections(self) -> dict[str, Section]:
        """Return the sections, noting rules broken by values that stand together."""
        built: dict[str, Section] = {}
        for name, section in self.sections.items():
            try:
                built[name] = section.model_validate(self._values(name))
            except ValidationError as error:
                self.layers.problems.append(Problem(self._place(name), name, _messages(error)))
        return built

    def _check_periods(self, scenario: Scenario, code: str | None) -> None:
        """Note rules that a state's values, or events in force together, break.

        Args:
            scenario: With all layers applied.
            code: The state whose values count; None: the world.
        """
        try:
            view = scenario.for_state(code)
        except ValidationError as error:
            name = self._section_of(error)
            path, place = [
                (p, s.place)
                for p, (t, s) in self.layers.values.items()
                if p.startswith(f"{name}.") and code in t.states
            ][-1]
            self.layers.problems.append(Problem(place, path, _messages(error)))
            return
        for quarter in view.change_quarters():
            try:
                view.sections_in(quarter)
            except ValidationError as error:
                # Of the events in force the one that began last; of equals, the first.
                begun = (event for event in view.events if event.in_force(quarter))
                event = max(begun, key=lambda event: event.date)
                place = Place(event.origin.file or self.name, event.origin.line, 1)
                key = f"events.{event.name}.{self._section_of(error)}"
                self.layers.problems.append(Problem(place, key, _messages(error)))

    def _section_of(self, error: ValidationError) -> str:
        """Return the section whose rule is broken."""
        return next(n for n, s in self.sections.items() if s.__name__ == error.title)


def _messages(error: ValidationError) -> str:
    """Return which rules are broken."""
    return "; ".join(entry["msg"] for entry in error.errors())

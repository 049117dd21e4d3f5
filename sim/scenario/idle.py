"""What a scenario sets that cannot matter: a value under a switch that is off, an event too late.

Nothing of it is wrong, and all of it is more often a slip than meant: so it is said, and `--strict`
makes it an error. What a switch governs, and what acts at the start alone, the sections declare.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sim.parameters import attribute
from sim.rules import Rules
from sim.scenario.events import Event, quarter_of
from sim.scenario.reading.problems import Place, Problem
from sim.scenario.reading.settings import Origin
from sim.scenario.resolved import Scenario
from sim.scenario.targets import Target, split_target


@dataclass(frozen=True)
class Governor:
    """A switch on which it depends whether a parameter acts.

    Attributes:
        path: The switch's dotted key.
        idle_at: Its position in which the parameter does not act.
        at_once: Whether the parameter ceases to act as soon as the switch is in that position;
            else only where it is so in all of a run, since what it did before lives on.
    """

    path: str
    idle_at: bool
    at_once: bool


@lru_cache(maxsize=8)
def governors(rules: Rules) -> Mapping[str, tuple[Governor, ...]]:
    """Return the switches that each parameter depends on, by dotted key."""
    sections = rules.sections
    paths = [f"{name}.{key}" for name, section in sections.items() for key in section.model_fields]
    by_path: dict[str, tuple[Governor, ...]] = {}
    for name, section in sections.items():
        for key, field in section.model_fields.items():
            switch = f"{name}.{key}"
            patterns = [
                (pattern if "." in pattern else f"{name}.{pattern}", Governor(switch, *how))
                for listed, how in _DECLARED.items()
                for pattern in attribute(field, listed) or ()
            ]
            # What names fewer parameters counts over what names a whole section.
            patterns.sort(key=lambda entry: not entry[0].endswith(".*"))
            governed = {
                path: governor
                for pattern, governor in patterns
                for path in fnmatch.filter(paths, pattern)
                if path != switch
            }
            for path, governor in governed.items():
                by_path[path] = (*by_path.get(path, ()), governor)
    return by_path


_DECLARED = {
    "idle_while_off": (False, True),
    "idle_if_never_on": (False, False),
    "idle_if_never_off": (True, False),
}
"""Lists that a switch declares: its idle position, and whether it counts at once."""


def find_idle(
    scenario: Scenario, files: tuple[str, ...], base_of: Mapping[str, Place]
) -> tuple[Problem, ...]:
    """Return what a scenario sets without effect, each with its place.

    What a file sets and a later one switches off is meant, and not said: only what stands in the
    same layer as the switch, or above.

    Args:
        scenario: With all layers applied.
        files: Its files as messages show them, the extended ones first.
        base_of: Where each value was set that a layer above the defaults gives, by dotted key.
    """
    finder = _Finder(scenario, files, base_of)
    return (*finder.beyond(), *finder.values(), *finder.of_events())


class _Finder:
    def __init__(
        self, scenario: Scenario, files: tuple[str, ...], base_of: Mapping[str, Place]
    ) -> None:
        self.scenario = scenario
        self.files = files
        self.places = base_of
        self.governors = governors(scenario.rules)
        codes = scenario.classes().representatives
        self.views = {code: scenario.for_state(code) for code in codes}

    def beyond(self) -> Iterator[Problem]:
        """Events that never come to act: those that the horizon leaves out, in one line."""
        idle = [event.name for event in self.scenario.idle_events()]
        if not idle:
            return
        start, end = self.scenario.horizon.start, self.scenario.horizon.end
        place = self.places.get("horizon.end") or self.places.get("horizon.start")
        noun = "the event" if len(idle) == 1 else "the events"
        verbs = ("lies", "acts") if len(idle) == 1 else ("lie", "act")
        text = f"{noun} {', '.join(idle)} {verbs[0]} outside {start}-{end} and never {verbs[1]}"
        yield Problem(place or Place(self.scenario.name), "horizon", text)

    def values(self) -> Iterator[Problem]:
        """Values of sections."""
        for path, place in self.places.items():
            origin = self.scenario.origins[path]
            if origin.layer == "plausible":
                continue
            bare = split_target(path)[0]
            target = next((v.target for v in self.scenario.values if v.key == path), None)
            off = self._off(bare, self.scenario.first_quarter, origin, target)
            if off:
                yield Problem(place, path, off)

    def of_events(self) -> Iterator[Problem]:
        """Values of events."""
        for event in self.scenario.events:
            begin = max(quarter_of(event.date), self.scenario.first_quarter)
            if begin >= self.scenario.end_quarter:
                continue
            for path in event.sets:
                key = f"events.{event.name}.{path}"
                origin = self.scenario.origins[key]
                late = self._late(event, path, begin)
                off = late or self._off(path, begin, origin, event.target)
                if off:
                    yield Problem(self.places[key], key, off)

    def _late(self, event: Event, path: str, begin: int) -> str:
        """Return what to say of a value that only acts at the start of a run."""
        name, _, key = path.partition(".")
        field = type(self.scenario.sections[name]).model_fields[key]
        if begin == self.scenario.first_quarter or not attribute(field, "at_start"):
            return ""
        return (
            f"has no effect from {event.date:g} on: it acts at the start of a run alone; "
            f"set it in [{name}]"
        )

    def _off(self, path: str, begin: int, origin: Origin, target: Target | None) -> str:
        """Return what to say of a value under a switch that is off from then on, or nothing."""
        for governor in self.governors.get(path, ()):
            first = begin if governor.at_once else self.scenario.first_quarter
            setters = self._setters(governor.path)
            meant = any(self._rank(setter) > self._rank(origin) for setter in setters)
            if (meant and origin.layer != "factor") or not self._idle(governor, first, target):
                continue
            state = "on" if governor.idle_at else "off"
            by = next((str(s) for s in reversed(setters) if s.layer != "default"), "by default")
            return f"has no effect: {governor.path} is {state} ({by})"
        return ""

    def _idle(self, governor: Governor, first: int, target: Target | None) -> bool:
        """Tell whether a switch is in its idle position from a quarter on, for all of a target."""
        for code, view in self.views.items():
            if target is not None and code not in target.states:
                continue
            base = view.value(governor.path)
            quarters = view.change_quarters(first)
            positions = (view.set_by_events(at).get(governor.path, base) for at in quarters)
            if any(position != governor.idle_at for position in positions):
                return False
        return True

    def _setters(self, switch: str) -> list[Origin]:
        """Return where a switch is set: in its section and in events."""
        events = [event.name for event in self.scenario.events if switch in event.sets]
        keys = [switch, *(f"events.{name}.{switch}" for name in events)]
        return [self.scenario.origins[key] for key in keys]

    def _rank(self, origin: Origin) -> int:
        """Return how high a layer stands, the files one above the other."""
        if origin.layer == "file":
            return self.files.index(origin.file)
        return {"default": -2, "plausible": -1}.get(origin.layer, len(self.files))

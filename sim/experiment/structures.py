"""What is wrong only when a point is put together: an event that ends before it begins, say.

Every point cannot be loaded: a large design has thousands. Loaded are all points of a small
design; of a large one those where a listed value or a level occurs first, those at the ends of
each range, and those where an event has dates that it had at no point before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.experiment.experiment import SCENARIO, Design, Factor
from sim.experiment.points import options
from sim.rules import Rules
from sim.scenario import Place, Problem, ScenarioError, load_scenario
from sim.scenario.events import is_date
from sim.scenario.reading.settings import LAYERS

SMALL = 200
"""Points of a design that is loaded whole."""


def check_points(
    design: Design,
    base: str,
    sources: Mapping[str, str],
    overrides: Mapping[str, Any],
    places: Mapping[str, Place],
    rules: Rules,
) -> tuple[list[Problem], tuple[Problem, ...]]:
    """Return what is wrong with points as a whole, each kind of mistake once; and what is idle.

    Args:
        design: The design; each of its values is right by itself.
        base: The base scenario's name.
        sources: What to load for each scenario's name.
        overrides: Values of ``--set``, by dotted key.
        places: Where the file sets each dotted key that a factor sets.
        rules: What runs go by.

    Returns:
        What is wrong, and what has no effect at any point of a scenario.
    """
    idle: dict[str, Sequence[Problem]] = {}
    problems: dict[tuple[Place, str], Problem] = {}
    for point in choose_points(design, base):
        settings = design.settings(point)
        name = str(settings.pop(SCENARIO, base))
        try:
            scenario = load_scenario(
                sources[name], overrides=overrides, factors=settings, rules=rules
            )
            always = idle.get(name, scenario.warnings)
            idle[name] = [problem for problem in scenario.warnings if problem in always]
        except ScenarioError as error:
            for problem in error.problems:
                blamed = _blame(problem, settings, places)
                shown = ", ".join(f"{key} = {settings[key]}" for key in sorted(settings)[:_SHOWN])
                text = f"{problem.text} (at point {point}{': ' if shown else ''}{shown})"
                problems.setdefault((blamed, problem.key), Problem(blamed, problem.key, text))
    return list(problems.values()), _warnings(idle, places)


def _warnings(
    idle: Mapping[str, Sequence[Problem]], places: Mapping[str, Place]
) -> tuple[Problem, ...]:
    """Return what has no effect, at the place of the factor that sets it."""
    warnings: dict[Problem, None] = {}
    for name, problems in idle.items():
        for problem in problems:
            place, text = problem.place, problem.text
            if place.file == LAYERS["factor"]:
                place = places.get(problem.key, place)
                text += f", in the scenario {name!r}" if len(idle) > 1 else ""
            warnings[Problem(place, problem.key, text)] = None
    return tuple(warnings)


_SHOWN = 4
"""Settings of a point that a message shows."""


def choose_points(design: Design, base: str) -> list[int]:
    """Return the points to load."""
    if len(design.points) <= SMALL:
        return list(range(len(design.points)))
    chosen: set[int] = set()
    for at, factor in enumerate(design.factors):
        chosen.update(_of_factor(design, at, factor))
    if any(is_date(key) for factor in design.factors for key in factor.keys):
        chosen.update(_of_dates(design, base))
    return sorted(chosen)


def _of_factor(design: Design, at: int, factor: Factor) -> list[int]:
    """Return the points where each listed value occurs first, or the ends of what occurs."""
    column = [point[at] for point in design.points]
    if options(factor):
        first: dict[Any, int] = {}
        for number, cell in enumerate(column):
            first.setdefault(cell, number)
        return list(first.values())
    numbers = [float(cell) for cell in column]
    return [numbers.index(min(numbers)), numbers.index(max(numbers))]


def _of_dates(design: Design, base: str) -> list[int]:
    """Return the points where an event has dates that it had at no point before."""
    seen: dict[tuple[str, str, Any, Any], int] = {}
    for number in range(len(design.points)):
        settings = design.settings(number)
        scenario = str(settings.get(SCENARIO, base))
        for event in {path.split(".")[1] for path in settings if is_date(path)}:
            date = settings.get(f"events.{event}.date")
            until = settings.get(f"events.{event}.until")
            seen.setdefault((scenario, event, date, until), number)
    return list(seen.values())


def _blame(problem: Problem, settings: Mapping[str, Any], places: Mapping[str, Place]) -> Place:
    """Return where the file sets the key concerned, or one near it."""
    event = problem.key.rpartition(".")[0] if problem.key.startswith("events.") else ""
    for near in filter(None, (problem.key, event)):
        for path in settings:
            if path == near or path.startswith(f"{near}."):
                return places[path]
    if problem.place.file != LAYERS["factor"]:
        return problem.place
    return next(iter(places.values()))

"""The register of figures: each with its name, its title, what it needs and what draws it.

A figure is one function under :func:`figure`, in a module of the rooms that :func:`room` names: of
runs in `sim/figures/runs`, of sweeps in `sim/figures/sweeps`, of a study in the study's own folder.
The register finds it there; nothing else need be changed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from matplotlib.figure import Figure

from sim.errors import EmptyFigureError, InputError
from sim.figures.curves import Held
from sim.figures.save import ALL_FORMATS, FORMATS, figure_metadata, save
from sim.figures.style import in_house_style
from sim.register import nearest

RUN, SWEEP = "run", "sweep"
EACH = "outcome"
"""A figure that takes this is drawn once for each of `outcomes`."""
TOPIC = "topic"
"""A figure that takes this has its title, which is its heading unless that says a result."""

type Facts = Mapping[str, Any]
"""What is known of a folder, by the names that figures take it under."""


@dataclass(frozen=True)
class Drawing:
    """A figure of the register.

    Attributes:
        of: What it is drawn of: `run`, `sweep`, or a study's name.
        name: Of its files, and on the command line.
        title: Its topic, which is its heading unless that says a result.
        doc: What it shows, in a sentence.
        function: Draws it; its arguments are what it needs. It may return None: nothing to show.
        outcomes: Of a run: it needs at least one of these.
        obstacle: Why facts do not allow it; empty if they do.
        asked: Whether it is drawn only where it is asked for.
    """

    of: str
    name: str
    title: str
    doc: str
    function: Callable[..., Figure | None]
    outcomes: tuple[str, ...] = ()
    obstacle: Callable[..., str] | None = None
    asked: Callable[..., bool] | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the facts that it takes."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.default is p.empty and p.name != TOPIC)

    def why_not(self, facts: Facts) -> str:
        """Why it cannot be drawn of these facts; empty if it can."""
        facts = _held(facts)
        absent = [name for name in self.needs if name not in facts and name != EACH]
        if absent:
            return f"it needs {' and '.join(absent)}"
        if self.outcomes and not any(name in facts["results"].outcomes for name in self.outcomes):
            return f"the results hold none of what it shows ({', '.join(self.outcomes)})"
        return _call(self.obstacle, facts) if self.obstacle else ""

    def draw(self, facts: Facts) -> Iterator[tuple[str, Figure]]:
        """Draw it of facts that allow it: name of its files without ending, and figure."""
        takes = inspect.signature(self.function).parameters
        facts = {**_held(facts), TOPIC: self.title}
        each = [{EACH: name} for name in facts.get("outcomes", ())] if EACH in takes else [{}]
        for one in each:
            drawn = _call(self.function, {**facts, **one})
            if drawn is not None:
                yield "-".join([self.name, *one.values()]), drawn


_REGISTER: dict[str, dict[str, Drawing]] = {}


def figure[**P, R: Figure | None](
    of: str, name: str, title: str, **rest: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Put a function that draws into the register; its docstring's first line says what it shows.

    Args:
        of: What it is drawn of: `run`, `sweep`, or a study's name.
        name: Of its files, and on the command line.
        title: Its topic.
        **rest: See :class:`Drawing`.
    """

    def registered(function: Callable[P, R]) -> Callable[P, R]:
        doc = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
        styled = in_house_style(function)
        _REGISTER.setdefault(of, {})[name] = Drawing(of, name, title, doc, styled, **rest)
        return styled

    return registered


def figures_of(of: str) -> dict[str, Drawing]:
    """Every figure of a kind of folder, by name.

    Args:
        of: `run`, `sweep`, or a study's name.
    """
    _load(of)
    return _REGISTER.get(of, {})


def possible(of: str, facts: Facts) -> list[Drawing]:
    """The figures that facts allow, whether or not they are drawn without being asked for."""
    return [one for one in figures_of(of).values() if not one.why_not(facts)]


def choose(of: str, facts: Facts, names: Sequence[str] | None = None) -> list[Drawing]:
    """The named figures; without names, those that facts allow and that need not be asked for.

    Raises:
        InputError: A name is unknown, or a named figure is not possible. All faults are listed.
    """
    known, facts = figures_of(of), _held(facts)
    if names is not None:
        if wrong := faults(of, facts, names):
            raise InputError(wrong)
        return [known[name] for name in dict.fromkeys(names)]
    return [one for one in possible(of, facts) if not (one.asked and _call(one.asked, facts))]


def faults(
    of: str, facts: Facts, names: Sequence[str] | None = None, formats: Sequence[str] = ()
) -> list[str]:
    """What is wrong with the names of figures and formats that were asked for; empty: nothing."""
    known, facts = figures_of(of), _held(facts)
    wrong = [f"no format {e!r}; there are: {', '.join(ALL_FORMATS)}" for e in formats
             if e not in ALL_FORMATS]  # fmt: skip
    for name in dict.fromkeys(names or ()):
        if name not in known:
            wrong.append(f"no figure {name!r} of a {of}{nearest(name, known)}")
        elif why := known[name].why_not(facts):
            allowed = ", ".join(one.name for one in possible(of, facts))
            wrong.append(f"{name}: not possible, {why}; possible are: {allowed}")
    return wrong


def draw(
    of: str,
    folder: Path,
    facts: Facts,
    names: Sequence[str] | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Draw figures into a folder.

    Args:
        of: What they are drawn of: `run`, `sweep`, or a study's name.
        folder: Where the files go.
        facts: What is known, by the names under which figures take it: `results` of a run, `sweep`,
            `outcomes` and `year` of a sweep, what a study found. `manifest` says where figures
            come from; without it, that of `results` or `sweep` does.
        names: Which figures; None: see :func:`choose`.
        formats: Some of `ALL_FORMATS` of :mod:`sim.figures.save`.

    Returns:
        The files written.

    Raises:
        InputError: See :func:`choose`; or a format is unknown; or a named figure would be empty.
    """
    if wrong := faults(of, facts, names, formats):
        raise InputError(wrong)
    manifest = facts.get("manifest") or (facts.get("results") or facts["sweep"]).manifest
    return [
        path
        for name, title, drawn in drawings(of, facts, names)
        for path in save(drawn, folder, name, figure_metadata(manifest, title), formats)
    ]


def drawings(
    of: str, facts: Facts, names: Sequence[str] | None = None
) -> Iterator[tuple[str, str, Figure]]:
    """Yield chosen figures (see :func:`choose`): name of files without ending, heading, figure.

    Raises:
        EmptyFigureError: A figure that is named would be empty; without names, it is left out.
    """
    facts = _held(facts)
    for one in choose(of, facts, names):
        count = 0
        try:
            for name, drawn in one.draw(facts):
                yield name, str(drawn.get_label()), drawn
                count += 1
        except EmptyFigureError:
            if names is not None:
                raise
        if not count and names is not None:
            raise EmptyFigureError(f"{one.name}: not drawn, there is nothing that it would show")


def _held(facts: Facts) -> Facts:
    """The same facts, with the tables of a run read once however many figures are drawn of it."""
    results = facts.get("results")
    return facts if results is None else {**facts, "results": Held.of(results)}


def _call(function: Callable[..., Any], facts: Facts) -> Any:
    """Call a function with those of the facts that it takes."""
    takes = inspect.signature(function).parameters
    return function(**{name: facts[name] for name in takes if name in facts})


def room(of: str) -> str:
    """The package whose modules hold the figures of a kind of folder."""
    return {RUN: "sim.figures.runs", SWEEP: "sim.figures.sweeps"}.get(of, f"sim.studies.{of}")


@cache
def _load(of: str) -> None:
    """Import the modules of a room, so that their figures are in the register."""
    package = room(of)
    for module in iter_modules(import_module(package).__path__) if find_spec(package) else ():
        # A study's room holds its method too; only what is named after figures is theirs.
        if of in (RUN, SWEEP) or module.name.endswith("figures"):
            import_module(f"{package}.{module.name}")

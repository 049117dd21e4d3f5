"""Finding scenario files: shipped names, paths, and the chain of ``extends``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sim.scenario.reading.library import ENDING, Library, Listing, is_file, is_path
from sim.scenario.reading.problems import Problem, in_reading_order
from sim.scenario.reading.toml_source import Source, read_source
from sim.text import CONTROL
from sim.world.locate import find_data_folder


def scenarios_folder() -> Path:
    """Return the folder of the shipped scenarios."""
    return find_data_folder("scenarios")


_SHIPPED = Library("scenario", scenarios_folder, first="baseline")


def shipped_names() -> list[str]:
    """Return the names of the shipped scenarios, the baseline first."""
    return _SHIPPED.names()


def list_scenarios() -> list[Listing]:
    """Return the shipped scenarios.

    Raises:
        ScenarioError: A file cannot be read.
    """
    return _SHIPPED.listings()


@dataclass(frozen=True)
class Chain:
    """The files of a scenario.

    Attributes:
        sources: From the last that is extended to the scenario itself.
        problems: What is wrong with the files as files, and with ``extends``.
        complete: Whether every file was found and read to the end.
    """

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    complete: bool


def read_chain(name_or_path: str | Path) -> Chain:
    """Read a scenario and all that it extends.

    Args:
        name_or_path: The name of a shipped scenario; or a path, which is anything with a slash,
            ending in ``.toml`` or existing as a file.
    """
    source = _SHIPPED.find(name_or_path)
    if isinstance(source, Problem):
        return Chain((), (source,), complete=False)
    sources = [source]
    problems = list(source.problems)
    while parent := _parent(sources):
        if isinstance(parent, Problem):
            problems.append(parent)
            break
        sources.append(parent)
        problems += parent.problems
    complete = not problems and isinstance(sources[-1].data.get("extends", ""), str)
    return Chain(tuple(reversed(sources)), tuple(in_reading_order(problems)), complete)


def _parent(sources: list[Source]) -> Source | Problem | None:
    """Return the file that the last of these extends, or what is wrong with its ``extends``."""
    source = sources[-1]
    name = source.data.get("extends")
    if not isinstance(name, str) or not name.strip():
        return None  # wrong kinds of value are noted with the file's other values
    place = source.place(("extends",))
    reference = refer(source, name)
    if isinstance(reference, str):
        return Problem(place, "extends", reference)
    path, shown = reference
    known = [earlier.path.resolve() for earlier in sources]
    if path.resolve() in known:
        circle = [s.path.name for s in sources[known.index(path.resolve()) :]] + [path.name]
        return Problem(place, "extends", f"goes in a circle: {' → '.join(circle)}")
    parent = read_source(path, shown)
    if not parent.readable and not is_file(path):
        return Problem(place, "extends", f"{shown}: {parent.problems[0].text}")
    return parent


def refer(source: Source, name: str) -> tuple[Path, str] | str:
    """Return the file of a scenario that another file names, with the path to show.

    Args:
        source: The file that names it; a path is relative to it.
        name: A shipped scenario's name, or a path.

    Returns:
        The file, which need not exist if it was named by a path; or what is wrong with the name.
    """
    if CONTROL.search(name):
        return f"a file's name has no control characters, as {name!r} has"
    if is_path(name):
        return source.path.parent / name, os.path.normpath(Path(source.shown).parent / name)
    if name in shipped_names():
        return _SHIPPED.file(name)
    beside = source.path.parent / f"{name}{ENDING}"
    advice = f'; for the file beside this one write "{beside.name}"'
    return _SHIPPED.unknown(name) + (advice if is_file(beside) else "")

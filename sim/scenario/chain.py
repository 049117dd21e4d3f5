"""Finding scenario files: shipped names, paths, and the chain of ``extends``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sim.scenario.problems import Place, Problem, ScenarioError, in_reading_order, suggest
from sim.scenario.toml_source import Source, read_source
from sim.world.locate import find_data_folder

ENDING = ".toml"


def scenarios_folder() -> Path:
    """Return the folder of the shipped scenarios."""
    return find_data_folder("scenarios")


def shipped_names() -> list[str]:
    """Return the names of the shipped scenarios, the baseline first."""
    names = sorted(path.stem for path in scenarios_folder().glob(f"*{ENDING}"))
    return sorted(names, key=lambda name: name != "baseline")


def is_path(text: str) -> bool:
    """Tell whether a text names a file by its form, rather than a shipped scenario."""
    return text.endswith(ENDING) or "/" in text or os.sep in text


@dataclass(frozen=True)
class Listing:
    """A shipped scenario as a list of them shows it."""

    name: str
    title: str
    question: str


def list_scenarios() -> list[Listing]:
    """Return the shipped scenarios.

    Raises:
        ScenarioError: A file cannot be read.
    """
    sources = [read_source(*_shipped_file(name)) for name in shipped_names()]
    problems = [problem for source in sources for problem in source.problems]
    if problems:
        raise ScenarioError(problems)
    return [
        Listing(
            source.path.stem,
            str(source.data.get("title", source.path.stem)),
            str(source.data.get("question", "")),
        )
        for source in sources
    ]


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
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, Path) or is_path(text) or Path(text).is_file():
        source = read_source(Path(text), text)
    elif text in shipped_names():
        source = read_source(*_shipped_file(text))
    elif text and Path(text).exists():
        source = read_source(Path(text), text)  # a folder, which the reader names as such
    else:
        return Chain((), (Problem(Place(text or "scenario"), "", _unknown(text)),), complete=False)
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
    if is_path(name):
        path = source.path.parent / name
        shown = os.path.normpath(Path(source.shown).parent / name)
    elif name in shipped_names():
        path, shown = _shipped_file(name)
    else:
        beside = source.path.parent / f"{name}{ENDING}"
        advice = f'; for the file beside this one write "{beside.name}"'
        return Problem(place, "extends", _unknown(name) + (advice if beside.is_file() else ""))
    known = [earlier.path.resolve() for earlier in sources]
    if path.resolve() in known:
        circle = [s.path.name for s in sources[known.index(path.resolve()) :]] + [path.name]
        return Problem(place, "extends", f"goes in a circle: {' → '.join(circle)}")
    parent = read_source(path, shown)
    if not parent.readable and not path.is_file():
        return Problem(place, "extends", f"{shown}: {parent.problems[0].text}")
    return parent


def _shipped_file(name: str) -> tuple[Path, str]:
    """Return a shipped scenario's file with the path to show: relative where it lies below here."""
    path = scenarios_folder() / f"{name}{ENDING}"
    here = Path.cwd()
    return path, str(path.relative_to(here) if path.is_relative_to(here) else path)


def _unknown(name: str) -> str:
    advice = suggest(name, shipped_names(), "there are")
    return (
        f"no scenario is called {name!r}; {advice} (a file is named by its path, ending in .toml)"
    )

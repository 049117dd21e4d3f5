"""Files that come with the program and are called by name: scenarios, experiments."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.scenario.reading.problems import SHOWN_LENGTH, Place, Problem, ScenarioError, suggest
from sim.scenario.reading.toml_source import Noun, Source, read_source
from sim.text import shorten

ENDING = ".toml"


def is_path(text: str) -> bool:
    """Tell whether a text names a file by its form, rather than a shipped one by its name."""
    return text.endswith(ENDING) or "/" in text or os.sep in text


def is_file(path: Path) -> bool:
    """Tell whether a path names a file; False too for what no system takes for a path."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Tell whether a path names a folder; False too for what no system takes for a path."""
    return os.path.isdir(path)


@dataclass(frozen=True)
class Listing:
    """A shipped file as a list of them shows it."""

    name: str
    title: str
    question: str


@dataclass(frozen=True)
class Library:
    """The shipped files of one kind.

    Attributes:
        noun: What messages call a file, such as `scenario`.
        folder: Returns their folder.
        first: The name that a list begins with, if any.
    """

    noun: Noun
    folder: Callable[[], Path]
    first: str = ""

    def names(self) -> list[str]:
        """Return their names in order."""
        names = sorted(path.stem for path in self.folder().glob(f"*{ENDING}"))
        return sorted(names, key=lambda name: name != self.first)

    def file(self, name: str) -> tuple[Path, str]:
        """Return a file with the path to show: relative where it lies below here."""
        path = self.folder() / f"{name}{ENDING}"
        here = Path.cwd()
        return path, str(path.relative_to(here) if path.is_relative_to(here) else path)

    def find(self, name_or_path: str | Path) -> Source | Problem:
        """Return the file that a user names, read; or what is wrong with the name.

        Args:
            name_or_path: A shipped file's name; or a path, which is anything with a slash,
                ending in ``.toml`` or existing as a file; or the name, without ``.toml``, of a
                file in the working folder.
        """
        text = os.fspath(name_or_path)
        path = Path(text)
        if not isinstance(name_or_path, Path) and not is_path(text) and not is_file(path):
            if text in self.names():
                return read_source(*self.file(text), self.noun)
            if is_file(here := Path(f"{text}{ENDING}")):
                return read_source(here, str(here), self.noun)
            # Of a folder the reader says that it is one.
            if not (text and is_folder(path)):
                place = Place(shorten(text, SHOWN_LENGTH) or self.noun)
                return Problem(place, "", self.unknown(text))
        return read_source(path, text, self.noun)

    def unknown(self, name: str) -> str:
        """Return what to say of a name that no file has."""
        advice = suggest(name, self.names(), "there are")
        return (
            f"no {self.noun} is called {shorten(name, SHOWN_LENGTH)!r}; {advice} "
            "(a file is named by its path, ending in .toml)"
        )

    def listings(self) -> list[Listing]:
        """Return names, titles and questions.

        Raises:
            ScenarioError: A file cannot be read.
        """
        listings: list[Listing] = []
        problems: list[Problem] = []
        for name in self.names():
            source = read_source(*self.file(name), self.noun)
            problems += source.problems
            title, question = source.data.get("title", name), source.data.get("question", "")
            listings.append(Listing(name, str(title), str(question)))
        if problems:
            raise ScenarioError(problems)
        return listings

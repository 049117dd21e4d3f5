"""One value that one layer gives to one key, and where that layer wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

from sim.scenario.reading.problems import Place

type Layer = Literal["default", "plausible", "file", "factor", "set"]

LAYERS: dict[Layer, str] = {
    "default": "default",
    "plausible": "plausible set",
    "file": "scenario file",
    "factor": "experiment factor",
    "set": "--set",
}
"""The layers from lowest to highest precedence, with their names in messages and tables."""


@dataclass(frozen=True)
class Origin:
    """Where a value comes from.

    Attributes:
        layer: The layer that set it.
        file: For a scenario file: its path as the user named it.
        line: Line of that file.
    """

    layer: Layer
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """Return it for people: ``baseline.toml:12``, ``--set``, ``default``."""
        return f"{PurePath(self.file).name}:{self.line}" if self.file else LAYERS[self.layer]

    @property
    def stable(self) -> str:
        """The same without the line, which changes with every comment added above it."""
        return PurePath(self.file).name if self.file else LAYERS[self.layer]


DEFAULT = Origin("default")


@dataclass(frozen=True)
class Setting:
    """A value with its origin and its place in messages."""

    value: Any
    origin: Origin
    place: Place


def from_file(value: Any, place: Place) -> Setting:
    """Return a value written in a scenario file."""
    return Setting(value, Origin("file", place.file, place.line), place)


def from_layer(value: Any, layer: Layer) -> Setting:
    """Return a value set from outside the files."""
    return Setting(value, Origin(layer), Place(LAYERS[layer]))

"""What the engine hands over: the layout of its arrays, and the arrays of a chunk of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.arrays import Floats
from sim.register import VENDOR
from sim.units import FIRST_YEAR, QUARTERS


def year_of(quarter: int) -> int:
    """Return the year of an absolute quarter."""
    return FIRST_YEAR + quarter // QUARTERS


def quarter_of_year(quarter: int) -> int:
    """Return 1 to 4 for an absolute quarter."""
    return quarter % QUARTERS + 1


def end_of(year: int) -> int:
    """Return the absolute quarter with which a year ends: its fourth."""
    return (year - FIRST_YEAR + 1) * QUARTERS - 1


class Group(NamedTuple):
    """States that are summed together.

    Attributes:
        kind: One of ``world``, ``regime``, ``regime-rated``, ``region``.
        name: The group's name, unique within its kind.
        size: Number of its states.
    """

    kind: str
    name: str
    size: int


class CountryLabel(NamedTuple):
    """How a state is labelled in results."""

    iso3: str
    name: str
    region: str
    regime_2024: str


@dataclass(frozen=True)
class Layout:
    """What the axes of a chunk's arrays mean: the same for all chunks of a batch.

    Attributes:
        fields: Country fields summed per group.
        vendor_fields: Fields of each vendor.
        actor_fields: Single numbers of China, the West or the public record, e.g. `china.seats`.
        panel: Fields kept of each country at the end of each year. Empty: no panel is kept.
        groups: World first, then by kind; a kind's groups stand together.
        vendors: Names of the vendors.
        quarters: Absolute quarters since 2000 Q1 that are kept: all, or all fourth ones.
        countries: The states in the order of the arrays.
        start: First quarter of the horizon, before which running totals are zero.
    """

    fields: tuple[str, ...]
    vendor_fields: tuple[str, ...]
    actor_fields: tuple[str, ...]
    panel: tuple[str, ...]
    groups: tuple[Group, ...]
    vendors: tuple[str, ...]
    quarters: tuple[int, ...]
    countries: tuple[CountryLabel, ...]
    start: int = 0

    @cached_property
    def kind_parts(self) -> dict[str, range]:
        """Return the places of each kind's groups, in order of kinds."""
        kinds = [group.kind for group in self.groups]
        first = {kind: kinds.index(kind) for kind in dict.fromkeys(kinds)}
        return {kind: range(at, at + kinds.count(kind)) for kind, at in first.items()}

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Return the years whose end is kept."""
        return tuple(year_of(q) for q in self.quarters if quarter_of_year(q) == QUARTERS)

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Return the names of each kind's groups, in the order of results: vendors last."""
        parts = self.kind_parts.items()
        names = {kind: [self.groups[at].name for at in part] for kind, part in parts}
        return names | ({VENDOR: list(self.vendors)} if self.vendors else {})

    def shapes(self, runs: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of a chunk of so many runs, in their order."""
        quarters = len(self.quarters)
        return {
            "tallies": (runs, quarters, len(self.groups), len(self.fields)),
            "vendor_tallies": (runs, quarters, len(self.vendors), len(self.vendor_fields)),
            "actors": (runs, quarters, len(self.actor_fields)),
            "panel": (runs, len(self.years), len(self.countries), len(self.panel)),
        }


@dataclass(frozen=True)
class Chunk:
    """What a range of runs leaves behind.

    Attributes:
        first: Replicate number of the first run.
        runs: Number of runs, whose replicates follow one another.
        tallies: Sums of `Layout.fields`: (runs, quarters, groups, fields).
        vendor_tallies: `Layout.vendor_fields`: (runs, quarters, vendors, fields).
        actors: `Layout.actor_fields`: (runs, quarters, fields).
        panel: `Layout.panel` at the ends of years: (runs, years, countries, fields).
    """

    first: int
    runs: int
    tallies: Floats
    vendor_tallies: Floats
    actors: Floats
    panel: Floats

    @classmethod
    def joined(cls, chunks: Sequence[Chunk]) -> Chunk:
        """Return chunks as one, in their order."""
        names = ("tallies", "vendor_tallies", "actors", "panel")
        arrays = [np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names]
        return cls(chunks[0].first, sum(chunk.runs for chunk in chunks), *arrays)

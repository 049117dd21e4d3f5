"""The engine's arrays of a chunk of runs, their layout, and their outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar, NamedTuple

import numpy as np

from sim.engine.records import EIGHT_BYTES, VENDOR_FIELDS, summed
from sim.model.mechanisms.tender import VENDORS
from sim.model.parameters import Outcome
from sim.model.register import Rules
from sim.model.units import AID, GROUPS_BY_KIND, QUARTERS, RATED, REGIME, REGION, VENDOR, WORLD
from sim.scenario.own_groups import OWN
from sim.world.arrays import Floats, Whole
from sim.world.countries import CountrySeed
from sim.world.dates import quarter_of_year, year_of
from sim.world.seeds import Seeds


class Group(NamedTuple):
    """Countries that are summed together: name, unique within its kind, and number of countries."""

    kind: str
    name: str
    size: int


@dataclass(frozen=True)
class Layout:
    """Meaning of the axes of a chunk's arrays: the same for all chunks of a batch.

    Attributes:
        fields: Country fields summed per group.
        actor_fields: Single numbers of China, the West or the public record, e.g. `china.courses`.
        panel: Fields of each country at the end of each year; empty: no panel.
        groups: World first, then by kind.
        quarters: Absolute quarters since 2000 Q1: all, or all fourth ones.
        start: First quarter of the horizon, before which running totals are zero.
    """

    fields: tuple[str, ...]
    actor_fields: tuple[str, ...]
    panel: tuple[str, ...]
    groups: tuple[Group, ...]
    quarters: tuple[int, ...]
    countries: tuple[CountrySeed, ...]
    start: int
    vendor_fields: ClassVar = VENDOR_FIELDS
    vendors: ClassVar = VENDORS

    @cached_property
    def kind_parts(self) -> dict[str, range]:
        kinds = [group.kind for group in self.groups]
        first = {kind: kinds.index(kind) for kind in dict.fromkeys(kinds)}
        return {kind: range(at, at + kinds.count(kind)) for kind, at in first.items()}

    @cached_property
    def years(self) -> tuple[int, ...]:
        return tuple(year_of(q) for q in self.quarters if quarter_of_year(q) == QUARTERS)

    @cached_property
    def names(self) -> dict[str, list[str]]:
        parts = self.kind_parts.items()
        names = {kind: [self.groups[at].name for at in part] for kind, part in parts}
        return names | {VENDOR: list(self.vendors)}

    def shapes(self, runs: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the loop's outputs, which a chunk has in this order."""
        quarters = len(self.quarters)
        return {
            "sums": (runs, quarters, len(self.groups), len(self.fields)),
            "vendor_sums": (runs, quarters, len(self.vendors), len(self.vendor_fields)),
            "actor_sums": (runs, quarters, len(self.actor_fields)),
            "panel": (runs, len(self.years), len(self.countries), len(self.panel)),
        }


class Chunk(NamedTuple):
    """Results of runs.

    Attributes:
        tallies: Sums of `Layout.fields`: (runs, quarters, groups, fields).
        vendor_tallies: `Layout.vendor_fields`: (runs, quarters, vendors, fields).
        actors: `Layout.actor_fields`: (runs, quarters, fields).
        panel: `Layout.panel` at the ends of years: (runs, years, countries, fields).
    """

    tallies: Floats
    vendor_tallies: Floats
    actors: Floats
    panel: Floats


@dataclass(frozen=True)
class Cells:
    """The cells of sums (see :mod:`sim.model.aggregate`).

    Attributes:
        of_country: Each country's cell: (divisions, countries).
        groups: The groups of each cell, a row per cell, filled up with a number beyond the groups.
    """

    of_country: Whole
    groups: Whole

    def parts(self, groups: int) -> dict[str, Whole]:
        cell_parts, cell_counts = _parts_of(self.of_country.T, len(self.groups))
        group_parts, group_counts = _parts_of(self.groups, groups)
        return {
            "cell_parts": cell_parts,
            "cell_counts": cell_counts,
            "group_parts": group_parts,
            "group_counts": group_counts,
        }


def _parts_of(wholes: Whole, count: int) -> tuple[Whole, Whole]:
    """Return the parts of each whole, one whole after another, and their numbers.

    `wholes` has a row per part; numbers from `count` on mean no whole.
    """
    flat = wholes.ravel()
    order = np.argsort(flat, kind="stable")
    counts = np.bincount(flat, minlength=count)[:count]
    return order[: counts.sum()] // wholes.shape[1], counts


type OwnGroups = Mapping[str, Sequence[str]]
"""The codes of the countries of each group of a user's own, by the group's name."""


def group_list(seeds: Seeds, own: OwnGroups) -> tuple[Group, ...]:
    named = [(kind, name) for kind, names in GROUPS_BY_KIND.items() for name in names]
    named += [(OWN, name) for name in own]
    sizes = Counter(each for rows in _divisions(seeds, own) for row in rows for each in row)
    return tuple(Group(*each, sizes[each]) for each in named)


def _divisions(seeds: Seeds, own: OwnGroups) -> list[list[list[tuple[str, str]]]]:
    # Aid divides the world a second time, so that sums of the other groups add the same numbers in
    # the same order as without it.
    first = [
        [(WORLD, WORLD), (REGIME, country.regime_2024), (REGION, country.region)]
        + ([(RATED, country.regime_2024)] if country.regime_rated else [])
        for country in seeds.countries
    ]
    aided = [[(AID, name)] for name in seeds.aid_classes]
    mine = [[(OWN, n) for n in own if country.iso3 in own[n]] for country in seeds.countries]
    return [first, aided, mine] if own else [first, aided]


def make_cells(seeds: Seeds, own: OwnGroups) -> Cells:
    groups = [(group.kind, group.name) for group in group_list(seeds, own)]
    divisions = _divisions(seeds, own)
    # Cells of one's own groups lie within those of the first division: a group that is a region is
    # summed in the order of that region.
    keys = [
        [
            (tuple(inside if at > 1 else ()), tuple(row))
            for inside, row in zip(divisions[0], rows, strict=True)
        ]
        for at, rows in enumerate(divisions)
    ]
    cells = list(dict.fromkeys(chain.from_iterable(keys)))
    of_country = [[cells.index(key) for key in division] for division in keys]
    rows = [[groups.index(group) for group in row] for _, row in cells]
    width, spare = max(map(len, rows)), len(groups)
    filled = [[*row, *[spare] * (width - len(row))] for row in rows]
    return Cells(np.array(of_country), np.array(filled))


def make_layout(seeds: Seeds, quarters: range, rules: Rules, own: OwnGroups) -> Layout:
    actors = tuple(dict.fromkeys(o.field for o in rules.register.values() if o.of == "actor"))
    return Layout(
        fields=summed(rules),
        actor_fields=actors,
        panel=tuple(s.name for mechanism in rules.mechanisms for s in mechanism.country if s.panel),
        groups=group_list(seeds, own),
        quarters=tuple(quarters),
        countries=tuple(seeds.countries),
        start=quarters.start,
    )


def column(dtype: np.dtype[Any], field: str) -> int:
    """First column of a field in a record seen as a row of numbers."""
    fields: Mapping[str, Any] = dtype.fields or {}
    return int(fields[field][1]) // EIGHT_BYTES


def groups_of(outcome: Outcome, kind: str, layout: Layout) -> range | None:
    """Return the places of a kind's groups on the last axis of :func:`derive`; None: not there."""
    vendors = len(layout.vendors)
    match outcome.of:
        case "country":
            return layout.kind_parts.get(kind)
        case "vendor":
            return {VENDOR: range(vendors), WORLD: range(vendors, vendors + 1)}.get(kind)
        case "actor":
            return {WORLD: range(1)}.get(kind)


def derive(outcome: Outcome, chunk: Chunk, layout: Layout) -> Floats:
    """Return an outcome of every run, kept quarter and group: (runs, quarters, groups).

    For an outcome of vendors the last axis is the vendors and then their sum, for one of an actor
    the world.
    """
    numerator = _sums(outcome, outcome.field, chunk, layout)
    match outcome.form:
        case "total":
            return numerator
        case "yearly":
            return _yearly(numerator, layout)
        case "ratio":
            denominator = _sums(outcome, outcome.over, chunk, layout)
        case "mean" | "share":
            vendors = len(layout.vendors)
            sizes = {
                "country": [group.size for group in layout.groups],
                "vendor": [*[1] * vendors, vendors],
                "actor": [1],
            }
            denominator = np.array(sizes[outcome.of], np.float64)
    result = np.zeros(numerator.shape)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result


def _sums(outcome: Outcome, field: str, chunk: Chunk, layout: Layout) -> Floats:
    match outcome.of:
        case "country":
            return chunk.tallies[..., layout.fields.index(field)]
        case "vendor":
            each = chunk.vendor_tallies[..., layout.vendor_fields.index(field)]
            return np.concatenate([each, each.sum(axis=2, keepdims=True)], axis=2)
        case "actor":
            return chunk.actors[..., layout.actor_fields.index(field), np.newaxis]


def _yearly(totals: Floats, layout: Layout) -> Floats:
    result = totals.copy()
    for at, quarter in enumerate(layout.quarters):
        year_before = quarter - QUARTERS
        if year_before >= layout.start:  # before it, running totals are zero
            result[:, at] -= totals[:, layout.quarters.index(year_before)]
    return result

"""What is kept of a run: groups, and where in the records each kept number lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Whole
from sim.engine.chunk import CountryLabel, Group, Layout
from sim.engine.records import (
    ACTORS,
    VENDOR_FIELDS,
    all_outcomes,
    country_states,
    record_type,
    states_of,
    summed,
)
from sim.mechanisms.tender import VENDORS
from sim.rules import SHIPPED, Rules
from sim.units import REGIMES, REGIONS
from sim.world.countries import CountrySeed
from sim.world.seeds import Seeds

EIGHT_BYTES = 8


@dataclass(frozen=True)
class Cells:
    """The cells that sums are made of (see ``tally``).

    Attributes:
        of_country: Each country's cell.
        groups: The groups that each cell belongs to: a row a cell; cells outside the EIU's rating
            belong to one group less, and name the spare group after the last.
    """

    of_country: Whole
    groups: Whole


def group_list(seeds: Seeds) -> tuple[Group, ...]:
    """World, regimes of 2024 (all states, then rated states), regions."""
    sizes = Counter(group for state in seeds.countries for group in _groups_of_state(state))
    return tuple(
        Group(kind, name, sizes[kind, name]) for kind, names in KINDS.items() for name in names
    )


KINDS = {"world": ("world",), "regime": REGIMES, "regime-rated": REGIMES, "region": REGIONS}
"""Kinds of groups, and their names."""


def _groups_of_state(state: CountrySeed) -> list[tuple[str, str]]:
    rated = [("regime-rated", state.regime_2024)] if state.regime_rated else []
    return [("world", "world"), ("regime", state.regime_2024), ("region", state.region), *rated]


def make_cells(seeds: Seeds) -> Cells:
    """Number the cells that occur, in order of first occurrence."""
    groups = [(group.kind, group.name) for group in group_list(seeds)]
    spare = len(groups)
    rows = []
    for state in seeds.countries:
        places = [groups.index(group) for group in _groups_of_state(state)]
        rows.append((*places, *[spare] * (len(KINDS) - len(places))))
    cells = list(dict.fromkeys(rows))
    return Cells(np.array([cells.index(row) for row in rows]), np.array(cells))


def make_layout(seeds: Seeds, quarters: range, rules: Rules = SHIPPED) -> Layout:
    """The layout of all that a run can keep, over a range of absolute quarters."""
    actors = tuple(dict.fromkeys(o.field for o in all_outcomes(rules) if o.of == "actor"))
    return Layout(
        fields=summed(rules),
        vendor_fields=VENDOR_FIELDS,
        actor_fields=actors,
        panel=panel_fields(rules),
        groups=group_list(seeds),
        vendors=VENDORS,
        quarters=tuple(quarters),
        countries=tuple(
            CountryLabel(s.iso3, s.name, s.region, s.regime_2024) for s in seeds.countries
        ),
        start=quarters.start,
    )


def panel_fields(rules: Rules = SHIPPED) -> tuple[str, ...]:
    """Country fields that are kept at the end of each year, in the order of the mechanisms."""
    return tuple(
        state.name for mechanism in rules.mechanisms for state in mechanism.country if state.panel
    )


def column(dtype: np.dtype[Any], field: str) -> int:
    """Where a field begins in a record seen as a row of numbers."""
    fields: Mapping[str, Any] = dtype.fields or {}
    return int(fields[field][1]) // EIGHT_BYTES


def panel_columns(layout: Layout, rows: int, rules: Rules = SHIPPED) -> Whole:
    """Column and kind (1: whole number) of each field of the panel."""
    states = country_states(rules)
    dtype = record_type(states, rows)
    whole = {state.name for state in states if state.whole}
    found = [(column(dtype, name), name in whole) for name in layout.panel]
    return np.array(found, np.int64).reshape(-1, 2)


def actor_columns(layout: Layout, rows: int, rules: Rules = SHIPPED) -> Whole:
    """Record (China 0, West 1, public 2) and column of each actor field."""
    states = states_of(rules)
    types = {actor: record_type(states[actor], rows) for actor in ACTORS}
    found = []
    for name in layout.actor_fields:
        actor, field = name.split(".")
        found.append((ACTORS.index(actor), column(types[actor], field)))
    return np.array(found, np.int64).reshape(-1, 2)


def vendor_columns(rows: int, rules: Rules = SHIPPED) -> Whole:
    """First column of each vendor field in the public record."""
    dtype = record_type(states_of(rules)["public"], rows)
    return np.array([column(dtype, f"vendor_{name}") for name in VENDOR_FIELDS], np.int64)

"""The records that rules read: assembled from the mechanisms' declarations."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.mechanisms.documented import CONTRACTS, IMPOSED, MOST_CONTRACTS
from sim.model.parameters import State
from sim.model.register import SHIPPED, Rules
from sim.world.columns import COUNTRY_COLUMNS, HISTORY_NAMES, MOST_NEIGHBOURS
from sim.world.history import COUNTED, EMBARGOES

Array = NDArray[Any]

ACTORS = ("china", "west", "public")
OWNERS = ("country", *ACTORS)
VENDOR_FIELDS = ("sales", "fees", "working")

STATIC: tuple[State, ...] = (
    State(
        "counter", "The code's number, in its place in the counter of draws.", "number", whole=True
    ),
    State(
        "parameter_row", "Row of its parameters: 0 unless a `where` names it.", "row", whole=True
    ),
    State("region", "Row of the region.", "row", whole=True),
    State("claimed", "1 for Taiwan, where no Chinese vendor can sell.", "0 or 1"),
    State("subsaharan", "1 in sub-Saharan Africa.", "0 or 1"),
    State("protest_rate", "Usual number of protest episodes a year.", "a year"),
    State("finance_until", "Last year of finance that counts; 0 is 2000.", "years", whole=True),
    *(State(c.name, c.doc, c.unit, low=min(c.lowest, 0.0)) for c in COUNTRY_COLUMNS),
    State("neighbour_count", "Number of neighbours by land.", "countries", whole=True),
    State("neighbours", "Their rows.", "row", whole=True, length=MOST_NEIGHBOURS),
)
"""Fields of a country that no mechanism declares and nothing changes."""

NOW: tuple[State, ...] = (
    State("seed", "Seed of the draws.", whole=True),
    State("counter", "Run and quarter, in their places in the counter.", whole=True),
    State("quarter", "Quarters since the beginning of 2000.", "quarters", whole=True),
    State("elapsed", "Quarters since the run began.", "quarters", whole=True),
    State("season", "Quarter of the year, 0 to 3.", "quarters", whole=True),
    State("year", "Year.", "year", whole=True),
    State(
        "review",
        "1 when a year begins, 2 when parameters change: slow values are then worked out.",
        "0 to 2",
        whole=True,
    ),
    State("last_observed_year", "Last year of observed history.", "year", whole=True),
    State("date", "Date at which the quarter begins.", "year"),
)

LENDING = ("lent_to_state", "earned", "related_years")
"""Chinese finance to governments, the economy, in US$ of 2015, and years with relations: sums from
the first year on, over the years that count.
"""
PAST: tuple[str, ...] = (*HISTORY_NAMES, "democracy", "sanctions", *COUNTED, *EMBARGOES, *LENDING)
"""Observed inputs, a number per year each: columns of the seeds and quantities derived from them.
"""


@cache
def summed(rules: Rules) -> tuple[str, ...]:
    """Country fields that outcomes sum, in order of first use: the first columns of a row."""
    summing = [outcome for outcome in rules.register.values() if outcome.of == "country"]
    fields = (field for outcome in summing for field in (outcome.field, outcome.over) if field)
    return tuple(dict.fromkeys(fields))


# Summed fields come first, as the loop sums the first columns; lists come last.
def country_states(rules: Rules = SHIPPED) -> tuple[State, ...]:
    declared = [state for mechanism in rules.mechanisms for state in mechanism.country]
    by_name = {state.name: state for state in (*declared, *STATIC, *IMPOSED)}
    # Summed fields come first, so that sums need no table of columns.
    first = [by_name.pop(name) for name in summed(rules)]
    return (*first, *sorted(by_name.values(), key=lambda state: bool(state.length)))


EIGHT_BYTES, CACHE_LINE = 8, 64


# Every field has eight bytes, so that a row is also a row of numbers.
def record_type(states: Iterable[State], rows: int) -> np.dtype[Any]:
    """The structured type of a record.

    A field of length -1 has a number for each of `rows` countries.
    """
    formats: dict[str, Any] = {}
    offsets: list[int] = []
    size = 0
    for state in states:
        kind = np.int64 if state.whole else np.float64
        length = rows if state.length < 0 else state.length
        formats[state.name] = (kind, (length,)) if length else kind
        offsets.append(size)
        size += EIGHT_BYTES * max(length, 1)
    # An odd number of cache lines: sums then read whole lines, and one field of many countries is
    # spread over all of the cache.
    lines = -(-size // CACHE_LINE) // 2 * 2 + 1
    fields: Any = {"names": [*formats], "formats": [*formats.values()], "offsets": offsets}
    fields["itemsize"] = lines * CACHE_LINE
    record: np.dtype[Any] = np.dtype(fields)
    return record


def start_record(states: tuple[State, ...], count: int, rows: int) -> Array:
    array = np.zeros(count, record_type(states, rows))
    for state in states:
        if state.start:
            array[state.name] = state.start
    return array


def past_type(years: int) -> np.dtype[Any]:
    lengths = dict.fromkeys(PAST, years) | dict.fromkeys(CONTRACTS, MOST_CONTRACTS)
    return np.dtype([(name, np.float64, (length,)) for name, length in lengths.items()])


@cache
def states_of(rules: Rules = SHIPPED) -> dict[str, tuple[State, ...]]:
    """The fields of the moment, of a country and of each actor, by owner."""
    states = {
        owner: tuple(state for mechanism in rules.mechanisms for state in getattr(mechanism, owner))
        for owner in OWNERS
    }
    states["country"] += (*STATIC, *IMPOSED)
    for owner, own in states.items():
        names = [state.name for state in own]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two fields of {owner} are called {min(twice)!r}")
    return {"now": NOW, **states, "country": country_states(rules)}


def plain(record: Any) -> Any:
    """A row of a structured array as a plain object: attributes that are numbers and lists."""
    if isinstance(record, np.void):
        return SimpleNamespace(**{name: plain(record[name]) for name in record.dtype.names or ()})
    return record.tolist() if isinstance(record, np.ndarray) else record.item()

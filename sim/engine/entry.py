"""The compiled loop's entry, made of sizes and pointers, so that any language can call it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from sim.engine import records
from sim.model.register import SHIPPED, Rules
from sim.scenario.resolve import parameter_type
from sim.world.seeds import Seeds

SYMBOL = "entry"
LOOP_ENTRY = "sim.model.simulate.simulate_runs"

# A row of numbers is a record in another view, as long as the record has fields of eight bytes.
ARRAYS = {
    "run_numbers": ("whole", "runs"),
    "set_of": ("whole", "runs"),
    "parameters": ("parameters", "sets, periods, classes"),
    "period_of": ("whole", "sets, quarters"),
    "slot_of": ("whole", "quarters"),
    "panel_slot_of": ("whole", "quarters"),
    "now": ("now", "1"),
    "countries": ("country", "rows"),
    "pasts": ("past", "rows"),
    "china": ("china", "1"),
    "west": ("west", "1"),
    "public": ("public", "1"),
    "country_rows": ("number", "rows, country_fields"),
    "china_row": ("number", "china_fields"),
    "west_row": ("number", "west_fields"),
    "public_row": ("number", "public_fields"),
    "whole_rows": ("whole", "rows, country_fields"),
    "start_rows": ("number", "rows, country_fields"),
    "start_china": ("number", "china_fields"),
    "start_west": ("number", "west_fields"),
    "start_public": ("number", "public_fields"),
    "cell_parts": ("whole", "in_cells"),
    "cell_counts": ("whole", "cells"),
    "cell_sums": ("number", "cells, fields"),
    "group_parts": ("whole", "in_groups"),
    "group_counts": ("whole", "groups"),
    "actor_columns": ("whole", "actor_fields, 2"),
    "vendor_columns": ("whole", "vendor_fields"),
    "panel_columns": ("whole", "panel_fields, 2"),
    "sums": ("number", "runs, kept_quarters, groups, fields"),
    "vendor_sums": ("number", "runs, kept_quarters, vendors, vendor_fields"),
    "actor_sums": ("number", "runs, kept_quarters, actor_fields"),
    "panel": ("number", "runs, years, rows, panel_fields"),
}
"""Arrays that the entry takes by pointer: type of content, and lengths."""

SIZES = (
    "first_quarter",
    *dict.fromkeys(
        name
        for _, lengths in ARRAYS.values()
        for name in lengths.split(", ")
        if name.isidentifier() and name.removesuffix("_fields") not in records.OWNERS
    ),
)
"""Whole numbers that it takes before them: the lengths that no record has."""

ARGUMENTS = (
    "run_numbers", "set_of", "parameters", "period_of", "first_quarter", "slot_of", "panel_slot_of",
    ("now", "countries", "pasts", "china", "west", "public"),
    ("country_rows", "china_row", "west_row", "public_row", "whole_rows"),
    ("start_rows", "start_china", "start_west", "start_public"),
    ("cell_parts", "cell_counts", "cell_sums", "group_parts", "group_counts"),
    ("actor_columns", "vendor_columns", "panel_columns"),
    ("sums", "vendor_sums", "actor_sums", "panel"),
)  # fmt: skip

# Numba's calling convention returns a value and an error by pointer; they are not used.
SCRATCH_BYTES = 64


class Shape(NamedTuple):
    rows: int
    years: int
    rules: Rules = SHIPPED


def shape_of(seeds: Seeds) -> Shape:
    return Shape(len(seeds.countries), seeds.last_year - seeds.first_year + 1)


def record_types(shape: Shape) -> dict[str, np.dtype[Any]]:
    states = records.states_of(shape.rules)
    types = {name: records.record_type(fields, shape.rows) for name, fields in states.items()}
    types["past"] = records.past_type(shape.years)
    return types | {"parameters": parameter_type(shape.rules)}


def array_types(shape: Shape) -> dict[str, np.dtype[Any]]:
    types = record_types(shape)
    types |= {"number": np.dtype(np.float64), "whole": np.dtype(np.int64)}
    # In the order of the entry's pointers.
    return {name: types[kind] for name, (kind, _) in ARRAYS.items()}


def caller(address: int, shape: Shape) -> Callable[[Mapping[str, Any], int], int]:
    """Return a function that calls the entry with arrays by name, and the first quarter.

    Its result is the entry's status, 0 without an error.
    """
    types = array_types(shape)
    kinds = [ctypes.c_void_p] * 2 + [ctypes.c_int64] * len(SIZES) + [ctypes.c_void_p] * len(types)
    function = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(address)

    def call(arrays: Mapping[str, Any], first_quarter: int) -> int:
        sizes = {"first_quarter": first_quarter, "1": 1, "2": 2}
        for name, kind in types.items():
            array = arrays[name]
            lengths = dict(zip(ARRAYS[name][1].split(", "), array.shape, strict=True))
            sizes = lengths | sizes
            # A wrong array would be read as if it were right, so each is looked at.
            fits = array.dtype == kind and array.flags.c_contiguous
            if not fits or not lengths.items() <= sizes.items():
                raise TypeError(f"{name}: {array.dtype} {lengths} does not fit {kind} {sizes}")
        scratch = np.zeros(SCRATCH_BYTES, np.uint8)
        at = scratch.ctypes.data
        pointers = (arrays[name].ctypes.data for name in types)
        status: int = function(
            at, at + SCRATCH_BYTES // 2, *(sizes[name] for name in SIZES), *pointers
        )
        return status

    return call

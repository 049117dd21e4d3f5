"""The compiled loop's one plain entry: sizes and pointers, as any language can call it.

The arrays of :func:`sim.histories.run_histories` are listed here once: what makes the entry
(``object_file``) and what calls it (``compiled``) both go by these lists.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sim.engine import records
from sim.rules import SHIPPED, Rules

SYMBOL = "entry"
LOOP_ENTRY = "sim.histories.run_histories"

SIZES = (
    "runs",
    "sets",
    "periods",
    "classes",
    "first_quarter",
    "quarters",
    "kept_quarters",
    "rows",
    "cells",
    "cell_groups",
    "groups",
    "fields",
    "actor_fields",
    "vendor_fields",
    "vendors",
    "kept_fields",
)
"""Whole numbers that the entry takes first."""

SCRATCH_BYTES = 64
"""Room for what Numba's calling convention returns by pointer: a value and an error, unused."""


class Shape(NamedTuple):
    """What the records' layout, and so the loop, depends on.

    Attributes:
        rows: Number of states.
        years: Years of observed history.
        rules: What the histories go by.
    """

    rows: int
    years: int
    rules: Rules = SHIPPED


def array_types(shape: Shape) -> dict[str, np.dtype[Any]]:
    """Return what each array that the entry takes holds, in the order of its pointers."""
    rules = shape.rules
    number, whole = np.dtype(np.float64), np.dtype(np.int64)
    countries = records.record_type(records.country_states(rules), shape.rows)
    return {
        "replicates": whole,
        "set_of": whole,
        "parameters": records.parameter_type(rules),
        "period_of": whole,
        "slot_of": whole,
        "now": records.record_type(records.NOW, shape.rows),
        "countries": countries,
        "pasts": records.past_type(shape.years),
        "china": records.record_type(records.china_states(rules), shape.rows),
        "west": records.record_type(records.west_states(rules), shape.rows),
        "public": records.record_type(records.public_states(rules), shape.rows),
        "country_rows": number,
        "china_row": number,
        "west_row": number,
        "public_row": number,
        "whole_rows": whole,
        "start_rows": number,
        "start_china": number,
        "start_west": number,
        "start_public": number,
        "cell_of": whole,
        "cell_sums": number,
        "groups_of_cell": whole,
        "actor_columns": whole,
        "vendor_columns": whole,
        "kept_columns": whole,
        "sums": number,
        "vendor_sums": number,
        "actor_sums": number,
        "ends": number,
    }


def caller(address: int, shape: Shape) -> Callable[..., int]:
    """Return a function that takes what `run_histories` takes, and calls the entry with it.

    Args:
        address: Where the entry lies in memory.
        shape: For which records it was compiled.

    Returns:
        The function; it returns the entry's status, 0 if all went well.
    """
    types = tuple(array_types(shape).values())
    kinds = [ctypes.c_void_p] * 2 + [ctypes.c_int64] * len(SIZES) + [ctypes.c_void_p] * len(types)
    function = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(address)

    def call(
        replicates: Any,
        set_of: Any,
        parameters: Any,
        period_of: Any,
        first_quarter: int,
        slot_of: Any,
        actors: tuple[Any, ...],
        numbers: tuple[Any, ...],
        starts: tuple[Any, ...],
        groups: tuple[Any, ...],
        columns: tuple[Any, ...],
        out: tuple[Any, ...],
    ) -> int:
        arrays = (
            replicates, set_of, parameters, period_of, slot_of,
            *actors, *numbers, *starts, *groups, *columns, *out,
        )  # fmt: skip
        sums, vendor_sums, actor_sums, ends = out
        sizes = (
            len(replicates),
            *parameters.shape,
            first_quarter,
            len(slot_of),
            sums.shape[1],
            shape.rows,
            *groups[2].shape,
            *sums.shape[2:],
            actor_sums.shape[2],
            vendor_sums.shape[3],
            vendor_sums.shape[2],
            ends.shape[2],
        )
        # A wrong array would be read as if it were right, so each is looked at.
        for array, kind in zip(arrays, types, strict=True):
            if array.dtype != kind or not array.flags.c_contiguous:
                raise TypeError(f"an array of {array.dtype} is not one of {kind} without gaps")
        scratch = np.zeros(SCRATCH_BYTES, np.uint8)
        at = scratch.ctypes.data
        status: int = function(
            at, at + SCRATCH_BYTES // 2, *sizes, *(array.ctypes.data for array in arrays)
        )
        return status

    return call

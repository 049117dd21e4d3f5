"""Runs of an ensemble, in chunks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.chunk import Chunk, column
from sim.engine.compiled import compiled_entry
from sim.engine.ensemble import Ensemble
from sim.engine.entry import Shape
from sim.engine.records import ACTORS, CACHE_LINE, PAST
from sim.world.dates import end_of


def _numbers(array: NDArray[Any], kind: Any = np.float64) -> NDArray[Any]:
    rows: NDArray[Any] = array.view(kind).reshape(len(array), -1)
    return rows


def arrays_of(ensemble: Ensemble) -> dict[str, NDArray[Any]]:
    """Return the loop's inputs from an ensemble, without parameters, by name."""
    world, layout = ensemble.world, ensemble.layout
    country = world.countries.dtype
    vendors = [f"vendor_{name}" for name in layout.vendor_fields]

    def pairs(numbers: Iterable[tuple[int, int]]) -> NDArray[Any]:
        return np.array(list(numbers), np.int64).reshape(-1, 2)

    def slots(quarters: Sequence[int]) -> NDArray[Any]:
        slot_of = np.full(ensemble.quarters, -1, np.int64)
        slot_of[[q - layout.start for q in quarters]] = range(len(quarters))
        return slot_of

    return {
        "now": ensemble.now,
        "countries": ensemble.countries,
        "pasts": world.pasts,
        "china": world.china,
        "west": world.west,
        "public": world.public,
        "slot_of": slots(layout.quarters),
        "panel_slot_of": slots([end_of(year) for year in layout.years]),
        **ensemble.cells.parts(len(layout.groups)),
        # Of each actor's number its record (China 0, West 1, public 2), and where it begins there;
        # of each field of the panel where it begins, and whether it is a whole number.
        "actor_columns": pairs(
            (ACTORS.index(actor), column(getattr(world, actor).dtype, field))
            for actor, _, field in (name.partition(".") for name in layout.actor_fields)
        ),
        "vendor_columns": np.array(
            [column(world.public.dtype, name) for name in vendors], np.int64
        ),
        "panel_columns": pairs(
            (column(country, name), country[name].kind == "i") for name in layout.panel
        ),
    }


# Sums read and write whole lines of the cache.
def aligned(shape: tuple[int, ...], kind: Any = np.float64) -> NDArray[Any]:
    """Return an array, not yet filled, that begins with a cache line."""
    size = math.prod(shape) * np.dtype(kind).itemsize
    place = np.empty(size + CACHE_LINE, np.uint8)
    first = -place.ctypes.data % CACHE_LINE
    array: NDArray[Any] = place[first : first + size].view(kind).reshape(shape)
    return array


def run_chunk(
    ensemble: Ensemble, run_numbers: Sequence[int], set_of: Sequence[int] | None = None
) -> Chunk:
    """Make runs with the compiled loop; `set_of` None: all have the first parameter set."""
    runs, layout = len(run_numbers), ensemble.layout
    start = arrays_of(ensemble)
    records = {name: start[name].copy() for name in ACTORS}
    # The loop writes every number of these, so none is set to zero first.
    records["countries"] = aligned(start["countries"].shape, start["countries"].dtype)
    out = {name: aligned(shape) for name, shape in layout.shapes(runs).items()}
    arrays = start | records | out
    arrays |= {
        "run_numbers": np.array(run_numbers, np.int64),
        "set_of": np.zeros(runs, np.int64) if set_of is None else np.array(set_of, np.int64),
        "parameters": ensemble.parameters,
        "period_of": ensemble.period_of,
        "country_rows": _numbers(records["countries"]),
        "whole_rows": _numbers(records["countries"], np.int64),
        "start_rows": _numbers(start["countries"]),
        "cell_sums": aligned((len(ensemble.cells.groups), len(layout.fields))),
    }
    for name in ACTORS:
        arrays[f"{name}_row"] = _numbers(records[name])[0]
        arrays[f"start_{name}"] = _numbers(start[name])[0]
    shape = Shape(len(start["countries"]), ensemble.world.pasts[PAST[0]].shape[1], ensemble.rules)
    if compiled_entry(shape)(arrays, layout.start):
        raise IndexError("a rule of your own divides by zero, or indexes outside a list")
    return Chunk(*out.values())

"""What the loop reads besides parameters: the arrays of an ensemble, in one block of bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import Ensemble, records
from sim.engine.layout import actor_columns, kept_columns, vendor_columns
from sim.engine.run import NO_COLUMNS
from sim.rules import SHIPPED, Rules

ALIGNED = 16
"""Arrays begin at multiples of so many bytes."""
KINDS = {"f": "f64", "i": "i64", "b": "bool"}
"""NumPy's kinds of number, by the names that the page's script uses."""


@dataclass(frozen=True)
class Block:
    """Arrays one after the other.

    Attributes:
        data: Their bytes.
        index: Where each begins, its size in bytes, and its shape, by name.
    """

    data: bytes
    index: dict[str, dict[str, Any]]


def arrays_of(ensemble: Ensemble) -> dict[str, NDArray[Any]]:
    """Return what the loop reads of an ensemble, parameters aside, by name."""
    world, layout = ensemble.world, ensemble.layout
    rows = len(world.countries)
    now = np.zeros(1, records.record_type(records.NOW, rows))
    now["seed"] = ensemble.seed
    now["last_observed_year"] = world.last_observed_year
    slot_of = np.full(ensemble.quarters, -1, np.int64)
    slot_of[[q - ensemble.first_quarter for q in layout.quarters]] = range(len(layout.quarters))
    return {
        "now": now,
        "countries": ensemble.countries,
        "pasts": world.pasts,
        "china": world.china,
        "west": world.west,
        "public": world.public,
        "slot_of": slot_of,
        "cell_of": ensemble.cells.of_country,
        "cell_groups": ensemble.cells.groups,
        "actor_columns": actor_columns(layout, rows, ensemble.rules),
        "vendor_columns": vendor_columns(rows, ensemble.rules),
        "kept_columns": kept_columns(layout, rows, ensemble.rules) if layout.kept else NO_COLUMNS,
    }


def pack(arrays: Mapping[str, NDArray[Any]]) -> Block:
    """Put arrays into one block."""
    data = bytearray()
    index: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        whole = np.ascontiguousarray(array)
        index[name] = {"at": len(data), "bytes": whole.nbytes, "shape": list(whole.shape)}
        data += whole.tobytes() + bytes(-whole.nbytes % ALIGNED)
    return Block(bytes(data), index)


def places(rules: Rules = SHIPPED) -> dict[str, tuple[int, str]]:
    """Return where each parameter lies in a period's record, in bytes, and its kind, by path.

    What sections derive from their own values is not among them: the loop's entry computes it.
    """
    found = {}
    fields: Any = records.parameter_type(rules).fields
    for name, section in rules.sections.items():
        kind, at = fields[name][:2]
        for key in section.model_fields:
            field, offset = kind.fields[key][:2]
            found[f"{name}.{key}"] = (at + offset, KINDS[field.kind])
    return found


def sizes_of(ensemble: Ensemble) -> dict[str, int]:
    """Return how many numbers a history leaves in each of the loop's outputs, by name."""
    layout = ensemble.layout
    quarters, states = len(layout.quarters), len(layout.countries)
    return {
        "sums": quarters * (len(layout.groups) + 1) * len(layout.fields),
        "vendor_sums": quarters * len(layout.vendors) * len(layout.vendor_fields),
        "actor_sums": quarters * len(layout.actor_fields),
        "ends": states * len(layout.kept),
    }

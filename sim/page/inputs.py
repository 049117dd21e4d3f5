"""What the loop reads besides parameters: the arrays of an ensemble, in one block of bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import records
from sim.engine.chunk import Layout
from sim.engine.run import output_shapes
from sim.rules import SHIPPED, Rules

ALIGNED = 16
"""Arrays begin at multiples of so many bytes."""
KINDS = {"f": "f64", "i": "i64", "b": "bool"}
"""NumPy's kinds of number, by the names that the page's script uses."""


def pack(arrays: Mapping[str, NDArray[Any]]) -> tuple[bytes, dict[str, dict[str, Any]]]:
    """Put arrays into one block.

    Returns:
        The bytes; and where each array begins, its size in bytes, and its shape, by name.
    """
    data = bytearray()
    index: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        whole = np.ascontiguousarray(array)
        index[name] = {"at": len(data), "bytes": whole.nbytes, "shape": list(whole.shape)}
        data += whole.tobytes() + bytes(-whole.nbytes % ALIGNED)
    return bytes(data), index


def places(rules: Rules = SHIPPED) -> dict[str, tuple[int, str]]:
    """Return where each parameter lies in a period's record, in bytes, and its kind, by path.

    What sections derive from their own values is not among them: the loop's entry computes it.
    """
    offsets = {}
    fields: Any = records.parameter_type(rules).fields
    for name, section in rules.sections.items():
        kind, at = fields[name][:2]
        for key in section.model_fields:
            field, offset = kind.fields[key][:2]
            offsets[f"{name}.{key}"] = (at + offset, KINDS[field.kind])
    return offsets


def sizes_of(layout: Layout) -> dict[str, int]:
    """Return how many numbers a history leaves in each of the loop's outputs, by name."""
    return {name: math.prod(shape) for name, shape in output_shapes(layout, 1).items()}

"""Arrow arrays made from their buffers.

`pyarrow.array` imports pandas, whatever it is given; that takes longer than all that a command for
a single run writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.arrays import Flags, Singles


def numbers(values: NDArray[Any], absent: Flags | None = None) -> pa.Array:
    """Return a column of numbers without copying them; empty where `absent`."""
    valid = None
    if absent is not None:
        valid = pa.py_buffer(np.packbits(~absent, bitorder="little"))
    whole = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(whole.dtype)
    return pa.Array.from_buffers(kind, len(whole), [valid, pa.py_buffer(whole)])


def words(texts: Sequence[str]) -> pa.Array:
    """Return a column of texts."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


def repeated(texts: Sequence[str], places: NDArray[np.int16]) -> pa.DictionaryArray:
    """Return a column of few different texts, each row's given by its place among them."""
    return pa.DictionaryArray.from_arrays(numbers(places), words(texts))


def floats_of(column: pa.ChunkedArray) -> Singles:
    """Return a column of 32-bit floats without empty cells (`to_numpy` imports pandas as well)."""
    parts = [
        np.frombuffer(part.buffers()[1], np.float32, len(part), part.offset * np.float32().itemsize)
        for part in column.chunks
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)

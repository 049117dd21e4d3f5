"""Histories beside each other: which of their arrays differ in any bit that counts."""

from __future__ import annotations

import numpy as np

from sim.engine.chunk import Chunk

PARTS = ("tallies", "vendor_tallies", "actors", "panel")


def different(one: Chunk, other: Chunk) -> list[str]:
    """Return the names of the arrays that differ."""
    return [p for p in PARTS if not np.array_equal(getattr(one, p), getattr(other, p))]

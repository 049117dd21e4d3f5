"""Mean and quantiles over runs: the one band of tables, figures and sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sim.world.arrays import Floats

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
STATISTICS = ("mean", *QUANTILES)
BAND = ("mean", "q05", "q95")
ENDS = (QUANTILES["q05"], QUANTILES["q95"])
# Numbers per sort, which limits memory.
SORT_VALUES = 2**20


def band(values: ArrayLike) -> tuple[float, float, float]:
    """Return the mean of numbers and the range of 90% of them, without NaN."""
    cells = quantiles(np.asarray(values, np.float64).reshape(-1), axis=0)
    mean, low, high = (float(cells[name]) for name in BAND)
    return mean, low, high


def quantiles(values: Floats, axis: int) -> dict[str, Floats]:
    """Return mean and quantiles along an axis, like `numpy.nanquantile`."""
    moved = np.moveaxis(values, axis, -1)
    cells = moved.reshape(-1, moved.shape[-1])
    # A sorted copy of all cells at once could exceed the memory.
    step = max(1, SORT_VALUES // max(1, cells.shape[1]))
    parts = [_quantiles(cells[at : at + step]) for at in range(0, len(cells), step)]
    return {
        name: np.concatenate([part[name] for part in parts]).reshape(moved.shape[:-1])
        for name in STATISTICS
    }


def _quantiles(cells: Floats) -> dict[str, Floats]:
    ordered = np.sort(cells, axis=1)
    finite = np.isfinite(ordered)
    count = finite.sum(axis=1)
    last = np.maximum(count - 1, 0)
    rows = np.arange(len(ordered))
    known = ordered if finite.all() else np.where(finite, ordered, 0.0)
    total = known.sum(axis=1, dtype=np.float64)
    found = {"mean": np.where(count > 0, total / np.maximum(count, 1), np.nan)}
    for name, share in QUANTILES.items():
        place = share * last
        below = place.astype(np.int64)
        low = ordered[rows, below].astype(np.float64)
        high = ordered[rows, np.minimum(below + 1, last)]
        found[name] = low + (high - low) * (place - below)
    return found

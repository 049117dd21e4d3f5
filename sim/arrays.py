"""Names for the arrays that the project passes around, by what their cells are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
"""Numbers."""
type Singles = NDArray[np.float32]
"""Numbers as results keep them."""
type Whole = NDArray[np.int64]
"""Whole numbers: counts, places, numbers of runs."""
type Flags = NDArray[np.bool_]
"""Yes or no."""

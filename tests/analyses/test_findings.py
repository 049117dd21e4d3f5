"""Statistics that only the page of findings has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from findings import rank_correlations


def test_rank_correlations_have_intervals_that_contain_the_planted_one() -> None:
    """Normal pairs of correlation r have a rank correlation of 6/pi asin(r/2)."""
    random, runs, inside = np.random.default_rng(1), 300, 0
    truths = {f"p{k}": r for k, r in enumerate(np.linspace(-0.8, 0.8, 40))}
    outcome = random.normal(size=runs)
    values = pd.DataFrame(
        {
            key: r * outcome + np.sqrt(1 - r * r) * random.normal(size=runs)
            for key, r in truths.items()
        }
    )
    found = rank_correlations(values, outcome)
    for key, r in truths.items():
        low, high = found.loc[key, ["low", "high"]]
        inside += low <= 6.0 / np.pi * np.arcsin(r / 2.0) <= high
    assert inside >= 35

"""The democracy score goes from 0 to 10, and the cut-offs reproduce the EIU's classes."""

from collections.abc import Sequence

import numpy as np

from sim.model.units import REGIMES
from sim.world.history import democracy_score
from sim.world.seeds import load_seeds

DOCUMENTED_CUTOFFS = (4.01, 5.92, 8.55)
DOCUMENTED_HITS = 141


def classify(scores: np.ndarray, cutoffs: Sequence[float]) -> np.ndarray:
    """Return regime numbers (places in `REGIMES`, 0 full democracy to 3 authoritarian).

    Args:
        scores: Democracy scores, any shape.
        cutoffs: Least score of a hybrid regime, of a flawed and of a full democracy, rising.
    """
    least_democratic = len(REGIMES) - 1
    return np.asarray(
        least_democratic - np.searchsorted(np.asarray(cutoffs), scores, side="right"),
        dtype=np.int64,
    )


def _score(voice: float, freedom: float) -> float:
    return float(democracy_score(np.array([voice]), np.array([freedom]))[0])


def test_score_at_the_ends() -> None:
    assert _score(-2.5, 14.0) == 0.0
    assert _score(2.5, 2.0) == 10.0
    assert _score(0.0, 8.0) == 5.0


def _rated() -> tuple[np.ndarray, np.ndarray]:
    seeds = load_seeds()
    rated = [place for place, country in enumerate(seeds.countries) if country.regime_rated]
    classes = [REGIMES.index(seeds.countries[place].regime_2024) for place in rated]
    return seeds.history["democracy"][rated, -1], np.array(classes)


def test_documented_cutoffs_reproduce_as_many_classes_as_documented() -> None:
    scores, classes = _rated()
    found = classify(scores, DOCUMENTED_CUTOFFS)
    assert int((found == classes).sum()) == DOCUMENTED_HITS
    assert int((np.abs(found - classes) > 1).sum()) == 1  # Thailand

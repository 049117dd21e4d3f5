"""The democracy score is monotone, and the cut-offs reproduce the EIU's classes."""

import itertools
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.units import REGIMES
from sim.world.regime import democracy_score
from sim.world.seeds import load_seeds

VOICES = st.floats(-3.0, 3.0)
FREEDOMS = st.integers(2, 14).map(float)
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


@given(VOICES, VOICES, FREEDOMS, FREEDOMS)
def test_score_never_falls_with_more_voice_or_better_rating(
    voice: float, other_voice: float, freedom: float, other_freedom: float
) -> None:
    low, high = sorted((voice, other_voice))
    best, worst = sorted((freedom, other_freedom))
    assert 0.0 <= _score(low, worst) <= _score(high, best) <= 10.0


def test_score_at_the_ends() -> None:
    assert _score(-2.5, 14.0) == 0.0
    assert _score(2.5, 2.0) == 10.0
    assert _score(0.0, 8.0) == 5.0


def test_classes_run_from_full_democracy_to_authoritarian() -> None:
    scores = np.array([9.0, 8.55, 8.0, 5.92, 5.0, 4.01, 2.0])
    assert classify(scores, DOCUMENTED_CUTOFFS).tolist() == [0, 0, 1, 1, 2, 2, 3]


def find_cutoffs(
    scores: np.ndarray, regimes: np.ndarray
) -> tuple[tuple[float, float, float], float]:
    """Find the three cut-offs that reproduce the most of the given classes.

    Every choice of cut-offs between neighbouring scores is tried, in effect, by dynamic
    programming; of the best, the one whose cut-offs lie in the widest gaps between scores is
    taken, and each is set in the middle of its gap, where small revisions change least.

    Args:
        scores: Democracy scores, shape (states,).
        regimes: Their known classes, places in `REGIMES`, same shape.

    Returns:
        The least score of a hybrid regime, of a flawed and of a full democracy; and the share of
        states put into their known class.
    """
    order = np.argsort(scores, kind="stable")
    ranked, known = scores[order], regimes[order]
    # A cut-off below state i puts states i, i+1, ... into the more democratic classes; it can
    # only fall where the score changes.
    places = [i for i in range(1, len(ranked)) if ranked[i] > ranked[i - 1]]
    gaps = {i: float(ranked[i] - ranked[i - 1]) for i in places}
    hits = [np.concatenate(([0], np.cumsum(known == regime))) for regime in range(len(REGIMES))]
    authoritarian, hybrid, flawed, full = hits[3], hits[2], hits[1], hits[0]

    # best[i] = (hits among the states before i, sum of gaps, cut-offs so far)
    best: dict[int, tuple[int, float, tuple[int, ...]]] = {
        i: (int(authoritarian[i]), gaps[i], (i,)) for i in places
    }
    for middle in (hybrid, flawed):
        best = {
            i: max(
                (count + int(middle[i] - middle[j]), width + gaps[i], (*cuts, i))
                for j, (count, width, cuts) in best.items()
                if j < i
            )
            for i in places
            if any(j < i for j in best)
        }
    count, _, cuts = max(
        (count + int(full[-1] - full[i]), width, cuts) for i, (count, width, cuts) in best.items()
    )
    low, mid, high = (float(ranked[i] + ranked[i - 1]) / 2.0 for i in cuts)
    return (low, mid, high), count / len(ranked)


def _rated() -> tuple[np.ndarray, np.ndarray]:
    seeds = load_seeds()
    rated = [place for place, country in enumerate(seeds.countries) if country.regime_rated]
    classes = [REGIMES.index(seeds.countries[place].regime_2024) for place in rated]
    return seeds.history["democracy"][rated, -1], np.array(classes)


def test_documented_cutoffs_are_the_best_there_are() -> None:
    scores, classes = _rated()
    cutoffs, hit_rate = find_cutoffs(scores, classes)
    assert hit_rate == DOCUMENTED_HITS / len(classes)
    assert np.allclose(cutoffs, DOCUMENTED_CUTOFFS, atol=0.02)
    found = classify(scores, DOCUMENTED_CUTOFFS)
    assert int((found == classes).sum()) == DOCUMENTED_HITS
    assert int((np.abs(found - classes) > 1).sum()) == 1  # Thailand


def test_search_agrees_with_trying_everything() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        scores = rng.integers(0, 12, size=14).astype(float)
        classes = rng.integers(0, 4, size=14)
        edges = np.unique(scores)
        middles = (edges[1:] + edges[:-1]) / 2.0
        best = max(
            int((classify(scores, triple) == classes).sum())
            for triple in itertools.combinations(middles, 3)
        )
        cutoffs, hit_rate = find_cutoffs(scores, classes)
        assert hit_rate == best / len(classes)
        assert int((classify(scores, cutoffs) == classes).sum()) == best

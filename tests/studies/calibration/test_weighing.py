"""Weights by what is known: their direction, their bounds, and what few sets are allowed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.studies.calibration.approximate_bayes import effective_size, normalised
from sim.studies.calibration.weighing import (
    LEAST_SETS_LEFT,
    LEAST_SHARE_LEFT,
    Floats,
    log_likelihood,
    reliability,
    weigh,
)
from sim.world.known import ADOPTED, Known

FACT = Known("KEN", ADOPTED, 59)
SETS, HISTORIES = 400, 20


def histories(chances: Floats, seed: int = 1, *, shared: bool = False) -> Floats:
    """Whether each history says a fact, of sets with these chances: (1, sets, replicates).

    With luck shared, history r has the same uniform number in all sets, as the model's have.
    """
    random = np.random.default_rng(seed)
    luck = random.random((1 if shared else len(chances), HISTORIES))
    return (luck < chances[:, np.newaxis])[np.newaxis].astype(float)


def test_no_facts_leave_the_weights_as_they_were() -> None:
    logs = np.log(np.random.default_rng(3).random(SETS))
    logs[::7] = -np.inf
    found = weigh(logs, (), np.zeros((0, SETS, HISTORIES)))
    assert found.logs.tobytes() == logs.tobytes()
    assert found.power == 1.0 and found.size == found.whole


@pytest.mark.parametrize("shared", [False, True])
def test_sets_under_which_a_fact_is_likelier_gain(shared: bool) -> None:
    chances = np.linspace(0.05, 0.6, SETS)
    found = weigh(np.zeros(SETS), [FACT], histories(chances, shared=shared))
    weights = normalised(found.logs)
    assert weights @ chances > chances.mean() + 0.03
    assert found.after[0] > found.before[0]
    assert found.reliability[0] > 0.5
    # No set gains more than the truth allows, by much: its share of what all sets have.
    assert weights.max() * SETS < 1.5 * chances.max() / chances.mean()


def test_weights_are_the_posterior_where_histories_are_many() -> None:
    said = np.zeros((1, 2, 1000))
    said[0, 0, ::2], said[0, 1, ::10] = 1.0, 1.0  # 50 and 10 %
    odds = np.exp(np.subtract(*log_likelihood(said)))
    assert odds == pytest.approx(5.0, rel=0.02)


def test_what_is_chance_weighs_next_to_nothing() -> None:
    """With raw shares, seven facts of 5 % would leave about a tenth of the sets."""
    said = np.concatenate([histories(np.full(SETS, 0.05), seed) for seed in range(7)])
    found = weigh(np.zeros(SETS), [FACT] * 7, said)
    assert max(found.reliability) < 0.3
    assert found.whole > 0.8 * SETS


def test_luck_that_all_sets_share_is_not_taken_for_likeness() -> None:
    """Shared luck moves all sets together: what differs between them is then hardly chance."""
    chances = np.linspace(0.2, 0.6, SETS)
    apart = np.mean([reliability(histories(chances, seed)[0]) for seed in range(10)])
    together = np.mean(
        [reliability(histories(chances, seed, shared=True)[0]) for seed in range(10)]
    )
    assert together > apart > 0.4


def test_a_fact_that_no_history_says_weighs_nothing() -> None:
    said = np.zeros((1, SETS, HISTORIES))
    assert not log_likelihood(said).any()
    assert not log_likelihood(said + 1.0).any()
    assert reliability(said[0, :1]) == reliability(said[0, :, :1]) == 0.0


def test_sets_that_are_ruled_out_stay_so_and_failed_runs_do_not_count() -> None:
    said = histories(np.linspace(0.1, 0.9, SETS))
    said[0, 5, :3] = np.nan  # some runs failed
    said[0, 6] = np.nan  # all did, so that the figures rule it out
    logs = np.zeros(SETS)
    logs[6:9] = -np.inf
    found = weigh(logs, [FACT], said)
    assert np.isneginf(found.logs[6:9]).all()
    assert np.isfinite(np.delete(found.logs, slice(6, 9))).all()


def test_few_sets_are_kept_from_carrying_all_weight() -> None:
    chances = np.full(SETS, 0.001)
    chances[:4] = 0.95
    said = np.concatenate([histories(chances, seed) for seed in range(3)])
    found = weigh(np.zeros(SETS), [FACT] * 3, said)
    assert found.whole < 10.0 and 0.0 < found.power < 1.0
    assert effective_size(normalised(found.logs)) == pytest.approx(LEAST_SETS_LEFT, rel=0.01)
    few = weigh(np.zeros(40), [FACT] * 3, said[:, :40])
    assert few.floor == pytest.approx(LEAST_SHARE_LEFT * 40)
    assert effective_size(normalised(few.logs)) == pytest.approx(20.0, rel=0.01)


@given(st.integers(1, 4), st.integers(2, 12), st.integers(2, 6), st.integers(0, 1000))
def test_weights_are_finite_whatever_histories_say(
    facts: int, sets: int, replicates: int, seed: int
) -> None:
    said = np.random.default_rng(seed).integers(0, 2, (facts, sets, replicates)).astype(float)
    found = weigh(np.zeros(sets), [FACT] * facts, said)
    assert np.isfinite(found.logs).all() and 0.0 <= found.power <= 1.0
    assert effective_size(normalised(found.logs)) >= found.floor * 0.999
    # More histories that say so are never worse: one fact alone keeps the order of shares.
    alone = log_likelihood(said[:1])
    shares = said[0].sum(axis=1)
    assert (np.diff(alone[np.argsort(shares, kind="stable")]) >= -1e-12).all()

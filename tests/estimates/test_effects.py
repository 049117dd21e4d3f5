"""Errors, intervals and tests over runs whose parameter sets differ: planted truths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, false_discovery_control, sem

from sim.estimates.effects import (
    adjusted,
    bayes_factor,
    country_effects,
    effect_of,
    mean_of,
    share_of,
    sign_test,
    sizes_of,
    wilson,
)
from sim.scenario.parameter_sets import shipped_plausible
from tests.planted import COUNTRIES, planted

BETWEEN, WITHIN = 0.11, 0.04
"""Standard deviations of a share left between sets and within one: 87 % lies between, as measured
of what is left of the systems of 2029."""


def dealt(runs: int) -> np.ndarray:
    """The parameter sets that so many runs have."""
    sets = shipped_plausible()
    assert sets is not None
    return np.array([sets.number_of(run) for run in range(runs)])


@pytest.mark.parametrize("runs", [64, 256, 1600])
def test_the_interval_contains_the_truth_as_often_as_it_says(runs: int) -> None:
    random, sets = np.random.default_rng(runs), dealt(runs)
    many = 2000
    of_sets = random.normal(0.0, BETWEEN, (sets.max() + 1, many))
    found = mean_of(of_sets[sets] + random.normal(0.0, WITHIN, (runs, many)), sets)
    held = ((found.low <= 0.0) & (found.high >= 0.0)).mean()
    assert 0.93 <= held <= 0.97
    # The error told is the error made.
    assert found.error.mean() == pytest.approx(found.mean.std(), rel=0.08)


def test_more_runs_do_not_narrow_an_interval_beyond_the_number_of_sets() -> None:
    """The truth is that of the sets; as if runs were independent, 1,600 would say 0.0027."""
    random, sets, worlds = np.random.default_rng(1), dealt(1600), 40
    of_sets = random.normal(0.0, BETWEEN, (sets.max() + 1, worlds))
    values = of_sets[sets] + random.normal(0.0, WITHIN, (1600, worlds))
    mean = mean_of(values, sets)
    truth = (BETWEEN**2 / mean.sets + WITHIN**2 / 1600) ** 0.5
    error = float(np.mean(mean.error))
    assert error == pytest.approx(truth, rel=0.1)
    assert error > 2.0 * np.mean(sem(values))
    few = float(np.mean(mean_of(values[:512], sets[:512]).error))
    assert error > 0.85 * few


def test_without_sets_the_error_is_the_usual_one() -> None:
    values = np.random.default_rng(2).normal(size=(40, 3))
    for sets in (np.arange(40), np.zeros(40, np.int64)):
        assert mean_of(values, sets).error == pytest.approx(sem(values))
        assert sizes_of(sets)[1] == pytest.approx(40)
    single = mean_of(values[:1], np.zeros(1, np.int64))
    assert np.isnan(single.error).all() and (single.p_value == 1.0).all()


def test_an_effect_is_paired_and_clustered() -> None:
    random, sets = np.random.default_rng(3), np.repeat(np.arange(10), 4)
    one = random.normal(size=(40, 2))
    other = one + np.arange(10.0)[sets][:, np.newaxis]
    found = effect_of(one, other, sets)
    # Each set has its own effect, the same in its four runs: ten values are all that is known.
    assert found["mean"].to_numpy() == pytest.approx(4.5)
    assert found["standard_error"].to_numpy() == pytest.approx(sem(np.arange(10.0)))
    assert found["q05"].to_numpy() == pytest.approx(np.quantile(other - one, 0.05, axis=0))
    assert found["reference_mean"].to_numpy() == pytest.approx(one.mean(axis=0))
    assert found["alternative_mean"].to_numpy() == pytest.approx(other.mean(axis=0))


@pytest.mark.parametrize(
    ("count", "runs", "low", "high"),
    [
        # Newcombe (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        # Brown, Cai & DasGupta (2001).
        (10, 10, 0.7225, 1.0),
    ],
)
def test_wilson_as_published(count: int, runs: int, low: float, high: float) -> None:
    assert wilson(count / runs, runs) == pytest.approx((low, high), abs=6e-5)
    happened = np.arange(runs) < count
    found = share_of(happened, np.arange(runs))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-3)


def test_the_interval_of_a_share_contains_it_where_sets_differ() -> None:
    random, sets = np.random.default_rng(4), dealt(1600)
    held, width = [], []
    for _ in range(400):
        of_sets = random.beta(1.2, 0.3, sets.max() + 1)
        found = share_of(random.random(1600) < of_sets[sets], sets)
        held.append(found.low <= 0.8 <= found.high)
        width.append(found.high - found.low)
    assert 0.92 <= np.mean(held) <= 0.98
    # Of the variance 0.16 of a run, 0.064 is between sets, which a set's runs share.
    shares = np.bincount(sets) / 1600
    wider = np.sqrt((0.064 * (shares**2).sum() + 0.096 / 1600) / (0.16 / 1600))
    expected = wider * np.subtract(*wilson(0.8, 1600)[::-1])
    assert np.mean(width) == pytest.approx(expected, rel=0.1)
    # What all runs say rests on the sets, not on the runs.
    number = int(1.0 / (shares**2).sum())
    low = share_of(np.ones(1600, np.bool_), sets).low
    assert low == pytest.approx(wilson(1.0, number)[0], abs=1e-3)


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=40))
def test_with_a_run_a_set_the_sign_test_is_mcnemars(changes: list[int]) -> None:
    gained, lost = changes.count(1), changes.count(-1)
    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    found = sign_test(np.array(changes)[:, np.newaxis], np.arange(len(changes)))
    assert found == pytest.approx([expected])


def test_few_discordant_runs_name_no_country_even_where_a_single_test_would() -> None:
    """Of 195 countries some have 6 of 6 by chance; of all named, 5% may be chance."""
    works = np.zeros((2, 100, 195, 1))
    works[0, :4, :15] = works[0, :6, 15:26] = works[1, :30, 26] = 1.0
    works[1, :12, 27] = works[1, :11, 28] = 1.0
    results = planted({("working", "panel"): works}, "one", "other", runs=100)
    found = country_effects(results, 2040).set_index("iso3").loc[COUNTRIES.index]
    assert found["p_value"].iloc[[0, 20]].tolist() == pytest.approx([0.125, 0.03125])
    # Of two named, 195 · 2^-11 / 2 are expected by chance; of three, 195 · 2^-10 / 3.
    assert found["adjusted"].iloc[[27, 28]].tolist() == pytest.approx([0.0476, 0.0635], abs=1e-4)
    assert np.flatnonzero(found["changed"]).tolist() == [26, 27]
    ends = ["p_reference", "p_alternative", "difference", "gained", "lost"]
    assert found[ends].iloc[20].tolist() == pytest.approx([0.06, 0.0, -0.06, 0.0, 0.06])
    assert found[ends].iloc[26].tolist() == pytest.approx([0.0, 0.3, 0.3, 0.3, 0.0])


def test_sets_that_pull_apart_are_no_change() -> None:
    """Half of the sets gain, half lose: over runs that is found too often, over sets it is not."""
    random, sets = np.random.default_rng(5), dealt(1600)
    direction = random.choice([-1, 1], (sets.max() + 1, 2000))
    changes = direction[sets] * (random.random((1600, 2000)) < 0.3)
    assert (sign_test(changes, sets) <= 0.05).mean() < 0.06
    assert (sign_test(changes, np.arange(1600)) <= 0.05).mean() > 0.2


SETS, HISTORIES = 3000, 20
FIGURE, KERNEL, LUCK = 1.2, 0.4, 0.6
"""A published figure, what is known of it, and the spread of a run around its set's mean."""


def chosen_sets(seed: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Sets of a prior N(0, 1) that a calibration drew by noisy likelihoods, and these."""
    random = np.random.default_rng(seed)
    means = random.normal(0.0, 1.0, SETS)
    runs = means[:, None] + random.normal(0.0, LUCK, (SETS, HISTORIES))
    likelihoods = np.log(np.exp(-0.5 * ((runs - FIGURE) / KERNEL) ** 2).mean(axis=1))
    weights = np.exp(likelihoods)
    drawn = random.choice(SETS, 200, p=weights / weights.sum())
    return means[drawn], likelihoods[drawn], random


def evidence_of(shift: float) -> float:
    """Exact evidence of a model whose runs lie so much higher, up to a constant."""
    variance = 1.0 + LUCK**2 + KERNEL**2
    return float(np.exp(-0.5 * (FIGURE - shift) ** 2 / variance))


@pytest.mark.parametrize("shift", [0.0, -0.5, 0.5])
def test_a_planted_bayes_factor_is_found_and_sets_that_were_lucky_do_not_bias_it(
    shift: float,
) -> None:
    truth, found, naive, covered = evidence_of(shift) / evidence_of(0.0), [], [], 0
    for seed in range(20):
        means, chosen, random = chosen_sets(seed)
        sets = np.repeat(np.arange(len(means)), 5)
        values = means[sets] + random.normal(0.0, LUCK, len(sets))
        base, null = (-0.5 * ((values + by - FIGURE) / KERNEL) ** 2 for by in (0.0, shift))
        factor = bayes_factor(null, base, chosen[sets], sets)
        found.append(factor.factor)
        covered += factor.low <= truth <= factor.high
        naive.append(bayes_factor(null, base, np.zeros(len(sets)), sets).factor)
    assert np.mean(found) == pytest.approx(truth, rel=0.08)
    assert covered >= 16
    if shift:  # without the likelihood that chose the sets, the figure would count twice
        assert abs(np.mean(naive) - truth) > 0.06 * truth


def test_a_model_that_cannot_give_the_figures_has_a_factor_of_nothing() -> None:
    never, base = np.full(6, -np.inf), np.zeros(6)
    sets = np.arange(6) // 2
    assert bayes_factor(never, base, base, sets)[:3] == (0.0, 0.0, 0.0)
    assert bayes_factor(base, base, base, sets)[:3] == (1.0, 1.0, 1.0)
    assert np.isnan(bayes_factor(never, never, base, sets).factor)


@pytest.mark.parametrize("size", [1, 2, 195])
def test_false_discoveries_are_those_of_scipy(size: int) -> None:
    p_values = np.random.default_rng(size).random(size).round(2) ** 2
    p_values[::5] = 1.0
    assert np.array_equal(adjusted(p_values), false_discovery_control(p_values))

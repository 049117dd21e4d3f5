"""Planted truths: predictions have the right place and width, and wrong worlds are noticed."""

from __future__ import annotations

import hindcast
import numpy as np
import pytest
from hindcast import ENOUGH_SETS, condition, effective_sets
from scipy.stats import kstest
from scores import Forecast

from sim.estimates.targets import COUNTERPARTS, noise_of
from sim.experiment import Keep, design_of, prior_sets
from sim.model.units import RATED, REGION
from sim.scenario import load_scenario
from sim.studies.sources import run_experiment

RUNS, TRUTHS = 1000, 400
OF_MODEL, OF_TRUTHS, YEAR = 160, 40, 2018
CHANCE, NOISE = 0.05, 0.05


def pits(noise: float, wrong: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the PIT of each planted truth's later figure, and the power of its weights.

    Three parameters make four earlier numbers and a later one, each run with chance of its own.
    """
    random = np.random.default_rng(7)
    effects = random.normal(size=(5, 3))
    worlds = random.normal(size=(RUNS + TRUTHS, 3)) @ effects.T
    worlds += CHANCE * random.normal(size=worlds.shape)
    runs, truths = worlds[:RUNS], worlds[RUNS:]
    later = truths[:, 4] + NOISE * random.normal(size=TRUTHS) + wrong
    found = []
    for truth, figure in zip(truths, later, strict=True):
        seen = truth[:4] + noise * random.normal(size=4)
        given = condition(runs[:, :4], seen, np.full(4, noise), runs[:, 4:], np.arange(RUNS))
        forecast = Forecast(given.values[:, 0], given.weights, NOISE)
        found.append((forecast.below(figure), given.power))
    return np.transpose(found)


@pytest.mark.parametrize(("noise", "by_weights"), [(2.0, True), (0.2, False)])
def test_pits_of_planted_truths_are_uniform_and_those_of_a_wrong_world_are_not(
    noise: float, by_weights: bool
) -> None:
    right, powers = pits(noise, wrong=0.0)
    # With wide errors the weights suffice; with narrow ones the linear step does most.
    assert np.median(powers) == 1.0 if by_weights else powers.max() < 0.5
    assert kstest(right, "uniform").pvalue > 0.05
    assert kstest(pits(noise, wrong=0.6)[0], "uniform").pvalue < 1e-3


def test_weights_alone_are_the_likelihood_and_runs_without_a_figure_count_for_nothing() -> None:
    random = np.random.default_rng(1)
    earlier, later = random.normal(size=(1000, 1)), random.normal(size=(1000, 2))
    earlier[:10], later[10, 1] = np.nan, np.nan
    sets = np.arange(1000)
    given = condition(earlier, np.zeros(1), np.ones(1), later, sets)
    likelihood = np.nan_to_num(np.exp(-0.5 * earlier[:, 0] ** 2))
    assert given.power == 1.0 and given.effective > ENOUGH_SETS
    np.testing.assert_allclose(given.weights, likelihood / likelihood.sum())
    np.testing.assert_array_equal(given.values, later)
    # Runs of one set are no sample of sets.
    assert effective_sets(given.weights, sets // 500) == pytest.approx(2.0, abs=0.1)


def test_no_figure_is_earlier_and_later_and_only_fitted_ones_weigh() -> None:
    earlier, later = hindcast.earlier_and_later(YEAR)
    assert {target.use for target in earlier} == {"calibrate"}
    assert not {target.id for target in earlier} & {target.id for target in later}
    assert max(hindcast.date_of(target)[0] for target in earlier) <= YEAR
    assert min(hindcast.date_of(target)[0] for target in later) > YEAR
    assert "listed_platforms_2018" in {target.id for target in earlier}
    names = {target.id for target in later}
    assert {"officers_2023_24", "listed_any_2021"} <= names
    # A bound, a judgement, a count of the record, one near zero, a share read in a second way.
    unscored = {
        "any_system_2019",
        "un_balance",
        "listed_any_2015",
        "fate_switched_late",
        "bri_share_wide_2019",
    }
    assert not names & unscored


def test_a_run_of_the_model_is_predicted_by_others_and_a_run_with_other_rules_is_not() -> None:
    earlier, later = hindcast.earlier_and_later(YEAR)
    columns = [c for target in (*earlier, *later) for c in COUNTERPARTS[target.id].columns]
    scenario = load_scenario("baseline", overrides={"horizon.end": 2025})
    design = design_of(
        {"baseline": scenario}, runs=OF_MODEL, seed=1, plausible=prior_sets(scenario, OF_MODEL),
        keep=Keep(outcomes=tuple(dict.fromkeys(columns)), groups=(RATED, REGION)),
    )  # fmt: skip
    results = run_experiment(design, {})
    table, given = hindcast.scores(results, YEAR)
    # The only later figure of 2018 with an earlier one is of courses: 14 in 2010.
    simple = table[table["method"] == "persistence"]
    assert simple["target"].tolist() == ["trainings_2019"] and simple["mean"].tolist() == [14.0]
    assert given.effective < hindcast.FEWEST_SETS and given.power < 1.0
    seen, unseen = (hindcast.numbers(results, part) for part in (earlier, later))
    errors, noise = (np.array([noise_of(t) for t in part]) for part in (earlier, later))
    random = np.random.default_rng(5)
    rights, wrongs = [], []
    for truth in np.flatnonzero(np.isfinite(seen).all(axis=1))[:OF_TRUTHS]:
        rest = np.arange(OF_MODEL) != truth
        figures = seen[truth] + errors * random.normal(size=len(errors))
        by_others = condition(seen[rest], figures, errors, unseen[rest], np.arange(OF_MODEL)[rest])
        for at in np.flatnonzero(np.isfinite(unseen[truth])):
            known = np.isfinite(by_others.values[:, at])
            forecast = Forecast(by_others.values[known, at], by_others.weights[known], noise[at])
            came = unseen[truth, at] + noise[at] * random.normal()
            for worlds, value in ((rights, came), (wrongs, 1.6 * came)):
                worlds.append(forecast.below(value))
    inside = [np.mean([0.05 <= pit <= 0.95 for pit in pits]) for pits in (rights, wrongs)]
    assert 0.84 < inside[0] < 0.96
    assert inside[1] < inside[0] - 0.2
    assert abs(np.mean(rights) - 0.5) < 0.06 < abs(np.mean(wrongs) - 0.5)

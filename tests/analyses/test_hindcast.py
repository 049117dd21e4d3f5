"""Planted truths: predictions have the right place and width, and wrong worlds are noticed."""

from __future__ import annotations

import hindcast
import numpy as np
import pytest
from hindcast import ENOUGH_SETS, condition, effective_sets
from scipy.stats import kstest
from scores import Forecast

from sim.estimates.targets import COUNTERPARTS
from sim.experiment import Keep, design_of, prior_sets
from sim.model.units import RATED, REGION
from sim.scenario import load_scenario
from sim.studies.sources import run_experiment

RUNS, TRUTHS, YEAR = 1000, 200, 2018
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
    # A bound, a judgement, a count of the record, one near zero, a share read in a second way.
    unscored = {"any_system_2019", "un_balance", "fate_switched_late", "bri_share_wide_2019"}
    assert later and not {target.id for target in later} & {*unscored, "listed_any_2015"}


@pytest.mark.slow
def test_runs_of_the_prior_predict_the_later_figures() -> None:
    earlier, later = hindcast.earlier_and_later(YEAR)
    columns = [c for target in (*earlier, *later) for c in COUNTERPARTS[target.id].columns]
    scenario = load_scenario("baseline", overrides={"horizon.end": 2025})
    design = design_of(
        {"baseline": scenario}, runs=160, seed=1, plausible=prior_sets(scenario, 160),
        keep=Keep(outcomes=tuple(dict.fromkeys(columns)), groups=(RATED, REGION)),
    )  # fmt: skip
    table, given = hindcast.scores(run_experiment(design, {}), YEAR)
    # The only later figure of 2018 with an earlier one is of courses: 14 in 2010.
    simple = table[table["method"] == "persistence"]
    assert simple["target"].tolist() == ["trainings_2019"] and simple["mean"].tolist() == [14.0]
    assert {*table["target"]} == {target.id for target in later}
    assert given.effective < hindcast.FEWEST_SETS and given.power < 1.0

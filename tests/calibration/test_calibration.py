"""Emulators that recover a known function and know their error; weights against what is exact."""

from __future__ import annotations

import math
import pickle
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from typer.testing import CliRunner

import sim
from sim.calibration.emulator import Emulator, fit, fit_record
from sim.calibration.plan import LEAST_SHARE, counted, load_calibration, scaled, spread_of
from sim.calibration.raking import weighted_quantiles
from sim.calibration.waves import log_kernel, resampled
from sim.cli import app
from sim.errors import InputError
from sim.estimates.targets import noise_of
from sim.experiment import plausible_factors
from sim.measures.counts import is_share, log_likelihood
from sim.model.parameters import attribute
from sim.model.register import SHIPPED
from sim.scenario import load_scenario, parameter_sets
from sim.scenario.parameter_sets import shipped_plausible
from sim.world.documented import PublishedFigure
from sim.world.seeds import shipped_seeds

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
WIDTH = 8
WEIGHTS = st.lists(st.floats(0.0, 10.0), min_size=2, max_size=30).filter(lambda w: sum(w) > 0.1)


def aim(observed: float, sigma: float, unit: str = "share") -> PublishedFigure:
    return replace(shipped_seeds().targets[0], id="one", value=observed, sigma=sigma, unit=unit)


def quadratic(cube: Floats) -> Floats:
    x = cube - 0.5
    found: Floats = 3.0 + 2.0 * x[:, 0] - x[:, 1] + 4.0 * x[:, 0] ** 2 + 3.0 * x[:, 0] * x[:, 1]
    return found


def design(count: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).random((count, WIDTH))


def histories(means: Floats, chance: float, runs: int = 4, seed: int = 2) -> Floats:
    noise = np.random.default_rng(seed).normal(0.0, chance, (len(means), runs, 1))
    values: Floats = means[:, np.newaxis, np.newaxis] + noise
    return values


@pytest.fixture(scope="module")
def fitted() -> Emulator:
    cube = design(400)
    return fit(cube, histories(quadratic(cube), 0.2), [aim(3.0, 0.1)], "wave-1")


def test_a_quadratic_is_found_again(fitted: Emulator) -> None:
    new = design(1000, seed=9)
    assert fitted.predict(new)[:, 0] == pytest.approx(quadratic(new), abs=0.15)
    one = fitted.fitted[0]
    assert {0, 1} <= set(one.active[:3].tolist())
    assert one.explained > 0.9
    assert one.chance == pytest.approx(0.2, rel=0.1)


def test_its_error_is_that_at_new_points(fitted: Emulator) -> None:
    new = design(1000, seed=9)
    real = float(np.std(fitted.predict(new)[:, 0] - quadratic(new)))
    # The luck of few histories is counted as well, so that the error is rather over- than
    # understated.
    assert real < fitted.fitted[0].error < math.hypot(0.2 / 2.0, 3.0 * real) + 0.1


def test_far_sets_deviate_more_and_are_less_likely(fitted: Emulator) -> None:
    cube = np.full((3, WIDTH), 0.5)
    cube[:, 0] = [0.5, 0.7, 0.95]
    sizes = np.abs((fitted.predict(cube) - fitted.places) / fitted.spreads)[:, 0]
    assert sizes[0] < sizes[1] < sizes[2]
    chance = fitted.log_likelihood(cube)
    assert chance[0] > chance[1] > chance[2]
    one = fitted.fitted[0]
    spread = math.sqrt(noise_of(aim(3.0, 0.1)) ** 2 + one.chance**2 + one.error**2)
    assert sizes[2] == pytest.approx(abs(one.predict(cube)[2] - 3.0) / spread)
    assert chance == pytest.approx(-0.5 * sizes**2)


@pytest.mark.parametrize("target", counted(), ids=lambda target: target.id)
def test_an_emulated_count_is_as_likely_as_under_its_true_rate(target: PublishedFigure) -> None:
    random, cube = np.random.default_rng(3), design(800)
    size = float(target.exposure or 0.0) / target.design_effect
    rates = (2.0 * cube[:, 0] + 0.5) * max(target.value, 1.0 / size) / 1.5
    # So many runs that events are many also where the record has one or two.
    each = np.full(len(cube), 64.0 * round(size))
    if is_share(target):
        events = random.binomial(each.astype(int), rates)
    else:
        events = random.poisson(rates * each)
    counts = np.stack([events, each], axis=1)[:, np.newaxis]
    found = replace(
        fit(cube, histories(quadratic(cube), 0.2), [aim(3.0, 100.0)], "wave-1"),
        record=fit_record(cube, counts, [target]),
    )
    new = design(300, seed=8)
    known = (2.0 * new[:, 0] + 0.5) * max(target.value, 1.0 / size) / 1.5
    exact = log_likelihood(target, np.stack([1e6 * known, np.full(len(new), 1e6)], axis=1))
    emulated = found.log_likelihood(new)
    # The emulator's own error makes it a little flatter.
    slope, _ = np.polyfit(exact, emulated, 1)
    assert 0.8 < slope < 1.1
    assert np.corrcoef(emulated, exact)[0, 1] > 0.97


def test_targets_that_chance_moves_together_count_less_than_twice() -> None:
    cube = design(300)
    one = histories(quadratic(cube), 0.5)
    twin = np.concatenate([one, one], axis=2)
    found = fit(cube, twin, [aim(3.0, 0.01)] * 2, "wave-1")
    own = np.diag(found.covariance)
    assert found.covariance[0, 1] == pytest.approx(own[0], rel=1e-6)
    single = fit(cube, one, [aim(3.0, 0.01)], "wave-1")
    far = np.full((1, WIDTH), 0.9)
    assert found.log_likelihood(far)[0] == pytest.approx(single.log_likelihood(far)[0], rel=0.05)


def test_a_figure_that_is_missing_is_left_out() -> None:
    cube = design(300)
    one, other = histories(quadratic(cube), 0.3), histories(cube[:, 2], 0.3, seed=5)
    both = fit(cube, np.concatenate([one, other], axis=2), [aim(3.0, 0.1)] * 2, "wave-1")
    predicted = both.predict(design(5, seed=8))
    variance = noise_of(aim(3.0, 0.1)) ** 2 + both.covariance[0, 0]
    expected = -0.5 * (predicted[:, 0] - 2.0) ** 2 / variance
    assert both.log_density(predicted, np.array([2.0, math.nan])) == pytest.approx(expected)


def test_logarithms_of_counts() -> None:
    number = aim(100.0, 10.0, unit="countries")
    found = scaled(number, [100.0, 0.0, math.nan])
    assert found[:2] == pytest.approx([math.log(100.0), math.log(LEAST_SHARE * 100.0)])
    assert math.isnan(found[2])
    assert spread_of(number) == pytest.approx(math.hypot(0.1, 0.05))


def test_undefined_histories_are_left_out_without_a_warning() -> None:
    cube = design(300)
    values = histories(quadratic(cube), 0.2)
    whole = fit(cube, values, [aim(3.0, 0.1)], "wave-1")
    values[:50, 1] = math.nan  # one history of some sets
    values[50:80] = math.nan  # some sets altogether
    values[80:90, 1:] = math.nan  # all but one
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit(cube, values, [aim(3.0, 0.1)], "wave-1")
    new = design(200, seed=6)
    assert found.predict(new) == pytest.approx(whole.predict(new), abs=0.2)
    assert found.fitted[0].chance == pytest.approx(0.2, rel=0.15)


def test_a_gaussian_model_has_its_known_posterior() -> None:
    """Prior N(0, 2²), one history N(set, 1), kernel 0.5, figure 1.5: conjugate."""
    random = np.random.default_rng(1)
    sets = random.normal(0.0, 2.0, 40_000)
    histories = sets[:, np.newaxis, np.newaxis] + random.normal(size=(len(sets), 5, 1))
    weights = softmax(log_kernel(histories, np.array([1.5]), np.array([0.5])))
    variance = 1.0 / (1.0 / 4.0 + 1.0 / (1.0 + 0.25))
    mean = variance * 1.5 / 1.25
    found = float(weights @ sets)
    assert found == pytest.approx(mean, abs=0.03)
    spread = math.sqrt(float(weights @ (sets - found) ** 2))
    assert spread == pytest.approx(math.sqrt(variance), abs=0.03)
    ends = weighted_quantiles(sets[:, np.newaxis], weights, np.array([0.05, 0.95]))[:, 0]
    assert ends == pytest.approx(mean + 1.645 * math.sqrt(variance) * np.array([-1, 1]), abs=0.06)


def test_a_run_without_a_target_has_no_weight() -> None:
    nan = math.nan
    whole, first, second = [1.0, 1.0], [1.0, nan], [nan, 1.0]
    values = np.array([[whole, whole], [first, whole], [second, first]])
    found = log_kernel(values, np.ones(2), np.ones(2))
    assert np.exp(found) == pytest.approx([1.0, 0.5, 0.0])


@given(WEIGHTS, st.integers(1, 60), st.integers(0, 1000))
def test_each_set_is_taken_its_expected_number_of_times(
    weights: list[float], count: int, seed: int
) -> None:
    shares = np.array(weights) / sum(weights)
    times = resampled(shares, count, seed)
    assert times.sum() == count
    assert (np.abs(times - count * shares) < 1.0 + 1e-9).all()
    assert not times[shares == 0.0].any()


def test_a_weight_counts_as_so_many_equal_sets_and_equal_ones_give_numpys_quantiles() -> None:
    shares = np.array([0.1, 0.5, 0.9])
    random = np.random.default_rng(3)
    values, times = random.normal(size=500), random.integers(1, 5, 500)
    weighted = weighted_quantiles(values[:, None], times.astype(float), shares)[:, 0]
    repeated = np.quantile(np.repeat(values, times), shares)
    assert weighted == pytest.approx(repeated, abs=0.03)
    equal = weighted_quantiles(values[:9, None], np.full(9, 3.0), shares)[:, 0]
    assert equal == pytest.approx(np.quantile(values[:9], shares, method="hazen"))


def test_only_what_is_varied_is_calibrated_and_the_rest_joins_a_study_by_name(
    tmp_path: Path,
) -> None:
    file, base = tmp_path / "c.toml", load_scenario("baseline")
    fixed, high = "china.bri_priority", SHIPPED.parameters["china.bri_priority"]
    file.write_text('[calibration]\nparameters = ["china"]\n')
    assert fixed not in {factor.name for factor in load_calibration(file).factors}
    assert fixed not in {factor.name for factor in plausible_factors(base)}
    assert [f.high for f in plausible_factors(base, fixed)] == [attribute(high, "plausible")[1]]
    file.write_text(f'[calibration]\nparameters = ["{fixed}"]\n')
    with pytest.raises(InputError, match=f"{fixed}: not varied"):
        load_calibration(file)
    assert ", not varied" in CliRunner().invoke(app, ["describe", fixed]).output


def test_a_calibration_needs_no_older_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise InputError(f"{name}: read the shipped sets")

    monkeypatch.setattr(parameter_sets, "find_data_folder", missing)
    shipped_plausible.cache_clear()
    assert len(load_calibration("calibration").factors) > 50
    with pytest.raises(InputError, match="read the shipped sets"):
        shipped_plausible()


@pytest.mark.slow
def test_a_small_calibration_has_a_report_that_pickles(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(
        'title = "Small"\nquestion = "Which sets?"\nbase = "baseline"\nseed = 1\n[calibration]\n'
        'parameters = ["contracts.term", "procurement.base"]\nwaves = 1\npoints = 200\nruns = 2\n'
        "final_points = 200\nfinal_runs = 2\nsets = 10\ncut = 10.0\n"
    )
    found = sim.calibrate(tmp_path / "small.toml", out=tmp_path / "out")
    assert found.facts["sets"] == len(found.tables["plausible"]) == 10
    assert len(pickle.loads(pickle.dumps(found)).tables["waves"]) == 2


def test_parameters_beyond_the_active_ones_count() -> None:
    cube, new = (np.random.default_rng(seed).random((n, 40)) for seed, n in ((4, 400), (6, 500)))

    def value(places: Floats) -> Floats:
        return 3.0 + places @ np.arange(40.0) + 5.0 * places[:, 38] * places[:, 39]

    found = fit(cube, histories(value(cube), 0.1), [aim(3.0, 0.1)], "wave-1")
    assert found.predict(new)[:, 0] == pytest.approx(value(new), abs=0.5)

"""Calibration: its file, what waves propose, which sets are kept, and what is said of them."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.experiment import ExperimentError, load_experiment
from sim.experiment.form import is_calibration
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.calibration import method as module
from sim.studies.calibration.emulator import Emulator, fit
from sim.studies.calibration.file import load_calibration
from sim.studies.calibration.method import (
    Calibration,
    Wave,
    choose,
    distances,
    log_weights,
    propose,
)
from sim.studies.calibration.plan import Aim, Plan, aims_of_seeds, keep_of, last_year_of
from sim.studies.calibration.tables import (
    ParameterSummary,
    TradeOff,
    least_correlation,
    parameter_summaries,
    plausible_of,
    target_summaries,
    trade_offs,
    wave_rows,
)
from sim.studies.calibration.words import open_questions, sentences, signs, speeds
from sim.world.seeds import shipped_seeds

NAMES = (
    "training.base", "procurement.regime_hybrid", "contracts.exit_cost", "procurement.rate",
    "procurement.base",
)  # fmt: skip
TEXT = """
title = "Small"
base = "baseline"
[calibration]
parameters = {names}
waves = 1
points = 300
replicates = 2
final_points = 300
final_replicates = 2
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    text = TEXT.format(names=list(NAMES)).replace("'", '"')
    return load_calibration(write(tmp_path_factory.mktemp("plan"), text))


def aim(observed: float = 10.0, sigma: float = 1.0, name: str = "one") -> Aim:
    return Aim(name, name, observed, sigma, 0.0, False)


# --- The file -------------------------------------------------------------------------------------


def test_the_shipped_calibration() -> None:
    plan = load_calibration("calibration")
    assert len(plan.factors) > 100
    assert plan.scenario.horizon.end == last_year_of(aims_of_seeds())
    assert plan.runs == 84_000 == 3 * plan.points * 4 + plan.final_points * 20
    assert is_calibration("calibration") and not is_calibration("what-matters")
    assert not is_calibration("baseline") and not is_calibration("no such file")


def test_a_calibration_is_no_experiment() -> None:
    with pytest.raises(InputError, match="calibration, not an experiment: entrench calibrate "):
        load_experiment("calibration")


def test_options_go_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[calibration]\n")
    plan = load_calibration(path, overrides={"contracts.term": 7.0}, seed=5)
    assert plan.seed == 5
    assert plan.scenario.sections["contracts"].term == 7.0  # type: ignore[attr-defined]
    assert "contracts.term" not in [factor.name for factor in plan.factors]
    assert plan.waves == Plan.waves


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("title = 'x'\n", "a calibration needs a table [calibration]"),
        ("[calibration]\nwavs = 2\n", ":2: calibration.wavs: unknown key; did you mean 'waves'?"),
        ("[calibration]\nwaves = 0\n", ":2: calibration.waves: must be a whole number from 1"),
        ("[calibration]\npoints = 50\n", "calibration.points: must be a whole number from 200"),
        ("[calibration]\nreplicates = 1\n", "calibration.replicates: must be a whole number from"),
        ("[calibration]\nsets = 2.5\n", "calibration.sets: must be a whole number"),
        ("[calibration]\ncut = 0.1\n", "calibration.cut: must be a number from 1 to 10"),
        ("[calibration]\ncut = nan\n", "calibration.cut: must be a number from 1 to 10"),
        ("[calibration]\ncut = true\n", "calibration.cut: must be a number from 1 to 10"),
        (
            "[calibration]\nparameters = []\n",
            'must be "all" or a list of parameters, not []',
        ),
        ("[calibration]\nparameters = 'some'\n", 'must be "all" or a list of parameters'),
        ("[calibration]\nparameters = [1]\n", 'must be "all" or a list of parameters'),
        ("seed = -1\n[calibration]\n", "seed: must be a whole number from 0"),
        ("[[calibration]]\n", "calibration: must be a table: [NAME] above its keys, not [{}]"),
        ("[calibration]\n[design]\n", "design: unknown key"),
        ("[calibration]\nwaves = \n", "small.toml:2"),
    ],
)
def test_malformed_files(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        load_calibration(write(tmp_path, text))
    assert fault in str(caught.value)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = "[calibration]\nwaves = 99\ncut = 0\npoints = 1\nfoo = 1\n"
    with pytest.raises(ExperimentError) as caught:
        load_calibration(write(tmp_path, text))
    assert len(caught.value.messages) == 4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[calibration]\nparameters = ["contracts.trem"]\n', "did you mean 'contracts.term'?"),
        ('[calibration]\nparameters = ["horizon.end"]\n', "horizon.end"),
        ('[calibration]\nparameters = ["contracts.fee", "contracts.fee"]\n', "given twice"),
        ('base = "basline"\n[calibration]\n', "did you mean 'baseline'?"),
    ],
)
def test_wrong_parameters_and_bases(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        load_calibration(write(tmp_path, text))
    assert fault in str(caught.value)


def test_a_seed_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--seed -1: allowed: 0 to"):
        load_calibration(write(tmp_path, "[calibration]\n"), seed=-1)


def test_hold_outs_and_checks_are_never_aims() -> None:
    uses = {target.id: target.use for target in shipped_seeds().targets}
    aims = aims_of_seeds()
    assert {uses[one.id] for one in aims} == {"calibrate"}
    assert len(aims) == list(uses.values()).count("calibrate")
    assert [one.logarithm for one in aims if one.id == "trained_share_hybrid"] == [False]
    assert [one.logarithm for one in aims if one.id == "trainings_total"] == [True]
    assert {"recorded_trained", "recorded_platforms"} <= set(keep_of(aims).outcomes)


# --- Which sets -----------------------------------------------------------------------------------


def line(slope: float, chance: float = 0.05, count: int = 400, width: int = 5) -> Emulator:
    """An emulator of slope times the first parameter, whose figure is its middle."""
    random = np.random.default_rng(4)
    cube = random.random((count, width))
    values = slope * (cube[:, :1, np.newaxis] - 0.5) + random.normal(0, chance, (count, 4, 1))
    return fit(cube, values, [aim(0.0, 0.1)], "wave-1")


def test_the_first_wave_fills_the_prior(plan: Plan) -> None:
    cube, left, log_taken = propose(plan, [], 1, 300)
    assert cube.shape == (300, 5) and left == 1.0 and not log_taken.any()
    for column in cube.T:
        assert np.histogram(column, bins=10, range=(0, 1))[0].tolist() == [30] * 10
    assert np.array_equal(cube, propose(plan, [], 1, 300)[0])


def test_a_wave_keeps_to_what_no_emulator_rules_out(plan: Plan) -> None:
    wide, narrow = line(1.0), line(4.0)
    cube, left, _ = propose(plan, [wide, narrow], 3, 500)
    assert len(cube) == 500
    assert wide.within(cube, plan.cut).all() and narrow.within(cube, plan.cut).all()
    reach = plan.cut * float(narrow.spreads[0]) / 4.0
    assert left == pytest.approx(2.0 * reach, rel=0.1)
    assert np.ptp(cube[:, 1]) > 0.98
    again, _, _ = propose(plan, [wide, narrow], 3, 500)
    assert np.array_equal(cube, again)


def test_weights_undo_how_sets_were_taken(plan: Plan) -> None:
    """A set taken half as often weighs twice as much: the region is uniform again."""
    emulator = line(4.0)
    cube, _, log_taken = propose(plan, [emulator], 2, 20_000, by_likelihood=True)
    likelihood = emulator.log_likelihood(cube)
    level = likelihood.max() if log_taken.all() else likelihood[log_taken == 0.0].min()
    assert log_taken == pytest.approx(np.minimum(0.0, likelihood - level), abs=0.01)
    assert 0.05 < (log_taken == 0.0).mean() < 0.2
    weights = np.exp(-log_taken)
    first = cube[:, 0]
    plain = propose(plan, [emulator], 2, 20_000)[0][:, 0]
    assert first.std() < 0.8 * plain.std()
    weighted = math.sqrt(np.average((first - 0.5) ** 2, weights=weights))
    assert weighted == pytest.approx(plain.std(), rel=0.05)


def test_too_little_is_left(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BATCHES", 2)
    one = line(400.0)
    emulator = Emulator((aim(900.0, 0.1),), one.fitted, one.covariance)
    with pytest.raises(InputError, match="wave 2: of 40,000 parameter sets only 0 are not ruled"):
        propose(plan, [emulator], 2, 300)


def test_a_wave_goes_on_with_few(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BATCHES", 1)
    cube, left, log_taken = propose(plan, [line(20.0)], 2, 19_000)
    assert module.LEAST_SETS < len(cube) == len(log_taken) < 19_000
    assert left == len(cube) / module.BATCH


def test_distances_without_warnings() -> None:
    nan = math.nan
    values = np.array([[[9.0], [11.0]], [[13.0], [nan]], [[nan], [nan]], [[40.0], [42.0]]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = distances([aim()], values)[:, 0]
    assert found[0] == 0.0
    # One history: the spread that sets have on average, here a variance of 2.
    assert found[1] == pytest.approx(3.0 / math.sqrt(1.0 + 2.0))
    assert found[2] == math.inf
    assert found[3] == pytest.approx(31.0 / math.sqrt(3.0))


def test_a_set_that_defines_no_target_is_never_chosen(plan: Plan) -> None:
    values = np.full((3, 4, 1), 10.0) + np.array([0.0, 0.1, 0.2, 0.3]).reshape(1, 4, 1)
    values[1] = math.nan
    values[2] += 50.0
    chosen, weights, effective = choose(plan, log_weights(plan, [aim()], values, np.zeros(3)))
    assert chosen.tolist() == [0] and weights.tolist() == [1.0] and effective == pytest.approx(1)
    with pytest.raises(InputError, match="no parameter set that was run is within the cut"):
        log_weights(plan, [aim()], values[1:], np.zeros(2))


def test_seldom_taken_sets_weigh_more(plan: Plan) -> None:
    values = np.full((2, 4, 1), 10.0)
    chosen, weights, _ = choose(plan, log_weights(plan, [aim()], values, np.log([1.0, 0.25])))
    assert chosen.tolist() == [0, 1]
    assert weights == pytest.approx([0.2, 0.8], abs=1.0 / plan.sets)


# --- What is said ---------------------------------------------------------------------------------


def calibration(plan: Plan, count: int = 400) -> Calibration:
    """One whose first parameter is known, whose last two trade off, and whose target is met."""
    random = np.random.default_rng(7)
    cube = random.random((count, len(plan.factors)))
    cube[:, 0] = 0.2 + 0.1 * cube[:, 0]
    cube[:, 4] = 1.0 - cube[:, 3] + random.normal(0, 0.01, count)
    cube = np.clip(cube, 0.0, 1.0)
    values = random.normal(10.0, 1.0, (count, 5, 2))
    values[:, :, 1] += 20.0
    values[:3, 0, 0] = math.nan
    aims = (aim(), aim(name="other"))
    waves = (
        Wave("wave-1", cube, values, 1.0, 0.5, (0.9, 0.8)),
        Wave("final", cube, values, 0.01, 0.9, failed=2),
    )
    chosen = np.arange(count)
    return Calibration(plan, aims, waves, chosen, np.full(count, 1 / count), float(count))


def test_targets_against_the_ensemble(plan: Plan) -> None:
    met, missed = target_summaries(calibration(plan))
    assert met.inside and not missed.inside
    assert met.mean == pytest.approx(10.0, abs=0.1)
    assert met.ends["q975"] == pytest.approx(11.96, abs=0.15)
    assert met.defined == pytest.approx(1.0 - 3 / 2000)
    assert missed.largest > 10.0
    assert missed.row()["inside_95"] == "no"
    assert list(met.row())[:4] == ["target", "observed", "sigma", "discrepancy"]


def test_parameters_that_are_identified(plan: Plan) -> None:
    found = parameter_summaries(calibration(plan))
    assert [one.identified for one in found] == [True, False, False, False, False]
    first = found[0]
    assert first.width_ratio == pytest.approx(0.1, abs=0.01)
    low, high = first.factor.low or 0.0, first.factor.high or 0.0
    assert first.ends["q50"] == pytest.approx(low + 0.25 * (high - low), abs=0.05)
    assert first.default == -2.4


def test_a_small_sample_identifies_nothing_by_chance(plan: Plan) -> None:
    """Of parameters of which nothing is known, hardly one in twenty may seem known."""
    hits = 0
    for seed in range(60):
        found = calibration(plan, 30)
        found.waves[-1].cube[:] = np.random.default_rng(seed).random(found.waves[-1].cube.shape)
        hits += sum(one.identified for one in parameter_summaries(found))
    assert hits <= 0.02 * 60 * 5


def test_trade_offs_and_the_threshold(plan: Plan) -> None:
    (pair,) = trade_offs(calibration(plan))
    assert {pair.first, pair.second} == {"procurement.rate", "procurement.base"}
    assert pair.rank_correlation < -0.95
    assert least_correlation(1, 1000.0) == 0.3
    assert least_correlation(5000, 60.0) > 0.5
    assert least_correlation(5000, 1.0) == 1.0


def test_sentences(plan: Plan) -> None:
    said = "\n".join(sentences(calibration(plan)))
    assert "Each observed value inside the 95 % band: 1 of 2; outside: other." in said
    assert "1 of 5 parameters: training.base." in said
    # Of the 0.2 below its interval 0.15 count as an end that is ruled out.
    assert "training.base below -1.89 and above -1.61 (of -2.5 to 0.5)" in said
    assert "training.base is below 0: 90 % from -1.9 to -1.6." in said
    assert "The sign of procurement.regime_hybrid is not settled: 90 % from -0." in said
    assert "do not settle exit from contracts: contracts.exit_cost is not identified;" in said
    assert "procurement.rate and procurement.base trade off (rank correlation -" in said
    assert "Effective sample size: 400 of 400 final sets" in said


def known(name: str, width: float, plan: Plan) -> ParameterSummary:
    factor = next(factor for factor in plan.factors if factor.name == name)
    ends = {"q05": -1.0, "q95": 0.0}
    return ParameterSummary(factor, 0.0, ends, ends, width, 0.01)


def test_what_is_identified_is_no_open_question(plan: Plan) -> None:
    assert list(open_questions([known("contracts.exit_cost", 0.3, plan)])) == []
    assert len(list(open_questions([known("contracts.exit_cost", 0.9, plan)]))) == 1
    pair = [known("procurement.rate", 0.3, plan), known("procurement.base", 0.3, plan)]
    assert list(speeds(pair, [])) == []
    tied = [TradeOff("procurement.base", "procurement.rate", -0.5)]
    assert "trade off (rank correlation -0.50)" in next(speeds(pair, tied))
    pair[1] = known("procurement.base", 0.9, plan)
    assert list(speeds(pair, [])) == [
        "Speed against ceiling is not settled: procurement.base stays open."
    ]


def test_an_interval_that_ends_at_zero_has_a_sign(plan: Plan) -> None:
    assert "is below 0" in next(signs([known("procurement.regime_hybrid", 0.5, plan)]))


def test_a_sign_that_the_range_settles_is_no_finding(plan: Plan) -> None:
    one = known("procurement.regime_hybrid", 0.5, plan)
    factor = replace(one.factor, low=-1.0, high=0.04)
    assert list(signs([replace(one, factor=factor)])) == []
    assert list(signs([replace(one, factor=replace(factor, high=0.06))]))


def test_waves_and_kept_sets(plan: Plan) -> None:
    found = calibration(plan)
    first, last = wave_rows(found)
    assert first["r2_other"] == 0.8 and math.isnan(float(last["r2_other"]))
    assert last["failed_runs"] == 2 and last["share_of_prior"] == 0.01
    sets = plausible_of(found)
    assert sets.keys == NAMES
    assert sum(sets.weights) == pytest.approx(1.0)
    for row in sets.rows:
        for value, factor in zip(row, plan.factors, strict=True):
            assert (factor.low or 0.0) <= value <= (factor.high or 0.0)


def test_the_shipped_calibration_deals_the_points_of_the_shipped_sets() -> None:
    """By mechanism, in the order of the file: not in that in which the rules act."""
    shipped = shipped_plausible()
    assert shipped is not None
    assert [factor.name for factor in load_calibration("calibration").factors] == list(shipped.keys)

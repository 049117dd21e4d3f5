"""Designs and measures of sensitivity, on functions whose measures are known exactly."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.engine.chunk import Floats
from sim.errors import InputError
from sim.experiment.experiment import Factor
from sim.parameters import attribute
from sim.register import WORLD
from sim.scenario import Scenario, load_scenario
from sim.studies.blocks import Table
from sim.studies.parameter_space import design_of, plausible_factors
from sim.studies.sensitivity.method import Indices, decompose, replicate_share, screen
from sim.studies.sensitivity.plan import Measured, Plan, morris_cube, sobol_cube
from sim.studies.sensitivity.report import Sensitivity, _sum_in_words

NAMES = ("one", "two", "three", "idle")


def factors(count: int) -> tuple[Factor, ...]:
    return tuple(Factor(name, name, "", name, 0.0, 1.0) for name in NAMES[:count])


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load_scenario("baseline")


def ishigami(cube: Floats) -> Floats:
    """The test function of Ishigami and Homma (1990) with a = 7, b = 0.1; a fourth input idle."""
    x, y, z = ((2.0 * cube[:, at] - 1.0) * math.pi for at in range(3))
    values: Floats = np.sin(x) + 7.0 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)
    return values[:, np.newaxis]


def test_sobol_indices_of_ishigami() -> None:
    found = decompose(factors(4), ishigami(sobol_cube(4, 4096, 1)))
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0, 0.0], abs=0.03)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437, 0.0], abs=0.03)
    # The exact values lie within somewhat more than the intervals.
    assert np.all(np.abs(found.first - [0.3139, 0.4424, 0.0, 0.0]) <= 1.5 * found.first_conf + 1e-9)
    assert [row["parameter"] for row in found.rows()] == ["one", "two", "three", "idle"]
    assert found.rows()[-1] == {
        "parameter": "idle", "S1": 0.0, "S1_conf": 0.0, "ST": 0.0, "ST_conf": 0.0, "rank": 4,
    }  # fmt: skip


def test_effects_of_a_linear_function_are_its_slopes() -> None:
    cube = morris_cube(4, 10, 3)
    values = (cube @ [2.0, -5.0, 1.0, 0.0])[:, np.newaxis]
    found = screen(factors(4), cube, values)
    assert found.mu == pytest.approx([2.0, -5.0, 1.0, 0.0])
    assert found.mu_star == pytest.approx([2.0, 5.0, 1.0, 0.0])
    assert found.sigma == pytest.approx(np.zeros(4), abs=1e-12)
    assert [row["parameter"] for row in found.rows()] == ["two", "one", "three", "idle"]
    assert found.rows()[-1]["mu_star"] == 0.0
    assert [factor.name for factor in found.most(4)] == ["two", "one", "three"]
    assert found.used == 10


def test_sigma_tells_an_interaction() -> None:
    cube = morris_cube(3, 40, 3)
    values = (cube[:, 0] * cube[:, 1] + cube[:, 2])[:, np.newaxis]
    found = screen(factors(3), cube, values)
    assert found.sigma[:2].min() > 0.1 > found.sigma[2]


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=4), st.integers(0, 5))
@settings(max_examples=25)
def test_any_linear_function(slopes: list[int], seed: int) -> None:
    varied = factors(len(slopes))
    cube = morris_cube(len(slopes), 4, seed)
    screening = screen(varied, cube, (cube @ np.array(slopes, float))[:, np.newaxis], seed=seed)
    assert screening.mu_star == pytest.approx(np.abs(slopes), abs=1e-9)
    squares = np.array(slopes, float) ** 2
    points = sobol_cube(len(slopes), 512, seed)
    indices = decompose(varied, (points @ np.array(slopes, float))[:, np.newaxis], seed=seed)
    exact = squares / squares.sum() if squares.any() else squares
    assert indices.total == pytest.approx(exact, abs=0.05)


def test_a_constant_has_no_indices() -> None:
    found = decompose(factors(2), np.full((4 * 8, 2), 7.0))
    assert not found.first.any() and not found.total.any() and not found.total_conf.any()
    assert math.isnan(found.noise)


def test_same_seed_same_points_and_intervals() -> None:
    assert np.array_equal(morris_cube(5, 3, 0), morris_cube(5, 3, 0))
    assert np.array_equal(sobol_cube(5, 8, 0), sobol_cube(5, 8, 0))
    assert not np.array_equal(sobol_cube(5, 8, 0), sobol_cube(5, 8, 1))
    before = np.random.get_state()[1].tolist()  # type: ignore[index]
    values = ishigami(sobol_cube(3, 64, 0))
    one, other = (decompose(factors(3), values, seed=0) for _ in range(2))
    assert np.array_equal(one.first_conf, other.first_conf)
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]


def test_a_failed_run_costs_its_block_alone() -> None:
    cube = morris_cube(3, 8, 1)
    values = np.repeat((cube @ [3.0, 2.0, 1.0])[:, np.newaxis], 2, axis=1)
    values[5, 0] = np.nan  # the other replicate is still there
    assert screen(factors(3), cube, values).used == 8
    values[5, 1] = np.nan
    found = screen(factors(3), cube, values)
    assert found.used == 7
    assert found.mu == pytest.approx([3.0, 2.0, 1.0])
    points = sobol_cube(3, 64, 1)
    outcome = ishigami(points)
    outcome[0] = np.nan
    assert decompose(factors(3), outcome).used == 63
    with pytest.raises(InputError, match="too many runs failed: 0 of 64"):
        decompose(factors(3), np.full_like(outcome, np.nan))


def test_share_between_replicates() -> None:
    random = np.random.default_rng(1)
    points = random.normal(0.0, 3.0, (4000, 1))
    noise = random.normal(0.0, 1.0, (4000, 4))
    assert replicate_share(points + noise) == pytest.approx(0.1, abs=0.01)
    assert replicate_share(np.repeat(points, 3, axis=1)) < 1e-12
    assert math.isnan(replicate_share(points))


def test_every_plausible_range_is_varied(baseline: Scenario) -> None:
    found = {factor.name: factor for factor in plausible_factors(baseline)}
    declared = {
        f"{name}.{key}": attribute(field, "plausible")
        for name, section in baseline.sections.items()
        for key, field in type(section).model_fields.items()
    }
    assert set(found) == {name for name, plausible in declared.items() if plausible}
    for name, factor in found.items():
        assert [factor.low, factor.high] == declared[name]


def test_what_a_scenario_sets_is_not_varied_unless_named() -> None:
    scenario = load_scenario("no-exit-cost", overrides={"contracts.term": 7.0})
    names = [factor.name for factor in plausible_factors(scenario)]
    assert "contracts.exit_cost" not in names and "contracts.term" not in names
    (named,) = plausible_factors(scenario, ["contracts.exit_cost"])
    assert named.low == 1.0
    with pytest.raises(InputError, match=r"contracts\.term is set with --set"):
        plausible_factors(scenario, ["contracts.term"])


def test_names_that_cannot_be_varied_are_reported_at_once(baseline: Scenario) -> None:
    wrong = ["contracts.trem", "market.ai_leap", "contracts.fee", "contracts.fee"]
    with pytest.raises(InputError) as caught:
        plausible_factors(baseline, wrong)
    text = str(caught.value)
    assert "did you mean 'contracts.term'" in text
    assert "market.ai_leap has no plausible range" in text
    assert "contracts.fee: given twice" in text
    with pytest.raises(InputError, match="at least one"):
        plausible_factors(baseline, [])


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        (0, "allowed: 2 to"),
        (1, "allowed: 2 to"),
        (-4, "allowed: 2 to"),
        (3, "power of two; the nearest are 2 and 4"),
        (100, "power of two; the nearest are 64 and 128"),
    ],
)
def test_a_base_sample_is_a_power_of_two(samples: int, why: str) -> None:
    with pytest.raises(InputError, match=f"--samples {samples}: .*{why}"):
        sim.sensitivity(samples=samples)


@given(st.floats(0.0, 1.0), st.floats(-9.0, 9.0), st.floats(0.001, 9.0), st.booleans())
def test_cells_lie_within_the_range(at: float, low: float, span: float, whole: bool) -> None:
    high = low + span
    if whole:
        low, high = math.floor(low), math.floor(low) + math.ceil(span)
    factor = Factor("x", "x", "", "x", low, high, whole)
    ((cell,),) = design_of([factor], np.array([[at]])).points
    assert isinstance(cell, int if whole else float)
    assert low <= float(cell) <= high


def test_whole_numbers_are_equally_likely() -> None:
    factor = Factor("x", "x", "", "x", 1.0, 3.0, whole=True)
    cells = design_of([factor], np.linspace(0.0, 1.0, 300)[:, np.newaxis]).points
    assert [sum(cell == (number,) for cell in cells) for number in (1, 2, 3)] == [100, 100, 100]


def test_the_sweep_keeps_what_is_measured(baseline: Scenario) -> None:
    varied = plausible_factors(baseline, ["contracts.fee", "contracts.term"])
    measured = Measured("adopters", 2030, "regime", "hybrid")
    plan = Plan(baseline, "baseline", {}, varied, measured, ("morris",), trajectories=3, samples=2,
                top=1, replicates=4, seed=2)  # fmt: skip
    experiment, cube = plan.experiment("morris", varied)
    assert cube.shape == (3 * 3, 2)
    assert experiment.runs == 3 * 3 * 4
    assert experiment.keep.to_dict() == {
        "outcomes": ["adopters"], "groups": ["regime"], "dates": [2030], "countries": False,
    }  # fmt: skip
    assert set(experiment.design.settings(0)) == {"contracts.fee", "contracts.term"}
    assert experiment.base == "baseline"


def test_a_mechanism_stands_for_all_its_parameters() -> None:
    scenario = load_scenario("baseline")
    every = [factor.name for factor in plausible_factors(scenario)]
    named = [factor.name for factor in plausible_factors(scenario, ["contracts", "peers"])]
    assert named == [
        name for prefix in ("contracts.", "peers.") for name in every if name.startswith(prefix)
    ]


@pytest.mark.parametrize(("share", "warned"), [(0.2, False), (0.5, False), (0.9, True)])
def test_a_ranking_that_is_mostly_luck_says_so(share: float, warned: bool) -> None:
    study: Any = SimpleNamespace(plan=SimpleNamespace(replicates=2))
    assert ("raise --replicates" in Sensitivity._noise(study, share)) == warned


def indices(*first: float, total: float = 0.5) -> Indices:
    each, none = np.array(first), np.zeros(len(first))
    return Indices(factors=factors(len(first)), used=8, noise=math.nan, first=each,
                   first_conf=none, total=np.full(len(first), total), total_conf=none)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "total", "missing", "small"),
    [
        (indices(0.5, 0.3), "0.80", True, False),
        (indices(0.5, 0.504), "1.00", True, False),
        (indices(1.21, 0.39), "1.60", False, True),
        (indices(1.2, -0.3), "0.90", True, True),
        (indices(0.5, 0.3, total=1.1), "0.80", True, True),
    ],
)
def test_shares_above_one_are_error(found: Indices, total: str, missing: bool, small: bool) -> None:
    words = _sum_in_words(found)
    assert f"add up to {total}" in words
    assert ("missing to 1" in words) == missing
    assert ("is too small" in words and "exceeds 1" in words) == small


def test_an_effect_of_one_size_says_why_it_has_no_error(baseline: Scenario) -> None:
    cube = morris_cube(2, 4, 3)
    plan = Plan(baseline, "baseline", {}, factors(2), Measured("adopters", 2030, WORLD, WORLD),
                ("morris",), trajectories=4, samples=2, top=1, replicates=1, seed=1)  # fmt: skip
    study = Sensitivity({"set": {}}, plan, ())
    for values, said in (
        (cube[:, 0] * 1.5, True),
        (cube[:, 0] ** 2 + cube[:, 1] * cube[:, 0], False),
    ):
        table, *sentences = study._screening(screen(factors(2), cube, values[:, np.newaxis]))
        assert isinstance(table, Table)
        assert any("± 0:" in str(one) for one in sentences) == said
        assert ("1.5 ± 0" in {row[-3] for row in table.rows}) == said
        assert not any("-0" in (cell, cell.split(" ")[0]) for row in table.rows for cell in row)

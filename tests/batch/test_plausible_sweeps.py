"""Sweeps whose replicates have plausible parameter sets: as in `entrench run`, beneath factors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from batch.small import run_ensemble
from sim.batch.executors import Workers
from sim.batch.sweep import open_store, plan_of
from sim.engine.outcomes import derive
from sim.errors import InputError
from sim.experiment import Experiment, load_experiment
from sim.register import register
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets
from sim.studies.opened import open_sweep
from tests.batch.small import data_of, entrench, sweep

END = 2012
REPLICATES = 13
ONE_FACTOR = """
title = "Sets"
replicates = 13
seed = 3
parameters = "plausible"

[[factors]]
key = "scenario"
values = ["baseline", "no-exit-cost"]
"""
SETS = PlausibleSets(
    keys=("procurement.rate", "contracts.exit_cost", "contracts.term"),
    rows=((0.02, 1.0, 5.0), (0.15, 3.0, 20.0), (0.08, 2.0, 10.0)),
    weights=(0.5, 0.25, 0.25),
)
OTHERS = PlausibleSets(SETS.keys, SETS.rows, (0.25, 0.5, 0.25))


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> Callable[[PlausibleSets | None], None]:
    def shipped(sets: PlausibleSets | None) -> None:
        monkeypatch.setattr("sim.experiment.file.shipped_plausible", lambda: sets)

    return shipped


@pytest.fixture
def load(tmp_path: Path, ship: Callable[[PlausibleSets | None], None]) -> Callable[..., Experiment]:
    ship(SETS)

    def loaded(text: str = ONE_FACTOR, **options: object) -> Experiment:
        path = tmp_path / "sets.toml"
        path.write_text(text, encoding="utf-8")
        return load_experiment(path, overrides={"horizon.end": END}, **options)  # type: ignore[arg-type]

    return loaded


def working(scenario: str, plausible: PlausibleSets | None, **overrides: object) -> np.ndarray:
    """What `entrench run` would give: (replicates,) at the end."""
    loaded = load_scenario(scenario, overrides={"horizon.end": END, **overrides})
    layout, chunks = run_ensemble(loaded, runs=REPLICATES, seed=3, plausible=plausible)
    outcome = register()["working"]
    found = [derive(outcome, chunk, layout)[:, -1, 0] for chunk in chunks]
    return np.concatenate(found).astype(np.float32)


def test_points_have_the_numbers_of_runs_of_their_scenarios(
    load: Callable[..., Experiment], tmp_path: Path
) -> None:
    sweep(load(), tmp_path / "out")
    found = open_sweep(tmp_path / "out").values_by_point("working", END)
    for point, name in enumerate(("baseline", "no-exit-cost")):
        assert np.array_equal(found[point], working(name, SETS)), name
    assert not np.array_equal(found[0], working("baseline", None))


def test_factors_and_set_lie_over_the_sets(load: Callable[..., Experiment], tmp_path: Path) -> None:
    text = ONE_FACTOR.replace('key = "scenario"', 'key = "contracts.exit_cost"').replace(
        '["baseline", "no-exit-cost"]', "[0.0, 2.5]"
    )
    sweep(load(text), tmp_path / "out")
    found = open_sweep(tmp_path / "out").values_by_point("working", END)
    for point, cost in enumerate((0.0, 2.5)):
        assert np.array_equal(
            found[point], working("baseline", SETS, **{"contracts.exit_cost": cost})
        )


def test_a_scenario_files_value_lies_over_the_sets_and_a_factor_over_both(
    load: Callable[..., Experiment], tmp_path: Path
) -> None:
    experiment = load(ONE_FACTOR)
    plan = plan_of(experiment, open_store(experiment, tmp_path / "one"))
    _, number = plan.place(REPLICATES)  # the first replicate with no exit cost
    assert plan.settings(number) == {
        "scenario": "no-exit-cost",
        "procurement.rate": 0.02,
        "contracts.term": 5.0,
    }
    varied = ONE_FACTOR + '[[factors]]\nkey = "contracts.exit_cost"\nvalues = [2.0]\n'
    experiment = load(varied)
    plan = plan_of(experiment, open_store(experiment, tmp_path / "two"))
    assert plan.settings(plan.place(REPLICATES)[1])["contracts.exit_cost"] == 2.0


def test_a_replicate_has_one_set_at_all_points(
    load: Callable[..., Experiment], tmp_path: Path
) -> None:
    experiment = load()
    plan = plan_of(experiment, open_store(experiment, tmp_path / "out"))
    for replicate in range(REPLICATES):
        values = SETS.values(SETS.number_of(replicate))
        for point in range(2):
            own, number = plan.place(point * REPLICATES + replicate)
            assert own == replicate
            assert plan.settings(number)["procurement.rate"] == values["procurement.rate"]


def test_threads_leave_the_same_bytes(load: Callable[..., Experiment], tmp_path: Path) -> None:
    sweep(load(), tmp_path / "one")
    sweep(load(), tmp_path / "two", Workers("threads", 2))
    assert data_of(tmp_path / "one") == data_of(tmp_path / "two")


def test_the_manifest_tells_the_sets_and_others_are_refused(
    load: Callable[..., Experiment],
    ship: Callable[[PlausibleSets | None], None],
    tmp_path: Path,
) -> None:
    sweep(load(), tmp_path / "out")
    manifest = open_sweep(tmp_path / "out").manifest
    assert manifest["parameters"].startswith("plausible: 3 sets")
    assert len(manifest["plausible_sha256"]) == 64
    ship(OTHERS)
    with pytest.raises(InputError, match="plausible_sha256"):
        sweep(load(), tmp_path / "out")
    with pytest.raises(InputError, match="parameters"):
        sweep(load(parameters="point"), tmp_path / "out")


def test_the_option_goes_over_the_file(load: Callable[..., Experiment]) -> None:
    assert load().plausible == SETS
    assert load(parameters="point").plausible is None
    plain = ONE_FACTOR.replace('parameters = "plausible"\n', "")
    assert load(plain).plausible is None
    assert load(plain, parameters="plausible").plausible == SETS


def test_the_command_line_goes_over_the_file(
    load: Callable[..., Experiment], tmp_path: Path
) -> None:
    load(ONE_FACTOR, replicates=1)
    arguments = (tmp_path / "sets.toml", "--replicates", 1, "--set", f"horizon.end={END}")
    for option, told in ((), "plausible: 3 sets"), (("--point",), "those of each point"):
        out = tmp_path / "".join(("out", *option))
        code, _, error = entrench(
            "sweep", *arguments, *option, "--quiet", "--no-figures", "--out", out
        )
        assert code == 0, error
        assert open_sweep(out).manifest["parameters"].startswith(told)


def test_without_sets_there_is_an_error_at_its_place(
    load: Callable[..., Experiment], ship: Callable[[PlausibleSets | None], None]
) -> None:
    ship(None)
    with pytest.raises(InputError, match=r"sets\.toml:5: parameters: .*plausible\.csv"):
        load()
    with pytest.raises(InputError, match=r"--plausible: .*plausible\.csv"):
        load(ONE_FACTOR.replace('parameters = "plausible"\n', ""), parameters="plausible")
    assert load(parameters="point").plausible is None


def test_another_word_is_refused(load: Callable[..., Experiment]) -> None:
    with pytest.raises(InputError, match=r'parameters: must be one of "plausible", "point"'):
        load(ONE_FACTOR.replace('"plausible"', '"plausibel"'))

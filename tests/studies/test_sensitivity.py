"""Sensitivity: the known indices of Ishigami's function are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.errors import InputError
from sim.experiment import Factor, plausible_factors
from sim.scenario import load_scenario
from sim.studies.sensitivity import decompose, problem, screen
from tests.studies.short import LAST, SHORT

FACTORS = [Factor(name, name, "", name, 0.0, 1.0) for name in ("x1", "x2", "x3", "idle")]


def ishigami(cube: np.ndarray) -> np.ndarray:
    """Return Ishigami's function, twice, as of two runs."""
    x = np.pi * (2.0 * cube - 1.0)
    values = np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return np.stack([values - 0.5, values + 0.5], axis=1)


def test_sobol_indices_of_a_known_function_are_found() -> None:
    from SALib.sample import sobol

    cube = sobol.sample(problem(FACTORS), 1024, calc_second_order=False, seed=1)
    found = decompose(FACTORS, ishigami(cube)).set_index("parameter")
    assert found.loc[["x1", "x2", "x3", "idle"], "S1"].to_numpy() == pytest.approx(
        [0.314, 0.442, 0.0, 0.0], abs=0.04
    )
    assert found.loc[["x1", "x2", "x3", "idle"], "ST"].to_numpy() == pytest.approx(
        [0.558, 0.442, 0.244, 0.0], abs=0.04
    )
    constant = decompose(FACTORS, np.ones((len(cube), 2)))
    assert (constant["ST"] == 0.0).all()


def test_screening_finds_planted_effects() -> None:
    from SALib.sample import morris

    cube = morris.sample(problem(FACTORS), 30, num_levels=4, seed=np.random.default_rng(1))
    values = (5.0 * cube[:, 0] - 2.0 * cube[:, 1] + cube[:, 2])[:, np.newaxis].repeat(2, axis=1)
    found = screen(FACTORS, cube, values)
    assert found["parameter"].tolist() == ["x1", "x2", "x3", "idle"]
    assert found["mu_star"].to_numpy() == pytest.approx([5.0, 2.0, 1.0, 0.0])
    assert found["mu"].to_numpy() == pytest.approx([5.0, -2.0, 1.0, 0.0])


def test_what_a_file_or_an_option_sets_is_not_varied(tmp_path: Path) -> None:
    (file := tmp_path / "mine.toml").write_text('extends = "baseline"\ncontracts.fee = 0.1\n')
    given = load_scenario(file, overrides={"contracts.term": 5.0})
    every, free = (
        {f.name for f in plausible_factors(s)} for s in (load_scenario("baseline"), given)
    )
    assert every - free == {"contracts.fee", "contracts.term"}


def test_a_parameter_that_does_nothing_is_at_nought() -> None:
    found = sim.sensitivity(
        year=LAST,
        outcome="adopters",
        parameters=["procurement.base", "contracts.restoration_rate"],
        trajectories=3,
        samples=4,
        runs=1,
        set=SHORT,
    )
    assert "is the first of 2 parameters" in found.draw().get_label()
    table = found.tables["morris"].set_index("parameter")["mu_star"]
    assert table["procurement.base"] > table["contracts.restoration_rate"]
    for wrong in ({"samples": 3}, {"year": 1990}, {"method": "guess"}):
        with pytest.raises(InputError, match=r"allowed|did you mean|there are"):
            sim.sensitivity(**wrong)  # type: ignore[arg-type]

"""Sweeps: effects against the reference point, paired, under the plausible sets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.errors import InputError
from sim.experiment import load_experiment
from sim.results.dataset import Results
from sim.studies.compare import sweep_report as report

GRID = """\
title = "Contracts"
question = "What do they do?"
replicates = 3
[design]
kind = "grid"
[[factors]]
key = "contracts.term"
values = [5.0, 10.0]
[[factors]]
key = "procurement.base"
values = [-6.0, -5.0, -4.0]
"""


@cache
def swept(folder: Path) -> Results:
    """Return a small grid that has been run."""
    (folder / "grid.toml").write_text(GRID)
    return sim.sweep(folder / "grid.toml", set={"horizon.end": 2012})


@pytest.fixture
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return swept(tmp_path_factory.getbasetemp())


def test_effects_are_paired_with_any_reference_point(results: Results) -> None:
    values = results.values("adopters", years=[2012])[..., 0]
    for reference in (0, 4):
        effects = report(results, "adopters", reference=reference).tables["effects"]
        assert sorted(effects["point"]) == [at for at in range(6) if at != reference]
        for row in effects.itertuples():
            change = values[row.point] - values[reference]
            assert row.mean == pytest.approx(change.mean(), rel=1e-6, abs=1e-9)
            assert row.q95 == pytest.approx(np.quantile(change, 0.95), rel=1e-6, abs=1e-9)
    table = report(results, "adopters").tables["effects"]
    assert table[table["procurement.base"] == -4.0]["mean"].max() > 0.0


def test_plausible_sets_are_the_default_and_a_file_may_say_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "grid.toml"
    file.write_text(GRID)
    assert load_experiment(file).plausible is not None
    file.write_text('parameters = "point"\n' + GRID)
    assert load_experiment(file).plausible is None
    assert sim.sweep(file, runs=1, set={"horizon.end": 2012}).manifest["plausible_sha256"] == ""


def test_what_a_sweep_lacks_is_refused(results: Results) -> None:
    with pytest.raises(InputError, match="kept are 2000, "):
        report(results, year=2040)
    with pytest.raises(InputError, match="allowed: 0 to 5"):
        report(results, reference=6)
    with pytest.raises(InputError, match="working"):
        report(results, "workign")

"""A sweep that keeps a few years keeps just these, and the same numbers as one that keeps all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.batch.executors import Workers
from sim.batch.sweep import run_sweep
from sim.experiment import Keep, load_experiment
from sim.studies.opened import open_sweep

YEARS = (2002, 2004)
FLOW = "trainings_yearly"


def test_listed_years_are_kept_alone_with_the_same_numbers(tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text('replicates = 2\n[[factors]]\nkey = "training.rate"\nvalues = [0.2, 0.9]\n')
    whole = load_experiment(file, overrides={"horizon.end": 2004})
    few = replace(whole, keep=Keep(outcomes=(FLOW, "trained"), dates=YEARS))
    for name, experiment in (("whole", whole), ("few", few)):
        run_sweep(experiment, tmp_path / name, workers=Workers("threads", 1))
    opened = open_sweep(tmp_path / "few")
    assert opened.quarters == (11, 19)
    assert set(opened.outcomes) == {FLOW, "trained"}
    reference = open_sweep(tmp_path / "whole")
    for name in (FLOW, "trained"):
        for year in YEARS:
            found = opened.values_by_point(name, year, "world", "world")
            assert np.array_equal(found, reference.values_by_point(name, year, "world", "world"))
            assert found.any()

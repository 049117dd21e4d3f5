"""What runs take is forecast from a sample of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.studies.open_or_run import SAMPLE_RUNS, forecast_of
from sim.studies.resolve import resolve_paired
from sim.studies.run_options import RunOptions

SHORT: RunOptions = {"runs": 200, "set": {"horizon.end": 2006}}


def test_size_is_forecast(tmp_path: Path) -> None:
    found = forecast_of(resolve_paired(["baseline"], SHORT))
    assert found.sample == SAMPLE_RUNS < SHORT["runs"]
    folder = sim.run("baseline", out=tmp_path / "run", figures=False, **SHORT).folder
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert found.bytes == pytest.approx(size, rel=0.05)


def test_several_share_the_sample_and_finished_ones_need_none() -> None:
    few: RunOptions = {"runs": 5}
    results = sim.run("baseline", figures=False, **few)
    sources = resolve_paired([results, "no-exit-cost", "no-peers"], few)
    found = forecast_of(sources)
    assert found.sample == 10 and found.seconds > 0.0
    assert forecast_of(sources[:1]) == type(found)(0.0, 0.0, 0)

"""Contracts abolished at a date: none opens or renews after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.engine import prepare, run_chunk
from sim.engine.chunk import end_of
from sim.scenario import load_scenario

SCENARIO = """extends = "baseline"
title = "Contracts abolished"
question = "What if no contract could open or renew from 2025?"
contracts.exit_cost = 0

[[events]]
name = "abolished"
date = 2025
contracts.active = false
"""


def test_no_contract_opens_or_renews_once_they_are_abolished(tmp_path: Path) -> None:
    file = tmp_path / "abolished.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    ensemble = prepare(load_scenario(str(file)), 1)
    chunk = run_chunk(ensemble, range(10))

    def world(field: str, year: int) -> np.ndarray:
        at = ensemble.layout.quarters.index(end_of(year))
        return chunk.tallies[:, at, 0, ensemble.layout.fields.index(field)]

    for field in ("opened", "renewed"):
        assert np.all(world(field, 2024) > 0)
        assert np.array_equal(world(field, 2040), world(field, 2024))
    assert np.all(world("contract", 2040) < world("contract", 2024))

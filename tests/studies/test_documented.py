"""Runs held to documented decisions, beside the same runs left free."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from tests.studies.short import RUNS, SHORT, single


def test_held_runs_take_the_decision_and_free_runs_are_counted(tmp_path: Path) -> None:
    known = tmp_path / "known.csv"
    known.write_text("iso3,what,date,source\nKEN,adopted,2008,test\nFJI,trained,2003,test\n")
    found = sim.documented(known, runs=RUNS, set=SHORT)
    results, table = found.results, found.frame("documented").set_index("iso3")
    held, free = results.panel("adopted", [2007, 2008])[:, :, results.states.index.get_loc("KEN")]
    assert held.tolist() == [[0.0, 1.0]] * RUNS
    assert table.loc["KEN", "free_by_then"] == pytest.approx((free[:, 1] > 0).mean())
    assert np.array_equal(results.values("working")[1], single().values("working")[0])
    elsewhere = found.frame("elsewhere")
    assert np.allclose(elsewhere["change"], elsewhere["held"] - elsewhere["free"])

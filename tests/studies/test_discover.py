"""Discovery: a planted box is found, and nothing where nothing is planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.studies.discover import by_third, search

SWEEP = """\
title = "Two parameters"
question = "What do they do?"
runs = 1
[design]
kind = "latin-hypercube"
points = 40
[[factors]]
key = "procurement.base"
[[factors]]
key = "contracts.term"
"""


def factors(points: int = 600) -> pd.DataFrame:
    random = np.random.default_rng(2)
    numbers = {name: random.random(points) for name in ("a", "b", "c")}
    return pd.DataFrame({**numbers, "label": random.choice(["x", "y"], points)})


@pytest.mark.usefixtures("workbench")
def test_a_planted_box_is_found() -> None:
    table = factors()
    met = ((table["a"] > 0.7) & (table["b"] < 0.4)).to_numpy()
    boxes = search(table, met, 1).set_index("factor")
    assert set(boxes.index) == {"a", "b"}
    assert boxes.loc["a", "low"] == pytest.approx(0.7, abs=0.05)
    assert boxes.loc["b", "high"] == pytest.approx(0.4, abs=0.06)
    assert boxes["density"].iloc[0] > 0.9 and boxes["coverage"].iloc[0] > 0.8
    thirds = by_third(table, met).set_index("factor")
    assert thirds.loc["a", "high"] > 0.3 and thirds.loc["a", "low"] == 0.0
    assert abs(thirds.loc["c", "high"] - thirds.loc["c", "low"]) < 0.1


@pytest.mark.usefixtures("workbench")
def test_a_second_box_describes_what_the_first_leaves() -> None:
    table = factors()
    boxes = search(table, ((table["a"] > 0.7) | (table["b"] < 0.2)).to_numpy(), 2)
    assert boxes["factor"].tolist() == ["a", "b"]
    assert boxes["low"].iloc[0] == pytest.approx(0.7, abs=0.05)
    assert boxes["high"].iloc[1] == pytest.approx(0.2, abs=0.05)
    assert boxes["coverage"].sum() <= 1.0


@pytest.mark.usefixtures("workbench")
def test_a_label_may_bound_a_box() -> None:
    table = factors()
    met = ((table["label"] == "x") & (table["c"] > 0.5)).to_numpy()
    found = search(table, met, 1).set_index("factor")
    assert found.loc["label", "low"] == ("x",)
    assert found.loc["c", "low"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.usefixtures("workbench")
def test_the_condition_is_counted_at_each_point(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(SWEEP)
    results = sim.make_runs(tmp_path / "two.toml", set={"horizon.end": 2012})
    values = results.values("adopters", years=2012).mean(["run", "year"]).to_numpy()
    middle = float(np.median(values))
    found = sim.discover(results, outcome="adopters", year=2012, relative_to=None, above=middle)
    points = found.tables["points"]
    assert points["met"].to_numpy().tolist() == (values > middle).tolist()
    below = sim.discover(results, outcome="adopters", year=2012, relative_to=None, below=middle)
    assert below.facts["overall"] == pytest.approx((values < middle).mean())
    with pytest.raises(InputError, match="0 of 40 points meet"):
        sim.discover(results, outcome="adopters", year=2012, relative_to=None, above=1e9)
    with pytest.raises(InputError, match="not both"):
        sim.discover(results, above=1.0, below=2.0)

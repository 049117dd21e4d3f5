"""Boxes: known ones are found, chance is not taken for one, and mistakes are told."""

from __future__ import annotations

import math
from importlib.util import find_spec
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from sim.engine.chunk import Floats
from sim.errors import InputError
from sim.results.sweep import FactorInfo, SweepResults
from sim.studies.discovery import method
from sim.studies.discovery.method import Condition, Discovery, discover, read_values
from sim.studies.discovery.prim import Column, Side, inside_of, significant

# Importing it takes seconds, which collecting would pay for in every process.
pytestmark = pytest.mark.skipif(not find_spec("ema_workbench"), reason="needs ema_workbench")

POINTS = 400
ABOVE = Condition("working", 2040, 2029, True, 0.5)


@pytest.fixture(scope="module")
def columns() -> dict[str, Column]:
    random = np.random.default_rng(7)
    numbers = {name: random.random(POINTS) for name in ("a.low", "b.high", "c.idle", "d.idle")}
    return {
        **numbers,
        "scenario": random.choice(["baseline", "no-peers", "bans"], POINTS),
        "date": random.integers(2025, 2031, POINTS).astype(float),
        "fixed": np.full(POINTS, 3.0),
    }


def infos(columns: dict[str, Column]) -> list[FactorInfo]:
    return [
        FactorInfo(name, name, "share", "label" if name == "scenario" else "number")
        for name in columns
    ]


def find(columns: dict[str, Column], values: Floats, **asked: object) -> Discovery:
    return discover(ABOVE, infos(columns), columns, values, **asked)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method, "RESAMPLES", 3)


def test_a_known_box(columns: dict[str, Column]) -> None:
    inside = (columns["a.low"] < 0.5) & (columns["b.high"] > 0.6)
    found = find(columns, inside.astype(float))
    box = found.boxes[0]
    assert {limit.factor.name for limit in box.limits} == {"a.low", "b.high"}
    low, high = sorted(box.limits, key=lambda limit: limit.factor.name)
    assert low.low is None and low.high == pytest.approx(0.5, abs=0.05)
    assert high.high is None and high.low == pytest.approx(0.6, abs=0.05)
    assert box.coverage > 0.95 and box.density > 0.9
    assert box.overall == pytest.approx(inside.mean())
    assert all(side.p < 1e-6 for limit in box.limits for side in limit.sides)
    assert all(limit.again > 0.6 for limit in box.limits)
    text = str(box)
    assert "a.low below 0.5" in text and "b.high above 0." in text and " of all; it holds " in text


def test_a_range_bounded_both_ways(columns: dict[str, Column]) -> None:
    values = ((columns["c.idle"] > 0.3) & (columns["c.idle"] < 0.7)).astype(float)
    (limit,) = find(columns, values).boxes[0].limits
    assert limit.low == pytest.approx(0.3, abs=0.05) and limit.high == pytest.approx(0.7, abs=0.05)
    assert str(limit).startswith("c.idle from 0.")


def test_labels_and_whole_numbers(columns: dict[str, Column]) -> None:
    inside = (columns["scenario"] != "bans") & (columns["date"] >= 2028)
    box = find(columns, inside.astype(float)).boxes[0]
    by_name = {limit.factor.name: limit for limit in box.limits}
    assert set(by_name) == {"scenario", "date"}
    assert by_name["scenario"].labels == ("baseline", "no-peers")
    assert str(by_name["scenario"]) == "scenario baseline or no-peers"
    assert by_name["date"].low is not None and 2027 < by_name["date"].low <= 2028
    assert box.density == 1.0 and box.coverage == 1.0


@pytest.mark.slow
def test_a_second_box_is_sought_outside_the_first(columns: dict[str, Column]) -> None:
    one = (columns["a.low"] < 0.4) & (columns["b.high"] > 0.5)
    other = (columns["c.idle"] > 0.8) & (columns["d.idle"] < 0.6)
    found = find(columns, (one | other).astype(float))
    assert len(found.boxes) >= 2
    assert sum(box.coverage for box in found.boxes) <= 1.0 + 1e-9
    assert sum(box.points for box in found.boxes) <= POINTS
    assert {limit.factor.name for limit in found.boxes[0].limits} == {"a.low", "b.high"}
    assert {limit.factor.name for limit in found.boxes[1].limits} == {"c.idle", "d.idle"}


def test_chance_gives_no_dense_box(columns: dict[str, Column]) -> None:
    values = (np.random.default_rng(3).random(POINTS) > 0.5).astype(float)
    for box in find(columns, values, least_density=0.95).boxes:
        assert box.mass < 0.2


def test_a_density_that_nothing_reaches(columns: dict[str, Column]) -> None:
    values = (np.random.default_rng(3).random(POINTS) > 0.8).astype(float)
    assert find(columns, values, least_density=1.0).boxes == ()


def test_same_seed_same_boxes(columns: dict[str, Column]) -> None:
    values = columns["a.low"] + 0.5 * columns["b.high"]
    one, other = (find(columns, values, most=1) for _ in range(2))
    assert one.boxes and repr(one.boxes) == repr(other.boxes)


def test_rows(columns: dict[str, Column]) -> None:
    inside = (columns["a.low"] < 0.5) & (columns["b.high"] > 0.6)
    found = find(columns, inside.astype(float))
    row = found.rows()[0]
    assert list(row)[:7] == ["box", "points", "density", "coverage", "mass", "overall", "factor"]
    assert row["unit"] == "share" and row["labels"] == ""
    steps = [step for step in found.step_rows() if step["box"] == 1]
    assert steps[0]["coverage"] == 1.0 and steps[0]["mass"] == 1.0 and steps[0]["restricted"] == 0
    assert sum(step["chosen"] for step in steps) == 1
    assert len(found.point_rows()) == POINTS


def test_points_without_a_value_are_left_out(columns: dict[str, Column]) -> None:
    inside = (columns["a.low"] < 0.5) & (columns["b.high"] > 0.6)
    values = inside.astype(float)
    values[:50] = np.nan
    found = find(columns, values)
    assert found.used == POINTS - 50
    assert not found.hits[:50].any()
    assert found.overall == pytest.approx(inside[50:].mean())
    assert found.boxes[0].coverage > 0.9


@pytest.mark.parametrize(("level", "word"), [(0.2, "no"), (0.9, "every")])
def test_none_or_all(columns: dict[str, Column], level: float, word: str) -> None:
    with pytest.raises(InputError, match=f"{word} point is one where") as caught:
        find(columns, np.full(POINTS, level))
    assert "--above, --below or --quantile" in str(caught.value)
    assert f"from {level} to {level}" in str(caught.value)


def test_too_few_points(columns: dict[str, Column]) -> None:
    few = {name: values[:19] for name, values in columns.items()}
    with pytest.raises(InputError, match="19 points have a value; discovery needs at least 20"):
        find(few, few["a.low"])


def test_just_enough_points(columns: dict[str, Column]) -> None:
    few = {name: values[:20] for name, values in columns.items()}
    found = find(few, (few["a.low"] < np.median(few["a.low"])).astype(float))
    assert found.used == 20  # whatever it finds, it ends


def test_below(columns: dict[str, Column]) -> None:
    condition = Condition("working", 2040, None, False, 0.25)
    found = discover(condition, infos(columns), columns, columns["a.low"])
    (limit,) = found.boxes[0].limits
    assert limit.factor.name == "a.low" and limit.high == pytest.approx(0.25, abs=0.05)
    assert str(condition) == "working in 2040 is below 0.25"


def test_values_of_points() -> None:
    later = np.array([[4.0, 6.0], [1.0, math.nan], [math.nan, math.nan], [3.0, 3.0]])
    base = np.array([[10.0, 10.0], [2.0, math.nan], [math.nan, math.nan], [0.0, 0.0]])
    years = {2040: later, 2029: base}
    sweep = cast(
        SweepResults, SimpleNamespace(values_by_point=lambda outcome, year, *group: years[year])
    )
    ratio = read_values(sweep, ABOVE)
    assert ratio[:2] == pytest.approx([0.5, 0.5])
    assert np.isnan(ratio[2:]).all()  # all runs failed; nothing worked before
    assert read_values(sweep, Condition("working", 2040, None, True, 0.5))[0] == 5.0


def test_quasi_p_is_the_binomial_test_of_bryant_and_lempert() -> None:
    from scipy.stats import binomtest

    x = np.arange(100) / 100.0
    hits = (x > 0.45) & (np.arange(100) % 3 > 0)
    columns, all_points = {"x": x}, np.ones(100, dtype=bool)
    ((side,), dropped) = significant([Side("x", low=0.5)], columns, hits, all_points)
    inside = x >= 0.5
    exact = binomtest(int(hits[inside].sum()), int(inside.sum()), hits.mean(), "greater")
    assert side.p == pytest.approx(exact.pvalue)
    assert dropped == ()


def test_the_least_significant_side_goes_first() -> None:
    random = np.random.default_rng(1)
    columns: dict[str, Column] = {name: random.random(300) for name in "xyz"}
    hits = columns["x"] > 0.5
    sides = [Side("x", low=0.5), Side("y", low=0.02), Side("z", high=0.98)]
    kept, dropped = significant(sides, columns, hits, np.ones(300, dtype=bool))
    assert [side.column for side in kept] == ["x"] and set(dropped) == {"y", "z"}
    assert inside_of(kept, columns).sum() == (columns["x"] >= 0.5).sum()

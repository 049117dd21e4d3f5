"""Curves in a line of text: a block a year, higher for more."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.studies.runs.spark import LEVELS, OUTCOMES, draw_spark, sparks_of


def test_the_lowest_block_is_nothing_and_the_highest_the_top() -> None:
    assert draw_spark(np.array([0.0, 5.0, 10.0]), 10.0) == f"{LEVELS[0]}{LEVELS[4]}{LEVELS[-1]}"
    assert draw_spark(np.zeros(3), 0.0) == LEVELS[0] * 3


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=50))
def test_blocks_rise_with_values(values: list[float]) -> None:
    heights = [LEVELS.index(block) for block in draw_spark(np.array(values), max(values))]
    assert len(heights) == len(values)
    for one, at in zip(values, heights, strict=True):
        assert all(at <= height for v, height in zip(values, heights, strict=True) if v > one)


def test_runs_have_a_curve_for_each_usual_outcome() -> None:
    runs = sim.run("baseline", runs=2, set={"horizon.end": 2010})
    found = sparks_of(runs)
    assert len(found) == len(OUTCOMES) and {one.years for one in found} == {(2000, 2010)}
    assert {len(one.text) for one in found} == {11}
    assert found[0].highest == runs.curve("trained", years=[2010])["mean"].item()

"""The table of plausible sets: what it may contain, and which set a run takes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.model.parameters import attribute
from sim.model.register import SHIPPED
from sim.runs.store import write_csv
from sim.scenario.keys import find_key
from sim.scenario.parameter_sets import (
    PlausibleSets,
    plausible_table,
    read_plausible,
    shipped_plausible,
)

RIGHT = "set,weight,contracts.fee,contracts.term\n0,0.25,0.1,3\n1,0.75,0.9,5\n"


def read(folder: Path, text: str) -> PlausibleSets:
    path = folder / "plausible.csv"
    path.write_text(text, encoding="utf-8")
    return read_plausible(path)


def test_a_right_table_and_one_that_was_written(tmp_path: Path) -> None:
    found = read(tmp_path, RIGHT)
    assert (found.keys, found.weights) == (("contracts.fee", "contracts.term"), (0.25, 0.75))
    assert found.values(1) == {"contracts.fee": 0.9, "contracts.term": 5}
    count = 900  # a weight of a ninth of a hundredth has no end, and small errors add up
    rows = tuple((number / (count + 1), 1 + number % 9) for number in range(count))
    sets = PlausibleSets(found.keys, rows, (1.0 / count,) * count)
    write_csv(tmp_path / "t.csv", plausible_table(sets))
    again = read_plausible(tmp_path / "t.csv")
    assert again.weights == pytest.approx([1.0 / count] * count, rel=1e-9)
    for one, other in zip(again.rows, rows, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_every_column_that_is_not_varied_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="delete the others, or calibrate again") as caught:
        read(
            tmp_path,
            RIGHT.replace("fee", "fee_").replace("contracts.term", "history.democracy_trend"),
        )
    unknown, fixed = caught.value.messages
    assert unknown == "contracts.fee_: unknown key; did you mean 'contracts.fee'?"
    assert fixed == "history.democracy_trend: not varied"


def test_the_shipped_sets_lie_within_the_plausible_ranges() -> None:
    sets = shipped_plausible()
    assert sum(sets.weights) == pytest.approx(1.0, abs=1e-6)
    for path, values in sets.columns.items():
        low, high = attribute(find_key(path, SHIPPED).field, "plausible")
        assert low * (1 - 1e-5) - 1e-5 <= min(values) <= max(values) <= high * (1 + 1e-5), path


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30).filter(any), st.integers(1, 300))
def test_any_first_runs_take_sets_by_weight(whole: list[int], count: int) -> None:
    weights = tuple(weight / sum(whole) for weight in whole)
    sets = PlausibleSets(("contracts.fee",), tuple((0.5,) for _ in whole), weights)
    taken = [0] * len(whole)
    for run_number in range(count):
        taken[sets.number_of(run_number)] += 1
    for times, weight in zip(taken, weights, strict=True):
        assert abs(times - count * weight) <= math.log2(count) + 1.0
        assert times == 0 or weight > 0.0

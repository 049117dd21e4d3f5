"""The table of plausible sets: what it may contain, and which set a replicate takes."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.parameters import Section, parameter
from sim.results.store import write_csv
from sim.rules import Rules
from sim.scenario.parameter_sets import PlausibleSets, plausible_table, read_plausible


class Small(Section):
    """For tests."""

    share: float = parameter(
        0.5, "A share.", unit="share", low=0.0, high=1.0, source="-", evidence=1
    )
    count: int = parameter(3, "A number.", unit="", low=1, high=9, source="-", evidence=1)


class SmallRules(Rules):
    """For tests."""

    @cached_property
    def sections(self) -> dict[str, type[Section]]:
        """Sections of a scenario file by name."""
        return {"small": Small}


RULES = SmallRules()
RIGHT = "set,weight,small.share,small.count\n0,0.25,0.1,3\n1,0.75,0.9,5\n"


def read(folder: Path, text: str) -> PlausibleSets:
    path = folder / "plausible.csv"
    path.write_text(text, encoding="utf-8")
    return read_plausible(path, RULES)


def test_a_right_table_and_one_that_was_written(tmp_path: Path) -> None:
    found = read(tmp_path, RIGHT)
    assert (found.keys, found.weights) == (("small.share", "small.count"), (0.25, 0.75))
    assert found.values(1) == {"small.share": 0.9, "small.count": 5}
    assert type(found.values(0)["small.count"]) is int
    count = 900  # a weight of a ninth of a hundredth has no end, and small errors add up
    rows = tuple((number / (count + 1), 1 + number % 9) for number in range(count))
    sets = PlausibleSets(found.keys, rows, (1.0 / count,) * count)
    header, cells = plausible_table(sets)
    write_csv(tmp_path / "t.csv", pd.DataFrame(cells, columns=header))
    again = read_plausible(tmp_path / "t.csv", RULES)
    assert again.weights == pytest.approx([1.0 / count] * count, rel=1e-9)
    for one, other in zip(again.rows, rows, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("small.share", "small.shrae", " small.shrae: unknown key; did you mean 'share'?"),
        ("0.1,3", "0.1,12", " small.count: must be a whole number from 1 to 9, not 12"),
        ("0.1,3", "-0.1,3", " small.share: must be a number from 0 to 1 (share), not -0.1"),
        ("0.25", "0.3", " must begin with columns set,weight, and weights add up to 1"),
        ("set,weight", "weight,set", " must begin with columns set,weight, and weights"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, RIGHT.replace(old, new))
    (message,) = caught.value.messages
    assert f"plausible.csv:{expected}" in message


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30).filter(any), st.integers(1, 300))
def test_any_first_replicates_take_sets_by_weight(whole: list[int], count: int) -> None:
    weights = tuple(weight / sum(whole) for weight in whole)
    sets = PlausibleSets(("small.share",), tuple((0.5,) for _ in whole), weights)
    taken = [0] * len(whole)
    for replicate in range(count):
        taken[sets.number_of(replicate)] += 1
    for times, weight in zip(taken, weights, strict=True):
        assert abs(times - count * weight) <= math.log2(count) + 1.0
        assert times == 0 or weight > 0.0


def test_a_power_of_two_takes_equal_sets_equally() -> None:
    sets = PlausibleSets(("small.share",), ((0.5,),) * 8, (0.125,) * 8)
    assert sorted(sets.number_of(replicate) for replicate in range(8)) == list(range(8))
    assert [sets.number_of(replicate) for replicate in range(4)] == [0, 4, 2, 6]

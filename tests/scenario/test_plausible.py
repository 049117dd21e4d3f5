"""The table of plausible sets: what it may hold, and which set a replicate takes."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.parameters import Section, parameter
from sim.results.files import write_csv
from sim.rules import Rules
from sim.scenario.plausible import PlausibleSets, plausible_table, read_plausible


class Small(Section):
    """For tests."""

    share: float = parameter(
        0.5, "A share.", unit="share", low=0.0, high=1.0, source="-", evidence=1
    )
    count: int = parameter(3, "A number.", unit="", low=1, high=9, source="-", evidence=1)
    shift: float = parameter(0.0, "A shift.", unit="", low=-2.0, high=2.0, source="-", evidence=1)


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


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, text)
    return caught.value.messages


def test_a_right_table(tmp_path: Path) -> None:
    found = read(tmp_path, RIGHT)
    assert found.keys == ("small.share", "small.count")
    assert found.weights == (0.25, 0.75)
    assert found.values(1) == {"small.share": 0.9, "small.count": 5}
    assert type(found.values(0)["small.count"]) is int


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    # A third has no end, and many small errors add up.
    count = 900
    rows = tuple((number / (count + 1), 1 + number % 9, -2.0) for number in range(count))
    keys = ("small.share", "small.count", "small.shift")
    sets = PlausibleSets(keys, rows, (1.0 / count,) * count)
    path = tmp_path / "plausible.csv"
    write_csv(path, *plausible_table(sets))
    found = read_plausible(path, RULES)
    assert found.keys == keys
    assert found.weights == pytest.approx(sets.weights, rel=1e-9)
    for one, other in zip(found.rows, rows, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_unknown_keys_come_with_the_nearest(tmp_path: Path) -> None:
    text = RIGHT.replace("small.share", "small.shrae").replace("small.count", "zzz")
    first, second = faults(tmp_path, text)
    assert "plausible.csv:1: no parameter 'small.shrae'; did you mean 'small.share'?" in first
    assert "no parameter 'zzz'; there are: small.share" in second


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, RIGHT.replace("small.count", "small.share"))
    assert "plausible.csv:1: small.share stands twice" in fault


@pytest.mark.parametrize(
    ("cell", "allowed"),
    [
        ("0.1,12", "small.count: must be a whole number from 1 to 9"),
        ("0.1,2.5", "small.count: must be a whole number from 1 to 9"),
        ("-0.1,3", "small.share: must be a number from 0 to 1 (share)"),
        ("nan,3", "small.share: must be a number from 0 to 1"),
        ("much,3", "small.share: must be a number from 0 to 1"),
        (",3", "small.share: must be a number from 0 to 1"),
    ],
)
def test_values_out_of_range(tmp_path: Path, cell: str, allowed: str) -> None:
    (fault,) = faults(tmp_path, RIGHT.replace("0.1,3", cell))
    assert "plausible.csv:2: " in fault and allowed in fault


@pytest.mark.parametrize("weight", ["-0.25", "inf", "nan", "", "half"])
def test_weights_that_are_none(tmp_path: Path, weight: str) -> None:
    (fault,) = faults(tmp_path, RIGHT.replace("0.25", weight))
    assert f"plausible.csv:2: weight {weight!r}; must be a number from 0" in fault


def test_weights_must_add_up(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, RIGHT.replace("0.25", "0.3"))
    assert "the weights add up to 1.05; must be 1" in fault


def test_everything_is_said_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, RIGHT.replace("0.1,3", "7,99") + "2,0\n")
    assert len(found) == 3
    assert "plausible.csv:4: 2 cells; must be 4" in found[2]


@pytest.mark.parametrize(
    "text", ["", "set,weight\n", "set,weight,small.share\n", "weight,set,small.share\n0,1,0.5\n"]
)
def test_what_is_no_such_table(tmp_path: Path, text: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert "must begin with columns set,weight and then parameters" in fault


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_plausible(tmp_path / "none.csv")


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=30).filter(any),
    st.integers(1, 300),
)
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


def test_a_replicate_keeps_its_set() -> None:
    sets = PlausibleSets(("small.share",), ((0.5,),) * 7, (1 / 7,) * 7)
    assert [sets.number_of(n) for n in (5, 3, 5)][::2] == [sets.number_of(5)] * 2
    assert all(0 <= sets.number_of(2**n - 1) < 7 for n in range(31))

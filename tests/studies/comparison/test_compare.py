"""Scenarios compared run by run: what is paired, which states change, what is read of folders."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim
from sim.batch import tasks
from sim.engine import run_chunk
from sim.engine.chunk import Chunk, CountryLabel, end_of
from sim.errors import InputError
from sim.register import register
from sim.results.effects import effect_of
from sim.studies.comparison.method import compare_sides, compare_two
from sim.studies.comparison.report import NOTE, _cell
from sim.studies.comparison.sides import (
    Content,
    Side,
    content_of_folder,
    read_side,
    shared_content,
)
from sim.studies.comparison.states import state_changes
from sim.studies.numbers_as_text import of_runs

RUNS = 40


def side(
    label: str,
    adopted: Sequence[Sequence[float]],
    working: Sequence[Sequence[int]],
    runs: Sequence[int] | None = None,
) -> Side:
    states = tuple(CountryLabel(code, code.title(), "r", "hybrid") for code in ("AAA", "BBB"))
    numbers = np.arange(len(adopted)) if runs is None else np.array(runs)
    quarters = tuple(range(164))
    world = np.repeat(numbers[:, np.newaxis], len(quarters), axis=1)
    return Side(
        label=label,
        content=Content({"working": register()["working"]}, quarters, {}, states),
        runs=numbers,
        sets=numbers,
        world={"working": world.astype(np.float32)},
        grouped={},
        adopted=np.array(adopted, np.float32),
        working=np.array(
            [[[bits >> k & 1 == 1 for k in range(64)] for bits in run] for run in working]
        ),
    )


def all_of(one: Side) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(one.runs)), np.arange(len(one.runs))


def test_states_are_paired_and_sorted() -> None:
    bit = 1 << 40
    one = side(
        "a", [[2010.0, math.inf], [2012.5, 2041.0], [math.inf, 2020.0]], [[bit, 0], [0, 0], [0, 0]]
    )
    other = side(
        "b",
        [[2011.0, 2030.0], [2015.5, 2040.75], [2013.0, math.inf]],
        [[bit, bit], [0, bit], [0, 1 << 30]],
    )
    first, second = state_changes(one, other, all_of(one))
    assert (first.state.iso3, second.state.iso3) == ("BBB", "AAA")
    assert list(first.events) == ["adopted_2040", "working_2030", "working_2040"]
    assert first.headline.difference == pytest.approx(2 / 3)
    assert first.events["working_2030"].gained == pytest.approx(1 / 3)
    adopted = first.events["adopted_2040"]
    # The first date after 2040 does not count; one is gained twice, one lost.
    assert (adopted.reference, adopted.alternative) == pytest.approx((1 / 3, 2 / 3))
    assert (adopted.gained, adopted.lost) == pytest.approx((2 / 3, 1 / 3))
    # Two of two discordant runs: by chance in half of all cases.
    assert first.headline.p_value == pytest.approx(0.5) and not first.clear


def test_a_state_that_changes_beyond_chance_stands_before_a_larger_change_of_few_runs() -> None:
    """A set counts once, so that twenty runs of two sets are no proof."""
    bit = 1 << 40
    one = side("a", [[2010.0, 2010.0]] * 20, [[0, 0]] * 20)
    other = side("b", [[2010.0, 2010.0]] * 20, [[bit, bit if run < 4 else 0] for run in range(20)])
    changes = state_changes(one, other, all_of(one))
    assert [(change.state.iso3, change.clear) for change in changes] == [
        ("AAA", True), ("BBB", False),
    ]  # fmt: skip
    assert changes[0].row()["adjusted_p_working_2040"] == pytest.approx(2 * 2.0**-19)
    alike = replace(one, sets=np.arange(20) % 2)
    assert not any(change.clear for change in state_changes(alike, other, all_of(one)))


def test_only_runs_that_are_good_in_both_are_paired() -> None:
    bit = 1 << 40
    one = side("a", [[2010.0, 2011.0]] * 3, [[bit, 0], [0, 0], [0, 0]], runs=[0, 2, 5])
    other = side("b", [[2010.0, 2012.0]] * 3, [[0, bit], [0, 0], [bit, bit]], runs=[2, 3, 5])
    found = compare_two(one, other)
    assert found.runs == 2
    # World values are the run's number: pairs by place would differ.
    assert (found.world["working"].mean == 0.0).all()
    assert found.world["working"].reference == pytest.approx(3.5)
    by_code = {change.state.iso3: change for change in found.states}
    assert by_code["AAA"].headline.gained == pytest.approx(0.5)
    assert by_code["BBB"].headline.difference == pytest.approx(1.0)
    assert {row["runs"] for row in found.rows()} == {2}
    alone = side("c", [[2010.0, 2012.0]], [[0, 0]], runs=[9])
    with pytest.raises(InputError, match="no run is good in both a and c"):
        compare_two(one, alone)


def content(quarters: Sequence[int]) -> Content:
    return replace(side("a", [[1.0, 1.0]], [[0, 0]]).content, quarters=tuple(quarters))


def test_the_last_year_is_a_whole_one() -> None:
    assert content(range(164)).last_year == 2040
    assert content(range(163)).last_year == 2039
    assert content([end_of(2030), end_of(2035)]).last_year == 2035
    assert content([0, 1]).last_year == 2000
    assert content([0, 1]).group_places == (1,)


def test_what_sides_share() -> None:
    quarterly, yearly = content(range(164)), content(range(3, 164, 4))
    assert shared_content({"q": quarterly, "y": yearly}).quarters == yearly.quarters
    assert shared_content({"y": yearly, "q": quarterly}) == yearly
    without = replace(yearly, states=(), groups={"region": ("x",)})
    assert shared_content({"q": quarterly, "n": without}).states == ()
    assert shared_content({"q": quarterly, "n": without}).groups == {}
    odd = content([0, 3, 7])
    with pytest.raises(InputError, match="odd keeps 3 quarters from 2000 Q1 to 2001 Q4, y keeps"):
        shared_content({"y": yearly, "odd": odd})
    elsewhere = replace(yearly, states=yearly.states[:1])
    with pytest.raises(InputError, match="other states"):
        shared_content({"y": yearly, "e": elsewhere})
    regrouped = replace(without, groups={"region": ("z",)})
    with pytest.raises(InputError, match="other groups"):
        shared_content({"n": without, "r": regrouped})


def test_sides_that_keep_other_things_are_refused() -> None:
    one = side("a", [[1.0, 1.0]], [[0, 0]])
    with pytest.raises(ValueError, match="different things"):
        compare_two(one, replace(one, content=content(range(163))))


def test_no_more_than_two_sides_are_in_memory() -> None:
    alive: list[weakref.ref[Side]] = []

    def made() -> Iterator[Side]:
        for label in ("b", "c", "d"):
            assert not any(reference() for reference in alive)
            alive.append(weakref.ref(one := side(label, [[1.0, 1.0]], [[0, 0]])))
            yield one
            del one

    reference = side("a", [[1.0, 1.0]], [[0, 0]])
    assert [c.alternative for c in compare_sides(reference, made())] == ["b", "c", "d"]


def run(name: str, seed: int, runs: int = RUNS, threads: int = 2) -> Side:
    results = sim.run(name, seed=seed, runs=runs, threads=threads, point=True)
    return read_side(name, results, content_of_folder(results, ["working"]))


def test_threads_and_chunks_do_not_matter() -> None:
    many, few = run("baseline", 1), run("baseline", 1, runs=23, threads=1)
    kept = few.content
    assert (few.world["working"] == many.world["working"][:23]).all()
    assert (few.grouped["working"] == many.grouped["working"][:23]).all()
    assert (few.adopted == many.adopted[:23]).all() and (few.working == many.working[:23]).all()
    # Of each kind, the groups add up to the world.
    ends = few.world["working"][:, list(kept.group_places)]
    for kind in kept.groups:
        places = [at for at, (k, _) in enumerate(kept.groups_of("working")) if k == kind]
        assert few.grouped["working"][:, :, places].sum(axis=2) == pytest.approx(ends)


def test_runs_that_fail_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(ensemble: Any, asked: Any, set_of: Any = None) -> Chunk:
        chunk = run_chunk(ensemble, asked, set_of)
        if len(asked) and chunk.first == 10:
            chunk.tallies[3, 100, 0, 0] = math.nan  # run 13
            chunk.tallies[5, :, 0] *= 2.0  # run 15: groups do not add up to the world
        return chunk

    whole = run("baseline", 1)
    monkeypatch.setattr(tasks, "run_chunk", broken)
    some = run("baseline", 1)
    good = np.setdiff1d(np.arange(RUNS), [13, 15])
    assert (some.runs == good).all()
    assert (some.world["working"] == whole.world["working"][good]).all()
    assert (some.working == whole.working[good]).all()
    assert compare_two(whole, some).runs == RUNS - 2
    assert (compare_two(whole, some).grouped["working"].mean == 0.0).all()


@pytest.mark.parametrize(("runs", "cell"), [(1, "-1"), (2, "-2 ± 1 (-2.9 to -1.1)")])
def test_a_single_pair_of_runs_has_no_interval(runs: int, cell: str) -> None:
    before, after = np.array([[5.0], [7.0]])[:runs], np.array([[4.0], [4.0]])[:runs]
    found = effect_of(before, after, np.arange(runs))
    assert _cell(0, (register()["working"], found)) == cell


@pytest.mark.parametrize("runs", [1, 2, 20])
def test_what_is_printed_says_how_sure_it_is(runs: int) -> None:
    words = of_runs("Differences", NOTE, runs)
    assert ("no interval" in words) == (runs == 1) and ("90 % of runs" in words) == (runs > 1)
    assert ("nearly all" in words) == (runs == 2)

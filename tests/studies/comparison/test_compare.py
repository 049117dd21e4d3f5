"""Paired differences: arithmetic, states, and what shared luck is worth."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import sim
from sim.batch import tasks
from sim.engine import run_chunk
from sim.engine.chunk import Chunk, CountryLabel, end_of
from sim.errors import InputError
from sim.register import register
from sim.studies.comparison.method import compare_sides, compare_two, paired_difference
from sim.studies.comparison.report import NOTE, _cell
from sim.studies.comparison.sides import (
    Content,
    Side,
    content_of_folder,
    read_side,
    shared_content,
)
from sim.studies.comparison.states import paired_likelihoods, parting_of, state_changes
from sim.studies.numbers_as_text import of_runs

RUNS = 40
MANY = 600
"""Runs of the slow test, enough to tell variances from each other."""


def arrays(runs: int, width: int) -> st.SearchStrategy[np.ndarray]:
    whole = st.integers(-50, 200).map(float)
    return hnp.arrays(np.float64, (runs, width, 2), elements=whole)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    runs, width = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    return draw(arrays(runs, width)), draw(arrays(runs, width))


@given(pairs())
@settings(max_examples=60)
def test_arithmetic_is_numpys(pair: tuple[np.ndarray, np.ndarray]) -> None:
    one, other = pair
    found = paired_difference(one, other)
    runs = len(one)
    for cell in np.ndindex(one.shape[1:]):
        a, b = one[(slice(None), *cell)], other[(slice(None), *cell)]
        assert found.mean[cell] == pytest.approx(b.mean() - a.mean(), abs=1e-9)
        assert found.error[cell] == pytest.approx(np.std(b - a, ddof=1) / math.sqrt(runs))
        assert found.quantiles["q05"][cell] == pytest.approx(np.quantile(b - a, 0.05))
        assert found.quantiles["q95"][cell] == pytest.approx(np.quantile(b - a, 0.95))
        apart, paired = np.var(a, ddof=1) + np.var(b, ddof=1), np.var(b - a, ddof=1)
        if paired > 0:
            # By the rule var(A - B) = var A + var B - 2 cov(A, B).
            covariance = np.cov(a, b)[0, 1]
            assert found.factor[cell] == pytest.approx(1.0 + 2.0 * covariance / paired, abs=1e-9)
            assert found.unpaired_runs[cell] == pytest.approx(runs * apart / paired)
        elif apart > 0:
            assert math.isinf(found.factor[cell])
        else:
            assert math.isnan(found.factor[cell])


@given(hnp.arrays(np.float64, (6, 1, 1), elements=st.floats(-1e3, 1e3, width=32)))
@settings(max_examples=40)
def test_the_same_difference_in_every_run(values: np.ndarray) -> None:
    found = paired_difference(values, values)
    assert found.mean == 0.0 and found.error == 0.0
    # Either the runs differ (infinitely better) or nothing varies (no answer); never a number.
    assert not np.isfinite(found.factor).any()


def test_noise_of_single_precision_is_no_spread() -> None:
    one = np.linspace(0.1, 0.9, 7, dtype=np.float32).reshape(7, 1)
    other = (one + np.float32(0.3)).astype(np.float32)
    found = paired_difference(one.astype(np.float64), other.astype(np.float64))
    assert np.isinf(found.factor).all()


def test_a_single_run_says_nothing_of_precision() -> None:
    found = paired_difference(np.ones((1, 2)), np.zeros((1, 2)))
    assert (found.mean == -1.0).all()
    assert np.isnan(found.error).all() and np.isnan(found.factor).all()


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        paired_difference(np.ones((2, 2)), np.ones((3, 2)))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40))
@settings(max_examples=60)
def test_likelihoods(happened: list[tuple[bool, bool]]) -> None:
    one, other = (np.array(column) for column in zip(*happened, strict=True))
    found = paired_likelihoods(one, other)
    assert found.difference == pytest.approx(other.mean() - one.mean())
    assert found.difference == pytest.approx(found.gained - found.lost)
    assert found.changed == pytest.approx((one != other).mean())
    assert found.error == pytest.approx(
        np.std(other.astype(float) - one, ddof=1) / math.sqrt(len(one))
    )


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
    assert (first.shift, first.shift_runs) == (-0.25, 1)
    assert (second.shift, second.shift_runs) == (2.0, 2)
    # Its histories part in 2040 twice and in 2030 once; the other state's never.
    assert first.parting.ever == 1.0
    assert first.parting.often_from == 2030
    assert (first.parting.likeliest, first.parting.likeliest_share) == (2040, pytest.approx(2 / 3))
    assert second.parting.first is None and second.parting.likeliest is None
    assert second.row()["often_different_from"] is None


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 30), st.integers(1, 6))))
@settings(max_examples=100)
def test_when_histories_part(differs: np.ndarray) -> None:
    runs, width = differs.shape
    years = range(2031, 2031 + width)
    found = parting_of(differs, years)
    firsts = [years[list(run).index(True)] for run in differs if any(run)]
    often = [y for k, y in enumerate(years) if sum(run[k] for run in differs) * 10 >= runs]
    assert found.ever == pytest.approx(len(firsts) / runs)
    assert found.often_from == (often[0] if often else None)
    if not firsts:
        assert (found.first, found.likeliest, found.likeliest_share) == (None, None, 0.0)
        return
    assert found.likeliest == min(firsts, key=lambda year: (-firsts.count(year), year))
    assert found.likeliest_share == pytest.approx(firsts.count(found.likeliest) / runs)
    assert found.first is not None
    low, middle, high = found.first
    assert low <= middle <= high and {low, middle, high} <= set(firsts)
    assert 2 * sum(year <= middle for year in firsts) >= len(firsts)
    assert 2 * sum(year >= middle for year in firsts) >= len(firsts)


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


@pytest.mark.slow
def test_the_factor_is_what_unpaired_seeds_show() -> None:
    """The factor against the variance of truly unpaired differences, in 2040's working systems.

    With seeds 1 and 2 for scenarios A and B there are two independent samples of an unpaired
    difference, B2 - A1 and B1 - A2, and two of a paired one. By the rule the printed factor of a
    seed is (var A + var B) / var(B - A). Measured is the mean of the unpaired variances over the
    variance of the seed's paired differences. In the quotient of the two only
    (var A + var B) and the unpaired variance remain, each with a relative standard error of at most
    sqrt(2 / (n - 1)): together at most sqrt(4 / (n - 1)) = 0.08 for n = 600.
    """
    found = {
        (name, seed): run(name, seed, MANY).world["working"][:, -1]
        for name in ("baseline", "no-exit-cost")
        for seed in (1, 2)
    }
    tolerance = 3.0 * math.sqrt(4.0 / (MANY - 1))
    unpaired = [
        np.var(found["no-exit-cost", other] - found["baseline", seed], ddof=1)
        for seed, other in ((1, 2), (2, 1))
    ]
    for seed in (1, 2):
        a, b = found["baseline", seed], found["no-exit-cost", seed]
        factor = float(paired_difference(a, b).factor)
        measured = float(np.mean(unpaired) / np.var(b - a, ddof=1))
        assert measured / factor == pytest.approx(1.0, abs=tolerance)
        # Pairing is worth much, in both measures.
        assert factor > 1.5 and measured > 1.5
    # Without shared luck the factor says that nothing is gained.
    apart = paired_difference(found["baseline", 1], found["no-exit-cost", 2])
    assert float(apart.factor) == pytest.approx(1.0, abs=tolerance)


@pytest.mark.parametrize(("runs", "cell"), [(1, "-1"), (2, "-2 ± 1 (-2.9 to -1.1)")])
def test_a_single_pair_of_runs_has_no_interval(runs: int, cell: str) -> None:
    before, after = np.array([[5.0], [7.0]])[:runs], np.array([[4.0], [4.0]])[:runs]
    found = paired_difference(before, after)
    assert _cell(0, (register()["working"], found)) == cell
    (parting,) = [parting_of(np.array([[False, True]] * runs), range(2020, 2022))]
    assert parting.in_words(runs) == ("2021" if runs == 1 else "2021 (2021 to 2021)")
    assert replace(parting, ever=1 / 40).in_words(40) == "2021"
    assert replace(parting, first=None).in_words(runs) == "never"


@pytest.mark.parametrize("runs", [1, 2, 20])
def test_what_is_printed_says_how_sure_it_is(runs: int) -> None:
    words = of_runs("Differences", NOTE, runs)
    assert ("no interval" in words) == (runs == 1) and ("90 % of runs" in words) == (runs > 1)
    assert ("nearly all" in words) == (runs == 2)

"""Paired differences: arithmetic, states, and what shared luck is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.analysis.compare import (
    Side,
    compare_sides,
    last_year,
    paired_difference,
    paired_likelihoods,
    run_side,
    state_changes,
)
from sim.results.chunk import CountryLabel, end_of
from sim.results.outcomes import register
from sim.scenario import load_scenario

RUNS = 200


def arrays(runs: int, width: int) -> st.SearchStrategy[np.ndarray]:
    whole = st.integers(-50, 200).map(float)
    return hnp.arrays(np.float64, (runs, width, 2), elements=whole)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    runs, width = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    return draw(arrays(runs, width)), draw(arrays(runs, width))


@given(pairs())
@settings(max_examples=60, deadline=None)
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
@settings(max_examples=40, deadline=None)
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
@settings(max_examples=60, deadline=None)
def test_likelihoods(happened: list[tuple[bool, bool]]) -> None:
    one, other = (np.array(column) for column in zip(*happened, strict=True))
    found = paired_likelihoods(one, other)
    assert found.difference == pytest.approx(other.mean() - one.mean())
    assert found.difference == pytest.approx(found.gained - found.lost)
    assert found.changed == pytest.approx((one != other).mean())
    assert found.error == pytest.approx(
        np.std(other.astype(float) - one, ddof=1) / math.sqrt(len(one))
    )


def side(label: str, adopted: Sequence[Sequence[float]], working: Sequence[Sequence[int]]) -> Side:
    states = tuple(CountryLabel(code, code.title(), "r", "hybrid") for code in ("AAA", "BBB"))
    runs = len(adopted)
    quarters = tuple(range(164))
    return Side(
        label=label,
        quarters=quarters,
        outcomes={"working": register()["working"]},
        groups={"working": (("world", "world"),)},
        values={"working": np.zeros((runs, len(quarters), 1))},
        states=states,
        adopted=np.array(adopted, np.float64),
        working=np.array(working, np.int64),
    )


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
    first, second = state_changes(one, other)
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


def test_last_year_is_a_whole_one() -> None:
    assert last_year(range(164)) == 2040
    assert last_year(range(163)) == 2039
    assert last_year([end_of(2030), end_of(2035)]) == 2035
    assert last_year([0, 1]) == 2000


def test_sides_that_keep_other_quarters_are_refused() -> None:
    from dataclasses import replace

    one = side("a", [[1.0, 1.0]], [[0, 0]])
    with pytest.raises(ValueError, match="different quarters"):
        compare_sides([one, replace(one, quarters=one.quarters[:-1])])


@pytest.fixture(scope="module")
def sides() -> dict[str, Side]:
    """Reference and alternative with one seed, and the alternative with another."""
    asked = {"a": ("baseline", 1), "b": ("no-exit-cost", 1), "unpaired": ("no-exit-cost", 2)}
    return {
        label: run_side(label, load_scenario(name), ["working"], runs=RUNS, seed=seed, threads=2)
        for label, (name, seed) in asked.items()
    }


def test_threads_and_chunks_do_not_matter(sides: dict[str, Side]) -> None:
    again = run_side("a", load_scenario("baseline"), ["working"], runs=23, seed=1, threads=1)
    assert (again.values["working"] == sides["a"].values["working"][:23]).all()
    assert (again.adopted == sides["a"].adopted[:23]).all()


def test_the_factor_is_what_unpaired_seeds_show(sides: dict[str, Side]) -> None:
    """The printed factor against the variance of truly unpaired differences, 2040.

    The measured ratio is var(B' - A) / var(B - A), where B' has another seed; the printed factor
    is (var A + var B) / var(B - A). Their quotient is var(B' - A) / (var A + var B), of which the
    numerator has a relative standard error of sqrt(2 / (n - 1)) and the denominator one of at
    most that; together at most sqrt(4 / (n - 1)) = 0.14 for n = 200. Three of those are 0.43.
    """
    at = sides["a"].quarters.index(end_of(2040))
    a, b, apart = (sides[key].values["working"][:, at, 0] for key in ("a", "b", "unpaired"))
    factor = float(paired_difference(a, b).factor)
    measured = float(np.var(apart - a, ddof=1) / np.var(b - a, ddof=1))
    tolerance = 3.0 * math.sqrt(4.0 / (RUNS - 1))
    assert measured / factor == pytest.approx(1.0, abs=tolerance)
    # Pairing is worth much, in both measures; and without it the factor says so.
    assert factor > 2.0 and measured > 2.0
    assert float(paired_difference(a, apart).factor) == pytest.approx(1.0, abs=tolerance)

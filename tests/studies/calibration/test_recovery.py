"""Recovery of known truths: nominal coverage where it is due, and words that say when it is not."""

from __future__ import annotations

import numpy as np
import pytest

from sim.scenario import load_scenario
from sim.studies.calibration.emulator import fit
from sim.studies.calibration.plan import Aim
from sim.studies.calibration.recovery import Recovery, seek
from sim.studies.parameter_space import plausible_factors

WIDTH, TRUTHS = 4, 200
FACTORS = plausible_factors(load_scenario("baseline"))[:WIDTH]


def test_intervals_hold_their_share_of_the_truths() -> None:
    """Two targets with common chance; the truths come from the same prior as the proposals."""
    random = np.random.default_rng(5)

    def means(cube: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray:  # type: ignore[type-arg]
        return np.stack([cube[:, 0] * 3.0 + cube[:, 1], cube[:, 1] * 2.0 - cube[:, 0]], axis=1)

    def chance(shape: tuple[int, ...]) -> np.ndarray:  # type: ignore[type-arg]
        common = random.normal(0.0, 0.15, (*shape, 1))
        return common + random.normal(0.0, 0.05, (*shape, 2))

    cube = random.random((600, WIDTH))
    aims = [Aim("one", "", 1.0, 0.1, 0.0, False), Aim("two", "", 1.0, 0.2, 0.0, False)]
    emulator = fit(cube, means(cube)[:, np.newaxis, :] + chance((600, 4)), aims, "wave-1")
    truths = random.random((TRUTHS, WIDTH))
    noise = random.normal(size=(TRUTHS, 2)) * [0.1, 0.2]
    places = means(truths) + chance((TRUTHS,)) + noise
    ends, widths, sizes = seek(random.random((20_000, WIDTH)), emulator, places)
    found = Recovery(
        FACTORS, np.arange(TRUTHS), truths, ends, widths, sizes, np.array([1, 1, 0, 0], np.bool_)
    )
    assert 0.86 < found.coverage["all"] < 0.95
    assert 0.85 < found.coverage["the identified"] < 0.96
    assert widths[:, :2].mean() < 0.6
    assert widths[:, 2:].mean() == pytest.approx(1.0, abs=0.02)
    assert found.within_limits
    assert "Within the limits set, 80% to 98%." in found.words()
    assert found.too_narrow == {}


POINTS = [4, 8, 9, 11, 12, 30]


def recovery(ends: tuple[float, float, float]) -> Recovery:
    truths = np.full((len(POINTS), WIDTH), 0.5)
    found = np.tile(np.array(ends)[:, np.newaxis], (len(POINTS), 1, WIDTH))
    widths = np.full((len(POINTS), WIDTH), 0.9)
    nothing = np.zeros(WIDTH, np.bool_)
    return Recovery(
        FACTORS, np.array(POINTS), truths, found, widths, np.full(len(POINTS), 12.0), nothing
    )


def test_intervals_that_miss_are_not_trusted() -> None:
    found = recovery((0.6, 0.7, 0.8))
    assert found.coverage["all"] == 0.0 and not found.within_limits
    assert "not to be trusted" in found.words()
    assert "12 effective sets" in found.words()


def test_intervals_that_always_hold_are_too_wide() -> None:
    found = recovery((0.0, 0.5, 1.0))
    assert found.coverage == {"all": 1.0} and not found.within_limits


def test_intervals_that_hold_too_few_truths_are_reported_even_within_the_limits() -> None:
    """Of 200 intervals of an identified parameter 165 hold the truth: 82 %, where 180 are due."""
    truths = np.full((TRUTHS, WIDTH), 0.5)
    ends = np.tile(np.array([0.05, 0.5, 0.95])[:, np.newaxis], (TRUTHS, 1, WIDTH))
    ends[165:, 0, 0] = 0.6
    ends[180:, 0, 1:] = 0.6
    widths = np.full((TRUTHS, WIDTH), 0.95)
    identified = np.array([1, 0, 0, 0], np.bool_)
    found = Recovery(
        FACTORS, np.arange(TRUTHS), truths, ends, widths, np.full(TRUTHS, 900.0), identified
    )
    assert found.within_limits and list(found.too_narrow) == ["the identified"]
    assert 1e-4 < found.too_narrow["the identified"] < 2e-3
    assert "Too narrow are those of the identified" in found.words()
    ends[165:180, 0, 0] = 0.05
    assert found.too_narrow == {}


def test_rows_are_in_the_parameters_units() -> None:
    rows = recovery((0.0, 0.5, 1.0)).rows()
    assert len(rows) == len(POINTS) * WIDTH
    assert [row["point"] for row in rows[::WIDTH]] == POINTS
    for row, factor in zip(rows, FACTORS, strict=False):
        assert factor.low is not None and factor.high is not None
        assert row["q05"] == pytest.approx(factor.low)
        assert row["q95"] == pytest.approx(factor.high)
        assert row["true"] == pytest.approx((factor.low + factor.high) / 2.0)
        assert row["covered"] == "yes" and row["identified"] == "no"

"""The implausibility: its formula, its bounds, its words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.implausibility import (
    DISCREPANCY_SHARE,
    INSIDE,
    deviation,
    discrepancy_of,
    hold_outs_met,
    implausibility,
    verdict_of,
)

numbers = st.floats(-1e3, 1e3)
spreads = st.floats(0.0, 1e3)


def test_a_worked_example() -> None:
    # 12 apart; variances 3², 4² and 12² make 13².
    parts = {"sigma": 3.0, "ensemble_sd": 4.0, "discrepancy": 12.0}
    assert deviation(100.0, 112.0, **parts) == pytest.approx(12 / 13)
    assert deviation(112.0, 100.0, **parts) == pytest.approx(-12 / 13)
    assert implausibility(112.0, 100.0, **parts) == pytest.approx(12 / 13)


def test_the_spread_is_that_of_a_single_history() -> None:
    runs = np.array([8.0, 12.0])
    found = implausibility(
        7.0, runs.mean(), sigma=0.0, ensemble_sd=runs.std(ddof=1), discrepancy=0.0
    )
    assert found == pytest.approx(3.0 / math.sqrt(8.0))  # and not 3 / 2, the error of the mean


@pytest.mark.parametrize(
    ("bound", "mean", "expected"),
    [
        ("lower", 41.0, 0.0),
        ("lower", 40.0, 0.0),
        ("lower", 38.0, -1.0),
        ("upper", 38.0, 0.0),
        ("upper", 44.0, 2.0),
        ("value", 44.0, 2.0),
    ],
)
def test_bounds_are_one_sided(bound: str, mean: float, expected: float) -> None:
    found = deviation(40.0, mean, sigma=0.0, ensemble_sd=2.0, discrepancy=0.0, bound=bound)  # type: ignore[arg-type]
    assert found == expected


@given(numbers, numbers, spreads, spreads, spreads)
def test_never_negative_and_less_with_more_doubt(
    observed: float, mean: float, sigma: float, spread: float, discrepancy: float
) -> None:
    parts = {"sigma": sigma, "ensemble_sd": spread, "discrepancy": discrepancy}
    size = implausibility(observed, mean, **parts)
    assert size >= 0.0
    for name in parts:
        assert implausibility(observed, mean, **{**parts, name: parts[name] + 1.0}) <= size
    for bound in ("lower", "upper"):
        assert implausibility(observed, mean, **parts, bound=bound) <= size  # type: ignore[arg-type]


def test_nothing_to_keep_them_apart() -> None:
    nothing = {"sigma": 0.0, "ensemble_sd": 0.0, "discrepancy": 0.0}
    assert implausibility(0.0, 0.0, **nothing) == 0.0
    assert implausibility(0.0, 1.0, **nothing) == math.inf
    assert math.isnan(implausibility(1.0, math.nan, **nothing))


def test_arrays_of_points() -> None:
    means = np.array([10.0, 20.0, math.nan])
    found = implausibility(
        10.0, means, sigma=3.0, ensemble_sd=np.array([4.0, 4.0, 4.0]), discrepancy=0.0
    )
    assert found == pytest.approx([0.0, 2.0, math.nan], nan_ok=True)


def test_negative_spread_and_share_are_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        deviation(1.0, 1.0, sigma=-1.0, ensemble_sd=0.0, discrepancy=0.0)
    for share in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="share of the discrepancy"):
            discrepancy_of(1.0, share)


def test_discrepancy_is_a_share_of_the_figure() -> None:
    assert discrepancy_of([-200.0, 0.0, 40.0]) == pytest.approx(
        [200.0 * DISCREPANCY_SHARE, 0.0, 40.0 * DISCREPANCY_SHARE]
    )
    assert discrepancy_of(138.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("size", "bound", "use", "words"),
    [
        (0.0, "value", "hold-out", "met"),
        (INSIDE, "value", "check", "met"),
        (INSIDE, "value", "calibrate", "fitted"),
        (INSIDE + 1e-9, "value", "hold-out", "missed"),
        (math.inf, "value", "calibrate", "missed"),
        (0.0, "lower", "hold-out", "met"),
        (0.1, "lower", "hold-out", "missed"),
        (math.nan, "lower", "check", None),
    ],
)
def test_a_verdict(size: float, bound: Any, use: str, words: str | None) -> None:
    assert verdict_of(size, bound, use) == words


def test_hold_outs_alone_are_counted() -> None:
    verdicts: Any = [("hold-out", "met"), ("hold-out", "missed"), ("hold-out", None),
                     ("check", "missed"), ("calibrate", "fitted")]  # fmt: skip
    assert hold_outs_met(verdicts) == "1 of 2 published figures kept apart are met"
    assert hold_outs_met([("check", "met")]) == ""

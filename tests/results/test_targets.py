"""Published figures: what is met and what is missed, by planted records."""

from __future__ import annotations

import numpy as np
import pytest

from sim.results.targets import COUNTERPARTS, FORMULAS, distance, target_table, verdict
from sim.world.seeds import shipped_seeds
from tests.planted import STEPS, YEARS, planted

FIGURES = {target.id: target for target in shipped_seeds().targets}


@pytest.mark.parametrize(
    ("mean", "sigma", "run_sd", "bound", "expected", "use", "word"),
    [
        # A figure of 40 whose error is judged to be 2.
        (50.0, 3.0, 4.0, "value", 10 / 29**0.5, "check", "met"),
        (30.0, 3.0, 4.0, "value", -10 / 29**0.5, "calibrate", "fitted"),
        (50.0, 0.0, 4.0, "value", 10 / 20**0.5, "check", "missed"),
        (50.0, 3.0, 0.0, "value", 10 / 13**0.5, "calibrate", "missed"),
        (29.0, 3.0, 4.0, "value", -11 / 29**0.5, "check", "missed"),
        (39.0, 3.0, 4.0, "lower", -1 / 29**0.5, "hold-out", "missed"),
        (90.0, 3.0, 4.0, "lower", 0.0, "hold-out", "met"),
        (41.0, 3.0, 4.0, "upper", 1 / 29**0.5, "hold-out", "missed"),
        (10.0, 3.0, 4.0, "upper", 0.0, "calibrate", "fitted"),
        (np.nan, 3.0, 4.0, "value", np.nan, "check", ""),
    ],
)
def test_a_figure_is_met_within_two_deviations_or_on_the_right_side_of_a_bound(
    mean: float, sigma: float, run_sd: float, bound: str, expected: float, use: str, word: str
) -> None:
    apart = float(distance(40.0, mean, sigma=sigma, run_sd=run_sd, bound=bound))  # type: ignore[arg-type]
    assert apart == pytest.approx(expected, nan_ok=True)
    assert verdict(apart, use, bound) == word  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("last", 7.0), ("mean", 5.0), ("growth", 4.0), ("ratio", 3.5), ("midway", 2.25)],
)
def test_a_run_is_put_into_the_number_that_was_published(formula: str, expected: float) -> None:
    first, second, below = (np.array([row]) for row in ([3.0, 5.0, 7.0], [9.0, 2.0], [8.0, 2.0]))
    arrays = {"ratio": (first, below), "midway": (first, second, below)}.get(formula, (first,))
    assert FORMULAS[formula](*arrays) == pytest.approx([expected])
    if len(arrays) > 1:
        assert np.isnan(FORMULAS[formula](*arrays[:-1], 0.0 * below))


@pytest.mark.parametrize(
    ("target", "mean", "word"),
    [
        ("trained_countries_2025", 160.0, "fitted"),
        ("trained_countries_2025", 178.0, "missed"),
        ("china_camp_2022", 80.0, "met"),
        ("platforms_2025", 98.0, "met"),
        ("platforms_2025", 80.0, "missed"),
        ("trainings_per_year_after_2019", 30.0, "met"),
        ("trainings_per_year_after_2019", 60.0, "missed"),
    ],
)
def test_planted_records_are_compared(target: str, mean: float, word: str) -> None:
    """Runs lie up to 20 on either side of their mean; in other years, and at the next point, not."""
    figure, entry = FIGURES[target], COUNTERPARTS[target]
    values = np.where(np.isin(YEARS, entry.years)[:, np.newaxis], mean - 20.0 + STEPS, 999.0)
    given = {entry.columns[0]: np.stack([values, np.full_like(values, 999.0)])}
    row = target_table(planted(given, "one", "two")).set_index("target").loc[target]
    assert row[["mean", "q05", "q95"]].tolist() == [mean, mean - 18.0, mean + 18.0]
    assert row["run_sd"] == pytest.approx(np.std(STEPS, ddof=1)) and row["verdict"] == word
    spread = np.linalg.norm([figure.sigma or 0.0, row["run_sd"], 0.05 * figure.value])
    if figure.bound == "value":
        assert row["distance"] == pytest.approx((mean - figure.value) / spread)
    off = planted({entry.columns[0]: values}, sections={"training": {"active": False}})
    made = "training" in entry.made_by
    assert (target_table(off).set_index("target").loc[target, "verdict"] == "") == made

"""Published figures: what is met and what is missed, by planted records."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sim.estimates.targets import (
    COUNTERPARTS,
    FITTED,
    FORMULAS,
    HOLD_OUT,
    RULED_OUT,
    misses,
    target_table,
    verdict,
)
from sim.model.units import REGIMES
from sim.world.seeds import shipped_seeds
from tests.planted import STEPS, YEARS, planted

FIGURES = {target.id: target for target in shipped_seeds().targets}


def test_each_figure_is_compared_and_each_comparison_has_its_figure() -> None:
    assert FIGURES.keys() == COUNTERPARTS.keys()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("last", 7.0),
        ("mean", 5.0),
        ("growth", 4.0),
        ("ratio", 3.5),
        ("midway", 2.25),
        ("difference", 5.0),
        ("relative", 0.5),
    ],
)
def test_a_run_is_put_into_the_number_that_was_published(formula: str, expected: float) -> None:
    first, second, below = (np.array([row]) for row in ([3.0, 5.0, 7.0], [9.0, 2.0], [8.0, 2.0]))
    arrays = {"ratio": (first, below), "midway": (first, second, below),
              "difference": (first, second),
              "relative": (np.array([[9.0, 7.0, 3.0, 4.0, 5.0]]),)}  # fmt: skip
    assert FORMULAS[formula](*arrays.get(formula, (first,))) == pytest.approx([expected])


@pytest.mark.parametrize(
    ("target", "mean", "word"),
    [
        ("trained_countries_2025", 160.0, "fitted"),
        ("trained_countries_2025", 178.0, "missed"),
        ("western_importers_2021", 80.0, "fitted"),
        ("any_maker_2022", 95.0, "met"),
        # At most 50 and at least 63: two standard errors of the mean, 1.87 each, count as chance.
        ("trainings_per_year_after_2019", 53.5, "met"),
        ("trainings_per_year_after_2019", 54.0, "missed"),
        ("any_system_2019", 59.5, "met"),
        ("any_system_2019", 59.0, "missed"),
    ],
)
def test_planted_records_are_compared(target: str, mean: float, word: str) -> None:
    """Runs lie up to 20 on either side of their mean; other years and the next point do not."""
    figure, entry = FIGURES[target], COUNTERPARTS[target]
    values = np.where(np.isin(YEARS, entry.years)[:, np.newaxis], mean - 20.0 + STEPS, 999.0)
    given = {(entry.columns[0], "world"): np.stack([values, np.full_like(values, 999.0)])}
    row = target_table(planted(given, "one", "two")).set_index("target").loc[target]
    assert row[["mean", "q05", "q95"]].tolist() == [mean, mean - 18.0, mean + 18.0]
    assert row["run_sd"] == pytest.approx(np.std(STEPS, ddof=1)) and row["verdict"] == word
    spread = np.linalg.norm([figure.sigma or 0.0, row["run_sd"], 0.05 * figure.value])
    apart = 0.0 if figure.bound != "value" and word == "met" else mean - figure.value
    assert row["distance"] == pytest.approx(apart / spread)


def test_a_true_model_meets_95_of_100_figures_and_is_ruled_out_by_5_at_most() -> None:
    distances = norm.ppf((np.arange(2000) + 0.5) / 2000)
    met = [verdict(far, HOLD_OUT) == "met" for far in distances]
    assert np.mean(met) == pytest.approx(0.95, abs=0.005)
    # Vysochanskij & Petunin (1980): of any distribution with one peak, at most so much is beyond.
    beyond = 4.0 / (9.0 * RULED_OUT**2)
    assert beyond == pytest.approx(0.05, abs=0.001)


def test_no_figure_is_called_missed_where_none_is_compared() -> None:
    table = pd.DataFrame({"use": [FITTED, HOLD_OUT], "verdict": ["", ""]})
    assert misses(table).startswith("No published figure is compared")
    assert misses(table.assign(verdict="met")).startswith("The model misses none of 2")


def test_signatures_are_one_figure_of_the_mean_alignment() -> None:
    """The mean of nine pairs of counts, over the members of the United Nations."""
    figure = FIGURES["un_balance"]
    pairs = re.findall(r"(\d+)-(\d+)", figure.source)
    assert len(pairs) == 9
    balance = np.mean([int(china) - int(west) for china, west in pairs]) / 193
    assert figure.value == pytest.approx(balance, abs=0.0005)
    table = target_table(planted({("alignment", "world"): 0.3 + 0.0 * STEPS}))
    row = table.set_index("target").loc["un_balance"]
    assert (row["mean"], row["verdict"]) == (pytest.approx(0.3), "missed")


def test_the_order_of_regimes_is_a_figure_of_its_own_in_each_run() -> None:
    groups = ("full democracy", "flawed democracy", "hybrid", "authoritarian")
    shares = {name: 0.8 + 0.0 * STEPS for name in groups} | {"hybrid": 0.7 + 0.01 * STEPS}
    cells = np.concatenate([shares[name] for name in REGIMES], axis=-1)
    table = target_table(planted({("recorded_trained_share", "regime-rated"): cells}))
    row = table.set_index("target").loc["trained_hybrid_over_authoritarian"]
    assert row[["mean", "q05", "q95"]].tolist() == pytest.approx([0.1, -0.08, 0.28])
    assert row["use"] == "check" and row["run_sd"] == pytest.approx(0.01 * np.std(STEPS, ddof=1))

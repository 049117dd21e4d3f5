"""Published figures: what is met and what is missed, by planted records."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.results.targets import (
    COUNTERPARTS,
    FITTED,
    FORMULAS,
    HOLD_OUT,
    misses,
    target_table,
)
from sim.world.seeds import shipped_seeds
from tests.planted import STEPS, YEARS, planted

FIGURES = {target.id: target for target in shipped_seeds().targets}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("last", 7.0), ("mean", 5.0), ("growth", 4.0), ("ratio", 3.5), ("midway", 2.25)],
)
def test_a_run_is_put_into_the_number_that_was_published(formula: str, expected: float) -> None:
    first, second, below = (np.array([row]) for row in ([3.0, 5.0, 7.0], [9.0, 2.0], [8.0, 2.0]))
    arrays = {"ratio": (first, below), "midway": (first, second, below)}.get(formula, (first,))
    assert FORMULAS[formula](*arrays) == pytest.approx([expected])


@pytest.mark.parametrize(
    ("target", "mean", "word"),
    [
        ("trained_countries_2025", 160.0, "fitted"),
        ("trained_countries_2025", 178.0, "missed"),
        ("china_camp_2022", 80.0, "met"),
        ("any_maker_2022", 95.0, "met"),  # at least 97, within the error of the mean
        ("any_maker_2022", 40.0, "missed"),
        ("trainings_per_year_after_2019", 30.0, "met"),
        ("trainings_per_year_after_2019", 60.0, "missed"),
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


def test_no_figure_is_called_missed_where_none_is_compared() -> None:
    table = pd.DataFrame({"use": [FITTED, HOLD_OUT], "verdict": ["", ""]})
    assert misses(table).startswith("No published figure is compared")
    assert misses(table.assign(verdict="met")).startswith("The model misses none of 2")

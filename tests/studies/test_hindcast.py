"""Hindcast: which figures are earlier, planted truths of the model itself, and its report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.errors import InputError
from sim.estimates.conditioning import condition
from sim.estimates.targets import counterpart_values, noise_of
from sim.measures.scores import Forecast
from sim.runs.dataset import Results
from sim.studies import hindcast
from sim.world.documented import PublishedFigure

RUNS, TRUTHS, YEAR = 160, 40, 2018


@pytest.fixture(scope="module")
def found() -> Any:
    """Return a hindcast of few runs."""
    return sim.validate("baseline", hindcast=YEAR, runs=RUNS)


def test_no_figure_is_earlier_and_later_and_only_fitted_ones_weigh() -> None:
    earlier, later = hindcast.earlier_and_later(YEAR)
    assert {target.use for target in earlier} == {"calibrate"}
    assert not {target.id for target in earlier} & {target.id for target in later}
    assert max(hindcast.date_of(target)[0] for target in earlier) <= YEAR
    assert min(hindcast.date_of(target)[0] for target in later) > YEAR
    assert "listed_platforms_2018" in {target.id for target in earlier}
    names = {target.id for target in later}
    assert {"officers_2023_24", "listed_any_2021"} <= names
    # A bound, a judgement, a count of the record, one near zero, a share read in a second way.
    unscored = {
        "any_system_2019",
        "un_balance",
        "listed_any_2015",
        "fate_switched_late",
        "bri_share_wide_2019",
    }
    assert not names & unscored


def numbers(results: Results, figures: list[PublishedFigure]) -> np.ndarray:
    """Return what each run says of figures."""
    return np.stack([counterpart_values(results, target.id) for target in figures], axis=1)  # type: ignore[misc]


def test_a_run_of_the_model_is_predicted_by_others_and_a_run_with_other_rules_is_not(
    found: Any,
) -> None:
    earlier, later = hindcast.earlier_and_later(YEAR)
    seen, unseen = numbers(found.results, earlier), numbers(found.results, later)
    errors, noise = (np.array([noise_of(t) for t in part]) for part in (earlier, later))
    random = np.random.default_rng(5)
    rights, wrongs = [], []
    for truth in np.flatnonzero(np.isfinite(seen).all(axis=1))[:TRUTHS]:
        rest = np.arange(RUNS) != truth
        figures = seen[truth] + errors * random.normal(size=len(errors))
        given = condition(seen[rest], figures, errors, unseen[rest], np.arange(RUNS)[rest])
        for at in np.flatnonzero(np.isfinite(unseen[truth])):
            known = np.isfinite(given.values[:, at])
            forecast = Forecast(given.values[known, at], given.weights[known], noise[at])
            came = unseen[truth, at] + noise[at] * random.normal()
            for worlds, value in ((rights, came), (wrongs, 1.6 * came)):
                worlds.append(forecast.below(value))
    inside = [np.mean([0.05 <= pit <= 0.95 for pit in pits]) for pits in (rights, wrongs)]
    assert 0.84 < inside[0] < 0.96
    assert inside[1] < inside[0] - 0.2
    assert abs(np.mean(rights) - 0.5) < 0.06 < abs(np.mean(wrongs) - 0.5)


def test_the_report_has_each_figure_and_flags_few_sets(found: Any) -> None:
    table = found.tables["hindcast"].set_index(["method", "target"])
    assert found.facts["too_few"] and found.facts["power"] < 1.0
    assert "Fewer than 20" in found.shown[0]
    # The only later figure of 2018 with an earlier one is of courses: 14 in 2010.
    assert table.loc["persistence"].index.tolist() == ["trainings_2019"]
    assert table.loc[("persistence", "trainings_2019"), "mean"] == 14.0
    means = found.tables["hindcast_scores"].set_index("method")
    assert means.loc["model", "figures"] == len(hindcast.earlier_and_later(YEAR)[1])
    assert found.draw().axes


@pytest.mark.parametrize(
    ("year", "options", "words"),
    [
        (2009, {}, "from 2010"), (2025, {}, "to 2024"),
        (2018, {"defaults": True}, "from the prior"), (2018, {"nulls": False}, "no_nulls"),
    ],
)  # fmt: skip
def test_what_cannot_be_predicted_is_refused(year: int, options: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sim.validate("baseline", hindcast=year, runs=8, **options)

"""Planted observations: who forecasts the world as it is gets the better scores."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

import numpy as np
import pandas as pd
import pytest
from scores import Forecast

PAGE = run_path(str(Path(__file__).parents[2] / "analyses/forecasts.py"))
COUNT, BASE, SPREAD = 200, 100.0, 4.0


@pytest.mark.parametrize(("grows", "best"), [(10.0, "model"), (5.0, "trend"), (0.0, "persistence")])
def test_who_knows_how_far_the_record_grows_scores_best(grows: float, best: str) -> None:
    told = {"model": 10.0, "trend": 5.0, "persistence": 0.0}
    quantiles = {
        method: {level: Forecast.normal(BASE + of, SPREAD).quantile(int(level[1:]) / 100)
                 for level in PAGE["LEVELS"]}
        for method, of in told.items()
    }  # fmt: skip
    rows = [
        {"quantity": f"q{at}", "year": 2027, "method": method, **ends}
        for at in range(COUNT) for method, ends in quantiles.items()
    ]  # fmt: skip
    drawn = np.random.default_rng(1).normal(BASE + grows, SPREAD, COUNT)
    seen = pd.DataFrame({"quantity": [f"q{at}" for at in range(COUNT)], "year": 2027})
    scores = PAGE["scored"](pd.DataFrame(rows), seen.assign(observed=drawn))
    assert len(scores) == COUNT * len(told)
    means = scores.groupby("method")[["inside", "pit", "crps", "log"]].mean()
    assert means["crps"].idxmin() == means["log"].idxmax() == best
    assert means.loc[best, "inside"] == pytest.approx(0.9, abs=0.04)
    assert means.loc[best, "pit"] == pytest.approx(0.5, abs=0.04)
    # The closed form of a normal prediction of its own outcome: the spread over the root of pi.
    assert means.loc[best, "crps"] == pytest.approx(SPREAD / np.sqrt(np.pi), rel=0.1)
    assert PAGE["scored"](pd.DataFrame(rows), seen.assign(observed=1.0, year=2030)).empty


def test_chances_of_countries_are_scored_beside_one_chance_for_all() -> None:
    codes = [f"C{at}" for at in range(1000)]
    chance = np.linspace(0.0, 0.6, len(codes))
    happens = np.random.default_rng(1).random(len(codes)) < chance
    rounds = [pd.DataFrame({"made": "a", "iso3": codes, "year": year, "chance": chance})
              for year in (2027, 2030)]  # fmt: skip
    seen = pd.DataFrame({"iso3": np.array(codes)[happens], "year": 2026}).astype({"iso3": str})
    read = pd.concat([seen, pd.DataFrame({"quantity": ["listed"], "year": [2027]})])
    (score,) = PAGE["brier"](pd.concat(rounds), read).itertuples()
    assert (score.year, score.events) == (2027, happens.sum())
    assert score.model < score[5]
    assert score.model == pytest.approx((chance * (1.0 - chance)).mean(), rel=0.1)

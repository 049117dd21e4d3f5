"""Statistics of trainings, on records in which the truth was planted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import training_statistics as ts
from training_statistics import YEARS

ROW = {"iso3": "KEN", "start": "2018-05", "format": "course in China", "topic": "border",
       "host": "", "unit": "", "officers": 20.0, "level": "mid", "equipment": "", "confidence": 0.9,
       "found_by": ""}  # fmt: skip
COUNTRIES = 400


def rows(*given: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{"id": f"T{nth}", **ROW, **row} for nth, row in enumerate(given)])


def systems(*given: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(given, columns=["iso3", "contracted", "group"])


def world(effect: float, seed: int = 1) -> tuple[Any, Any]:
    """Trainings and signings: rich countries have more of both, and training has an effect."""
    random = np.random.default_rng(seed)
    size = random.choice([0.3, 3.0], COUNTRIES)[:, np.newaxis]
    trained = random.poisson(0.08 * size, (COUNTRIES, len(YEARS)))
    chance = 0.05 * size * np.where(ts.near(trained), effect, 1.0)
    return trained, random.poisson(chance)


def test_two_ways_of_searching_find_the_number_that_was_planted() -> None:
    random = np.random.default_rng(3)
    seen = random.random((1_000, 2)) < (0.3, 0.2)
    found_by = [" ".join(np.array(["Q1", "Q2"])[each]) for each in seen]
    table = rows(*({"found_by": f"{ids} Q3"} for ids in found_by if ids))
    arms = pd.DataFrame({"id": ["Q1", "Q2", "Q3"], "arm": ["region", "topic", "later"]})
    found = ts.capture_recapture(table, arms).set_index("of")
    assert found.loc["all rows", "low"] < 1_000 < found.loc["all rows", "high"]
    assert found.loc["confirmed before 2016", "seen"] == 0
    assert ts.chapman(30, 20, 9)[0] == pytest.approx(64.1)
    assert ts.chapman(5, 5, 5) == (5.0, 5.0, 5.0)


def test_languages_that_are_on_record_more_often_move_the_shares_of_classes() -> None:
    spoken = pd.DataFrame(
        [(f"{nth}", language) for language in "ab" for nth in range(400)],
        columns=["iso3", "language"],
    )
    spoken["iso3"] += spoken["language"]
    found = pd.DataFrame({"language": ["a", "b"], "countries": 400})
    apart, mixed = (
        {code: word(nth, code) for nth, code in enumerate(spoken["iso3"])}
        for word in (lambda _, code: code[-1], lambda nth, _: str(nth % 2))
    )
    alike, biased = (found.assign(estimate=shares) for shares in ((0.5, 0.5), (0.2, 0.8)))
    assert ts.moved_by_language(alike, spoken, apart, 0.5) < 0.02
    assert ts.moved_by_language(biased, spoken, mixed, 0.5) < 0.001
    assert ts.moved_by_language(biased, spoken, apart, 0.5) == pytest.approx(0.3, abs=0.01)
    longer = ts.moved_by_language(biased, spoken, apart, 0.9)
    assert 0.0 < longer < 0.3, "a long list has most countries of every language"


def test_content_and_officers_are_of_trainings_held() -> None:
    teach = {"topic": "surveillance/technology"}
    table = rows(
        {**teach, "equipment": "1,000 Cameras"}, {"equipment": "boots"}, {"topic": "language"},
        {**teach, "format": "operator training", "officers": np.nan},
        {**teach, "format": "operator training", "iso3": "MLI"}, {**teach, "format": "visit"},
    )  # fmt: skip
    assert ts.content(table)["count"].tolist() == [3, 2, 1, 1, 0]
    assert ts.officers_per_course(table).tolist() == [20.0, 20.0]
    # The central limit theorem: 20 and 60, each for half of many courses.
    found = ts.mean(pd.Series([20.0, 60.0] * 200))
    assert found == pytest.approx((40.0, 40.0 - 1.96, 40.0 + 1.96), abs=0.2)
    signed = systems(("KEN", "2018-01", "china"), ("MLI", "2017", "compare"))
    assert ts.operators(table, signed) == {"follow": 1, "precede": 0, "none": 1}


def test_a_share_of_courses_has_an_interval_and_one_of_officers_has_none() -> None:
    known = {"since": "2018", "until": "2018", "host": ""}
    totals = pd.DataFrame([{"of": unit, "total": 4.0 * size, "unit": unit, **known}
                           for unit, size in (("trainings", 1), ("officers", 20))])  # fmt: skip
    courses, officers = ts.completeness(rows({}, {"start": "2019-01"}), totals).itertuples()
    assert (courses.found, courses.estimate, officers.estimate) == (1, 0.25, 0.25)
    assert courses.low < 0.25 < courses.high
    assert np.isnan([officers.low, officers.high]).all()


def test_a_ratio_has_its_exact_interval() -> None:
    # 12 in 273 and 54 in 2,847 country-years.
    found = ts.ratio(12, 273, 54, 2_847)
    assert found[4:7] == pytest.approx((2.317, 1.130, 4.386), abs=2e-3)
    assert ts.ratio(3, 1, 0, 1).estimate == np.inf
    assert np.isnan(ts.ratio(0, 1, 0, 1).estimate)


def test_the_two_years_on_one_side_count_and_the_same_year_does_not() -> None:
    trained = np.zeros((1, len(YEARS)), np.int64)
    trained[0, 10] = 2
    assert np.flatnonzero(ts.near(trained)[0]).tolist() == [11, 12]
    assert np.flatnonzero(ts.near(trained, after=True)[0]).tolist() == [8, 9]
    signed = np.zeros_like(trained)
    signed[0, [8, 10, 12, 14]] = 1
    assert ts.crossover(signed, trained)[:4] == (1, 4, 1, 4)
    assert ts.first_only(signed).sum() == 1 and ts.came_first(signed, trained) == (0, 1)


@pytest.mark.parametrize("effect", [1.0, 3.0])
def test_the_cross_over_finds_the_effect_and_the_rates_find_the_common_cause(effect: float) -> None:
    trained, signed = world(effect)
    own = ts.crossover(signed, trained)
    assert own.low < effect < own.high
    plain, placebo = ts.rate_ratio(signed, trained), ts.rate_ratio(signed, trained, after=True)
    assert plain.low > effect and placebo.low > 1.0, "countries that train also buy"
    alike = np.ones_like(trained) * (np.arange(COUNTRIES) % 2)[:, np.newaxis]
    _, plain_world = world(1.0, seed=2)
    assert ts.rate_ratio(plain_world, trained, alike > 0).time < plain.time


def test_within_calendar_years_a_common_trend_does_not_count() -> None:
    random = np.random.default_rng(5)
    rise = np.where(YEARS < 2018, 0.02, 0.4)
    trained, signed = (random.poisson(rise, (COUNTRIES, len(YEARS))) for _ in range(2))
    found = ts.rate_ratio(signed, trained)
    assert found.low > 1.5
    assert found.within_low < 1.0 < found.within_high
    own = ts.crossover(signed, trained)
    assert own.high < 1.0 and own.within_low < 1.0 < own.within_high, "trainings rise"
    assert found.time + found.other_time == COUNTRIES * (YEARS >= ts.FIRST_SIGNED).sum()


def test_the_shock_is_a_ratio_of_rates_and_of_odds() -> None:
    years = (2016, 2017, 2018, 2019, 2021, 2023, 2023, 2025)
    sent = {"start": "2022", "format": "trainers sent"}
    table = rows(sent, {"start": "2021", "format": "operator training"},
                 *({"start": f"{year}"} for year in years))  # fmt: skip
    signed = systems(*((code, f"{year}", group) for code, year, group in (
        ("A", 2017, "china"), ("B", 2018, "china"), ("C", 2019, "unknown"),
        ("D", 2020, "china"), ("E", 2022, "compare"), ("F", 2016, "aside"))))  # fmt: skip
    found = ts.shock(table, signed)
    assert found["courses"].estimate == pytest.approx(1 / 3 / (4 / 4))
    assert found["trainings"][:4] == (2, 3, 4, 4), "in the country as well"
    assert found["reopened"].estimate == pytest.approx(2 / 1 / (4 / 4))
    assert found["since"].estimate == pytest.approx(3 / 3 / (4 / 4))
    assert found["signings"][:5] == (1, 2, 2, 3, 0.5)
    assert found["signings"].low < 0.5 < found["signings"].high
    assert isinstance(found["courses"], ts.Ratio)


def test_small_odds_need_many_signings() -> None:
    needed = [ts.discordant_needed(odds) for odds in (4.0, 2.0, 1.4)]
    assert needed == sorted(needed) and needed[0] < 30 < 70 < needed[1] < 100 < needed[2] < 350

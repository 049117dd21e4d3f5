"""Numbers of the page on the record of trainings that no table of `sim` has."""

from __future__ import annotations

import numpy as np
import pytest
import training_statistics as statistics
import trainings as page
from training_statistics import YEARS, rate_ratio

from sim.model.mechanisms.china import China
from sim.model.mechanisms.training import Training
from sim.model.parameters import attribute
from sim.world.fates import shipped_record
from sim.world.seeds import shipped_seeds


def test_an_estimate_has_its_interval_in_two_digits() -> None:
    assert page.between(0.0404, 0.5, 12.345) == "0.04 (0.50 to 12)"
    assert page.between(2.0, 1.1, np.inf) == "2.0 (1.1 to ∞)"
    assert page.between(2.0, np.nan, np.nan) == "2.0"


def test_a_run_is_tested_as_the_record_is_until_a_country_has_bought() -> None:
    first, trained = np.zeros((2, 3, len(YEARS)), np.int64)
    first[[0, 1, 2], [17, 21, 17]] = 1
    trained[[0, 1, 2], [16, 20, 18]] = 1
    rate, _, _, shock, training_first, _ = page.of_run(trained, first)
    at_risk = np.cumsum(first, axis=1) - first == 0
    assert rate == rate_ratio(first, trained, at_risk).within
    assert shock == pytest.approx((1 / 3) / (2 / 4)) and training_first == 2


def test_events_of_runs_are_thinned_to_the_number_on_record_in_each_year() -> None:
    happened, recorded = np.full((200, 50, 3), 2), np.zeros((50, 3), np.int64)
    recorded[:, 1], recorded[0, 2] = 9, 30
    seen = page.as_on_record(happened, recorded, np.random.default_rng(1))
    assert (seen[..., 0] == 0).all() and (seen[..., 1] == 2).all()
    assert seen[..., 2].sum(axis=1).mean() == pytest.approx(30.0, abs=1.0)


def test_errors_of_regimes_shares_contain_the_bias_by_language() -> None:
    shares = [t for t in shipped_seeds().targets if t.id.startswith(page.REGIME_SHARES)]
    assert len(shares) == 3
    for target in shares:
        # 0.05 was judged for numbers at second hand.
        assert target.sigma == round(np.hypot(0.05, float(page.language_bias())), 2)


def test_ranges_of_parameters_are_those_of_the_record() -> None:
    trainings = shipped_record().trainings
    named = statistics.content(statistics.without_operators(trainings)).set_index("statistic")
    cameras, gift = (named.loc[of] for of in (statistics.OF_CAMERAS, statistics.GIFT))
    ends = (round(cameras["low"], 3), round(gift["high"], 2))
    assert attribute(China.model_fields["bundle_chance"], "plausible") == list(ends)
    officers = statistics.officers_per_course(trainings)
    field, (mean, *ends) = Training.model_fields["officers"], statistics.mean(officers)
    interval = "{:.0f} ({:.0f} to {:.0f})".format(mean, *ends)
    assert f"{len(officers)} courses in China with a mean of {interval}" in attribute(
        field, "source"
    )
    # Degrees and visits, which have fewer, count in the mean of all forms alone.
    forms = field.default / mean
    assert attribute(field, "plausible") == pytest.approx([forms * end for end in ends], rel=0.05)

"""Counts among the published figures are those of the shipped record, by the one function."""

from __future__ import annotations

import pandas as pd
import pytest
from training_statistics import shock

from sim.world.documented import PublishedFigure
from sim.world.fate_statistics import statistics
from sim.world.fates import shipped_expiries, shipped_record
from sim.world.seeds import shipped_seeds

COUNTED = {
    "fate_lost_cameras": ("cameras switched off", "all"),
    "fate_lost_larger": ("larger systems switched off", "all"),
    "fate_first_outage": ("first outage", "all"),
    "fate_switched_early": ("vendor changed below age 5", "all"),
    "fate_switched_late": ("vendor changed from age 5", "all"),
    "fate_never_served": ("never served", "safe cities and more"),
    "fate_restored": ("restored", "all"),
    "fate_extended": ("first extension", "all"),
    "fate_same_on_extension": ("extended by the same vendor", "all"),
    "expiry_ended": ("lapsed at expiry", "all"),
    "lapse_gone": ("gone after a lapse", "all"),
    "lapse_replaced": ("replaced after a lapse", "all"),
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return statistics(shipped_record(), shipped_expiries()).set_index(["statistic", "of"])


@pytest.mark.parametrize("target", [t for t in shipped_seeds().targets if t.count is not None])
def test_a_count_is_that_of_the_record(target: PublishedFigure, table: pd.DataFrame) -> None:
    row = table.loc[COUNTED[target.id]]
    assert target.count == row["count"]
    assert target.exposure == pytest.approx(row["exposure"], abs=0.1)
    assert target.value == pytest.approx(row["estimate"], abs=1e-3)


@pytest.mark.parametrize(
    ("target", "of"),
    [("trainings_in_china_2020_22", "courses"), ("trainings_2020_22", "trainings")],
)
def test_the_closed_years_are_those_of_the_record_of_trainings(target: str, of: str) -> None:
    record = shipped_record()
    found = shock(record.trainings, record.systems)[of]
    figure = next(each for each in shipped_seeds().targets if each.id == target)
    assert figure.value == pytest.approx(found.estimate, abs=1e-3)
    assert figure.sigma == pytest.approx((found.high - found.low) / (2.0 * 1.96), abs=1e-3)
    assert figure.use == "check"

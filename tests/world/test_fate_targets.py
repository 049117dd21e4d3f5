"""Counts among the published figures are those of the shipped record, by the one function."""

from __future__ import annotations

import pandas as pd
import pytest
from fates import variants_of
from training_statistics import shock

from sim.world.documented import PublishedFigure
from sim.world.fates import shipped_expiries, shipped_record
from sim.world.seeds import shipped_seeds

COUNTED = {
    "fate_lost_cameras": ("all", "cameras switched off"),
    "fate_lost_larger": ("all", "larger systems switched off"),
    "fate_first_outage": ("all", "first outage"),
    "fate_switched_early": ("all", "vendor changed below age 5"),
    "fate_switched_late": ("all", "vendor changed from age 5"),
    "fate_never_served": ("safe cities and more", "never served"),
    "fate_restored": ("all", "restored"),
    "fate_extended": ("all", "first extension"),
    "fate_same_on_extension": ("all", "extended by the same vendor"),
    "expiry_ended": ("all", "lapsed at expiry"),
    "lapse_gone": ("all", "gone after a lapse"),
    "lapse_replaced": ("all", "replaced after a lapse"),
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    variants = variants_of(shipped_record(), shipped_expiries())
    return pd.concat({name: of.set_index("statistic") for name, of in variants.items()})


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

"""Counts among the published figures are those of the shipped record, by the one function."""

from __future__ import annotations

import pytest
from fates import variants_of
from training_statistics import shock

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


def test_counts_are_those_of_the_record() -> None:
    variants = variants_of(shipped_record(), shipped_expiries())
    counted = {target.id: target for target in shipped_seeds().targets if target.count is not None}
    assert counted.keys() == COUNTED.keys()
    for name, target in counted.items():
        of, statistic = COUNTED[name]
        row = variants[of].set_index("statistic").loc[statistic]
        assert target.count == row["count"], name
        assert target.exposure == pytest.approx(row["exposure"], abs=0.1), name
        assert target.value == pytest.approx(row["estimate"], abs=1e-3), name


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

"""Sets laid over a resolved scenario equal the same values loaded the long way."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine import prepare
from sim.engine.parameter_sets import beneath, sets_of_points
from sim.model.register import SHIPPED
from sim.scenario import load_scenario
from sim.scenario.toml_file import bounds

BASE = "offer-withdrawn-2030"
EVENT = "offer-withdrawn"

NUMBERS = sorted(path for path, field in SHIPPED.parameters.items() if field.annotation is not bool)


def value_of(path: str, share: float) -> float | int:
    field = SHIPPED.parameters[path]
    low, high = bounds(field)
    assert low is not None and high is not None
    value = low + share * (high - low)
    return round(value) if field.annotation is int else value


def by_quarter(records: np.ndarray, period_of: np.ndarray) -> bytes:
    fields = records[period_of]
    return b"".join(
        fields[section][key].tobytes()
        for section in fields.dtype.names
        for key in fields[section].dtype.names
    )


points = st.dictionaries(
    st.sampled_from([*NUMBERS, "contracts.retention", "china.offering"]),
    st.floats(0.0, 1.0),
    max_size=12,
)


@settings(max_examples=60)
@given(points, st.sampled_from([None, 2027, 2030.25, 2038.75]))
def test_sets_equal_scenarios_loaded_with_the_same_factors(
    shares: dict[str, float], date: float | None
) -> None:
    chosen: dict[str, float | int | bool] = {
        path: share > 0.5 if path not in NUMBERS else value_of(path, share)
        for path, share in shares.items()
    }
    if date is not None:
        chosen[f"events.{EVENT}.date"] = date
    base = load_scenario(BASE)
    records, period_of, _ = sets_of_points({BASE: base}, BASE, [{}, chosen])
    for row, factors in enumerate([{}, chosen]):
        long_way = prepare(load_scenario(BASE, factors=factors), 1)
        assert by_quarter(records[row], period_of[row]) == by_quarter(
            long_way.parameters[0], long_way.period_of[0]
        )


def test_a_value_that_an_event_sets_is_changed_at_the_event_alone() -> None:
    base = load_scenario(BASE)
    at_event = f"events.{EVENT}.china.offering"
    records, period_of, _ = sets_of_points(
        {BASE: base}, BASE, [{at_event: True}, {"china.offering": False}]
    )
    offering = records["china"]["offering"]
    kept, closed = (offering[row][period_of[row, 0]] for row in range(2))
    assert kept.all()
    assert not closed.any()


def test_a_plausible_row_lies_beneath_files_and_assignments() -> None:
    row = {"contracts.term": 12.0, "contracts.fee": 0.1}
    scenario = load_scenario("baseline", overrides={"contracts.fee": 0.05})
    assert beneath(scenario, row) == {"contracts.term": 12.0}
    loaded = load_scenario("baseline", overrides={"contracts.term": 12.0, "contracts.fee": 0.05})
    records, period_of, _ = sets_of_points({"mine": scenario}, "mine", [beneath(scenario, row)])
    long_way = prepare(loaded, 1)
    assert by_quarter(records[0], period_of[0]) == by_quarter(
        long_way.parameters[0], long_way.period_of[0]
    )

"""What a field declares of its values holds in every state, so an outcome may sum any field."""

import numpy as np
import pytest

from sim.engine.model import EntrenchModel
from sim.engine.records import country_states
from sim.scenario import shipped_names

OTHERS = [name for name in shipped_names() if name != "baseline"]


@pytest.mark.parametrize(
    "scenario", ["baseline", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]
)
def test_every_field_stays_within_its_bounds_and_totals_never_fall(scenario: str) -> None:
    model = EntrenchModel(scenario, seed=2)
    before: dict[str, np.ndarray] = {}
    while model.running:
        model.step()
        for field in country_states():
            values = np.array([getattr(state, field.name) for state in model.countries], float)
            assert (values >= field.least).all(), field.name
            assert (values <= field.most).all() or field.length, field.name
            if field.grows and field.name in before:
                assert (values >= before[field.name]).all(), field.name
            before[field.name] = values

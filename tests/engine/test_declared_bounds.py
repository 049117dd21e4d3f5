"""What a field declares of its values holds in every state, so an outcome may sum any field.

Numbers are held to it in every scenario and at every extreme by tests/test_books.py; whole
numbers and lists are seen by those alone who step the Mesa model.
"""

import numpy as np

from sim.engine.mesa_model import EntrenchModel
from sim.engine.records import country_states


def test_whole_numbers_and_lists_stay_within_what_they_declare() -> None:
    model = EntrenchModel("baseline", seed=2, **{"horizon.start": 2012, "horizon.end": 2032})
    fields = [field for field in country_states() if field.length or field.whole]
    assert fields and not any(field.grows for field in fields)
    while model.running:
        model.step()
        for field in fields:
            values = np.array([getattr(state, field.name) for state in model.countries], float)
            assert (values >= field.least).all(), field.name
            assert (values <= field.most).all() or field.length, field.name

"""Whether a state's system worked is kept for every year of a history, however far it goes."""

from __future__ import annotations

import numpy as np

from sim.engine import prepare, run_chunk
from sim.engine.chunk import end_of, working_years
from sim.scenario import load_scenario


def test_states_that_worked_add_up_to_the_world_s_in_every_year_to_2060() -> None:
    """Also where nearly all systems work: so many years were once more than a number held."""
    eager = {"procurement.base": 5.0, "contracts.lapse_rate": 0.0, "horizon.end": 2060}
    ensemble = prepare(load_scenario("baseline", overrides=eager), 1)
    layout = ensemble.layout
    chunk = run_chunk(ensemble, range(5))
    years = working_years(layout.kept)
    assert list(years) == list(range(2000, 2061))
    field = layout.fields.index("working")
    for year, name in years.items():
        kept = chunk.countries[:, :, layout.kept.index(name)]
        assert np.isin(kept, (0.0, 1.0)).all()
        world = chunk.tallies[:, layout.quarters.index(end_of(year)), 0, field]
        assert np.array_equal(kept.sum(axis=1), world), year
    assert world.min() > 100

"""Bands are NumPy's, and a point is a scenario again."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.measures.bands import QUANTILES, band, quantiles
from sim.runs.dataset import Results
from tests.planted import GROUPS, RUNS, YEARS, planted


@pytest.fixture
def results() -> Results:
    random = np.random.default_rng(1)
    cells = {
        ("working", kind): random.normal(50.0, 9.0, (2, RUNS, len(YEARS), len(groups)))
        for kind, groups in GROUPS.items()
    }
    return planted(cells, "one", "two")


def test_the_band_is_that_of_numpy(results: Results) -> None:
    values = results.values("working", "regime").to_numpy()
    found = quantiles(values, axis=1)
    for name, share in QUANTILES.items():
        assert np.allclose(found[name], np.quantile(values, share, axis=1))
    last = values[0, :, -1, 0]
    assert band(last) == pytest.approx((np.mean(last), *np.quantile(last, (0.05, 0.95))))


def test_a_point_is_a_scenario_again() -> None:
    short = {"horizon.end": 2003, "contracts.term": 5}
    results = sim.make_runs("offer-withdrawn-2030", runs=1, set={**short, "horizon.end": 2031})
    loaded = sim.load_scenario("offer-withdrawn-2030", overrides={**short, "horizon.end": 2031})
    assert results.scenario(0).to_dict() == loaded.to_dict()
    assert results.events(0) == results.scenario(0).events

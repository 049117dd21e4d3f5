"""Which parameters the figures move, as the page on calibration lists them."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

import numpy as np

from sim.experiment import plausible_factors
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets

PAGE = run_path(str(Path(__file__).parents[2] / "analyses/posterior.py"))
NAMES = ["contracts.term", "contracts.missed_payment_rate", "contracts.fee"]


def test_what_is_moved_has_a_row_and_what_is_not_has_none() -> None:
    factors = plausible_factors(load_scenario("baseline"), NAMES)
    random = np.random.default_rng(1)
    cube = random.random((2000, 3))
    cube[:, 0] = 0.5 + 0.1 * (cube[:, 0] - 0.5)  # narrowed
    cube[:, 1] = 0.3 + 0.7 * cube[:, 1]  # shifted
    rows = PAGE["moved"](factors, cube, {"weighed": np.full(2000, 1 / 2000)}).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == NAMES[:2]
    # The term is 2 to 10 years, so its middle twentieths are 5.6 to 6.4.
    assert "(5.64 to 6.36)" in rows[0] and "10%" in rows[0]
    assert "+0.5" in rows[1]


def test_sets_are_shares_of_their_ranges_rates_by_their_logarithms() -> None:
    factors = plausible_factors(load_scenario("baseline"), NAMES)
    rows = [[factor.low for factor in factors], [factor.high for factor in factors]]
    rows.append([6.0, float(np.sqrt(factors[1].low * factors[1].high)), factors[2].low])
    shares = PAGE["shares_of"](factors, PlausibleSets(tuple(NAMES), rows, (1.0,) * 3))
    np.testing.assert_allclose(shares, [[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0]], atol=1e-12)

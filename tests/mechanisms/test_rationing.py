"""Sharing out what is scarce: whole parts, and fractions won by lot."""

from __future__ import annotations

import pytest

from sim.model.mechanisms.rationing import stochastic_round


def test_the_mean_is_the_expected_number_and_nobody_gives_back() -> None:
    won = [stochastic_round(2.3, (k + 0.5) / 1000) for k in range(1000)]
    assert sum(won) / 1000 == pytest.approx(2.3) and {*won} == {2.0, 3.0}
    assert stochastic_round(-1.5, 0.25) == 0.0

"""Means of runs under the plausible sets, as a program before the one dataset computed them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim

PINNED = json.loads((Path(__file__).parent / "golden" / "plausible.json").read_text())


@pytest.mark.parametrize("name", PINNED["means"])
def test_means_are_those_of_the_former_program(name: str) -> None:
    """If a rule or the plausible sets are changed on purpose, write the numbers anew."""
    means = PINNED["means"][name]
    results = sim.run(name, runs=PINNED["runs"], seed=PINNED["seed"])
    found = {
        outcome: {year: float(results.values(outcome, years=[int(year)])[0].mean()) for year in row}
        for outcome, row in means.items()
    }
    assert found == {outcome: pytest.approx(row, rel=1e-6) for outcome, row in means.items()}

"""Lists of what is shipped, and a scenario's values, as data frames."""

from __future__ import annotations

import pytest

import sim
from sim.errors import InputError


def test_a_key_is_described_as_the_baseline_has_it() -> None:
    frame = sim.describe("contracts.term")
    assert [*frame.index] == ["contracts.term"]
    assert frame["unit"].item() == "years"
    with pytest.raises(InputError, match=r"no parameter .*; did you mean 'contracts.term'"):
        sim.describe("contracts.trm")
    with pytest.raises(InputError, match=r"west: allowed: contracts$"):
        sim.describe("contracts.term", section="west")


def test_assumptions_are_uncertain_and_without_a_number() -> None:
    frame = sim.describe(assumed=True)
    assert {*frame["evidence"]} == {1} and all(frame["plausible"])
    assert "contracts.annual_benefit" in frame.index and "contracts.term" not in frame.index

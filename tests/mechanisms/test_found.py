"""A mechanism is found by its file: what would silently not act is refused."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from sim import mechanisms, quarter


def put(name: str, monkeypatch: pytest.MonkeyPatch, **content: object) -> None:
    """Put a file into the folder of mechanisms."""
    module = ModuleType(f"sim.mechanisms.{name}")
    vars(module).update(content)
    monkeypatch.setitem(mechanisms.MODULES, name, module)


def test_a_mechanism_that_the_quarter_does_not_call_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = replace(mechanisms.MODULES["china"].MECHANISM, name="islands")
    put("islands", monkeypatch, MECHANISM=own)
    with pytest.raises(ImportError, match=r"mechanisms/islands\.py: .*sim/quarter\.py does not"):
        mechanisms.in_order(quarter.quarter)


def test_two_mechanisms_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    west = mechanisms.MODULES["west"].MECHANISM
    put("west", monkeypatch, MECHANISM=replace(west, name="china"))
    with pytest.raises(ImportError, match=r"west\.py: .* 'china', as that of china\.py"):
        mechanisms.in_order(quarter.quarter)


def test_shared_rules_may_have_the_name_of_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    put("step", monkeypatch)
    assert mechanisms.in_order(quarter.quarter) == quarter.MECHANISMS

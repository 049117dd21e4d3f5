"""Consideration: one cause at a time puts systems on the agenda, and is counted once."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.mechanisms import consideration
from sim.model.mechanisms.consideration import CAUSES
from tests.mechanisms.builders import country, now, parameters, public

ALONE = {
    "course": {"sessions": 1.0},
    "offer": {"offer_left": 1.0},
    "vendor": {"contract": 1.0},
    "peers": {"exposure": 1.0},
    "unrest": {"unrest": 1.0},
    "market": {},
}
CERTAIN = {f"consideration__by_{cause}": 0.0 for cause in ("course", "peers", "unrest", "market")}


def considers(cause: str, technology: float = 1.0) -> Any:
    """Return a country after a quarter in which a cause is certain, and no other can be."""
    rates = {"course": 1.0, "offer": None, "vendor": None}.get(cause, 4.0)
    own = {} if rates is None else {f"consideration__by_{cause}": rates}
    host = country(considering=0.0, **ALONE[cause])
    consideration.step(host, public(technology=technology), now(), parameters(**{**CERTAIN, **own}))
    return host


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_is_counted_by_its_name_and_no_other(cause: str) -> None:
    host = considers(cause)
    consideration.credit_first_system(host)
    numbers = [*CAUSES].index(cause) + 1
    assert (host.considering, host.considered_for) == (1.0, numbers)
    for step in ("considered", "adopted"):
        assert [n for n in CAUSES if getattr(host, f"{step}_{n}") == 1.0] == [cause]


@pytest.mark.parametrize("cause", ["course", "peers", "unrest", "market"])
def test_nothing_is_considered_before_technology_is_on_offer(cause: str) -> None:
    assert considers(cause, technology=0.0).considering == 0.0


def test_without_a_cause_it_ceases_unless_a_purchase_waits() -> None:
    # Its mean time to cease is a quarter.
    p = parameters(procurement__application_years=0.25, **CERTAIN)
    for waits in (0.0, 1.0):
        host = country(considered_for=1.0, pending=waits)
        consideration.step(host, public(), now(), p)
        assert (host.considering, host.considered_for) == (waits, waits)
        assert host.considered_course == 0.0

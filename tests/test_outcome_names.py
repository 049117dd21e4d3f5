"""The register of outcomes: names that are chosen, and hints at names that are meant."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.register import choose, register


@pytest.mark.parametrize(
    ("given", "meant"),
    [("Working Chinese systems", "working"), ("workng", "working"), ("TRUST", "trust")],
)
def test_a_label_or_a_slip_leads_to_the_name(given: str, meant: str) -> None:
    known = register()
    assert meant in known
    with pytest.raises(InputError, match=f"no outcome '{given}'; did you mean '{meant}'"):
        choose(known, [given])

"""Every parameter acts: an end of its range changes some bit of the results."""

from __future__ import annotations

from typing import Any

import pytest

from sim.engine.no_effect import TRIALS, differ, digest
from sim.model.register import SHIPPED
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.toml_file import bounds

NEEDS: dict[str, dict[str, Any]] = {
    "contracts.life": {"contracts.active": False},
    "west.budget": {"west.fees_paid": 1.0},
}
"""What must be set for a parameter to act, other than the defaults."""


def ends(path: str) -> list[Any]:
    """Return the ends of a parameter's range, other than its default."""
    field = SHIPPED.parameters[path]
    if field.annotation is bool:
        return [not field.default]
    both = [int(e) if field.annotation is int else float(e) for e in bounds(field)]
    return [end for end in both if end != field.default]


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED.parameters)
def test_a_parameter_acts(path: str) -> None:
    needs = NEEDS.get(path, {})
    usual = load_scenario("baseline", overrides=needs)
    others = [load_scenario("baseline", overrides={**needs, path: end}) for end in ends(path)]
    # A digest is empty where a scenario cannot run: that is no effect.
    assert all(digest(each, shipped_plausible(), TRIALS[0]) for each in (usual, *others))
    assert differ(((usual, other) for other in others), shipped_plausible())

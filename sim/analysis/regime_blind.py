"""What is left of the regime shares when no regime effect is at work: the null model.

Shares of states ever trained that differ between regimes are no evidence for regime effects if they
differ as much without them, by need, income, alliance and conditions alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.engine import prepare, run_chunk
from sim.results.chunk import end_of
from sim.results.targets import counterparts_of_chunk
from sim.scenario import Scenario, load_scenario

SHARES = {
    "flawed democracy": "trained_share_flawed",
    "hybrid": "trained_share_hybrid",
    "authoritarian": "trained_share_authoritarian",
}
"""The target for each regime class that has one."""

SHARE_YEAR = 2025


def blind_values() -> dict[str, Any]:
    """What the scenario ``regime-blind`` sets, by path: all that differs from the baseline."""
    blind = load_scenario("regime-blind").sections
    usual = load_scenario("baseline").sections
    return {
        f"{name}.{key}": getattr(section, key)
        for name, section in blind.items()
        for key in type(section).model_fields
        if getattr(section, key) != getattr(usual[name], key)
    }


def blind_shares(
    scenario: Scenario, source: str, overrides: Mapping[str, Any], *, runs: int, seed: int
) -> dict[str, float]:
    """Mean recorded shares ever trained by 2025, with a scenario's regime effects made equal.

    Args:
        scenario: The scenario as it was run.
        source: Its name or file.
        overrides: What was set over its files.
        runs: Replicates.
        seed: Seed of the draws.

    Returns:
        A share for each regime class; empty where the horizon ends before 2025.
    """
    if scenario.first_quarter + scenario.quarters <= end_of(SHARE_YEAR):
        return {}
    blind = load_scenario(source, overrides={**overrides, **blind_values()})
    ensemble = prepare([blind], seed)
    chunk = run_chunk(ensemble, range(runs))
    found = counterparts_of_chunk(chunk, ensemble.layout, SHARES.values())
    return {regime: float(found[target].mean()) for regime, target in SHARES.items()}

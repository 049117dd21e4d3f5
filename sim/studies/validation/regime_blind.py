"""What is left of the regime shares when no regime effect is at work: the null model.

Shares of states ever trained that differ between regimes are no evidence for regime effects if they
differ as much without them, by need, income, alliance and conditions alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.engine import prepare, run_chunk, with_sets
from sim.engine.chunk import end_of
from sim.engine.parameter_sets import plausible_sets
from sim.results.targets import counterparts_of_chunk
from sim.scenario import Scenario, load_scenario
from sim.scenario.plausible import PlausibleSets

SHARES = {
    "flawed democracy": "trained_share_flawed",
    "hybrid": "trained_share_hybrid",
    "authoritarian": "trained_share_authoritarian",
}
"""The target for each regime class that has one."""

SHARE_YEAR = 2025
BLIND = "regime-blind"
"""The scenario without regime effects."""


def blind_values() -> dict[str, Any]:
    """What the scenario ``regime-blind`` sets beside the baseline, by path."""
    blind = load_scenario(BLIND)
    return {
        path: getattr(blind.sections[section], key)
        for path, origin in blind.origins.items()
        if origin.stable == f"{BLIND}.toml"
        for section, key in [path.split(".")]
    }


def has_regime_effects(scenario: Scenario) -> bool:
    """Whether regimes differ in anything that a scenario's rules do with them."""
    effects = [path for path in blind_values() if ".regime_" in path]
    return any(
        getattr(scenario.sections[section], key) != 0.0
        for section, key in (path.split(".") for path in effects)
    )


def blind_shares(
    scenario: Scenario,
    source: str,
    overrides: Mapping[str, Any],
    *,
    runs: int,
    seed: int,
    plausible: PlausibleSets | None = None,
) -> dict[str, float]:
    """Mean recorded shares ever trained by 2025, with a scenario's regime effects made equal.

    Args:
        scenario: The scenario as it was run.
        source: Its name or file.
        overrides: What was set over its files.
        runs: Replicates.
        seed: Seed of the draws.
        plausible: Parameter sets among which the replicates choose.

    Returns:
        A share for each regime class; empty where the horizon ends before 2025, and where the
        scenario has no regime effects to begin with.
    """
    if not has_regime_effects(scenario):
        return {}
    if scenario.first_quarter + scenario.quarters <= end_of(SHARE_YEAR):
        return {}
    blind = load_scenario(source, overrides={**overrides, **blind_values()})
    ensemble, set_of = prepare([blind], seed), None
    if plausible:
        # Values set over the files lie above the sets, so regime effects stay equal in each.
        ensemble, set_of = with_sets(ensemble, plausible_sets(blind, plausible), range(runs))
    chunk = run_chunk(ensemble, range(runs), set_of)
    found = counterparts_of_chunk(chunk, ensemble.layout, SHARES.values())
    return {regime: float(found[target].mean()) for regime, target in SHARES.items()}

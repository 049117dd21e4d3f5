"""What is left of the regime shares when no regime effect is at work: the null model.

Shares of states ever trained that differ between regimes are no evidence for regime effects if they
differ as much without them, by need, income, alliance and conditions alone.
"""

from __future__ import annotations

from typing import Any

from sim.batch.ensemble import Request
from sim.engine.chunk import end_of
from sim.engine.identity import MECHANISMS
from sim.errors import InputError
from sim.results.read import Results
from sim.results.table import REGIME_TARGETS, SHARE_YEAR
from sim.results.targets import counterpart_values
from sim.scenario import Scenario, load_scenario
from sim.scenario.rebuild import scenario_of, with_values
from sim.studies.open_or_run import open_all
from sim.studies.resolve import Resolved
from sim.studies.run_options import PLAUSIBLE, plausible_of
from sim.studies.watching import Watch

BLIND = "regime-blind"
"""The scenario without regime effects."""
BLIND_RUNS = 50
"""Replicates of it beside a run: enough for whole percentages."""


def blind_values() -> dict[str, Any]:
    """What the scenario ``regime-blind`` sets beside the baseline, by path."""
    blind = load_scenario(BLIND)
    own = (path for path, origin in blind.origins.items() if origin.stable == f"{BLIND}.toml")
    return {path: blind.value(path) for path in own}


def has_regime_effects(scenario: Scenario) -> bool:
    """Whether regimes differ in anything that a scenario's rules do with them."""
    effects = [path for path in blind_values() if ".regime_" in path]
    return any(scenario.value(path) != 0.0 for path in effects)


def blind_shares(
    results: Results, *, threads: int | None = None, watch: Watch | None = None
) -> dict[str, float]:
    """Mean recorded shares ever trained by 2025, with a scenario's regime effects made equal.

    Args:
        results: The scenario's runs; as many of them, up to fifty, are run without the effects.
        threads: Of the engine.
        watch: Shows how far it is.

    Returns:
        A share for each regime class that has a target; empty where the horizon ends before 2025,
        where the scenario has no regime effects to begin with, for results of another version, and
        for those of seeds or mechanisms of a user's own, which a folder does not hold.
    """
    manifest = results.manifest
    if {"seeds", MECHANISMS} & {*manifest} or end_of(SHARE_YEAR) not in results.quarters:
        return {}
    try:
        scenario = scenario_of(manifest["scenario"], str(results.folder))
    except InputError:
        return {}
    if not has_regime_effects(scenario):
        return {}
    # Values set over the files lie above the plausible sets, so regime effects are equal in each.
    request = Request(
        with_values(scenario, blind_values()),
        min(int(manifest["runs"]), BLIND_RUNS),
        int(manifest["seed"]),
        plausible_of(PLAUSIBLE not in manifest),
    )
    blind = Resolved(BLIND, BLIND, request=request)
    (opened,) = open_all(
        [blind], {"threads": threads, "watch": watch}, outcomes=["recorded_trained_share"]
    )
    values_by_regime = {
        r: counterpart_values(opened, target) for r, target in REGIME_TARGETS.items()
    }
    return {
        regime: float(values.mean())
        for regime, values in values_by_regime.items()
        if values is not None
    }

"""Storylines: worlds at the ends of the bounds, in which any scenario runs."""

from __future__ import annotations

import pytest

import sim
from sim.estimates.targets import target_table
from sim.scenario import list_scenarios

EFFECTS = {
    # Ablation, outcome in 2025, and the least and largest mean effect in that world.
    "articles-world": ("no-training", "platforms", (-102.0, -95.0)),
    "markets-world": ("no-training", "platforms", (-1.0, 1.0)),
    "world-of-copying": ("no-peers", "adopters", (-50.0, -43.0)),
    "world-without-copying": ("no-peers", "adopters", (-1.0, 1.0)),
}
SEED = 4021


def effect(world: str, runs: int) -> float:
    ablation, outcome, _ = EFFECTS[world]
    given, without = (
        sim.make_runs(name, runs=runs, seed=SEED, set={"horizon.end": 2025})
        for name in (world, f"{ablation}+{world}")
    )
    return float((without.values(outcome, years=2025) - given.values(outcome, years=2025)).mean())


def test_storylines_are_shipped_and_a_scenario_runs_in_each() -> None:
    shipped = {each["name"] for each in list_scenarios() if each["kind"] == "storyline"}
    assert shipped == {*EFFECTS}
    for world, (ablation, _, (low, high)) in EFFECTS.items():
        title = sim.load_scenario(f"{ablation}+{world}").title
        assert title == f"{sim.load_scenario(ablation).title}, in {sim.load_scenario(world).title}"
        # Sixteen runs are some two platforms from the mean.
        assert low - 4.0 <= effect(world, 16) <= high + 4.0, world


@pytest.mark.slow
@pytest.mark.parametrize("world", EFFECTS)
def test_a_storyline_misses_no_figure_and_has_its_effect(world: str) -> None:
    found = target_table(sim.make_runs(world, runs=512, seed=SEED))
    assert found.loc[found["verdict"] == "missed", "target"].tolist() == []
    low, high = EFFECTS[world][2]
    assert low <= effect(world, 512) <= high

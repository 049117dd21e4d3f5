"""Storylines: worlds at the ends of the bounds, in which any scenario runs."""

from __future__ import annotations

import pytest

import sim
from sim.estimates.targets import target_table
from sim.scenario import list_scenarios
from sim.studies.retention import surviving_share

EFFECTS = {
    # Ablation, outcome in 2025, and the least and largest mean effect in that world.
    "articles-world": ("no-training", "platforms", (-102.0, -95.0)),
    "markets-world": ("no-training", "platforms", (-1.0, 1.0)),
    "world-of-copying": ("no-peers", "adopters", (-50.0, -43.0)),
    "world-without-copying": ("no-peers", "adopters", (-1.0, 1.0)),
}
LEFT = {"world-of-leaving": (0.12, 0.19), "world-of-staying": (0.87, 0.92)}
"""Least and largest mean share that works ten years after the offer."""
SEED = 4021


def effect(world: str, runs: int) -> float:
    ablation, outcome, _ = EFFECTS[world]
    given, without = (
        sim.make_runs(name, runs=runs, seed=SEED, set={"horizon.end": 2025})
        for name in (world, f"{ablation}+{world}")
    )
    return float((without.values(outcome, years=2025) - given.values(outcome, years=2025)).mean())


def left(world: str) -> float:
    runs = sim.make_runs(f"offer-withdrawn-2030+{world}", runs=512, seed=SEED)
    return float(surviving_share(runs, 0, 2029, 10).mean())


def test_storylines_are_shipped_and_a_scenario_has_a_title_in_each() -> None:
    shipped = {each["name"] for each in list_scenarios() if each["kind"] == "storyline"}
    assert shipped == {*EFFECTS, *LEFT}
    for world, (ablation, *_) in EFFECTS.items():
        title = sim.load_scenario(f"{ablation}+{world}").title
        assert title == f"{sim.load_scenario(ablation).title}, in {sim.load_scenario(world).title}"


@pytest.mark.slow
@pytest.mark.parametrize("world", [*EFFECTS, *LEFT])
def test_a_storyline_misses_no_figure_and_has_its_effect(world: str) -> None:
    found = target_table(sim.make_runs(world, runs=512, seed=SEED))
    assert found.loc[found["verdict"] == "missed", "target"].tolist() == []
    low, high = LEFT[world] if world in LEFT else EFFECTS[world][2]
    assert low <= (left(world) if world in LEFT else effect(world, 512)) <= high

"""How the defaults were found: a cross-entropy search inside the plausible ranges.

Not calibration (that reports every parameter set which the evidence does not rule out): only one
plausible point to start from. The search minimises the summed squares of the ``calibrate`` targets'
deviations, in sigmas, plus a mild pull towards where it starts. Hold-outs and checks are not
looked at.

    uv run python analyses/find_defaults.py --rounds 25
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim.engine import prepare, run_chunk
from sim.engine.chunk import Chunk, Layout, derive, groups_of
from sim.estimates.targets import COUNTERPARTS, FITTED, FORMULAS
from sim.model.parameters import attribute
from sim.model.register import SHIPPED
from sim.scenario import load_scenario
from sim.world.arrays import Floats
from sim.world.dates import end_of
from sim.world.seeds import load_seeds

SEARCHED = (
    "training.rate", "training.base", "training.regime_flawed", "training.regime_hybrid",
    "training.regime_authoritarian", "training.need_weight", "training.wealth_weight",
    "training.peer_weight", "needs.explained_share",
    "china.bri_priority", "china.strategic_priority", "china.courses_at_start",
    "china.course_growth_early", "china.course_growth_belt_and_road", "china.course_growth_wave",
    "china.recovery", "china.technology_from", "china.technology_ramp", "china.credit_a_year",
    "procurement.rate", "procurement.base", "procurement.step_to_safe_city",
    "procurement.step_to_city",
    "consideration.by_course", "consideration.by_peers", "consideration.by_market",
    "procurement.trust_weight", "procurement.wealth_weight",
    "procurement.need_weight", "procurement.capacity_weight", "procurement.western_supply",
    "procurement.western_credit", "procurement.regime_flawed", "procurement.regime_hybrid",
    "procurement.regime_authoritarian", "market.autocracy_pull", "market.dependence_pull",
    "market.west_pull", "market.votes_weight",
    "observer.training_seen", "observer.contract_seen", "observer.secrecy",
    "observer.half_economy", "procurement.half_market", "procurement.half_loan",
    "procurement.door_slope", "procurement.credit_above", "procurement.never_share",
    "cameras.rate",
)  # fmt: skip
"""Parameters that the search may move: those that the targets speak to."""

RUNS = 16
POPULATION = 48
ELITE = 10
PULL = 0.5
WORST = 9.0
SMOOTHING = 0.7
FIRST_SPREAD = 0.2


def counterparts_of_chunk(chunk: Chunk, layout: Layout, names: Iterable[str]) -> dict[str, Floats]:
    """Return figures' counterparts of every run of a chunk in memory."""
    known = SHIPPED.register
    counterparts = {}
    for name in names:
        entry = COUNTERPARTS[name]
        quarters = [layout.quarters.index(end_of(year)) for year in entry.years]
        columns = []
        for column in entry.columns:
            where = groups_of(known[column], entry.kind, layout)
            if where is None:
                raise ValueError(f"{column} has no groups of kind {entry.kind}")
            place = where[layout.names[entry.kind].index(entry.group)]
            columns.append(derive(known[column], chunk, layout)[:, quarters, place])
        counterparts[name] = FORMULAS[entry.formula](*columns)
    return counterparts


def main() -> None:
    """Search, and print the best point found as ``--set`` options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    seeds = load_seeds()
    targets = [target for target in seeds.targets if target.use == FITTED]
    fields = {name: SHIPPED.parameters[name] for name in SEARCHED}
    ranges = np.array([attribute(fields[name], "plausible") for name in SEARCHED])
    start = np.array([fields[name].default for name in SEARCHED])
    span = ranges[:, 1] - ranges[:, 0]
    random = np.random.default_rng(arguments.seed)

    def deviations(point: np.ndarray) -> dict[str, float]:
        chosen = {name: float(value) for name, value in zip(SEARCHED, point, strict=True)}
        scenario = load_scenario("baseline", overrides={**chosen, "horizon.end": 2026})
        ensemble = prepare(scenario, arguments.seed)
        chunk = run_chunk(ensemble, range(RUNS))
        values = counterparts_of_chunk(chunk, ensemble.layout, [t.id for t in targets])
        return {t.id: float((values[t.id].mean() - t.value) / t.sigma) for t in targets}

    def loss(point: np.ndarray) -> float:
        squares = [min(abs(z), WORST * 3) ** 2 for z in deviations(point).values()]
        return float(sum(squares) + PULL * np.sum(((point - start) / span) ** 2))

    middle, spread = start.copy(), FIRST_SPREAD * span
    best_loss = loss(start)
    with ThreadPoolExecutor(2) as pool:
        for step in range(arguments.rounds):
            points = np.clip(random.normal(middle, spread, (POPULATION, len(start))), *ranges.T)
            losses = np.array(list(pool.map(loss, points)))
            order = np.argsort(losses)
            best_loss = min(best_loss, losses[order[0]])
            elite = points[order[:ELITE]]
            middle = SMOOTHING * elite.mean(axis=0) + (1 - SMOOTHING) * middle
            spread = SMOOTHING * elite.std(axis=0) + (1 - SMOOTHING) * spread
            typical = losses[order[:ELITE]].mean()
            print(f"round {step}: best {best_loss:.2f}, elite {typical:.2f}", flush=True)
    for z in deviations(middle).items():
        print("middle", *z)
    for name, value in zip(SEARCHED, middle, strict=True):
        print(f"--set {name}={value:.4g}")


if __name__ == "__main__":
    main()

"""Do null models and ablations fit as well, once they are calibrated like the model?

`uv run python docs/refitted.py` calibrates the model and each of them by the method of
calibration.md and one smaller plan, and prints the table of validation.md. Free is every parameter
that has a plausible range and that the null model does not set, and those that it sets only to
have the right level. `--keep DIR` keeps the runs, so that a second call goes on; names of rows
calibrate those alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from permuted import figures_of_runs

from sim.batch.executors import Workers
from sim.engine import prepare
from sim.engine.parameter_sets import VariedScenario, sets_of_points
from sim.errors import InputError
from sim.results.implausibility import deviation, discrepancy_of
from sim.results.targets import COUNTERPARTS
from sim.scenario import Scenario, load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.studies.calibration.method import Calibration, calibrate, distances, propose
from sim.studies.calibration.plan import (
    Aim,
    Plan,
    aims_of_seeds,
    experiment_of,
    last_year_of,
    simulate,
)
from sim.studies.parameter_space import design_of, plausible_factors
from sim.world.columns import CALIBRATE, HOLD_OUT
from sim.world.countries import Target
from sim.world.seeds import shipped_seeds

SIZES = {"waves": 3, "points": 600, "replicates": 4, "final_points": 600, "final_replicates": 10}
"""The plan of all of them: a fifth of the shipped one's runs."""
RUNS = 400
"""Histories under the sets found, by which figures are judged."""
CAMPS = ("china_camp", "west_camp")
"""Figures that nothing gives where nobody aligns."""


@dataclass(frozen=True)
class Row:
    """What is calibrated.

    Attributes:
        scenario: The model.
        camps: Whether it is asked for the camps at the United Nations.
        levels: Parameters that its file sets for the level alone: free here.
    """

    scenario: str
    camps: bool = True
    levels: tuple[str, ...] = ()


LEVELS = ("training.base", "china.seats_at_start", "procurement.base")
ROWS = {
    "baseline": Row("baseline"),
    "common-cause": Row("common-cause", levels=LEVELS),
    "regimes-shuffled": Row("regimes-shuffled"),
    "no-bundling": Row("no-bundling"),
    "no-exit-cost": Row("no-exit-cost"),
    "no-maintenance-contracts": Row("no-maintenance-contracts"),
    "regime-blind": Row("regime-blind"),
    "bass": Row("bass", levels=("procurement.base", "procurement.peer_weight")),
    "copying-only": Row("copying-only", levels=("procurement.base",)),
    "baseline, no camps": Row("baseline", False),
    "regime-blind, no camps": Row("regime-blind", False),
    "bass, no camps": Row("bass", False, ("procurement.base", "procurement.peer_weight")),
    "copying-only, no camps": Row("copying-only", False, ("procurement.base",)),
}


def shipped_keys() -> tuple[str, ...]:
    """Return the parameters of the shipped table in its order."""
    found = shipped_plausible()
    assert found is not None
    return found.keys


def plan_of(row: Row, seed: int) -> tuple[Plan, tuple[Aim, ...]]:
    """Return what to do for a row, and the figures that it is asked for."""
    aims = aims_of_seeds()
    overrides = {"horizon.end": last_year_of(aims)}
    scenario = load_scenario(row.scenario, overrides=overrides)
    # In the shipped table's order, for another would deal other numbers to each; what is new last.
    place = {name: at for at, name in enumerate(shipped_keys())}
    names = (factor.name for factor in plausible_factors(scenario))
    free = sorted(names, key=lambda name: place.get(name, len(place)))
    factors = plausible_factors(scenario, [*free, *row.levels])
    plan = Plan(scenario, row.scenario, overrides, factors, seed=seed, **SIZES)
    return plan, tuple(aim for aim in aims if defines(scenario, aim.id, camps=row.camps))


def defines(scenario: Scenario, target: str, *, camps: bool = True) -> bool:
    """Tell whether a model has what makes a target's figure, and is asked for it."""
    if not scenario.sections["training"].active:  # type: ignore[attr-defined]
        columns = COUNTERPARTS[target].columns
        if any(
            column.startswith(("recorded_train", "trainings", "officers")) for column in columns
        ):
            return False
    return camps or not target.startswith(CAMPS)


def first_wave(plan: Plan, aims: tuple[Aim, ...], folder: Path, workers: Workers) -> float:
    """Return the share of the prior's sets that lie within the cut on every target."""
    cube, _, _ = propose(plan, [], 1, plan.points)
    experiment = experiment_of(plan, aims, cube, plan.replicates, "wave-1", seed=plan.seed)
    values, _ = simulate(experiment, aims, folder, workers)
    return float((distances(aims, values) <= plan.cut).all(axis=1).mean())


def judged(found: Calibration, asked: Sequence[Target], threads: int) -> dict[str, float]:
    """Return the signed distance of each figure from histories under the sets found."""
    plan = found.plan
    rows = design_of(plan.factors, found.cube).points
    keys = tuple(factor.name for factor in plan.factors)
    sets = PlausibleSets(keys, rows, tuple(found.weights.tolist()))  # type: ignore[arg-type]
    last = max(year for target in asked for year in COUNTERPARTS[target.id].years)
    scenario = load_scenario(plan.source, overrides={"horizon.end": last})

    def sets_of(replicates: Sequence[int]):  # type: ignore[no-untyped-def]
        # What the null model sets for its level alone is the set's, too.
        numbers = [sets.number_of(replicate) for replicate in replicates]
        once = list(dict.fromkeys(numbers))
        points = [sets.values(number) for number in once]
        varied = {scenario.name: VariedScenario(scenario)}
        records, period_of, _ = sets_of_points(varied, scenario.name, points)
        return records, period_of, [once.index(number) for number in numbers]

    ensemble = prepare(scenario, plan.seed, seeds=shipped_seeds())
    figures = figures_of_runs(ensemble, RUNS, threads, sets_of, [target.id for target in asked])
    away = {}
    for target in asked:
        values = figures[target.id][np.isfinite(figures[target.id])]
        away[target.id] = float(
            deviation(
                target.value,
                values.mean(),
                sigma=target.sigma or 0.0,
                ensemble_sd=values.std(ddof=1),
                discrepancy=discrepancy_of(target.value),
                bound=target.bound,  # type: ignore[arg-type]
            )
        )
    return away


def line_of(name: str, seed: int, folder: Path, threads: int) -> str:
    """Calibrate a row; return its line."""
    row, workers = ROWS[name], Workers("threads", threads)
    plan, aims = plan_of(row, seed)
    cells_ = [name, str(len(aims)), f"{first_wave(plan, aims, folder, workers):.1%}"]
    try:
        found = calibrate(plan, folder, workers, aims=aims)
    except InputError:
        return f"| {' | '.join([*cells_, 'none', *[''] * 4])} |"
    named = {aim.id for aim in aims}
    asked = [
        target
        for target in shipped_seeds().targets
        if target.id in named
        or (target.use == HOLD_OUT and defines(plan.scenario, target.id, camps=row.camps))
    ]
    away = judged(found, asked, threads)
    squares: dict[str, list[float]] = {CALIBRATE: [], HOLD_OUT: []}
    for target in asked:
        squares[target.use].append(away[target.id] ** 2)
    worst = max((target for target in asked), key=lambda target: abs(away[target.id])).id
    cells_ += [
        f"{found.waves[-1].left:.1%}",
        f"{found.effective:.0f}",
        f"{sum(squares[CALIBRATE]):.1f}",
        f"{sum(squares[HOLD_OUT]):.1f} of {len(squares[HOLD_OUT])}",
        f"`{worst}` " + f"{away[worst]:+.1f}".replace("-", "−"),
    ]
    return f"| {' | '.join(cells_)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in ROWS]:
        parser.error(f"no row {', '.join(unknown)}; there are: {', '.join(ROWS)}")
    heads = (
        "model", "figures", "of the first wave within 3", "left of the prior", "effective sets",
        "sum of \\|I\\|²", "of hold-outs", "farthest",
    )  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        for name in asked.names or ROWS:
            own = folder / name.replace(", ", "-").replace(" ", "-")
            own.mkdir(parents=True, exist_ok=True)
            print(line_of(name, asked.seed, own, asked.threads), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

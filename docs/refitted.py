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
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sim.calibration.plan import (
    CalibrationSpec,
    CalibrationTable,
    CalibrationTarget,
    aims,
    last_year,
)
from sim.calibration.waves import Calibration, distances, propose, run_waves, simulate
from sim.errors import InputError
from sim.experiment import Keep, plausible_factors
from sim.results.runner import Workers, run_design
from sim.results.targets import COUNTERPARTS, FITTED, HOLD_OUT, counterpart_values, distance
from sim.scenario import Scenario, load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.world.documented import PublishedFigure
from sim.world.seeds import shipped_seeds

SIZES = {"waves": 3, "points": 600, "replicates": 4, "final_points": 600, "final_replicates": 10}
"""The plan of all of them: a fifth of the shipped one's runs."""
RUNS = 10
"""Runs of each of the sets found, by which figures are judged."""
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


LEVELS = ("training.base", "china.courses_at_start", "procurement.base")
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


def plan_of(
    row: Row, seed: int, sizes: dict[str, int]
) -> tuple[CalibrationSpec, tuple[CalibrationTarget, ...]]:
    """Return what to do for a row, and the figures that it is asked for."""
    asked = aims()
    scenario = load_scenario(row.scenario, overrides={"horizon.end": last_year(asked)})
    # In the shipped table's order, for another would deal other numbers to each; new ones last.
    shipped = shipped_plausible()
    assert shipped is not None
    place = {name: at for at, name in enumerate(shipped.keys)}
    names = (factor.name for factor in plausible_factors(scenario))
    free = sorted(names, key=lambda name: place.get(name, len(place)))
    factors = plausible_factors(scenario, [*free, *row.levels])
    plan = CalibrationSpec(scenario, factors, CalibrationTable(**sizes), seed)
    return plan, tuple(aim for aim in asked if defines(scenario, aim.id, camps=row.camps))


def defines(scenario: Scenario, target: str, *, camps: bool = True) -> bool:
    """Tell whether a model has what makes a target's figure, and is asked for it."""
    if not scenario.sections["training"].active:  # type: ignore[attr-defined]
        columns = COUNTERPARTS[target].columns
        if any(
            column.startswith(("recorded_train", "trainings", "officers")) for column in columns
        ):
            return False
    return camps or not target.startswith(CAMPS)


def judged(
    found: Calibration, asked: Sequence[PublishedFigure], folder: Path, workers: Workers
) -> dict[str, float]:
    """Return the signed distance of each figure from new runs of the sets found."""
    last = max(year for target in asked for year in COUNTERPARTS[target.id].years)
    scenario = load_scenario(found.plan.scenario.name, overrides={"horizon.end": last})
    plan = replace(found.plan, scenario=scenario)
    design = plan.design(found.cube, RUNS, "judged", plan.seed)
    design = replace(design, keep=Keep(groups=("regime-rated", "region")))
    results = run_design(design, folder / "judged", workers=workers)
    away = {}
    for target in asked:
        each = (counterpart_values(results, target.id, at) for at in range(results.n_points))
        values = np.concatenate([own for own in each if own is not None])
        weights = np.repeat(found.weights, RUNS)[np.isfinite(values)]
        values = values[np.isfinite(values)]
        mean = np.average(values, weights=weights)
        sd = np.sqrt(np.average((values - mean) ** 2, weights=weights))
        away[target.id] = float(
            distance(target.value, mean, sigma=target.sigma or 0.0, run_sd=sd, bound=target.bound)
        )
    return away


def line_of(name: str, seed: int, folder: Path, threads: int, sizes: dict[str, int]) -> str:
    """Calibrate a row; return its line."""
    row, workers = ROWS[name], Workers(threads)
    plan, asked_for = plan_of(row, seed, sizes)
    cube, _, _ = propose(plan, [], 1, plan.sizes.points)
    first = simulate(
        plan, asked_for, cube, plan.sizes.replicates, "wave-1", plan.seed, folder, workers
    )  # fmt: skip
    within = (distances(asked_for, first) <= plan.sizes.cut).all(axis=1).mean()
    cells_ = [name, str(len(asked_for)), f"{within:.1%}"]
    try:
        found = run_waves(plan, folder, workers, of=asked_for)
    except InputError:
        return f"| {' | '.join([*cells_, 'none', *[''] * 4])} |"
    named = {aim.id for aim in asked_for}
    asked = [
        target
        for target in shipped_seeds().targets
        if target.id in named
        or (target.use == HOLD_OUT and defines(plan.scenario, target.id, camps=row.camps))
    ]
    away = judged(found, asked, folder, workers)
    squares: dict[str, list[float]] = {FITTED: [], HOLD_OUT: []}
    for target in asked:
        squares[target.use].append(away[target.id] ** 2)
    worst = max((target for target in asked), key=lambda target: abs(away[target.id])).id
    cells_ += [
        f"{found.waves[-1].left:.1%}",
        f"{found.effective:.0f}",
        f"{sum(squares[FITTED]):.1f}",
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
    parser.add_argument("--points", type=int, default=600, help="fewer for a trial")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in ROWS]:
        parser.error(f"no row {', '.join(unknown)}; there are: {', '.join(ROWS)}")
    sizes = {**SIZES, "points": asked.points, "final_points": asked.points}
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
            print(line_of(name, asked.seed, own, asked.threads, sizes), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

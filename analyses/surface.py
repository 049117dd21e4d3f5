"""Make the response surface of the page's first screen again, so that a drag needs no run.

Each lever adds a row to the logit of survival, and each pair of levers the excess over their rows:

    uv run python analyses/surface.py    # six minutes
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.experiment import Design, Experiment, Factor, Keep
from sim.page.contents import SURFACE
from sim.page.stored import KEEP, LINES, WORKING, spread_of
from sim.scenario import BASELINE
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.retention import cohort_shares
from sim.studies.sources import RunOptions, run_experiment, scenarios_from
from sim.world.arrays import Floats
from sim.world.seeds import DOCUMENTED

RUNS, SEED = 128, 1
ALTERNATIVE, REFERENCE = "offer-withdrawn-2030", BASELINE
DATE = "events.offer-withdrawn.date"
# For the date, those with `KEEP` years in the model's runs.
LEVERS: dict[str, tuple[float, ...]] = {
    "contracts.switch_off_cost": (0.0, 0.06, 0.125, 0.25, 0.375, 0.5, 0.625, 0.8, 1.0),
    "contracts.exit_cost": (0.0, 0.5, 1.0, 1.4, 1.8, 2.3, 3.0, 4.0, 5.0),
    "contracts.fee": (0.0, 0.015, 0.03, 0.06, 0.09, 0.12, 0.15, 0.21, 0.27),
    "west.aid_growth": (-0.12, -0.015, 0.09),
    DATE: (2026.0, 2027.0, 2028.0, 2029.0, 2030.0, 2031.0),
}
# Levers that multiply each other: with only their rows, errors reach 7 of 100.
PAIRS = tuple(itertools.combinations(tuple(LEVERS)[:3], 2))
# Of a lever in a pair, every other position.
NODES = slice(None, None, 2)
# Steps of a stored number per logit.
SCALE = 400
# Least share of which logits are taken, and least distance from 1.
LEAST = 0.002
# More points of a design would fill a small machine.
AT_ONCE = 16
# The year in which the offer ends by default; the first year of the runs.
STOP, FIRST = 2030, 2000
IDENTITY = ("rules", "data", "plausible_sha256")

type Settings = dict[str, float]


def _logits(shares: Floats, since: int) -> Floats:
    """Mean and quantiles of the surviving share: (lines, years)."""
    start = since - FIRST
    _, (left, _) = cohort_shares(shares[:, :, start : start + KEEP + 1] > 0.0)
    lines = np.array([spread_of(left)[name] for name in LINES])[:, 1:]
    shares = np.clip(lines, LEAST, 1.0 - LEAST)
    return np.log(shares / (1.0 - shares))


class Runs:
    def __init__(self) -> None:
        self.options = RunOptions(runs=RUNS, seed=SEED, known=DOCUMENTED)
        names = (ALTERNATIVE, REFERENCE)
        self.scenarios = dict(zip(names, scenarios_from(names, self.options), strict=True))
        self.identity: dict[str, Any] = {}

    def panels(self, name: str, points: Sequence[Settings]) -> list[Floats]:
        """Return working systems by run, country and year at each point."""
        found: list[Floats] = []
        for part in itertools.batched(points, AT_ONCE):
            levels = {f"{k}": settings for k, settings in enumerate(part)}
            factor = Factor("point", "point", "", None, levels=levels)
            results = run_experiment(
                Experiment(
                    name="surface",
                    title="surface",
                    question="",
                    base=name,
                    scenarios={name: self.scenarios[name]},
                    design=Design("list", (factor,), tuple((level,) for level in levels)),
                    n_runs=RUNS,
                    seed=SEED,
                    keep=Keep(outcomes=(WORKING,), countries=(WORKING,)),
                    plausible=shipped_plausible(),
                ),
                self.options,
            )
            self.identity = {key: results.identity[key] for key in IDENTITY}
            found += [*results.panel(WORKING).to_numpy().astype(np.int8)]
            print(f"{name}: {len(found)} of {len(points)} points", flush=True)
        return found

    def left(self, name: str, points: Sequence[Settings]) -> list[Floats]:
        panels = self.panels(name, points)
        since = [int(settings.get(DATE, STOP)) - 1 for settings in points]
        return [_logits(panel, year) for panel, year in zip(panels, since, strict=True)]


def build() -> dict[str, Any]:
    runs = Runs()
    alone = [{lever: at} for lever, row in LEVERS.items() for at in row]
    steady = [point for point in alone if DATE not in point]
    base, *mine = runs.left(ALTERNATIVE, [{}, *alone])
    still, *panels = runs.panels(REFERENCE, [{}, *steady])
    goes = [_logits(panel, STOP - 1) for panel in panels]
    # Where China goes on, another date is another cohort of the same runs.
    goes += [_logits(still, int(at) - 1) for at in LEVERS[DATE]]
    since = _logits(still, STOP - 1)
    rows: dict[str, Any] = {}
    at = 0
    for lever, row in LEVERS.items():
        part = slice(at, at := at + len(row))
        # Rises over the runs with nothing set, so that the page does not jump.
        rises = {"stops": [line - base for line in mine[part]]}
        rises["goes"] = [line - since for line in goes[part]]
        rows[lever] = {"at": row, **{name: _whole(lines) for name, lines in rises.items()}}
    pairs = {}
    for one, two in PAIRS:
        grid = [{one: a, two: b} for a in LEVERS[one][NODES] for b in LEVERS[two][NODES]]
        both = np.reshape(runs.left(ALTERNATIVE, grid), (len(LEVERS[one][NODES]), -1, *base.shape))
        by = {tuple(point.items()): line - base for point, line in zip(alone, mine, strict=True)}
        first, second = (
            np.array([by[((lever, a),)] for a in LEVERS[lever][NODES]]) for lever in (one, two)
        )
        beyond = both - base - first[:, np.newaxis] - second[np.newaxis]
        pairs[f"{one} {two}"] = {
            "at": [LEVERS[one][NODES], LEVERS[two][NODES]],
            "by": [_whole(row) for row in beyond],
        }
    return {
        "of": {**runs.identity, "seed": SEED},
        "scenario": ALTERNATIVE,
        "scale": SCALE,
        "least": LEAST,
        "levers": rows,
        "pairs": pairs,
    }


def _whole(lines: Sequence[Floats] | Floats) -> list[Any]:
    """(positions, lines, years)."""
    steps: list[Any] = np.rint(np.asarray(lines) * SCALE).astype(int).tolist()
    return steps


if __name__ == "__main__":
    SURFACE.write_text(json.dumps(build(), separators=(",", ":")) + "\n", encoding="utf-8")

"""The response surface of the first screen: what its levers do, stored so that a drag needs no run.

The share that is left is read on the logit scale. Each lever adds a row by itself, between whose
positions the page interpolates, and each pair of levers that multiply each other what both add
beyond the sum of their rows. The rows are rises over the runs with nothing set, so that a page lays
them over its own stored curve and does not jump.

``uv run python -m sim.page.surface`` makes it again. A page whose rules, input data or parameter
sets are not those of the surface is made without it: it then waits for runs.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.experiment import Design, Experiment, Factor, Keep
from sim.page.stored import KEEP, LINES, WORKING, spread_of
from sim.scenario import BASELINE
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.retention import cohort_shares
from sim.studies.sources import RunOptions, run_experiment, scenarios_from
from sim.world.seeds import DOCUMENTED

RUNS, SEED = 128, 1
SCENARIO, REFERENCE = "offer-withdrawn-2030", BASELINE
"""The scenario in which the levers are set, and the one in which China goes on."""
DATE = "events.offer-withdrawn.date"
LEVERS: dict[str, tuple[float, ...]] = {
    "contracts.switch_off_cost": (0.0, 0.06, 0.125, 0.25, 0.375, 0.5, 0.625, 0.8, 1.0),
    "contracts.exit_cost": (0.0, 0.5, 1.0, 1.4, 1.8, 2.3, 3.0, 4.0, 5.0),
    "contracts.fee": (0.0, 0.015, 0.03, 0.06, 0.09, 0.12, 0.15, 0.21, 0.27),
    "west.aid_growth": (-0.12, -0.015, 0.09),
    DATE: (2026.0, 2027.0, 2028.0, 2029.0, 2030.0, 2031.0),
}
"""Positions of each lever; of the date those whose `KEEP` years the model runs."""
PAIRS = tuple(itertools.combinations(tuple(LEVERS)[:3], 2))
"""Levers that multiply each other: alone, their rows would err by up to 7 of 100."""
NODES = slice(None, None, 2)
"""Positions of a lever in a pair: every other one."""
SCALE = 400
"""Steps of a logit that a stored number counts."""
LEAST = 0.002
"""A share from which, and to whose complement, logits are taken."""
AT_ONCE = 16
"""Points of a design: more would fill a small machine."""
STOP, FIRST = 2030, 2000
"""The year in which the offer ends if no lever says otherwise; the first year of the runs."""
IDENTITY = ("rules", "data", "plausible_sha256")
"""What of the runs' identity must be as it was."""
FILE = Path(__file__).parent / "web" / "surface.json"

type Settings = dict[str, float]
"""Values of levers, by dotted key."""


def stored_surface(identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the surface, or None if runs are of other rules, data, sets or draws."""
    surface: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return (
        surface if all(value == identity.get(key) for key, value in surface["of"].items()) else None
    )


def at_an_end(surface: Mapping[str, Any], lever: str, left: Mapping[str, Any], end: int) -> float:
    """Return the mean share left with one lever at its first or last position."""
    base = float(np.clip(left["mean"][-1], LEAST, 1.0 - LEAST))
    rise = surface["levers"][lever]["stops"][end][0][-1] / SCALE
    return float(1.0 / (1.0 + np.exp(-np.log(base / (1.0 - base)) - rise)))


def _logits(shares: Floats, since: int) -> Floats:
    """Return mean and quantiles of the share that is left by year: (lines, years), as logits."""
    start = since - FIRST
    _, (left, _) = cohort_shares(shares[:, :, start : start + KEEP + 1] > 0.0)
    lines = np.array([spread_of(left)[name] for name in LINES])[:, 1:]
    shares = np.clip(lines, LEAST, 1.0 - LEAST)
    return np.log(shares / (1.0 - shares))


class Runs:
    """The runs behind the surface, and what identifies them."""

    def __init__(self) -> None:
        """Load both scenarios, in the world of the documented contracts."""
        self.options = RunOptions(runs=RUNS, seed=SEED, known=DOCUMENTED)
        names = (SCENARIO, REFERENCE)
        self.scenarios = dict(zip(names, scenarios_from(names, self.options), strict=True))
        self.identity: dict[str, Any] = {}

    def panels(self, name: str, points: Sequence[Settings]) -> list[Floats]:
        """Return what works in each run, country and year at each point of a scenario."""
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
        """Return the logits of what is left since the year before the offer ends, by point."""
        panels = self.panels(name, points)
        since = [int(settings.get(DATE, STOP)) - 1 for settings in points]
        return [_logits(panel, year) for panel, year in zip(panels, since, strict=True)]


def build() -> dict[str, Any]:
    """Make the runs, and return the surface of them."""
    runs = Runs()
    alone = [{lever: at} for lever, row in LEVERS.items() for at in row]
    steady = [point for point in alone if DATE not in point]
    base, *mine = runs.left(SCENARIO, [{}, *alone])
    still, *panels = runs.panels(REFERENCE, [{}, *steady])
    goes = [_logits(panel, STOP - 1) for panel in panels]
    # Where China goes on, another date is another cohort of the same runs.
    goes += [_logits(still, int(at) - 1) for at in LEVERS[DATE]]
    since = _logits(still, STOP - 1)
    rows: dict[str, Any] = {}
    at = 0
    for lever, row in LEVERS.items():
        part = slice(at, at := at + len(row))
        rises = {"stops": [line - base for line in mine[part]]}
        rises["goes"] = [line - since for line in goes[part]]
        rows[lever] = {"at": row, **{name: _whole(lines) for name, lines in rises.items()}}
    pairs = {}
    for one, two in PAIRS:
        grid = [{one: a, two: b} for a in LEVERS[one][NODES] for b in LEVERS[two][NODES]]
        both = np.reshape(runs.left(SCENARIO, grid), (len(LEVERS[one][NODES]), -1, *base.shape))
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
        "scenario": SCENARIO,
        "scale": SCALE,
        "least": LEAST,
        "levers": rows,
        "pairs": pairs,
    }


def _whole(lines: Sequence[Floats] | Floats) -> list[Any]:
    """Return logits as whole steps: (positions, lines, years)."""
    steps: list[Any] = np.rint(np.asarray(lines) * SCALE).astype(int).tolist()
    return steps


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), separators=(",", ":")) + "\n", encoding="utf-8")

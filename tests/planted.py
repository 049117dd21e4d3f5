"""Results whose numbers are planted: no run is made, and they are read by the real methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.engine.chunk import end_of
from sim.mechanisms.tender import VENDORS
from sim.results.dataset import Results
from sim.rules import SHIPPED, WORLD
from sim.units import REGIMES, REGIONS
from sim.world.seeds import shipped_seeds

RUNS = 41
"""Of so many evenly spaced numbers, two are below the 5% quantile and two above the 95% quantile."""
STEPS = np.arange(float(RUNS))[:, np.newaxis, np.newaxis]
"""The number of each run: (runs, 1, 1)."""
YEARS = range(2000, 2041)
GROUPS: dict[str, Sequence[str]] = {
    WORLD: [WORLD], "regime": REGIMES, "regime-rated": REGIMES, "region": REGIONS, "vendor": VENDORS
}  # fmt: skip
STATES = pd.DataFrame(
    [(s.iso3, s.name, s.region, s.regime_2024, "no aid") for s in shipped_seeds().countries],
    columns=["iso3", "name", "region", "regime", "aid"],
).set_index("iso3")


class Planted(Results):
    """Results that have a panel without a file."""

    has_panel = True

    def read(self, kind: str, outcomes: Sequence[str], *_: Any) -> dict[str, Any]:
        """Return what is planted, of all points and dates."""
        return {name: self._values[name, kind] for name in outcomes}


class Numbers(dict[Any, Any]):
    """What results have read: everything, and 0 where nothing is planted."""

    def __init__(self, shape: tuple[int, int], given: Mapping[Any, ArrayLike]) -> None:
        self.shape, self.given = shape, given

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: tuple[Any, ...]) -> Any:
        name, kind, *_ = key
        if kind in GROUPS:
            values = self.given.get(name if kind == WORLD else (name, kind), 0.0)
            return np.broadcast_to(values, (*self.shape, len(YEARS), len(GROUPS[kind])))
        values = self.given.get((name, "panel"), 0.0)
        cells = np.broadcast_to(values, (*self.shape, len(STATES), len(YEARS)))
        return cells[..., [YEARS.index(year) for year in key[1:]]]


def planted(
    given: Mapping[Any, ArrayLike],
    *labels: str,
    runs: int = RUNS,
    sections: Mapping[str, Any] | None = None,
) -> Results:
    """Return results of the whole horizon, a point per label; each run has a set of its own.

    Args:
        given: By outcome, of the world; by outcome and kind of groups; by field and `panel`. What
            broadcasts to (points, runs, dates, groups) or (points, runs, countries, years).
        *labels: Names of the points; none: the baseline alone.
        runs: Runs of each.
        sections: Of the scenario of each.
    """
    labels = labels or ("baseline",)
    scenario = {"sections": sections or {}, "horizon": {}, "origins": {}, "events": []}
    manifest = {
        "name": "planted", "title": "Planted", "version": "0", "seed": 1, "runs": runs, "plausible_sha256": "",
        "parameters": "documented", "design": {"points": len(labels)}, "factors": [],
        "scenarios": dict.fromkeys(labels, scenario),
    }  # fmt: skip
    results = Planted(Path("planted"), manifest, _values=Numbers((len(labels), runs), given))
    vars(results).update(
        design=pd.DataFrame({"scenario": labels}).rename_axis("point"), labels=list(labels),
        groups={kind: [*names] for kind, names in GROUPS.items()}, outcomes=SHIPPED.register,
        quarters=[end_of(year) for year in YEARS], set_of_run=np.arange(runs), failed=0,
        states=STATES,
    )  # fmt: skip
    return results

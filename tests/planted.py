"""Results with planted numbers in place of files: no run is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.engine.chunk import end_of
from sim.errors import listed
from sim.mechanisms.tender import VENDORS
from sim.results.dataset import Results
from sim.rules import SHIPPED, WORLD
from sim.units import REGIMES, REGIONS
from sim.world.seeds import shipped_seeds

RUNS = 41
STEPS = np.arange(float(RUNS))[:, np.newaxis, np.newaxis]
"""The number of each run, (runs, 1, 1): mean 20, 5 and 95% quantiles 2 and 38."""
YEARS = range(2000, 2041)
GROUPS = {WORLD: [WORLD], "regime": REGIMES, "regime-rated": REGIMES, "region": REGIONS}
STATES = pd.DataFrame(
    [(s.iso3, s.name, s.region, s.regime_2024, "no aid") for s in shipped_seeds().countries],
    columns=["iso3", "name", "region", "regime", "aid"],
).set_index("iso3")


class Planted(Results):
    """Results that read what is planted, and 0 elsewhere."""

    has_panel = True

    def read(self, kind: str, outcomes: Sequence[str], *_: Any) -> dict[str, Any]:
        """Return outcomes at all points and dates."""
        return {name: self._of(name, kind, len(YEARS), len(self.groups[kind])) for name in outcomes}

    def panel(self, column: str, years: int | Collection[int] | None = None) -> Any:
        """Return a field of every country."""
        chosen = YEARS if years is None else listed(years)
        return self._of(column, "panel", len(STATES), len(YEARS))[..., [y - 2000 for y in chosen]]

    def _of(self, name: str, kind: str, *cells: int) -> Any:
        values = self.manifest["given"].get((name, kind), 0.0)
        return np.broadcast_to(values, (self.n_points, self.n_runs, *cells))


def planted(given: Mapping[tuple[str, str], Any], *labels: str, runs: int = RUNS) -> Results:
    """Return results of the whole horizon, in which each run has a parameter set of its own.

    Args:
        given: By outcome and kind of groups, what broadcasts to (points, runs, dates, groups); by
            field and `panel`, to (points, runs, countries, years).
        *labels: Names of the points; none: the baseline alone.
    """
    labels = labels or ("baseline",)
    scenario = {"sections": {}, "horizon": {}, "origins": {}, "events": []}
    manifest = {
        **dict.fromkeys(("name", "title", "version", "seed", "parameters"), "planted"),
        "plausible_sha256": "", "given": given, "runs": runs, "design": {"points": len(labels)},
        "factors": [], "scenarios": dict.fromkeys(labels, scenario),
    }  # fmt: skip
    results = Planted(Path("planted"), manifest)
    groups = {kind: [*names] for kind, names in {**GROUPS, "vendor": VENDORS}.items()}
    vars(results).update(
        design=pd.DataFrame({"scenario": labels}).rename_axis("point"), labels=[*labels],
        groups=groups, outcomes=SHIPPED.register, quarters=[end_of(year) for year in YEARS],
        set_of_run=np.arange(runs), failed=0, states=STATES,
    )  # fmt: skip
    return results

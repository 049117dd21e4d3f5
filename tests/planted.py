"""Results with planted numbers in place of files: no run is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.engine.records import country_states
from sim.model.mechanisms.tender import VENDORS
from sim.model.register import SHIPPED
from sim.model.units import REGIMES, REGIONS, WORLD
from sim.runs.dataset import Results
from sim.runs.folder import Folder
from sim.world.dates import end_of
from sim.world.seeds import shipped_seeds

RUNS = 41
STEPS = np.arange(float(RUNS))[:, np.newaxis, np.newaxis]
"""The number of each run, (runs, 1, 1): mean 20, 5 and 95% quantiles 2 and 38."""
YEARS = range(2000, 2041)
GROUPS = {WORLD: [WORLD], "regime": REGIMES, "regime-rated": REGIMES, "region": REGIONS}
COUNTRIES = pd.DataFrame(
    [(s.iso3, s.name, s.region, s.regime_2024, "no aid") for s in shipped_seeds().countries],
    columns=["iso3", "name", "region", "regime", "aid"],
).set_index("iso3")


class Planted(Folder):
    """A folder in which values are planted; 0 elsewhere."""

    has_panel = True

    def read(
        self,
        kind: str,
        outcomes: Sequence[str],
        points: range | None = None,
    ) -> dict[str, Any]:
        """Return outcomes at all points and dates."""
        return {name: self._of(name, kind, len(YEARS), len(self.groups[kind])) for name in outcomes}

    def read_field(self, field: str, dates: Sequence[int], points: range | None = None) -> Any:
        """Return a field of every country."""
        return self._of(field, "panel", len(self.country_groups), len(YEARS))[..., [*dates]]

    def _of(self, name: str, kind: str, *cells: int) -> Any:
        values = self.manifest["given"].get((name, kind), 0.0)
        return np.broadcast_to(values, (self.n_points, self.n_runs, *cells))


def planted(
    given: Mapping[tuple[str, str], Any],
    *labels: str,
    runs: int = RUNS,
    countries: pd.DataFrame = COUNTRIES,
    **identity: Any,
) -> Results:
    """Return results of the whole horizon, in which each run has a parameter set of its own.

    Args:
        given: By outcome and kind of groups, what broadcasts to (points, runs, dates, groups); by
            field and `panel`, to (points, runs, countries, years).
        *labels: Names of the points; none: the baseline alone.
        runs: Runs of each point.
        countries: Name, region, regime and class of aid by ISO code.
        **identity: Further keys of the manifest.
    """
    labels = labels or ("baseline",)
    scenario = {"sections": {}, "horizon": {}, "origins": {}, "events": []}
    manifest = {
        **dict.fromkeys(("name", "title", "version", "parameters"), "planted"), "seed": 1,
        "plausible_sha256": "", "given": given, "runs": runs, "design": {"points": len(labels)},
        "factors": [], "scenarios": dict.fromkeys(labels, scenario), "rules": "0", "data": "0",
        "keep": {"groups": []}, **identity,
    }  # fmt: skip
    folder = Planted(Path("planted"), manifest)
    groups = {kind: [*names] for kind, names in {**GROUPS, "vendor": VENDORS}.items()}
    states = [(s.name, {"unit": s.unit, "doc": s.doc}) for s in country_states(SHIPPED)]
    fields = {name: pa.field(name, pa.float64(), metadata=said) for name, said in states}
    vars(folder).update(
        design=pd.DataFrame({"scenario": labels}).rename_axis("point"), groups=groups,
        outcomes=SHIPPED.register, quarters=[end_of(year) for year in YEARS],
        country_groups=countries, own_groups={}, fields=fields,
    )  # fmt: skip
    return Results.of(folder)

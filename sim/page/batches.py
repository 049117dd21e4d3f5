"""What a page shows of each scenario: a point of results, at the ends of years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.arrays import Flags, Floats, Singles
from sim.errors import InputError
from sim.mechanisms.market import BLOC_FROM
from sim.parameters import Outcome
from sim.results.dataset import Joined, Results
from sim.results.targets import target_table
from sim.scenario.file import SCENARIO
from sim.units import NEVER

KINDS = ("world", "regime", "region", "vendor")
"""Kinds of groups that a page shows."""
DATES = {"first_trained": "trained", "first_adopted": "adopted"}
"""First years that the page's script is given of each country, and the panel's fields."""
COUNTS = ("opened", "renewed", "lapsed", "restored", "switched", "abandoned", "replaced")
"""Fields of the panel of which it is given the last value."""
WORKING_PREFIX = "working_"
MAPPED = ("trained", "adopters", "working", "dependence", "bloc_china", "bloc_west")
"""Outcomes that a page can map without running anything."""


@dataclass(frozen=True)
class Batch:
    """The runs of one scenario.

    Attributes:
        name: The scenario's name.
        scenario: The scenario, as a manifest describes it.
        manifest: Identity of the runs.
        results: All runs of the page.
        point: Where the scenario's runs are in them.
    """

    name: str
    scenario: Mapping[str, Any]
    manifest: Mapping[str, Any]
    results: Results
    point: int

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """What was kept, by name."""
        return self.results.outcomes

    @property
    def groups(self) -> dict[str, list[str]]:
        """Names of the groups of each kind that is shown."""
        return {kind: names for kind, names in self.results.groups.items() if kind in KINDS}

    @property
    def years(self) -> list[int]:
        """Years at whose ends values are."""
        return self.results.years

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return self.results.n_runs

    @cached_property
    def values(self) -> dict[tuple[str, str], Singles]:
        """An outcome's values of a kind of groups: (runs, years, groups)."""
        found = {}
        for name in self.outcomes:
            for kind, names in self.groups.items():
                values = self.results.values(name, kind, years=self.years)[self.point]
                values = values.reshape(self.runs, len(self.years), len(names))
                if not np.isnan(values).all():
                    found[name, kind] = values.astype(np.float32)
        return found

    def panel(self, field: str) -> Floats:
        """Return a field of every country: (runs, countries, years)."""
        return np.asarray(self.results.panel(field)[self.point])

    @property
    def working(self) -> Flags:
        """In which runs and years each country's Chinese system worked."""
        return np.asarray(self.panel("working") == 1)

    @cached_property
    def by_country(self) -> dict[str, Floats]:
        """What the page's script is given of each country, by field: (runs, countries)."""
        years = np.array(self.years)
        fields: dict[str, Floats] = {}
        for name, field in DATES.items():
            since = self.panel(field) == 1
            fields[name] = np.where(since.any(axis=2), years[since.argmax(axis=2)], NEVER)
        fields |= {name: self.panel(name)[:, :, -1] for name in COUNTS}
        working = self.panel("working")
        return fields | {
            f"{WORKING_PREFIX}{year}": working[:, :, at] for at, year in enumerate(self.years)
        }

    @cached_property
    def by_state(self) -> dict[str, Floats]:
        """Means over runs of the outcomes that can be mapped: (countries, years)."""
        alignment = self.panel("alignment")
        each = {
            "trained": self.panel("trained"),
            "adopters": self.panel("adopted"),
            "working": self.panel("working"),
            "dependence": np.where(self.panel("stack") > 0, self.panel("dependence"), 0.0),
            "bloc_china": alignment > BLOC_FROM,
            "bloc_west": alignment < -BLOC_FROM,
        }
        return {name: values.mean(axis=0) for name, values in each.items() if name in self.outcomes}

    @cached_property
    def evidence(self) -> list[dict[str, Any]]:
        """Published figures beside what the runs recorded."""
        rows: list[Any] = target_table(self.results, point=self.point).to_dict("records")
        return rows


def batches_of(results: Results) -> list[Batch]:
    """Return the scenarios of results, each with its runs.

    Raises:
        InputError: The results are a sweep, or lack the panel of countries.
    """
    if not results.has_panel:
        raise InputError("a page needs results with the panel of countries")
    parts = results.parts.values() if isinstance(results, Joined) else [results]
    batches: list[Batch] = []
    for part in parts:
        varied = [name for name in part.design if part.design[name].nunique() > 1]
        if set(varied) - {SCENARIO} or (part.n_points > 1 and not varied):
            raise InputError(f"{part.folder} is a sweep: a page shows scenarios")
        for name in part.design[SCENARIO]:
            scenario = part.manifest["scenarios"][name]
            batches.append(Batch(name, scenario, part.manifest, results, len(batches)))
    names = [batch.name for batch in batches]
    for name in dict.fromkeys(n for n in names if names.count(n) > 1):
        raise InputError(f"two sources are called {name!r}: a page shows each scenario once")
    return batches

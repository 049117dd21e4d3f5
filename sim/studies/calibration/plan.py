"""What a calibration is to do: parameters, sizes, and the targets that it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.experiment import Factor, Keep
from sim.results.targets import COUNTERPARTS, RATED, REGION
from sim.scenario import Scenario
from sim.studies.implausibility import RULED_OUT, discrepancy_of
from sim.world.known import Known
from sim.world.seeds import shipped_seeds

SHARE_UNIT = "share"


@dataclass(frozen=True)
class Plan:
    """What a calibration is to do.

    Attributes:
        scenario: The base; its horizon reaches the last target.
        source: What `load_scenario` takes for it.
        overrides: What was laid over it.
        factors: The parameters, each over its plausible range.
        waves: Waves of history matching.
        points: Sets that are run in each wave.
        replicates: Histories of each of them.
        final_points: Sets that are run at the end.
        final_replicates: Histories of each of those.
        sets: Sets that the result holds at most.
        cut: Implausibility beyond which a set is ruled out.
        seed: Of designs and draws.
        known: Decisions by which the final sets are weighed; their histories are free.
    """

    scenario: Scenario
    source: str
    overrides: Mapping[str, Any]
    factors: tuple[Factor, ...]
    waves: int = 3
    points: int = 2000
    replicates: int = 4
    final_points: int = 2000
    final_replicates: int = 20
    sets: int = 250
    cut: float = RULED_OUT
    seed: int = 1
    known: tuple[Known, ...] = ()

    @property
    def sizes(self) -> dict[str, Any]:
        """How much is run, by name."""
        names = ("waves", "points", "replicates", "final_points", "final_replicates", "sets", "cut")
        return {name: getattr(self, name) for name in names}

    @property
    def runs(self) -> int:
        """Histories of all waves together."""
        waves = self.waves * self.points * self.replicates
        return waves + self.final_points * self.final_replicates


@dataclass(frozen=True)
class Aim:
    """A target that calibration uses."""

    id: str
    quantity: str
    observed: float
    sigma: float
    discrepancy: float
    logarithm: bool

    @property
    def noise(self) -> float:
        """Standard deviation of figure and discrepancy together."""
        return float(np.hypot(self.sigma, self.discrepancy))


def aims_of_seeds() -> tuple[Aim, ...]:
    """Return the targets that calibration uses: never hold-outs, never checks."""
    found = []
    for target in shipped_seeds().targets:
        if target.use == "calibrate" and target.sigma is not None:
            found.append(
                Aim(
                    id=target.id,
                    quantity=target.quantity,
                    observed=target.value,
                    sigma=target.sigma,
                    discrepancy=float(discrepancy_of(target.value)),
                    logarithm=target.unit != SHARE_UNIT,
                )
            )
    return tuple(found)


def last_year_of(aims: Sequence[Aim]) -> int:
    """Return the last year that the targets need."""
    return max(year for aim in aims for year in COUNTERPARTS[aim.id].years)


def keep_of(aims: Sequence[Aim], *, countries: bool = False) -> Keep:
    """Return what of the runs the targets are read from, and whether what became of each state."""
    entries = [COUNTERPARTS[aim.id] for aim in aims]
    columns = dict.fromkeys(column for entry in entries for column in entry.columns)
    kinds = [k for k in (RATED, REGION) if k in {entry.group_kind for entry in entries}]
    return Keep(outcomes=tuple(columns), groups=tuple(kinds), dates="yearly", countries=countries)

"""Bringing scenarios into the form that the loop reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import MOST_SEED
from sim.engine.chunk import Layout
from sim.engine.layout import Cells, make_cells, make_layout
from sim.engine.parameter_sets import SetsOf, VariedScenario, stacked
from sim.engine.start import World, starting_world
from sim.rules import SHIPPED, Rules
from sim.scenario.targets import classes_of
from sim.world.seeds import Seeds, shipped_seeds

if TYPE_CHECKING:
    from sim.scenario import Scenario


@dataclass(frozen=True)
class Ensemble:
    """Everything an ensemble needs: the starting world, parameters by period, what is kept.

    Attributes:
        world: Records at the start.
        parameters: Parameter records by set, period and class of states.
        period_of: Each quarter's period, a row a set.
        class_of: Each state's class: which of a period's parameter records is its own.
        seed: Seed of the draws.
        first_quarter: Quarters from the beginning of 2000 to the first.
        quarters: Number of quarters.
        layout: What is kept.
        cells: The cells that sums are made of.
        rules: What the histories go by.
    """

    world: World
    parameters: NDArray[Any]
    period_of: NDArray[np.int64]
    class_of: NDArray[np.int64]
    seed: int
    first_quarter: int
    quarters: int
    layout: Layout
    cells: Cells
    rules: Rules = SHIPPED

    @property
    def countries(self) -> NDArray[Any]:
        """The states' records at the start, each with the row of its parameters; not to be changed.

        Those of the world, unless a scenario's targets tell states apart.
        """
        if not self.class_of.any():
            return self.world.countries
        countries = self.world.countries.copy()
        countries["parameter_row"] = self.class_of
        return countries

    def with_set(self, row: int) -> Ensemble:
        """Return the ensemble with one of its parameter sets alone."""
        one = slice(row, row + 1)
        return replace(self, parameters=self.parameters[one], period_of=self.period_of[one])


def prepare(scenarios: Sequence[Scenario], seed: int, *, seeds: Seeds | None = None) -> Ensemble:
    """Bring scenarios of one horizon (parameter sets) into the form that the loop reads.

    Args:
        scenarios: One a parameter set; all with the same horizon and rules.
        seed: Seed of the draws, 0 to 4,294,967,295.
        seeds: Seed tables; those of the first scenario if None.

    Raises:
        ValueError: The seed is out of range, or horizons differ.
    """
    if not 0 <= seed <= MOST_SEED:
        raise ValueError(f"seed {seed} is out of range; allowed: 0 to {MOST_SEED}")
    seeds = seeds or scenarios[0].seeds or shipped_seeds()
    quarters = scenarios[0].quarters
    rules = scenarios[0].rules
    first = scenarios[0].first_quarter
    if any(s.quarters != quarters or s.rules != rules for s in scenarios):
        raise ValueError("parameter sets of one ensemble must share their horizon and rules")
    classes = classes_of(target for scenario in scenarios for target in scenario.targets)
    varied = [VariedScenario(scenario, classes) for scenario in scenarios]
    parameters, period_of = stacked([one.records[None] for one in varied], varied)
    world = starting_world(seeds, rules)
    return Ensemble(
        world=world,
        parameters=parameters,
        period_of=period_of,
        class_of=classes.rows(world.codes),
        seed=seed,
        first_quarter=first,
        quarters=quarters,
        layout=make_layout(seeds, range(first, first + quarters), rules),
        cells=make_cells(seeds),
        rules=rules,
    )


def narrowed(
    ensemble: Ensemble,
    kinds: Collection[str] | None = None,
    *,
    yearly: bool = False,
    countries: bool = True,
) -> Ensemble:
    """Return an ensemble that keeps less of the same runs; see `Layout.narrowed`."""
    layout = ensemble.layout.narrowed(kinds, yearly=yearly, countries=countries)
    spare = len(layout.groups)
    places = [
        layout.groups.index(group) if group in layout.groups else spare
        for group in ensemble.layout.groups
    ]
    groups = np.array([*places, spare])[ensemble.cells.groups]
    return replace(ensemble, layout=layout, cells=replace(ensemble.cells, groups=groups))


def with_sets(
    ensemble: Ensemble, sets_of: SetsOf, replicates: Sequence[int]
) -> tuple[Ensemble, list[int]]:
    """Return the ensemble with the parameter sets of some replicates, and the set of each."""
    parameters, period_of, set_of = sets_of(replicates)
    return replace(ensemble, parameters=parameters, period_of=period_of), set_of

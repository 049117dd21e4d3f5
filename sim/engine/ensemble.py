"""Bringing scenarios into the form that the loop reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Whole
from sim.draws import MOST_SEED
from sim.engine.chunk import Cells, Layout, make_cells, make_layout, quarter_of_year
from sim.engine.parameter_sets import VariedScenario, sets_of_points
from sim.engine.records import NOW, record_type
from sim.engine.start import World, starting_world
from sim.errors import InputError
from sim.register import WORLD
from sim.rules import SHIPPED, Rules
from sim.scenario import Scenario
from sim.units import QUARTERS
from sim.world.seeds import shipped_seeds


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
        quarters: Length of a history.
        layout: Which sums, fields and quarters are kept.
        cells: The cells that sums are made of.
        rules: What the histories go by.
    """

    world: World
    parameters: NDArray[Any]
    period_of: Whole
    class_of: Whole
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

    @property
    def now(self) -> NDArray[Any]:
        """The record of the moment, before the first quarter."""
        now = np.zeros(1, record_type(NOW, len(self.world.countries)))
        now["seed"] = self.seed
        now["last_observed_year"] = self.world.last_observed_year
        return now

    def narrowed(
        self,
        kinds: Collection[str] | None = None,
        *,
        yearly: bool = False,
        panel: Collection[str] | None = None,
    ) -> Ensemble:
        """Return an ensemble of the same runs that keeps less.

        Args:
            kinds: Kinds of groups besides the world; None: all.
            yearly: Whether to keep fourth quarters alone.
            panel: Fields of countries at the ends of years; None: all.
        """
        before = self.layout
        layout = replace(
            before,
            groups=tuple(g for g in before.groups if kinds is None or g.kind in {WORLD, *kinds}),
            quarters=tuple(
                q for q in before.quarters if not yearly or quarter_of_year(q) == QUARTERS
            ),
            panel=tuple(name for name in before.panel if panel is None or name in panel),
        )
        spare = len(layout.groups)
        places = [layout.groups.index(g) if g in layout.groups else spare for g in before.groups]
        groups = np.array([*places, spare])[self.cells.groups]
        return replace(self, layout=layout, cells=replace(self.cells, groups=groups))


def seed_of(rng: Any) -> int:
    """Return a seed; what is no whole number, such as a generator, is asked for one.

    Raises:
        InputError: It is out of range, or nothing that gives numbers.
    """
    if not isinstance(rng, int | np.integer):
        try:
            return int(np.random.default_rng(rng).integers(MOST_SEED, endpoint=True))
        except (TypeError, ValueError):
            raise InputError(f"rng {rng!r}: allowed: a whole number or a generator") from None
    if not 0 <= rng <= MOST_SEED:
        raise InputError(f"seed {rng} is out of range; allowed: 0 to {MOST_SEED}")
    return int(rng)


def prepare(scenario: Scenario, seed: int, values: Sequence[Mapping[str, Any]] = ({},)) -> Ensemble:
    """Bring a scenario into the form that the loop reads.

    Args:
        scenario: The scenario.
        seed: Seed of the draws, 0 to 4,294,967,295.
        values: What each parameter set has in place of the scenario's values, by dotted key.

    Raises:
        InputError: The seed is out of range.
    """
    seed = seed_of(seed)
    seeds = scenario.seeds or shipped_seeds()
    first, rules = scenario.first_quarter, scenario.rules
    name = scenario.name
    varied = {name: VariedScenario(scenario)}
    parameters, period_of, classes = sets_of_points(varied, name, values)
    world = starting_world(seeds, rules)
    return Ensemble(
        world=world,
        parameters=parameters,
        period_of=period_of,
        class_of=classes.rows(world.codes),
        seed=seed,
        first_quarter=first,
        quarters=scenario.quarters,
        layout=make_layout(seeds, range(first, first + scenario.quarters), rules),
        cells=make_cells(seeds),
        rules=rules,
    )

"""The Mesa model: the same loop, with China, the West and every country as agents.

Subclass :class:`CountryAgent`, override a rule by its name, and hand the class to
:class:`EntrenchModel`: that rule is then the agent's own, everything else stays.

    class Stubborn(CountryAgent):
        def cost_to_leave(self, p):
            return 2.0 * super().cost_to_leave(p)

    model = EntrenchModel("baseline", seed=1, country_class=Stubborn)
    model.run()
    model.outcome("working")

A rule that nobody overrides is called as the plain function it is, so the model is as fast as
Python lets it be. The same seed and replicate give the engine's numbers, bit for bit.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim import histories
from sim.engine import Ensemble, binding, prepare, records
from sim.engine.chunk import FIRST_YEAR, Chunk, working_years
from sim.engine.outcomes import derive, groups_of
from sim.errors import InputError
from sim.register import choose, register
from sim.scenario import Scenario, load_scenario
from sim.world.seeds import Seeds, shipped_seeds

SUBJECTS = ("country", "china", "west")
"""First arguments whose rules are methods of an agent."""


def rules_of(subject: str) -> dict[str, str]:
    """Rules whose first argument is an actor, by name: the methods of its agent.

    A mechanism's ``step`` is called ``NAME_step`` (and so on), since every mechanism has one.
    """
    found = {}
    shared = ("step", "know", "publish", "ration", "plan")
    for full, function in binding.functions().items():
        names = list(inspect.signature(function).parameters)
        module, _, name = full.rpartition(".")
        if module.startswith("sim.mechanisms.") and names and names[0] == subject:
            own = f"{module.rpartition('.')[2]}_{name}" if name in shared else name
            found[own] = full
    return found


def _methods(subject: str) -> dict[str, Callable[..., Any]]:
    originals = binding.functions()
    return {name: originals[full] for name, full in rules_of(subject).items()}


class ActorAgent(mesa.Agent):
    """An actor whose fields are plain attributes, as the mechanisms declare them."""

    def __init__(self, model: EntrenchModel, record: Any) -> None:
        """Take every field of a starting record.

        Args:
            model: The model.
            record: One row of the starting arrays.
        """
        super().__init__(model)
        for name in record.dtype.names:
            setattr(self, name, records.plain(record[name]))


class CountryAgent(ActorAgent):
    """A state. Every rule whose first argument is a country is one of its methods."""

    def __init__(self, model: EntrenchModel, record: Any, code: str, name: str) -> None:
        """Take the state's starting record, its ISO code and its name."""
        super().__init__(model, record)
        self.code = code
        self.name = name


class ChinaAgent(ActorAgent):
    """China. Every rule whose first argument is China is one of its methods."""


class WestAgent(ActorAgent):
    """The West. Every rule whose first argument is the West is one of its methods."""


for _class, _subject in ((CountryAgent, "country"), (ChinaAgent, "china"), (WestAgent, "west")):
    for _name, _function in _methods(_subject).items():
        setattr(_class, _name, _function)


def overridden(agent_class: type, base: type, subject: str) -> dict[str, Callable[..., Any]]:
    """Rules that a subclass overrides, by full name, as functions that ask the agent itself."""
    found: dict[str, Callable[..., Any]] = {}
    for name, full in rules_of(subject).items():
        if getattr(agent_class, name) is not getattr(base, name):
            found[full] = _ask(name)
    return found


def _ask(name: str) -> Callable[..., Any]:
    def ask(agent: Any, *arguments: Any) -> Any:
        return getattr(agent, name)(*arguments)

    return ask


class EntrenchModel(mesa.Model):
    """One history, a quarter a step.

    Attributes:
        countries: The country agents, in ISO order.
        china: The China agent.
        west: The West agent.
        public: What all may know.
        now: The moment.
    """

    def __init__(
        self,
        scenario: str | Scenario = "baseline",
        *,
        seed: int = 1,
        replicate: int = 0,
        country_class: type[CountryAgent] = CountryAgent,
        china_class: type[ChinaAgent] = ChinaAgent,
        west_class: type[WestAgent] = WestAgent,
        seeds: Seeds | None = None,
        draw: Callable[..., float] | None = None,
        ensemble: Ensemble | None = None,
        names: Mapping[str, Any] | None = None,
    ) -> None:
        """Set the world up at its start.

        Args:
            scenario: A scenario, its name, or its file's path.
            seed: Seed of the draws, 0 to 4,294,967,295; an ``ensemble`` has its own.
            replicate: Number of this history among those of the seed.
            country_class: Class of the countries.
            china_class: Class of China.
            west_class: Class of the West.
            seeds: Seed tables; the project's own if None.
            draw: Another source of uniform numbers, called as :func:`sim.draws.chance` is; only
                for measuring what keyed draws cost.
            ensemble: What :func:`sim.engine.prepare` made of the scenario, where it was called
                before.
            names: Other names to change in the rules (see
                :func:`sim.engine.binding.bind`); only for measuring.
        """
        super().__init__(rng=seed if ensemble is None else ensemble.seed)
        seeds = seeds or shipped_seeds()
        if ensemble is None:
            chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
            ensemble = prepare([chosen], seed, seeds=seeds)
        seed = ensemble.seed
        self.ensemble = ensemble
        self.replicate = replicate
        world = ensemble.world
        labels = ensemble.layout.countries
        self.countries = [
            country_class(self, world.countries[row], labels[row].iso3, labels[row].name)
            for row in range(len(labels))
        ]
        self.china = china_class(self, world.china[0])
        self.west = west_class(self, world.west[0])
        self.public = records.plain(world.public[0])
        self.pasts = [records.plain(past) for past in world.pasts]
        self.parameters = [records.plain(p) for p in ensemble.parameters[0]]
        self.public.price = self.parameters[0].market.price
        self.now = records.plain(
            np.zeros(1, records.record_type(records.NOW, len(self.countries)))[0]
        )
        self.now.seed = seed
        self.now.last_observed_year = world.last_observed_year
        replaced = (
            overridden(country_class, CountryAgent, "country")
            | overridden(china_class, ChinaAgent, "china")
            | overridden(west_class, WestAgent, "west")
        )
        if draw is not None:
            replaced["sim.draws.chance"] = draw
        self._quarter = binding.bind(replaced, names=names)["sim.quarter.quarter"]
        self._elapsed = 0
        self._summed = attrgetter(*ensemble.layout.fields)
        self._keep()

    def _keep(self) -> None:
        kept = self.ensemble.layout
        quarters = self.ensemble.quarters
        self.sums = np.zeros((quarters, len(kept.groups) + 1, len(kept.fields)))
        self.vendor_sums = np.zeros((quarters, len(kept.vendors), len(kept.vendor_fields)))
        self.actor_sums = np.zeros((quarters, len(kept.actor_fields)))
        actors = {"china": self.china, "west": self.west, "public": self.public}
        self._actor_fields = [
            (actors[name.split(".")[0]], name.split(".")[1]) for name in kept.actor_fields
        ]

    def step(self) -> None:
        """Move on by a quarter, and add up what the countries' fields hold."""
        ensemble, elapsed = self.ensemble, self._elapsed
        histories.set_moment(self.now, self.replicate, ensemble.first_quarter, elapsed)
        self._quarter(
            self.now,
            self.countries,
            self.pasts,
            self.china,
            self.west,
            self.public,
            self.parameters[ensemble.period_of[0, elapsed]],
        )
        self._add_up(elapsed)
        self._elapsed += 1
        self.running = self._elapsed < ensemble.quarters

    def _add_up(self, elapsed: int) -> None:
        # The same order of additions as sim.tally, a row of numbers at a time.
        cells = np.zeros((len(self.ensemble.cells.groups), len(self.ensemble.layout.fields)))
        rows = np.array([self._summed(country) for country in self.countries])
        for row, cell in zip(rows, self.ensemble.cells.of_country, strict=True):
            cells[cell] += row
        sums = self.sums[elapsed]
        for cell, groups in zip(cells, self.ensemble.cells.groups, strict=True):
            for group in groups:
                sums[group] += cell
        for k, name in enumerate(self.ensemble.layout.vendor_fields):
            self.vendor_sums[elapsed, :, k] = getattr(self.public, f"vendor_{name}")
        for k, (actor, field) in enumerate(self._actor_fields):
            self.actor_sums[elapsed, k] = getattr(actor, field)

    def run(self) -> None:
        """Run to the horizon's end."""
        while self.running:
            self.step()

    def chunk(self) -> Chunk:
        """What the history leaves behind, as the engine would return it for this replicate."""
        kept = self.ensemble.layout
        years = {name: year - FIRST_YEAR for year, name in working_years(kept.kept).items()}
        ends = np.array(
            [
                [c.worked[years[n]] if n in years else getattr(c, n) for n in kept.kept]
                for c in self.countries
            ],
            float,
        )
        groups = len(kept.groups)
        return Chunk(
            self.replicate,
            1,
            self.sums[None, :, :groups],
            self.vendor_sums[None],
            self.actor_sums[None],
            ends[None],
        )

    def outcome(self, name: str, kind: str = "world", group: str = "world") -> NDArray[np.float64]:
        """One outcome's series for a group, a number a quarter.

        Args:
            name: An outcome of the register, e.g. ``working``.
            kind: Kind of group: ``world``, ``regime``, ``regime-rated``, ``region``, ``vendor``.
            group: Name of the group.

        Raises:
            InputError: There is no such outcome or group.
        """
        kept = self.ensemble.layout
        outcome = choose(register(), [name])[name]
        where = groups_of(outcome, kind, kept)
        if kind == "vendor":
            names = list(kept.vendors)
        else:
            names = [listed.name for listed in kept.groups if listed.kind == kind]
        if where is None or group not in names:
            raise InputError(f"{name} has no group {group!r} of kind {kind!r}; there are: {names}")
        return derive(outcome, self.chunk(), kept)[0, :, where[names.index(group)]]


def run_replicates(
    ensemble: Ensemble,
    replicates: Sequence[int],
    set_of: Sequence[int] | None = None,
    *,
    options: Mapping[str, Any] | None = None,
) -> Chunk:
    """Run replicates in the Mesa model, one after another, into one chunk.

    Args:
        ensemble: What to run.
        replicates: Replicate numbers.
        set_of: Parameter set of each; the first for all if None.
        options: Further arguments of the model.
    """
    chunks = []
    for at, replicate in enumerate(replicates):
        row = set_of[at] if set_of else 0
        own = replace(
            ensemble,
            parameters=ensemble.parameters[row : row + 1],
            period_of=ensemble.period_of[row : row + 1],
        )
        model = EntrenchModel(
            seed=ensemble.seed, replicate=replicate, ensemble=own, **(options or {})
        )
        model.run()
        chunks.append(model.chunk())
    return Chunk(
        replicates[0],
        len(replicates),
        *(
            np.concatenate([getattr(chunk, part) for chunk in chunks])
            for part in ("tallies", "vendor_tallies", "actors", "countries")
        ),
    )

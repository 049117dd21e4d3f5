"""The Mesa model: the same loop, with China, the West and every country as agents.

A subclass of :class:`CountryAgent` may override a rule by its name (docs/your-own-mechanism.md).
The same seed and run number give the engine's numbers, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from inspect import signature
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import pandas as pd

from sim.engine import binding, records
from sim.engine.chunk import Chunk, derive, groups_of
from sim.engine.ensemble import Ensemble, prepare, seed_of
from sim.engine.user_mechanisms import Mechanisms, load_rules
from sim.errors import InputError, nearest
from sim.model import simulate
from sim.model.aggregate import sum_by_group
from sim.model.draws import MOST_RUNS
from sim.model.mechanisms.tender import VENDORS
from sim.model.register import MechanismError, choose, error_in_plugin
from sim.model.units import QUARTERS, REGIMES, REGIONS, WORLD
from sim.scenario import BASELINE, Scenario, load_scenario
from sim.scenario.keys import Settings, settings_of
from sim.scenario.parameter_sets import shipped_plausible
from sim.world.arrays import Floats
from sim.world.columns import STAGES
from sim.world.dates import end_of


class ActorAgent(mesa.Agent):
    """An actor whose fields are plain attributes, as the mechanisms declare them."""

    def __init__(self, model: EntrenchModel, record: Any) -> None:
        super().__init__(model)
        for name in record.dtype.names:
            setattr(self, name, records.plain(record[name]))

    if TYPE_CHECKING:  # fields are the mechanisms'

        def __getattr__(self, name: str) -> Any: ...

    def remove(self) -> None:
        """Refuse: the rules read every actor in each quarter."""
        raise InputError(f"{self!r} cannot leave the model; override its rules instead")

    def __repr__(self) -> str:
        name = getattr(self, "name", "")  # of a country
        return f"<{f'{type(self).__name__} {name}'.strip()}: {moment_of(self.model)}>"


class CountryAgent(ActorAgent):
    """A country. Every rule whose first argument is a country is one of its methods.

    Codes have names: `region_name`, `regime_name`, `stage_name`, `vendor_name` and so on, an empty
    text where a country has none. Mesa's `step` is empty; yours is called at the end of each
    quarter, before outcomes are counted.

    Examples:
        >>> sim.EntrenchModel("baseline", seed=1).countries[0].code
        'AFG'
    """

    # What the rules read and write stands in slots: a third less time.
    __slots__ = (*(state.name for state in records.states_of()["country"]), "code", "name")

    def __init__(self, model: EntrenchModel, record: Any, code: str, name: str) -> None:
        super().__init__(model, record)
        self.code = code
        self.name = name


class ChinaAgent(ActorAgent):
    """China."""


class WestAgent(ActorAgent):
    """The West."""


RULES = binding.rules_of_countries()
_functions = binding.functions()
for _name, _full in RULES.items():
    setattr(CountryAgent, _name, _functions[_full])


def word_of(field: str, words: Sequence[str]) -> property:
    return property(lambda agent: words[int(at)] if (at := getattr(agent, field)) >= 0 else "")


WORDS = {"region": REGIONS, "regime": REGIMES, "stage": ("", *STAGES)}
WORDS |= {of.name: VENDORS for of in records.states_of()["country"] if of.unit == "vendor"}
for _name, _words in WORDS.items():
    setattr(CountryAgent, f"{_name}_name", word_of(_name, _words))


def overridden(agent_class: type) -> dict[str, Callable[..., Any]]:
    """Rules that a subclass overrides, by full name, as functions that call the agent's method."""
    # Nothing would call a method with nearly the name of a rule.
    for name in {*dir(agent_class)} - {*dir(CountryAgent)}:
        if near := get_close_matches(name, RULES, 1, NEAR):
            raise InputError(f"{agent_class.__name__}.{name}: did you mean the rule {near[0]!r}?")
    return {
        full: lambda agent, *given, name=name: getattr(agent, name)(*given)
        for name, full in RULES.items()
        if getattr(agent_class, name) is not getattr(CountryAgent, name)
    }


QUARTER = "sim.model.schedule.step_quarter"
# As near as `cost_of_exti` is; `exit_price_paid` is a name of its own.
NEAR = 0.9


def date_of(now: Any) -> str:
    return f"{now.year} Q{now.season + 1}"


def moment_of(model: Any) -> str:
    return date_of(model.now) if getattr(model, "_elapsed", 0) else "not begun"


class Collector(mesa.DataCollector):
    """The world's outcomes by quarter and the panel of countries by year, so far."""

    def __init__(self, model: EntrenchModel) -> None:
        super().__init__()
        layout, elapsed = model.ensemble.layout, model._elapsed
        series = {
            name: model.outcome(name).tolist()
            for name, outcome in model.ensemble.rules.register.items()
            if groups_of(outcome, WORLD, layout) is not None
        }
        self.model_reporters.update(series)  # of these, names alone count
        self.model_vars.update(series)
        self._collection_steps = list(range(1, elapsed + 1))
        ends = [end for year in layout.years if (end := end_of(year) - layout.start + 1) <= elapsed]
        ids = [country.unique_id for country in model.countries]
        index = pd.MultiIndex.from_product([ends, ids], names=["Step", "AgentID"])
        cells = model.panel[: len(ends)].reshape(len(index), len(layout.panel))
        self.panel = pd.DataFrame(cells, index, layout.panel)
        self.panel.insert(0, "code", [country.code for country in model.countries] * len(ends))

    # Not among the records of agents, for each of which `batch_run` would repeat a run.
    def get_agent_vars_dataframe(self) -> pd.DataFrame:
        return self.panel


class EntrenchModel(mesa.Model):
    """One run, a quarter a step.

    Attributes:
        countries: The country agents, in ISO order.
        china: The China agent.
        west: The West agent.
        public: What all may know.
        now: Seed, counter, quarter, season, year and date.

    Examples:
        >>> model = sim.EntrenchModel("baseline", seed=1, set={"horizon.end": 2001})
        >>> model
        <EntrenchModel baseline: seed 1, run 0, not begun>
    """

    def __init__(
        self,
        scenario: str | Path | Scenario = BASELINE,
        *,
        seed: int | None = None,
        rng: int | None = None,
        run_number: int = 0,
        point: bool = False,
        country_class: type[CountryAgent] = CountryAgent,
        set: Settings = None,
        mechanisms: Mechanisms = None,
        ensemble: Ensemble | None = None,
        parameter_set: int = 0,
        **values: Any,
    ) -> None:
        """Set the world up at its start.

        Args:
            scenario: A scenario, its name or file.
            seed: Seed of the draws, 0 to 4,294,967,295; None: another each time, in
                `ensemble.seed`. An `ensemble` has its own.
            rng: The same under Mesa's newer name.
            run_number: Number of this run among those of the seed.
            point: Whether it has the defaults instead of the run's plausible set.
            country_class: Class of the countries.
            set: Values by dotted key, or as `KEY=VALUE`: `{"contracts.term": 5}`.
            mechanisms: Files with your mechanisms.
            ensemble: Result of an earlier :func:`sim.engine.prepare`.
            parameter_set: Number of the ensemble's parameter set.
            **values: The same as `set`, as `batch_run` gives them.

        Raises:
            InputError: The scenario, a number, a value or a file is wrong.
        """
        if seed is not None and rng is not None:
            raise InputError("seed and rng are two names of one thing: give one")
        for key in (key for key in values if "." not in key):
            hint = nearest(key, signature(EntrenchModel.__init__).parameters, "; values have a dot")
            raise TypeError(f"sim.EntrenchModel: no argument {key!r}{hint}")
        values = settings_of(set) | values
        if not 0 <= run_number < MOST_RUNS:
            raise InputError(f"run_number {run_number}: allowed: 0 to {MOST_RUNS - 1}")
        if (values or mechanisms) and (ensemble or isinstance(scenario, Scenario)):
            raise InputError("the scenario is at hand: set values, mechanisms when it is loaded")
        if ensemble is None:
            if not isinstance(scenario, Scenario):
                scenario = load_scenario(scenario, overrides=values, rules=load_rules(mechanisms))
            plausible = None if point else shipped_plausible()
            row = plausible.values(plausible.number_of(run_number)) if plausible else {}
            chosen = seed_of(seed if rng is None else rng)
            ensemble = prepare(scenario, chosen, [scenario.beneath(row)])
        super().__init__(rng=ensemble.seed)
        self.name = getattr(scenario, "name", str(scenario))
        self.ensemble = ensemble
        self.run_number = run_number
        world, layout, quarters = ensemble.world, ensemble.layout, ensemble.quarters
        self.countries = [
            country_class(self, record, label.iso3, label.name)
            for record, label in zip(ensemble.countries, layout.countries, strict=True)
        ]
        self.china = ChinaAgent(self, world.china[0])
        self.west = WestAgent(self, world.west[0])
        self.public = records.plain(world.public[0])
        self.pasts = [records.plain(past) for past in world.pasts]
        periods = ensemble.parameters[parameter_set]
        self.parameters = [[records.plain(p) for p in period] for period in periods]
        self.period_of = ensemble.period_of[parameter_set]
        self.public.price = self.parameters[0][0].market.price
        self.now = records.plain(ensemble.now[0])
        replaced = overridden(type(self.countries[0]))
        self._quarter = binding.bind(replaced, rules=ensemble.rules)[QUARTER]
        self._elapsed = self._period = 0
        self._of_country = attrgetter(*layout.fields)
        self._of_panel = [attrgetter(name) for name in layout.panel]
        self._of_actors = attrgetter(*layout.actor_fields)  # of the model: `china.courses`
        self.sums = np.zeros((quarters, len(layout.groups), len(layout.fields)))
        self.vendor_sums = np.zeros((quarters, len(layout.vendors), len(layout.vendor_fields)))
        self.actor_sums = np.zeros((quarters, len(layout.actor_fields)))
        self.panel = np.zeros((len(layout.years), len(self.countries), len(layout.panel)))

    def __repr__(self) -> str:
        run = f"seed {self.ensemble.seed}, run {self.run_number}"
        return f"<EntrenchModel {self.name}: {run}, {moment_of(self)}>"

    def step(self) -> None:
        """Move on by a quarter; InputError if the run has ended, as `running` says.

        Examples:
            >>> model.step()
            >>> model.countries[0]
            <CountryAgent Afghanistan: 2000 Q1>
        """
        ensemble, elapsed = self.ensemble, self._elapsed
        if elapsed >= ensemble.quarters:
            raise InputError(f"the run ended with {date_of(self.now)}; `running` is False then")
        period = self.period_of[elapsed]
        changed = bool(elapsed > 0 and period != self._period)
        self._period = period
        simulate.set_moment(self.now, self.run_number, ensemble.layout.start, elapsed, changed)
        try:
            actors = self.china, self.west, self.public
            self._quarter(self.now, self.countries, self.pasts, *actors, self.parameters[period])
        except (ArithmeticError, ValueError, TypeError, LookupError, AttributeError) as error:
            located = error_in_plugin(ensemble.rules, error, date_of(self.now))
            if located is None:
                raise
            raise located from error
        self.agents.do("step")
        self._add_up(elapsed)
        self._elapsed += 1
        self.running = self._elapsed < ensemble.quarters

    def _add_up(self, elapsed: int) -> None:
        ensemble = self.ensemble
        cells = [[0.0] * len(ensemble.layout.fields) for _ in ensemble.cells.groups]
        rows = [self._of_country(country) for country in self.countries]
        sums = [[0.0] * len(ensemble.layout.fields) for _ in ensemble.layout.groups]
        parts = {name: part.tolist() for name, part in ensemble.cells.parts(len(sums)).items()}
        sum_by_group(rows, cells=cells, sums=sums, **parts)
        self.sums[elapsed] = sums
        for k, name in enumerate(self.ensemble.layout.vendor_fields):
            self.vendor_sums[elapsed, :, k] = getattr(self.public, f"vendor_{name}")
        self.actor_sums[elapsed] = self._of_actors(self)
        if self.now.season == QUARTERS - 1:
            self.panel[self.ensemble.layout.years.index(self.now.year)] = [
                [of(country) for of in self._of_panel] for country in self.countries
            ]

    @property
    def datacollector(self) -> mesa.DataCollector:
        """Mesa's collector: outcomes of the world by quarter, the panel of countries by year."""
        # Made on demand, so that a run without a reader costs nothing.
        return Collector(self)

    def run(self) -> None:
        """Run to the horizon's end.

        Examples:
            >>> model.run()
            >>> model.running
            False
        """
        while self.running:
            self.step()

    def chunk(self) -> Chunk:
        layout = self.ensemble.layout
        quarters = np.array(layout.quarters) - layout.start
        all_sums = self.sums, self.vendor_sums, self.actor_sums
        tallies, vendors, actors = (sums[None, quarters] for sums in all_sums)
        return Chunk(tallies, vendors, actors, self.panel[None])

    def outcome(self, name: str, kind: str = "world", group: str = "world") -> Floats:
        """One outcome's series for a group, a number for each quarter so far.

        Args:
            name: An outcome, such as ``working``.
            kind: ``world``, ``regime``, ``regime-rated``, ``region``, ``aid``,
                ``vendor``.
            group: Its name.

        Raises:
            InputError: There is no such outcome or group.

        Examples:
            >>> len(model.outcome("working"))
            1
        """
        layout = self.ensemble.layout
        outcome = choose(self.ensemble.rules.register, [name])[name]
        where = groups_of(outcome, kind, layout)
        names = layout.names.get(kind, [])
        if where is None or group not in names:
            raise InputError(f"{name} has no group {group!r} of kind {kind!r}; there are: {names}")
        series = derive(outcome, self.chunk(), layout)[0, :, where[names.index(group)]]
        return series[: self._elapsed]


def simulate_runs(
    ensemble: Ensemble, run_numbers: Sequence[int], set_of: Sequence[int] | None = None
) -> Chunk:
    """Make runs in the Mesa model, one by one; arguments are those of `run_chunk`."""
    chunks = []
    for run_number, number in zip(run_numbers, set_of or [0] * len(run_numbers), strict=True):
        model = EntrenchModel(run_number=run_number, ensemble=ensemble, parameter_set=number)
        model.run()
        chunks.append(model.chunk())
    return Chunk(*map(np.concatenate, zip(*chunks, strict=True)))


def locate_fault(ensemble: Ensemble, run_numbers: Sequence[int], set_of: Sequence[int]) -> str:
    """Return the line of a user's file at which a run stops; empty: none."""
    try:
        # Compiled rules stop, or continue with NaN, without naming the line; Python names it.
        simulate_runs(ensemble, run_numbers, set_of)
    except MechanismError as error:
        return error.messages[0]
    except (ArithmeticError, ValueError, TypeError, LookupError):
        pass  # raised by a rule of the model, on what was there
    return ""

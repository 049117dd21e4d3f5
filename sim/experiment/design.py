"""Experiments: factors, a design of points, runs at each, and the outcomes to keep."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field

from sim.errors import InputError, listed, nearest
from sim.model.draws import MOST_RUNS
from sim.model.parameters import Cell, attribute, cell_text
from sim.model.register import SHIPPED, Rules, no_outcome
from sim.model.units import KINDS_OF_GROUPS, QUARTERS
from sim.scenario import Horizon, Scenario
from sim.scenario.keys import SCENARIO, Key, find_key
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.resolve import DATES, TIMES
from sim.scenario.scope import Where
from sim.scenario.toml_file import DEFAULT, FORM, SET, FileModel
from sim.world.arrays import Floats
from sim.world.seeds import Seeds

Years = Annotated[
    tuple[int, ...],
    Field(strict=False, min_length=1),
    AfterValidator(lambda years: tuple(sorted({*years}))),
]
type Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Factor:
    """A quantity that an experiment varies.

    Attributes:
        name: Its column: the key, or the name of a factor of named levels.
        key: The dotted key that it sets, or ``scenario``; None for named levels.
        step: Difference of neighbouring values: 1 for whole numbers, a quarter; 0: any.
        values: Listed values; none: a range.
        levels: Named levels, each with its values by dotted key, or its ``scenario``.
    """

    name: str
    title: str
    unit: str
    key: str | None
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    scale: Scale = "linear"
    values: tuple[Cell, ...] = ()
    levels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def options(self) -> tuple[Cell, ...]:
        return tuple(self.levels) or self.values

    @property
    def keys(self) -> list[str]:
        of_levels = [key for settings in self.levels.values() for key in settings]
        return list(dict.fromkeys(of_levels)) if self.key is None else [self.key]

    def settings(self, cell: Cell) -> Mapping[str, Any]:
        return self.levels[str(cell)] if self.key is None else {self.key: cell}

    def to_dict(self) -> dict[str, Any]:
        is_label = any(isinstance(value, str | bool) for value in self.options)
        values = [cell_text(value) if is_label else value for value in self.options]
        return {
            "name": self.name,
            "title": self.title,
            "unit": self.unit,
            "kind": "label" if is_label else "number",
            **({"values": values} if values else {"low": self.low, "high": self.high}),
            "scale": self.scale,
            **({"levels": self.levels} if self.levels else {}),
        }


@dataclass(frozen=True)
class Design:
    """The values that the factors take together.

    Attributes:
        kind: Grid, latin-hypercube, or list: any other.
        points: The rows; a cell for each factor.
    """

    kind: str
    factors: tuple[Factor, ...]
    points: tuple[tuple[Cell, ...], ...]

    def settings(self, point: int) -> dict[str, Any]:
        """Return a point's values by dotted key, perhaps with ``scenario``."""
        settings: dict[str, Any] = {}
        for factor, cell in zip(self.factors, self.points[point], strict=True):
            settings |= factor.settings(cell)
        return settings


class Keep(FileModel):
    """Results to keep: by default all outcomes of the world, yearly."""

    outcomes: tuple[str, ...] = Field((), strict=False)
    """Names of outcomes; none: all."""
    groups: tuple[str, ...] = Field(
        (), strict=False, json_schema_extra={FORM: "a list of kinds (--where: groups of your own)"}
    )
    """Kinds of groups besides the world."""
    dates: Literal["yearly", "quarterly"] | Years = Field(
        "yearly", json_schema_extra={FORM: '"yearly", "quarterly" or a list of years'}
    )
    """Fourth quarters, all quarters, or a list of years."""
    countries: bool | tuple[str, ...] = False
    """Whether tables of countries are kept."""

    def faults(self, rules: Rules, horizon: Horizon) -> Iterator[tuple[str, str]]:
        """Yield the key of each value that cannot be kept, and the reason."""
        for name in self.outcomes:
            if name not in rules.register:
                yield "outcomes", no_outcome(name, rules.register)
        for kind in self.groups:
            if kind not in KINDS_OF_GROUPS:
                yield "groups", f"no kind of group {kind!r}{nearest(kind, KINDS_OF_GROUPS)}"
        for year in () if isinstance(self.dates, str) else self.dates:
            if not horizon.start <= year <= horizon.end:
                yield "dates", f"year {year}: allowed: {horizon.start} to {horizon.end}"


@dataclass(frozen=True)
class Experiment:
    """A design with its runs: number g of all is run g % R of point g // R.

    Attributes:
        base: The scenario of points whose factors choose none.
        scenarios: Every scenario that a point uses, by the name in the file; all have one horizon.
        n_runs: Runs at each point; a run has the same draws at all points.
        plausible: Parameter sets, one per run and the same at all points, which scenarios and
            factors overrule; None: the documented values.
        own: Groups of a user's own to keep, by name.
    """

    name: str
    title: str
    question: str
    base: str
    scenarios: Mapping[str, Scenario]
    design: Design
    n_runs: int
    seed: int
    keep: Keep
    plausible: PlausibleSets | None = None
    own: Mapping[str, Where] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.runs > MOST_RUNS:
            points = len(self.design.points)
            most = f"up to {MOST_RUNS:,} in all"
            raise InputError(f"{points:,} points x {self.n_runs:,} runs; allowed: {most}")
        spans = {f"{s.horizon.start}-{s.horizon.end}": name for name, s in self.scenarios.items()}
        # All points share the arrays of one horizon.
        if len(spans) > 1:
            each = ", ".join(f"{name} has {span}" for span, name in spans.items())
            raise InputError(f"scenarios of one experiment need the same horizon: {each}")
        if faults := [text for _, text in self.keep.faults(self.rules, self.horizon)]:
            raise InputError(faults)

    @property
    def rules(self) -> Rules:
        return next((scenario.rules for scenario in self.scenarios.values()), SHIPPED)

    @property
    def runs(self) -> int:
        return len(self.design.points) * self.n_runs

    @property
    def horizon(self) -> Horizon:
        return next(iter(self.scenarios.values())).horizon

    @property
    def years(self) -> list[int]:
        whole = range(self.horizon.start, self.horizon.end + 1)
        return [*whole] if isinstance(self.keep.dates, str) else [*self.keep.dates]

    def in_world(self, seeds: Seeds | None) -> Experiment:
        scenarios = {name: scenario.in_world(seeds) for name, scenario in self.scenarios.items()}
        return replace(self, scenarios=scenarios)

    def manifest(self) -> dict[str, Any]:
        # A hash, since a design may have a million points.
        points = json.dumps(self.design.points, separators=(",", ":"), allow_nan=False)
        keep = self.keep.model_dump(mode="json", exclude_none=True)
        if self.own:
            own = {name: where.plain() for name, where in self.own.items()}
            keep["groups"] = dict.fromkeys(self.keep.groups, True) | own
        return {
            "title": self.title,
            "question": self.question,
            "base": self.base,
            "factors": [factor.to_dict() for factor in self.design.factors],
            "design": {
                "kind": self.design.kind,
                "points": len(self.design.points),
                "sha256": hashlib.sha256(points.encode()).hexdigest(),
            },
            "runs": self.n_runs,
            "seed": self.seed,
            "keep": keep,
            "scenarios": {name: scenario.to_dict() for name, scenario in self.scenarios.items()},
        }


def beyond_plausible(design: Design, rules: Rules) -> Iterator[str]:
    """Yield a sentence for each factor with values outside the plausible range."""
    for factor in design.factors:
        cells: tuple[Cell, ...] = factor.options or (factor.low, factor.high)
        for path in (path for path in factor.keys if path != SCENARIO):
            key = find_key(path, rules)
            low, high = attribute(key.field, "plausible") or (None, None)
            if low is None or key.how:
                continue
            values = dict.fromkeys(factor.settings(cell).get(path, low) for cell in cells)
            outside = [f"{value:g}" for value in values if not low <= value <= high]
            if outside:
                text = f"outside the plausible range, {low:g} to {high:g}"
                unit = attribute(key.field, "unit")
                yield f"{factor.title}, {path}: {', '.join(outside)} ({unit}) {text}"


NAMED = 4


def design_of(
    scenarios: Mapping[str, Scenario],
    *,
    runs: int,
    seed: int,
    plausible: PlausibleSets | None,
    keep: Keep | None = None,
) -> Experiment:
    """Return the design with a point for each scenario.

    `keep` None: all outcomes and groups, and the panel.
    """
    names = tuple(scenarios)
    first = scenarios[names[0]]
    factor = Factor(SCENARIO, "scenario", "", SCENARIO, values=names)
    # A single scenario is a design of one point without factors.
    one = Design("list", (), ((),))
    return Experiment(
        name="-".join(names) if len(names) <= NAMED else f"{names[0]}-and-{len(names) - 1}-more",
        title=" / ".join(scenario.title for scenario in scenarios.values()),
        question=first.question,
        base=names[0],
        scenarios=scenarios,
        design=one if len(names) < 2 else Design("list", (factor,), make_points([factor])),
        n_runs=runs,
        seed=seed,
        keep=keep or Keep(groups=KINDS_OF_GROUPS, countries=True),
        plausible=plausible,
    )


# --- Points ---------------------------------------------------------------------------------------

MOST_POINTS = 1 << 20
# Significant digits of a computed value, which hide the last bits of a logarithm.
DIGITS = 12


def make_factor(path: str, rules: Rules) -> tuple[Factor, Key | None]:
    """Return a factor for a dotted key, without values or range, and the key.

    None in place of the key of scenarios.
    """
    if path == SCENARIO:
        return Factor(SCENARIO, "Scenario", "", SCENARIO), None
    key = find_key(path, rules)
    name = key.bare.rpartition(".")[2]
    if key.bare.startswith("horizon."):
        raise ValueError(
            "cannot be varied: all points share one horizon; set it in the base, or with --set"
        )
    title = f"{name.replace('_', ' ').capitalize()} ({key.bare.partition('.')[0]})"
    title += f", {key.how}" if key.how else ""
    title += f" from {key.event} on" if key.event else ""
    step = float(key.field.annotation is int)
    if key.bare in DATES:
        title, step = f"{'Date' if key.bare == 'date' else 'End'} of {key.event}", 1 / QUARTERS
    title += f" where {key.scope.label}" if key.scope else ""
    unit = "" if key.field.annotation is bool else attribute(key.field, "unit") or ""
    unit = "factor" if key.how == TIMES else unit
    return Factor(path, title, unit, path, step=step), key


def make_points(
    factors: Sequence[Factor], count: int | None = None, seed: int = 1
) -> tuple[tuple[Cell, ...], ...]:
    """Return the points of a Latin hypercube, or of a grid where `count` is None."""
    if count is None:
        count = math.prod(len(factor.options) for factor in factors)
        if count > MOST_POINTS:
            raise ValueError(f"{count} points; allowed: up to {MOST_POINTS}")
        return tuple(itertools.product(*(factor.options for factor in factors)))
    from scipy.stats import qmc

    random = np.random.default_rng(seed)
    return lay_over(factors, qmc.LatinHypercube(len(factors), rng=random).random(count)).points


def lay_over(factors: Sequence[Factor], cube: Floats) -> Design:
    """Map points of the unit cube to the ranges of factors, or their listed values."""
    columns = [_spread(factor, cube[:, at]) for at, factor in enumerate(factors)]
    return Design("list", tuple(factors), tuple(zip(*columns, strict=True)))


def _spread(factor: Factor, uniform: Floats) -> list[Cell]:
    if listed := factor.options:
        picked = np.minimum(np.floor(uniform * len(listed)), len(listed) - 1).astype(int)
        return [listed[at] for at in picked.tolist()]
    low, high, step = factor.low, factor.high, factor.step
    # Each value has a stretch of its own, the last one too: [value, value + step).
    end = high + step
    numbers = low + uniform * (end - low)
    if factor.scale == "log":
        numbers = np.exp(math.log(low) + uniform * (math.log(end) - math.log(low)))
    if step:
        cells = (low + np.floor((numbers - low) / step) * step).tolist()
    else:
        cells = [float(f"{number:.{DIGITS}g}") for number in numbers.tolist()]
    cells = [min(max(cell, low), high) for cell in cells]
    return [int(cell) for cell in cells] if step == 1 else cells


def plausible_factors(
    scenario: Scenario, names: str | Sequence[str] | None = None
) -> tuple[Factor, ...]:
    """Return parameters as factors, each over its plausible range.

    `names` are dotted keys, or mechanisms for all parameters of theirs that are varied; None: all
    that are varied and that neither a file nor `--set` sets.
    """
    parameters = scenario.rules.parameters
    known = [key for key, field in parameters.items() if attribute(field, "plausible")]
    varied = [key for key in known if attribute(parameters[key], "varied")]
    wanted = free = [key for key in varied if scenario.origins[key] == DEFAULT]
    if names is not None:
        parts = {name: [k for k in free if k.startswith(f"{name}.")] for name in listed(names)}
        # A name of no mechanism stays as it is: a parameter, or an error below.
        wanted = [key for name, keys in parts.items() for key in keys or [name]]
    hint = "; `entrench describe` lists them"
    wrong = [
        f"no parameter {name!r} with a plausible range{nearest(name, known, hint)}"
        for name in wanted
        if name not in known
    ]
    wrong += [f"{name} is set with --set" for name in wanted if scenario.origins.get(name) == SET]
    if wrong or not wanted:
        raise InputError(wrong or ["name at least one parameter"], "parameters of the study:")
    factors = []
    for key in wanted:
        low, high = map(float, attribute(parameters[key], "plausible"))
        scale: Scale = "log" if attribute(parameters[key], "log") else "linear"
        factors.append(
            replace(make_factor(key, scenario.rules)[0], low=low, high=high, scale=scale)
        )
    return tuple(factors)


def prior_sets(scenario: Scenario, count: int, names: Sequence[str] | None = None) -> PlausibleSets:
    """Return parameter sets of the prior, a Latin hypercube over plausible ranges.

    `names` are dotted keys; None: all that are varied. Another order gives other sets.
    """
    from scipy.stats import qmc

    factors = plausible_factors(scenario, names)
    cube = qmc.LatinHypercube(len(factors), rng=np.random.default_rng(1)).random(count)
    points: Any = lay_over(factors, cube).points
    return PlausibleSets(tuple(factor.name for factor in factors), points, (1.0 / count,) * count)

"""Experiments: factors, a design of points, replicates, and kept outcomes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.errors import InputError
from sim.parameters import Cell, cell_text
from sim.rules import SHIPPED, Rules
from sim.scenario import Scenario
from sim.scenario.file import SCENARIO
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.toml_file import FORM, FileModel
from sim.world.seeds import Seeds

Years = Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
type Scale = Literal["linear", "log"]
"""How a range is divided."""


@dataclass(frozen=True)
class Factor:
    """What an experiment varies.

    Attributes:
        name: Its column: the dotted key, ``scenario``, or the name of a factor of named levels.
        title: Title for figures.
        unit: Unit of its values, or an empty string.
        key: The dotted key that it sets, or ``scenario``; None for named levels.
        low: Least value of a range.
        high: Largest value of a range.
        whole: Whether only whole numbers are allowed.
        scale: How a range is divided.
        values: Listed values, and those that a grid takes from a range; else empty.
        levels: Named levels by label, each what it sets, by dotted key; ``scenario`` among them
            chooses the scenario.
    """

    name: str
    title: str
    unit: str
    key: str | None
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    scale: Scale = "linear"
    values: tuple[Cell, ...] = ()
    levels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def options(self) -> tuple[Cell, ...]:
        """Its listed values, or the labels of its levels; empty for a range."""
        return tuple(self.levels) or self.values

    @property
    def keys(self) -> list[str]:
        """The dotted keys that it sets, each once."""
        of_levels = [key for settings in self.levels.values() for key in settings]
        return list(dict.fromkeys(of_levels)) if self.key is None else [self.key]

    def settings(self, cell: Cell) -> Mapping[str, Any]:
        """Return what a cell sets, by dotted key."""
        return self.levels[str(cell)] if self.key is None else {self.key: cell}

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data: name, title, unit, kind, values or range, scale."""
        spread: dict[str, Any] = {"kind": "number", "low": self.low, "high": self.high}
        if any(isinstance(value, str | bool) for value in self.options):
            spread = {"kind": "label", "values": [cell_text(value) for value in self.options]}
        elif self.values:
            spread = {"kind": "number", "values": list(self.values)}
        return {
            "name": self.name,
            "title": self.title,
            "unit": self.unit,
            **spread,
            "scale": self.scale,
            **({"levels": self.levels} if self.levels else {}),
        }


@dataclass(frozen=True)
class Design:
    """Which values the factors take together.

    Attributes:
        kind: How the points were made: grid, latin-hypercube, or list: otherwise.
        factors: What varies, a column each.
        points: The rows; a cell for each factor.
    """

    kind: str
    factors: tuple[Factor, ...]
    points: tuple[tuple[Cell, ...], ...]

    def settings(self, point: int) -> dict[str, Any]:
        """Return all that a point sets, by dotted key, with ``scenario`` if a factor chooses it."""
        settings: dict[str, Any] = {}
        for factor, cell in zip(self.factors, self.points[point], strict=True):
            settings |= factor.settings(cell)
        return settings


class Keep(FileModel):
    """What is kept of the runs: all outcomes of the world, yearly, if nothing is said."""

    outcomes: tuple[str, ...] = Field((), strict=False)
    """Names of outcomes; none: all."""
    groups: tuple[str, ...] = Field((), strict=False)
    """Kinds of groups besides the world."""
    dates: Literal["yearly", "quarterly"] | Years = Field(
        "yearly", json_schema_extra={FORM: '"yearly", "quarterly" or a list of years'}
    )
    """Fourth quarters, all quarters, or a list of years."""
    countries: bool | tuple[str, ...] = False
    """Whether tables of countries are kept."""


@dataclass(frozen=True)
class Experiment:
    """A design with replicates: run number g is replicate g % R of point g // R.

    Attributes:
        name: Name of its file, without the ending.
        title: Title for figures and tables.
        question: The question it is to answer, in words.
        base: The scenario of points whose factors choose none, as the file names it.
        scenarios: Every scenario that a point uses, by the name in the file, with
            ``--set`` and without factors; all have one horizon.
        design: Factors and points.
        replicates: Runs at each point; a replicate has the same luck at all points.
        seed: Seed of the draws.
        keep: What is kept of the runs.
        plausible: Parameter sets of which each replicate has one, the same at all points, beneath
            what scenarios, factors and ``overrides`` set; None: all have the schema's defaults.
    """

    name: str
    title: str
    question: str
    base: str
    scenarios: Mapping[str, Scenario]
    design: Design
    replicates: int
    seed: int
    keep: Keep
    plausible: PlausibleSets | None = None

    def __post_init__(self) -> None:
        """Check that all scenarios have one horizon."""
        spans = {f"{s.horizon.start}-{s.horizon.end}": name for name, s in self.scenarios.items()}
        if len(spans) > 1:
            each = ", ".join(f"{name} has {span}" for span, name in spans.items())
            raise InputError(f"scenarios of one experiment need the same horizon: {each}")

    @property
    def rules(self) -> Rules:
        """What its runs go by: one for all scenarios."""
        return next((scenario.rules for scenario in self.scenarios.values()), SHIPPED)

    @property
    def runs(self) -> int:
        """Runs in all: points times replicates."""
        return len(self.design.points) * self.replicates

    def in_world(self, seeds: Seeds | None) -> Experiment:
        """Return the experiment with other input data; see `Scenario.in_world`."""
        scenarios = {name: scenario.in_world(seeds) for name, scenario in self.scenarios.items()}
        return replace(self, scenarios=scenarios)

    def manifest(self) -> dict[str, Any]:
        """Return the identity of the experiment, as plain data."""
        points = json.dumps(self.design.points, separators=(",", ":"), allow_nan=False)
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
            "replicates": self.replicates,
            "seed": self.seed,
            "keep": self.keep.model_dump(mode="json"),
            "scenarios": {name: scenario.to_dict() for name, scenario in self.scenarios.items()},
        }


GROUPS = ("regime", "regime-rated", "region", "aid", "vendor")
NAMED = 4
"""Scenarios of a design that its name lists."""


def design_of(
    scenarios: Mapping[str, Scenario],
    *,
    runs: int,
    seed: int,
    plausible: PlausibleSets | None,
    keep: Keep | None = None,
) -> Experiment:
    """Return the design that runs scenarios beside each other: a point each.

    Args:
        scenarios: One or several of one horizon, by the name that tables and figures use.
        runs: Runs of each.
        seed: Seed of the draws.
        plausible: Parameter sets, of which each run has one; None: the documented values.
        keep: What is kept; None: all outcomes and groups at ends of years, and the panel.
    """
    names = tuple(scenarios)
    first = scenarios[names[0]]
    factors: tuple[Factor, ...] = ()
    points: tuple[tuple[Cell, ...], ...] = ((),)
    if len(names) > 1:
        factors = (Factor(SCENARIO, "scenario", "", SCENARIO, values=names),)
        points = tuple((name,) for name in names)
    return Experiment(
        name="-".join(names) if len(names) <= NAMED else f"{names[0]}-and-{len(names) - 1}-more",
        title=" / ".join(scenario.title for scenario in scenarios.values()),
        question=first.question,
        base=names[0],
        scenarios=scenarios,
        design=Design("list", factors, points),
        replicates=runs,
        seed=seed,
        keep=keep or Keep(groups=GROUPS, countries=True),
        plausible=plausible,
    )

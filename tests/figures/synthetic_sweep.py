"""Sweeps that no model made, with the interface of a sweep's results folder."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sim.engine.chunk import Floats, end_of
from sim.parameters import Outcome
from sim.register import WORLD

OUTCOMES = {
    "trained": Outcome("trained", "states", "States.", "trained", "total", "States ever trained"),
    "adopters": Outcome(
        "adopters", "states", "States.", "adopted", "total", "States that ever adopted"
    ),
    "working": Outcome(
        "working", "states", "States.", "working", "total", "States with a working system"
    ),
    "working_share": Outcome(
        "working_share", "share of states", "Share.", "working", "share", "Working systems"
    ),
}
SCALE = {"trained": 150.0, "adopters": 110.0, "working": 80.0, "working_share": 0.4}


@dataclass(frozen=True)
class FakeFactor:
    name: str
    title: str
    unit: str = ""
    kind: str = "number"
    values: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    scale: str = "linear"


@dataclass
class FakeSweep:
    outcomes: Mapping[str, Outcome]
    quarters: Sequence[int]
    held: Mapping[str, Floats]
    manifest: Mapping[str, Any]
    factors: Sequence[FakeFactor]
    design: Mapping[str, NDArray[Any]]
    points: int
    replicates: int
    point_of_run: NDArray[np.intp]
    replicate_of_run: NDArray[np.intp]
    truth: Mapping[str, Floats] = field(default_factory=dict)
    """Every outcome, shape (points, replicates, years), NaN for failed runs."""
    states: Any = None
    """A table like `countries.csv`, where states were kept."""
    works: Any = None
    """Whether each state's system works in the end: (runs, states)."""

    @property
    def has_countries(self) -> bool:
        return self.states is not None

    def countries(self) -> Any:
        return self.states

    def states_working(self, year: int) -> Any:
        return self.works

    def values(
        self,
        column: str,
        group_kind: str = WORLD,
        group: str = WORLD,
        quarters: Collection[int] | None = None,
    ) -> Floats:
        assert (group_kind, group) == (WORLD, WORLD)
        wanted = [q in (quarters or self.quarters) for q in self.quarters]
        return self.held[column][:, wanted]


def make_sweep(
    factors: Sequence[FakeFactor],
    kind: str = "grid",
    points: int = 64,
    replicates: int = 12,
    years: Sequence[int] = tuple(range(2000, 2041)),
    outcomes: Sequence[str] = ("trained", "adopters", "working", "working_share"),
    failed: Collection[int] = (),
    title: str = "Exit cost and contract term",
    constant: bool = False,
) -> FakeSweep:
    """A sweep in which earlier factors weigh more; runs scatter about the points' curves."""
    rng = np.random.default_rng(5)
    if kind == "grid":
        rows = list(itertools.product(*(factor.values for factor in factors)))
        points = len(rows)
        columns = {f.name: np.array([r[k] for r in rows]) for k, f in enumerate(factors)}
    else:
        engine = qmc.LatinHypercube if kind == "latin-hypercube" else qmc.Sobol
        unit = engine(len(factors), seed=1).random(points)
        columns = {f.name: _drawn(f, unit[:, k]) for k, f in enumerate(factors)}
    level = np.zeros(points)
    for place, factor in enumerate(factors):
        codes = np.unique(columns[factor.name], return_inverse=True)[1].astype(float)
        sign = -1.0 if place % 2 else 1.0
        level += sign * (codes / max(codes.max(), 1.0) - 0.5) / (place + 1.0)
    dates = np.array(years, dtype=float)
    rise = 1.0 / (1.0 + np.exp(-(dates - 2018) / 4.0))
    luck = rng.normal(0.0, 0.06, (replicates, 1))
    truth = {}
    for name in outcomes:
        heights = 1.0 + 0.5 * level[:, None, None] + luck + rng.normal(
            0.0, 0.05, (points, replicates, 1)
        )  # fmt: skip
        truth[name] = SCALE[name] * (heights * rise if not constant else np.ones(
            (points, replicates, len(dates))))  # fmt: skip
        truth[name].reshape(points * replicates, -1)[list(failed)] = np.nan
    good = np.setdiff1d(np.arange(points * replicates), list(failed))
    held = {name: v.reshape(points * replicates, -1)[good] for name, v in truth.items()}
    manifest = {
        "experiment": {
            "name": "exit-cost-and-term",
            "title": title,
            "replicates": replicates,
            "seed": 1,
            "design": {"kind": kind, "points": points},
        },
        "seed": 1,
        "version": "0.1.0",
    }
    return FakeSweep(
        {n: OUTCOMES[n] for n in outcomes},
        [end_of(y) for y in years],
        held,
        manifest,
        factors,
        columns,
        points,
        replicates,
        good // replicates,
        good % replicates,
        truth,
    )


def _drawn(factor: FakeFactor, unit: Floats) -> NDArray[Any]:
    if factor.values:
        return np.array(factor.values)[(unit * len(factor.values)).astype(int)]
    assert factor.low is not None and factor.high is not None
    if factor.scale == "log":
        return np.exp(np.log(factor.low) + unit * (np.log(factor.high) - np.log(factor.low)))
    return factor.low + unit * (factor.high - factor.low)


def number(
    name: str, title: str, unit: str, low: float, high: float, steps: int, scale: str = "linear"
) -> FakeFactor:
    """A factor over a range, in so many steps."""
    spaced = np.geomspace if scale == "log" else np.linspace
    return FakeFactor(
        name, title, unit, "number", tuple(spaced(low, high, steps).tolist()), low, high, scale
    )


EXIT = number("contracts.exit_cost", "Exit cost", "multiple of capital cost", 0.0, 3.0, 4)
TERM = number("contracts.term", "Contract term", "years", 5, 20, 4)
LABELS = FakeFactor(
    "scenario", "Scenario", "", "label", ("baseline", "no-exit-cost", "western-offer-from-2030")
)
SWITCH = FakeFactor(
    "contracts.retention", "Retention of staff", "on or off", "label", ("true", "false")
)


def twelve() -> list[FakeFactor]:
    """Twelve factors with ranges, some with long titles, one in logarithms, one with labels."""
    titles = [
        ("Cost to leave, as a multiple of sunk capital, for a new pilot", "multiple of capital"),
        ("Contract term", "years"),
        ("Weight of peers", "logit"),
        ("Courses at the start", "courses a year"),
        ("Interest rate of export credit", "share a year"),
        ("Budget of programmes", "million US$ a year"),
        ("What each stage above a pilot adds to the cost to leave", "share per stage"),
        ("Half-life of staff", "years"),
        ("Growth of the fee a year", "share a year"),
        ("Chance of renewal", "chance"),
    ]  # fmt: skip
    found = [
        FakeFactor(f"f{k}", title, unit, "number", (), 0.0, float((k + 1) ** 2))
        for k, (title, unit) in enumerate(titles)
    ]
    found.append(
        FakeFactor("log", "Officers a year", "officers", "number", (), 10, 1000, "log")
    )  # fmt: skip
    return [*found, LABELS]

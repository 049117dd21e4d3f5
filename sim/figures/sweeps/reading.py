"""What the figures of a sweep read of it, and what they all say of where they come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.chunk import QUARTERS_PER_YEAR, Floats, end_of, year_of
from sim.figures.curves import PERCENT
from sim.figures.panels import is_share, unit_text
from sim.figures.sheet import SETS
from sim.figures.text import UNBROKEN
from sim.parameters import Outcome
from sim.register import WORLD

RANDOM_DESIGNS = ("latin-hypercube", "sobol")
"""Designs whose points are drawn, so that hardly two share a value."""


class KeptLike(Protocol):
    """What was kept of a sweep's runs."""

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes that were kept, by name."""

    @property
    def quarters(self) -> Sequence[int]:
        """The absolute quarters that were kept."""

    def values(
        self,
        column: str,
        group_kind: str = WORLD,
        group: str = WORLD,
        quarters: Collection[int] | None = None,
    ) -> Floats:
        """One outcome of one group: shape (good runs, quarters)."""


class FactorLike(Protocol):
    """A factor of an experiment."""

    @property
    def name(self) -> str:
        """Column of the design."""

    @property
    def title(self) -> str:
        """For figures."""

    @property
    def unit(self) -> str:
        """For figures."""

    @property
    def kind(self) -> str:
        """`number` or `label`."""

    @property
    def values(self) -> Sequence[Any]:
        """The listed values; empty for a range."""

    @property
    def low(self) -> float | None:
        """Lower end of the range; None if values are listed."""

    @property
    def high(self) -> float | None:
        """Upper end of the range; None if values are listed."""

    @property
    def scale(self) -> str:
        """`linear` or `log`."""


class SweepLike(Protocol):
    """What figures read of a sweep's results."""

    @property
    def results(self) -> KeptLike:
        """What was kept of the runs."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was asked."""

    @property
    def factors(self) -> Sequence[FactorLike]:
        """What was varied."""

    @property
    def design(self) -> Mapping[str, NDArray[Any]]:
        """The value of each factor at each point, by the factor's name: shape (points,)."""

    @property
    def points(self) -> int:
        """Number of points."""

    @property
    def replicates(self) -> int:
        """Runs at each point."""

    @property
    def point_of_run(self) -> NDArray[np.integer[Any]]:
        """The point of each good run."""

    @property
    def replicate_of_run(self) -> NDArray[np.integer[Any]]:
        """The number of each good run among those of its point."""


@dataclass(frozen=True)
class Origin:
    """Where a sweep's figures come from, as :func:`sim.figures.sheet.new_sheet` reads it."""

    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """One outcome of the world in the unit that figures show.

    Attributes:
        outcome: What it is.
        values: Shape (points, replicates, years); NaN where a run failed.
    """

    outcome: Outcome
    values: Floats

    @property
    def unit(self) -> str:
        """Unit that figures show."""
        return unit_text(self.outcome)

    @property
    def failed(self) -> int:
        """Number of runs that failed."""
        return int(np.isnan(self.values).any(axis=2).sum())


def show(sweep: SweepLike, name: str, years: Sequence[int]) -> Shown:
    """Read an outcome of the world at the ends of years, which must have been kept."""
    outcome = sweep.results.outcomes[name]
    quarters = [end_of(year) for year in sorted(years)]
    found = sweep.results.values(name, WORLD, WORLD, quarters)
    values = np.full((sweep.points, sweep.replicates, len(quarters)), np.nan)
    values[sweep.point_of_run, sweep.replicate_of_run] = found
    return Shown(outcome, values * PERCENT if is_share(outcome) else values)


def kept_years(sweep: SweepLike) -> list[int]:
    """The years whose ends were kept, ascending."""
    last = QUARTERS_PER_YEAR - 1
    return sorted(year_of(q) for q in sweep.results.quarters if q % QUARTERS_PER_YEAR == last)


def design_kind(sweep: SweepLike) -> str:
    """How the points were chosen: grid, latin-hypercube, sobol or list."""
    return str(_experiment(sweep.manifest).get("design", {}).get("kind", "list"))


def is_random(sweep: SweepLike) -> bool:
    """Whether the points were drawn rather than chosen."""
    return design_kind(sweep) in RANDOM_DESIGNS


def experiment_name(manifest: Mapping[str, Any]) -> str:
    """Name of the experiment, or its title if the manifest holds no name."""
    experiment = _experiment(manifest)
    return str(experiment.get("name") or experiment.get("title") or "unknown")


def sweep_metadata(sweep: SweepLike, title: str) -> dict[str, str]:
    """What a figure says of its origin: title, experiment, seed, points, replicates, version."""
    return {
        "Title": title,
        "Experiment": experiment_name(sweep.manifest),
        "Seed": _fact(sweep.manifest, "seed"),
        "Points": str(sweep.points),
        "Replicates": str(sweep.replicates),
        "Version": _fact(sweep.manifest, "version"),
    }


def _parameters(manifest: Mapping[str, Any]) -> str:
    """A sentence that says what the replicates of a point differ in; none if it is not known."""
    if "parameters" not in manifest:
        return ""
    if str(manifest["parameters"]).startswith(SETS):
        return " Replicates differ in chance and plausible parameter set."
    return " Replicates differ in chance alone."


def origin_of(sweep: SweepLike) -> Origin:
    """What the caption begins with, and where observed history ends."""
    facts = sweep_metadata(sweep, "")
    told = (
        f"{facts['Experiment']} · {counted(sweep.points, 'point')}"
        f" × {counted(sweep.replicates, 'replicate')}"
        f" · seed {facts['Seed']} · entrench {facts['Version']}.{_parameters(sweep.manifest)}"
    )
    manifest: dict[str, Any] = {"origin": told, "events": shared_events(sweep.manifest)}
    if "history_end" in sweep.manifest:
        manifest["history_end"] = sweep.manifest["history_end"]
    return Origin(manifest)


def shared_events(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The events that all scenarios of an experiment share, without those that it varies."""
    experiment = _experiment(manifest)
    lists = [scenario.get("events", ()) for scenario in experiment.get("scenarios", {}).values()]
    factors = experiment.get("factors", ())
    keys = [str(factor.get("name", "")) for factor in factors]
    keys += [key for f in factors for level in f.get("levels", {}).values() for key in level]
    varied = {key.split(".")[1] for key in keys if key.startswith("events.") and key.count(".") > 1}
    return [
        event
        for event in (lists[0] if lists else ())
        if event.get("name") not in varied and all(_holds(others, event) for others in lists[1:])
    ]


def _holds(events: Sequence[Mapping[str, Any]], event: Mapping[str, Any]) -> bool:
    wanted = (event.get("name"), event.get("date"))
    return any((other.get("name"), other.get("date")) == wanted for other in events)


def counted(number: int, what: str) -> str:
    """A number with its noun: 1 point, 2 points."""
    return f"{number}{UNBROKEN}{what}{'' if number == 1 else 's'}"


def failures_text(shown: Shown) -> str:
    """What a caption says of runs that failed; empty if none did."""
    return f"Left out: {counted(shown.failed, 'failed run')}." if shown.failed else ""


def note_of(*parts: str) -> str:
    """Sentences of a caption, without the empty ones."""
    return " ".join(part for part in parts if part)


def _experiment(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    found = manifest.get("experiment", {})
    return found if isinstance(found, Mapping) else {"name": found}


def _fact(manifest: Mapping[str, Any], key: str) -> str:
    return str(manifest.get(key, _experiment(manifest).get(key, "unknown")))

"""What stays at each point of a sweep: short contracts or long, high cost to leave or low."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.engine.chunk import end_of, quarter_of_year, year_of
from sim.errors import InputError
from sim.parameters import Cell
from sim.register import WORLD
from sim.results.folder import COUNTRIES
from sim.results.read import EXPERIMENT
from sim.results.sweep import SweepResults
from sim.studies.persistence import method
from sim.units import QUARTERS


@dataclass(frozen=True)
class PointPersistence:
    """What stays at a point.

    Attributes:
        point: Its number.
        cells: Where each factor stands, by name.
        since: The year at whose end systems are counted.
        measure: How they are followed.
        groups: The world first.
    """

    point: int
    cells: Mapping[str, Cell]
    since: int
    measure: method.Measure
    groups: Sequence[method.Persisted]


def sweep_persistence(
    sweep: SweepResults, since: int | None = None, kinds: Sequence[str] = tuple(method.KINDS)
) -> list[PointPersistence]:
    """Return what stays at each point.

    Args:
        sweep: A finished sweep.
        since: The year at whose end systems are counted, at all points; None: that before the
            point's offer is withdrawn. A point whose offer stands has the earliest of the others.
        kinds: Kinds of groups beside the world, as far as they were kept.

    Raises:
        InputError: No point's offer is withdrawn, or the years after it were not kept.
    """
    cells = [
        {name: column[at].item() for name, column in sweep.design.items()}
        for at in range(sweep.points)
    ]
    years = [since] * sweep.points if since is not None else _years_before(sweep, cells)
    # Tables of states have a label for each only where a point has several replicates.
    whole = sweep.has_countries and (sweep.folder / COUNTRIES).is_file()
    quarters = sweep.quarters
    kept = [year_of(q) for q in quarters if whole or quarter_of_year(q) == QUARTERS] or [0]
    for year in sorted(set(years)):
        method.check_year(year, kept[0], kept[-1], given=since is not None)
    if whole:
        history = method.read_history(sweep, WORLD)
        groups = [
            method.persistence(history.of_runs(sweep.point_of_run == at), year, kinds)
            for at, year in enumerate(years)
        ]
    else:
        groups = _by_base(sweep, years, kept, kinds)
    measure: method.Measure = "cohort" if whole else "base"
    return [
        PointPersistence(at, own, year, measure, found)
        for at, (own, year, found) in enumerate(zip(cells, years, groups, strict=True))
    ]


def _by_base(
    sweep: SweepResults, years: Sequence[int], kept: Sequence[int], kinds: Sequence[str]
) -> list[list[method.Persisted]]:
    """Follow the number of working systems, at the ends of the years that were kept."""
    first = min(years)
    wanted = range(first, kept[-1] + 1)
    if set(wanted) - set(kept):
        raise InputError(
            f"{sweep.folder} keeps years apart: persistence needs each year from {first} "
            '(dates = "yearly")'
        )
    names = [(WORLD, WORLD)]
    names += [(k, name) for k in kinds for name in sweep.groups.get(k, ()) if k in method.KINDS]
    quarters = [end_of(year) for year in wanted]
    values = {group: sweep.values(method.WORKING, *group, quarters) for group in names}
    by_point = []
    for at, year in enumerate(years):
        runs = sweep.point_of_run == at
        counts = [(group, own[runs, year - first :]) for group, own in values.items()]
        by_point.append(
            [
                method.persisted(*g, method.base_shares(n), n[:, 0], sweep.parameter_sets[runs])
                for g, n in counts
            ]
        )
    return by_point


def _years_before(sweep: SweepResults, cells: Sequence[Mapping[str, Cell]]) -> list[int]:
    """Return the year before each point's withdrawal of the offer."""
    withdrawals = [_withdrawal(sweep.manifest[EXPERIMENT], own) for own in cells]
    dates = [date for date in withdrawals if date is not None]
    if not dates:
        raise InputError(
            "the offer is withdrawn at no point of this sweep: say with --since from the end of "
            "which year to count"
        )
    return [method.year_before(min(dates) if date is None else date) for date in withdrawals]


def _withdrawal(experiment: Mapping[str, Any], cells: Mapping[str, Cell]) -> float | None:
    settings: dict[str, Any] = {}
    for factor in experiment["factors"]:
        cell = cells[factor["name"]]
        settings |= factor["levels"][cell] if "levels" in factor else {factor["name"]: cell}
    scenarios = experiment["scenarios"]
    name = settings.get("scenario", experiment["base"])
    events = [
        {**event, "date": settings.get(f"events.{event['name']}.date", event["date"])}
        for event in scenarios[name]["events"]
    ]
    return method.withdrawal_of(events)

"""What stays when the offer stops."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Unpack

from sim.arguments import held_to_annotations
from sim.errors import InputError
from sim.results.sweep import SweepResults
from sim.studies.identity import asked_of, identity_of, names_apart
from sim.studies.open_or_run import open_all
from sim.studies.opened import open_sweep
from sim.studies.persistence import method
from sim.studies.persistence.points import sweep_persistence
from sim.studies.persistence.report import Persistence, SweepPersistence
from sim.studies.persistence.states import states_left
from sim.studies.resolve import Resolved, Source, is_folder, is_sweep, resolve_paired
from sim.studies.run_options import RunOptions, count_threads, given

WHAT, BESIDE = "offer-withdrawn-2030", "baseline"
"""What is looked at, and what stands beside a scenario, unless something is named."""
NOTHING = "none"
"""What `against` takes for nothing."""

type By = Literal["regime", "region", "both"]


@held_to_annotations
def persistence(
    what: Source = WHAT,
    *,
    since: int | None = None,
    by: By = "both",
    against: Source | None = None,
    out: Path | str | None = None,
    fresh: bool = False,
    figures: bool = True,
    **options: Unpack[RunOptions],
) -> Persistence | SweepPersistence:
    """Tell what stays when the offer stops.

    Follows the systems that work when the offer is withdrawn: how many are left after 5 and 10
    years, and how many without interruption, in the world, by regime and region, by state; beside
    it the same histories with the offer standing. Of a sweep: a row a point.

    Args:
        what: A scenario, the finished folder of a run or of a sweep, or results at hand.
        since: The year at whose end systems are counted; None: that before the withdrawal.
        by: Groups of states beside the world.
        against: A scenario or a run in which the offer stands; None: the baseline, beside a
            scenario; `none`: nothing.
        out: Where tables and figures go; None: nowhere (`save` writes them later).
        fresh: Whether to replace another such study in `out`.
        figures: Whether to draw there.
        **options: `runs`, `seed`, `set`, `seeds`, `known`, `mechanisms`, `point`, `threads`,
            `watch`; see :class:`sim.studies.run_options.RunOptions`.

    Raises:
        InputError: Something is missing, unknown, or cannot be paired; before anything is run.

    Examples:
        >>> import sim
        >>> found = sim.persistence(runs=3, against="none")
        >>> world = found.frame("persistence").iloc[0]
        >>> bool(0 <= world["left_10"] <= world["left_5"] <= 1)
        True
    """
    kinds = tuple(method.KINDS) if by == "both" else (by,)
    if is_sweep(what):
        _refuse_with_sweep(what, against, options)
        sweep = open_sweep(what)
        asked = asked_of([sweep.manifest], since=since, by=by)
        SweepPersistence.claim(out, asked, fresh=fresh)
        points = sweep_persistence(sweep, since, kinds)
        found = SweepPersistence(sweep.manifest, sweep, kinds, points)
        return found.saved(out, asked, figures=figures)
    resolved, year = checked(what, since, against, options)
    labels = [one.label for one in resolved]
    asked = asked_of([one.manifest for one in resolved], labels, since=year, by=by)
    Persistence.claim(out, asked, [one.text for one in resolved], fresh=fresh)
    opened = open_all(resolved, options, outcomes=[method.WORKING])
    names = names_apart(opened, labels)
    histories = [method.read_history(*one) for one in zip(opened, names, strict=True)]
    own, standing = histories[0], histories[1] if len(histories) > 1 else None
    return Persistence(
        manifest=identity_of([one.manifest for one in resolved], names),
        since=year,
        kinds=kinds,
        histories=[(one.label, method.persistence(one, year, kinds)) for one in histories],
        states=states_left(own, year, standing),
    ).saved(out, asked, figures=figures)


def checked(
    what: Source, since: int | None, against: Source | None, options: RunOptions
) -> tuple[list[Resolved], int]:
    """Find what is looked at, and since which year; checked before anything is run.

    Returns:
        What is looked at and what stands beside it; the year at whose end systems are counted.
    """
    resolved = resolve_paired(_sides(what, against), options)
    return resolved, _year(resolved[0], since)


def _sides(what: Source, against: Source | None) -> list[Source]:
    """Return what is looked at, and what stands beside it."""
    if against is None and not is_folder(what) and what != BESIDE:
        against = BESIDE
    return [what] if against is None or against == NOTHING else [what, against]


def _year(resolved: Resolved, since: int | None) -> int:
    """Return the year at whose end systems are counted."""
    horizon = resolved.scenario["horizon"]
    given = since is not None
    if since is None:
        date = method.withdrawal_of(resolved.scenario["events"])
        if date is None:
            raise InputError(
                f"the offer is not withdrawn in {resolved.name}: say with --since from the end of"
                " which year to count"
            )
        since = method.year_before(date)
    method.check_year(since, int(horizon["start"]), int(horizon["end"]), given=given)
    return since


def _refuse_with_sweep(what: object, against: object, options: Mapping[str, Any]) -> None:
    count_threads(options.get("threads"))
    order = ("runs", "seed", "set", "against", "point", "mechanisms", "seeds", "known")
    if named := given({"against": against, **options}, *order):
        text = what.folder if isinstance(what, SweepResults) else what
        raise InputError(f"{text} holds a finished sweep: leave out {' and '.join(named)}")

"""What it means to hold histories to what is known: how often the model says so by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Unpack

from sim.arguments import held_to_annotations
from sim.errors import InputError
from sim.studies.identity import asked_of
from sim.studies.known.method import account, elsewhere
from sim.studies.known.report import Account
from sim.studies.open_or_run import open_all
from sim.studies.persistence.method import WORKING
from sim.studies.resolve import Resolved, Source, is_folder, resolve
from sim.studies.run_options import RunOptions


@held_to_annotations
def known(
    file: Path | str,
    source: Source = "baseline",
    *,
    out: Path | str | None = None,
    fresh: bool = False,
    **options: Unpack[RunOptions],
) -> Account:
    """Compare histories that are held to what is known with the same histories left free.

    Both have the same seed, and so the same luck in all that is not held. Parameters are not
    weighted anew: sets under which the facts are unlikely count as much as others.

    Args:
        file: Table of what is known, or `documented`.
        source: A scenario; not a finished folder, as both must be run.
        out: Where tables go; None: nowhere (`save` writes them later).
        fresh: Whether to replace another such study in `out`.
        **options: `runs`, `seed`, `set`, `seeds`, `mechanisms`, `point`, `threads`, `watch`; see
            :class:`sim.studies.run_options.RunOptions`.

    Raises:
        InputError: The table or a number is wrong, or the source is a folder; before all runs.

    Examples:
        >>> import sim
        >>> found = sim.known("documented", runs=3)
        >>> sorted(found.frame("known")["iso3"])
        ['BOL', 'ECU', 'GHA', 'KEN', 'MUS', 'PAK', 'UGA']
    """
    held, free = held_and_free(file, source, options)
    asked = asked_of([held.manifest])
    Account.claim(out, asked, [source], fresh=fresh)
    assert held.request
    world = held.request.scenario.seeds
    assert world is not None
    first, second = open_all([held, free], options, outcomes=[WORKING])
    frames = first.country_runs(), second.country_runs()
    return Account(
        first.manifest,
        account(world, frames[1], second.parameter_sets),
        elsewhere(world, *frames, first.last_year),
        len(world.countries),
    ).saved(out, asked)


def held_and_free(
    file: Path | str, source: Source, options: RunOptions
) -> tuple[Resolved, Resolved]:
    """Return what is run: held to what is known, and left free; see :func:`known`."""
    if options.get("known") is not None:
        raise InputError("what is known is the first argument here: leave out known=")
    if is_folder(source):
        raise InputError(f"{source} holds finished runs; here it must be a scenario, to be run")
    held = resolve(source, options | {"known": file})
    label = f"{held.label}, held to what is known"
    return replace(held, label=label), resolve(source, options | {"known": None})

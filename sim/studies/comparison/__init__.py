"""Scenarios run by run: what differs between histories that share their luck."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Unpack

from sim.arguments import held_to_annotations
from sim.engine.identity import MECHANISMS
from sim.errors import InputError
from sim.register import choose
from sim.results.in_words import with_settings
from sim.studies.comparison.method import OUTCOMES, compare_sides
from sim.studies.comparison.report import Compared
from sim.studies.comparison.sides import content_of_folder, read_side, shared_content
from sim.studies.identity import asked_of, identity_of
from sim.studies.open_or_run import open_all
from sim.studies.resolve import CANNOT, Resolved, Source, resolve_paired
from sim.studies.run_options import RunOptions
from sim.text import listed

FEWEST = 2


@held_to_annotations
def compare(
    *sources: Source,
    outcomes: str | Sequence[str] = OUTCOMES,
    out: Path | str | None = None,
    fresh: bool = False,
    figures: bool = True,
    **options: Unpack[RunOptions],
) -> Compared:
    """Compare scenarios with the first, run by run: same seed, same luck.

    Args:
        sources: Names or files of scenarios, results folders, or results at hand; the first is
            the reference. Beside results, scenarios are run with their runs, seed and parameters.
        outcomes: What is compared.
        out: Where tables and figures go; None: nowhere (`save` writes them later).
        fresh: Whether to replace another such study in `out`.
        figures: Whether to draw there.
        **options: `runs`, `seed`, `set`, `seeds`, `known`, `mechanisms`, `point`, `threads`,
            `watch`; see :class:`sim.studies.run_options.RunOptions`.

    Returns:
        What differs: `differences()`, `countries()`, `draw()`, `save()`.

    Raises:
        InputError: Something is missing, unknown, or cannot be paired; before anything is run.

    Examples:
        >>> import sim
        >>> diff = sim.compare("baseline", "no-exit-cost", runs=4)
        >>> end = diff.differences().query("year == 2040 and quarter == 4")
        >>> bool((end["runs"] == 4).all())
        True
    """
    outcomes = list(dict.fromkeys(listed(outcomes)))
    resolved = checked(sources, outcomes, options)
    asked = asked_of(
        [one.manifest for one in resolved], [one.label for one in resolved], outcomes=outcomes
    )
    Compared.claim(out, asked, sources, fresh=fresh)
    opened = open_all(resolved, options, outcomes=outcomes)
    contents = {
        one.text: content_of_folder(results, outcomes)
        for one, results in zip(resolved, opened, strict=True)
    }
    try:
        content = shared_content(contents)
    except InputError as error:
        raise InputError(error.messages, CANNOT) from None

    sides = (
        read_side(one.label, results, content)
        for one, results in zip(resolved, opened, strict=True)
    )
    identity = _identity(resolved)
    study = Compared(identity, tuple(compare_sides(next(sides), sides)))
    return study.saved(out, asked, figures=figures)


def checked(
    sources: Sequence[Source], outcomes: Sequence[str], options: RunOptions
) -> list[Resolved]:
    """Find what is compared, and check it before anything is run; see :func:`compare`."""
    if len(sources) < FEWEST:
        raise InputError("compare needs two scenarios or results folders, or more")
    resolved = resolve_paired(sources, options)
    for one in resolved:
        choose(one.outcomes, outcomes)
    refuse_doubles(resolved)
    return resolved


def refuse_doubles(resolved: Sequence[Resolved]) -> None:
    """Refuse to compare a scenario with itself.

    Raises:
        InputError: With all that is given twice.
    """
    texts = [one.text for one in resolved]
    faults = [f"{text} is given twice" for text in dict.fromkeys(texts) if texts.count(text) > 1]
    for earlier, one in combinations(resolved, 2):
        keys = ("rules", MECHANISMS, "data")
        same = all(one.manifest.get(key) == earlier.manifest.get(key) for key in keys)
        if one.text != earlier.text and same and one.scenario == earlier.scenario:
            faults.append(f"{one.text} is the same scenario as {earlier.text}")
    if faults:
        raise InputError(faults)


def _identity(resolved: Sequence[Resolved]) -> dict[str, object]:
    """Return what identifies a comparison, in the form of a results folder's manifest."""
    events: list[object] = []
    values: list[object] = []
    for one in resolved:
        events += [event for event in one.scenario.get("events", ()) if event not in events]
        values += [value for value in one.scenario.get("values", ()) if value not in values]
    labels = [one.label for one in resolved]
    identity = identity_of([one.manifest for one in resolved], labels)
    name = f"{', '.join(labels[1:])} against {labels[0]}"
    if settings := with_settings(identity["set"]):
        name += f", each{settings}"
    worlds = [one.manifest.get("seeds") for one in resolved]
    if any(world != worlds[0] for world in worlds):
        from sim.figures.caption import world_in_words

        worlds_in_words = [
            f"{one.label}: {world_in_words(one.manifest) or 'Shipped seeds.'}" for one in resolved
        ]
        name += f" ({' '.join(worlds_in_words)})"
    scenario = {"name": name, "events": events, **({"values": values} if values else {})}
    return {**identity, "scenario": scenario}

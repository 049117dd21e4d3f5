"""States' stories over many runs: trained, sold to, locked in; with what probability, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from sim.arguments import held_to_annotations
from sim.errors import InputError
from sim.figures.timeline import timeline_of
from sim.studies.comparison import compare as compare_runs
from sim.studies.comparison import refuse_doubles
from sim.studies.comparison.method import Comparison
from sim.studies.country.over_time import (
    Story,
    changes_of,
    reasons_over_time,
    states_beside,
    terms_over_time,
)
from sim.studies.country.report import Stories
from sim.studies.country.story import summary_of
from sim.studies.identity import asked_of, identity_of, names_apart
from sim.studies.open_or_run import open_all
from sim.studies.persistence.method import WORKING
from sim.studies.resolve import Resolved, Source, resolve_paired
from sim.studies.run_options import RunOptions
from sim.text import listed
from sim.world.countries import CountrySeed
from sim.world.names import find_state

NO_REASONS = "What makes it likely or not is left out: the runs have other parameters."


@held_to_annotations
def country(
    *states: str | Sequence[str],
    source: Source = "baseline",
    compare: Source | Sequence[Source] = (),
    out: Path | str | None = None,
    fresh: bool = False,
    figures: bool = True,
    **options: Unpack[RunOptions],
) -> Stories:
    """Tell states' stories side by side: trained, sold to, locked in; how likely, when and why.

    Beside each stand the averages of its region and of its regime of 2024, what the model's
    observer would have recorded, what of the state makes it likely or not over time, its
    neighbours and peers, and what other scenarios change for it.

    Args:
        states: ISO codes or English names: `SRB`, `serbia`; also in a list.
        source: A scenario, the finished folder of a run, or results at hand.
        compare: Other scenarios, folders or results, compared run by run with the first.
        out: Where tables and figures go; None: nowhere (`save` writes them later).
        fresh: Whether to replace another such study in `out`.
        figures: Whether to draw there.
        **options: `runs`, `seed`, `set`, `seeds`, `known`, `mechanisms`, `point`, `threads`,
            `watch`; see :class:`sim.studies.run_options.RunOptions`.

    Raises:
        InputError: A state, a source or a number is wrong; before anything is run.

    Examples:
        >>> import sim
        >>> found = sim.country("KEN", "serbia", runs=3, compare=["no-exit-cost"])
        >>> [story.name for story in found.stories]
        ['Kenya', 'Serbia']
    """
    named = [name for given in states for name in listed(given)]
    chosen, resolved = checked(named, [source, *listed(compare)], options)
    seeds = resolved[0].seeds(options)
    asked = asked_of(
        [one.manifest for one in resolved],
        [one.label for one in resolved],
        states=[state.iso3 for state in chosen],
    )
    Stories.claim(out, asked, [one.text for one in resolved], fresh=fresh)
    results, *others = open_all(resolved, options, outcomes=[WORKING])
    frame = results.country_runs()
    comparisons: Sequence[Comparison] = ()
    if others:
        comparisons = compare_runs(results, *others, outcomes=[WORKING]).comparisons
    reasons = reasons_over_time(results.manifest, seeds)
    latest = list(reasons.values())[-1] if reasons else None
    scenario, *labels = names_apart([results, *others], [one.label for one in resolved])
    horizon = results.manifest["scenario"]["horizon"]
    stories = []
    for state in chosen:
        row = seeds.countries.index(state)
        beside = {
            label: one.country_runs(state.iso3) for label, one in zip(labels, others, strict=True)
        }
        own = results.country_runs(state.iso3)
        summary = summary_of(state, frame, seeds, results.last_year, latest)
        stories.append(
            Story(
                **vars(summary),
                timeline=timeline_of(state, own, (horizon["start"], horizon["end"]), beside),
                terms=terms_over_time(reasons, row),
                changes=tuple(changes_of(state.iso3, comparisons)),
                beside=tuple(states_beside(state, seeds, frame, results.last_year)),
            )
        )
    manifest = identity_of([one.manifest for one in resolved], [scenario, *labels])
    study = Stories(manifest, tuple(stories), latest.words if latest else NO_REASONS)
    return study.saved(out, asked, figures=figures)


def checked(
    states: Sequence[str], sources: Sequence[Source], options: RunOptions
) -> tuple[list[CountrySeed], list[Resolved]]:
    """Find states and what is run for them, and check it before it is; see :func:`country`.

    Args:
        states: Codes or names.
        sources: What their stories are told of, and what is compared with it.
        options: As of :func:`country`.

    Returns:
        The states, each once, and the sources.
    """
    if not states:
        raise InputError("name a state: its ISO code or its English name")
    resolved = resolve_paired(sources, options)
    refuse_doubles(resolved)
    countries = resolved[0].seeds(options).countries
    named = [find_state(state, countries) for state in states]
    return list({state.iso3: state for state in named}.values()), resolved

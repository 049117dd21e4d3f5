"""States' stories over many runs: trained, sold to, locked in; with what probability."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

from sim.errors import InputError
from sim.studies.country.report import Stories
from sim.studies.country.story import tell_story
from sim.studies.persistence.method import WORKING
from sim.studies.reasons import Reasons
from sim.studies.sources import How, Source, find, open_all
from sim.world.names import find_state
from sim.world.seeds import Seeds, shipped_seeds

NO_REASONS = "What makes it likely or not is left out: the runs have other parameters."


def country(
    *states: str,
    source: Source = "baseline",
    out: Path | str | None = None,
    **how: Unpack[How],
) -> Stories:
    """Tell states' stories: trained, sold to, locked in; with what probability.

    Beside each stand the averages of its region and of its regime of 2024, what the model's
    observer would have recorded, and what of the state makes it likely or not.

    Args:
        states: ISO codes or English names: `SRB`, `serbia`.
        source: A scenario, the finished folder of a run, or results at hand.
        out: Where tables go; None: nowhere (`save` writes them later).
        **how: `runs`, `seed`, `set`, `point`, `threads`, `watch`, `mechanisms`; see
            :class:`sim.studies.sources.How`.

    Raises:
        InputError: A state, the source or a number is wrong; before anything is run.

    Example:
        >>> import sim
        >>> found = sim.country("KEN", "serbia", runs=3)
        >>> [story.name for story in found.stories]
        ['Kenya', 'Serbia']
    """
    if not states:
        raise InputError("name a state: its ISO code or its English name")
    seeds = shipped_seeds()
    chosen = [find_state(state, seeds.countries) for state in dict.fromkeys(states)]
    found = find(source, how)
    if out is not None:
        Stories.check_folder(Path(out))
    (results,) = open_all([found], how, outcomes=[WORKING])
    frame = results.country_runs()
    reasons = _reasons(results.manifest, seeds)
    stories = tuple(tell_story(state, frame, seeds, results.last_year, reasons) for state in chosen)
    study = Stories(results.manifest, stories, reasons.words if reasons else NO_REASONS)
    if out is not None:
        study.save(out)
    return study


def _reasons(manifest: Mapping[str, Any], seeds: Seeds) -> Reasons | None:
    """Return why states lean as they do; None for runs of a version with other parameters."""
    try:
        return Reasons.of(manifest, seeds, seeds.last_year)
    except InputError:
        return None

"""States' stories over many runs: trained, sold to, locked in; with what probability."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from sim.errors import InputError
from sim.studies.country.report import Stories
from sim.studies.country.story import tell_story
from sim.studies.persistence.method import WORKING
from sim.studies.sources import How, Source, find, open_all
from sim.world.names import find_state
from sim.world.seeds import load_seeds


def country(
    *states: str,
    source: Source = "baseline",
    out: Path | str | None = None,
    **how: Unpack[How],
) -> Stories:
    """Tell states' stories: trained, sold to, locked in; with what probability.

    Beside each stand the averages of its region and of its regime of 2024, and what the model's
    observer would have recorded.

    Args:
        states: ISO codes or English names: `SRB`, `serbia`.
        source: A scenario, the finished folder of a run, or results at hand.
        out: Where tables go; None: nowhere (`save` writes them later).
        **how: `runs`, `seed`, `set`, `point`, `threads`, `watch`; see
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
    seeds = load_seeds()
    chosen = [find_state(state, seeds.countries) for state in dict.fromkeys(states)]
    found = find(source, how)
    if out is not None:
        Stories.check_folder(Path(out))
    (results,) = open_all([found], how, outcomes=[WORKING])
    frame = results.country_runs()
    stories = tuple(tell_story(state, frame, seeds, results.last_year) for state in chosen)
    study = Stories(results.manifest, stories)
    if out is not None:
        study.save(out)
    return study

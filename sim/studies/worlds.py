"""In which world runs are: the seeds that are asked for, and those that a folder was made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.engine import own_world
from sim.errors import InputError
from sim.results.read import Results
from sim.studies.run_options import seeds_of
from sim.world.seeds import Seeds, shipped_seeds


def world_behind(results: Results, options: Mapping[str, Any]) -> Seeds:
    """Return the seeds with which a folder was made, to read it with.

    Raises:
        InputError: They are one's own, and others, or none, were given.
    """
    seeds = seeds_of(options)
    if fault := other_world(results, seeds):
        raise InputError(fault)
    return seeds or shipped_seeds()


def other_world(results: Results, seeds: Seeds | None) -> str:
    """Return what to say if a folder was made with other seeds than are given; else nothing."""
    before, given = results.manifest.get("seeds"), own_world(seeds)
    if before is None and not given:
        return ""
    if before is None:
        return f"{results.folder} was made with the shipped seeds: leave out --seeds and --known"
    if given.get("data") == results.manifest["data"]:
        return ""
    own = f"the seeds {before['name']!r}" if before.get("name") else ""
    known = f"{len(before['known'])} known facts" if before.get("known") else ""
    made = " and ".join(filter(None, (own, known)))
    options = " and ".join(
        option for option, part in (("--seeds DIR", own), ("--known FILE.csv", known)) if part
    )
    instead = "; what was given is something else" if given else ""
    return f"{results.folder} was made with {made}: give {options}{instead}"
